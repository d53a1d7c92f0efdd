"""How many steps fit into the time that was given: measured, then planned."""

import copy
import time

from redraw.fitting.run.events import Planned
from redraw.fitting.run.parts import Parts

# Share of `--seconds` spent on measuring the rate of steps, and the share of the rest that is
# planned for: a machine that slows down a little still reaches the end of its schedule.
MEASURE, PLANNED = 0.04, 0.96


def plan(run: Parts) -> Planned:
    """Measure the rate of a run's steps on a copy, and fix the plan that `--seconds` allows."""
    seconds = run.config.stops.seconds or 1.0
    trial = copy.deepcopy(run.field)
    session = run.engine.open(trial, run.samples, run.spec, copy.deepcopy(run.optimizer))
    try:
        # The first step compiles or loads kernels and warms caches up: that is no fitting.
        session.step(run.batches.at(0), 0, rate=0.0, sharpness=1.0)
        made = 0
        began = now = time.perf_counter()
        while now - began < MEASURE * seconds or made < 2:
            made += 1
            session.step(run.batches.at(made), made, rate=0.0, sharpness=1.0)
            now = time.perf_counter()
    finally:
        session.close()
    rate = made / (now - began)
    run.at.seconds = now - began
    run.at.total = max(1, int((seconds - run.at.seconds) * rate * PLANNED))
    if run.config.train.most_steps:
        run.at.total = min(run.at.total, run.config.train.most_steps)
    return Planned(run.at.total, rate)
