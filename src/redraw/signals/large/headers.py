"""What a file's header says that its strips must follow: libvips hides most of it.

The same parsers as of ordinary reading, and the same words. What strips can't follow is refused.
"""

import contextlib
import mmap
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.errors import PictureError
from redraw.signals.picture import (
    adobe_rgb,
    heif_boxes,
    jpeg_file,
    png_file,
    reading_heif,
    reading_jpeg,
    reading_pillow,
    reading_png,
    reading_tiff,
    tiff_values,
)
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.reading import kind_of
from redraw.signals.picture.recognising import SNIFFED_BYTES
from redraw.signals.picture.tiff_pages import choose, pages_of
from redraw.signals.picture.trouble import damaged, explained, unsupported
from redraw.signals.picture.wanted import Wanted

IN_MEMORY = (
    "convert it to a tiled TIFF of 8 or 16 bits of RGB or grey first, or raise --max-pixels to read"
    " it into memory"
)
_READ = (tiff_values.WHITE_IS_ZERO, tiff_values.BLACK_IS_ZERO, tiff_values.RGB, tiff_values.PALETTE)
_JPEG = 7
_USUAL = (1, 3, 4, 5, 7, 8, 32773, 32946)  # compressions that every libvips knows


@dataclass(frozen=True)
class Said:
    """What strips must follow.

    Attributes:
        kind: The format.
        options: For libvips, so that it opens the picture that is meant.
        strict: Whether a fault that libvips finds is one.
        ended: Whether it is known to have its last marker.
        end: Where coded data end, if that is known.
        method: A compression that libvips may not know.
        bands: Which channels are the picture's; None for all.
        coding: Primaries and curve; None for sRGB's, or the profile's.
        profile: Whether its ICC profile holds.
        colours, every: By every level of 8 or 16 bits, what it means; of colours, and of alpha too.
        notes: What the user should be told.
    """

    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    strict: bool = True
    ended: bool = True
    end: int | None = None
    method: str = ""
    bands: tuple[int, ...] | None = None
    coding: Coding | None = None
    profile: bool = True
    colours: NDArray | None = None
    every: NDArray | None = None
    notes: tuple[str, ...] = ()


def said_of(path: Path, page: int | None) -> Said:
    """What the header of a file says.

    Raises:
        PictureError: It is damaged, or strips can't follow it.
    """
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(SNIFFED_BYTES), path)
            file.seek(0)
            how = _HOW.get(kind)
            if how is None:
                raise unsupported(path.name, f"a {kind} file in strips", IN_MEMORY)
            return how(file, path.name, page)
    except OSError as error:
        raise PictureError(f"can't read {str(path)!r}: {error.strerror or error}") from error


def cut_short(name: str, reason: object) -> PictureError:
    """A file of which a part is there, which strips can't take."""
    said = str(damaged(name, reason))
    return PictureError(
        f"{said}, or take what is there in memory, with --partial and a larger --max-pixels"
    )


def _one(name: str, kind: str, page: int | None) -> None:
    """Refuse a page of a format of which libvips takes the first alone."""
    if page not in (None, 1):
        what = f"{kind} files are read in strips at their first picture only"
        raise PictureError(f"{name}: {what}; leave --page out, or raise --max-pixels")


# --- PNG ---------------------------------------------------------------------------------------


def _png(file: BinaryIO, name: str, page: int | None) -> Said:
    _one(name, "PNG", page)
    png = png_file.scan(file, name, None)
    if png.trouble:
        raise cut_short(name, png.trouble)
    if png.altered and (there := png_file.count(file, png)) < png.expected:
        raise cut_short(name, f"{there:,} of {png.expected:,} bytes of its pixels are there")
    told = reading_png.told_by(png, profile=png.content(b"iCCP") is not None)
    notes = (*png.notes, *told.notes, *reading_png.aspect_of(png))
    coding = told.coding if png.depth > 1 or png.kind else None
    if coding is None and not told.profile and png.kind in (2, 6) and reading_png.is_adobe_rgb(png):
        coding, notes = adobe_rgb.CODING, (*notes, adobe_rgb.NOTE)
    if png.frames > 1:
        notes = (*notes, f"the first of {png.frames} pictures in it was taken")
    narrow = None
    if told.narrow:
        bits = 16 if png.depth == 16 else 8
        every = np.arange(2**bits, dtype=np.float32) / np.float32(2**bits - 1)
        narrow = _levels(reading_png.widened(every, bits), bits)
    return Said(
        "PNG",
        strict=not png.altered,
        coding=coding,
        profile=told.profile,
        colours=narrow,
        notes=notes,
    )


