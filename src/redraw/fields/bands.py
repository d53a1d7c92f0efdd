"""Which coefficients a pyramid has: levels, bands and blocks (see `redraw.fields.lattice`).

Whole numbers alone: whoever plans a field needs no PyTorch.

Shapes: C planes, L levels.
"""

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import halvings, levels_of


class Band(NamedTuple):
    """One of the three bands of a level, as a rectangle of the plane.

    Attributes:
        top: Its first row.
        left: Its first column.
        rows: Its height.
        columns: Its width.
        turned: Whether its blocks are read column by column: so the bands of vertical and of
            horizontal detail look alike.
        first: Its first block; the planes follow one another, then the rows of blocks.
    """

    top: int
    left: int
    rows: int
    columns: int
    turned: bool
    first: int

    @property
    def down(self) -> int:
        """Rows of blocks."""
        return self.rows // 2

    @property
    def across(self) -> int:
        """Blocks in a row."""
        return self.columns // 2


@functools.lru_cache(maxsize=64)
def bands_of(width: int, height: int, planes: int) -> tuple[Band, ...]:
    """All bands, the finest level first: top right, bottom left, bottom right. (3 L,)"""
    levels = levels_of(width, height)
    across, down = halvings(width, levels), halvings(height, levels)
    result: list[Band] = []
    first = 0
    for level in range(levels):
        low, high = (down[level + 1], across[level + 1]), (down[level], across[level])
        rest = high[0] - low[0], high[1] - low[1]
        for top, left, rows, columns, turned in (
            (0, low[1], low[0], rest[1], False),
            (low[0], 0, rest[0], low[1], True),
            (low[0], low[1], rest[0], rest[1], False),
        ):
            band = Band(top, left, rows, columns, turned, first)
            result.append(band)
            first += planes * band.down * band.across
    return tuple(result)


def band_table(width: int, height: int, planes: int) -> NDArray[np.int64]:
    """All bands as kernels take them. (3 L, 6)"""
    return np.array(bands_of(width, height, planes), np.int64).reshape(-1, 6)


def blocks_of(width: int, height: int, planes: int) -> int:
    """How many blocks there are in all."""
    return sum(planes * band.down * band.across for band in bands_of(width, height, planes))
