"""The field of a picture larger than memory: asked, drawn and exported from its file, in blocks."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from redraw.engines import Drawer
from redraw.engines.threads import usable_threads
from redraw.errors import ShapeError, UsageError
from redraw.export.api import export
from redraw.export.exporter import LargerThanMemory, Subject, Written
from redraw.fields import Field
from redraw.files import atomic_output
from redraw.fitting.result.fitted import FittedField
from redraw.storage.about import About
from redraw.storage.opening import drawer_of

_COPIED = 1 << 20  # bytes at once


class LargeField(FittedField):
    """A field whose numbers stay in its file: a drawing reads the blocks that it shows.

    `render` draws any size and region; `field(xy)` answers at coordinates, without derivatives;
    `save` copies the file, `export` writes what only draws (`.dzi`). It has no parameters to learn.

    Args:
        path: Its file, which has to stay where it is.
        threads: How many work on a drawing; None for all.

    Raises:
        FileFormatError: it is damaged.
    """

    def __init__(self, path: str | os.PathLike[str], threads: int | None = None) -> None:
        nn.Module.__init__(self)
        self.path, self.config = Path(path), None
        self._drawer, self.about = _opened(path, threads or usable_threads())

    def drawer(self, *, engine: str = "auto", threads: int | None = None) -> Drawer:
        """What draws it; its own engine is the only one.

        Args:
            engine: "auto" or "cpu".
            threads: How many work; None as it was opened.

        Raises:
            UsageError: another engine is named.
        """
        if engine not in ("auto", "cpu"):
            raise UsageError(
                f"{self.path.name} is drawn from its file by the processor; leave the engine"
                f" {engine!r} out",
                setting="engine",
            )
        if threads is None:
            return self._drawer
        return _opened(self.path, threads)[0]

    def forward(
        self, xy: ArrayLike | Tensor, *, derivatives: Literal["true", "authors"] = "true"
    ) -> Tensor:
        """Values at `xy`, without derivatives of either name. (..., 2) -> (..., C) float32

        Raises:
            ShapeError: the last axis of `xy` is not 2 long.
            UsageError: derivatives are asked for.
        """
        del derivatives
        if isinstance(xy, Tensor) and xy.requires_grad:
            raise UsageError(
                f"{self.path.name} is drawn from its file, without derivatives; fit a smaller"
                " picture (max_side=...) for a field that has them"
            )
        given = xy.detach().cpu().numpy() if isinstance(xy, Tensor) else np.asarray(xy)
        if given.shape[-1:] != (2,):
            raise ShapeError(f"xy has shape {given.shape}; expected (..., 2), within -1 and 1")
        points = given.reshape(-1, 2).astype(np.float32)
        values = torch.from_numpy(np.ascontiguousarray(self._drawer.values(points)))
        return values.reshape(*given.shape[:-1], values.shape[-1])

    @property
    def parameter_count(self) -> int:
        """None that are held in memory."""
        return 0

    def raw(self, xy: Tensor) -> NoReturn:
        """Raises UsageError: there is no network to train. (N, 2)"""
        self._refuse("nothing is left to train in it")

    def lower(self) -> NoReturn:
        """Raises UsageError: it is no list of array operations."""
        self._refuse("it is exported as .dzi, and `render` draws any part of it")

    def _refuse(self, what: str) -> NoReturn:
        raise UsageError(f"{self.path.name} is a picture in blocks, larger than memory; {what}")

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Copy its file.

        Raises:
            OutputError: it exists (without `force`) or can't be written.
        """
        with self.path.open("rb") as source, atomic_output(path, force=force) as file:
            shutil.copyfileobj(source, file, _COPIED)

    def export(
        self,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002 (the word everybody looks for)
        name: str | None = None,
        force: bool = False,
        progress: Callable[[float], object] = lambda _: None,
        **options: Any,
    ) -> Written:
        """Write it for others; formats that take a field whole refuse it. See `FittedField`."""
        nothing = cast(Field, LargerThanMemory(self.path.name))
        title = name or Path(path).stem
        subject = Subject(nothing, self.about, title, lambda: self._drawer, progress)
        return export(subject, path, format=format, force=force, options=options)

    def _in_words(self) -> str:
        width, height = self.size
        return f"{width}x{height}, {self.colour.describe()}, in blocks"

    def _repr_html_(self) -> None:
        """A page would have to hold it: notebooks show a small drawing instead."""


def _opened(path: str | os.PathLike[str], threads: int) -> tuple[Drawer, About]:
    found = drawer_of(path, threads)
    assert found is not None  # such files are drawn without PyTorch
    return found
