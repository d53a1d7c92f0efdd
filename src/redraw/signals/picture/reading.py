"""Pictures from files: who reads what, and what is refused before anything is decoded."""

import contextlib
import dataclasses
import importlib
import os
import re
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from redraw.errors import PictureError
from redraw.shell import as_text, with_path
from redraw.signals.picture.lengths import ends_early
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.recognising import READABLE, SNIFFED_BYTES, Foreign, recognise
from redraw.signals.picture.trouble import Damaged, Undecoded, all_or_nothing, damaged
from redraw.signals.picture.wanted import Wanted

_SHOWN = 120  # characters of an address
_HEADED = ("BMP", "TGA", "DDS", "SGI", "QOI", "GIF", "ICO", "PCX")
_WHOLE = ("WebP", "JPEG2000", "AVIF", "HEIC", "JPEG XL")  # no decoder here gives a part of them
_READERS = {  # format: the module whose `read(file, path, kind, wanted)` knows it
    "PNG": "reading_png",
    "JPEG": "reading_jpeg",
    "TIFF": "reading_tiff",
    "EXR": "reading_exr",
    "HDR": "reading_hdr",
    "AVIF": "reading_heif",
    "HEIC": "reading_heif",
    "JPEG XL": "reading_jxl",
    "WebP": "reading_webp",
    "PNM": "reading_pnm",
    "PFM": "reading_pnm",
    "JPEG2000": "reading_jp2",
    **dict.fromkeys(_HEADED, "reading_headers"),
    "CSV": "pixel_table",
}


def read(
    path: str | os.PathLike[str],
    *,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    page: int | None = None,
    layer: str | None = None,
    partial: bool = False,
) -> Picture:
    """Read a picture, or a CSV table of pixels.

    What a file is, is decided by its content; only a table and a TGA are also recognised by their
    ending. Of a file with several pictures the main one is taken; orientation is applied; CMYK
    becomes RGB: `notes` says so, and names whatever else of the file was left out.

    Args:
        path: A picture of one of the formats in `docs/formats.md`, or a CSV.
        max_pixels: Larger pictures are refused before they are decoded.
        page: Which of several pictures in the file, from 1.
        layer: Which layer of an EXR.
        partial: Take what is there of a file that was cut short.

    Raises:
        PictureError: Missing, not a picture, damaged, too large, in need of an extra, ...
        TableError: A malformed table.
        UsageError: A page below 1.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Picture.from_array([[0.0, 1.0], [1.0, 0.0]]).save(f"{folder}/small.png")
        ...     read(f"{folder}/small.png").describe()
        '2 × 2, 8-bit grey'
    """
    path = Path(path)
    try:
        picture = _read(path, Wanted(max_pixels, page, layer, partial))
    except PictureError as error:
        said = str(error)
        told = with_path(said, path)
        if told == said:
            raise
        raise type(error)(told) from error
    if picture.known is not None:  # holes are shown as white paper
        picture.values[~picture.known] = 1
    name = as_text(picture.name)
    return picture if name == picture.name else dataclasses.replace(picture, name=name)


def _read(path: Path, wanted: Wanted) -> Picture:
    with _opened(path) as file, _readable(path):
        kind = kind_of(file.read(SNIFFED_BYTES), path)
        file.seek(0)
        module = importlib.import_module(
            f"redraw.signals.picture.{_READERS.get(kind, 'reading_pillow')}"
        )
        if kind != "EXR":
            wanted.without_layers(path.name, f"a {kind} file")
        if kind == "CSV":
            return module.read(path, max_pixels=wanted.max_pixels)
        try:
            return module.read(file, path, kind, wanted)
        except Undecoded:
            if not ends_early(file, kind):
                raise
            told = damaged(path.name, "it ends too early")
        except Damaged as error:
            told = error
        if wanted.partial and kind in _WHOLE:
            raise all_or_nothing(path.name, kind, told.reason)
        raise told


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """A disk or a network that fails while the file is read, as such."""
    try:
        yield
    except OSError as error:
        raise PictureError(f"can't read {str(path)!r}: {error.strerror or error}") from error


def kind_of(start: bytes, path: Path) -> str:
    """The format, one of those that are read.

    Raises:
        PictureError: It is none of them; the message says what it is, and what to do.
    """
    kind = "CSV" if path.suffix.lower() == ".csv" else recognise(start)
    if not start and kind != "CSV":
        raise PictureError(f"{path} is empty; a picture was expected")
    if kind is None and path.suffix.lower() in (".tga", ".vda", ".icb", ".vst"):
        kind = "TGA"
    if isinstance(kind, Foreign):
        raise PictureError(f"{path} is {kind.name}, which is not read; {kind.remedy}")
    if kind is None:
        raise PictureError(f"{path} is not a picture, {_what(start)}; {READABLE} are read")
    return kind


def _opened(path: Path) -> BinaryIO:
    name = str(path)  # a path has lost one of two slashes
    if "://" in name or name.startswith(("http:/", "https:/", "data:", "s3:/", "ftp:/", "file:/")):
        shown = re.sub(r"^(\w+):/(?=[^/])", r"\1://", name)[:_SHOWN]
        if name.startswith("file:/"):
            raise PictureError(f"{shown} is an address; name the file by its path alone")
        typed = f" {shlex.quote(shown)}" if shown.startswith("http") and len(shown) < _SHOWN else ""
        raise PictureError(
            f"{shown} is an address; redraw reads files only: save the picture first, such as"
            f" with curl -O{typed}"
        )
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"{path} is a folder; name a picture in it")
        if not stat.S_ISREG(mode):
            raise PictureError(f"{path} is not an ordinary file; save the picture to one first")
        return path.open("rb")
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureError(f"can't read {str(path)!r}: {reason}") from error


def _what(start: bytes) -> str:
    """What a file that isn't a picture seems to be, by its first bytes."""
    if b"\0" in start:
        return f"it starts with the bytes {start[:8].hex(' ')}"
    line = start.decode("utf-8", errors="replace").strip().splitlines()
    return f"but text: {line[0][:30]!r}" if line else "but blank text"
