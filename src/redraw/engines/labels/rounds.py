"""Fits before the fit: what a blur hid of a drawing, as a field has it that was learned without.

The analysis looks for pure pixels, and of a blurred picture undoing the blur gives few of them. A
field that was learned from those is crisp all the same, and has the picture where it is seen
through the blur: its own pixels are nearer to the page, and an analysis of these finds more.

Shapes: H rows, W columns, C channels.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import OptimizerConfig, StepSpec
from redraw.engines.labels.detail import own_size
from redraw.engines.labels.solver import ByKernels, LabelsSolver
from redraw.fields import Field, FieldConfig
from redraw.fields.labels_config import LabelsConfig
from redraw.signals.samples import Asking, PixelSamples

# As the preset `cel` learns: steps, the highest rate, positions in a pixel, and the share of the
# steps after which edges are as sharp as they get.
STEPS, RATE, SAMPLES, SHARP_AFTER = 200, 0.05, 36, 0.7


def own_pixels(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    config: LabelsConfig,
) -> NDArray[np.float32]:
    """Means over the pixels of a field that was fitted to a picture, without its footprint.

    Args:
        values: The picture. (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        threads: How many work on it; the result does not depend on it.
        config: Of the field, its sizes as the analysis has them.

    Returns:
        From 0 to 1. (H, W, C)
    """
    solver, side = LabelsSolver(), ByKernels()
    field = Field.build(FieldConfig(values.shape[2], encoding=config, hidden=(), bias=False))
    samples = PixelSamples.of(values, known, Asking("box", SAMPLES))
    spec = StepSpec(optimizer=OptimizerConfig(LabelsSolver.name), threads=threads)
    side.start(field, samples, spec)
    session = side.open(field, samples, spec, solver.fresh(field, spec.optimizer))
    pixels = np.arange(samples.count)
    for step in range(STEPS):
        rate = RATE * 0.5 * (1.0 + math.cos(math.pi * step / STEPS))
        sharpness = 1.0 + min(1.0, step / (SHARP_AFTER * STEPS))
        session.step(pixels, step, rate=rate, sharpness=sharpness)
    side.lesson(field, samples, spec, 0)
    return np.concatenate(list(own_size(side.drawer(field, spec), field))).clip(0.0, 1.0)
