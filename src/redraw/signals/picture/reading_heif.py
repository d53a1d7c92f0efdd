"""AVIF and HEIC: files of boxes, with 8 to 12 bits and colours told by code points (nclx).

AVIF of 8 bits is read by Pillow, deeper by imagecodecs where that is installed; HEIC by
pillow-heif, an extra.

Sources: ISO/IEC 14496-12 (colr), 23008-12 (HEIF); "AV1 Codec ISO Media File Format Binding" 2.3.3.
"""

import dataclasses
import importlib
import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.errors import PictureError
from redraw.signals.picture import heif_boxes, openimageio, reading_pillow
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.heif_boxes import Boxes
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.openimageio import Samples
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_jpeg import GAIN_NOTE
from redraw.signals.picture.trouble import explained, unsupported
from redraw.signals.picture.wanted import Wanted


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read an AVIF or a HEIC.

    Raises:
        PictureError: Damaged, too large, or in need of the extra `heif`.
    """
    boxes = heif_boxes.scan(file)
    file.seek(0)
    if kind == "HEIC":
        picture, code = _heic(file, path, wanted)
        notes = (*picture.notes, *left_out(boxes))
    else:
        picture, code = _avif(file, path, wanted, boxes.main), nclx(boxes.main)
        notes = (*picture.notes, *cropped(boxes), *left_out(boxes), *untold(boxes))
    colour = picture.colour
    coding = None if colour.icc is not None else coding_of(code)
    if coding is not None:
        colour = dataclasses.replace(colour, coding=coding)
        notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    return dataclasses.replace(picture, colour=colour, notes=notes)


def cropped(boxes: Boxes) -> tuple[str, ...]:
    """A note on a crop, which the decoders of AVIF leave out."""
    return ("its clean aperture, a crop, was not applied",) if b"clap" in boxes.main else ()


def untold(boxes: Boxes) -> tuple[str, ...]:
    """A note where no box says what its colours are: what is coded may say it."""
    if b"colr" in boxes.main:
        return ()
    return ("its colours are told among its coded numbers, if at all, and were taken as sRGB",)


def left_out(boxes: Boxes) -> tuple[str, ...]:
    """Notes on pixels that are not square, and on a picture of how bright the main one is."""
    at = boxes.main.find(b"pasp")
    wide, high = (int.from_bytes(boxes.main[at + k : at + k + 4]) for k in (4, 8))
    notes = reading_pillow.aspect({"aspect": (high, wide)} if at >= 0 else {})
    if b"tmap" in boxes.all or b"hdrgainmap" in boxes.all.lower():
        notes = (*notes, GAIN_NOTE)
    return notes


def coding_of(code: tuple[int, int] | None) -> Coding | None:
    """What code points say; None where it is what everybody shows as sRGB, or isn't known."""
    coding = None if code is None else Coding.of_code(*code)
    return None if coding is None or _usual(coding) else coding


def _usual(coding: Coding) -> bool:
    """Whether it is sRGB, or the camera curve that everybody shows as if it were."""
    camera = coding.code is not None and coding.code[1] in (1, 6, 14, 15)
    return coding.plain or (camera and dataclasses.replace(coding, transfer="srgb").plain)


def nclx(head: bytes) -> tuple[int, int] | None:
    """Code points of primaries and curve, of the first such box."""
    at = head.find(b"colrnclx")
    if at < 0 or at + 12 > len(head):
        return None
    return int.from_bytes(head[at + 8 : at + 10]), int.from_bytes(head[at + 10 : at + 12])


def _avif(file: BinaryIO, path: Path, wanted: Wanted, head: bytes) -> Picture:
    bits = av1_bits(head)
    picture = reading_pillow.read(file, path, "AVIF", wanted)
    if bits == 8:
        return picture
    try:
        imagecodecs: Any = importlib.import_module("imagecodecs")
    except ImportError:
        note = f"its {bits} bits per value were read as 8; redraw[tiff] brings what reads all"
        return dataclasses.replace(picture, notes=(*picture.notes, note))
    file.seek(0)
    content = file.read()
    array: NDArray[Any]
    with explained(path.name):
        array = np.asarray(imagecodecs.avif_decode(content, index=(wanted.page or 1) - 1))
    array = array[..., None] if array.ndim == 2 else array
    with reading_pillow.quietly():
        orientation = Image.open(io.BytesIO(content)).getexif().get(0x0112, 1)
    array = reading_pillow.UPRIGHT.get(orientation, lambda a: a)(array)
    if array.shape[:2] != picture.values.shape[:2]:
        note = f"its {bits} bits per value were read as 8"
        return dataclasses.replace(picture, notes=(*picture.notes, note))
    alpha = array.shape[2] in (2, 4)
    return _deep(array, bits, alpha, picture)


def _deep(array: NDArray, bits: int, alpha: bool, picture: Picture) -> Picture:
    values = np.divide(array, np.float32(2**bits - 1), dtype=np.float32)
    colour = dataclasses.replace(
        picture.colour, depth=16, alpha=alpha, model="grey" if array.shape[2] <= 2 else "rgb"
    )
    return dataclasses.replace(picture, values=values, colour=colour)


def av1_bits(head: bytes) -> int:
    """Bits per value, by the third byte of the box av1C: high_bitdepth and twelve_bit."""
    box = head.partition(b"av1C")[2]
    if len(box) < 3 or not box[2] & 0x40:
        return 8
    return 12 if box[2] & 0x20 else 10


def _heic(file: BinaryIO, path: Path, wanted: Wanted) -> tuple[Picture, tuple[int, int] | None]:
    name = path.name
    try:
        pillow_heif: Any = importlib.import_module("pillow_heif")
    except ImportError:
        raise PictureError(
            f"{name} is HEIC, the photographs of phones; install redraw[heif] to read it, or"
            " convert it first: heif-convert FILE out.png"
        ) from None
    try:
        opened = pillow_heif.open_heif(file, convert_hdr_to_8bit=False)
    except Exception as error:
        reason = " ".join(str(error).split())[:80]
        raise unsupported(
            name, f"this HEIC is not understood by libheif ({reason})", "convert it to PNG first"
        ) from error
    place = wanted.place(len(opened), name)
    notes: tuple[str, ...] = ()
    if len(opened) > 1 and place is None:
        notes = (f"the main one of {len(opened)} pictures in it was taken; --page N takes another",)
    image = opened[opened.primary_index if place is None else place]
    width, height = image.size
    check_pixels(width, height, wanted.max_pixels, name)
    with explained(name):
        array: NDArray[Any] = np.asarray(image)
    array = array[..., None] if array.ndim == 2 else array
    mode, alpha = str(image.mode), array.shape[2] in (2, 4)
    if array.dtype == np.uint16:  # its bits are the highest of 16
        bits = int(image.info.get("bit_depth", 16))
        most = np.float32(2**bits - 1)
        array = np.rint((array >> (16 - bits)) / most * np.float32(65535)).astype(np.uint16)
    samples = Samples(np.ascontiguousarray(array), alpha, premultiplied="a" in mode)
    values, colour, more = openimageio.as_values(samples, name)
    profile = image.info.get("icc_profile")
    icc, dropped = reading_pillow.matching_profile(profile, colour.model)
    colour = dataclasses.replace(colour, icc=icc)
    picture = Picture(values, colour, name=name, notes=(*notes, *more, *dropped))
    told: Any = image.info.get("nclx_profile") or {}
    primaries, curve = told.get("color_primaries"), told.get("transfer_characteristics")
    if primaries is None or curve is None:
        return picture, None
    return picture, (int(primaries), int(curve))
