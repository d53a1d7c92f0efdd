"""TIFF: directories by tifffile, samples by tifffile and imagecodecs, by Pillow or OpenImageIO.

tifffile reads samples as they stand, so that what they mean is decided here, for every kind alike.
It needs imagecodecs for most compressions, an extra; without it, and for the few kinds that it
leaves out, Pillow reads what is of 8 bits at most, and OpenImageIO what is deeper.
"""

import contextlib
import dataclasses
import importlib
import logging
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.errors import RedrawError
from redraw.signals.picture import adobe_rgb, openimageio, reading_pillow, tiff_values
from redraw.signals.picture.coding import SRGB_PRIMARIES, Coding
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.tiff_pages import Page, choose, pages_of
from redraw.signals.picture.trouble import cut_short, damaged, explained, unsupported
from redraw.signals.picture.wanted import Wanted

_PLAIN_COMPRESSIONS = {1, 8, 32946, 32773}  # tifffile reads them by itself
_CAMERAS = {32767, 32769, 32770, 32772, 34713, 65000, 65535}  # their makers' own
_JPEGS = {6, 7}
_ALREADY_RGB = {tiff_values.RGB, tiff_values.PALETTE, tiff_values.YCBCR}  # not converted to it


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read the main picture of a TIFF, or one of its pages.

    Raises:
        PictureError: Damaged, cut short (unless what is there is wanted), too large, or of a kind
            that is not read.
    """
    name = path.name
    with opened(file, name) as tiff, explained(name):
        pages = pages_of(tiff, name)
        page, notes = choose(pages, wanted, name)
        check_pixels(*page.size, wanted.max_pixels, name)
        tiff_values.check(page.page, name)
        picture = _read(tiff, page, path, wanted)
        notes = (*notes, *beyond_directories(tiff, wanted))
    picture = dataclasses.replace(picture, notes=(*notes, *picture.notes))
    as_told = tiff_values.photometric_of(page.page) in _ALREADY_RGB and page.number == 0
    return adobe_rgb.named(picture) if as_told and adobe_rgb.told_in(file) else picture


@contextlib.contextmanager
def opened(file: BinaryIO, name: str) -> Iterator[Any]:
    """Its directories, by tifffile."""
    tifffile: Any = importlib.import_module("tifffile")
    # What it would say on standard error is said by exceptions and notes, or doesn't matter.
    talk = logging.getLogger("tifffile")
    before, talk.disabled = talk.disabled, True
    try:
        with explained(name):
            tiff = tifffile.TiffFile(file, name=name, is_ome=False)
        yield tiff
    finally:
        talk.disabled = before


def beyond_directories(tiff: Any, wanted: Wanted) -> tuple[str, ...]:
    """Notes on what ImageJ and tifffile write into a description, and directories don't say."""
    notes: list[str] = []
    with contextlib.suppress(Exception):  # text that is not what it seems
        pictures, said = len(tiff.pages), dict(tiff.imagej_metadata or {})
        count = int(said.get("images", 1))
        for own in tiff.shaped_metadata or ():
            count = math.prod(own["shape"]) // math.prod(tiff.pages.first.shape)
        if count > pictures and wanted.page is None:
            notes.append(f"the first of {count} pictures in it was taken")
        low, high = float(said.get("min", 0)), float(said.get("max", 0))
        usual = 2.0 ** int(tiff.pages.first.bitspersample) - 1
        if low < high and (low, high) != (0.0, usual):
            notes.append(f"its range on screen ({low:g} to {high:g}, of ImageJ) was left out")
        if any((table != np.arange(256)).any() for table in said.get("LUTs", ())):
            notes.append("its tables of colours (of ImageJ) were left out")
    return tuple(notes)


def _read(tiff: Any, chosen: Page, path: Path, wanted: Wanted) -> Picture:
    page, name = chosen.page, path.name
    there = pieces_there(tiff, page)
    if there is not None and not wanted.partial:
        said = f"{there[0]:,} of its {there[1]:,} pieces are there"
        some = there[0] or int(page.compression) == 1
        raise cut_short(name, said) if some else damaged(name, said)
    reason = _refusal(page)
    if reason is None:
        try:
            array, known = _samples(page, name, partial=wanted.partial and there is not None)
        except (NotImplementedError, _Undecoded) as error:
            reason = str(error)
        else:
            return _meant(array, known, page, name)
    if (other := _by_others(chosen, path, wanted)) is not None:
        return other
    remedy = "convert it first, such as with tiffcp -c none FILE out.tif"
    if not _installed() and int(page.compression) not in _CAMERAS:
        remedy = f"install redraw[tiff] to read it, or {remedy}"
    if int(page.compression) in _CAMERAS:
        remedy = tiff_values.DEVELOP
    raise unsupported(name, reason, remedy)


