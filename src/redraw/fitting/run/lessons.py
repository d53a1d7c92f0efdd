"""What a fit learns when its steps are done: a small network, from the field itself.

Its solver says what there is to learn (`redraw.engines.solver.Lesson`); it is trained here, by the
engine that ran the steps.
"""

import dataclasses
from collections.abc import Iterator
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines import Engine, OptimizerConfig, StepSpec
from redraw.engines.solver import Lesson
from redraw.engines.solvers import side_for, solver_for
from redraw.fields import Field
from redraw.fitting.plan.schedule import rate_at
from redraw.signals.samples import Samples

# So many steps tell how long one takes.
TIMED = 20


def to_learn(field: Field) -> str:
    """What `learn_after` would learn of a field, in words; "" for nothing."""
    made = solver_for(field)
    return made.learns_after(field) if made else ""


def learn_after(
    engine: Engine,
    field: Field,
    samples: Samples,
    spec: StepSpec,
    seed: int,
    seconds: float | None,
) -> float:
    """Learn what there is to learn of a field after its steps; most have nothing.

    Args:
        engine: That runs the steps.
        field: As the steps of its fit left it.
        samples: What it was trained on.
        spec: Of the fit.
        seed: Of all that is drawn: the same field learns the same.
        seconds: That it may take; None for as many as it wants.

    Returns:
        The seconds that it took, compiling and loading aside.
    """
    side = side_for(engine.name, field)
    if side is None or not to_learn(field) or seconds == 0.0:
        return 0.0
    lesson = side.lesson(field, samples, spec, seed)
    if not isinstance(lesson, Lesson):
        return lesson
    left = None if seconds is None else max(0.0, seconds - lesson.seconds)
    enough, took = train(engine, lesson, spec, left)
    if enough:
        lesson.keep()
    return lesson.seconds + took


def train(
    engine: Engine, lesson: Lesson, spec: StepSpec, seconds: float | None
) -> tuple[bool, float]:
    """All steps, or as many as there is time for; False if those are too few. And the seconds."""
    own = dataclasses.replace(
        spec,
        loss="mse",
        optimizer=OptimizerConfig(),
        batch=lesson.batch,
        precision="float64" if spec.precision == "float64" else "float32",
    )
    total, least = lesson.steps, lesson.least * lesson.steps
    session = engine.open(lesson.learner, lesson.samples, own)
    try:
        began = perf_counter()
        order, step = Told(whole_batches(lesson.rows, lesson.batch, lesson.generator)), 0
        while step < total:
            count = min(session.at_once, (TIMED if step < TIMED else total) - step, total - step)
            rates = [
                rate_at(k, total, schedule="cosine", lr_max=lesson.rate, lr_min=0.0)
                for k in range(step, step + count)
            ]
            session.steps(order, step, rates=rates, sharpness=[1.0] * count)
            step += count
            if step == TIMED and seconds is not None:
                total = min(lesson.steps, int(seconds / (perf_counter() - began) * TIMED))
                if total < least:
                    break
        return total >= least, perf_counter() - began
    finally:
        session.close()


class Told:
    """Batches as sessions ask for them: step after step, each once."""

    def __init__(self, batches: Iterator[NDArray[np.int64]]) -> None:
        self._batches = batches

    def at(self, step: int) -> NDArray[np.int64]:
        """The next one. (B,)"""
        return next(self._batches)


def whole_batches(
    count: int, batch: int, generator: torch.Generator
) -> Iterator[NDArray[np.int64]]:
    """Numbers below `count`, each at most once before any comes again: no batch is a smaller one.

    (Unlike those of `redraw.fitting.run.sampling`, which see every pixel in each turn and can be
    had from any step on: a lesson is short, and never resumed in the middle.)

    Args:
        count: Of the rows.
        batch: Rows in a step (B).
        generator: Shuffles them anew in each turn.

    Yields:
        (B,)
    """
    while True:
        order = torch.randperm(count, generator=generator).numpy()
        for first in range(0, count - count % batch or count, batch):
            yield order[first : first + batch]
