"""A large picture as chunks, read block by block (docs/format.md, "Large pictures").

LP  what the bytes mean      ME, IC  as of other coded pictures    LC  low coefficients of the last
level LM  chances at the start     LT  lengths and checksums of blocks   LD  blocks, the coarsest
first LF  squares with fields of their own: where, lengths and checksums LG  their field files
"""

import os
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw import memory
from redraw.coding.blocks.block import Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.errors import FileFormatError
from redraw.storage.about import About
from redraw.storage.block_parts import layout_of, table_of, unpacked
from redraw.storage.chunk_names import LARGE
from redraw.storage.coded_file import METADATA, PROFILE, about_from, chunks_about
from redraw.storage.container import (
    END,
    MAGIC,
    MOST_CHUNKS,
    VERSION,
    Chunk,
    Reader,
    number,
    packed,
)
from redraw.storage.messages import reason, shown

CORNER, CHANCES, TABLE, DATA = "LC", "LM", "LT", "LD"
FIELDS, FIELD_DATA = "LF", "LG"
KNOWN = (LARGE, METADATA, PROFILE, CORNER, CHANCES, TABLE, DATA, FIELDS, FIELD_DATA)
# Pixels along a side of a square at most.
MOST_SIDE = 1 << 14
# Bytes of one chunk of blocks at most, unless a single block has more.
MOST_DATA = 1 << 30
# Bytes of anything else, compressed or not: a table of 2^24 blocks fits.
MOST_HEAD = 1 << 28
COPIED = 1 << 20


@dataclass(frozen=True)
class Blocks:
    """A large picture's file, but for the bytes of its blocks.

    Attributes:
        layout: What the bytes mean.
        corner: The low coefficients of the last level, in steps. (C, h, w)
        chances: What blocks begin with.
        lengths: Of each block in bytes. (n,) int64
        checksums: CRC-32 of each. (n,) uint32
    """

    layout: Layout
    corner: NDArray[np.int32]
    chances: Chances
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32]


@dataclass(frozen=True)
class Squares:
    """Squares of a large picture that have fields of their own, but for these fields.

    Attributes:
        side: Of a square in pixels.
        margin: Pixels around it that its field knows too.
        lengths: Of each field file in bytes, row by row; 0 for a square without one. (n,) int64
        checksums: CRC-32 of each. (n,) uint32

    Raises:
        FileFormatError: a side is none.
    """

    side: int
    margin: int
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32]

    def __post_init__(self) -> None:
        if not (1 <= self.side <= MOST_SIDE and 0 <= self.margin <= self.side):
            raise FileFormatError(
                f"its squares have {self.side} pixels along a side and {self.margin} around them;"
                f" accepted: 1 to {MOST_SIDE}, and up to as many"
            )


def head_chunks(blocks: Blocks, about: About) -> list[Chunk]:
    """All chunks before those of the blocks."""
    own = blocks.layout
    said = (own.width, own.height, own.channels, own.depth, own.levels, own.step, SIDE)
    head = b"".join(map(number, said)) + bytes(place & 255 for place in own.places)
    table = b"".join(map(number, blocks.lengths.tolist()))
    return [
        Chunk(LARGE, head),
        *chunks_about(own, about),
        Chunk(CORNER, zlib.compress(blocks.corner.astype("<i4").tobytes(), 9)),
        Chunk(CHANCES, zlib.compress(blocks.chances.to_bytes(), 9)),
        Chunk(TABLE, table + blocks.checksums.astype("<u4").tobytes()),
    ]


def write_blocks(
    file: BinaryIO,
    blocks: Blocks,
    about: About,
    data: BinaryIO,
    squares: tuple[Squares, BinaryIO] | None = None,
) -> None:
    """Write a whole file.

    Args:
        file: Where to.
        blocks: All of them, but their bytes.
        about: What it shows.
        data: The bytes of all blocks, one after another.
        squares: Those that have fields of their own, and these field files, one after another.
    """
    ending = packed([])[len(MAGIC) + 1 :]
    chunks = head_chunks(blocks, about)
    if squares is not None:
        chunks.append(_squares_chunk(squares[0]))
    file.write(packed(chunks)[: -len(ending)])
    _copy(file, DATA, blocks.lengths, data)
    if squares is not None:
        _copy(file, FIELD_DATA, squares[0].lengths, squares[1])
    file.write(ending)


