"""What stands in a PNG: its chunks, checked before a decoder sees them.

Whatever is wrong behind the pixels, or in a chunk that pixels don't need, is left out with a note;
what is missing of the pixels is refused, or read up to there. One rule for every depth.

Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.trouble import damaged, unsupported
from redraw.signals.picture.wanted import Wanted

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # colour type: values per pixel
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_NEEDED = (b"IHDR", b"PLTE", b"tRNS")
_ANIMATED = (b"acTL", b"fcTL", b"fdAT")
_KEPT = (
    b"iCCP",
    b"sRGB",
    b"gAMA",
    b"cHRM",
    b"cICP",
    b"mDCV",
    b"cLLI",
    b"sBIT",
    b"pHYs",
    b"eXIf",
    *_ANIMATED,
)
_LARGEST_SIDE_CHUNK = 2**26  # bytes that are kept of a chunk that isn't pixels
_MOST_EXPANDED = 1032  # what deflate can make of a byte
_PIECE = 2**20


@dataclass
class PngFile:
    """The chunks of a PNG that matter.

    Attributes:
        width, height: In pixels.
        depth: Bits per value.
        kind: The colour type.
        interlaced: By Adam7.
        chunks: What isn't pixels, in order.
        data: The compressed pixels as they stand in the file: (offset, length).
        notes: What was wrong and does not matter.
        trouble: What is wrong with the pixels; "" if nothing was seen.
        altered: Whether the file has to be rewritten for a decoder that is strict.
    """

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool
    chunks: list[tuple[bytes, bytes]] = field(default_factory=list)
    data: list[tuple[int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trouble: str = ""
    altered: bool = False

    def content(self, kind: bytes) -> bytes | None:
        """The first chunk of a kind."""
        return next((data for name, data in self.chunks if name == kind), None)

    @property
    def frames(self) -> int:
        """How many pictures it holds, as it says itself."""
        told = self.content(b"acTL")
        return 1 if told is None else max(1, int.from_bytes(told[:4]))

    def passes(self) -> list[tuple[int, int, int, int, int, int]]:
        """(x, y, step across, step down, columns, rows) of each pass that has pixels."""
        found = []
        for x, y, across, down in _ADAM7 if self.interlaced else ((0, 0, 1, 1),):
            columns = max(0, -((x - self.width) // across))
            rows = max(0, -((y - self.height) // down))
            if columns and rows:
                found.append((x, y, across, down, columns, rows))
        return found

    def line(self, columns: int) -> int:
        """Bytes of a row, with the number of its filter."""
        return 1 + (columns * _CHANNELS[self.kind] * self.depth + 7) // 8

    @property
    def expected(self) -> int:
        """Bytes that the pixels have when unpacked."""
        return sum(self.line(columns) * rows for *_, columns, rows in self.passes())


def scan(file: BinaryIO, name: str, wanted: Wanted | None) -> PngFile:
    """Look at every chunk of a PNG; of any size where nothing is wanted of it in memory.

    Raises:
        PictureError: It isn't one, its header is damaged, or it is too large.
    """
    file.seek(len(SIGNATURE))
    header = file.read(25)
    if len(header) < 25 or header[4:8] != b"IHDR" or header[:4] != b"\0\0\0\r":
        raise damaged(name, "its header is not whole")
    width, height, depth, kind, packing, filters, interlace = struct.unpack(
        ">IIBBBBB", header[8:21]
    )
    if zlib.crc32(header[4:21]) != int.from_bytes(header[21:]):
        raise damaged(name, "the checksum of its header is wrong")
    if depth not in _DEPTHS.get(kind, ()) or packing or filters or interlace > 1:
        raise damaged(name, f"its header says {depth} bits of colour type {kind}, which is no PNG")
    if wanted is not None:
        check_pixels(width, height, wanted.max_pixels, name)
    png = PngFile(width, height, depth, kind, bool(interlace))
    png.chunks.append((b"IHDR", header[8:21]))
    _walk(file, png, name)
    if not png.data:
        raise damaged(name, png.trouble or "it has no pixels")
    if png.kind == 3 and png.content(b"PLTE") is None:
        raise damaged(name, "it has no palette")
    packed = sum(length for _, length in png.data)
    if packed * _MOST_EXPANDED + 64 < png.expected and not png.trouble:
        png.trouble = f"{packed:,} bytes can't hold {png.width}x{png.height} pixels"
    return png


def _walk(file: BinaryIO, png: PngFile, name: str) -> None:
    end = file.seek(0, 2)
    at = 33
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            what = "it ends without its last chunk"
            png.altered = True
            if png.data:
                png.notes.append(f"{what}; the pixels are there")
            else:
                png.trouble = what
            return
        length, kind = int.from_bytes(head[:4]), head[4:]
        if kind == b"IEND":
            return
        if at + 12 + length > end:
            _ends_within(png, kind, at + 8, end)
            return
        fine = _fine(file, kind, length)
        if kind == b"IDAT":
            png.data.append((at + 8, length))
            if not fine:
                png.altered = True
                png.trouble = png.trouble or "the checksum of its pixels is wrong"
        elif not fine:
            png.altered = True
            shown = kind.decode("latin-1") if kind.isalpha() else kind.hex()
            if kind in _NEEDED:
                raise damaged(name, f"the checksum of its chunk {shown} is wrong")
            if not kind.isalpha():  # lost in the middle of something
                png.trouble = png.trouble or "" if png.data else "its chunks are not whole"
                png.notes.append("what stands behind its pixels is no PNG and was left out")
                return
            png.notes.append(f"its chunk {shown} has a wrong checksum and was left out")
        elif kind in _NEEDED or kind in _KEPT:
            file.seek(at + 8)
            png.chunks.append((kind, file.read(min(length, _LARGEST_SIDE_CHUNK))))
        elif not kind.isalpha() or kind[:1].isupper():
            if not kind.isalpha():
                png.trouble = f"its chunk {kind!r} is needed, and unknown"
                return
            if kind == b"CgBI":
                remedy = "xcrun pngcrush -revert-iphone-optimizations FILE out.png"
                raise unsupported(
                    name, "a PNG as iOS packs it (CgBI)", f"unpack it first: {remedy}"
                )
            raise unsupported(
                name, f"a PNG whose chunk {kind.decode()} is needed, and unknown here"
            )
        at += 12 + length


def _ends_within(png: PngFile, kind: bytes, start: int, end: int) -> None:
    png.altered = True
    if kind in (b"IDAT", *_NEEDED) or not png.data:
        png.trouble = "it ends within its pixels"
        if kind == b"IDAT" and end > start:
            png.data.append((start, end - start))
    else:
        png.notes.append("it ends within a chunk behind its pixels")


def _fine(file: BinaryIO, kind: bytes, length: int) -> bool:
    """Whether the chunk's checksum, which is where the file stands, is right."""
    checksum = zlib.crc32(kind)
    while length and (piece := file.read(min(length, _PIECE))):
        checksum, length = zlib.crc32(piece, checksum), length - len(piece)
    return file.read(4) == checksum.to_bytes(4)


