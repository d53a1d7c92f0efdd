"""Tables from files: CSV and its kin, JSON, Parquet by PyArrow, workbooks by openpyxl.

    a,b,y                                   CSV; also with ; or tabs between
    [{"a": 1, "b": 2, "y": 3}, ...]         JSON, row by row
    {"a": [1, ...], "b": [...], ...}        JSON, column by column
    {"m": 2, "n": 2, "m_test": 1, "x": [...], "y": [...], "x_test": [...], "y_test": [...]}

The last is flat and row-major: m rows of n inputs (called x1, x2, ...), and m_test rows to judge
by.
"""

import dataclasses
import json
import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from redraw.errors import TableError
from redraw.shell import as_text, quoted
from redraw.signals.table.cells import RawTable
from redraw.signals.table.contents import SUFFIXES, ending_of
from redraw.signals.table.delimited import check_names, decoded, from_rows, read_csv
from redraw.signals.table.making import make_table
from redraw.signals.table.table import Table

FLAT = {"m", "n", "x", "y"}
_MOST_CELLS = 50_000_000  # of a workbook's sheet


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
        TableError: it is missing, malformed, no table, or in need of an extra.
    """
    path = Path(path)
    if path.is_dir():
        raise TableError(f"{path} is a folder; name a table in it")
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would wait for ever
            raise TableError(f"{path} is not an ordinary file; save the table to one first")
        ending, told = ending_of(path)
        raw = _READERS[ending](path)
    except FileNotFoundError:
        raise TableError(f"{path} does not exist") from None
    except UnicodeDecodeError:
        raise TableError(
            f"{path.name} is no text in UTF-8; save it as UTF-8 first:"
            f" iconv -f latin1 -t utf-8 {quoted(path)} > utf8.csv"
        ) from None
    except OSError as error:
        raise TableError(f"can't read {path}: {error.strerror or error}") from error
    return dataclasses.replace(raw, name=as_text(raw.name), notes=(*raw.notes, *told))


def _read_xlsx(path: Path) -> RawTable:
    """The first sheet of a workbook, by openpyxl."""
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        import openpyxl
    except ImportError:
        raise TableError(
            f"{path.name} needs openpyxl; install redraw[excel], or save it as CSV first:"
            f" libreoffice --convert-to csv {quoted(path)}"
        ) from None
    try:
        with path.open("rb") as file:  # by its name it would be judged by the ending
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            rows = _rows_of(sheet, path.name)
            names, title = [sheet.title for sheet in book.worksheets], sheet.title
            book.close()
    except TableError:
        raise
    except Exception as error:  # a zip file of anything
        reason = " ".join(str(error).split())[:100]
        raise TableError(
            f"{path.name} is no workbook that is understood ({reason}); save it as CSV first:"
            f" libreoffice --convert-to csv {quoted(path)}"
        ) from error
    if not rows:
        check_names(path.name, ())
    first = _names_at(rows)
    header = ["" if cell is None else str(cell) for cell in rows[first]]
    below = range(first + 1, len(rows))
    lines = [at for at in below if any(cell is not None for cell in rows[at])]
    raw = from_rows(path.name, header, [rows[at] for at in lines], [at + 1 for at in lines])
    notes = raw.notes
    without = [name for name, cells in raw.columns.items() if all(c is None for c in cells)]
    if lines and without:
        raw = _with_formulas(raw, path, {n: [h.strip() for h in header].index(n) for n in without})
    if first:
        titles = [str(row[0]) for row in rows[:first] if row[0] is not None]
        said = f", {titles[0][:60]!r}" if titles else ""
        notes = (
            *notes,
            f"the names of its columns stand in row {first + 1}, below its title{said}",
        )
    if len(names) > 1:
        notes = (*notes, f"the first of its sheets was read, {title!r}")
    return dataclasses.replace(raw, notes=notes)


def _rows_of(sheet: Any, name: str) -> list[list[Any]]:
    """The cells of a sheet, all rows of one length, none of them empty at the end.

    How large it is, is seen by its cells: what the file says of that is often wrong.

    Raises:
        TableError: a few cells far out make a huge table.
    """
    sheet.reset_dimensions()
    rows: list[list[Any]] = []
    for row in sheet.iter_rows(values_only=True):
        cells = list(row)
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(cells)
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    if width * len(rows) > _MOST_CELLS:
        raise TableError(
            f"{name} has {len(rows):,} rows of {width:,} cells, nearly all of them empty perhaps;"
            f" up to {_MOST_CELLS:,} cells are read: delete what stands far out"
        )
    return [cells + [None] * (width - len(cells)) for cells in rows]


def _with_formulas(raw: RawTable, path: Path, places: dict[str, int]) -> RawTable:
    """With its formulas as text in columns that have no values: programs may write none.

    Whoever asks for numbers is told then what to do, instead of that there is nothing.
    """
    import openpyxl

    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True)
        rows = _rows_of(book.worksheets[0], path.name)
        book.close()
    assert raw.lines is not None
    found = {
        name: tuple(rows[line - 1][place] if line <= len(rows) else None for line in raw.lines)
        for name, place in places.items()
        if rows and place < len(rows[0])
    }
    return dataclasses.replace(raw, columns={**raw.columns, **found})


def _names_at(rows: list[list[Any]]) -> int:
    """The row with the names of columns: the first, or where a title stands above them, theirs.

    A title is a text in the first cell of a row that is empty otherwise; only names follow it: at
    least two texts, and nothing else. Anything less clear is left as it is.
    """
    for at, row in enumerate(rows):
        filled = [cell for cell in row if cell is not None]
        if not filled or (len(filled) == 1 and isinstance(row[0], str)):
            continue
        names = len(filled) > 1 and all(isinstance(cell, str) for cell in filled)
        return at if names else 0
    return 0


def _read_json(path: Path) -> RawTable:
    text = decoded(path.read_bytes())
    if not text.strip():
        raise TableError(f"{path.name} is empty; a table was expected")

    def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise TableError(f"{path.name}: the name {twice[:60]!r} is there twice; rename one")
        return found

    try:
        data = _by_lines(text, once_each) or json.loads(text, object_pairs_hook=once_each)
    except RecursionError:
        raise TableError(f"{path.name} is nested too deeply for a table") from None
    except json.JSONDecodeError as error:
        raise TableError(
            f"{path.name}, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except ValueError as error:  # a number of thousands of digits
        raise TableError(f"{path.name}: a number is too long ({str(error)[:60]})") from None
    if "\\ud" in text.lower():
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise TableError(f"{path.name} holds half a character (a lone surrogate)") from None
    if isinstance(data, dict) and data.keys() >= FLAT and isinstance(data["m"], int):
        return _flat(path.name, data)
    if isinstance(data, dict) and isinstance(data.get("data"), list):
        for key, orient in (("columns", "split"), ("schema", "table")):
            if data.keys() - {"index"} == {key, "data"}:
                raise TableError(
                    f"{path.name} is what pandas writes with orient={orient!r}; write it with"
                    " to_json(orient='records')"
                )
    if isinstance(data, list) and data and all(isinstance(row, dict) for row in data):
        names = list(dict.fromkeys(name for row in data for name in row))
        return RawTable(path.name, {name: [row.get(name) for row in data] for name in names})
    if isinstance(data, dict) and data and all(isinstance(cells, list) for cells in data.values()):
        lengths = {len(cells) for cells in data.values()}
        if len(lengths) > 1:
            raise TableError(f"{path.name}: its columns have {min(lengths)} to {max(lengths)} rows")
        return RawTable(path.name, data)
    if isinstance(data, dict) and data and all(isinstance(cells, dict) for cells in data.values()):
        rows = list(dict.fromkeys(row for cells in data.values() for row in cells))  # of pandas
        columns = {name: [cells.get(row) for row in rows] for name, cells in data.items()}
        return RawTable(path.name, columns)
    raise TableError(
        f"{path.name} is no table; expected a list of objects, an object of lists or of objects,"
        " an object a line, or the flat form with m, n, x and y"
    )


def _by_lines(text: str, made: Callable[[list[tuple[str, Any]]], Any]) -> list[Any] | None:
    """The objects of JSON lines, each made of its pairs; None of what is none."""
    lines = [line for line in re.split("[\r\n]+", text) if line.strip()]  # others may be in texts
    if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
        return None
    try:
        return [json.loads(line, object_pairs_hook=made) for line in lines]
    except ValueError:  # one object over several lines
        return None


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
    check_names(path.name, table.column_names)
    return RawTable(
        path.name,
        {name: _parquet_cells(table.column(name)) for name in table.column_names},
    )


def _parquet_cells(column: Any) -> Any:
    """Numbers as an array, NaN where there is none; anything else as Python values."""
    import pyarrow.types as kinds

    if column.null_count:
        return column.to_pylist()
    if kinds.is_floating(column.type):
        return np.asarray(column.to_numpy(), np.float64)
    return column.to_numpy() if kinds.is_integer(column.type) else column.to_pylist()


_READERS: dict[str, Callable[[Path], RawTable]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": _read_json,
    ".parquet": _read_parquet,
    ".xlsx": _read_xlsx,
}
