"""Text tables: CSV as people, pandas, R and spreadsheets write it.

Between cells stand commas, semicolons, tabs, bars or blanks; with anything but commas, numbers may
have decimal commas. What has no name is no column: an index in front, the end of lines that close
with a comma. Each such liberty is noted.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from redraw.errors import TableError
from redraw.signals.table.cells import MISSING, RawTable

_DELIMITERS = ",;\t|"
# A cell beyond it is no number or class; the csv module's own limit.
LONGEST_CELL = 131_072
_DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][+-]?\d+)?")
_DOTTED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")
_MAYBE_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_SEPARATOR = re.compile(r"\ufeff?\s*sep=(.)\s*")
_START = 4096  # bytes by which text of two bytes a character is known
_SIGNED = re.compile(r"[+-]?\d+")
_WHOLE = re.compile(r"[+-]?\d+([eE][+-]?\d+)?")


def read_csv(path: Path) -> RawTable:
    """A table in text.

    Raises:
        TableError: malformed; the message names the line.
        UnicodeDecodeError, OSError: it can't be read.
    """
    lines_of = io.StringIO(decoded(path.read_bytes()), newline="").readlines()
    above, named, notes = _above(lines_of)
    delimiter = named or _delimiter(lines_of[above : above + 2])
    reader = _rows(lines_of[above:], delimiter)
    try:
        header = _header(next(reader, []))
        if len(header) > 1 and header[0].startswith("#"):
            header[0] = header[0].lstrip("# ")
        rows, lines = [], []
        begins = above + reader.line_num + 1
        for row in reader:
            if row:  # blank lines are passed over
                rows.append(row)
                lines.append(begins)
            begins = above + reader.line_num + 1
    except csv.Error as error:
        why = "a quote is opened and never closed" if "end of data" in str(error) else str(error)
        raise TableError(f"{path.name}, line {above + reader.line_num}: {why}") from None
    raw = from_rows(path.name, header, rows, lines)
    raw = replace(raw, notes=(*notes, *raw.notes))
    return raw if delimiter == "," else _with_points(raw)


def _above(lines: Sequence[str]) -> tuple[int, str, tuple[str, ...]]:
    """Lines above the names of columns, the delimiter where one of them tells it, and a note.

    Blank lines, spreadsheets' `sep=;`, and comments; the last comment may be the names themselves,
    as NumPy writes them.
    """
    count, told = 0, ""
    while count < len(lines) and not lines[count].strip():
        count += 1
    if count < len(lines) and (found := _SEPARATOR.fullmatch(lines[count].strip("\r\n"))):
        count, told = count + 1, found[1]
    while count < len(lines) and not lines[count].strip():
        count += 1
    first = count
    while count < len(lines) and lines[count].startswith("#"):
        count += 1
    if count > first and count < len(lines):
        delimiter = told or _delimiter(lines[count : count + 2])
        said = [next(_rows([line], delimiter), []) for line in lines[count - 1 : count + 2]]
        count -= len(said[0]) == len(said[1]) > 1 and not _are_names(*said[1:])
    elif count == len(lines):
        count = first
    comments = count - first
    noted = f"{comments} line{'s' if comments > 1 else ''} of comments above it"
    return (
        count,
        told,
        (f"{noted} {'were' if comments > 1 else 'was'} left out",) if comments else (),
    )


def _are_names(row: Sequence[str], below: Sequence[str] = ()) -> bool:
    """Whether a row names columns: it has no numbers, and the one below has some."""
    return not any(map(_is_number, row)) and any(map(_is_number, below))


def _is_number(cell: str) -> bool:
    return cell.strip().lower() in MISSING or bool(_NUMBER.fullmatch(cell.strip()))


def from_rows(
    name: str, header: Sequence[str], rows: Sequence[list[Any]], lines: Sequence[int]
) -> RawTable:
    """Rows of cells as columns; those without a name are left out.

    Raises:
        TableError: a row has another number of cells than the header, or names are missing or
            double.
    """
    header = [cell.strip() for cell in header]
    notes: list[str] = []
    if rows and header and all(len(row) == len(header) + 1 for row in rows):
        if all(_empty(row[-1]) for row in rows):
            header = [*header, ""]  # lines that close with a comma, but the first
        elif header[0]:
            header = ["", *header]  # as R writes names of rows
    kept = [place for place, column in enumerate(header) if column]
    if not kept:
        check_names(name, header)
    width = max(kept) + 1
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(header) and not (len(row) >= width and _closes(row, width)):
            raise TableError(
                f"{name}, line {line}: it has {len(row)} cells, and the first"
                f" line names {len(header)} columns"
            )
    for place, column in enumerate(header):
        if not column and any(len(row) > place and not _empty(row[place]) for row in rows):
            notes.append(f"column {place + 1}, which has no name, was left out")
    check_names(name, [header[place] for place in kept])
    columns = {header[place]: tuple(row[place] for row in rows) for place in kept}
    return RawTable(name, columns, lines, notes=tuple(notes))


def check_names(file: str, names: Sequence[str]) -> None:
    """Refuse columns that can't be told apart.

    Raises:
        TableError: there are none, one has no name, or two have one.
    """
    if not any(names):
        raise TableError(f"{file} is empty; a table with the names of its columns was expected")
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not name:
            raise TableError(f"{file}, line 1, column {place + 1}: the column has no name")
        if name in seen:
            remedy = without_names(names) or "rename one"
            raise TableError(f"{file}, line 1: two columns are called {name[:60]!r}; {remedy}")
        seen.add(name)


def without_names(names: Sequence[str]) -> str:
    """What to do where the first line of a table is numbers; "" where it is names."""
    if all(map(_is_number, names)):
        return "the first line seems to be numbers; write one with names above it, such as a,b,y"
    return ""


class _Rows:
    """Rows that blanks part, with the interface of `csv.reader`."""

    def __init__(self, lines: Any) -> None:
        self._lines, self.line_num = iter(lines), 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        line = next(self._lines)
        self.line_num += 1
        return [cell.strip('"') for cell in line.split()]


def _rows(lines: Any, delimiter: str) -> Any:
    if delimiter == " ":
        return _Rows(lines)
    return csv.reader(lines, delimiter=delimiter, strict=True)


def _delimiter(first: Sequence[str]) -> str:
    """Whichever stands most often in the first line, outside of quotes; blanks where none does.

    One that stands as often in the second line goes before others, which may be within names.
    """
    if not first:
        return ","
    bare, below = (re.sub(r'"[^"]*"', "", line) for line in [*first, ""][:2])

    def likely(sign: str) -> tuple[bool, int]:
        count = bare.count(sign)
        return count > 0 and count == below.count(sign), count

    found = max(_DELIMITERS, key=likely)
    if bare.count(found):
        return found
    words = [len(line.split()) for line in first]
    return " " if len(words) > 1 and words[0] > 1 and words[1] - words[0] in (0, 1) else ","


def decoded(content: bytes) -> str:
    """A file's bytes as text: UTF-8, or UTF-16 and UTF-32 as spreadsheets save them.

    Raises:
        UnicodeDecodeError: it is none of these.
    """
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return content.decode("utf-32")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    start = content[: min(len(content), _START) // 2 * 2]
    if len(start) > 1 and not any(start[1::2]):
        return content.decode("utf-16-le")
    if len(start) > 1 and not any(start[::2]):
        return content.decode("utf-16-be")
    return content.decode("utf-8-sig").rstrip("\0\x1a")  # as old programs end their files


def _header(names: Sequence[str]) -> list[str]:
    return [name.strip() for name in names]


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _closes(row: Sequence[Any], width: int) -> bool:
    """Whether nothing but empty cells stands behind the named columns."""
    return all(_empty(cell) for cell in row[width:])


def _with_points(raw: RawTable) -> RawTable:
    """With decimal points in the columns that are numbers with decimal commas."""
    names = [name for name, cells in raw.columns.items() if _has_commas(cells)]
    if names and any(map(_has_points, raw.columns.values())):
        # Decimals have points here: "1,234" is a thousand and more, which its reader refuses.
        names = [name for name in names if not _may_be_thousands(raw.columns[name])]
    if not names:
        return raw
    notes = (*raw.notes, "decimal commas were read as such")
    dotted = [name for name, cells in raw.columns.items() if _all_dotted(cells)]
    if dotted:  # where decimals have commas, points stand between thousands
        shown = ", ".join(map(repr, dotted[:4]))
        notes = (*notes, f"points in {shown} were read as between thousands")
    changed = {
        name: tuple(cell.replace(".", "").replace(",", ".") for cell in raw.columns[name])
        for name in (*names, *dotted)
    }
    return RawTable(raw.name, {**raw.columns, **changed}, raw.lines, notes=notes)


def _has_commas(cells: Any) -> bool:
    """Whether all are numbers, at least one of them with a decimal comma and none with a point."""
    some = False
    for cell in cells:
        text = cell.strip()
        if _DECIMAL_COMMA.fullmatch(text):
            some = True
        elif text.lower() not in MISSING and not _WHOLE.fullmatch(text):
            return False
    return some


def _has_points(cells: Any) -> bool:
    """Whether a decimal point stands in it that can't stand between thousands."""
    texts = [cell.strip() for cell in cells]
    return any(_POINT.fullmatch(text) and not _DOTTED.fullmatch(text) for text in texts)


def _may_be_thousands(cells: Any) -> bool:
    """Whether every comma has three digits behind it, and one to three before."""
    texts = [cell.strip() for cell in cells if "," in cell]
    return all(_MAYBE_THOUSANDS.fullmatch(text) for text in texts)


def _all_dotted(cells: Any) -> bool:
    """Whether points stand in a column, and only in threes of digits."""
    texts = [cell.strip() for cell in cells]
    some = any(_DOTTED.fullmatch(text) for text in texts)
    return some and all(
        text.lower() in MISSING or _SIGNED.fullmatch(text) or _DOTTED.fullmatch(text)
        for text in texts
    )
