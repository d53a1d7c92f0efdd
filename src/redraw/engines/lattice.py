"""Drawing a cubic spline by kernels: at points, and exact means over the cells of a grid.

Whatever gives averages over pixels, of any window, can be drawn so: pyramids, coded pictures.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.cpu.sharing import share
from redraw.fields.prefilter import REACH, inverse_filter
from redraw.kernels import spline

Window = tuple[int, int, int, int]

# Rows of the pixels' lattice for which B-spline weights are made at once.
ROWS = 128
FILTER = np.array(inverse_filter(), np.float32)


class Averages(ABC):
    """Pixel averages of any window, and the B-spline weights that follow from them.

    Attributes:
        planes: C.
        size: H and W.
        threads: How many work on one window.
        whole: Averages are asked for by one thread, a whole window at a time.
    """

    planes: int
    size: tuple[int, int]
    threads: int
    whole = False

    @abstractmethod
    def averages(self, window: Window) -> NDArray[np.float32]:
        """Pixel averages of rows and columns (top, bottom, left, right). (C, h, w)"""

    def weights(self, window: Window) -> NDArray[np.float32]:
        """B-spline weights of a window. (C, h, w)"""
        top, bottom, left, right = window
        out = np.empty((self.planes, bottom - top, right - left), np.float32)
        rows = folded(top - REACH, bottom + REACH, self.size[0])
        columns = folded(left - REACH, right + REACH, self.size[1])
        around = np.empty((self.planes, rows[1] - rows[0], columns[1] - columns[0]), np.float32)

        def average(first: int, last: int) -> None:
            around[:, first - rows[0] : last - rows[0]] = self.averages((first, last, *columns))

        share(average, [rows] if self.whole else parts_of(*rows, self.threads))
        filtered_by(around, (rows[0], columns[0]), window, self.size, out, self.threads)
        return out


class Held(Averages):
    """Averages that are all there. (C, H, W)"""

    def __init__(self, averages: NDArray[np.float32], threads: int) -> None:
        self.planes, self.size = len(averages), averages.shape[1:]
        self.threads = threads
        self._averages = averages

    def averages(self, window: Window) -> NDArray[np.float32]:
        top, bottom, left, right = window
        return self._averages[:, top:bottom, left:right]


def filtered_by(
    averages: NDArray[np.float32], start: tuple[int, int], window: Window, size: tuple[int, int],
    out: NDArray[np.float32], threads: int,
) -> None:  # fmt: skip
    """B-spline weights of a window from averages that are there already.

    Args:
        averages: Of the window and around it, as far as the filter reaches. (C, rows, columns)
        start: First row and column of `averages`.
        window: Top, bottom, left, right.
        size: H and W.
        out: Filled. (C, h, w)
        threads: How many work on it.
    """
    top, bottom, left, _ = window

    def piece(first: int, last: int) -> None:
        part = out[:, first - top : last - top]
        spline.filtered(averages, FILTER, start, (first, left), size, part)

    share(piece, parts_of(top, bottom, threads))


def parts_of(first: int, last: int, threads: int) -> list[tuple[int, int]]:
    """A range cut into one part for each thread."""
    cuts = np.linspace(first, last, min(threads, last - first) + 1).astype(int).tolist()
    return list(itertools.pairwise(cuts))


def folded(first: int, last: int, side: int) -> tuple[int, int]:
    """The part of the picture that rows or columns from `first` to `last` mirror."""
    if first >= 0 and last <= side:
        return first, last
    within = np.arange(first, last) % (2 * side)
    index = np.minimum(within, 2 * side - 1 - within)
    return int(index.min()), int(index.max()) + 1


class Lattice:
    """A cubic spline on a lattice, whose weights are made where they are asked for.

    Args:
        size: Rows and columns of the lattice; the picture's edges are its own.
        planes: Values at a point.
        fill: Gives the weights of a window. (C, h, w)
        threads: How many work on a drawing.
    """

    def __init__(
        self,
        size: tuple[int, int],
        planes: int,
        fill: Callable[[Window, NDArray[np.float32]], None],
        threads: int,
    ) -> None:
        self.size = size
        self._fill = fill
        self._threads = threads
        self._window: Window = (0, 0, 0, 0)
        self._weights = np.empty((planes, 0, 0), np.float32)
        self._x = np.empty((0, 2))
        self._columns = np.empty((0, 0), np.int64), np.empty((0, 0), np.float32)

    def _share(self, kernel, *arguments) -> None:
        share(kernel, [(*arguments, part, self._threads) for part in range(self._threads)])

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        """At points. (N, 2) -> (N, C)"""
        planes = self._of_window(0, self.size[0], 0, self.size[1])
        out = np.empty((len(xy), len(planes)), np.float32)
        self._share(spline.at_points, planes, np.ascontiguousarray(xy, np.float32), out)
        return out

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """As `ExactDrawer.means`. (w, 2), (h, 2) -> (h, w, C)"""
        if not np.array_equal(x, self._x):  # a drawing's strips have the same columns
            self._x, self._columns = x.copy(), reached(x, self.size[1])
        columns, across = self._columns
        rows, down = reached(y, self.size[0])
        left, right = int(columns.min()), int(columns.max()) + 1
        first, last = int(rows.min()), int(rows.max()) + 1
        planes = self._of_window(first, last, left, right)
        top, left = self._window[0], self._window[2]
        narrow = np.empty((len(planes), last - first, len(columns)), np.float32)
        self._share(spline.along_rows, planes, first - top, columns - left, across, narrow)
        out = np.empty((len(rows), len(columns), len(planes)), np.float32)
        self._share(spline.along_columns, narrow, rows - first, down, out)
        return out

    def _of_window(self, top: int, bottom: int, left: int, right: int) -> NDArray[np.float32]:
        """Weights of a window at least as large. (C, h, w)"""
        first, last, *sides = self._window
        if not (sides[0] <= left and right <= sides[1] and first <= top <= last):
            first = last = top = top - top % ROWS
            sides = [left, right]
        if bottom <= last:
            return self._weights
        # What is known of these rows already is kept: strips reach into each other.
        bottom = min(-(-bottom // ROWS) * ROWS, self.size[0])
        known = self._weights[:, top - first : last - first] if top < last else None
        planes = np.empty((len(self._weights), bottom - top, sides[1] - sides[0]), np.float32)
        self._fill((last, bottom, sides[0], sides[1]), planes[:, last - top :])
        if known is not None:
            planes[:, : last - top] = known
        self._window, self._weights = (top, bottom, sides[0], sides[1]), planes
        return planes


class LatticeDrawer(ExactDrawer):
    """Draws a cubic spline whose planes are mixed to colours.

    Args:
        averages: Of the planes.
        mixing: How channels are made of planes: (C, C) and (C,).
        threads: How many work on a drawing.
        detail: Of subpixels, added to the first plane.
    """

    def __init__(
        self,
        averages: Averages,
        mixing: tuple[NDArray, NDArray],
        threads: int,
        detail: Lattice | None = None,
    ) -> None:
        self._averages = averages
        self._mixing, self._shift = (part.astype(np.float32) for part in mixing)
        self._colours = Lattice(averages.size, averages.planes, self._mixed, threads)
        self._detail = detail

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        out = self._colours.values(xy)
        if self._detail:
            self._add(self._detail.values(xy), out)
        return out

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        out = self._colours.means(x, y)
        height, width = self._colours.size
        # What is inside of a pixel has no mean over the whole of it.
        if self._detail and not (whole(x, width) and whole(y, height)):
            self._add(self._detail.means(x, y), out)
        return out

    def _add(self, detail: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        """Subpixel detail to all channels. (..., 1), (..., C)"""
        # One by one: NumPy takes three times as long for all at once, so few they are.
        for channel, weight in enumerate(self._mixing[:, 0]):
            if weight:
                out[..., channel] += weight * detail[..., 0]

    def _mixed(self, window: Window, out: NDArray[np.float32]) -> None:
        """Weights of the B-splines of a window, colours mixed. (C, h, w)"""
        made = self._averages.weights(window)
        # Numbers are added one by one: a matrix product's rounding depends on the window.
        for channel in range(len(made)):
            out[channel] = self._shift[channel]
            for plane in range(len(made)):
                if self._mixing[channel, plane]:
                    out[channel] += self._mixing[channel, plane] * made[plane]


def whole(edges: NDArray[np.float64], side: int) -> bool:
    """Whether all cells of an axis consist of whole pixels. (n, 2)"""
    place = (edges + 1.0) * (0.5 * side)
    nearest = np.round(place)
    return bool((np.abs(place - nearest) < 1e-6).all() and (nearest[:, 1] > nearest[:, 0]).all())


def reached(edges: NDArray[np.float64], side: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which B-splines reach each cell of an axis, and with what share of its mean.

    Args:
        edges: Start and end of each cell, the picture's at -1 and 1. (n, 2)
        side: Of the picture, in pixels.

    Returns:
        Indices of B-splines and their shares. (n, T) each
    """
    place = (edges + 1.0) * (0.5 * side) - 0.5
    start, end = place[:, :1], place[:, 1:]
    first = np.floor(start) - 1.0
    taps = int((np.floor(end) - first).max()) + 3
    index = first + np.arange(taps)
    length = end - start
    mean = integral(end - index) - integral(start - index)
    # A mean over next to nothing is the value itself, without the rounding of a small difference.
    point = length < 1e-6
    share = np.where(point, bspline(start - index), mean / np.where(point, 1.0, length))
    within = index.astype(np.int64) % (2 * side)
    mirrored = np.minimum(within, 2 * side - 1 - within)
    return mirrored, share.astype(np.float32)


def bspline(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cubic B-spline. Any shape. Source: Unser 1999, "Splines: a perfect fit", eq. 7."""
    d = np.minimum(np.abs(t), 2.0)
    return np.where(d <= 1.0, 2.0 / 3.0 - d * d + d**3 / 2.0, (2.0 - d) ** 3 / 6.0)


def integral(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the cubic B-spline from minus infinity to t. Any shape."""
    d = np.minimum(np.abs(t), 2.0)
    inner = d * (2.0 / 3.0) - d**3 / 3.0 + d**4 / 8.0
    outer = 0.5 - (2.0 - d) ** 4 / 24.0
    return 0.5 + np.sign(t) * np.where(d <= 1.0, inner, outer)
