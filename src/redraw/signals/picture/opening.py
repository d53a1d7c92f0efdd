"""What was named, as a picture: a picture itself, an array, a file, or one that comes along.

Pictures are asked last: what is no file of another kind is one of a picture, or it is nothing.
"""

import difflib
import os
from pathlib import Path
from typing import Any

from redraw.coordinates import complete_size, parse_size
from redraw.errors import PictureError, UsageError
from redraw.signals.options import Learnable, Options, called
from redraw.signals.picture.bundled import bundled, bundled_names
from redraw.signals.picture.inputs import content_of, of_bytes, of_pillow
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.signals.picture.recognising import is_field
from redraw.signals.signal import Signal
from redraw.signals.table.examples import EXAMPLES

OPTIONS = ("max_side", "size", "threshold", "max_pixels", "page", "layer", "partial")


def open_picture(named: Learnable, options: Options) -> Picture:
    """The picture that was named.

    Args:
        named: As `as_picture` takes it.
        options: Those of `as_picture`, and no columns.

    Raises:
        PictureError, TableError: it can't be read.
        UsageError: an option is impossible, or not one for a picture.
    """
    for name in options.columns.given:
        if isinstance(named, str | os.PathLike) and not Path(named).is_file():
            as_picture(named)  # which says why it can be none, but of one that comes along
        remedy = f"leave {name} out, or name a table"
        if name not in ("targets", "inputs"):
            remedy = "name the targets of a table: --targets y"
        raise UsageError(
            f"{called(named)} is learned as a picture, which takes no {name}; {remedy}"
        )
    for name in options.others:
        if name not in OPTIONS:
            raise UsageError(f"{called(named)} is a picture; it takes no {name.replace('_', '-')}")
    return as_picture(named, **options.others)


def as_picture(
    named: Learnable,
    *,
    max_side: int | None = None,
    size: str | tuple[int, int] | None = None,
    threshold: float | None = None,
    max_pixels: int | None = None,
    page: int | None = None,
    layer: str | None = None,
    partial: bool = False,
) -> Picture:
    """The picture to fit.

    Args:
        named: A path to a picture or a CSV of pixels, the name of a bundled picture ("cub"), a
            `Picture`, or an array (H, W) or (H, W, C) as `Picture.from_array` takes it.
        max_side: Shrink it so that no side is longer.
        size: Resample it to (width, height), or to "640x480", "640x", "x480".
        threshold: Make it two-tone: paper where it is at least so bright.
        max_pixels: Files with more pixels are refused.
        page: Which of several pictures in a file, from 1; by default the main one.
        layer: Which layer of an EXR; by default the main one.
        partial: Take what is there of a file that was cut short.

    Raises:
        PictureError, TableError: it can't be read.
        UsageError: a size or the threshold is impossible.
    """
    if max_side is not None and size is not None:
        raise UsageError("both a size and a longest side are given; accepted: one of them")
    if max_pixels is not None and max_pixels < 1:
        raise UsageError(f"max_pixels is {max_pixels}; accepted: whole numbers from 1")
    limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
    picture = _open(named, limit, page=page, layer=layer, partial=partial)
    if max_side is not None:
        picture = picture.shrunk(max_side)
    if size is not None:
        try:
            width, height = parse_size(size) if isinstance(size, str) else size
        except (TypeError, ValueError):
            raise UsageError(f"size is {size!r}; accepted: (width, height) or 'WxH'") from None
        picture = picture.resized(*complete_size(picture.size, width, height))
    if threshold is not None:
        picture = picture.thresholded(threshold)
    return picture


def _in_memory(named: Any) -> Picture:
    if hasattr(named, "getbands") and hasattr(named, "mode"):
        return of_pillow(named, Path(getattr(named, "filename", "") or "picture").name)
    return Picture.from_array(named)


def _open(named: Learnable, max_pixels: int, **which: Any) -> Picture:
    if not isinstance(named, str | os.PathLike):
        content = None if isinstance(named, Signal) else content_of(named)
        if content is not None:
            return of_bytes(content, "bytes", max_pixels=max_pixels, **which)
        for name, value in which.items():
            if value:
                raise UsageError(f"{name} is for files; the picture is given as it is")
        if isinstance(named, Signal) and not isinstance(named, Picture):
            raise UsageError(f"{named.name} is a {named.kind}, no picture")
        return named if isinstance(named, Picture) else _in_memory(named)
    if not str(named):
        raise PictureError("an empty name was given; name a file")
    path = Path(named)
    if not path.is_file() and isinstance(named, str) and _is_name(named):
        try:
            path = bundled(named)
        except PictureError as error:
            if not path.exists():
                raise PictureError(f"{named} does not exist, and {error}{_among(named)}") from None
    if is_field(path):
        raise PictureError(
            f"{path} is a field already; draw it with `redraw render`, or name the picture to fit"
        )
    if path.is_dir() and (path / "config.json").is_file():
        raise PictureError(
            f"{path} is the folder of a run; continue it with `redraw resume`, or name the picture"
        )
    return read(path, max_pixels=max_pixels, **which)


def _among(name: str) -> str:
    """The examples of functions, and what comes nearest among them and the bundled pictures."""
    found = difflib.get_close_matches(name, [*bundled_names(), *EXAMPLES], n=1)
    hint = f"; did you mean {found[0]!r}?" if found else ""
    return f"; of functions, {', '.join(EXAMPLES)}{hint}"


def _is_name(named: str) -> bool:
    """Whether it could be the name of a bundled picture: neither folders nor an extension."""
    return Path(named).name == named and "." not in named
