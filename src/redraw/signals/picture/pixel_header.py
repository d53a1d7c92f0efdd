"""The first line of a table of pixels: which column is what, and what stands between them."""

import csv
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from redraw.errors import TableError

HEADERS = {  # colour model, alpha: the columns
    ("grey", False): ("x", "y", "pixel_value"),
    ("grey", True): ("x", "y", "pixel_value", "a"),
    ("rgb", False): ("x", "y", "r", "g", "b"),
    ("rgb", True): ("x", "y", "r", "g", "b", "a"),
}
_START = 2**12  # bytes within which the first line ends
_DELIMITERS = (b",", b";", b"\t", b"|")
_ALIASES = {
    "red": "r",
    "green": "g",
    "blue": "b",
    "alpha": "a",
    "value": "pixel_value",
    "grey": "pixel_value",
    "gray": "pixel_value",
}
_ZEROS = re.compile(rb"(?<=\d)\.0*(?=[,\s])")
_ZEROS_AFTER_COMMA = re.compile(rb"(?<=\d),0+(?=[;\t|\r\n])")
_CLOSING = re.compile(rb",[ \t]*(?=\r?\n)")
_INDEX = re.compile(r"unnamed: \d+")


@dataclass(frozen=True)
class Header:
    """What a table of pixels says in its first line.

    Attributes:
        columns: As in `HEADERS`.
        places: Where each of them stands in a row.
        width: Cells in a row.
        delimiter: What stands between them.
        closing: Whether rows end with one.
        notes: What the user should be told.
    """

    columns: tuple[str, ...]
    places: tuple[int, ...]
    width: int
    delimiter: bytes = b","
    closing: bool = False
    notes: tuple[str, ...] = ()

    def plain(self, text: bytes) -> bytes:
        """Rows as `x,y,...` of whole numbers, as far as they are that."""
        if b'"' in text:
            text = text.replace(b'"', b"")
        if self.delimiter != b",":
            text = _ZEROS_AFTER_COMMA.sub(b"", text).replace(self.delimiter, b",")
        if b"." in text:
            text = _ZEROS.sub(b"", text)
        return _CLOSING.sub(b"", text) if self.closing else text


def as_lines(file: BinaryIO) -> BinaryIO:
    """The table as lines of bytes: out of UTF-16, and where nothing but returns ends a line."""
    start = file.read(_START)
    file.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of spreadsheets
        text = file.read().decode("utf-16", errors="replace")
        return io.BytesIO(text.replace("\r\n", "\n").replace("\r", "\n").encode())
    if b"\r" in start and b"\n" not in start:
        return io.BytesIO(file.read().replace(b"\r", b"\n"))
    return file


def understood(line: bytes, name: str, number: int = 1) -> Header:
    """The header of a table, from its first line.

    Raises:
        TableError: it isn't one of pixels.

    Example:
        >>> understood(b"y;x;pixel_value", "t.csv").places
        (1, 0, 2)
    """
    text = line.removeprefix(b"\xef\xbb\xbf")
    delimiter = max(_DELIMITERS, key=text.count)
    shown = text.decode("utf-8", errors="replace").strip("\r\n ")
    cells = next(csv.reader([shown.replace("\r", "")], delimiter=delimiter.decode()), [])
    names = [cell.strip().lower() for cell in cells]
    names = ["" if _INDEX.fullmatch(cell) else _ALIASES.get(cell, cell) for cell in names]
    closing = len(names) > 1 and not names[-1]
    if closing:
        names.pop()
    named = [cell for cell in names if cell]
    columns = next((known for known in HEADERS.values() if sorted(known) == sorted(named)), None)
    if columns is None:
        accepted = " or ".join(",".join(known) for known in HEADERS.values())
        got = f"{shown.strip()[:40]!r}" if shown.strip() else "nothing"
        raise TableError(
            f"{name}, line {number}: the header is {accepted}, not {got};"
            " of a table of anything but pixels, name the columns: --inputs a,b --targets y"
        )
    left = len(names) - len(named)
    notes: tuple[str, ...] = ()
    if left:
        notes = (f"{left} column{'s' if left > 1 else ''} without a name was left out",)
    places = tuple(names.index(column) for column in columns)
    return Header(columns, places, len(names), delimiter, closing, notes)
