"""Where the fit of a drawing begins; of a blurred one, after fits before the fit.

The analysis looks for pure pixels, and of a blurred picture undoing the blur gives few of them. A
field that was learned from those is crisp all the same, and has the picture where it is seen
through the blur: its own pixels are nearer to the page, and an analysis of these finds more.

Shapes: H rows, W columns, C channels.
"""

import dataclasses
import math
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import OptimizerConfig, OptimizerState, StepSpec
from redraw.engines.labels.drawer import LabelsDrawer, labels_drawer
from redraw.engines.labels.start import Start, picture_of, start_of
from redraw.engines.labels.tables import Tables
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields.labels_config import LabelsConfig
from redraw.signals.samples import Asking, PixelSamples, Samples

if TYPE_CHECKING:
    from redraw.fields import Field

# As the preset `cel` learns: steps, the highest rate, positions in a pixel, and the share of the
# steps after which edges are as sharp as they get.
STEPS, RATE, SAMPLES, SHARP_AFTER = 200, 0.05, 36, 0.7


def start_for(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    config: LabelsConfig,
) -> Start:
    """The start of a configuration, whose sizes may be anything.

    Args:
        values: The picture. (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        threads: How many work on it; the result does not depend on it.
        config: Its footprint, its rounds, and whether pixels stay squares.

    Raises:
        UsageError: squares are to be kept, of too many colours.
    """

    def learned(rounds: int) -> NDArray[np.float32]:
        return own_pixels(values, known, threads, dataclasses.replace(config, rounds=rounds))

    return start_of(
        values, known, threads, config.footprint, kept=config.keeps, rounds=config.rounds,
        learned=learned,
    )  # fmt: skip


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
        config: Of the field, whose sizes may be anything.

    Returns:
        From 0 to 1. (H, W, C)
    """
    from redraw.engines.labels.detail import own_size, project_back
    from redraw.engines.labels.session import KernelSession, fresh_state, start_field
    from redraw.fields import Field, FieldConfig

    height, width, planes = values.shape
    found = start_for(values, known, threads, config)
    config = dataclasses.replace(config, width=width, height=height, planes=planes)
    own = FieldConfig(planes, encoding=found.sized(config), hidden=(), bias=False)
    field = Field.build(own)
    samples = PixelSamples.of(values, known, Asking("box", SAMPLES))
    start_field(field, found)
    spec = StepSpec(optimizer=OptimizerConfig("labels"), threads=threads)
    session = KernelSession(field, samples, spec, fresh_state(field), found)
    del found
    pixels = np.arange(samples.count)
    for step in range(STEPS):
        rate = RATE * 0.5 * (1.0 + math.cos(math.pi * step / STEPS))
        sharpness = 1.0 + min(1.0, step / (SHARP_AFTER * STEPS))
        session.step(pixels, step, rate=rate, sharpness=sharpness)

    def means() -> Iterator[NDArray[np.float32]]:
        yield from own_size(labels_drawer(field, threads), field)

    project_back(field, samples, means(), threads)
    return np.concatenate(list(means())).clip(0.0, 1.0)


def begin(field: "Field", samples: Samples, threads: int) -> float:
    """Put a field where it begins. Returns the seconds that it took."""
    from redraw.engines.labels.session import start_field

    began = perf_counter()
    config = field.encoding.config
    if not isinstance(config, LabelsConfig) or not isinstance(samples, PixelSamples):
        raise EngineError("labels are for pictures, not for tables; take another preset")
    start_field(field, start_for(*picture_of(samples), threads, config))
    return perf_counter() - began


def start_again(
    field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
) -> Start | None:
    """Where a session without any step begins; None after steps, and where it will be refused."""
    config = field.encoding.config
    if state.steps or not isinstance(config, LabelsConfig) or not isinstance(samples, PixelSamples):
        return None
    if (samples.width, samples.height, samples.channels) != (
        config.width,
        config.height,
        config.planes,
    ):
        return None
    return start_for(*picture_of(samples), spec.threads or usable_threads(), config)


def starting_drawer(samples: PixelSamples, config: LabelsConfig, threads: int) -> LabelsDrawer:
    """What draws the start; without PyTorch where no fit comes before."""
    values, known = picture_of(samples)
    found = start_for(values, known, threads, config)
    channels = values.shape[2]
    detail = np.zeros((len(found.candidates), channels), np.float32)
    mixing = np.eye(channels), np.zeros(channels)
    tables = Tables.of(found.owner, found.candidates, found.labels)
    return LabelsDrawer(config, tables, found.potentials, found.colours, detail, mixing, threads)
