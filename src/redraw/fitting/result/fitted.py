"""A field that has been fitted: it can be asked, drawn and saved."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines import Drawer, StepSpec, choose
from redraw.engines.threads import usable_threads
from redraw.errors import AbsentError, RedrawError, TableError, UsageError
from redraw.export.api import export
from redraw.export.exporter import Subject, Written
from redraw.fields import Field
from redraw.fitting.result.painter import painted
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.signals.table.cells import as_cells
from redraw.signals.table.columns import Schema
from redraw.signals.table.frames import in_order
from redraw.storage.about import About
from redraw.storage.field_file import save_field

if TYPE_CHECKING:
    from redraw.coding.networks import WholeNetwork


class FittedField(Field):
    """A `Field` that knows which picture it is, or which table it was learned from.

    A `torch.nn.Module`: `field(xy)` gives values at coordinates in [-1, 1], differentiable in them,
    as the picture was fitted (not clipped; alpha premultiplied; HDR on its log curve).

    Attributes:
        about: Size, colours, and how it was made.
        compared: Of a picture whose fit has just ended: it beside plain interpolation; see
            `redraw.fitting.run.guard`.

    Example:
        >>> import redraw
        >>> field = redraw.fit([[0.0, 1.0], [1.0, 0.0]], model="siren", steps=5, hidden=(8,))
        >>> field.size, field.render(scale=4).size, tuple(field(torch.zeros(3, 2)).shape)
        ((2, 2), (8, 8), (3, 1))
    """

    compared: Mapping[str, Any] | None = None

    def __init__(self, field: Field, about: About, *, whole: "WholeNetwork | None" = None) -> None:
        super().__init__(field.encoding, field.network, field.output, field.config)
        self.about = about
        self._whole = whole

    def drawer(self, *, engine: str = "auto", threads: int | None = None) -> Drawer:
        """What evaluates it where its parameters are, by the fastest engine that takes it.

        A picture's network in whole numbers is drawn in these, as `redraw render` does.

        Args:
            engine: "auto" or an engine's name.
            threads: CPU threads; None for all.
        """
        if threads is not None and (not isinstance(threads, int | np.integer) or threads < 0):
            raise UsageError(f"threads is {threads!r}; accepted: whole numbers from 1")
        whole = self._numbers if engine == "auto" and self.about.colour is not None else None
        if whole is not None:
            from redraw.engines.whole_drawer import WholeDrawer

            return WholeDrawer(whole, threads or usable_threads())
        return open_drawer(self, engine=engine, threads=threads)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the picture as it was fitted."""
        return self.about.size

    @property
    def made(self) -> dict[str, Any]:
        """How it was made: preset, steps, seconds, psnr, engine, ..."""
        return dict(self.about.made)

    @property
    def colour(self) -> Colour:
        """What its values mean; a field of no picture is shown as one if it can be.

        Raises:
            AbsentError: it has more channels than a picture.
        """
        if self.about.colour is not None:
            return self.about.colour
        channels = self.config.channels if self.config else 1
        if channels > 4:
            raise AbsentError(f"the field has {channels} values per point; a picture has at most 4")
        return Colour("grey" if channels <= 2 else "rgb", alpha=channels in (2, 4))

    def render(
        self,
        width: int | None = None,
        height: int | None = None,
        *,
        scale: float | None = None,
        region: tuple[float, float, float, float] | None = None,
        engine: str = "auto",
        threads: int | None = None,
    ) -> Picture:
        """Draw it.

        Args:
            width: In pixels; the height follows if it is not given. Neither: the fitted size.
            height: In pixels.
            scale: Instead of a size: pixels per pixel of the fitted picture.
            region: x0, y0, x1, y1 in pixels of the fitted picture; all of it if None.
            engine: "auto" or an engine's name.
            threads: CPU threads; None for all.

        Returns:
            The picture; notebooks show it, `.save(path)` writes it.

        Raises:
            UsageError: the size or region can't be drawn.
        """
        asked = {"width": width, "height": height, "scale": scale, "region": region}
        return painted(self, asked, engine=engine, threads=threads)

    @property
    def schema(self) -> Schema:
        """What the columns of its table mean.

        Raises:
            AbsentError: it is the field of a picture.
        """
        if self.about.schema is None:
            raise AbsentError(
                f"this field is a {self.about.signal}'s, without columns; draw it with render"
            )
        return self.about.schema

    def predict(
        self, inputs: Any, *, engine: str = "auto", threads: int | None = None
    ) -> NDArray[Any]:
        """What the table's targets are for other inputs, in the data's units.

        Args:
            inputs: Numbers in the data's units, (N, D), or (N,) of a single input; or a dict or a
                data frame, whose columns of the inputs' names are taken.
            engine: "auto" or an engine's name.
            threads: CPU threads; None for all.

        Returns:
            Numbers (N, T), or (N,) of a single target; of a classification names of classes (N,).

        Raises:
            UsageError: it is the field of a picture.
            ShapeError: there are more or fewer inputs.
            TableError: one of them is not among the columns, or holds no numbers; or where classes
                are predicted, a row lacks one.
        """
        schema = self.schema
        found = schema.predictions(self._values(inputs, engine, threads))
        if schema.task == "classification":
            return np.array(schema.classes)[found[:, 0].astype(np.int64)]
        return found[:, 0] if found.shape[1] == 1 else found

    def probabilities(
        self, inputs: Any, *, engine: str = "auto", threads: int | None = None
    ) -> NDArray[np.float64]:
        """Of each of `schema.classes`. (N, D) -> (N, K); arguments and errors as for `predict`."""
        return self.schema.probabilities(self._values(inputs, engine, threads))

    def _values(self, inputs: Any, engine: str, threads: int | None) -> NDArray[np.float32]:
        named = [column.name for column in self.schema.inputs]
        given = as_cells(in_order(inputs, named), "the inputs")
        try:
            numbers = np.asarray(given, np.float64)
        except (TypeError, ValueError):  # names, dates
            raise TableError(
                "the inputs hold what is no number; give numbers, and NaN where there is none"
            ) from None
        coordinates = self.schema.coordinates(numbers)
        classes = self.schema.task == "classification"
        if classes and not (whole := np.isfinite(coordinates).all(axis=1)).all():
            row = int(whole.argmin()) + 1
            raise TableError(f"row {row} of the inputs lacks a finite number; leave it out")
        return self.drawer(engine=engine, threads=threads).values(coordinates)

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the field file.

        Raises:
            OutputError: it exists (without `force`) or can't be written.
        """
        save_field(path, self, self.about, force=force)

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
        """Write a file that others open, embed, print or run without redraw.

        Args:
            path: Where to; its ending chooses what is written: .html, .c, .py, .onnx, ...
            format: An ending that chooses instead.
            name: A title; by default the path's stem.
            force: Replace what is there.
            progress: Told the share that is done, from 0 to 1, by formats that take long.
            **options: What the format takes besides (`redraw export --help`).

        Returns:
            Which files were written, and notes on what they can't say.

        Raises:
            UsageError: the format is unknown or can't hold this field; the message says the way
                out.
            OutputError: it exists (without `force`) or can't be written.

        Example:
            >>> import tempfile
            >>> from redraw.fields import FieldConfig
            >>> field = FittedField(Field.build(FieldConfig(hidden=(4,))), About((8, 8)))
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     written = field.export(f"{folder}/small.py")
            ...     written.paths[0].name
            'small.py'
        """
        subject = self._subject(name or Path(path).stem, progress)
        return export(subject, path, format=format, force=force, options=options)

    def _subject(self, name: str, progress: Callable[[float], object] = lambda _: None) -> Subject:
        """What exporters get."""
        return Subject(self, self.about, name, self.drawer, progress, self._numbers)

    @property
    def _numbers(self) -> "WholeNetwork | None":
        """Its network in whole numbers, if the parameters are what they stand for."""
        if self._whole is None:
            return None
        from redraw.storage.codecs.network_fields import stands_for

        return self._whole if stands_for(self._whole, self) else None

    def __getattr__(self, name: str) -> Any:
        # Python asks here again after a property has raised an AttributeError: its words stay.
        asked = getattr(type(self), name, None)
        if isinstance(asked, property) and asked.fget is not None:
            return asked.fget(self)
        return super().__getattr__(name)

    def __repr__(self) -> str:
        return f"<FittedField {self._in_words()}>"

    def _in_words(self) -> str:
        """Size, preset, parameters, dB: on one line."""
        made, about = self.about.made, self.about
        parts = [about.signal]
        if about.schema is None and about.colour is not None:
            parts = [f"{about.size[0]}x{about.size[1]}", about.colour.describe()]
        if made.get("model"):
            parts.append(f"preset {made['model']}")
        parts.append(f"{self.parameter_count:,} parameters")
        if isinstance(made.get("psnr"), float):
            parts.append(f"{made['psnr']:.2f} dB")
        return ", ".join(parts)

    def _repr_html_(self) -> str | None:
        """How notebooks show it: the picture to zoom into, offline; None of what is no picture."""
        from redraw.export.html_page import HtmlPage, in_notebook

        if self.about.schema is not None or self.about.colour is None:
            return None
        subject = self._subject("a field")
        try:
            refused = HtmlPage().refuse(subject.program)
            still = self._repr_png_()
            return None if refused or not still else in_notebook(subject, self._in_words(), still)
        except RedrawError:
            return None

    def _repr_png_(self) -> bytes | None:
        """How notebooks show it that allow no scripts: at most 512 pixels on a side."""
        if self.about.schema is not None or self.about.colour is None:
            return None
        scale = min(1.0, 512 / max(self.size))
        return self.render(scale=scale)._repr_png_()


def open_drawer(field: Field, *, engine: str = "auto", threads: int | None = None) -> Drawer:
    """An evaluator of `field` where its parameters are, by the fastest engine that takes it."""
    parameter = next(field.parameters())
    precision = "float64" if "64" in str(parameter.dtype).replace("complex64", "") else "float32"
    spec = StepSpec(
        precision=precision, device=str(parameter.device), threads=threads, training=False
    )
    chosen, _ = choose(engine, field, spec)
    if threads and not chosen.own_threads:
        torch.set_num_threads(threads)
    return chosen.drawer(field, spec)
