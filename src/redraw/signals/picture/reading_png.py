"""PNG: checked by us, decoded by Pillow up to 8 bits and by OpenImageIO beyond, colours as told."""

import contextlib
import dataclasses
import io
import struct
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.signals.picture import adobe_rgb, openimageio, png_file, reading_pillow
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.png_file import PngFile
from redraw.signals.picture.trouble import cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_DEEP = {2: "16-bit RGB", 4: "16-bit grey with alpha", 6: "16-bit RGBA"}


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a PNG, or a page of an animated one.

    Raises:
        PictureError: Damaged, cut short (unless what is there is wanted), too large, or in need of
            the extra `hdr`.
    """
    name = path.name
    png = png_file.scan(file, name, wanted)
    what = _DEEP.get(png.kind) if png.depth == 16 else None
    if what is not None:
        openimageio.require(name, f"{what}, which Pillow would cut to 8 bits")
        _first_only(png, wanted, name)
    if png.trouble and not wanted.partial:
        raise cut_short(name, png.trouble)
    picture, there = _decoded(file, path, png, wanted, deep=what is not None)
    notes = [*png.notes, *(aspect_of(png) if what is not None else ())]  # else Pillow's info
    if there < png.expected:
        known = png_file.known_pixels(png, there)
        if not known.any():
            raise damaged(name, "not one row of its pixels is there")
        share = f"{int(known.sum()):,} of {known.size:,} pixels"
        notes.append(
            f"{share} are there ({png.trouble or 'it stops early'}); the rest is left open"
        )
        known = reading_pillow.UPRIGHT.get(_orientation(png), lambda a: a)(known)
        picture = dataclasses.replace(picture, known=known)
    return _coloured(picture, png, tuple(notes))


def _first_only(png: PngFile, wanted: Wanted, name: str) -> None:
    """Of a moving PNG of 16-bit colour the first picture is read; a note on the others.

    Raises:
        PictureError: Another is wanted.
    """
    if wanted.place(png.frames, name):
        raise unsupported(name, "later pictures of a PNG of 16-bit colour", "leave --page out")
    if png.frames > 1 and wanted.page is None:
        png.notes.append(f"the first of {png.frames} pictures in it was taken")


def _orientation(png: PngFile) -> int:
    """By its EXIF data; 1 for upright, and where they say nothing."""
    return _exif(png).get(0x0112, 1)


def _exif(png: PngFile) -> Image.Exif:
    exif = Image.Exif()
    with contextlib.suppress(Exception):  # damaged data say nothing
        exif.load(png.content(b"eXIf") or b"")
    return exif


def _decoded(
    file: BinaryIO, path: Path, png: PngFile, wanted: Wanted, *, deep: bool
) -> tuple[Picture, int]:
    """The picture, and how many bytes of its pixels were there."""
    name, there = path.name, png.expected
    mend = png.altered or bool(png.trouble)
    if not mend and (deep or not wanted.partial):
        picture = _by_library(file, path, png, wanted, deep=deep)
        turned = png.content(b"eXIf") is not None or png.content(b"tRNS") is not None
        plain = png.kind != 3 and not png.interlaced and not turned
        if plain and picture.values[-1, -1].any():
            return picture, there  # the last pixel was given
        there = png_file.count(file, png)  # zero at the end: it is so, or the data stop early
        if there == png.expected:
            return picture, there
        if not wanted.partial:
            raise cut_short(name, f"{there:,} of {png.expected:,} bytes of its pixels are there")
    content, there = png_file.rewritten(png, file, whole=not wanted.partial)
    if not deep and png.frames > 1 and wanted.page is None:
        what = f"the first of {png.frames} pictures in it was taken"
        png.notes.append(f"{what}; --page N takes another")
    wanted = dataclasses.replace(wanted, page=None if wanted.page in (None, 1) else wanted.page)
    if not deep:
        return _by_library(io.BytesIO(content), path, png, wanted, deep=False), there
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "whole.png")
        copy.write_bytes(content)
        picture = openimageio.read_png(copy, wanted)
    return dataclasses.replace(picture, name=name), there


def _by_library(file: BinaryIO, path: Path, png: PngFile, wanted: Wanted, *, deep: bool) -> Picture:
    if deep:
        return openimageio.read_png(path, wanted)
    file.seek(0)
    picture = reading_pillow.read(file, path, "PNG", dataclasses.replace(wanted, partial=False))
    return _without_level(picture, png)


def _without_level(picture: Picture, png: PngFile) -> Picture:
    """With alpha as tRNS says of grey of 2 and 4 bits: Pillow seeks its level among 255."""
    told = png.content(b"tRNS")
    if png.kind != 0 or png.depth not in (2, 4) or told is None or not picture.colour.alpha:
        return picture
    most = 2**png.depth - 1
    levels = np.rint(picture.values[..., :1] * most)
    alpha = (levels != int.from_bytes(told[:2]) & most).astype(np.float32)
    values = np.concatenate([picture.values[..., :1], alpha], axis=-1)
    return dataclasses.replace(picture, values=values)


def _coloured(picture: Picture, png: PngFile, notes: tuple[str, ...]) -> Picture:
    """With the coding that its chunks tell."""
    colour, values = picture.colour, picture.values
    told = told_by(png, profile=colour.icc is not None)
    if not told.profile:
        colour = dataclasses.replace(colour, icc=None)
    if told.narrow:
        planes = widened(values[..., :-1] if colour.alpha else values, png.depth)
        values = np.concatenate([planes, values[..., -1:]], axis=-1) if colour.alpha else planes
    if colour.depth != 1:  # black and white are that in any curve
        colour = dataclasses.replace(colour, coding=told.coding)
    notes = (*picture.notes, *notes, *told.notes)
    picture = dataclasses.replace(picture, values=values, colour=colour, notes=notes)
    return adobe_rgb.named(picture) if is_adobe_rgb(png) else picture


def is_adobe_rgb(png: PngFile) -> bool:
    """Whether its EXIF data say so, and no chunk says anything of its colours."""
    if any(png.content(kind) for kind in (b"cICP", b"sRGB", b"gAMA", b"cHRM")):
        return False
    return adobe_rgb.told_by(_exif(png))


def aspect_of(png: PngFile) -> tuple[str, ...]:
    """A note where its pixels are not square."""
    told = png.content(b"pHYs")
    if told is None or len(told) != 9:
        return ()
    across, down, metres = struct.unpack(">IIB", told)
    unit = 0.0254 if metres == 1 else 1.0
    return reading_pillow.aspect({"dpi": (across * unit, down * unit)})


@dataclasses.dataclass(frozen=True)
class Told:
    """What chunks say of colours.

    Attributes:
        coding: None where it is sRGB, or the profile's.
        profile: Whether its ICC profile holds.
        narrow: Whether black and white are 16 and 235 of 255.
        notes: What the user should be told.
    """

    coding: Coding | None
    profile: bool
    narrow: bool
    notes: tuple[str, ...]


def told_by(png: PngFile, *, profile: bool) -> Told:
    """What its chunks say: cICP goes before iCCP, that before sRGB and gAMA.

    Args:
        png: Its chunks.
        profile: Whether it has an ICC profile that can be used.
    """
    told, coding, narrow = png.content(b"cICP"), None, False
    notes: tuple[str, ...] = ()
    if told is not None and len(told) >= 4:
        coding = Coding.of_code(told[0], told[1])
        if coding is None or told[2] != 0:
            coding = None
            notes = (
                f"its colours are told by code points {told[0]}, {told[1]}, {told[2]},"
                " which are not known here; they are taken as sRGB",
            )
        else:
            profile, narrow = False, told[3] == 0
            if narrow:
                notes = ("its numbers were of narrow range and were widened",)
    elif not profile and png.content(b"sRGB") is None:
        coding = _by_gamma(png)
    coding = None if coding is None or coding.plain else coding
    brightness = [kind for kind in ("mDCV", "cLLI") if png.content(kind.encode()) is not None]
    if brightness:
        what = " and ".join(brightness)
        notes = (*notes, f"what it says of its brightest light ({what}) was left out")
    if coding is not None:
        notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    return Told(coding, profile, narrow, notes)


def _by_gamma(png: PngFile) -> Coding | None:
    """What gAMA and cHRM say; None where they are absent or senseless."""
    gamma, primaries = png.content(b"gAMA"), png.content(b"cHRM")
    options: dict[str, Any] = {}
    if gamma is not None and len(gamma) == 4 and (number := int.from_bytes(gamma)):
        exponent = 100_000 / number
        linear = abs(exponent - 1) < 1e-3
        options = {"transfer": "linear"} if linear else {"transfer": "gamma", "gamma": exponent}
    if primaries is not None and len(primaries) == 32 and png.kind not in (0, 4):
        xs = [value / 100_000 for value in struct.unpack(">8I", primaries)]
        options["primaries"] = (*xs[2:], *xs[:2])  # white stands first there
    if not options:
        return None
    try:
        return Coding(**options)
    except ValueError:
        return None


def widened(values: NDArray[Any], bits: int) -> NDArray[Any]:
    """Narrow range as full range: 16 to 235, or 256 times that of 16 bits. Any shape."""
    unit = 65535 / 256 if bits == 16 else 255
    full = (values.astype(np.float64) * unit - 16) / 219
    return np.clip(full, 0, 1).astype(values.dtype)
