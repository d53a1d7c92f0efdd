"""A table as it was read, before anything is known of it: named columns of cells.

Cells are text, numbers, truth values or None. Every message about one says where it stands.
"""

import csv
import difflib
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import TableError, UsageError
from redraw.signals.table.columns import MOST_INPUTS, Floats, shortened

# What stands for a missing number, in small letters. The rule: an empty cell is missing anywhere;
# these words are missing among numbers and truth values, and in a column of words they are words
# like others.
MISSING = ("", "na", "n/a", "#n/a", "nan", "null", "none")
_TRUTH = {"true": 1.0, "false": 0.0}  # as pandas, R and spreadsheets write them, in small letters
_THOUSANDS = re.compile(r"[+-]?\d{1,3}([.,' \u00a0\u2009\u202f\u2019]\d{3})+([.,]\d+)?")
# A text that is a number and nothing more: 01, 1E5 and 1e5 may be codes, which are no numbers.
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d*)?", re.ASCII)
_CODE = re.compile(r"[+-]?0\d.*", re.ASCII)
_LONGEST_NUMBER = 64  # letters of a text that is read with others at once
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b")
# How pandas and readr call a column without a name, an index mostly: no input unless it is named.
_INDEX = re.compile(r"Unnamed: \d+|\.\.\.\d+")
Column = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True)
class Cells:
    """One column: its name, its cells, and where they stand.

    Attributes:
        name: Of the column.
        values: One per row.
        file: The name of the table.
        number: Of the column in the file, from 1; None where columns have no order.
        lines: The line on which each row begins, or None where rows have none.
    """

    name: str
    values: Column
    file: str
    number: int | None = None
    lines: Sequence[int] | None = None

    def where(self, row: int) -> str:
        """ "data.csv, line 3, column 2 (b)" of a row, from 0."""
        if self.lines is None:
            return f"{self.file}, row {row + 1}, column {self.name!r}"
        return f"{self.file}, line {self.lines[row]}, column {self.number} ({self.name})"

    def numbers(self) -> Floats:
        """The cells as numbers, True and False as 1 and 0, NaN where there is none. (rows,)

        Raises:
            TableError: a cell holds something else.
        """
        whole = _at_once(self.values)
        if whole is not None:
            return whole
        found = np.full(len(self.values), np.nan)
        read = _truth_of if self.truth() else number_of
        for row, cell in enumerate(self.values):
            number = float(cell) if isinstance(cell, bool) else read(cell)
            if number is None:
                raise TableError(f"{self.where(row)}: {_cut(cell)} is no number; {_hint(cell)}")
            found[row] = number
        return found

    def looks_like_classes(self) -> bool:
        """Whether it holds names rather than numbers: truth values, only 0 and 1, mostly text."""
        if isinstance(self.values, np.ndarray) and self.values.dtype == np.bool_:
            return True
        found = [number_of(cell) for cell in self.values]
        words = sum(number is None for number in found)
        numbers = {number for number in found if number is not None and not math.isnan(number)}
        count = sum(number is not None and not math.isnan(number) for number in found)
        return words > count or (words == 0 and numbers == {0.0, 1.0})

    def labels(self, *, worded: bool | None = None) -> list[str | None]:
        """The cells as names of classes, None where there is none.

        Args:
            worded: As of `worded`, where rows that were learned from say it; None asks these.
        """
        if worded is None:
            worded = self.worded()
        return [label_of(cell, worded=worded) for cell in self.values]

    def worded(self) -> bool:
        """Whether it holds words: then "None" and "NA" are classes, not missing numbers."""
        words = any(isinstance(cell, str) and number_of(cell) is None for cell in self.values)
        return words and not self.truth()

    def truth(self) -> bool:
        """Whether it holds nothing but truth values, True, FALSE or true as text, and gaps."""
        some = False
        for cell in self.values:
            if isinstance(cell, str):
                small = cell.strip().lower()
                if small not in _TRUTH and small not in MISSING:
                    return False
                some = some or small in _TRUTH
            elif cell is not None and not isinstance(cell, bool | np.bool_):
                return False
        return some

    def words_for_none(self) -> list[str]:
        """The names of its classes that would be missing values among numbers."""
        if not self.worded():
            return []
        cells = {cell.strip() for cell in self.values if isinstance(cell, str)}
        return sorted(cell for cell in cells if cell and cell.lower() in MISSING)


