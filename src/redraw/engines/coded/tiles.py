"""A coded picture's pixels and averages, its tiles unpacked when a drawing first shows them.

Shapes: C planes or channels, h rows, w columns.
"""

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Coded, Description, ExactBytes
from redraw.coding.picture import Quantised, each, pixels_of
from redraw.engines.lattice import Averages, Window

# Bytes of tiles that are kept; what a window takes is, however much that is.
KEPT = 256 << 20


class Shown(NamedTuple):
    """What is drawn of a picture, or of a tile.

    Attributes:
        pixels: Its own. (H, W, C) uint16
        averages: Of its planes. (C, H, W) float32
    """

    pixels: NDArray[np.uint16]
    averages: NDArray[np.float32]

    @classmethod
    def of(cls, found: Quantised) -> "Shown":
        """Of coefficients that are unpacked."""
        about = found.about
        if found.exact is not None:
            averages = found.exact.averages(about).astype(np.float32)
            return cls(found.exact.pixels, averages)
        planes = found.planes()
        return cls(pixels_of(about, planes), averages_of(about, planes))


def averages_of(about: Description, planes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Planes as floats, 1.0 being the largest value of a pixel, the middle added. (C, H, W)"""
    most = 2**about.depth - 1
    rows = np.array(about.rows).reshape(about.channels, about.channels)
    middle = rows.sum(axis=1) * 2 ** (about.depth - 1) / most
    scale = 1.0 / (2**about.fraction * most)
    result = planes.astype(np.float32)
    result *= np.float32(scale)
    result += middle.astype(np.float32)[:, None, None]
    return result


class Tiles(Averages):
    """Of a picture in tiles: those that a window reaches are unpacked, and kept for a while.

    Args:
        coded: The picture.
        threads: How many work on it.

    Attributes:
        shown: Tiles that are kept, by their numbers.
    """

    whole = True

    def __init__(self, coded: Coded, threads: int) -> None:
        about = coded.about
        self.planes, self.size = about.channels, (about.height, about.width)
        self.threads, self.shown = threads, dict[int, Shown]()
        self._coded, self._lock = coded, threading.Lock()

    def averages(self, window: Window) -> NDArray[np.float32]:
        top, bottom, left, right = window
        out = np.empty((self.planes, bottom - top, right - left), np.float32)
        for shown, there, here in self._reached(window):
            out[:, *here] = shown.averages[:, *there]
        return out

    def pixels(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.uint16]:
        """The picture's own pixels at rows and columns. (h,), (w,) -> (h, w, C)"""
        top, left = int(rows.min()), int(columns.min())
        window = top, int(rows.max()) + 1, left, int(columns.max()) + 1
        out = np.empty((window[1] - top, window[3] - left, self.planes), np.uint16)
        for shown, there, here in self._reached(window):
            out[here] = shown.pixels[there]
        return out[rows - top][:, columns - left]

    def _reached(
        self, window: Window
    ) -> list[tuple[Shown, tuple[slice, slice], tuple[slice, slice]]]:
        """The tiles of a window: their pixels there, and where these lie in the window."""
        top, bottom, left, right = window
        about = self._coded.about
        numbers = about.tiles_of(slice(top, bottom), slice(left, right))
        with self._lock:
            missing = [number for number in numbers if number not in self.shown]
            alone = len(missing) == 1
            made = each(
                lambda number: self._unpacked(number, self.threads if alone else 1),
                missing,
                self.threads,
            )
            self.shown.update(zip(missing, made, strict=True))
            needed = [self.shown[number] for number in numbers]
            self._forget(numbers)
        found = []
        for number, shown in zip(numbers, needed, strict=True):
            tile = about.tile_at(number)
            rows, to_rows = _shared(tile.rows, top, bottom)
            columns, to_columns = _shared(tile.columns, left, right)
            found.append((shown, (rows, columns), (to_rows, to_columns)))
        return found

    def _forget(self, needed: list[int]) -> None:
        """Tiles beyond those needed go, the oldest first, until all take no more than KEPT."""
        held = sum(own.pixels.nbytes + own.averages.nbytes for own in self.shown.values())
        for number in [number for number in self.shown if number not in needed]:
            if held <= KEPT:
                break
            own = self.shown.pop(number)
            held -= own.pixels.nbytes + own.averages.nbytes

    def _unpacked(self, number: int, threads: int) -> Shown:
        """A tile, as a picture of its own."""
        own, exact = self._coded.of_tile(number), self._coded.exact
        if exact is not None:
            content = (exact.tiles[number],)
            own = Coded(own.about, own.parts, ExactBytes(exact.off, exact.straight, content))
        return Shown.of(Quantised.of(own, threads=threads))


class FirstPlane(Averages):
    """Of the first plane alone."""

    planes, whole = 1, True

    def __init__(self, averages: Averages) -> None:
        self._all, self.size, self.threads = averages, averages.size, averages.threads

    def averages(self, window: Window) -> NDArray[np.float32]:
        return self._all.averages(window)[:1]


def _shared(own: slice, first: int, last: int) -> tuple[slice, slice]:
    """What a tile's rows (or columns) have of a window's: within the tile, within the window."""
    begin, end = max(own.start, first), min(own.stop, last)
    return slice(begin - own.start, end - own.start), slice(begin - first, end - first)
