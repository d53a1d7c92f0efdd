"""Hash grids in whole numbers: what a quantised network reads instead of coordinates.

A level's rows are whole numbers of a step of its own. What is interpolated between four of them is
a whole number of one unit for all levels, at most `REACH`, which the network's first layer takes.

Shapes: N points, L levels, F features per level, R rows.
"""

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import FileFormatError
from redraw.kernels import whole_grid

# Features are within this; a factor has so many bits that its product with a sum has 52.
REACH, FACTOR_BITS = 1 << 20, 17
MOST_LEVELS, MOST_FEATURES, MOST_LOG2, FINEST = 32, 16, 24, 1 << 20
# Numbers in all.
MOST_NUMBERS = 1 << 26
MOST = (1 << 15) - 1


@dataclass(frozen=True)
class WholeGrid:
    """A hash grid over two dimensions.

    Attributes:
        cells: Between the first and the last position of a level, along each axis. (L, 2) float32
        log2_rows: log2 of the most rows that a level has.
        steps: What 1 of each level's numbers is. (L,) float16
        table: Level after level. (R, F) int16

    Raises:
        FileFormatError: a number is outside of what is accepted, or there are other rows.
    """

    cells: NDArray[np.float32]
    log2_rows: int
    steps: NDArray[np.float16]
    table: NDArray[np.int16]

    def __post_init__(self) -> None:
        levels, features = len(self.cells), self.table.shape[1]
        if not (1 <= levels <= MOST_LEVELS and 1 <= features <= MOST_FEATURES):
            raise FileFormatError(f"a grid of {levels} levels of {features} features")
        if not 1 <= self.log2_rows <= MOST_LOG2:
            raise FileFormatError(f"a grid's levels have up to 2^{self.log2_rows} rows")
        real = self.cells.astype(np.float64)
        if not (np.isfinite(real).all() and (real >= 1.0).all() and (real <= FINEST).all()):
            raise FileFormatError("a grid's cells are not between 1 and 2^20 along an axis")
        steps = self.steps.astype(np.float64)
        if not (np.isfinite(steps).all() and (steps > 0).all()):
            raise FileFormatError("a grid's steps are not above 0")
        if len(self.table) != self.rows:
            raise FileFormatError(f"a grid of {self.rows:,} rows has {len(self.table):,}")

    @functools.cached_property
    def levels(self) -> tuple["Level", ...]:
        """Where each level's rows are."""
        return levels_of(self.cells, self.log2_rows)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.levels[-1].first + self.levels[-1].rows

    @property
    def features(self) -> int:
        """Of all levels."""
        return len(self.cells) * self.table.shape[1]

    @functools.cached_property
    def unit(self) -> float:
        """What 1 of a feature is: the largest are `REACH`."""
        largest = [
            float(np.abs(own.astype(np.int64)).max(initial=1)) * float(step)
            for own, step in zip(self.by_level, self.steps, strict=True)
        ]
        return max(largest) / REACH

    @property
    def by_level(self) -> list[NDArray[np.int16]]:
        """The rows of each level."""
        return [self.table[own.first : own.first + own.rows] for own in self.levels]

    def at(self, points: NDArray[np.float64], first: int, last: int) -> NDArray[np.float64]:
        """Features at some of the points, in units. (2, N) in 1/65536 -> (L F, last - first)"""
        out = np.empty((self.features, last - first))
        whole_grid.features(points, *self._ready, first, last, out)
        return out

    @functools.cached_property
    def _ready(self) -> tuple[Any, ...]:
        """As kernels take it."""
        factors = [
            shortened(float(step) / (2.0 ** (2 * whole_grid.PART) * self.unit), FACTOR_BITS)
            for step in self.steps
        ]
        rows, wide = self.table.shape
        even = np.ascontiguousarray(self.table, "<i2")
        if wide % 2:
            even = np.concatenate([even, np.zeros((rows, 1), "<i2")], axis=1)
        return (
            np.rint(self.cells.astype(np.float64) * (1 << whole_grid.SCALED)).astype(np.int64),
            np.array([own.vertices for own in self.levels], np.int64),
            np.array([*(own.first for own in self.levels), rows], np.int64),
            np.array([own.shared for own in self.levels]),
            even.view("<i4").astype(np.int32, copy=False).ravel(),
            wide,
            np.array(factors),
        )


@dataclass(frozen=True)
class Level:
    """Where a level's rows are.

    Attributes:
        vertices: Along each axis.
        first: Its first row.
        rows: How many; a power of two where they are shared.
        shared: Whether vertices share rows, by a hash.
    """

    vertices: tuple[int, ...]
    first: int
    rows: int
    shared: bool


def levels_of(cells: NDArray[np.float32], log2_rows: int) -> tuple[Level, ...]:
    """The levels of a grid, from its cells along each axis. (L, 2)"""
    made, first = [], 0
    for own in cells.astype(np.float64):
        vertices = tuple(math.floor(side + 0.5) + 2 for side in own.tolist())
        shared = math.prod(vertices) > 1 << log2_rows
        rows = 1 << log2_rows if shared else math.prod(vertices)
        made.append(Level(vertices, first, rows, shared))
        first += rows
    return tuple(made)


def shortened(real: float, bits: int) -> float:
    """The nearest whole number of at most so many bits over a power of two."""
    mantissa, exponent = math.frexp(real)
    bits = min(max(bits, 1), 28)
    return math.ldexp(float(np.rint(math.ldexp(mantissa, bits))), exponent - bits)


def parts_of(first: int, last: int, most: int) -> list[tuple[int, int]]:
    """A range in parts of at most so many."""
    return list(itertools.pairwise([*range(first, last, most), last]))
