"""Where the coefficients of a wavelet pyramid are, and how finely each band is quantised.

Shapes: C planes, H rows, W columns, L levels.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.kernels.band_layout import BORDER, OWN

# The low coefficients of the last level are at most so many along an axis.
COARSEST = 8
# 16384 over the norm of a band's synthesis function, by level from the finest on: of the two bands
# that are low along one axis, of the one that is high along both, and of the low coefficients.
STEP_SHIFT = 14
SHARES = (
    (16201, 20810, 12613),
    (12418, 16939, 9103),
    (8970, 11925, 6748),
    (6655, 8726, 5075),
    (5007, 6538, 3835),
    (3783, 4935, 2901),
    (2862, 3732, 2195),
    (2165, 2823, 1661),
    (1639, 2136, 1257),
    (1240, 1617, 951),
    (938, 1223, 720),
    (710, 926, 545),
)
MOST_LEVELS = len(SHARES)


@dataclass(frozen=True)
class Pyramid:
    """The bands of a tile.

    Attributes:
        height: H.
        width: W.
        levels: L.
        planes: C.
    """

    height: int
    width: int
    levels: int
    planes: int

    @functools.cached_property
    def downs(self) -> NDArray[np.int64]:
        """Rows of low coefficients after each level. (L + 1,)"""
        return np.array(halvings(self.height, self.levels), np.int64)

    @functools.cached_property
    def acrosses(self) -> NDArray[np.int64]:
        """Columns of low coefficients after each level. (L + 1,)"""
        return np.array(halvings(self.width, self.levels), np.int64)

    def rectangle(self, level: int, third: int) -> tuple[slice, slice]:
        """Where a band lies in a plane."""
        h, w = int(self.downs[level]), int(self.acrosses[level])
        n, m = int(self.downs[level + 1]), int(self.acrosses[level + 1])
        rows = slice(0, n) if third == 0 else slice(n, h)
        columns = slice(0, m) if third == 1 else slice(m, w)
        return rows, columns

    def part(self, level: int, third: int) -> NDArray[np.int64]:
        """The same as kernels take it: first row, the one after the last, and columns. (4,)"""
        rows, columns = self.rectangle(level, third)
        return np.array([rows.start, rows.stop, columns.start, columns.stop], np.int64)

    @functools.cached_property
    def _layout(self) -> tuple[NDArray[np.int64], int]:
        """Description of each band as kernels take it (C, L, 3, 4), and how many coefficients."""
        result = np.zeros((self.planes, self.levels, 3, 4), np.int64)
        at = 0
        for plane in range(self.planes):
            for level in range(self.levels):
                for third in range(3):
                    rows, columns = self.rectangle(level, third)
                    h, w = rows.stop - rows.start, columns.stop - columns.start
                    stride = w + 2 * BORDER
                    result[plane, level, third] = at + BORDER * stride + BORDER, stride, h, w
                    at += (h + 2 * BORDER) * stride
        return result, at

    @property
    def bands(self) -> list[tuple[int, int, int]]:
        """Plane, level and third of every band."""
        sides = range(self.planes), range(self.levels), range(3)
        return list(itertools.product(*sides))

    @property
    def count(self) -> int:
        """Coefficients of all bands with their borders."""
        return self._layout[1]

    def neighbours(self, plane: int, level: int, third: int) -> NDArray[np.int64]:
        """A band and those that tell of it, as `redraw.kernels.coefficients.band` asks. (7, 4)"""
        layout = self._layout[0]
        result = np.zeros((7, 4), np.int64)
        result[OWN] = layout[plane, level, third]
        for k in (1, 2):
            if level + k < self.levels:
                result[OWN + k] = layout[plane, level + k, third]
        for k in (0, 1):
            if third > k:
                result[3 + k] = layout[plane, level, k]
            if plane > k:
                result[5 + k] = layout[k, level, third]
        return result

    def view(self, coefficients: NDArray, plane: int, level: int, third: int) -> NDArray:
        """A band's coefficients in the list of all. (h, w)"""
        origin, stride, h, w = self._layout[0][plane, level, third].tolist()
        return np.lib.stride_tricks.as_strided(
            coefficients[origin:], (h, w), (stride * coefficients.itemsize, coefficients.itemsize)
        )


@functools.lru_cache(maxsize=64)
def halvings(side: int, levels: int) -> tuple[int, ...]:
    """How many low coefficients there are along a side after 0, 1, ... levels. (L + 1,)"""
    result = [side]
    for _ in range(levels):
        result.append(-(-result[-1] // 2))
    return tuple(result)


def levels_of(width: int, height: int) -> int:
    """How many levels a picture of that size has."""
    levels = 0
    while max(width, height) > COARSEST << levels:
        levels += 1
    return levels


def steps_of(step: int, levels: int) -> NDArray[np.int64]:
    """The step of each band in 1/256 of the planes' units: of its three, and of low ones. (L, 4)

    Args:
        step: Of the picture, in 1/256 units of the planes.
        levels: L; without any, the low coefficients are the samples: (1, 4).
    """
    result = np.empty((max(levels, 1), 4), np.int64)
    for level in range(levels):
        one, both, low = SHARES[level]
        result[level] = [(step * share + 8192) >> STEP_SHIFT for share in (one, one, both, low)]
    if not levels:
        result[0] = step
    return np.maximum(result, 1)