def _levels(values: NDArray, bits: int) -> NDArray:
    """From 0 to 1 as whole numbers of so many bits."""
    kind = np.uint8 if bits == 8 else np.uint16
    return np.rint(np.clip(values, 0, 1) * (2**bits - 1)).astype(kind)


# --- JPEG --------------------------------------------------------------------------------------


def _jpeg(file: BinaryIO, name: str, page: int | None) -> Said:
    _one(name, "JPEG", page)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        jpeg = jpeg_file.scan(data)
        # Half a marker at the end would make one of what is put behind it.
        end = len(data) - 1 if jpeg.end is None and data[-1] == 0xFF else jpeg.end
    if jpeg.unusual is not None:
        raise unsupported(name, jpeg.unusual, "convert it first, such as with magick FILE out.png")
    if not jpeg.kind:
        raise damaged(name, "it has no header of a picture")
    if jpeg.height_at:
        raise unsupported(name, "a JPEG with its height behind its pixels, in strips", IN_MEMORY)
    if not jpeg.scans_whole:
        raise cut_short(name, "its last passes are missing, which sharpen it")
    adobe = jpeg.components == 3 and adobe_rgb.told_in(file)
    notes, frames, profile = (), 1, False
    with reading_pillow.quietly(), contextlib.suppress(Exception):  # a header it can't follow
        file.seek(0)
        image = Image.open(file)
        notes, profile = reading_pillow.aspect(image.info), bool(image.info.get("icc_profile"))
        frames = int(getattr(image, "n_frames", 1))
    if frames > 1:
        notes = (*notes, f"the first of {frames} pictures in it was taken")
    if jpeg.gain_map:
        notes = (*notes, reading_jpeg.GAIN_NOTE)
    if jpeg.profile and not profile:
        notes = (*notes, reading_jpeg.PROFILE_NOTE)
    if adobe and not profile:
        notes = (*notes, adobe_rgb.NOTE)
    return Said(
        "JPEG",
        ended=jpeg.end is not None,
        end=end,
        coding=adobe_rgb.CODING if adobe and not profile else None,
        profile=profile or not jpeg.profile,
        notes=notes,
    )


# --- TIFF --------------------------------------------------------------------------------------


def _tiff(file: BinaryIO, name: str, page: int | None) -> Said:
    with reading_tiff.opened(file, name) as tiff, explained(name):
        chosen, notes = choose(pages_of(tiff, name), Wanted(page=page), name)
        tiff_values.check(chosen.page, name)
        there = reading_tiff.pieces_there(tiff, chosen.page)
        if there is not None:
            raise cut_short(name, f"{there[0]:,} of its {there[1]:,} pieces are there")
        if len(chosen.way) > 2:
            what = "a picture in a directory below that of a directory, in strips"
            raise unsupported(name, what, IN_MEMORY)
        notes = (*notes, *reading_tiff.beyond_directories(tiff, Wanted(page=page)))
        options: dict[str, Any] = dict(zip(("page", "subifd"), chosen.way, strict=False))
        said = _page(chosen.page, name, options, notes)
    rgb = tiff_values.photometric_of(chosen.page) in (tiff_values.RGB, tiff_values.YCBCR)
    silent = rgb and said.coding is None and chosen.page.tags.get(34675) is None
    if silent and chosen.number == 0 and adobe_rgb.told_in(file):
        said = replace(said, coding=adobe_rgb.CODING, notes=(*said.notes, adobe_rgb.NOTE))
    return said


