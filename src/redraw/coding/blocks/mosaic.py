"""A picture in blocks, read where it is asked: the samples of any window of any level.

Level 0 are the pixels' planes; the low coefficients of level k are a picture of 1 / 2^k of its
size, so an overview touches as few blocks as a detail. What was unpacked last is kept.

Shapes: C planes, h rows, w columns.
"""

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks import block
from redraw.coding.blocks.block import BORDER, Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.coding.blocks.windows import Window, halved, joined
from redraw.kernels import block_coefficients

# Bytes of unpacked blocks that are kept.
KEPT = 256 << 20
# Rows of samples from which on a second thread is worth its while.
LEAST_ROWS = 64


class _Kept:
    """What was used last, by key, within so many bytes; safe from threads."""

    def __init__(self, room: int) -> None:
        self._room, self._taken = room, 0
        self._held: OrderedDict[tuple[int, int, int], NDArray] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int, int]) -> NDArray | None:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: tuple[int, int, int], value: NDArray) -> None:
        with self._lock:
            if key in self._held:
                return
            self._held[key] = value
            self._taken += value.nbytes
            while self._taken > self._room and len(self._held) > 1:
                self._taken -= self._held.popitem(last=False)[1].nbytes


class Mosaic:
    """A large picture's coefficients, read on demand.

    Args:
        layout: Where they are.
        corner: The low coefficients of the last level, in steps. (C, h, w)
        chances: What its blocks begin with.
        fetch: Gives the bytes of a block by its number.
        threads: How many work on a window.
    """

    def __init__(
        self,
        layout: Layout,
        corner: NDArray[np.int32],
        chances: Chances,
        fetch: Callable[[int], bytes],
        threads: int = 2,
    ) -> None:
        self.layout, self._corner, self._chances, self._fetch = layout, corner, chances, fetch
        self.threads = threads
        self._blocks = _Kept(KEPT)
        # Blocks that were unpacked so far, for those who want to know what a drawing touches.
        self.unpacked = 0

    def coefficients(self, level: int, row: int, column: int) -> NDArray:
        """The coefficients of a block in steps. (C, 3, SIDE, SIDE), zeros beyond the picture"""
        key = level, row, column
        found = self._blocks.get(key)
        if found is None:
            found = self._unpack(level, row, column)
            self._blocks.put(key, found)
        return found

    def _unpack(self, level: int, row: int, column: int) -> NDArray:
        layout = self.layout
        if level + 1 < layout.levels:
            above = self.coefficients(level + 1, row // 2, column // 2)
            parent = block.parent_part(above, row, column)
        else:
            parent = block.without_parent(layout.channels)
        out = block.empty(layout.channels)
        content = self._fetch(layout.number(level, row, column))
        shapes = layout.shapes(level, row, column)
        block.read(content, shapes, parent, *self._chances.of(level), out)
        self.unpacked += 1
        inside = out[:, :, BORDER:-BORDER, BORDER:-BORDER]
        small = int(inside.max(initial=0)) < 1 << 15 and int(inside.min(initial=0)) >= -(1 << 15)
        return np.ascontiguousarray(inside, np.int16 if small else np.int32)

    def low(self, level: int, window: Window) -> NDArray[np.int32]:
        """Low coefficients after `level` levels in a window (top, bottom, left, right). (C, h, w)

        Level 0: the planes, with their binary places. The window is within the level's sides, and
        no more is unpacked than it takes. Not to be asked by two threads at once: they would unpack
        the same blocks.
        """
        layout = self.layout
        windows = [window]
        for at in range(level, layout.levels):
            windows.append(halved(windows[-1], layout.sides[at]))
        with ThreadPoolExecutor(self.threads) as pool:
            samples = self._restored_corner(windows[-1])
            for at in range(layout.levels - 1, level - 1, -1):
                finer, coarser = windows[at - level], windows[at + 1 - level]
                self._unpack_all(at, coarser, pool)
                samples = self._joined(at, finer, samples, coarser, pool)
        return samples

    def _restored_corner(self, window: Window) -> NDArray[np.int32]:
        """The low coefficients of the last level. (C, h, w)"""
        top, bottom, left, right = window
        step, none = int(self.layout.steps[-1, 3]), np.zeros(3, np.int64)
        out = np.empty((self.layout.channels, bottom - top, right - left), np.int32)
        for plane, part in enumerate(self._corner[:, top:bottom, left:right]):
            block_coefficients.restore(np.ascontiguousarray(part, np.int32), step, none, out[plane])
        return out

    def _unpack_all(self, level: int, window: Window, pool: Executor) -> None:
        """Unpack the blocks of a window of a level's bands; those above them are there already."""
        top, bottom, left, right = window
        down, across = self.layout.blocks(level)
        rows = range(top // SIDE, min(-(-bottom // SIDE), down))
        columns = range(left // SIDE, min(-(-right // SIDE), across))
        keys = [(level, row, column) for row in rows for column in columns]
        list(pool.map(lambda key: self.coefficients(*key), keys))

    def _joined(
        self, level: int, window: Window, low: NDArray[np.int32], held: Window, pool: Executor
    ) -> NDArray[np.int32]:
        """Samples of a window from the low coefficients of `held`, by threads. (C, h, w)"""
        top, bottom, left, right = window
        out = np.empty((self.layout.channels, bottom - top, right - left), np.int32)

        def low_of(wanted: Window) -> NDArray[np.int32]:
            y, x = held[0], held[2]
            return low[:, wanted[0] - y : wanted[1] - y, wanted[2] - x : wanted[3] - x]

        def part(rows: tuple[int, int]) -> None:
            first, last = rows
            begin, start = first - first % 2, left - left % 2
            made = joined(
                low_of,
                lambda third, wanted: self._band(level, third, wanted),
                (begin, last, start, right),
                self.layout.sides[level],
                self.layout.channels,
            )
            out[:, first - top : last - top] = made[:, first - begin :, left - start :]

        list(pool.map(part, _parts(top, bottom, self.threads)))
        return out

    def _band(self, level: int, third: int, window: Window) -> NDArray[np.int32]:
        """Restored coefficients of a band in a window. (C, h, w)"""
        layout = self.layout
        top, bottom, left, right = window
        out = np.empty((layout.channels, bottom - top, right - left), np.int32)
        step = int(layout.steps[level, third])
        for row in range(top // SIDE, -(-bottom // SIDE)):
            for column in range(left // SIDE, -(-right // SIDE)):
                y, x = row * SIDE, column * SIDE
                first, last = max(top, y), min(bottom, y + SIDE)
                begin, end = max(left, x), min(right, x + SIDE)
                coefficients = self.coefficients(level, row, column)
                for plane in range(layout.channels):
                    part = coefficients[plane, third, first - y : last - y, begin - x : end - x]
                    whole = np.ascontiguousarray(part, np.int32)
                    place = layout.places_of(plane)
                    block_coefficients.restore(
                        whole,
                        step,
                        place,
                        out[plane, first - top : last - top, begin - left : end - left],
                    )
        return out


def _parts(first: int, last: int, threads: int) -> list[tuple[int, int]]:
    """Rows cut into one part for each thread, none of them small."""
    count = max(1, min(threads, (last - first) // LEAST_ROWS))
    cuts = np.linspace(first, last, count + 1).astype(int).tolist()
    return list(itertools.pairwise(cuts))
