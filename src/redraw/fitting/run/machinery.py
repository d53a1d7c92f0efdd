"""What an engine is asked for, and how many threads PyTorch has meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from redraw.engines import StepSpec
from redraw.engines.solvers import SOLVERS
from redraw.fitting.plan.config import RunConfig


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
