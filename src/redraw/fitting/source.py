"""What is to be fitted: a file, a bundled picture, a `Picture` or an array, at the size asked for.

No PyTorch here, so that a bad picture is refused at once.
"""

import os
from pathlib import Path

from numpy.typing import ArrayLike

from redraw.coordinates import complete_size, parse_size
from redraw.errors import PictureError, UsageError
from redraw.signals.bundled import bundled
from redraw.signals.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture import Picture
from redraw.signals.reading import read

Signal = str | os.PathLike[str] | Picture | ArrayLike


def load_signal(
    signal: Signal,
    *,
    max_side: int | None = None,
    size: str | tuple[int, int] | None = None,
    threshold: float | None = None,
    max_pixels: int | None = None,
) -> Picture:
    """The picture to fit.

    Args:
        signal: A path to a picture or a CSV of pixels, the name of a bundled picture ("cub"), a
            `Picture`, or an array (H, W) or (H, W, C) as `Picture.from_array` takes it.
        max_side: Shrink it so that no side is longer.
        size: Resample it to (width, height), or to "640x480", "640x", "x480".
        threshold: Make it two-tone: paper where it is at least so bright.
        max_pixels: Files with more pixels are refused.

    Raises:
        PictureError, TableError: it can't be read.
        UsageError: a size or the threshold is impossible.
    """
    if max_side is not None and size is not None:
        raise UsageError("both a size and a longest side are given; accepted: one of them")
    if max_pixels is not None and max_pixels < 1:
        raise UsageError(f"max_pixels is {max_pixels}; accepted: whole numbers from 1")
    picture = _open(signal, DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels)
    if max_side is not None:
        picture = picture.shrunk(max_side)
    if size is not None:
        width, height = parse_size(size) if isinstance(size, str) else size
        picture = picture.resized(*complete_size(picture.size, width, height))
    if threshold is not None:
        picture = picture.thresholded(threshold)
    return picture


def _open(signal: Signal, max_pixels: int) -> Picture:
    if isinstance(signal, Picture):
        return signal
    if not isinstance(signal, str | os.PathLike):
        return Picture.from_array(signal)
    path = Path(signal)
    if not path.is_file() and isinstance(signal, str) and _is_name(signal):
        try:
            path = bundled(signal)
        except PictureError as error:
            if not path.exists():
                raise PictureError(f"{signal} does not exist, and {error}") from None
    if path.suffix == ".redraw" and path.is_file():
        raise PictureError(
            f"{path} is a field already; draw it with `redraw render`, or name the picture to fit"
        )
    if path.is_dir() and (path / "config.json").is_file():
        raise PictureError(
            f"{path} is the folder of a run; continue it with `redraw resume`, or name the picture"
        )
    return read(path, max_pixels=max_pixels)


def _is_name(signal: str) -> bool:
    """Whether it could be the name of a bundled picture: neither folders nor an extension."""
    return Path(signal).name == signal and "." not in signal
