"""Arrays as large pictures: in memory, mapped from a .npy file, and chunked ones of zarr."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, UsageError
from redraw.signals.large.strips import Strips
from redraw.signals.picture.colour import Colour

TYPES = {"uint8": 8, "uint16": 16}


class ArrayStrips(Strips):
    """Anything with a shape, a type and slices of rows.

    Args:
        array: (H, W), (H, W, C), or (C, H, W) where the last side can't be channels.
        name: For people.
        path: Where it lies, if it lies anywhere.
        colour: What its values mean; by default as many channels tell.

    Raises:
        PictureError: it is no picture of 8 or 16 bits.
    """

    def __init__(
        self, array: Any, name: str, path: Path | None = None, colour: Colour | None = None
    ) -> None:
        self._array, self.name, self._path = array, name, path
        self.place = None if path is None else (os.path.abspath(path), None)
        shape = tuple(array.shape)
        self._first = len(shape) == 3 and shape[2] > 4 and shape[0] <= 4
        if self._first:
            channels, self.height, self.width = shape
        elif len(shape) in (2, 3):
            self.height, self.width = shape[:2]
            channels = shape[2] if len(shape) == 3 else 1
        else:
            channels = 0
        if str(array.dtype) not in TYPES or not 1 <= channels <= 4:
            raise PictureError(
                f"{name} is an array {shape} of {array.dtype}; accepted: (H, W), (H, W, C) or"
                " (C, H, W) of uint8 or uint16, with 1 to 4 channels"
            )
        depth = 8 if TYPES[str(array.dtype)] == 8 else 16
        model = "rgb" if channels > 2 else "grey"
        self.colour = colour or Colour(model, alpha=channels in (2, 4), depth=depth)

    def read(self, top: int, bottom: int) -> NDArray:
        try:
            if self._first:
                found = np.moveaxis(np.asarray(self._array[:, top:bottom]), 0, -1)
            else:
                found = np.asarray(self._array[top:bottom])
        except Exception as error:
            said = " ".join(str(error).split()) or type(error).__name__
            raise PictureError(
                f"{self.name} can't be read between rows {top:,} and {bottom:,}: {said}"
            ) from None
        return found.reshape(bottom - top, self.width, self.channels)

    def stamp(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        files = [self._path] if self._path.is_file() else sorted(self._path.rglob("*"))
        stats = [os.stat(file) for file in files if file.is_file()]
        return sum(s.st_size for s in stats), max((s.st_mtime_ns for s in stats), default=0)


def of_npy(path: Path) -> ArrayStrips:
    """A .npy file, mapped.

    Raises:
        PictureError: it is damaged or no picture.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError) as error:
        raise PictureError(f"{path} can't be read: {error}") from None
    return ArrayStrips(array, path.name, path)


def of_zarr(path: Path) -> ArrayStrips:
    """A zarr array, or the finest one of a group of several sizes.

    Raises:
        PictureError: it is damaged or no picture.
        UsageError: zarr is not installed.
    """
    try:
        import zarr
    except ImportError:
        raise UsageError(
            f"{path} is of zarr, which needs redraw[large]: pip install 'redraw[large]'"
        ) from None
    try:
        found: Any = zarr.open(str(path), mode="r")
        if not hasattr(found, "dtype"):
            arrays = [one for _, one in found.arrays()]
            found = max(arrays, key=lambda one: one.size)
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise PictureError(f"{path} can't be read as zarr: {said}") from None
    return ArrayStrips(found, path.name, path)
