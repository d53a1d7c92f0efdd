"""What was named, as a table: a table itself, arrays with targets, a file, or an example."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from redraw.errors import TableError, UsageError
from redraw.signals.options import Columns, Learnable, Options
from redraw.signals.picture.recognising import told as what_is
from redraw.signals.table.cells import RawTable, as_cells, parse_names
from redraw.signals.table.contents import SUFFIXES
from redraw.signals.table.examples import EXAMPLES, example
from redraw.signals.table.frames import raw_frame
from redraw.signals.table.making import make_table
from redraw.signals.table.table import Table


def open_table(named: Learnable, options: Options) -> Table | None:
    """The table that was named; None if it is none.

    Args:
        named: A `Table`, a path to a table, the name of an example, or inputs as an array, where
            the columns have the targets. Without columns a CSV is one of pixels: a picture.
        options: The columns, and nothing else.

    Raises:
        TableError: it can't be read.
        UsageError: an option is impossible, or not one for a table.
    """
    table = _table(named, options.columns)
    if table is not None:
        for name in options.others:
            raise UsageError(f"{table.name} is a table; it takes no {name.replace('_', '-')}")
    return table


def _table(named: Learnable, columns: Columns) -> Table | None:
    if isinstance(named, Table):
        for name in columns.given:
            raise UsageError(f"{named.name} is a table already; give {name} when it is made")
        return named
    options: dict[str, Any] = {
        "task": columns.task,
        "held_out": columns.held_out,
        "scaling": columns.scaling,
    }
    if not isinstance(named, str | os.PathLike):
        framed = raw_frame(named)
        if framed is not None:
            return _of_frame(framed, columns, options)
        if columns.targets is None:
            return None
        if isinstance(columns.inputs, str) or columns.inputs is None:
            names = parse_names(columns.inputs) or None
        else:
            names = tuple(columns.inputs)
        return Table.from_arrays(named, columns.targets, input_names=names, **options)  # type: ignore[arg-type]
    path = Path(named)
    if isinstance(named, str) and named in EXAMPLES and not path.exists():
        return example(named)
    told = columns.targets is not None or columns.inputs is not None
    suffix = path.suffix.lower()
    ours = suffix in SUFFIXES and (told or suffix != ".csv")
    if ours or (told and path.is_file() and not _is_picture(path)):
        return Table.read(path, columns.inputs, columns.targets, **options)  # type: ignore[arg-type]
    return None


def _of_frame(framed: RawTable, columns: Columns, options: dict[str, Any]) -> Table:
    """A table of a data frame's columns, or with targets of its own beside them."""
    targets = columns.targets
    if targets is not None and not _are_names(targets):
        cells = as_cells(targets, "the targets")
        if cells.ndim != 1 or len(cells) != framed.count:
            raise TableError(
                f"{framed.name} has {framed.count} rows, the targets the shape {cells.shape};"
                " expected (rows,), or names of its columns"
            )
        name = str(getattr(targets, "name", None) or "y")
        if name in framed.columns:
            raise TableError(f"{framed.name} has a column {name!r} already; name it as the target")
        framed = replace(framed, columns={**framed.columns, name: cells.tolist()})
        targets = name
    inputs, chosen = framed.chosen(columns.inputs, targets)  # type: ignore[arg-type]
    held = options["held_out"]
    if held is not None and not isinstance(held, int | float | str):
        raise UsageError("held_out is a share of the rows here, such as 0.2")
    return make_table(framed, inputs, chosen, **options)


def _are_names(targets: Any) -> bool:
    """Whether targets are named, not given."""
    if isinstance(targets, str):
        return True
    return isinstance(targets, list | tuple) and all(isinstance(name, str) for name in targets)


def _is_picture(path: Path) -> bool:
    """Whether its first bytes are those of a picture."""
    return (what_is(path) or "").endswith("picture")
