"""JPEG XL: samples by imagecodecs, every bit, and the profile by pillow-jxl-plugin; an extra.

Source: ISO/IEC 18181-1, SizeHeader: read by us, so that a size is refused before it is decoded.
"""

import importlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from redraw.errors import PictureError
from redraw.signals.picture import openimageio, reading_pillow
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.openimageio import Samples
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import damaged, explained, unsupported
from redraw.signals.picture.wanted import Wanted

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a JPEG XL; of an animation its first frame.

    Raises:
        PictureError: Damaged, too large, or in need of the extra `jxl`.
    """
    name, data = path.name, file.read()
    try:
        imagecodecs: Any = importlib.import_module("imagecodecs")
        plugin: Any = importlib.import_module("pillow_jxl")
    except ImportError:
        raise PictureError(
            f"{name} is JPEG XL; install redraw[jxl] to read it, or convert it first:"
            " djxl FILE out.png"
        ) from None
    check_pixels(*_size(_codestream(data), name), wanted.max_pixels, name)
    with explained(name):
        array = np.asarray(imagecodecs.jpegxl_decode(data))
        profile = plugin.Decoder(num_threads=0)(data)[3]
    notes: tuple[str, ...] = ()
    if array.ndim == 4:
        place = wanted.place(len(array), name) or 0
        if len(array) > 1 and wanted.page is None:
            notes = (f"the first of {len(array)} pictures in it was taken; --page N takes another",)
        array = array[place]
    else:
        wanted.place(1, name)
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] > 4:
        raise unsupported(name, f"JPEG XL of the shape {array.shape}")
    if array.dtype.kind == "f":
        array = array.astype(np.float32)
    elif array.dtype not in (np.uint8, np.uint16):
        raise unsupported(name, f"JPEG XL of {array.dtype}")
    alpha = array.shape[2] in (2, 4)
    values, colour, more = openimageio.as_values(Samples(array, alpha, False), name)
    dropped: tuple[str, ...] = ()
    if colour.depth == 32 and profile:
        values, colour, dropped = openimageio.lit(values, colour, bytes(profile))
    elif colour.depth != 32:
        icc, dropped = reading_pillow.matching_profile(
            bytes(profile) if profile else None, colour.model
        )
        colour = type(colour)(colour.model, alpha=alpha, depth=colour.depth, icc=icc)
    return Picture(values, colour, name=name, notes=(*notes, *more, *dropped))


def _codestream(data: bytes) -> bytes:
    """The coded picture, out of its boxes where it stands in some."""
    if data.startswith(b"\xff\x0a"):
        return data
    at = 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        start = at + (16 if length == 1 else 8)
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if kind == b"jxlc":
            return data[start:]
        if kind == b"jxlp":
            return data[start + 4 :]
        if length == 0:
            break
        at += max(length, 8)
    return b""


def _size(codestream: bytes, name: str) -> tuple[int, int]:
    """Width and height: a few bits behind the signature, the lowest first."""
    if not codestream.startswith(b"\xff\x0a"):
        raise damaged(name, "it holds no coded picture")
    bits, at = int.from_bytes(codestream[2:16], "little"), 0

    def take(count: int) -> int:
        nonlocal at
        value = bits >> at & ((1 << count) - 1)
        at += count
        return value

    small = take(1)

    def side() -> int:
        return 8 * (take(5) + 1) if small else take((9, 13, 18, 30)[take(2)]) + 1

    height = side()
    ratio = take(3)
    if ratio:
        across, down = _RATIOS[ratio]
        return height * across // down, height
    return side(), height
