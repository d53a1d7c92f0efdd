"""What is to be fitted: a file, a bundled picture or example, a signal, or arrays.

No PyTorch here, so that a bad picture is refused at once.
"""

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from redraw.coordinates import complete_size, parse_size
from redraw.errors import PictureError, UsageError
from redraw.signals.picture.bundled import bundled, bundled_names
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.signals.table.cells import parse_names
from redraw.signals.table.examples import EXAMPLES, example
from redraw.signals.table.reading import SUFFIXES
from redraw.signals.table.table import Table

Signal = str | os.PathLike[str] | Picture | Table | ArrayLike
Targets = str | Sequence[str] | ArrayLike | None


@dataclass(frozen=True)
class Columns:
    """What `redraw.fit` and the command line say of a table; see `Table.read`."""

    targets: Targets = None
    inputs: str | Sequence[str] | None = None
    task: str | None = None
    held_out: float | str | os.PathLike[str] | None = None
    scaling: str = "range"

    @property
    def given(self) -> list[str]:
        """Names of those that are not left as they are by default."""
        options = {
            "inputs": self.inputs,
            "targets": self.targets,
            "task": self.task,
            "held-out": self.held_out,
            "scaling": None if self.scaling == "range" else self.scaling,
        }
        return [name for name, value in options.items() if value is not None]


def any_signal(
    signal: Signal, columns: Columns | None = None, **picture_options: Any
) -> Picture | Table:
    """The picture or table to fit.

    Args:
        signal: As `load_signal` takes it; or a `Table`, a path to a table, the name of an example,
            or inputs as an array, where `columns` has the targets.
        columns: Of a table.
        **picture_options: Those of `load_signal`.

    Raises:
        PictureError, TableError: it can't be read.
        UsageError: an option is impossible, or not one for such a signal.
    """
    columns = columns or Columns()
    table = _table(signal, columns)
    if table is None:
        for name in columns.given:
            raise UsageError(
                f"{_called(signal)} is learned as a picture, which takes no {name};"
                " name the targets of a table: --targets y"
            )
        assert not isinstance(signal, Table)  # as `_table` has said
        return load_signal(signal, **picture_options)
    for name, value in picture_options.items():
        if value:
            raise UsageError(f"{table.name} is a table; it takes no {name.replace('_', '-')}")
    return table


def _table(signal: Signal, columns: Columns) -> Table | None:
    """The table that `signal` is, or None if it is a picture."""
    if isinstance(signal, Picture):
        return None
    if isinstance(signal, Table):
        for name in columns.given:
            raise UsageError(f"{signal.name} is a table already; give {name} when it is made")
        return signal
    options: dict[str, Any] = {
        "task": columns.task,
        "held_out": columns.held_out,
        "scaling": columns.scaling,
    }
    if not isinstance(signal, str | os.PathLike):
        if columns.targets is None:
            return None
        if isinstance(columns.inputs, str) or columns.inputs is None:
            names = parse_names(columns.inputs) or None
        else:
            names = tuple(columns.inputs)
        return Table.from_arrays(signal, columns.targets, input_names=names, **options)
    path = Path(signal)
    if isinstance(signal, str) and signal in EXAMPLES and not path.exists():
        return example(signal)
    named = columns.targets is not None or columns.inputs is not None
    if path.suffix.lower() in SUFFIXES and (named or path.suffix.lower() != ".csv"):
        return Table.read(path, columns.inputs, columns.targets, **options)  # type: ignore[arg-type]
    return None


def _called(signal: Signal) -> str:
    return str(signal) if isinstance(signal, str | os.PathLike) else "the array"


def load_signal(
    signal: str | os.PathLike[str] | Picture | ArrayLike,
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
        signal: A path to a picture or a CSV of pixels, the name of a bundled picture ("cub"), a
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
    picture = _open(signal, limit, page=page, layer=layer, partial=partial)
    if max_side is not None:
        picture = picture.shrunk(max_side)
    if size is not None:
        width, height = parse_size(size) if isinstance(size, str) else size
        picture = picture.resized(*complete_size(picture.size, width, height))
    if threshold is not None:
        picture = picture.thresholded(threshold)
    return picture


def _open(
    signal: str | os.PathLike[str] | Picture | ArrayLike, max_pixels: int, **which: Any
) -> Picture:
    if not isinstance(signal, str | os.PathLike):
        for name, value in which.items():
            if value:
                raise UsageError(f"{name} is for files; the picture is given as it is")
        return signal if isinstance(signal, Picture) else Picture.from_array(signal)
    path = Path(signal)
    if not path.is_file() and isinstance(signal, str) and _is_name(signal):
        try:
            path = bundled(signal)
        except PictureError as error:
            if not path.exists():
                raise PictureError(
                    f"{signal} does not exist, and {error}{_among(signal)}"
                ) from None
    if path.suffix == ".redraw" and path.is_file():
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


def _is_name(signal: str) -> bool:
    """Whether it could be the name of a bundled picture: neither folders nor an extension."""
    return Path(signal).name == signal and "." not in signal
