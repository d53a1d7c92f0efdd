"""What runs the steps of a fit: the device, the work an engine is asked for, the plan of steps."""

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from redraw.engines import StepSpec
from redraw.engines.solvers import SOLVERS
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.run.events import Planned

if TYPE_CHECKING:
    from redraw.fitting.run.run import Run

# Share of `--seconds` spent on measuring the rate of steps, and the share of the rest that is
# planned for: a machine that slows down a little still reaches the end of its schedule.
MEASURE, PLANNED = 0.04, 0.96


def step_spec(config: RunConfig, device: str, samples: int) -> StepSpec:
    """What the steps of a configuration ask of an engine.

    Args:
        config: Of the run.
        device: As `pick_device` gives it.
        samples: Pixels or rows that are learned.
    """
    wanted = config.train.batch
    if wanted == "full" or SOLVERS[config.train.optimizer].whole:
        wanted = samples
    return StepSpec(
        loss=config.train.loss,
        optimizer=config.train.optimizer_config,
        precision=config.precision,
        device=device,
        threads=config.threads,
        batch=min(wanted, samples),
    )


@contextmanager
def torch_threads(count: int | None) -> Iterator[None]:
    """PyTorch's threads are `count` meanwhile; None leaves them as they are."""
    before = torch.get_num_threads()
    try:
        if count is not None:
            torch.set_num_threads(count or before)
        yield
    finally:
        if count is not None:
            torch.set_num_threads(before)


def plan(run: "Run") -> Planned:
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
