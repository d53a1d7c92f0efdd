"""JPEG XL: samples by imagecodecs, every bit, and the profile by pillow-jxl-plugin; an extra."""

import dataclasses
import importlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError
from redraw.signals.picture import jxl_header, openimageio, reading_pillow
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.openimageio import Samples
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_jpeg import GAIN_NOTE
from redraw.signals.picture.trouble import explained, unsupported
from redraw.signals.picture.wanted import Wanted


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
    header = jxl_header.scan(data, name)
    check_pixels(header.width, header.height, wanted.max_pixels, name)
    with explained(name):
        array = np.asarray(imagecodecs.jpegxl_decode(data))
        profile = plugin.Decoder(num_threads=0)(data)[3]
    notes: tuple[str, ...] = ()
    if header.moving and array.ndim == 3:  # frames of grey, without an axis for it
        array = array[..., None]
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
    elif header.bits not in (8, 16):
        array = _scaled(array, header.bits)
    alpha = array.shape[2] in (2, 4)
    if header.gain_map:
        notes = (*notes, GAIN_NOTE)
    if header.further:
        count = header.further
        notes = (*notes, f"{count} further channel{'s were' if count > 1 else ' was'} left out")
    samples = Samples(array, alpha, premultiplied=alpha and header.premultiplied)
    values, colour, more = openimageio.as_values(samples, name)
    dropped: tuple[str, ...] = ()
    if colour.depth == 32 and profile:
        values, colour, dropped = openimageio.lit(values, colour, bytes(profile))
    elif colour.depth != 32:
        icc, dropped = reading_pillow.matching_profile(
            bytes(profile) if profile else None, colour.model
        )
        colour = dataclasses.replace(colour, icc=icc)
    return Picture(values, colour, name=name, notes=(*notes, *more, *dropped))


def _scaled(array: NDArray[Any], bits: int) -> NDArray[Any]:
    """Numbers of so many bits with white at the highest of their type. Any shape."""
    most, white = int(np.iinfo(array.dtype).max), 2**bits - 1
    return np.rint(np.minimum(array, white) * (most / white)).astype(array.dtype)
