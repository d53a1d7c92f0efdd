"""A large picture as chunks, read block by block (docs/format.md, "Large pictures").

LP  what the bytes mean      ME, IC  as of other coded pictures    LC  low numbers of the last level
LM  chances at the start     LT  lengths and checksums of blocks   LD  blocks, the coarsest first
"""

import os
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.block import Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.errors import FileFormatError
from redraw.storage.about import About
from redraw.storage.coded_file import METADATA, PROFILE, about_from, chunks_about
from redraw.storage.container import END, MAGIC, VERSION, Chunk, Reader, number, packed
from redraw.storage.messages import reason, shown

LARGE, CORNER, CHANCES, TABLE, DATA = "LP", "LC", "LM", "LT", "LD"
KNOWN = (LARGE, METADATA, PROFILE, CORNER, CHANCES, TABLE, DATA)
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
        corner: The low numbers of the last level, in steps. (C, h, w)
        chances: What blocks begin with.
        lengths: Of each block in bytes. (n,) int64
        checksums: CRC-32 of each. (n,) uint32
    """

    layout: Layout
    corner: NDArray[np.int32]
    chances: Chances
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32]


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


def write_blocks(file: BinaryIO, blocks: Blocks, about: About, data: BinaryIO) -> None:
    """Write a whole file; `data` holds the bytes of all blocks, one after another."""
    ending = packed([])[len(MAGIC) + 1 :]
    file.write(packed(head_chunks(blocks, about))[: -len(ending)])
    name = DATA.encode()
    for length in _cut(blocks.lengths):
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
    file.write(ending)


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
            # Where each chunk of blocks begins in the file, and in the sequence of all blocks.
            self._data: list[tuple[int, int]] = []
            self.stored: dict[str, int] = {}
            self._scan()
            self.blocks, self.about = self._read_head()
        except BaseException:
            self._closed()
            raise
        self._starts = np.concatenate([[0], np.cumsum(self.blocks.lengths)])

    def close(self) -> None:
        """Give the file back."""
        self._closed()

    def fetch(self, block: int) -> bytes:
        """The bytes of a block; safe from threads.

        Raises:
            FileFormatError: they are damaged.
        """
        begin, end = int(self._starts[block]), int(self._starts[block + 1])
        at = 0
        for start, length in self._data:
            if begin >= at and end <= at + length:
                content = os.pread(self._file, end - begin, start + begin - at)
                break
            at += length
        else:
            raise FileFormatError(f"{self.path} is damaged: its block {block:,} is not in it")
        if zlib.crc32(content) != int(self.blocks.checksums[block]):
            raise FileFormatError(
                f"{self.path} is damaged: its block {block:,} does not match its checksum"
            )
        return content

    def _take(self, at: int, count: int) -> bytes:
        if at + count > self._size:
            raise FileFormatError(f"{self.path} is cut short")
        return os.pread(self._file, count, at)

    def _scan(self) -> None:
        """Find the chunks; those of blocks are passed over."""
        head = self._take(0, len(MAGIC) + 1)
        if head[: len(MAGIC)] != MAGIC or head[-1] != VERSION:
            raise FileFormatError(f"{self.path} is no file of redraw: it begins with {shown(head)}")
        at = len(head)
        while True:
            start = self._take(at, min(2 + 5, max(self._size - at, 2)))
            reader = Reader(start[2:], self.path)
            name, length = start[:2].decode("latin-1"), reader.number()
            first = at + 2 + reader.at
            stored = 2 + reader.at + length + 4
            if first + length + 4 > self._size:
                raise FileFormatError(f"{self.path} is cut short in its chunk {shown(name)}")
            self.stored[name] = self.stored.get(name, 0) + stored
            if name == DATA:
                self._data.append((first, length))
            else:
                self._whole(name, first, length)
            at += stored
            if name == END:
                break
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
            layout = _layout(found[LARGE][0])
            about = about_from(found, layout, self.path)
            h, w = layout.sides[-1]
            size = 4 * layout.channels * h * w
            corner = np.frombuffer(_unpacked(found[CORNER][0], size, CORNER), "<i4")
            chances = Chances.from_bytes(
                _unpacked(found[CHANCES][0], len(Chances.even().to_bytes()), CHANCES)
            )
            lengths, checksums = _table(found[TABLE][0], layout.count)
            if int(lengths.sum()) != sum(length for _, length in self._data):
                raise FileFormatError("its blocks have other lengths than its table says")
        except FileFormatError as error:
            text = str(error)
            full = text if self.path in text else f"{self.path} is damaged: {text}"
            raise FileFormatError(full) from None
        whole = corner.astype(np.int32).reshape(layout.channels, h, w)
        return Blocks(layout, whole, chances, lengths, checksums), about


def _layout(content: bytes) -> Layout:
    reader = Reader(content, f"its chunk {LARGE}")
    width, height, channels, depth, levels, step, side = (reader.number() for _ in range(7))
    if side != SIDE:
        raise FileFormatError(f"its blocks have {side} numbers along a side, not {SIDE}")
    places = tuple(reader.signed() for _ in range(6))
    reader.end()
    return Layout(width, height, channels, depth, levels, step, places)


def _unpacked(content: bytes, size: int, name: str) -> bytes:
    """What zlib holds, which is so long."""
    unpacker = zlib.decompressobj()
    try:
        result = unpacker.decompress(content, size + 1)
    except zlib.error as error:
        raise FileFormatError(f"its chunk {name} can't be unpacked: {error}") from error
    if len(result) != size or unpacker.unused_data:
        raise FileFormatError(f"its chunk {name} has another length than it should")
    return result


def _table(content: bytes, count: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Lengths and checksums of so many blocks, each with at least 5 bytes in the table."""
    if len(content) < 5 * count:
        raise FileFormatError(f"its chunk {TABLE} is too short for {count:,} blocks")
    reader = Reader(content, f"its chunk {TABLE}")
    lengths = np.array([reader.number() for _ in range(count)], np.int64)
    if reader.left != 4 * count:
        raise FileFormatError(f"its chunk {TABLE} has another length than {count:,} blocks take")
    checksums = np.frombuffer(reader.take(4 * count), "<u4").astype(np.uint32)
    return lengths, checksums
