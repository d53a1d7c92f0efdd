"""BMP where Pillow gives up or cuts: masks of any width, alpha among them, packed rows, 2 bits.

Source: Microsoft, "Bitmap Storage" and "Bitmap Compression" (RLE4, RLE8).
"""

import dataclasses
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.signals.picture import reading_pillow
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_RLE8, _RLE4, _MASKS, _ALPHA_MASKS = 1, 2, 3, 6
_HEAD = 14 + 124 + 16
_END_OF_LINE, _END, _MOVE = 0, 1, 2


@dataclass(frozen=True)
class _Header:
    """What a BMP says of its pixels.

    Attributes:
        size: Of its second header, which tells the version.
        from_top: Whether the first row of the file is the highest.
        at: Where pixels begin.
        masks: Of red, green, blue and alpha.
        colours: How many its palette has.
    """

    size: int
    width: int
    height: int
    from_top: bool
    bits: int
    packing: int
    at: int
    masks: tuple[int, ...]
    colours: int


def read(file: BinaryIO, path: Path, wanted: Wanted) -> Picture | None:
    """A picture that Pillow would refuse, or read without its alpha; None of all others.

    Raises:
        PictureError: It is cut short (unless what is there is wanted), too large, or of masks that
            make no sense.
    """
    name = path.name
    file.seek(0)
    header = _header(file.read(_HEAD))
    file.seek(0)
    if header is None:
        return None
    if header.packing in (_MASKS, _ALPHA_MASKS) and header.bits in (16, 32):
        check_pixels(header.width, header.height, wanted.max_pixels, name)
        return _masked(file, header, name, wanted)
    packed = {_RLE8: 8, _RLE4: 4}.get(header.packing) == header.bits and not header.from_top
    if packed or (header.bits == 2 and header.packing == 0):
        check_pixels(header.width, header.height, wanted.max_pixels, name)
        return _looked_up(file, header, name, wanted)
    return None


def _header(head: bytes) -> _Header | None:
    if len(head) < 54:
        return None
    at, size = struct.unpack("<2I", head[10:18])
    width, height, _, bits, packing, _, _, _, colours = struct.unpack("<2i2H5I", head[18:50])
    if size < 40 or width < 1 or not height:
        return None
    masks = struct.unpack("<4I", head[54:70]) if len(head) >= 70 else (0, 0, 0, 0)
    if size < 56 and packing != _ALPHA_MASKS:
        masks = (*masks[:3], 0)
    return _Header(size, width, abs(height), height < 0, bits, packing, at, masks, colours)


