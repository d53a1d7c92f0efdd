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

_BILEVEL, _CMYK, _GREY, _SYCC = 0, 12, 17, 18
_KNOWN = (_CMYK, 15, 16, _GREY, _SYCC)
_AS_SRGB = {20: "e-sRGB", 21: "ROMM RGB"}  # that no decoder here converts
_UNREAD = {
    1: "YCbCr of ITU-R BT.709",
    3: "YCbCr of ITU-R BT.601",
    4: "YCbCr of ITU-R BT.601",
    9: "PhotoYCC",
    11: "CMY",
    13: "YCCK",
    14: "CIE L*a*b*",
    19: "CIE Jab",
    22: "YPbPr",
    23: "YPbPr",
    24: "e-sYCC",
}
_STRAIGHT, _PREMULTIPLIED = 1, 2
_CODED = b"\xff\x4f\xff\x51"  # how coded pixels begin
_READ = (b"colr", b"cdef", b"pclr", b"cmap", b"resc", b"resd")


@dataclass
class _Header:
    """What a file says of its samples.

    Attributes:
        bits: Of each component.
        signed: Whether any component's numbers may be negative.
        subsampled: Whether any component has fewer samples than there are pixels.
        space: The number of its colour space; None if none is named.
        profile: Its ICC profile.
        palette: Of a component that is looked up in one, the bits of its columns.
        mapped: Whether columns of the palette are channels in another order.
        opacity: Channels that are opacity: the kind of each.
        places: By the number of a colour, from 0, which channel it is.
        told: Whether channels are named at all.
        pictures: How many are coded in it.
        density: Samples per inch, across and down; 0 where it says nothing.
    """

    size: tuple[int, int] = (0, 0)
    bits: tuple[int, ...] = ()
    signed: bool = False
    subsampled: bool = False
    space: int | None = None
    profile: bytes | None = None
    palette: tuple[int, ...] = ()
    mapped: bool = False
    opacity: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    told: bool = False
    pictures: int = 0
    density: tuple[float, float] = (0.0, 0.0)

    @property
    def plain(self) -> bool:
        """Whether Pillow gives every bit of it, at its place."""
        same = set(self.bits) == {8} or self.bits == (16,)
        if self.palette:
            return max(self.palette) <= 8 and len(self.palette) in (3, 4)
        return same and not self.signed and len(self.bits) <= 4

    @property
    def convertible(self) -> bool:
        """Whether its components are grey or RGB as they are, with or without alpha."""
        if self.space in (_CMYK, _SYCC) or self.subsampled:
            return False
        return len(set(self.palette or self.bits)) == 1

    @property
    def channels(self) -> tuple[int, ...]:
        """Bits of each, as they are after its palette."""
        return self.palette or self.bits

    def arranged(self, grey: bool) -> tuple[list[int], int | None]:
        """Which channels are its colours, in order, and which is its alpha, if one is."""
        count = 1 if grey else 3
        colours = [self.places.get(place, place) for place in range(count)]
        there = [place for place in self.opacity if place not in colours]
        if not self.told and len(self.channels) == count + 1:
            there = [count]
        return colours, there[0] if there else None


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a JPEG 2000, in its boxes or bare.

    Raises:
        PictureError: Damaged, too large, or of colours that are not read.
    """
    name, content = path.name, file.read()
    wanted.place(1, name)
    header = _scan(content, name)
    check_pixels(*header.size, wanted.max_pixels, name)
    if header.space in _UNREAD:
        what = f"{_UNREAD[header.space]} in a JPEG 2000"
        raise unsupported(name, what, "convert it to RGB first")
    if header.mapped:
        raise unsupported(name, "a palette in another order", "convert it to RGB first")
    picture = None if header.plain else _exactly(content, header, name)
    if picture is None:
        most = max(header.channels)
        if len(header.channels) > 4:
            raise unsupported(name, f"JPEG 2000 of {len(header.channels)} components")
        if most > 8 and len(header.channels) > 1:
            remedy = "install redraw[tiff] to read it" if header.convertible else "convert it first"
            what = f"JPEG 2000 of {most} bits, whose white Pillow makes black"
            raise unsupported(name, what, remedy)
        file.seek(0)
        picture = _scaled(reading_pillow.read(file, path, kind, wanted), header)
        if header.space not in (_CMYK, _SYCC):
            picture = _named(picture, header)
    notes = (*picture.notes, *_said(header))
    told = reading_pillow.aspect({"dpi": header.density})
    notes = (*notes, *(note for note in told if note not in notes))
    colour = picture.colour
    icc, dropped = reading_pillow.matching_profile(header.profile, colour.model)
    if colour.depth != 1:
        colour = dataclasses.replace(colour, icc=icc)
    if len(header.channels) in (2, 4) and not header.told and colour.alpha:
        place = "second" if len(header.channels) == 2 else "fourth"
        notes = (*notes, f"its {place} component is not named, and was taken as alpha")
    picture = dataclasses.replace(picture, colour=colour, notes=(*notes, *dropped))
    if _PREMULTIPLIED in header.opacity.values() and colour.alpha:
        return _straightened(picture, name)
    return picture


def _said(header: _Header) -> list[str]:
    """Notes on its colours, and on other pictures."""
    notes = []
    if header.pictures > 1:
        notes.append(f"the first of {header.pictures} pictures in it was taken")
    if header.space in _AS_SRGB:
        notes.append(f"its colours are {_AS_SRGB[header.space]}, and were taken as sRGB")
    elif header.space == _BILEVEL:
        notes.append("its two tones (bi-level) were taken with 0 as black")
    elif header.space is not None and header.space not in _KNOWN:
        what = f"of a space that is not known here ({header.space})"
        notes.append(f"its colours are {what}, and were taken as sRGB")
    return notes


def _exactly(content: bytes, header: _Header, name: str) -> Picture | None:
    """By imagecodecs, every bit; None where that is not installed, or can't be told apart."""
    if not header.convertible:
        return None
    try:
        imagecodecs: Any = importlib.import_module("imagecodecs")
    except ImportError:
        return None
    if not header.palette:  # without boxes, channels stay as they are coded
        content = content[content.index(_CODED) :]
    with explained(name):
        array: NDArray[Any] = np.asarray(imagecodecs.jpeg2k_decode(content))
    array = array[..., None] if array.ndim == 2 else array
    bits, notes = header.channels[0], []
    if array.shape != (header.size[1], header.size[0], len(header.channels)):
        raise damaged(name, f"its pixels have the shape {array.shape}")
    grey = header.space == _GREY or len(header.channels) <= 2
    colours, alpha = header.arranged(grey)
    chosen = [*colours, *([] if alpha is None else [alpha])]
    if max(chosen) >= array.shape[2]:
        raise damaged(name, f"it has {array.shape[2]} channels, and says more")
    notes += _left_out(array.shape[2] - len(chosen))
    taken = array[..., chosen].astype(np.float64)
    if header.signed:
        taken += 2 ** (bits - 1)
        notes.append("its signed numbers were taken from black at the lowest")
    if bits > 16:
        notes.append(f"its {bits}-bit whole numbers are kept to 24 bits, and written as 16")
    values = (taken / (2**bits - 1)).astype(np.float32)
    depth: Depth = 1 if bits == 1 and grey and alpha is None else 8 if bits <= 8 else 16
    colour = Colour("grey" if grey else "rgb", alpha=alpha is not None, depth=depth)
    return Picture(values, colour, name=name, notes=tuple(notes))