class _Undecoded(Exception):
    """tifffile can't decode it, though nothing shows damage."""


def _installed() -> bool:
    try:
        importlib.import_module("imagecodecs")
    except ImportError:
        return False
    return True


def _refusal(page: Any) -> str | None:
    """Why tifffile can't read a page, as far as that is known before."""
    compression = int(page.compression)
    if compression in _CAMERAS:
        return f"a camera's raw file, compressed by {method_of(page)}"
    if not _installed() and (
        compression not in _PLAIN_COMPRESSIONS or page.predictor not in (1, 2)
    ):
        return f"a TIFF compressed by {method_of(page)}"
    if page.is_subsampled and compression not in _JPEGS:
        return "subsampled YCbCr without JPEG compression"
    return None


def method_of(page: Any) -> str:
    """What it is compressed by."""
    name = getattr(page.compression, "name", None)
    return name or f"method {int(page.compression)}"


def pieces_there(tiff: Any, page: Any) -> tuple[int, int] | None:
    """How many strips or tiles lie within the file, of how many; None if all do."""
    size = tiff.filehandle.size
    counts = page.databytecounts
    fine = sum(
        offset + count <= size for offset, count in zip(page.dataoffsets, counts, strict=False)
    )
    return None if fine == len(counts) else (fine, len(counts))


def _samples(page: Any, name: str, *, partial: bool) -> tuple[NDArray, NDArray[np.bool_] | None]:
    """Samples as they stand in the file, (H, W, S); and which pixels are there, or None."""
    if partial:
        return _pieces(page, name)
    with explained(name):
        try:
            array = page.asarray(squeeze=False)
        except (RedrawError, MemoryError, NotImplementedError):
            raise
        except Exception as error:
            raise _judged(error, page) from error
    return _arranged(np.asarray(array)), None


def _judged(error: Exception, page: Any) -> Exception:
    text = str(error)
    if (
        "not support" in text
        or "requires" in text
        or "KeyError" in text
        or "not implemented" in text
    ):
        return NotImplementedError(f"a TIFF compressed by {method_of(page)} ({text[:80]})")
    return error


def _arranged(array: NDArray) -> NDArray:
    """(planes, slices, H, W, samples) as (H, W, S): one slice, planes behind each other."""
    planes, slices, height, width, samples = array.shape
    if slices != 1:
        raise NotImplementedError(f"a volume of {slices} slices")
    return np.moveaxis(array[:, 0], 0, 2).reshape(height, width, planes * samples)


def _pieces(page: Any, name: str) -> tuple[NDArray, NDArray[np.bool_]]:
    """Piece by piece, whatever can be decoded."""
    out: NDArray[Any] = np.zeros(page.shaped, page.dtype)
    planes = np.zeros((page.shaped[0], *page.shaped[2:4]), np.bool_)
    _, slices, rows, columns, _ = page.shaped
    file, tables = page.parent.filehandle, page.jpegtables
    plain = int(page.compression) == 1
    with explained(name):
        page.init_decode()
        decode = page.decode
    for index, (offset, count) in enumerate(
        zip(page.dataoffsets, page.databytecounts, strict=False)
    ):
        file.seek(offset)
        data = file.read(count)
        part_of = len(data) / count if count else 0
        if plain:
            data = data.ljust(count, b"\0")
        elif part_of < 1:  # of which a decoder may invent the rest
            continue
        try:
            found = decode(data, index, **({"jpegtables": tables} if tables else {}))
            segment, (plane, part, top, left, _), _ = found
        except Exception:
            continue
        if segment is None:
            continue
        piece = segment[: slices - part, : rows - top, : columns - left]
        height, width = piece.shape[1:3]
        out[plane, part : part + len(piece), top : top + height, left : left + width] = piece
        # Of a piece that is not packed, the rows that are whole.
        height = int(segment.shape[1] * part_of) if plain and part_of < 1 else height
        planes[plane, top : top + height, left : left + width] = True
    known = np.asarray(planes.all(axis=0), np.bool_)
    if not known.any():
        raise damaged(name, "none of its pieces is whole")
    return _arranged(out), known


