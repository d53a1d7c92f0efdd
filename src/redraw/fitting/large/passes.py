"""A pass over one level, a strip of rows at a time: whoever carries it out, the same comes out.

Going down the levels, `analyse` splits a strip into low coefficients, which are kept on the disk as
the picture of the next level, and bands, which are counted. Coming back, `encode` splits it again
and writes the bands as blocks, each told of by its parent.

Shapes: C planes, H rows, W columns of the level.
"""

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks import block
from redraw.coding.blocks.block import BORDER, Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.coding.blocks.windows import Window, split, widened
from redraw.fitting.large.samples import COLUMNS, ROWS, places_of
from redraw.fitting.large.scratch import Rows, put
from redraw.fitting.large.spread import Spread
from redraw.kernels import block_coefficients, quantising

# Samples that two rows of blocks take: what strips and tiles are multiples of.
UNIT = 2 * SIDE
# Bytes of a strip of pixels as they are learned.
ROOM = 48 << 20
# Reads rows of pixels. (h, W, C)
Reader = Callable[[int, int], NDArray[np.uint16]]


@dataclass(frozen=True)
class Job:
    """What every strip of a fit is told.

    Attributes:
        layout: Of the picture; its step is known when blocks are written.
        folder: The scratch folder.
        tile: Samples along a side of what one thread works on: a multiple of UNIT.
    """

    layout: Layout
    folder: Path
    tile: int = 4 * UNIT

    def low(self, level: int) -> Rows:
        """The low coefficients after so many levels."""
        return Rows(
            self.folder / f"low-{level}.bin", self.layout.channels, self.layout.sides[level][1]
        )

    @property
    def samples_path(self) -> Path:
        """Where the parts are kept that are fitted in memory first."""
        return self.folder / "samples.bin"

    def told(self, level: int) -> Path:
        """Where the sizes of a level's coefficients are kept."""
        return self.folder / f"told-{level}.bin"

    def strip(self, level: int) -> int:
        """Rows of a strip."""
        row = self.layout.sides[level][1] * self.layout.channels * (2 if level == 0 else 4)
        return max(UNIT, min(self.tile, ROOM // row // UNIT * UNIT))

    def strips(self, level: int) -> int:
        """How many strips a level has."""
        return -(-self.layout.sides[level][0] // self.strip(level))

    def rows(self, level: int, strip: int) -> tuple[int, int]:
        """First row of a strip, and the one after its last."""
        high = self.strip(level)
        return strip * high, min((strip + 1) * high, self.layout.sides[level][0])

    def around(self, level: int, strip: int) -> tuple[int, int]:
        """The same with what the wavelet reaches beyond."""
        size = self.layout.sides[level]
        top, bottom, _, _ = widened((*self.rows(level, strip), 0, size[1]), size)
        return top, bottom

    def read(self, level: int, strip: int, reader: Reader | None) -> NDArray:
        """What a strip is made from: pixels (h, W, C), or low coefficients (h, C, W)."""
        if level == 0:
            assert reader is not None
            return reader(*self.around(level, strip))
        return self.low(level).read(*self.around(level, strip))

    def tiles(self, level: int, strip: int) -> list[Window]:
        """The tiles of a strip: top, bottom, left, right."""
        top, bottom = self.rows(level, strip)
        width = self.layout.sides[level][1]
        return [
            (top, bottom, left, min(left + self.tile, width)) for left in range(0, width, self.tile)
        ]

    def samples(self, level: int, strip: int, held: NDArray, tile: Window) -> NDArray[np.int32]:
        """The samples of a tile with its surroundings. (C, h, w), new"""
        layout, size = self.layout, self.layout.sides[level]
        _, _, left, right = widened(tile, size)
        if level:
            return np.ascontiguousarray(np.moveaxis(held[:, :, left:right], 1, 0))
        pixels = held[:, left:right]
        out = np.empty((layout.channels, len(pixels), right - left), np.int32)
        quantising.unmixed(pixels, layout.rows, layout.fraction, layout.depth, out)
        return out


def sample_shape(layout: Layout) -> tuple[int, int]:
    """Rows and columns of the parts that are fitted in memory first."""
    return min(ROWS, layout.height), min(COLUMNS, layout.width)


def keep_samples(job: Job, held: NDArray[np.uint16], rows: tuple[int, int], begin: int) -> None:
    """Keep the parts that begin in a strip of pixels.

    Args:
        job: Of the fit.
        held: Pixels. (h, W, C)
        rows: The strip's first row, and the one after its last.
        begin: The first row of `held`.
    """
    layout = job.layout
    h, w = sample_shape(layout)
    for place, (y, x) in enumerate(places_of(layout.width, layout.height)):
        if rows[0] <= y < rows[1]:
            part = np.ascontiguousarray(held[y - begin : y - begin + h, x : x + w])
            put(job.samples_path, place * part.nbytes, part)


def take_apart(job: Job, level: int, strip: int, held: NDArray, pool: Executor) -> Spread:
    """All that the first pass does with a strip; `held` as of `analyse`, (rows, W, C)."""
    if level == 0:
        keep_samples(job, held, job.rows(0, strip), job.around(0, strip)[0])
    return analyse(job, level, strip, held, pool)


def analyse(job: Job, level: int, strip: int, held: NDArray, pool: Executor) -> Spread:
    """Split a strip: its low coefficients are put into the next level, its bands are counted.

    `held`: its rows of pixels (rows, W, C), or of low coefficients (rows, C, W).
    """
    layout, size = job.layout, job.layout.sides[level]
    top, bottom = job.rows(level, strip)
    low = np.empty((-(-(bottom - top) // 2), layout.channels, -(-size[1] // 2)), np.int32)
    result = Spread.none(1, layout.channels)

    def work(tile: Window) -> Spread:
        found, bands = split(job.samples(level, strip, held, tile), widened(tile, size), tile)
        left = tile[2] // 2
        low[:, :, left : left + found.shape[2]] = np.moveaxis(found, 0, 1)
        counted = Spread.none(1, layout.channels)
        for third, band in enumerate(bands):
            for plane, part in enumerate(band):
                own = counted.counts[0, third, plane], counted.sums[0, third, plane]
                block_coefficients.spread(part, *own)
        return counted

    for counted in pool.map(work, job.tiles(level, strip)):
        result.add(counted)
    job.low(level + 1).write(top // 2, low)
    return result


@dataclass
class Encoded:
    """The blocks of a strip.

    Attributes:
        first: The number of the first one.
        contents: Their bytes, in order.
        missed: The squared error of each of the level's bands. (3,)
    """

    first: int
    contents: list[bytes]
    missed: list[int]

    @property
    def lengths(self) -> list[int]:
        """Bytes of each."""
        return [len(content) for content in self.contents]

    @property
    def checksums(self) -> list[int]:
        """CRC-32 of each."""
        return [zlib.crc32(content) for content in self.contents]


def encode(
    job: Job, level: int, strip: int, held: NDArray, pool: Executor, *, chances: Chances
) -> Encoded:
    """The blocks of a strip; the sizes of their coefficients are kept for the next finer level.

    `held`: as of `analyse`, (rows, W, C) or (rows, C, W).
    """
    layout, size = job.layout, job.layout.sides[level]
    top, _ = job.rows(level, strip)
    down, across = layout.blocks(level)
    found: dict[tuple[int, int], bytes] = {}
    missed = [0, 0, 0]

    def work(tile: Window) -> list[tuple[int, int, bytes, list[int]]]:
        _, bands = split(job.samples(level, strip, held, tile), widened(tile, size), tile)
        done = []
        rows = range(tile[0] // UNIT, min(-(-tile[1] // UNIT), down))
        columns = range(tile[2] // UNIT, min(-(-tile[3] // UNIT), across))
        for row in rows:
            for column in columns:
                corner = row * SIDE - tile[0] // 2, column * SIDE - tile[2] // 2
                content, lost = _block(job, chances, level, row, column, bands, corner)
                done.append((row, column, content, lost))
        return done

    for done in pool.map(work, job.tiles(level, strip)):
        for row, column, content, lost in done:
            found[row, column] = content
            missed = [a + b for a, b in zip(missed, lost, strict=True)]
    first = layout.number(level, top // UNIT, 0)
    return Encoded(first, [found[key] for key in sorted(found)], missed)


def _block(
    job: Job, chances: Chances, level: int, row: int, column: int,
    bands: list[NDArray[np.int32]], corner: tuple[int, int],
) -> tuple[bytes, list[int]]:  # fmt: skip
    """One block of bands that begin at `corner`: its bytes, and what its bands miss."""
    layout = job.layout
    coefficients, shapes = block.empty(layout.channels), layout.shapes(level, row, column)
    lost = [0, 0, 0]
    y, x = corner
    for third, (h, w) in enumerate(shapes):
        step = int(layout.steps[level, third])
        for plane in range(layout.channels):
            part = bands[third][plane, y : y + h, x : x + w]
            out = coefficients[plane, third, BORDER : BORDER + h, BORDER : BORDER + w]
            lost[third] += int(
                block_coefficients.quantise(part, step, layout.places_of(plane), out)
            )
    parent = block.without_parent(layout.channels)
    size = layout.channels * 3 * SIDE * SIDE
    if level + 1 < layout.levels:
        over = row // 2, column // 2
        at = over[0] * layout.blocks(level + 1)[1] + over[1]
        with open(job.told(level + 1), "rb") as file:
            file.seek(at * size)
            told = np.frombuffer(file.read(size), np.uint8)
        told = told.reshape(layout.channels, 3, SIDE, SIDE)
        parent = block.parent_part(told, row, column)
    if level:
        inside = np.abs(coefficients[:, :, BORDER:-BORDER, BORDER:-BORDER])
        at = row * layout.blocks(level)[1] + column
        put(job.told(level), at * size, np.minimum(inside, block.TOLD).astype(np.uint8))
    return block.write(coefficients, shapes, parent, *chances.of(level)), lost


# What is done with a strip: job, level, strip, what it is made from, threads.
Work = Callable[[Job, int, int, NDArray, Executor], Any]


class Crew(Protocol):
    """Whoever carries strips out."""

    def carried_out(
        self, job: Job, work: Work, level: int, strips: range
    ) -> Iterator[tuple[int, Any]]:
        """What came of each strip of a level, in order."""
        ...

    def close(self) -> None:
        """Give back what it holds."""


class Threads:
    """Carries strips out in this process, reading the next one while one is worked on.

    Args:
        reader: Of pixels.
        threads: How many work on a strip.
    """

    def __init__(self, reader: Reader, threads: int) -> None:
        self._reader = reader
        self._pool, self._ahead = ThreadPoolExecutor(threads), ThreadPoolExecutor(1)

    def carried_out(
        self, job: Job, work: Work, level: int, strips: range
    ) -> Iterator[tuple[int, Any]]:
        """As of `Crew`."""
        waiting = None
        for strip in strips:
            reading = waiting or self._ahead.submit(job.read, level, strip, self._reader)
            held = reading.result()
            waiting = None
            if strip + 1 < strips.stop:
                waiting = self._ahead.submit(job.read, level, strip + 1, self._reader)
            yield strip, work(job, level, strip, held, self._pool)

    def close(self) -> None:
        """As of `Crew`."""
        self._pool.shutdown(cancel_futures=True)
        self._ahead.shutdown(cancel_futures=True)
