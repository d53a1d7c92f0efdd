"""JPEG 2000: boxes looked at by us, decoded by Pillow, or by imagecodecs where Pillow would cut.

Pillow gives 8 bits a value, and 16 of grey; other numbers of bits it shifts to one of these, so
that white is no longer quite white; of more than 8 bits of colour it makes white black.

Source: ISO/IEC 15444-1, annex A.5.1 (SIZ) and annex I (ihdr, colr, cdef).
"""

import dataclasses
import importlib
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture import openimageio, reading_pillow
from redraw.signals.picture.colour import Colour, Depth
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import damaged, explained, unsupported
from redraw.signals.picture.wanted import Wanted

_CMYK, _LAB, _GREY = 12, 14, 17
_SPACES = {20: "e-sRGB", 21: "ROMM RGB", 19: "e-sYCC"}  # that no decoder here converts
_YCC = (1, 3, 4, 18, 24)
_STRAIGHT, _PREMULTIPLIED = 1, 2


@dataclass
class _Header:
    """What a file says of its samples.

    Attributes:
        bits: Of each component.
        signed: Whether any component's numbers may be negative.
        subsampled: Whether any component has fewer samples than there are pixels.
        space: The number of its colour space; None if none is named.
        profile: Its ICC profile.
        palette: Whether a component is looked up in one.
        opacity: Components that are opacity: the kind of each.
        told: Whether components are named at all.
    """

    size: tuple[int, int] = (0, 0)
    bits: tuple[int, ...] = ()
    signed: bool = False
    subsampled: bool = False
    space: int | None = None
    profile: bytes | None = None
    palette: bool = False
    opacity: dict[int, int] = field(default_factory=dict)
    told: bool = False

    @property
    def plain(self) -> bool:
        """Whether Pillow gives every bit of it, at its place."""
        same = set(self.bits) == {8} or self.bits == (16,)
        return self.palette or (same and not self.signed and len(self.bits) <= 4)

    @property
    def convertible(self) -> bool:
        """Whether its components are grey or RGB as they are, with or without alpha."""
        return self.space not in (_CMYK, *_YCC) and not self.subsampled and len(set(self.bits)) == 1


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a JPEG 2000, in its boxes or bare.

    Raises:
        PictureError: Damaged, too large, or of colours that are not read.
    """
    name, content = path.name, file.read()
    wanted.place(1, name)
    header = _scan(content, name)
    check_pixels(*header.size, wanted.max_pixels, name)
    if header.space == _LAB:
        raise unsupported(name, "CIE L*a*b* in a JPEG 2000", "convert it to RGB first")
    picture = None if header.plain else _exactly(content, header, name)
    if picture is None:
        if len(header.bits) > 4:
            raise unsupported(name, f"JPEG 2000 of {len(header.bits)} components")
        if max(header.bits) > 8 and len(header.bits) > 1 and not header.palette:
            remedy = "install redraw[tiff] to read it" if header.convertible else "convert it first"
            what = f"JPEG 2000 of {max(header.bits)} bits, whose white Pillow makes black"
            raise unsupported(name, what, remedy)
        file.seek(0)
        picture = _scaled(reading_pillow.read(file, path, kind, wanted), header)
    notes = picture.notes
    if header.space in _SPACES:
        notes = (*notes, f"its colours are {_SPACES[header.space]}, and were taken as sRGB")
    colour = picture.colour
    icc, dropped = reading_pillow.matching_profile(header.profile, colour.model)
    if colour.depth != 1:
        colour = dataclasses.replace(colour, icc=icc)
    if len(header.bits) in (2, 4) and not header.told and colour.alpha:
        place = "second" if len(header.bits) == 2 else "fourth"
        notes = (*notes, f"its {place} component is not named, and was taken as alpha")
    picture = dataclasses.replace(picture, colour=colour, notes=(*notes, *dropped))
    if _PREMULTIPLIED in header.opacity.values() and colour.alpha:
        return _straightened(picture, name)
    return picture


def _exactly(content: bytes, header: _Header, name: str) -> Picture | None:
    """By imagecodecs, every bit; None where that is not installed, or can't be told apart."""
    if not header.convertible:
        return None
    try:
        imagecodecs: Any = importlib.import_module("imagecodecs")
    except ImportError:
        return None
    with explained(name):
        array: NDArray[Any] = np.asarray(imagecodecs.jpeg2k_decode(content))
    array = array[..., None] if array.ndim == 2 else array
    if array.shape != (header.size[1], header.size[0], len(header.bits)):
        raise damaged(name, f"its pixels have the shape {array.shape}")
    bits, notes = header.bits[0], []
    grey = header.space == _GREY or len(header.bits) <= 2
    count = 1 if grey else 3
    opaque = [place for place in header.opacity if place >= count]
    alpha = opaque[:1] or ([count] if not header.told and array.shape[2] == count + 1 else [])
    left = array.shape[2] - count - len(alpha)
    if left > 0:
        notes.append(f"{left} further channel{'s were' if left > 1 else ' was'} left out")
    taken = array[..., [*range(count), *alpha]].astype(np.float64)
    if header.signed:
        taken += 2 ** (bits - 1)
        notes.append("its signed numbers were taken from black at the lowest")
    if bits > 16:
        notes.append(f"its {bits}-bit whole numbers are kept to 24 bits, and written as 16")
    values = (taken / (2**bits - 1)).astype(np.float32)
    depth: Depth = 1 if bits == 1 and count == 1 and not alpha else 8 if bits <= 8 else 16
    colour = Colour("grey" if grey else "rgb", alpha=bool(alpha), depth=depth)
    return Picture(values, colour, name=name, notes=tuple(notes))


