"""Tables from files: CSV by Python's own csv module, JSON, and Parquet by PyArrow.

    a,b,y                                   CSV; also with ; or tabs between
    [{"a": 1, "b": 2, "y": 3}, ...]         JSON, row by row
    {"a": [1, ...], "b": [...], ...}        JSON, column by column
    {"m": 2, "n": 2, "m_test": 1, "x": [...], "y": [...], "x_test": [...], "y_test": [...]}

The last is flat and row-major: m rows of n inputs (called x1, x2, ...), and m_test rows to judge
by.
"""

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from redraw.errors import TableError
from redraw.signals.table.cells import RawTable
from redraw.signals.table.making import make_table
from redraw.signals.table.table import Table

SUFFIXES = (".csv", ".tsv", ".json", ".parquet")
FLAT = {"m", "n", "x", "y"}
_DELIMITERS = ",;\t"
# A cell beyond it is no number or class; the csv module's own limit.
_LONGEST_CELL = 131_072


def read_table(
    path: str | os.PathLike[str],
    inputs: str | Sequence[str] | None = None,
    targets: str | Sequence[str] | None = None,
    *,
    task: str | None = None,
    held_out: float | str | os.PathLike[str] | None = None,
    scaling: str = "range",
) -> Table:
    """As `Table.read`, which see."""
    raw = read_raw(path)
    chosen_inputs, chosen_targets = raw.chosen(inputs, targets)
    others: float | str | RawTable | None
    if held_out is None or isinstance(held_out, int | float):
        others = held_out
    elif Path(held_out).suffix.lower() in SUFFIXES or Path(held_out).exists():
        others = read_raw(held_out)
    else:
        others = str(held_out)
    return make_table(
        raw, chosen_inputs, chosen_targets, task=task, held_out=others, scaling=scaling
    )