def _masked(file: BinaryIO, header: _Header, name: str, wanted: Wanted) -> Picture:
    kind = "<u2" if header.bits == 16 else "<u4"
    line = -(-header.width * header.bits // 32) * 4
    raw, known, notes = _rows(file, header, line, name, wanted)
    pixels = np.ascontiguousarray(raw).view(kind)[:, : header.width]
    planes, most = [], 0
    for mask in header.masks if header.masks[3] else header.masks[:3]:
        lowest = mask & -mask
        steps = mask // lowest if lowest else 0
        if not steps or steps & (steps + 1) or mask >> header.bits:
            raise unsupported(name, f"a mask of colour {mask:#x} in a BMP")
        planes.append(((pixels & mask) // lowest) / np.float32(steps))
        most = max(most, steps)
    if len(planes) == 4 and not planes[3].any():
        planes.pop()
        notes = (*notes, "its alpha is 0 everywhere, and was left out")
    values = np.stack(planes, axis=-1).astype(np.float32)
    colour = Colour("rgb", alpha=len(planes) == 4, depth=8 if most <= 255 else 16)
    return Picture(values, colour, known=known, name=name, notes=notes)


def _rows(
    file: BinaryIO, header: _Header, line: int, name: str, wanted: Wanted
) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None, tuple[str, ...]]:
    """Rows of so many bytes, the highest first; which pixels are there, and a note. (H, line)"""
    file.seek(header.at)
    content = file.read(line * header.height)
    there = len(content) // line
    known, notes = _known(header, there, name, wanted)
    raw = np.frombuffer(content[: there * line].ljust(line * header.height, b"\0"), np.uint8)
    raw = raw.reshape(header.height, line)
    return raw if header.from_top else raw[::-1], known, notes


def _known(
    header: _Header, there: int, name: str, wanted: Wanted
) -> tuple[NDArray[np.bool_] | None, tuple[str, ...]]:
    """Which pixels are there where the file has so many rows."""
    if there >= header.height:
        return None, ()
    what = f"{there:,} of its {header.height:,} rows are there"
    if not wanted.partial:
        raise cut_short(name, what)
    if not there:
        raise damaged(name, "not one row of it is there")
    known = np.zeros((header.height, header.width), np.bool_)
    if header.from_top:
        known[:there] = True
    else:
        known[-there:] = True
    return known, (f"{what}; the rest is left open",)


def _looked_up(file: BinaryIO, header: _Header, name: str, wanted: Wanted) -> Picture:
    palette = _palette(file, header)
    if header.bits == 2:
        line = -(-header.width * 2 // 32) * 4
        raw, known, notes = _rows(file, header, line, name, wanted)
        parts = [raw >> shift & 3 for shift in (6, 4, 2, 0)]
        index = np.stack(parts, axis=-1).reshape(header.height, -1)[:, : header.width]
    else:
        file.seek(header.at)
        index, there, left_out = _unpacked(file.read(), header)
        known, notes = _known(header, there, name, wanted)
        if left_out and known is None:
            notes = (f"{left_out:,} pixels that it passes over are of its first colour",)
    image = Image.fromarray(np.ascontiguousarray(index, np.uint8), "L")
    image.putpalette(palette)
    picture = reading_pillow.of_image(image, name)
    return dataclasses.replace(picture, known=known, notes=(*picture.notes, *notes))


def _palette(file: BinaryIO, header: _Header) -> bytes:
    """Its colours one behind the other, black where there are none. (256 * 3)"""
    file.seek(14 + header.size)
    count = min(header.colours or 2**header.bits, 256)
    entries = np.frombuffer(file.read(4 * count), np.uint8)
    entries = entries[: len(entries) // 4 * 4].reshape(-1, 4)
    return entries[:, 2::-1].tobytes().ljust(768, b"\0")


def _unpacked(content: bytes, header: _Header) -> tuple[NDArray[np.uint8], int, int]:
    """Runs as indices, the highest row first; how many rows are there, and pixels passed over."""
    rows = np.zeros((header.height, header.width), np.uint8)
    drawn = np.zeros((header.height, header.width), np.bool_)
    x = y = at = 0
    while y < header.height:
        if at + 2 > len(content):
            break
        count, value = content[at], content[at + 1]
        at += 2
        if count:
            run = _pair(value, count) if header.bits == 4 else np.full(count, value, np.uint8)
        elif value == _END_OF_LINE:
            x, y = 0, y + 1
            continue
        elif value == _END:
            y = header.height
            break
        elif value == _MOVE:
            if at + 2 > len(content):
                break
            x, y, at = x + content[at], y + content[at + 1], at + 2
            continue
        else:
            length = value if header.bits == 8 else (value + 1) // 2
            part = np.frombuffer(content[at : at + length], np.uint8)
            at += length + length % 2
            if len(part) < length:
                break
            nibbles = np.stack([part >> 4, part & 15], axis=-1).reshape(-1)[:value]
            run = part if header.bits == 8 else nibbles
        end = min(x + len(run), header.width)
        if x < end:
            rows[y, x:end], drawn[y, x:end] = run[: end - x], True
        x += len(run)
    there = min(y, header.height)
    return rows[::-1], there, int(drawn.size - drawn.sum())


def _pair(value: int, count: int) -> NDArray[np.uint8]:
    """Two indices in turn."""
    return np.tile(np.array([value >> 4, value & 15], np.uint8), count // 2 + 1)[:count]
