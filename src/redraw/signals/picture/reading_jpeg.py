"""JPEG: markers looked at by us, decoded by Pillow; whole without its end, cut with one.

A decoder invents what is missing of a JPEG. Whether anything is missing is found by a trial:
other bytes behind the coded data change no pixel of a picture that is whole.
"""

import dataclasses
import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.signals.picture import adobe_rgb, jpeg_file, reading_pillow
from redraw.signals.picture.jpeg_file import JpegFile
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

GAIN_NOTE = "its gain map, which makes an HDR picture of it, was left out"
PROFILE_NOTE = "its ICC profile is not whole, and was left out"
END_NOTE = "it ends without its last marker; every pixel is there"
OTHERS = (b"\xaa\x55" * 4096, b"\x31\x8c" * 4096)  # coded data that no picture is likely to have
_BLOCK = 16  # pixels on a side of what is coded together


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a JPEG, or a page of an MPO.

    Raises:
        PictureError: Damaged, cut short (unless what is there is wanted), too large, or of a kind
            that is not read.
    """
    name = path.name
    data = file.read()
    jpeg = jpeg_file.scan(data)
    if jpeg.unusual is not None:
        raise unsupported(name, jpeg.unusual, "convert it first, such as with magick FILE out.png")
    if not jpeg.kind:
        raise damaged(name, "it has no header of a picture")
    if jpeg.height_at and not jpeg.size[1]:
        raise damaged(name, "its height is told neither at its start nor behind its pixels")
    check_pixels(*jpeg.size, wanted.max_pixels, name)
    data = jpeg_file.with_height(data, jpeg)
    notes: tuple[str, ...] = ()
    known = None
    first = wanted.page in (None, 1)
    if first and (jpeg.end is None or _suspicious(data, jpeg)):
        coded = data if jpeg.end is None else data[: jpeg.end]
        there = _rows_there(coded, jpeg)
        if jpeg.end is None or there < jpeg.size[1]:
            data = coded + b"\xff\xd9"
        if there < jpeg.size[1] or not jpeg.scans_whole:
            what = f"{there:,} of its {jpeg.size[1]:,} rows are there"
            rest = "; the rest is left open"
            if there == jpeg.size[1]:
                what, rest = "its last passes are missing, which sharpen it", ""
            if not wanted.partial:
                raise cut_short(name, what)
            if there == 0:
                raise damaged(name, "not one row of it is there")
            notes = (f"{what}{rest}",)
            known = np.zeros((jpeg.size[1], jpeg.size[0]), np.bool_)
            known[:there] = True
        elif jpeg.end is None:
            notes = (END_NOTE,)
    plain = dataclasses.replace(wanted, partial=False)
    picture = reading_pillow.read(io.BytesIO(data), path, kind, plain)
    if jpeg.gain_map:
        notes = (*notes, GAIN_NOTE)
    colour = picture.colour
    if first and jpeg.profile and colour.icc is None and "ICC profile" not in str(picture.notes):
        notes = (*notes, PROFILE_NOTE)
    if known is not None:
        known = _turned(known, data)
    said = (
        "" if jpeg.steps is None or not first or _orientation(data) != 1 else f"jpeg:{jpeg.steps}"
    )
    notes = (*picture.notes, *notes)
    picture = dataclasses.replace(picture, known=known, notes=notes, footprint=said)
    told = jpeg.components == 3 and adobe_rgb.told_in(io.BytesIO(data))  # inks are converted
    return adobe_rgb.named(picture) if told else picture


def _suspicious(data: bytes, jpeg: JpegFile) -> bool:
    """Whether its last block is as bright as the one before: so decoders leave what is missing."""
    with reading_pillow.quietly(True):
        try:
            image = Image.open(io.BytesIO(data), formats=("JPEG", "MPO"))
            image.draft(image.mode, (max(1, image.width // 8), max(1, image.height // 8)))
            last = np.asarray(image)[-1, -2:]
        except Exception:
            return False  # the decoder itself will say why
    return bool((last == last[-1]).all()) and jpeg.end is not None


def _rows_there(coded: bytes, jpeg: JpegFile) -> int:
    """Rows that no byte behind the coded data changes: those that are in it."""
    drawn = [_pixels(coded + other + b"\xff\xd9") for other in OTHERS]
    if drawn[0] is None or drawn[1] is None or drawn[0].shape != drawn[1].shape:
        return 0
    differs = (drawn[0] != drawn[1]).reshape(len(drawn[0]), -1).any(axis=1)
    if not differs.any():
        return jpeg.size[1]
    if jpeg.progressive and jpeg.scans_whole is False:
        return jpeg.size[1]
    return max(0, int(np.flatnonzero(differs)[0]) // _BLOCK * _BLOCK - 1)


def _pixels(data: bytes) -> NDArray[np.uint8] | None:
    with reading_pillow.quietly(True):
        try:
            return np.asarray(Image.open(io.BytesIO(data), formats=("JPEG", "MPO")))
        except Exception:
            return None


def _turned(known: NDArray[np.bool_], data: bytes) -> NDArray[np.bool_]:
    return reading_pillow.UPRIGHT.get(_orientation(data), lambda a: a)(known)


def _orientation(data: bytes) -> int:
    """By EXIF; 1 for upright, and where it says nothing."""
    with reading_pillow.quietly():
        try:
            return Image.open(io.BytesIO(data)).getexif().get(0x0112, 1)
        except Exception:
            return 1
