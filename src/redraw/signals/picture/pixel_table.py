"""Pictures as CSV tables: one row per pixel, whole numbers, rows missing or in any order.

    x,y,pixel_value      one channel; in a two-tone picture 1 is drawn and 0 is paper
    x,y,pixel_value,a    grey with alpha
    x,y,r,g,b            colour
    x,y,r,g,b,a          colour with alpha

Written in reading order (y is the outer loop), values in the picture's depth: 0 or 1, 0 to 255, 0
to 65535. The table doesn't say its depth, so reading infers it, unless it is given: one channel
with nothing but 0 and 1 is two-tone, values up to 255 are 8-bit, up to 65535 16-bit. The size is
the largest x and y, plus one; pixels without a row are holes (`Picture.known`), shown as white
paper.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, TableError
from redraw.files import write_atomically
from redraw.shell import with_path
from redraw.signals.picture.colour import Colour, Depth
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS, check_memory
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.pixel_header import HEADERS, Header, as_lines, understood
from redraw.signals.picture.quantising import quantised
from redraw.signals.picture.recognising import SNIFFED_BYTES, Foreign, recognise

_BLOCK = 2**20  # bytes parsed at once
_LONGEST_LINE = 2**12
_ALWAYS, _MOST_EMPTY = 2**20, 64  # pixels that are taken anyway; and for each row of the table
# What may stand above the names of columns: nothing, and what spreadsheets are told by.
_PASSED = re.compile(rb"(\xef\xbb\xbf)?\s*(sep=.)?\s*")
_MOST_DIGITS = 10  # more can't be a coordinate or a value, and this many fit 64 bits


def encode(
    picture: Picture, path: str | os.PathLike[str], *, force: bool = False
) -> tuple[str, ...]:
    """Write a picture as a table. Holes get no row.

    Returns:
        What the user should be told: when reading the table back needs to be given the depth, or
        gives a smaller picture.

    Raises:
        PictureError: An HDR picture; the table holds whole numbers.
        OutputError: As `redraw.files.write_atomically`.
    """
    if picture.colour.depth == 32:
        raise PictureError(
            f"{picture.name} is HDR, and a table holds whole numbers; save it with 16 bits first"
        )
    write_atomically(path, lambda file: file.writelines(_lines(picture)), force=force)
    numbers = _whole_numbers(picture)
    depth, known, notes = picture.colour.depth, picture.known, ()
    inferred = _inferred_depth(numbers if known is None else numbers[known], picture.colour)
    if depth != inferred:
        notes = (f"its values could be {inferred}-bit ones; read it back with --depth {depth}",)
    if known is not None and _counts_from_one(known):
        notes += ("its first row and column have no pixel, and are left out when it is read back",)
    return notes


def _counts_from_one(known: NDArray[np.bool_]) -> bool:
    """Whether rows of these pixels are those of a smaller picture, counted from 1; see `read`."""
    inner = known[1:, 1:]
    return inner.size > 1 and bool(inner.all()) and np.count_nonzero(known) == inner.size


def read(
    path: str | os.PathLike[str],
    *,
    depth: Literal[1, 8, 16] | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> Picture:
    """Read a table of pixels.

    A byte order mark, UTF-16, line ends of every system, blanks around numbers and blank lines are
    accepted; so are semicolons, tabs or bars between columns, quoted names, columns in any order,
    12.0 for 12, and columns without a name, which are left out: see `pixel_header`.

    Args:
        path: The table.
        depth: Bits per value; None infers them as the module says.
        max_pixels: Tables of larger pictures are refused.

    Raises:
        TableError: Malformed; the message names file, line and column.
        PictureError: The file can't be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise PictureError(f"{path} is a folder; name a table in it")
        if not stat.S_ISREG(mode):  # a pipe would wait for ever
            raise PictureError(f"{path} is not an ordinary file; save the table to one first")
        with path.open("rb") as file:
            _refuse_others(file.read(SNIFFED_BYTES), path)
            file.seek(0)
            return _read(as_lines(file), path.name, depth, max_pixels)
    except FileNotFoundError as error:
        raise PictureError(f"{path} does not exist; name a table of pixels (.csv)") from error
    except OSError as error:
        raise PictureError(f"can't read {path}: {error.strerror}") from error