def _scaled(picture: Picture, header: _Header) -> Picture:
    """What Pillow gave, with white at 1: it puts each number's highest bit first."""
    bits = max(header.bits)
    if header.plain or len(set(header.bits)) != 1:
        return picture
    room = 8 if bits <= 8 else 16
    white = ((1 << bits) - 1) << max(0, room - bits)
    values = np.minimum(picture.values * np.float32(((1 << room) - 1) / white), 1)
    return dataclasses.replace(picture, values=values)


def _straightened(picture: Picture, name: str) -> Picture:
    """Colours that come multiplied by alpha made straight, where that goes."""
    levels = 255 if picture.colour.depth <= 8 else 65535
    whole = np.rint(picture.values * levels).astype(np.uint8 if levels == 255 else np.uint16)
    values, colour, notes = openimageio.as_values(openimageio.Samples(whole, True), name)
    colour = dataclasses.replace(colour, icc=picture.colour.icc)
    return dataclasses.replace(
        picture, values=values, colour=colour, notes=(*picture.notes, *notes)
    )


def _scan(content: bytes, name: str) -> _Header:
    header = _Header()
    if not content.startswith(b"\xff\x4f"):
        _boxes(content, 0, len(content), header)
    start = content.find(b"\xff\x4f\xff\x51")
    if start < 0 or start + 42 > len(content):
        raise damaged(name, "it has no header of coded pixels")
    width, height, left, top = struct.unpack(">4I", content[start + 8 : start + 24])
    (count,) = struct.unpack(">H", content[start + 40 : start + 42])
    each = content[start + 42 : start + 42 + 3 * count]
    if not count or len(each) < 3 * count or width <= left or height <= top:
        raise damaged(name, "its header is not whole")
    header.size = (width - left, height - top)
    header.bits = tuple((size & 0x7F) + 1 for size in each[::3])
    header.signed = any(size & 0x80 for size in each[::3])
    header.subsampled = any(step != 1 for step in (*each[1::3], *each[2::3]))
    return header


def _boxes(content: bytes, at: int, end: int, header: _Header, *, inner: bool = False) -> None:
    """Take what boxes say; of a header's inner ones, too, which hold no header themselves."""
    while at + 8 <= end:
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(content[at + 8 : at + 16]), at + 16
        stop = end if length == 0 else min(end, at + length)
        if stop < start:
            return
        body = content[start:stop] if kind in (b"colr", b"cdef") else b""
        if kind == b"jp2h" and not inner:
            _boxes(content, start, stop, header, inner=True)
        elif kind == b"pclr":
            header.palette = True
        elif kind == b"colr" and len(body) >= 7:
            if body[0] == 1 and header.space is None:
                header.space = int.from_bytes(body[3:7])
            elif body[0] in (2, 3) and header.profile is None:
                header.profile = body[3:]
        elif kind == b"cdef":
            header.told = True
            for place in range(2, len(body) - 5, 6):
                channel, what, _ = struct.unpack(">3H", body[place : place + 6])
                if what in (_STRAIGHT, _PREMULTIPLIED):
                    header.opacity[channel] = what
        if kind == b"jp2c" or stop >= end:
            return
        at = stop
