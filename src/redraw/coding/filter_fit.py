"""The filter that brings decoded planes nearer to a picture's, in closed form.

Shapes: C planes, H rows, W columns, K classes, T weights of each.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Description
from redraw.kernels import filtering
from redraw.kernels.filter_layout import CLASSES, HEAVIEST, TAPS, WEIGHT_SHIFT

# Of the diagonal, added to it: differences of neighbours are alike, and weights would be large.
RIDGE = 0.01
# Pairs of tiles and planes are worked on so: work, items -> what it made of each, in order.
Each = Callable[[Callable, Sequence], list]


def fitted(
    about: Description, planes: NDArray[np.int32], wanted: NDArray[np.int32], price: float,
    each: Each,
) -> tuple[int, ...]:  # fmt: skip
    """Weights of the least squared error, where they save more bits than they take; () for none.

    Args:
        about: Of the picture.
        planes: As they are decoded without a filter. (C, H, W)
        wanted: What they should be. (C, H, W)
        price: Of a bit, in squared steps.
        each: Runs works.
    """
    works = [(i, p) for i in range(about.tiles) for p in range(about.channels)]

    def sums(which: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        index, plane = which
        tile = about.tile_at(index)
        count = 1 if plane else CLASSES
        gram, right = np.zeros((count, TAPS, TAPS)), np.zeros((count, TAPS))
        part = (plane, tile.rows, tile.columns)
        own, goal = np.ascontiguousarray(planes[part]), np.ascontiguousarray(wanted[part])
        filtering.normal_equations(own, goal, about.step, gram, right)
        return gram, right

    found = each(sums, works)
    # What a bit may cost, in squared units of the planes.
    bit = price * (about.step / 256.0) ** 2
    result: list[int] = []
    for plane in range(about.channels):
        own = [made for (_, p), made in zip(works, found, strict=True) if p == plane]
        grams = np.sum([gram for gram, _ in own], axis=0)
        rights = np.sum([right for _, right in own], axis=0)
        for gram, right in zip(grams, rights, strict=True):
            result += _best(gram + np.tril(gram, -1).T, right, bit).tolist()
    return tuple(result) if any(result) else ()


def _best(gram: NDArray[np.float64], right: NDArray[np.float64], bit: float) -> NDArray[np.int64]:
    """The weights of one class, in whole steps; zeros where they save less than they take. (T,)"""
    none, diagonal = np.zeros(TAPS, np.int64), np.diag(gram)
    if not diagonal.all():
        return none
    real = np.linalg.solve(gram + RIDGE * np.diag(diagonal), right)
    whole = np.clip(np.rint(real * (1 << WEIGHT_SHIFT)), -HEAVIEST, HEAVIEST).astype(np.int64)
    weights = whole / (1 << WEIGHT_SHIFT)
    saved = 2.0 * weights @ right - weights @ gram @ weights
    bits = float(np.sum(2.0 * np.log2(1.0 + 2.0 * np.abs(whole)) + 1.0))
    return whole if saved > bit * bits else none
