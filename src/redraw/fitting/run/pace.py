"""How many steps fit into the time that was given: measured, then planned."""

import copy
import time
from contextlib import nullcontext

from redraw.fitting.plan import clock as clocks
from redraw.fitting.run.events import Planned
from redraw.fitting.run.parts import Parts

# Share of `--seconds` spent on measuring the rate of steps, and the share of the rest that is
# planned for: a machine that slows down a little still reaches the end of its schedule.
MEASURE, PLANNED = 0.04, 0.96
# Share of `--seconds` that frames may take.
FRAMES = 0.1


def plan(run: Parts) -> Planned:
    """Measure the rate of a run's steps on a copy, and fix the plan that `--seconds` allows.

    By the clock, frames take a part of the time too: they get fewer where they would take much.
    """
    seconds = run.config.stops.seconds or 1.0
    drawing = _frames(run, seconds) if run.clock else 0.0
    if run.clock:
        seconds = max(run.clock.left, MEASURE * seconds)
    trial = copy.deepcopy(run.field)
    session = run.engine.open(trial, run.samples, run.spec, copy.deepcopy(run.optimizer))
    try:
        # The first step compiles or loads kernels and warms caches up: that is no fitting.
        with run.clock.starting_up() if run.clock else nullcontext():
            session.step(run.batches.at(0), 0, rate=0.0, sharpness=1.0)
        made = 0
        began = now = time.perf_counter() - clocks.compiled()
        while now - began < MEASURE * seconds or made < 2:
            count = session.at_once
            still = [0.0] * count
            session.steps(run.batches, made + 1, rates=still, sharpness=[1.0] * count)
            made += count
            now = time.perf_counter() - clocks.compiled()
    finally:
        session.close()
    rate = made / (now - began)
    run.at.seconds = now - began
    left = run.clock.left - drawing if run.clock else seconds - run.at.seconds
    run.at.total = max(1, int(left * rate * PLANNED))
    if run.config.train.most_steps:
        run.at.total = min(run.at.total, run.config.train.most_steps)
    return Planned(run.at.total, rate)


def _frames(run: Parts, seconds: float) -> float:
    """About the seconds that all frames of a run take, which then has no more than is fitting."""
    if not run.frames or run.folder is None:
        return 0.0
    began = time.monotonic() - clocks.compiled()
    run.subject.frame(run.drawer())
    each = max(time.monotonic() - clocks.compiled() - began, 1e-6)
    run.frames = min(run.frames, max(2, int(FRAMES * seconds / each)))
    return run.frames * each