def _refuse_others(start: bytes, path: Path) -> None:
    """Raises TableError for a file of another kind, whatever its ending."""
    kind = recognise(start)
    if isinstance(kind, Foreign):
        remedy = with_path(kind.remedy, path)
        raise TableError(f"{path.name}, line 1: it is {kind.name}, no table of pixels; {remedy}")
    if kind is not None and kind != "CSV":
        raise TableError(
            f"{path.name}, line 1: by its first bytes it is a picture ({kind}), no table; give it"
            " the ending of one"
        )


def _lines(picture: Picture) -> Iterator[bytes]:
    """The table, one piece per row of the picture."""
    yield ",".join(HEADERS[picture.colour.model, picture.colour.alpha]).encode() + b"\n"
    numbers = _whole_numbers(picture)
    columns = [f"{x}," for x in range(picture.width)]
    texts = [str(value) for value in range(int(numbers.max()) + 1)]
    for y, row in enumerate(numbers):
        places, row_known = columns, None if picture.known is None else picture.known[y]
        if row_known is not None:
            places, row = [columns[x] for x in np.flatnonzero(row_known)], row[row_known]
        channels = [[texts[value] for value in channel] for channel in row.T.tolist()]
        pixels = channels[0] if len(channels) == 1 else map(",".join, zip(*channels, strict=True))
        between = f"{y},"
        yield "".join(
            [f"{x}{between}{pixel}\n" for x, pixel in zip(places, pixels, strict=True)]
        ).encode()


def _whole_numbers(picture: Picture) -> NDArray[np.integer]:
    """As in the table: in the picture's depth, what is drawn 1. (H, W, C)"""
    numbers = quantised(picture.values, picture.colour.depth)
    return 1 - numbers if picture.colour.depth == 1 else numbers


def _inferred_depth(numbers: NDArray[np.integer], colour: Colour) -> Depth:
    highest = int(numbers.max(initial=0))
    if highest <= 1 and colour.channels == 1:
        return 1
    return 8 if highest <= 255 else 16


