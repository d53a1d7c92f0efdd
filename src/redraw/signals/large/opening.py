"""Which source of a large picture a name means."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from redraw.errors import PictureError
from redraw.signals.large.strips import Strips


def strips_of(named: "str | os.PathLike[str] | Strips | Any", page: int | None = None) -> Strips:
    """The source to read: a path, an array, or itself.

    Args:
        named: A file that libvips opens, a .dzi with its tiles, a .npy, a folder of zarr; an array
            of whole numbers.
        page: Which picture of a file with several.

    Raises:
        PictureError: it can't be read in strips.
        UsageError: what reads it is not installed.
    """
    from redraw.signals.large.arrays import ArrayStrips, of_npy, of_zarr

    if isinstance(named, Strips):
        return named
    if not isinstance(named, str | os.PathLike):
        return ArrayStrips(np.asarray(named), "array")
    path = Path(named)
    if not path.exists():
        raise PictureError(f"{path} does not exist")
    if path.suffix.lower() == ".dzi":
        from redraw.signals.large.deep_zoom import DeepZoomStrips

        return DeepZoomStrips(path)
    if path.suffix.lower() == ".npy":
        return of_npy(path)
    if is_zarr(path):
        return of_zarr(path)
    if path.is_dir():
        raise PictureError(f"{path} is a folder; accepted: one of zarr, or a .dzi beside its tiles")
    from redraw.signals.large.vips import VipsStrips

    return VipsStrips(path, page)


def is_zarr(path: Path) -> bool:
    """Whether a folder is one of zarr."""
    marks = ("zarr.json", ".zarray", ".zgroup")
    return path.is_dir() and any((path / mark).is_file() for mark in marks)


def is_large(named: str | os.PathLike[str]) -> bool:
    """Whether a name can only mean a source in strips."""
    path = Path(named)
    return path.suffix.lower() == ".dzi" or is_zarr(path)