def _left_out(count: int) -> list[str]:
    if count < 1:
        return []
    return [f"{count} further channel{'s were' if count > 1 else ' was'} left out"]


def _named(picture: Picture, header: _Header) -> Picture:
    """What Pillow gave in the order of components, as the file names these."""
    colour, values = picture.colour, picture.values
    grey = colour.model == "grey"
    colours, alpha = header.arranged(grey)
    chosen = [*colours, *([] if alpha is None else [alpha])]
    if values.shape[2] != len(header.channels) or max(chosen) >= values.shape[2]:
        return picture  # by its palette, all of one colour
    if chosen == list(range(values.shape[2])):
        return picture
    colour = dataclasses.replace(colour, alpha=alpha is not None)
    notes = (*picture.notes, *_left_out(values.shape[2] - len(chosen)))
    values = np.ascontiguousarray(values[..., chosen])
    return dataclasses.replace(picture, values=values, colour=colour, notes=notes)


def _scaled(picture: Picture, header: _Header) -> Picture:
    """What Pillow gave, with white at 1: it puts each number's highest bit first."""
    if header.plain or picture.channels != len(header.bits):
        return picture
    room = 8 if max(header.bits) <= 8 else 16
    white = [((1 << bits) - 1) << max(0, room - bits) for bits in header.bits]
    scale = np.array([((1 << room) - 1) / each for each in white], np.float32)
    return dataclasses.replace(picture, values=np.minimum(picture.values * scale, 1))


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
    start = content.find(_CODED)
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


def _boxes(content: bytes, at: int, end: int, header: _Header, depth: int = 0) -> None:
    """Take what boxes say; of a header's inner ones, too, and of those of its resolution."""
    while at + 8 <= end:
        length, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(content[at + 8 : at + 16]), at + 16
        stop = end if length == 0 else min(end, at + length)
        if stop < start:
            return
        if kind in (b"jp2h", b"res ") and depth < 2:
            _boxes(content, start, stop, header, depth + 1)
        elif kind in _READ and depth:
            _box(kind, content[start:stop], header)
        header.pictures += kind == b"jp2c" and not depth
        if stop >= end:
            return
        at = stop


def _box(kind: bytes, body: bytes, header: _Header) -> None:
    if kind == b"pclr" and len(body) >= 3:
        header.palette = tuple((size & 0x7F) + 1 for size in body[3 : 3 + body[2]])
    elif kind == b"cmap":
        columns = [body[at + 3] for at in range(0, len(body) - 3, 4) if body[at + 2] == 1]
        header.mapped = columns != sorted(columns)
    elif kind == b"colr" and len(body) >= 7:
        if body[0] == 1 and header.space is None:
            header.space = int.from_bytes(body[3:7])
        elif body[0] in (2, 3) and header.profile is None:
            header.profile = body[3:]
    elif kind == b"cdef":
        header.told = True
        for place in range(2, len(body) - 5, 6):
            channel, what, colour = struct.unpack(">3H", body[place : place + 6])
            if what in (_STRAIGHT, _PREMULTIPLIED):
                header.opacity[channel] = what
            elif what == 0 and 1 <= colour <= 3:
                header.places[colour - 1] = channel
    elif kind in (b"resc", b"resd") and len(body) == 10 and header.density == (0.0, 0.0):
        above, below, over, under, high, wide = struct.unpack(">4H2b", body)
        if below and under and max(abs(high), abs(wide)) < 20:
            across, down = over / under * 10.0**wide, above / below * 10.0**high
            header.density = (across * 0.0254, down * 0.0254)