@dataclass
class _Table:
    """A table while it is read: where errors are, and the blocks of rows so far."""

    name: str
    header: Header
    highest: int  # the largest value allowed
    max_pixels: int
    blocks: list[NDArray[np.int32]] = field(default_factory=list)  # (n, columns) each
    lines: list[NDArray[np.int64]] = field(default_factory=list)  # (n,) each: line numbers
    rows: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, as in `HEADERS`."""
        return self.header.columns

    def error(self, line: int, column: int, what: str) -> TableError:
        called, place = "", column
        if column < len(self.columns):
            called, place = f" ({self.columns[column]})", self.header.places[column]
        return TableError(f"{self.name}, line {line}, column {place + 1}{called}: {what}")

    def add(self, text: bytes, first_line: int) -> int:
        """Take whole lines of the table; returns how many there were.

        Raises:
            TableError: One of them is malformed.
        """
        count = text.count(b"\n")
        text = self.header.plain(text)
        rows = _parsed(text, self.header.width)
        if rows is not None:
            rows = rows[:, self.header.places]
        if rows is None:
            rows, lines = self._parsed_slowly(text, first_line)
        else:
            lines = np.arange(first_line, first_line + len(rows))
        self._check(rows, lines)
        self.blocks.append(rows.astype(np.int32))
        self.lines.append(lines)
        self.rows += len(rows)
        if self.rows > self.max_pixels:
            raise TableError(
                f"{self.name} has more than {self.max_pixels:,} rows, the limit of pixels; "
                "raise it with --max-pixels"
            )
        return count

    def _parsed_slowly(
        self, text: bytes, first_line: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Line by line, for blank lines and to say where the first error is."""
        rows, lines = [], []
        for number, line in enumerate(text.split(b"\n")[:-1], first_line):
            if not line.strip():
                continue
            rows.append(self._parsed_line(line, number))
            lines.append(number)
        table = np.array(rows, np.int64).reshape(len(rows), len(self.columns))
        return table, np.array(lines, np.int64)

    def _parsed_line(self, line: bytes, number: int) -> list[int]:
        cells = [text.strip() for text in line.split(b",")]
        fields, width = cells, self.header.width
        if len(cells) < width > len(self.columns):  # which of them is there, nobody knows
            raise TableError(
                f"{self.name}, line {number}: the row has {len(cells)} columns instead of {width}"
            )
        if len(cells) >= width:
            fields = [cells[place] for place in self.header.places] + cells[self.header.width :]
        for column, text in enumerate(fields[: len(self.columns)]):
            if not re.fullmatch(rb"\d+", text):
                shown = repr(text.decode("utf-8", errors="replace")[:30]) if text else "nothing"
                raise self.error(number, column, f"{shown} is not a whole number of at least 0")
            if len(text.lstrip(b"0")) > _MOST_DIGITS:
                raise self.error(number, column, f"{text[:12].decode()}... is far too large")
        if len(fields) != len(self.columns):
            raise self.error(
                number,
                min(len(fields), len(self.columns)),
                f"the row has {len(fields)} columns instead of {len(self.columns)} "
                f"({','.join(self.columns)})",
            )
        return [int(text.lstrip(b"0") or b"0") for text in fields]

    def _check(self, rows: NDArray[np.int64], lines: NDArray[np.int64]) -> None:
        """Values within the depth, coordinates within the limit (checked together later)."""
        farthest = min(self.max_pixels, 2**31) - 1
        limits = np.array([farthest] * 2 + [self.highest] * (len(self.columns) - 2))
        beyond = rows > limits
        if beyond.any():
            row, column = np.argwhere(beyond)[0]
            value = rows[row, column]
            if column >= 2:
                what = f"{value} is beyond {self.highest}, the largest {self.depth_name} value"
            else:
                what = f"{value} is beyond the limit of {self.max_pixels:,} pixels"
            raise self.error(int(lines[row]), int(column), what)

    @property
    def allowed(self) -> bool:
        """Whether the user said how large a picture may be."""
        return self.max_pixels != DEFAULT_MAX_PIXELS

    @property
    def depth_name(self) -> str:
        return {1: "1-bit", 255: "8-bit", 65535: "16-bit"}[self.highest]

    def picture(self, depth: Literal[1, 8, 16] | None) -> Picture:
        """All rows together.

        Raises:
            TableError: No rows, two rows for one pixel, or a picture beyond the limit of pixels.
        """
        if self.rows == 0:
            raise TableError(f"{self.name} has a header but no pixels")
        x, y, *values = np.concatenate(self.blocks).T
        self.blocks.clear()
        x, y, notes = self._from_zero(x, y)
        width, height = int(x.max()) + 1, int(y.max()) + 1
        if width * height > self.max_pixels:
            far = int((x if width >= height else y).argmax())
            raise self.error(
                int(np.concatenate(self.lines)[far]),
                0 if width >= height else 1,
                f"the picture would be {width}x{height}, {width * height:,} pixels; at most "
                f"{self.max_pixels:,} are read. If it is meant to be that large, raise the limit "
                "with --max-pixels",
            )
        if width * height > max(_ALWAYS, _MOST_EMPTY * self.rows) and not self.allowed:
            raise TableError(
                f"{self.name} has {self.rows:,} rows for a picture of {width}x{height}, nearly all"
                " of it empty; if that is meant, say how large it may be with --max-pixels"
            )
        check_memory(width, height, self.name)
        place = y.astype(np.int64) * width + x
        known = np.zeros(width * height, np.bool_)
        known[place] = True
        if np.count_nonzero(known) < self.rows:
            raise self._duplicate(place, width)
        model, alpha = next(key for key, names in HEADERS.items() if names == self.columns)
        numbers = np.stack(values, axis=1)
        colour = Colour(model, alpha=alpha)  # type: ignore[arg-type]  # a key of HEADERS
        depth = depth or _inferred_depth(numbers, colour)  # type: ignore[assignment]
        colour = Colour(colour.model, alpha=alpha, depth=depth or 8)
        filled = np.ones((width * height, len(values)), np.float32)
        filled[place] = numbers / np.float32(2**colour.depth - 1)
        if colour.depth == 1:
            filled[place] = 1 - filled[place]
        missing = width * height - self.rows
        if missing:
            notes = (*notes, f"{missing:,} of {width * height:,} pixels have no row")
        return Picture(
            filled.reshape(height, width, -1),
            colour,
            known=known.reshape(height, width) if missing else None,
            name=self.name,
            notes=notes,
        )

    def _from_zero(
        self, x: NDArray[np.int32], y: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[str, ...]]:
        """Coordinates from 0 where a whole picture is counted from 1, and a note on it."""
        if int(x.min()) != 1 or int(y.min()) != 1:
            return x, y, self.header.notes
        if self.rows > 1 and int(x.max()) * int(y.max()) == self.rows:
            return x - 1, y - 1, (*self.header.notes, "its coordinates are counted from 1")
        note = "it has no pixel at x 0 or y 0: coordinates are counted from 0"
        return x, y, (*self.header.notes, note)

    def _duplicate(self, place: NDArray[np.int64], width: int) -> TableError:
        order = np.argsort(place, kind="stable")
        again = np.flatnonzero(np.diff(place[order]) == 0)
        second = int(order[again + 1].min())
        first = int(np.flatnonzero(place == place[second])[0])
        lines = np.concatenate(self.lines)
        y, x = divmod(int(place[second]), width)
        what = f"the pixel x {x}, y {y} has a row already, in line {lines[first]}"
        return self.error(int(lines[second]), 0, what)