def _page(page: Any, name: str, options: dict[str, Any], notes: tuple[str, ...]) -> Said:
    photometric = tiff_values.photometric_of(page)
    by_jpeg = photometric == tiff_values.YCBCR and int(page.compression) == _JPEG
    bits = page.bitspersample
    each = (bits,) if isinstance(bits, int) else tuple(bits)
    what = ""
    if not tiff_values.told(page):
        what = "a TIFF that does not say what its numbers mean"
    elif photometric not in _READ and not by_jpeg:
        what = f"a TIFF of {getattr(page.photometric, 'name', photometric)}"
    elif int(page.sampleformat) not in (1, 4) or len(set(each)) > 1 or each[0] not in (1, 8, 16):
        kind = "" if int(page.sampleformat) in (1, 4) else f" as {page.dtype}"
        what = f"a TIFF of {' and '.join(str(own) for own in sorted(set(each)))} bits{kind}"
    elif photometric == tiff_values.PALETTE and not _plain_palette(page):
        what = "a TIFF whose palette has 16 bits"
    if what:
        raise unsupported(name, f"{what} in strips", IN_MEMORY)
    count = 3 if photometric in (tiff_values.RGB, tiff_values.YCBCR) else 1
    alpha, premultiplied, told = tiff_values.extra(page, int(page.samplesperpixel) - count)
    if alpha is not None and premultiplied:
        raise unsupported(name, "a TIFF of premultiplied alpha in strips", IN_MEMORY)
    bands = None
    if told:
        bands = (*range(count), *(() if alpha is None else (count + alpha,)))
    none = tiff_values.value_for_none(page)
    if none is not None:
        told.append(
            f"pixels that hold {none:g}, which stands for no value there, are learned as they are;"
            " --max-pixels with a larger number leaves them open"
        )
    told += [*tiff_values.curves_left_out(page), *tiff_values.unheard(page)]
    told += reading_tiff.aspect_of(page)
    profile = page.tags.get(34675) is not None
    coding = None if profile or count == 1 else reading_tiff.coding_of(page, light=False)
    if coding is not None:
        told.append(f"its colours are {coding.describe()}, which is kept")
    method = "" if int(page.compression) in _USUAL else reading_tiff.method_of(page)
    all_notes = (*notes, *told)
    return Said("TIFF", options, method=method, bands=bands, coding=coding, notes=all_notes)


def _plain_palette(page: Any) -> bool:
    table = np.asarray(page.colormap if page.colormap is not None else [0])
    return bool((table % 257 == 0).all() or (table % 256 == 0).all())


# --- AVIF, WebP and GIF ------------------------------------------------------------------------


def _avif(file: BinaryIO, name: str, page: int | None) -> Said:
    boxes = heif_boxes.scan(file)
    head = boxes.main
    if b"prem" in boxes.all:
        raise unsupported(name, "an AVIF of premultiplied alpha in strips", IN_MEMORY)
    notes = (*reading_heif.cropped(boxes), *reading_heif.left_out(boxes))
    notes = (*notes, *reading_heif.untold(boxes))
    # A profile goes before code points, as in ordinary reading.
    profile = b"colrprof" in head or b"colrrICC" in head
    coding = None if profile else reading_heif.coding_of(reading_heif.nclx(head))
    if coding is not None:
        notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    bits = reading_heif.av1_bits(head)
    deep = None
    if bits > 8:  # libvips gives them as the highest of 16 bits
        deep = _levels((np.arange(2**16) >> 16 - bits) / (2**bits - 1), 16)
    return Said("AVIF", _pages(page), coding=coding, every=deep, notes=notes)


def _webp(file: BinaryIO, name: str, page: int | None) -> Said:
    if not adobe_rgb.told_in(file) or _has_profile(file):
        return Said("WebP", _pages(page))
    return Said("WebP", _pages(page), coding=adobe_rgb.CODING, notes=(adobe_rgb.NOTE,))


def _has_profile(file: BinaryIO) -> bool:
    with reading_pillow.quietly(), contextlib.suppress(Exception):
        return bool(Image.open(file).info.get("icc_profile"))
    return False


def _gif(file: BinaryIO, name: str, page: int | None) -> Said:
    head = file.read(13)
    notes: tuple[str, ...] = ()
    if len(head) == 13 and head[12]:
        notes = reading_pillow.aspect({"aspect": (64, head[12] + 15)})
    return Said("GIF", _pages(page), notes=notes)


def _pages(page: int | None) -> dict[str, Any]:
    return {} if page is None else {"page": page - 1}


_HOW: dict[str, Callable[[BinaryIO, str, int | None], Said]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "TIFF": _tiff,
    "AVIF": _avif,
    "HEIC": _avif,
    "WebP": _webp,
    "GIF": _gif,
}
