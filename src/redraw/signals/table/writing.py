"""Tables to files: what was read, with columns added."""

import csv
import io
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redraw.errors import TableError, UsageError
from redraw.files import write_atomically
from redraw.signals.table.cells import RawTable


def check_writable(path: str | os.PathLike[str]) -> None:
    """Refuse another kind of file than CSV.

    Raises:
        UsageError: it ends otherwise.
    """
    if Path(path).suffix.lower() != ".csv":
        raise UsageError(f"a table can't be written as {Path(path).name}; end the name in .csv")


def write_csv(
    path: str | os.PathLike[str],
    raw: RawTable,
    added: Mapping[str, Sequence[Any]],
    *,
    force: bool = False,
) -> None:
    """Write a table's cells as they were read, with further columns behind them.

    Args:
        path: Ends in .csv.
        raw: The table.
        added: One cell per row of each; None and NaN leave it empty.
        force: Replace what is there.

    Raises:
        TableError: the table has a column of an added one's name already.
        OutputError: as `redraw.files.write_atomically`.
    """
    check_writable(path)
    for name in added:
        if name in raw.columns:
            raise TableError(f"{raw.name} has a column {name!r} already; rename it first")
    kept = [map(_kept, cells) for cells in raw.columns.values()]
    columns = [*kept, *(map(_shown, cells) for cells in added.values())]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*raw.columns, *added])
    writer.writerows(zip(*columns, strict=True))
    content = text.getvalue().encode("utf-8")

    def write(file: Any) -> None:
        file.write(content)

    write_atomically(path, write, force=force)


def _kept(cell: Any) -> str:
    """A cell that was read, with all of its digits."""
    if isinstance(cell, float) and not math.isnan(cell):  # NumPy's doubles are, too
        return repr(float(cell))
    return _shown(cell)


def _shown(cell: Any) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, float):  # NumPy's doubles are, too
        return f"{float(cell):.9g}" if abs(cell) < 1e15 else repr(float(cell))
    return str(cell)