def _meant(array: NDArray, there: NDArray[np.bool_] | None, page: Any, name: str) -> Picture:
    values, colour, known, notes = tiff_values.values_of(array, page, name)
    if there is not None:
        known = there if known is None else known & there
        notes = (
            *notes,
            f"{int(there.sum()):,} of {there.size:,} pixels are there; the rest is left open",
        )
    profile = page.tags.get(34675)
    converted = tiff_values.photometric_of(page) in (
        tiff_values.CMYK,
        tiff_values.CIELAB,
        tiff_values.ICCLAB,
    )
    if profile is not None and not converted and colour.depth == 32:
        values, colour, told = openimageio.lit(values, colour, bytes(profile.value))
        notes = (*notes, *told)
    elif profile is not None and not converted:
        icc, dropped = reading_pillow.matching_profile(bytes(profile.value), colour.model)
        colour = dataclasses.replace(colour, icc=icc if colour.depth != 1 else None)
        notes = (*notes, *dropped)
    elif not converted:
        coding = coding_of(page, light=colour.depth == 32)
        if coding is not None and colour.model == "rgb":
            colour = dataclasses.replace(colour, coding=coding)
            notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    turn = reading_pillow.UPRIGHT.get(_number(page, 274, 1))
    if turn is not None:
        values = np.ascontiguousarray(turn(values))
        known = None if known is None else turn(known)
    notes = (*notes, *aspect_of(page))
    return Picture(values, colour, known=known, name=name, notes=notes)


def coding_of(page: Any, *, light: bool) -> Coding | None:
    """What its primaries and white say; None where they are sRGB's, or make no sense."""
    told, white = page.tags.get(319), page.tags.get(318)
    if told is None:
        return None
    try:
        numbers = [a / b for a, b in zip(told.value[::2], told.value[1::2], strict=True)]
        where = white.value if white is not None else (3127, 10000, 3290, 10000)
        numbers += [where[0] / where[1], where[2] / where[3]]
        coding = Coding(tuple(numbers), "linear" if light else "srgb")
    except (ValueError, TypeError, ZeroDivisionError, IndexError):
        return None
    near = max(abs(a - b) for a, b in zip(numbers, SRGB_PRIMARIES, strict=True)) < 2e-3
    return None if near else coding


def _number(page: Any, tag: int, default: int) -> int:
    found = page.tags.get(tag)
    try:
        return int(found.value) if found is not None else default
    except (TypeError, ValueError):
        return default


def aspect_of(page: Any) -> tuple[str, ...]:
    """A note where its pixels are not square."""
    try:
        across, down = (page.tags[tag].value for tag in (282, 283))
        density = across[0] / across[1], down[0] / down[1]
    except (KeyError, TypeError, IndexError, ZeroDivisionError):
        return ()
    return reading_pillow.aspect({"dpi": density})


def _by_others(chosen: Page, path: Path, wanted: Wanted) -> Picture | None:
    """By Pillow or OpenImageIO, where one of them reads such a page exactly; else None."""
    page = chosen.page
    if chosen.number is None or wanted.partial or not tiff_values.told(page):
        return None
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    one = dataclasses.replace(wanted, page=chosen.number + 1)
    unsigned = int(page.sampleformat) in (1, 4)
    lab = tiff_values.photometric_of(page) in (tiff_values.CIELAB, tiff_values.ICCLAB)
    if bits <= 8 and unsigned and not lab:
        with contextlib.suppress(RedrawError), path.open("rb") as file:
            found = reading_pillow.read(file, path, "TIFF", one)
            told = tiff_values.unheard(page)
            if (
                tiff_values.photometric_of(page) == tiff_values.CMYK
                and page.tags.get(336) is not None
            ):
                told.append("the levels of its inks (DotRange) were left out")
            return dataclasses.replace(found, notes=(*found.notes, *told))
    if openimageio.available() and bits in (16, 32) and (bits == 16) == unsigned and not lab:
        with contextlib.suppress(RedrawError), openimageio.opened(path, path.name) as source:
            spec = source.spec(chosen.number)
            sample = "uint16" if unsigned else "float"
            array = openimageio.pixels(source, spec, sample, path.name, chosen.number)
            if array.dtype == np.dtype(sample if unsigned else "float32"):
                return _meant(array, None, page, path.name)
    return None
