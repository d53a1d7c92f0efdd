"""A picture as a tensor file: what a run folder keeps, so that a resume needs nothing else.

Header {"kind": "picture", "version": 1, "colour": {...}, "name": text}; tensors `values` (H, W, C)
float32, or uint8 where 8 bits hold them exactly, and `known` (H, W) uint8 where pixels are missing.
"""

import os
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.errors import FileFormatError, ShapeError
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.checkpoint import check_kind, check_types
from redraw.storage.messages import shown
from redraw.storage.tensor_file import open_tensors, write_tensors

KIND = "picture"
VERSION = 1
BAND = 256  # rows


class PictureFile:
    """The codec of pictures (`redraw.storage.signal_file.Codec`)."""

    def save(self, path: Path, signal: Picture) -> None:
        """Write it in the place of what is there."""
        save_picture(path, signal, force=True)

    def load(self, path: Path) -> Picture:
        """Read it back."""
        return load_picture(path)


PICTURE_FILE = PictureFile()


def save_picture(path: str | os.PathLike[str], picture: Picture, *, force: bool = False) -> None:
    """Write `picture`, atomically and exactly. Raises as `write_tensors`."""
    values = _in_bytes(picture)
    if values is None:
        values = np.ascontiguousarray(picture.values)
    tensors = {"values": torch.from_numpy(values)}
    if picture.known is not None:
        tensors["known"] = torch.from_numpy(picture.known.astype(np.uint8))
    header = {
        "kind": KIND,
        "version": VERSION,
        "colour": picture.colour.to_json(),
        "name": picture.name,
    }
    write_tensors(path, tensors, header, force=force)


def _in_bytes(picture: Picture) -> NDArray[np.uint8] | None:
    """The values in 8 bits, if these hold them exactly. (H, W, C)

    In bands: a large picture's floats aren't copied.
    """
    if picture.colour.depth > 8:
        return None
    result = np.empty(picture.values.shape, np.uint8)
    for top in range(0, picture.height, BAND):
        band = picture.values[top : top + BAND]
        levels = np.rint(band * 255.0).clip(0.0, 255.0)
        if not np.array_equal(levels / np.float32(255.0), band):
            return None
        result[top : top + BAND] = levels
    return result


def load_picture(path: str | os.PathLike[str]) -> Picture:
    """Read it back.

    Raises:
        FileFormatError: `path` is damaged or something else.
    """
    with open_tensors(path) as file:
        check_kind(file.path, file.header, KIND, VERSION)
        check_types(
            file.path, file.header, {"kind": str, "version": int, "colour": dict, "name": str}
        )
        try:
            colour = Colour.from_json(file.header["colour"])
        except FileFormatError as error:
            raise FileFormatError(f"{file.path} is damaged: {error}") from error
        expected = {"values": (torch.uint8, torch.float32), "known": (torch.uint8,)}
        for name, spec in file.specs.items():
            if spec.dtype not in expected.get(name, ()):
                raise FileFormatError(f"{file.path} is damaged: its {shown(name)} is {spec}")
        if "values" not in file.specs:
            raise FileFormatError(f"{file.path} is damaged: it has no values")
        tensors = file.tensors()
    values = tensors.pop("values").numpy()
    if values.dtype == np.uint8:
        values = np.divide(values, np.float32(255.0), dtype=np.float32)
    if not np.isfinite(values).all():
        raise FileFormatError(f"{path} is damaged: its values are not finite")
    known = tensors["known"].numpy().astype(bool) if "known" in tensors else None
    try:
        return Picture(values, colour, known=known, name=file.header["name"])
    except ShapeError as error:
        raise FileFormatError(f"{path} is damaged: {error}") from error