def _read(file: BinaryIO, name: str, depth: Literal[1, 8, 16] | None, max_pixels: int) -> Picture:
    line, first = 1, file.readline(_LONGEST_LINE)
    while first and _PASSED.fullmatch(first):
        line, first = line + 1, file.readline(_LONGEST_LINE)
    header = understood(first, name, line)
    if depth == 1 and len(header.columns) > 3:
        raise TableError(
            f"{name}, line 1: two-tone tables have the columns x,y,pixel_value, "
            f"not {','.join(header.columns)}; take depth 8 or 16"
        )
    table = _Table(name, header, highest=2 ** (depth or 16) - 1, max_pixels=max_pixels)
    line, rest = line + 1, b""
    while block := file.read(_BLOCK):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        line += table.add(whole + newline, line) if newline else 0
        if len(rest) > _LONGEST_LINE:
            raise TableError(f"{name}, line {line}: the line has more than {_LONGEST_LINE} bytes")
    if rest:
        table.add(rest + b"\n", line)
    return table.picture(depth)


def _parsed(text: bytes, columns: int) -> NDArray[np.int64] | None:
    """Whole lines of well-formed rows, all at once; None if anything about them is unusual.

    Args:
        text: Ends with a newline.
        columns: Numbers per line.

    Returns:
        (lines, columns)
    """
    text = text.replace(b"\r\n", b"\n")
    characters = np.frombuffer(text, np.uint8)
    if b" " in text or b"\t" in text:
        characters = _without_blanks(characters)
        if characters is None:
            return None
    digits = characters - np.uint8(ord("0"))  # wraps around for what isn't a digit
    ends = np.flatnonzero(digits > 9)
    if len(ends) == 0 or len(ends) % columns:
        return None
    separators = characters[ends].reshape(-1, columns)
    if (separators[:, :-1] != ord(",")).any() or (separators[:, -1] != ord("\n")).any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    longest = int(lengths.max())
    if lengths.min() < 1 or longest > _MOST_DIGITS:
        return None
    numbers = np.zeros(len(ends), np.int64)
    for place in range(longest):
        there = np.flatnonzero(lengths > place)
        numbers[there] += digits[ends[there] - 1 - place] * np.int64(10**place)
    return numbers.reshape(-1, columns)


def _without_blanks(characters: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Without spaces and tabs; None if one of them stands between two digits. (n,)"""
    kept = np.flatnonzero((characters != ord(" ")) & (characters != ord("\t")))
    shorter = characters[kept]
    digit = (shorter >= ord("0")) & (shorter <= ord("9"))
    if ((np.diff(kept) > 1) & digit[:-1] & digit[1:]).any():
        return None
    return shorter
