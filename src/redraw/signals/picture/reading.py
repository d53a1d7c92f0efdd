"""Pictures from files: who reads what, and what is refused before anything is decoded."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from redraw.errors import PictureError
from redraw.signals.picture import pixel_table, reading_exact, reading_pillow
from redraw.signals.picture.formats import READABLE, SNIFFED_BYTES, recognise
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture.picture import Picture


def read(path: str | os.PathLike[str], *, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """Read a picture, or a CSV table of pixels.

    What a file is, is decided by its content; only a table may also be recognised by `.csv`.
    The first picture is taken from a file with several; orientation is applied; CMYK becomes RGB:
    `notes` says so.

    Args:
        path: PNG, JPEG, WebP, AVIF, TIFF, BMP, GIF, EXR, HDR or CSV.
        max_pixels: Larger pictures are refused before they are decoded.

    Raises:
        PictureError: Missing, not a picture, damaged, too large, in need of the extra `hdr`, ...
        TableError: A malformed table.
    """
    path = Path(path)
    with _opened(path) as file:
        start = file.read(SNIFFED_BYTES)
        if path.suffix.lower() == ".csv":
            kind = "CSV"
        else:
            kind = recognise(start)
        if not start and kind != "CSV":
            raise PictureError(f"{path} is empty; a picture was expected")
        if kind is None:
            raise PictureError(f"{path} is not a picture, {_what(start)}; {READABLE} are read")
        file.seek(0)
        if kind == "CSV":
            return pixel_table.read(path, max_pixels=max_pixels)
        if reading_exact.needed(file, kind, path.name):
            return reading_exact.read(path, kind, max_pixels=max_pixels)
        return reading_pillow.read(file, kind, path.name, max_pixels=max_pixels)


def _opened(path: Path) -> BinaryIO:
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
