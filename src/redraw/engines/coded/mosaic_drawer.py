"""Drawing pictures larger than memory: what is in sight, from the level that shows it.

Where a drawing is smaller than the picture it is made from low coefficients of the wavelet, a
picture of 1 / 2^k of the size that was smoothed before it was thinned out: an overview touches as
few blocks as a detail. Its own pixels come out to the bit, and between them is the smooth surface
whose averages they are.

Shapes: C planes, h rows, w columns.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.mosaic import Mosaic
from redraw.coding.blocks.windows import GAIN
from redraw.engines.contract import ExactDrawer
from redraw.engines.lattice import Averages, LatticeDrawer, Window
from redraw.engines.planes import own
from redraw.kernels import quantising

# Pixels of a square whose points are drawn together, and what lies around it.
SQUARE, AROUND = 512, 32


class LevelAverages(Averages):
    """The picture, or one of 1 / 2^level of its size, as averages over pixels; read on demand."""

    whole = True

    def __init__(self, mosaic: Mosaic, level: int, threads: int) -> None:
        layout = mosaic.layout
        self._mosaic, self._level, self.threads = mosaic, level, threads
        self.planes, self.size = layout.channels, layout.sides[level]
        most = 2**layout.depth - 1
        self._middle = (layout.rows.sum(axis=1) * 2 ** (layout.depth - 1) / most).astype(np.float32)
        self._scale = np.float32(1.0 / (2**layout.fraction * most * GAIN ** (2 * level)))

    def averages(self, window: Window) -> NDArray[np.float32]:
        if self._level == 0:
            return self._values(window)
        # Low coefficients are samples of a smooth picture: a pixel's average is f + f'' / 24.
        top, bottom, left, right = window
        h, w = self.size
        wide = max(top - 1, 0), min(bottom + 1, h), max(left - 1, 0), min(right + 1, w)
        around = np.pad(
            self._values(wide),
            (
                (0, 0),
                (wide[0] - top + 1, bottom + 1 - wide[1]),
                (wide[2] - left + 1, right + 1 - wide[3]),
            ),
            mode="edge",
        )
        middle = around[:, 1:-1, 1:-1]
        beside = around[:, :-2, 1:-1] + around[:, 2:, 1:-1]
        beside += around[:, 1:-1, :-2] + around[:, 1:-1, 2:]
        return (middle + (beside - 4 * middle) * np.float32(1 / 24)).astype(np.float32, copy=False)

    def _values(self, window: Window) -> NDArray[np.float32]:
        result = self._mosaic.low(self._level, window).astype(np.float32)
        result *= self._scale
        result += self._middle[:, None, None]
        return result


class MosaicDrawer(ExactDrawer):
    """Draws a large picture.

    Args:
        mosaic: Its coefficients.
        threads: How many work on a drawing.
    """

    # What a window needs of its surroundings at all levels is worth a large one.
    piece = 1 << 22
    thinned = True

    def __init__(self, mosaic: Mosaic, threads: int) -> None:
        self.mosaic, self._threads = mosaic, threads
        self._levels: dict[int, LatticeDrawer] = {}

    def _level(self, level: int) -> LatticeDrawer:
        """What draws the picture of a level."""
        if level not in self._levels:
            channels = self.mosaic.layout.channels
            mixing = self.mosaic.layout.mix / 16384.0, np.zeros(channels)
            averages = LevelAverages(self.mosaic, level, self._threads)
            self._levels[level] = LatticeDrawer(averages, mixing, self._threads)
        return self._levels[level]

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        layout = self.mosaic.layout
        columns, rows = own(x, layout.width), own(y, layout.height)
        if columns is not None and rows is not None:
            return self._pixels(rows, columns)
        across = float((x[:, 1] - x[:, 0]).min()) * layout.width / 2
        down = float((y[:, 1] - y[:, 0]).min()) * layout.height / 2
        # The nearest level: at most twice the drawing's pixels are unpacked. (One of 7 / 10 of
        # the picture's size is the first that is made from low coefficients.)
        level = min(round(math.log2(max(min(across, down), 1.0))), layout.levels)
        if level:
            h, w = layout.sides[level]
            x, y = _moved(x, layout.width, w, level), _moved(y, layout.height, h, level)
        return self._level(level).means(x, y)

    def _pixels(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """The picture's own pixels. (h, w, C)"""
        layout = self.mosaic.layout
        top, left = int(rows.min()), int(columns.min())
        planes = self.mosaic.low(0, (top, int(rows.max()) + 1, left, int(columns.max()) + 1))
        out = np.empty((*planes.shape[1:], layout.channels), np.uint16)
        quantising.mixed(planes, layout.mix, layout.fraction, layout.depth, 0, len(out), out)
        values = out[rows - top][:, columns - left].astype(np.float32)
        return values / np.float32(2**layout.depth - 1)

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        # Points of one square of the picture after another, so that no more of it is unpacked.
        layout = self.mosaic.layout
        size = np.array([layout.width, layout.height])
        place = np.clip((xy.astype(np.float64) + 1.0) * (0.5 * size), 0, size - 1)
        square = (place // SQUARE).astype(np.int64)
        key = square[:, 1] << 32 | square[:, 0]
        out = np.empty((len(xy), layout.channels), np.float32)
        order = np.argsort(key, kind="stable")
        cuts = np.flatnonzero(np.diff(key[order])) + 1
        for part in np.split(order, cuts) if len(order) else ():
            column, row = square[part[0]]
            out[part] = self._in_square(xy[part].astype(np.float64), int(row), int(column))
        return out

    def _in_square(self, xy: NDArray[np.float64], row: int, column: int) -> NDArray[np.float32]:
        layout = self.mosaic.layout
        top, left = max(row * SQUARE - AROUND, 0), max(column * SQUARE - AROUND, 0)
        bottom = min((row + 1) * SQUARE + AROUND, layout.height)
        right = min((column + 1) * SQUARE + AROUND, layout.width)
        part = _Part(self._level(0)._averages, (top, bottom, left, right))
        drawer = LatticeDrawer(
            part, (layout.mix / 16384.0, np.zeros(layout.channels)), self._threads
        )
        size = np.array([layout.width, layout.height])
        place = (xy + 1.0) * (0.5 * size) - [left, top]
        inside = place / [0.5 * (right - left), 0.5 * (bottom - top)] - 1.0
        return drawer.values(inside.astype(np.float32))


class _Part(Averages):
    """A window of other averages as a picture of its own."""

    whole = True

    def __init__(self, whole: Averages, window: Window) -> None:
        self._whole, self._window = whole, window
        self.planes, self.threads = whole.planes, whole.threads
        self.size = window[1] - window[0], window[3] - window[2]

    def averages(self, window: Window) -> NDArray[np.float32]:
        top, left = self._window[0], self._window[2]
        return self._whole.averages(
            (window[0] + top, window[1] + top, window[2] + left, window[3] + left)
        )


def _moved(edges: NDArray[np.float64], side: int, low: int, level: int) -> NDArray[np.float64]:
    """Edges of cells as the picture of a level has them: its sample i lies on pixel 2^level i.

    Args:
        edges: The picture's own edges are at -1 and 1. (n, 2)
        side: Pixels of the picture.
        low: Samples of the level.
        level: Which.
    """
    place = (edges + 1.0) * (0.5 * side)
    return ((place - 0.5) / 2**level + 0.5) * (2.0 / low) - 1.0