@dataclass(frozen=True)
class RawTable:
    """Columns by name, all of one length.

    Attributes:
        name: Of the file.
        columns: The cells.
        lines: See `Cells`.
        inputs: Names of the inputs where the table says so itself, else ().
        targets: The same.
        held_out: Rows to judge by where the table brings some.
        notes: Things to tell the user.
    """

    name: str
    columns: Mapping[str, Column]
    lines: Sequence[int] | None = None
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    held_out: "RawTable | None" = None
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Rows."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def cells(self, name: str) -> Cells:
        """One of the columns.

        Raises:
            UsageError: there is none of that name; the nearest is suggested.
        """
        names = list(self.columns)
        if name not in self.columns:
            raise UsageError(f"{self.name} has no column {name!r}; {near(name, names)}")
        number = names.index(name) + 1
        return Cells(name, self.columns[name], self.name, number, self.lines)

    def chosen(
        self, inputs: str | Sequence[str] | None, targets: str | Sequence[str] | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of inputs and targets, as given, as the table says, or all that are left.

        Raises:
            UsageError: the targets are not given, or a column is not there.
        """
        given = parse_names(inputs), parse_names(targets)
        names = list(self.columns)
        chosen_targets = given[1] or self.targets
        if not chosen_targets:
            raise UsageError(
                f"{self.name} has the columns {shortened(names, 8)};"
                " name those to learn from and those to learn: --inputs a,b --targets y"
            )
        rest = tuple(
            name for name in names if name not in chosen_targets and not _INDEX.fullmatch(name)
        )
        chosen_inputs = given[0] or self.inputs or rest
        if len(chosen_inputs) > MOST_INPUTS:
            raise UsageError(
                f"{len(chosen_inputs)} inputs; accepted: 1 to {MOST_INPUTS}: name those to learn"
                " from with --inputs a,b"
            )
        for name in (*chosen_inputs, *chosen_targets):
            self.cells(name)
        if not chosen_inputs:
            raise UsageError(f"{self.name} has no column beside its targets to learn from")
        return chosen_inputs, chosen_targets


def of_arrays(
    inputs: ArrayLike,
    targets: ArrayLike,
    input_names: Sequence[str] | None,
    target_names: Sequence[str] | None,
    name: str,
) -> RawTable:
    """Two arrays, (N,) or (N, D) and (N,) or (N, T), as one table.

    Raises:
        TableError: they have other shapes.
    """
    sides = []
    for what, values, names in (("x", inputs, input_names), ("y", targets, target_names)):
        array = as_cells(values, f"{name}: the {'inputs' if what == 'x' else 'targets'}")
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or not array.shape[1]:
            raise TableError(
                f"{name}: the {'inputs' if what == 'x' else 'targets'} have the shape"
                f" {np.shape(array)}; expected (rows,) or (rows, columns)"
            )
        width = array.shape[1]
        made = [what] if width == 1 else [f"{what}{axis + 1}" for axis in range(width)]
        called = list(names) if names is not None else made
        if len(called) != width:
            raise TableError(f"{name}: {len(called)} names for {width} columns; give one for each")
        sides.append((tuple(called), array))
    (left, x), (right, y) = sides
    if len(x) != len(y):
        raise TableError(f"{name}: {len(x)} rows of inputs and {len(y)} of targets; expected equal")
    columns = {n: x[:, i] for i, n in enumerate(left)} | {n: y[:, i] for i, n in enumerate(right)}
    if len(columns) < len(left) + len(right):
        raise TableError(f"{name}: two columns have one name; give each its own")
    return RawTable(name, columns, inputs=left, targets=right)


def as_cells(values: Any, called: str) -> NDArray[Any]:
    """What Python programs hold as numbers or names, as an array of cells. Any shape.

    Args:
        values: Sequences, arrays, masked arrays, tensors.
        called: For messages.

    Returns:
        NaN or None where a masked array hides what it holds, or a date is none; dates as Python's
        own, never as numbers.

    Raises:
        TableError: its rows have different lengths, or it is a tensor without numbers.
    """
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        try:
            values = values.detach().cpu()
            values = (values if str(values.dtype) != "torch.bfloat16" else values.float()).numpy()
        except (TypeError, RuntimeError, NotImplementedError) as error:
            reason = " ".join(str(error).split())[:100]
            raise TableError(f"{called} are a tensor that has no numbers ({reason})") from error
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise TableError(f"{called} have rows of different lengths; expected equal ones") from error
    if isinstance(values, np.ma.MaskedArray) and (hidden := np.ma.getmaskarray(values)).any():
        numbers = array.dtype.kind in "iuf"
        array = array.astype(np.float64 if numbers else object)
        array[hidden] = np.nan if numbers else None
    if array.dtype.kind in "mM":
        array = array.astype(f"{array.dtype.kind}8[us]").astype(object)
    return array


def parse_names(names: str | Sequence[str] | None) -> tuple[str, ...]:
    """ "a,b" or ["a", "b"] as ("a", "b"); a name with a comma stands in double quotes."""
    if names is None:
        return ()
    if isinstance(names, str):
        names = next(csv.reader([names], skipinitialspace=True), [])
        return tuple(name.strip() for name in names if name.strip())
    return tuple(names)


def joined_names(names: Sequence[str]) -> str:
    """Names as `parse_names` reads them.

    Example:
        >>> joined_names(["a", "b, c"]), parse_names(joined_names(["a", "b, c"]))
        ('a,"b, c"', ('a', 'b, c'))
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return text.getvalue()


def near(name: str, names: Sequence[str]) -> str:
    """ "did you mean 'age'? it has age, weight": a hint for a name that is not there."""
    lowered = {known.strip().lower(): known for known in names}
    found = difflib.get_close_matches(name.strip().lower(), lowered, n=1, cutoff=0.5)
    hint = f"did you mean {lowered[found[0]]!r}? " if found else ""
    return f"{hint}it has {shortened(list(names), 8)}"


def number_of(cell: Any) -> float | None:
    """A cell as a number, NaN for a missing one, None for text and truth values."""
    if cell is None:
        return math.nan
    if isinstance(cell, bool | np.bool_):
        return None
    if isinstance(cell, int | float | np.number | Decimal):
        try:
            return float(cell)
        except (OverflowError, TypeError):
            return None
    if not isinstance(cell, str):
        return None
    text = cell.strip()
    if text.lower() in MISSING:
        return math.nan
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _truth_of(cell: Any) -> float | None:
    """A cell of a column of truth values as 1, 0, or NaN for a missing one."""
    if isinstance(cell, str):
        return _TRUTH.get(cell.strip().lower(), math.nan)
    return math.nan if cell is None else float(cell)


def label_of(cell: Any, *, worded: bool = False) -> str | None:
    """A cell as the name of a class, None for a missing one; 1.0 and "1" are the same.

    Two different numbers are two classes, however many digits they share; what may be a code, 01
    or among words 1E5, is a word.

    Args:
        cell: Of the table.
        worded: Whether its column holds words: then only an empty cell is missing.

    Example:
        >>> label_of("NA"), label_of("NA", worded=True), label_of("", worded=True)
        (None, 'NA', None)
        >>> label_of(1.0), label_of("1.50"), label_of("01"), label_of("1e2")
        ('1', '1.5', '01', '100')
    """
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if worded and isinstance(cell, str) and cell.strip().lower() in MISSING:
        return cell.strip() or None
    number = number_of(cell)
    if number is None:
        return str(cell).strip()
    if math.isnan(number):
        return None
    if isinstance(cell, str):
        text = cell.strip()
        if _CODE.fullmatch(text) or (worded and not _PLAIN.fullmatch(text)):
            return text
        if _PLAIN.fullmatch(text) and not text.partition(".")[2].strip("0"):
            return "0" if number == 0 else text.partition(".")[0]
    elif isinstance(cell, int | np.integer):
        return str(int(cell))
    if number.is_integer() and abs(number) < 1e15:
        return f"{number:.0f}" if number else "0"
    return str(cell) if isinstance(cell, np.floating) else repr(number)


def _at_once(values: Column) -> Floats | None:
    """Numbers, or texts that all are, without looking at each in Python; else None."""
    if not isinstance(values, np.ndarray) and any(
        isinstance(cell, str) and len(cell) > _LONGEST_NUMBER for cell in values
    ):
        return None  # an array of texts has room for the longest in each
    try:
        array = values if isinstance(values, np.ndarray) else np.array(values)
    except (ValueError, OverflowError):
        return None
    if array.ndim != 1 or array.dtype.kind not in "biufU":
        return None
    if array.dtype.kind == "U" and any("_" in cell for cell in array.tolist()):
        return None  # NumPy would read 1_000 as Python's own numbers are
    try:
        return array.astype(np.float64)
    except ValueError:
        return None


def _hint(cell: Any) -> str:
    """What to do with a cell that is no number."""
    text = str(cell).strip()
    if text.startswith("="):
        return "it is a formula without its value: save the workbook once in a spreadsheet program"
    if _THOUSANDS.fullmatch(text):
        return "write it without signs between thousands"
    if number_of(text.replace(",", ".")) is not None:
        return "write decimals with a point"
    if number_of(text.replace("\u2212", "-")) is not None:
        return "write the minus as -"
    if text.endswith("%") and number_of(text[:-1]) is not None:
        return "write it without %"
    if _DATE.match(text):
        return "write dates as numbers, such as days, or name other columns: --inputs a,b"
    return "empty it where it stands for none, or name other columns: --inputs a,b --targets y"


def _cut(cell: Any) -> str:
    text = repr(str(cell) if isinstance(cell, str | date) else cell)
    return text if len(text) <= 40 else text[:37] + "...'"