def unpacked(file: BinaryIO, png: PngFile) -> tuple[bytes, int]:
    """The pixels' bytes as far as they can be unpacked, no more than there should be; how many.

    Only what is there takes memory.
    """
    packer, parts, left = zlib.decompressobj(), [], png.expected
    try:
        for offset, length in png.data:
            file.seek(offset)
            while length and left and (piece := file.read(min(length, _PIECE))):
                length -= len(piece)
                while piece and left:
                    part = packer.decompress(piece, min(left, 2**24))
                    parts.append(part)
                    left -= len(part)
                    piece = packer.unconsumed_tail
                    if packer.eof:
                        break
    except zlib.error:
        pass
    return b"".join(parts), png.expected - left


def count(file: BinaryIO, png: PngFile) -> int:
    """How many bytes the pixels unpack to, up to what there should be; nothing is kept."""
    packer, left = zlib.decompressobj(), png.expected
    try:
        for offset, length in png.data:
            file.seek(offset)
            while length and left and (piece := file.read(min(length, _PIECE))):
                length -= len(piece)
                while piece and left and not packer.eof:
                    left -= len(packer.decompress(piece, min(left, 2**22)))
                    piece = packer.unconsumed_tail
    except zlib.error:
        pass
    return png.expected - left


def rewritten(png: PngFile, file: BinaryIO, *, whole: bool) -> tuple[bytes, int]:
    """A PNG without fault of the same pixels, missing ones zero; and how many bytes were there."""
    if whole and not png.trouble:
        parts = []
        for offset, length in png.data:
            file.seek(offset)
            parts.append(file.read(length))
        pixels, there = b"".join(parts), png.expected
    else:
        raw, there = unpacked(file, png)
        there = _whole_lines(png, raw, there)
        pixels = zlib.compress(raw[:there] + bytes(png.expected - there), 1)
    needed = [(kind, data) for kind, data in png.chunks if kind not in _ANIMATED]
    out = [SIGNATURE]
    for kind, data in [*needed, (b"IDAT", pixels), (b"IEND", b"")]:
        out += [
            struct.pack(">I", len(data)),
            kind,
            data,
            struct.pack(">I", zlib.crc32(kind + data)),
        ]
    return b"".join(out), there


def _whole_lines(png: PngFile, raw: bytes, there: int) -> int:
    """Bytes of the rows that are whole, and whose filter exists."""
    at = 0
    for *_, columns, rows in png.passes():
        line = png.line(columns)
        for _ in range(rows):
            if at + line > there or raw[at] > 4:
                return at
            at += line
    return at


def known_pixels(png: PngFile, there: int) -> NDArray[np.bool_]:
    """Which pixels are within the first bytes that were there. (H, W)"""
    known, at = np.zeros((png.height, png.width), np.bool_), 0
    for x, y, across, down, columns, rows in png.passes():
        line = png.line(columns)
        whole = max(0, min(rows, (there - at) // line))
        known[y : y + whole * down : down, x::across] = True
        at += line * rows
    return known