def _squares_chunk(squares: Squares) -> Chunk:
    said = (squares.side, squares.margin, *squares.lengths.tolist())
    table = b"".join(map(number, said)) + squares.checksums.astype("<u4").tobytes()
    return Chunk(FIELDS, table)


def _copy(file: BinaryIO, chunk: str, lengths: NDArray[np.int64], data: BinaryIO) -> None:
    """Write chunks of that name with all that `data` holds, never cutting one of `lengths`."""
    name = chunk.encode()
    for length in _cut(lengths):
        start = name + number(length)
        file.write(start)
        checksum = zlib.crc32(name)
        while length:
            piece = data.read(min(length, COPIED))
            if not piece:
                raise FileFormatError("blocks are missing")
            checksum = zlib.crc32(piece, checksum)
            file.write(piece)
            length -= len(piece)
        file.write(checksum.to_bytes(4, "little"))


def _cut(lengths: NDArray[np.int64]) -> Iterator[int]:
    """Bytes of each chunk of blocks: whole blocks, at most MOST_DATA."""
    total = 0
    for length in lengths.tolist():
        if total and total + length > MOST_DATA:
            yield total
            total = 0
        total += length
    if total:
        yield total


class BlockFile:
    """A large picture's file, opened: blocks are read when they are asked for.

    Args:
        path: The file.

    Attributes:
        blocks: All but their bytes.
        about: What it shows.
        squares: Those with fields of their own, if there are any.

    Raises:
        FileFormatError: it is damaged, cut short, or of a newer version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise FileFormatError(f"can't read {self.path}: {reason(error)}") from error
        # Whoever draws holds it as long as it draws.
        self._closed = weakref.finalize(self, os.close, self._file)
        try:
            self._size = os.fstat(self._file).st_size
            self._contents: dict[str, list[bytes]] = {name: [] for name in KNOWN}
            # Of chunks that are read on demand: where each begins in the file, and its length.
            self._data: dict[str, list[tuple[int, int]]] = {DATA: [], FIELD_DATA: []}
            self.stored: dict[str, int] = {}
            self._scan()
            self.blocks, self.about = self._read_head()
            self.squares = self._read_squares()
        except BaseException:
            self._closed()
            raise
        self._starts = np.concatenate([[0], np.cumsum(self.blocks.lengths)])
        if self.squares is not None:
            self._fields = np.concatenate([[0], np.cumsum(self.squares.lengths)])

    def close(self) -> None:
        """Give the file back."""
        self._closed()

    def fetch(self, block: int) -> bytes:
        """The bytes of a block; safe from threads.

        Raises:
            FileFormatError: they are damaged.
        """
        bounds = int(self._starts[block]), int(self._starts[block + 1])
        checksum = int(self.blocks.checksums[block])
        return self._fetched(DATA, bounds, checksum, f"block {block:,}")

    def field(self, square: int) -> bytes:
        """The field file of a square, b"" if it has none; safe from threads.

        Raises:
            FileFormatError: it is damaged.
        """
        assert self.squares is not None
        bounds = int(self._fields[square]), int(self._fields[square + 1])
        checksum = int(self.squares.checksums[square])
        return self._fetched(FIELD_DATA, bounds, checksum, f"field of square {square:,}")

    def _fetched(self, chunk: str, bounds: tuple[int, int], checksum: int, what: str) -> bytes:
        """The bytes between `bounds` of all chunks of that name."""
        begin, end = bounds
        at, content = 0, b""
        for start, length in self._data[chunk] if end > begin else ():
            if begin >= at and end <= at + length:
                content = os.pread(self._file, end - begin, start + begin - at)
                break
            at += length
        else:
            if end > begin:
                raise FileFormatError(f"{self.path} is damaged: its {what} is not in it")
        if zlib.crc32(content) != checksum:
            raise FileFormatError(f"{self.path} is damaged: its {what} does not match its checksum")
        return content

    def _take(self, at: int, count: int) -> bytes:
        if at + count > self._size:
            raise FileFormatError(f"{self.path} is cut short; get a whole copy")
        return os.pread(self._file, count, at)

    def _scan(self) -> None:
        """Find the chunks; those of blocks are passed over."""
        head = self._take(0, len(MAGIC) + 1)
        if head[: len(MAGIC)] != MAGIC or head[-1] != VERSION:
            raise FileFormatError(f"{self.path} is no file of redraw: it begins with {shown(head)}")
        at = len(head)
        for _ in range(MOST_CHUNKS):
            start = self._take(at, min(2 + 5, max(self._size - at, 2)))
            reader = Reader(start[2:], self.path)
            name, length = start[:2].decode("latin-1"), reader.number()
            first = at + 2 + reader.at
            stored = 2 + reader.at + length + 4
            if first + length + 4 > self._size:
                raise FileFormatError(
                    f"{self.path} is cut short in its chunk {shown(name)}; get a whole copy"
                )
            self.stored[name] = self.stored.get(name, 0) + stored
            if name in self._data:
                self._data[name].append((first, length))
            else:
                self._whole(name, first, length)
            at += stored
            if name == END:
                break
        else:
            raise FileFormatError(f"{self.path} has more than {MOST_CHUNKS:,} chunks")
        if at != self._size:
            raise FileFormatError(f"{self.path} is damaged: {self._size - at} bytes follow its end")

    def _whole(self, name: str, first: int, length: int) -> None:
        """Keep a chunk that is small, its checksum compared."""
        if not (name.isalpha() and name.isascii()):
            raise FileFormatError(f"{self.path} is damaged: a chunk is called {shown(name)}")
        if name not in (*KNOWN, END):
            if name[0].isupper():
                raise FileFormatError(
                    f"{self.path} has a chunk {name}, which this redraw does not know;"
                    " upgrade redraw to open it"
                )
            return
        if length > MOST_HEAD:
            raise FileFormatError(f"{self.path} is damaged: its chunk {name} has {length:,} bytes")
        content = self._take(first, length)
        checksum = int.from_bytes(self._take(first + length, 4), "little")
        if zlib.crc32(name.encode() + content) != checksum:
            raise FileFormatError(
                f"{self.path} is damaged: its chunk {name} does not match its checksum"
            )
        if name != END:
            self._contents[name].append(content)

    def _read_head(self) -> tuple[Blocks, About]:
        found = self._contents
        if any(len(found[name]) != 1 for name in (LARGE, CORNER, CHANCES, TABLE)):
            raise FileFormatError(
                f"{self.path} is damaged: it has not one each of {LARGE}, {CORNER}, {CHANCES} and"
                f" {TABLE}"
            )
        if max(len(found[METADATA]), len(found[PROFILE])) > 1:
            raise FileFormatError(f"{self.path} is damaged: a chunk comes twice")
        try:
            layout = layout_of(found[LARGE][0])
            about = about_from(found, layout, self.path)
            h, w = layout.sides[-1]
            size = 4 * layout.channels * h * w
            remedy = "open it where there is more"
            memory.ask(3 * size, f"unpacking the coarsest coefficients of {self.path}", remedy)
            corner = np.frombuffer(unpacked(found[CORNER][0], size, CORNER), "<i4")
            chances = Chances.from_bytes(
                unpacked(found[CHANCES][0], len(Chances.even().to_bytes()), CHANCES)
            )
            lengths, checksums = table_of(found[TABLE][0], layout.count, TABLE)
            if int(lengths.sum()) != sum(length for _, length in self._data[DATA]):
                raise FileFormatError("its blocks have other lengths than its table says")
        except FileFormatError as error:
            text = str(error)
            full = text if self.path in text else f"{self.path} is damaged: {text}"
            raise FileFormatError(full) from None
        whole = corner.astype(np.int32).reshape(layout.channels, h, w)
        return Blocks(layout, whole, chances, lengths, checksums), about

    def _read_squares(self) -> Squares | None:
        """The squares with fields of their own."""
        found, layout = self._contents[FIELDS], self.blocks.layout
        if not found and not self._data[FIELD_DATA]:
            return None
        try:
            if len(found) != 1:
                raise FileFormatError(f"it has not one {FIELDS}, but fields of squares")
            reader = Reader(found[0], f"its chunk {FIELDS}")
            side, margin = reader.number(), reader.number()
            empty = np.zeros(0, np.int64)
            Squares(side, margin, empty, empty.astype(np.uint32))
            count = -(-layout.width // side) * -(-layout.height // side)
            lengths, checksums = table_of(found[0][reader.at :], count, FIELDS)
            if int(lengths.sum()) != sum(length for _, length in self._data[FIELD_DATA]):
                raise FileFormatError("fields of squares have other lengths than its table says")
        except FileFormatError as error:
            raise FileFormatError(f"{self.path} is damaged: {error}") from None
        return Squares(side, margin, lengths, checksums)
