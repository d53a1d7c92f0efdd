"""A picture in blocks, read where it is asked: the samples of any window of any level.

Level 0 are the pixels' planes; the low numbers of level k are a picture of 1 / 2^k of its size, so
an overview touches as few blocks as a detail. What was unpacked last is kept.

Shapes: C planes, h rows, w columns.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks import block
from redraw.coding.blocks.block import BORDER, Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.coding.blocks.windows import Window, joined
from redraw.kernels import block_numbers

# Samples along a side of what is made at once, at every level.
TILE = 2 * SIDE
# Bytes of unpacked blocks and of samples that are kept.
KEPT = 192 << 20


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
    """A large picture's numbers, read on demand.

    Args:
        layout: Where they are.
        corner: The low numbers of the last level, in steps. (C, h, w)
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
        self._blocks, self._tiles = _Kept(KEPT), _Kept(KEPT)
        # Blocks that were unpacked so far, for those who want to know what a drawing touches.
        self.unpacked = 0

    def numbers(self, level: int, row: int, column: int) -> NDArray:
        """The numbers of a block in steps. (C, 3, SIDE, SIDE), zeros beyond the picture"""
        key = level, row, column
        found = self._blocks.get(key)
        if found is None:
            found = self._unpack(level, row, column)
            self._blocks.put(key, found)
        return found

    def _unpack(self, level: int, row: int, column: int) -> NDArray:
        layout = self.layout
        if level + 1 < layout.levels:
            above = self.numbers(level + 1, row // 2, column // 2)
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
        """Low numbers after `level` levels in a window (top, bottom, left, right). (C, h, w)

        Level 0: the planes, with their binary places. The window is within the level's sides.
        """
        top, bottom, left, right = window
        out = np.empty((self.layout.channels, bottom - top, right - left), np.int32)
        if level == self.layout.levels:
            step = int(self.layout.steps[-1, 3])
            none = np.zeros(3, np.int64)
            for plane, part in enumerate(self._corner[:, top:bottom, left:right]):
                whole = np.ascontiguousarray(part, np.int32)
                block_numbers.restore(whole, step, none, out[plane])
            return out
        rows = range(top // TILE, -(-bottom // TILE))
        columns = range(left // TILE, -(-right // TILE))

        def put(place: tuple[int, int]) -> None:
            row, column = place
            tile = self._tile(level, row, column)
            y, x = row * TILE, column * TILE
            first, last = max(top, y), min(bottom, y + tile.shape[1])
            begin, end = max(left, x), min(right, x + tile.shape[2])
            out[:, first - top : last - top, begin - left : end - left] = tile[
                :, first - y : last - y, begin - x : end - x
            ]

        places = [(row, column) for row in rows for column in columns]
        if self.threads > 1 and len(places) > 1:
            self._prepare(level, window)
            with ThreadPoolExecutor(self.threads) as pool:
                list(pool.map(put, places))
        else:
            for place in places:
                put(place)
        return out

    def _prepare(self, level: int, window: Window) -> None:
        """Unpack what a window needs of all levels, from the coarsest on, each level by threads.

        So no two threads wait for, or unpack, the same block.
        """
        layout, needed = self.layout, []
        top, bottom, left, right = window
        for at in range(level, layout.levels):
            # What lies around is needed too: the wavelet reaches there.
            half = (top // 2 - 8, bottom // 2 + 8, left // 2 - 8, right // 2 + 8)
            down, across = layout.blocks(at)
            rows = range(max(half[0] // SIDE, 0), min(-(-half[1] // SIDE), down))
            columns = range(max(half[2] // SIDE, 0), min(-(-half[3] // SIDE), across))
            needed.append([(at, row, column) for row in rows for column in columns])
            top, bottom, left, right = half
        with ThreadPoolExecutor(self.threads) as pool:
            for blocks in reversed(needed):
                list(pool.map(lambda key: self.numbers(*key), blocks))
            # And coarser samples, each made once.
            for blocks in reversed(needed[1:]):
                list(pool.map(lambda key: self._tile_of(*key), blocks))

    def _tile_of(self, level: int, row: int, column: int) -> None:
        h, w = self.layout.sides[level]
        if row * TILE < h and column * TILE < w:
            self._tile(level, row, column)

    def _tile(self, level: int, row: int, column: int) -> NDArray[np.int32]:
        """Samples of a square of a level. (C, <= TILE, <= TILE)"""
        key = level, row, column
        found = self._tiles.get(key)
        if found is None:
            size = self.layout.sides[level]
            y, x = row * TILE, column * TILE
            window = y, min(y + TILE, size[0]), x, min(x + TILE, size[1])
            made = joined(
                lambda wanted: self._low_of(level + 1, wanted),
                lambda third, wanted: self._band(level, third, wanted),
                window,
                size,
                self.layout.channels,
            )
            found = np.ascontiguousarray(made)
            self._tiles.put(key, found)
        return found

    def _low_of(self, level: int, window: Window) -> NDArray[np.int32]:
        """As `low`, without threads: a part of what a thread does."""
        if level == self.layout.levels:
            return self.low(level, window)
        top, bottom, left, right = window
        out = np.empty((self.layout.channels, bottom - top, right - left), np.int32)
        for row in range(top // TILE, -(-bottom // TILE)):
            for column in range(left // TILE, -(-right // TILE)):
                tile = self._tile(level, row, column)
                y, x = row * TILE, column * TILE
                first, last = max(top, y), min(bottom, y + tile.shape[1])
                begin, end = max(left, x), min(right, x + tile.shape[2])
                out[:, first - top : last - top, begin - left : end - left] = tile[
                    :, first - y : last - y, begin - x : end - x
                ]
        return out

    def _band(self, level: int, third: int, window: Window) -> NDArray[np.int32]:
        """Restored numbers of a band in a window. (C, h, w)"""
        layout = self.layout
        top, bottom, left, right = window
        out = np.empty((layout.channels, bottom - top, right - left), np.int32)
        step = int(layout.steps[level, third])
        for row in range(top // SIDE, -(-bottom // SIDE)):
            for column in range(left // SIDE, -(-right // SIDE)):
                y, x = row * SIDE, column * SIDE
                first, last = max(top, y), min(bottom, y + SIDE)
                begin, end = max(left, x), min(right, x + SIDE)
                numbers = self.numbers(level, row, column)
                for plane in range(layout.channels):
                    part = numbers[plane, third, first - y : last - y, begin - x : end - x]
                    whole = np.ascontiguousarray(part, np.int32)
                    place = layout.places_of(plane)
                    block_numbers.restore(
                        whole,
                        step,
                        place,
                        out[plane, first - top : last - top, begin - left : end - left],
                    )
        return out
