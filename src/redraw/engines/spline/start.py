"""What a spline pyramid keeps of a picture's coefficients; and the best linear answer, kept so.

Nothing here needs PyTorch, so that a photograph's first frame does not wait for it.

Shapes: C planes, H rows, W columns, K coefficients, B blocks.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.lattice import LatticeDrawer, filtered_by
from redraw.engines.linear import likely_bits
from redraw.engines.planes import decorrelated, decorrelation, fill_around
from redraw.engines.spline.drawer import Pyramid, Windows, all_averages
from redraw.engines.spline.passes import Passes
from redraw.errors import EngineError
from redraw.fields.spline_config import MATRIX, SplineConfig
from redraw.signals.samples import PixelSamples

# By how many coefficients more or less a parameter of room is met, at the first try.
NUMBERS_PER_PARAMETER = 0.95
# Room that may stay unused, as a share; and how often the threshold is tried for it.
SLACK, TRIES = 1 / 500, 6


@dataclass(frozen=True)
class Taken:
    """What a threshold keeps.

    Attributes:
        threshold: The threshold: coefficients with a larger absolute value are kept.
        count: How many these are.
        bits: For significance and transforms.
        left_out: Sum of the squares of all other coefficients.
    """

    threshold: float
    count: int
    bits: int
    left_out: float

    @property
    def parameters(self) -> int:
        """Kept coefficients, and bits over 32."""
        return self.count + math.ceil(self.bits / 32)


def select(
    coefficients: NDArray,
    block_transforms: NDArray,
    config: SplineConfig,
    passes: Passes,
    bits: int = 0,
) -> tuple[Taken, NDArray[np.uint8]]:
    """The largest coefficients, as many as there is room for with their significance written down.

    Args:
        coefficients: Their blocks multiplied. (C, H, W)
        block_transforms: By which matrix. (B,)
        config: What there is room for.
        passes: How the largest are found.
        bits: About how many significance and transforms take; 0 if nothing is known of that.

    Returns:
        What is kept, and the transforms, 0 for blocks of which nothing is.

    Raises:
        EngineError: there is no room.
    """
    chosen = np.empty_like(block_transforms)

    def taking(keep: int) -> Taken:
        chosen[:] = block_transforms
        return _taking(coefficients, chosen, config, passes, keep)

    return search(taking, config, coefficients.size, bits), chosen


def search(
    taking: Callable[[int], Taken], config: SplineConfig, values: int, bits: int = 0
) -> Taken:
    """How many of the largest coefficients there is room for: by trying.

    Args:
        taking: Says what so many of the largest take; what it said last is the answer.
        config: What there is room for.
        values: All coefficients there are.
        bits: About how many significance and transforms take; 0 if nothing is known of that.

    Raises:
        EngineError: there is no room.
    """
    allowed = config.kept
    bits = bits or int(likely_bits(allowed, values))
    keep, most = max(0, allowed - bits // 32), allowed
    slope, last = NUMBERS_PER_PARAMETER, None
    for attempt in range(64):
        found = taking(keep)
        free = config.room - MATRIX * config.transforms - found.parameters
        if free < 0:
            most = min(most, keep - 1)
        enough = free <= max(2, allowed * SLACK) or attempt >= TRIES or keep >= most
        if free >= 0 and enough:
            return found
        if keep == 0 and free < 0:
            break
        if last is not None and last[1] != free:
            slope = min(max((keep - last[0]) / (last[1] - free), 0.5), 1.1)
        last = keep, free
        keep = max(0, min(most, keep + math.floor(slope * free)))
    raise EngineError(
        f"a spline of {config.width} x {config.height} pixels has no room in"
        f" {config.room} parameters"
    )


def _taking(
    coefficients: NDArray,
    block_transforms: NDArray,
    config: SplineConfig,
    passes: Passes,
    keep: int,
) -> Taken:
    """What the `keep` largest coefficients cost; transforms of blocks without any become 0."""
    from redraw.kernels import significance, sparse

    threshold = passes.largest(coefficients, keep)
    count, left_out = sparse.left_out(coefficients.reshape(-1), threshold)
    size = significance.bytes_needed(
        coefficients,
        threshold,
        block_transforms,
        config.bands,
        config.corner,
        config.transform_bits,
    )
    return Taken(threshold, count, 8 * size, left_out)


@dataclass(frozen=True)
class Answer(Pyramid):
    """The best linear answer.

    Attributes:
        mixing: How channels are made of planes: (C, C) and (C,).
        bits: Of significance and transforms in a file.
        left_out: Sum of the squares of all coefficients that are not kept.
    """

    mixing: tuple[NDArray, NDArray]
    bits: int
    left_out: float


def linear_answer(
    samples: PixelSamples,
    config: SplineConfig,
    passes: Passes,
    dtype: DTypeLike = np.float32,
    kept: tuple[NDArray[np.int32], NDArray] | None = None,
) -> Answer:
    """The largest coefficients of a picture, no block multiplied by anything.

    Args:
        samples: The picture.
        config: Of its size.
        passes: How it is analysed.
        dtype: Of the coefficients.
        kept: Places and values, filled: no second list of them is made then. (K,) each

    Raises:
        EngineError: there is no room.
    """
    from redraw.kernels import sparse

    shape, pixels = (config.height, config.width), samples.all_values()
    if samples.index is not None:
        pixels = fill_around(pixels, samples.index, shape)
    weight, bias = decorrelation(config.planes).T.astype(dtype), np.zeros(config.planes, dtype)
    coefficients = decorrelated(pixels, weight.astype(np.float64), bias, shape, dtype)
    passes.analyse(coefficients)
    found, block_transforms = select(
        coefficients, np.zeros(config.blocks, np.uint8), config, passes
    )
    significant, values = kept or (np.empty(config.kept, np.int32), np.empty(config.kept, dtype))
    sparse.collect(coefficients.reshape(-1), found.threshold, significant, values)
    matrices = np.eye(4, dtype=dtype)[None]
    return Answer(
        config,
        values,
        matrices,
        significant,
        block_transforms,
        (weight, bias),
        found.bits,
        found.left_out,
    )


def starting_drawer(samples: PixelSamples, config: SplineConfig, threads: int) -> ExactDrawer:
    """What draws the best linear answer, as the field does from which a fit of it begins.

    Raises:
        EngineError: there is no room.
    """
    from redraw.engines.spline.kernel_passes import KernelPasses

    warm_up()
    answer = linear_answer(samples, config, KernelPasses(config, threads))
    return LatticeDrawer(Windows(answer, threads), answer.mixing, threads)


@functools.cache
def warm_up() -> None:
    """Compile or load the kernels for this in one thread, so that no other waits for it."""
    from redraw.engines.spline.kernel_passes import KernelPasses

    values = np.linspace(0.0, 1.0, 768, dtype=np.float32).reshape(256, 3)[::-1].copy()
    config = SplineConfig(16, 16, 3, 300, transforms=2)
    answer = linear_answer(PixelSamples(values, 16, 16), config, KernelPasses(config, 1))
    edges = np.array([[-1.0, 0.0], [0.0, 1.0]])
    LatticeDrawer(Windows(answer, 1), answer.mixing, 1).means(edges, edges)
    # Several threads give a kernel parts of an array, which are of a type of their own.
    part = np.empty((3, 32, 16), np.float32)[:, :16]
    filtered_by(all_averages(answer, 1), (0, 0), (0, 16, 0, 16), (16, 16), part, 1)