def read_raw(path: str | os.PathLike[str]) -> RawTable:
    """A file's columns, uninterpreted.

    Raises:
        TableError: it is missing, malformed, or in need of the extra `parquet`.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise TableError(f"{path} is no table; those end in one of {', '.join(SUFFIXES)}")
    if path.is_dir():
        raise TableError(f"{path} is a folder; name a table in it")
    try:
        if kind == ".json":
            return _read_json(path)
        return _read_parquet(path) if kind == ".parquet" else _read_csv(path)
    except FileNotFoundError:
        raise TableError(f"{path} does not exist") from None
    except UnicodeDecodeError:
        raise TableError(f"{path.name} is no text in UTF-8; save it as UTF-8 first") from None
    except OSError as error:
        raise TableError(f"can't read {path}: {error.strerror or error}") from error


def columns_in(path: str | os.PathLike[str]) -> list[str]:
    """The names in a CSV's first line; [] if it has none that can be read."""
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            first = file.readline(_LONGEST_CELL)
            return _header(next(csv.reader([first], delimiter=_delimiter(first)), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _read_csv(path: Path) -> RawTable:
    with path.open(newline="", encoding="utf-8-sig") as file:
        first = file.readline(_LONGEST_CELL)
        file.seek(0)
        reader = csv.reader(file, delimiter=_delimiter(first), strict=True)
        try:
            names = _header(next(reader, []))
            _check_names(path.name, names)
            rows, lines = [], []
            begins = reader.line_num + 1
            for row in reader:
                if row:  # blank lines are passed over
                    if len(row) != len(names):
                        raise TableError(
                            f"{path.name}, line {begins}: it has {len(row)} cells, and the first"
                            f" line names {len(names)} columns"
                        )
                    rows.append(row)
                    lines.append(begins)
                begins = reader.line_num + 1
        except csv.Error as error:
            raise TableError(f"{path.name}, line {reader.line_num}: {error}") from None
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return RawTable(path.name, dict(zip(names, cells, strict=True)), lines)


def _delimiter(first: str) -> str:
    """Whichever stands most often in the first line."""
    return max(_DELIMITERS, key=first.count)


def _header(names: Sequence[str]) -> list[str]:
    return [name.strip() for name in names]


def _check_names(file: str, names: Sequence[str]) -> None:
    if not names:
        raise TableError(f"{file} is empty; a table with the names of its columns was expected")
    for place, name in enumerate(names):
        if not name:
            raise TableError(f"{file}, line 1, column {place + 1}: the column has no name")
        if name in names[:place]:
            raise TableError(f"{file}, line 1: two columns are called {name!r}; rename one")


def _read_json(path: Path) -> RawTable:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except RecursionError:
        raise TableError(f"{path.name} is nested too deeply for a table") from None
    except json.JSONDecodeError as error:
        raise TableError(
            f"{path.name}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    if isinstance(data, dict) and data.keys() >= FLAT and isinstance(data["m"], int):
        return _flat(path.name, data)
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        names = list(dict.fromkeys(name for row in data for name in row))
        return RawTable(path.name, {name: [row.get(name) for row in data] for name in names})
    if isinstance(data, dict) and data and all(isinstance(cells, list) for cells in data.values()):
        lengths = {len(cells) for cells in data.values()}
        if len(lengths) > 1:
            raise TableError(f"{path.name}: its columns have {min(lengths)} to {max(lengths)} rows")
        return RawTable(path.name, data)
    raise TableError(
        f"{path.name} is no table; expected a list of objects, an object of lists,"
        " or the flat form with m, n, x and y"
    )


def _flat(name: str, data: dict[str, Any]) -> RawTable:
    """The flat, row-major form: its sizes are checked against its lists."""
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    parts = []
    for end in ("", "_test"):
        m, n = data.get(f"m{end}", 0), data["n"]
        x, y = data.get(f"x{end}", []), data.get(f"y{end}", [])
        if type(m) is not int or type(n) is not int or n < 1 or m < (1 if not end else 0):
            raise TableError(f"{name}: m{end} is {m!r} and n {n!r}; expected how many rows, inputs")
        if not isinstance(x, list) or not isinstance(y, list):
            raise TableError(f"{name}: x{end} and y{end} are lists of numbers, row after row")
        if len(x) != m * n:
            raise TableError(f"{name}: x{end} has {len(x)} numbers; m{end} x n is {m} x {n}")
        width = len(y) // m if m else len(targets)
        if len(y) != m * width or (m and not width) or (end and m and width != len(targets)):
            raise TableError(f"{name}: y{end} has {len(y)} numbers for {m} rows")
        inputs = tuple(f"x{axis + 1}" for axis in range(n)) if n > 1 else ("x",)
        targets = tuple(f"y{axis + 1}" for axis in range(width)) if width > 1 else ("y",)
        columns = {key: x[axis::n] for axis, key in enumerate(inputs)}
        columns |= {key: y[axis::width] for axis, key in enumerate(targets)} if m else {}
        parts.append(RawTable(f"{name} ({'test' if end else 'm'} rows)", columns) if m else None)
    train, test = parts
    assert train is not None  # m is at least 1
    return RawTable(name, train.columns, inputs=inputs, targets=targets, held_out=test)


def _read_parquet(path: Path) -> RawTable:
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise TableError(
            f"{path.name} needs PyArrow; install redraw[parquet], or save it as CSV first"
        ) from None
    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, ValueError) as error:
        raise TableError(f"{path.name} is no Parquet file: {str(error)[:120]}") from None
    _check_names(path.name, table.column_names)
    return RawTable(
        path.name,
        {name: _parquet_cells(table.column(name)) for name in table.column_names},
    )


def _parquet_cells(column: Any) -> Any:
    """Numbers as an array, NaN where there is none; anything else as Python values."""
    import pyarrow.types as kinds

    number = kinds.is_integer(column.type) or kinds.is_floating(column.type)
    if number and not column.null_count:
        return np.asarray(column.to_numpy(), np.float64)
    return column.to_pylist()
