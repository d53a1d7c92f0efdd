"""Formats that Pillow reads, with what their headers say and Pillow hides.

Depth that it would cut (SGI), colours (BMP, QOI), what alpha means (TGA), pixels that are not
square (GIF), a palette that is gone (PCX).

Sources: Microsoft, BITMAPV5HEADER; Truevision, "TGA File Format Specification
    2.0"; Haeberli, "The SGI Image File Format"; Szablewski, "The Quite OK Image Format";
    CompuServe, "GIF89a Specification"; ZSoft, "PCX Technical Reference Manual".
"""

import contextlib
import dataclasses
import io
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture import (
    bmp_file,
    dds_file,
    gif_file,
    ico_file,
    openimageio,
    reading_pillow,
)
from redraw.signals.picture.coding import SRGB_PRIMARIES, Coding
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import Damaged, cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_HEAD = 512


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a BMP, TGA, DDS, SGI, QOI, GIF, ICO or PCX.

    Raises:
        PictureError: As `reading_pillow.read`; a layout that is not read, by its name.
    """
    head = file.read(_HEAD)
    file.seek(0)
    return _HOW[kind](file, path, wanted, head)


def _noted(picture: Picture, *notes: str) -> Picture:
    return dataclasses.replace(picture, notes=(*picture.notes, *notes))


def _opaque(picture: Picture) -> Picture:
    colour = dataclasses.replace(picture.colour, alpha=False)
    values = np.ascontiguousarray(picture.values[..., :-1])
    return dataclasses.replace(picture, values=values, colour=colour)


# --- BMP ---------------------------------------------------------------------------------------


def _bmp(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    picture = bmp_file.read(file, path, wanted)
    if picture is None:
        picture = reading_pillow.read(file, path, "BMP", wanted)
    else:
        metres = struct.unpack("<2I", head[38:46])
        picture = _noted(picture, *reading_pillow.aspect({"dpi": [n * 0.0254 for n in metres]}))
    size = int.from_bytes(head[14:18], "little")
    if size < 108 or picture.colour.depth == 1:  # black and white are that in any space
        return picture
    space = head[70:74]
    if space == b"KNIL":
        return _noted(picture, "its ICC profile is in another file and was left out")
    if space == b"DEBM" and size >= 124:
        at, length = struct.unpack("<2I", head[126:134])
        file.seek(14 + at)
        profile = file.read(min(length, 2**25))
        if profile[16:20] == b"RGB ":
            picture = _in_rgb(picture)
        icc, dropped = reading_pillow.matching_profile(profile, picture.colour.model)
        return _noted(
            dataclasses.replace(picture, colour=dataclasses.replace(picture.colour, icc=icc)),
            *dropped,
        )
    coding = _calibrated(head) if space == b"\0\0\0\0" else None
    if coding is not None and picture.colour.model == "grey":  # of which primaries say nothing
        coding = dataclasses.replace(coding, primaries=SRGB_PRIMARIES)
    if coding is None or coding.plain:
        return picture
    colour = dataclasses.replace(picture.colour, coding=coding)
    return _noted(
        dataclasses.replace(picture, colour=colour),
        f"its colours are {coding.describe()}, which is kept",
    )


def _in_rgb(picture: Picture) -> Picture:
    """Grey as three channels that are the same."""
    if picture.colour.model == "rgb":
        return picture
    values = picture.values[..., [0, 0, 0, *range(1, picture.channels)]]
    colour = dataclasses.replace(picture.colour, model="rgb")
    return dataclasses.replace(picture, values=values, colour=colour)


def _calibrated(head: bytes) -> Coding | None:
    """End points in XYZ and a gamma; None where they are absent or senseless."""
    ends = np.array(struct.unpack("<9I", head[74:110]), np.float64).reshape(3, 3) / 2**30
    gammas = [value / 65536 for value in struct.unpack("<3I", head[110:122])]
    options: dict[str, object] = {}
    if max(gammas) > 0 and max(gammas) - min(gammas) < 0.01:
        options = {"transfer": "gamma", "gamma": gammas[0]}
        if abs(gammas[0] - 1) < 1e-3:
            options = {"transfer": "linear"}
    if (sums := ends.sum(axis=1)).min() > 0:
        white = ends.sum(axis=0)
        xy = [*(ends[:, :2] / sums[:, None]).ravel(), *(white[:2] / white.sum())]
        options["primaries"] = tuple(float(value) for value in xy)
    if not options:
        return None
    with contextlib.suppress(ValueError):
        return Coding(**options)  # type: ignore[arg-type]
    return None


# --- TGA ---------------------------------------------------------------------------------------


def _tga(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    picture = reading_pillow.read(file, path, "TGA", wanted)
    meaning, gamma, shape = _tga_extension(file)
    picture = _noted(picture, *reading_pillow.aspect({"aspect": shape}))
    if gamma:
        picture = _noted(picture, f"its gamma of {gamma:.3g} was left out")
    if not picture.colour.alpha or len(head) < 18:
        return picture
    if head[2] in (2, 10) and head[16] == 16 and head[17] & 15:
        note = "its alpha of one bit was taken as transparent where it is set; programs differ"
        picture = _noted(picture, note)
    if meaning == 4:
        return openimageio.multiplied(picture)
    cover = picture.values[..., -1]
    same = float(np.ptp(cover if picture.known is None else cover[picture.known])) == 0
    bits = head[17] & 15
    unsaid = meaning is None and bits == 0  # of 16 bits, one is left over
    each = head[7] if head[1] else head[16]  # of a palette, or of a pixel
    if meaning in (0, 1) or (unsaid and (same or each == 16)):
        return _noted(_opaque(picture), "its header says that its last channel is no alpha")
    if meaning is None and bits == 0:
        return _noted(picture, "its header says nothing of its last channel, taken as alpha")
    return picture


def _tga_extension(file: BinaryIO) -> tuple[int | None, float, tuple[int, int]]:
    """What the last channel means, by the second version's extension; its gamma; pixels' shape."""
    end, nothing = file.seek(0, 2), (None, 0.0, (0, 0))
    if end < 26:
        return nothing
    file.seek(end - 26)
    footer = file.read(26)
    at = int.from_bytes(footer[:4], "little")
    if not footer.endswith(b"TRUEVISION-XFILE.\0") or not at or at + 495 > end:
        return nothing
    file.seek(at)
    extension = file.read(495)
    wide, high, over, under = struct.unpack("<4H", extension[474:482])
    gamma = over / under if under else 0.0
    return extension[494], 0.0 if abs(gamma - 1) < 0.01 else gamma, (high, wide)


# --- SGI ---------------------------------------------------------------------------------------


def _sgi(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    name = path.name
    if len(head) < 108:
        raise damaged(name, "its header is not whole")
    bytes_, channels = head[3], int.from_bytes(head[10:12])
    if int.from_bytes(head[104:108]):
        raise unsupported(name, "SGI with a table of colours")
    if bytes_ == 1 and channels != 2:
        return reading_pillow.read(file, path, "SGI", wanted)
    if not openimageio.available():
        if channels == 2:
            raise unsupported(name, "SGI of two channels", "install redraw[hdr] to read it")
        note = "its 16 bits per value were read as 8; redraw[hdr] brings what reads all"
        return _noted(reading_pillow.read(file, path, "SGI", wanted), note)
    wanted.place(1, name)
    check_pixels(int.from_bytes(head[6:8]), int.from_bytes(head[8:10]), wanted.max_pixels, name)
    with openimageio.opened(path, name) as source:
        spec = source.spec()
        array = openimageio.pixels(source, spec, "uint16" if bytes_ == 2 else "uint8", name)
    if not 1 <= array.shape[2] <= 4:
        raise unsupported(name, f"SGI of {array.shape[2]} channels")
    alpha = array.shape[2] in (2, 4)
    values, colour, notes = openimageio.as_values(
        openimageio.Samples(array, alpha, premultiplied=False), name
    )
    return Picture(values, colour, name=name, notes=notes)


# --- QOI, GIF, ICO and PCX ---------------------------------------------------------------------


def _qoi(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    try:
        picture = reading_pillow.read(file, path, "QOI", dataclasses.replace(wanted, partial=False))
    except Damaged as error:
        if len(head) < _QOI_HEADER:
            raise
        if not wanted.partial:
            raise cut_short(path.name, error.reason) from error
        picture = _qoi_there(file, path, wanted)
    if head[13:14] != b"\1":
        return picture
    # Writers say so of sRGB, Pillow among them, and no viewer heeds it; by the specification the
    # field is "purely informative".
    return _noted(
        picture, "its header says that its numbers are linear light; they were taken as sRGB"
    )


_QOI_HEADER = 14  # bytes


class _Continued(io.BytesIO):
    """A file with the same bytes again and again behind its end."""

    def __init__(self, content: bytes, behind: bytes) -> None:
        super().__init__(content)
        self._behind = behind
        self._next = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        missing = (size or 0) - len(found)
        if missing <= 0:
            return found
        at = self._next
        self._next = (at + missing) % len(self._behind)
        return found + bytes(self._behind[(at + k) % len(self._behind)] for k in range(missing))


def _qoi_there(file: BinaryIO, path: Path, wanted: Wanted) -> Picture:
    """What is there of one that was cut: what is the same whatever colour follows.

    Black follows (an RGB of zeros), or white (an RGBA of 255); an operation that was cut ends in
    another byte by each.
    """
    file.seek(0)
    content = file.read()
    picture, other = (
        reading_pillow.read(_Continued(content, behind), path, "QOI", wanted)
        for behind in (b"\xfe\0\0\0", b"\xff" * 5)
    )
    known = (picture.values == other.values).all(axis=2)
    if known.all():
        return picture
    told = (*picture.notes, reading_pillow.there(known, path.name))
    return dataclasses.replace(picture, known=known, notes=told)


def _gif(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    picture = reading_pillow.read(file, path, "GIF", wanted)
    there = gif_file.drawn(file, wanted.page or 1, picture.size)
    if there is not None:
        picture = _emptied(picture, there)
    aspect = head[12] if len(head) > 12 else 0
    if not aspect:
        return picture
    return _noted(picture, *reading_pillow.aspect({"aspect": (64, aspect + 15)}))


def _emptied(picture: Picture, there: NDArray[np.bool_]) -> Picture:
    """With nothing where nothing was drawn. (H, W)"""
    values, colour = picture.values, picture.colour
    if colour.alpha:
        if not values[..., -1][~there].any():
            return picture
        cover = np.where(there, values[..., -1], 0)
        values = values[..., :-1]
    else:
        cover = there
    values = np.concatenate([values, cover[..., None].astype(np.float32)], axis=-1)
    colour = dataclasses.replace(colour, alpha=True, depth=8)
    note = "what it draws does not cover all of its canvas; the rest is empty"
    return _noted(dataclasses.replace(picture, values=values, colour=colour), note)


def _pcx(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    note = ""
    if head[1:4:2] == b"\5\x08" and head[65:66] == b"\1" and head[68:70] != b"\2\0":
        end = file.seek(0, 2)
        file.seek(max(end - 769, 0))
        if file.read(1) != b"\x0c":
            note = "its palette is not there; its numbers were taken as greys"
    if note and not wanted.partial:
        raise cut_short(path.name, "its palette, which is at its end, is not there")
    picture = reading_pillow.read(file, path, "PCX", wanted)
    planes, colours = head[65:66], head[16:22]
    if head[3:4] == b"\1" and planes == b"\1" and colours not in _MONO and colours != bytes(6):
        note = "its two colours (palette) were taken as black and white"
    elif head[1:2] == b"\3" and head[3:4] == b"\1" and planes > b"\1":
        note = "it says that it has no palette; what stands there was taken as one"
    return _noted(picture, note) if note else picture


_MONO = (b"\0\0\0\xff\xff\xff", b"\xff" * 6)  # black and white, and what some write for it


_HOW = {
    "BMP": _bmp,
    "TGA": _tga,
    "DDS": lambda file, path, wanted, _: dds_file.read(file, path, wanted),
    "SGI": _sgi,
    "QOI": _qoi,
    "GIF": _gif,
    "ICO": lambda file, path, wanted, _: ico_file.read(file, path, wanted),
    "PCX": _pcx,
}
