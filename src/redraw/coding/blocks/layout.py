"""Where the blocks of a large picture are: the bands of any coded picture, cut into squares.

The wavelet goes over the whole picture: a block is a square of one level's three bands, not a
picture of its own, so nothing shows where blocks meet. A block is read with its parent, the block
of the next coarser level that covers it, and with nothing else.

Shapes: C planes, H rows, W columns, L levels.
"""

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import COLOURS, Meaning
from redraw.coding.pyramid import halvings, steps_of
from redraw.errors import FileFormatError

# Coefficients along a side of a block; even.
SIDE = 128
# Pixels of one picture.
PIXELS_LIMIT = 1 << 40


@dataclass(frozen=True)
class Layout(Meaning):
    """A large picture in blocks.

    Raises:
        FileFormatError: a value is outside of what is accepted.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width * self.height > PIXELS_LIMIT:
            raise FileFormatError(f"the picture has more than {PIXELS_LIMIT:,} pixels")

    @functools.cached_property
    def sides(self) -> list[tuple[int, int]]:
        """Rows and columns of the low coefficients after 0, 1, ... levels. (L + 1)"""
        down, across = halvings(self.height, self.levels), halvings(self.width, self.levels)
        return list(zip(down, across, strict=True))

    def bands(self, level: int) -> list[tuple[int, int]]:
        """Rows and columns of the three bands of a level."""
        (h, w), (n, m) = self.sides[level], self.sides[level + 1]
        return [(n, w - m), (h - n, m), (h - n, w - m)]

    def blocks(self, level: int) -> tuple[int, int]:
        """How many blocks a level has, down and across."""
        n, m = self.sides[level + 1]
        return -(-n // SIDE), -(-m // SIDE)

    def shapes(self, level: int, row: int, column: int) -> NDArray[np.int64]:
        """Rows and columns of each band within a block. (3, 2)"""
        return np.array(
            [
                (
                    min(max(h - row * SIDE, 0), SIDE),
                    min(max(w - column * SIDE, 0), SIDE),
                )
                for h, w in self.bands(level)
            ],
            np.int64,
        )

    @functools.cached_property
    def firsts(self) -> list[int]:
        """The number of each level's first block: the coarsest level comes first. (L + 1)"""
        result = [0] * (self.levels + 1)
        for level in range(self.levels - 1, -1, -1):
            down, across = self.blocks(level)
            result[level] = result[level + 1] + down * across
        # result[l + 1] is now where level l begins.
        return result

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return self.firsts[0]

    def number(self, level: int, row: int, column: int) -> int:
        """Which block that is, from the coarsest level on, row by row."""
        return self.firsts[level + 1] + row * self.blocks(level)[1] + column

    @functools.cached_property
    def steps(self) -> NDArray[np.int64]:
        """The step of each band in 1/256: of its three, and of low coefficients. (L, 4)"""
        return steps_of(self.step, self.levels)

    def places_of(self, plane: int) -> NDArray[np.int64]:
        """Where sizes are in their steps, in 1/64. (3,)"""
        return np.array(self.places, np.int64).reshape(2, 3)[min(plane, 1)]

    @property
    def rows(self) -> NDArray[np.float64]:
        """What each channel adds to a plane: orthonormal. (C, C)"""
        result = np.eye(self.channels)
        if self.channels > 2:
            result[:3, :3] = COLOURS
        return result

    @property
    def mix(self) -> NDArray[np.int64]:
        """What each plane adds to a channel, in 1/16384. (C, C)"""
        return np.array([[round(16384 * value) for value in row] for row in self.rows.T], np.int64)
