"""DDS, by Pillow, with what its header says besides: masks, faces, slices, what alpha means.

Source: Microsoft, DDS_HEADER, DDS_PIXELFORMAT and DDS_HEADER_DXT10.
"""

import dataclasses
import io
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from redraw.errors import PictureError
from redraw.signals.picture import openimageio, reading_pillow
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_PLAIN, _TEN = 128, 148  # bytes of a header, and with the part that came with version 10
_SRGB_BLOCKS = {72: 71, 75: 74, 78: 77}  # BC1 to BC3 named as sRGB: what Pillow knows them by
_MULTIPLIED = {b"DXT2": b"DXT3", b"DXT4": b"DXT5"}
_BC5, _BC6 = (82, 83, 84), (94, 95, 96)
_CUBE, _VOLUME = 0x200, 0x200000
_ALPHA, _NAMED, _RGB = 1, 4, 0x40  # flags of a layout of pixels
_PREMULTIPLIED, _OPAQUE, _CUSTOM = 2, 3, 4  # what alpha is, since version 10


def read(file: BinaryIO, path: Path, wanted: Wanted) -> Picture:
    """Its first face or slice, at its largest size.

    Raises:
        PictureError: Damaged, too large, or of a layout that is not read.
    """
    name = path.name
    wanted.place(1, name)
    file.seek(0)
    content = file.read()
    if len(content) < _PLAIN:
        raise damaged(name, "its header is not whole")
    fourcc = content[84:88] if content[80] & _NAMED else b""
    ten = fourcc == b"DX10" and len(content) >= _TEN
    layout, _, misc, several, cover = (
        struct.unpack("<5I", content[_PLAIN:_TEN]) if ten else (0, 0, 0, 1, 0)
    )
    faces = (6 if misc & 4 else 1) * max(1, several)
    picture = _masked(content, name, wanted)
    if picture is None:
        picture = _by_pillow(content, path, wanted, fourcc, layout)
    notes = (*picture.notes, *_told(content, fourcc, layout, faces))
    picture = dataclasses.replace(picture, notes=notes)
    if not picture.colour.alpha:
        return picture
    if cover & 7 in (_OPAQUE, _CUSTOM):
        values = np.ascontiguousarray(picture.values[..., :-1])
        colour = dataclasses.replace(picture.colour, alpha=False)
        notes = (*notes, "its header says that its last channel is no alpha")
        return dataclasses.replace(picture, values=values, colour=colour, notes=notes)
    if fourcc in _MULTIPLIED or cover & 7 == _PREMULTIPLIED:
        return openimageio.multiplied(picture)
    return picture


def _told(content: bytes, fourcc: bytes, layout: int, faces: int) -> list[str]:
    """Notes on what is not in the picture."""
    slices, caps = (int.from_bytes(content[at : at + 4], "little") for at in (24, 112))
    notes = []
    if layout in _BC6:
        notes.append("its light (BC6H) was cut to 8 bits, and to white")
    if layout in _BC5 or fourcc in (b"ATI2", b"BC5U", b"BC5S"):
        notes.append("it holds two channels; there is no blue")
    if caps & _CUBE:
        faces = max(faces, bin(caps >> 10 & 63).count("1"))
    if faces > 1:
        notes.append(f"the first of {faces} faces in it was taken")
    if caps & _VOLUME and slices > 1:
        notes.append(f"the first of {slices} slices in it was taken")
    return notes


def _by_pillow(content: bytes, path: Path, wanted: Wanted, fourcc: bytes, layout: int) -> Picture:
    if fourcc in _MULTIPLIED:
        content = content[:84] + _MULTIPLIED[fourcc] + content[88:]
    if layout in _SRGB_BLOCKS:
        known = struct.pack("<I", _SRGB_BLOCKS[layout])
        content = content[:_PLAIN] + known + content[_PLAIN + 4 :]
    try:
        return reading_pillow.read(io.BytesIO(content), path, "DDS", wanted)
    except PictureError as error:
        if "Unimplemented" in str(error):
            what = repr(fourcc.decode("latin-1"))
            what = f"DXGI format {layout}" if fourcc == b"DX10" else what
            raise unsupported(path.name, f"DDS of {what}") from error
        raise


def _masked(content: bytes, name: str, wanted: Wanted) -> Picture | None:
    """Colours by their masks, every bit, which Pillow cuts to 8; None of other layouts."""
    flags, _, bits, *masks = struct.unpack("<7I", content[80:108])
    height, width = struct.unpack("<2I", content[12:20])
    kind = {8: "<u1", 16: "<u2", 24: "<u4", 32: "<u4"}.get(bits)
    length = width * height * bits // 8
    if not flags & _RGB or kind is None or len(content) - _PLAIN < length:
        return None
    check_pixels(width, height, wanted.max_pixels, name)
    raw = np.frombuffer(content[_PLAIN : _PLAIN + length], np.uint8)
    if bits == 24:
        raw = np.pad(raw.reshape(-1, 3), ((0, 0), (0, 1))).reshape(-1)
    pixels = raw.view(kind).reshape(height, width)
    planes, most = [], 0
    for mask in masks if flags & _ALPHA else masks[:3]:
        lowest = mask & -mask
        steps = mask // lowest if lowest else 0
        if steps & (steps + 1) or mask >> bits:
            raise unsupported(name, f"a mask of colour {mask:#x} in a DDS")
        shown = (pixels & mask) // max(lowest, 1) / np.float32(steps or 1)
        planes.append(shown.astype(np.float32))
        most = max(most, steps)
    missing = [
        what for what, mask in zip(("red", "green", "blue"), masks, strict=False) if not mask
    ]
    notes = (f"it holds no {' and no '.join(missing)}",) if missing else ()
    colour = Colour("rgb", alpha=len(planes) == 4, depth=8 if most <= 255 else 16)
    return Picture(np.stack(planes, axis=-1), colour, name=name, notes=notes)
