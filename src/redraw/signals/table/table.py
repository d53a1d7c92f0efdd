"""A table as a signal: rows of inputs with their targets, and what they mean.

The samples of a function are a table, too.

Shapes: N rows to learn, M held-out rows, D inputs, T targets.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import TableError
from redraw.signals.samples import Asking, PointSamples
from redraw.signals.signal import Outcome, Signal, Trait, side_of
from redraw.signals.table.columns import Column, Floats, Schema

LARGEST = 1e100  # of a table's numbers: their squares and differences are finite


@dataclass(frozen=True, eq=False)
class Table(Signal):
    """Rows to learn from, and rows held out to be judged by.

    Attributes:
        inputs: In the data's units. (N, D) float64
        targets: In the data's units; a classification's are the numbers of classes. (N, T) float64
        schema: What the columns mean.
        held_inputs: Rows that are not learned. (M, D), M = 0 without any
        held_targets: (M, T); class numbers from K on are those of `unseen`
        unseen: Classes that occur among the held-out rows only.
        name: Of the file or function.
        notes: Things to tell the user.

    Raises:
        TableError: a number is not finite, or the shapes do not go together.

    Example:
        >>> table = Table.from_arrays([[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 4.0, 9.0])
        >>> table.describe()
        '4 rows, x → y'
    """

    kind = "table"

    inputs: Floats
    targets: Floats
    schema: Schema
    held_inputs: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    held_targets: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    unseen: tuple[str, ...] = ()
    name: str = "table"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides = len(self.schema.inputs), len(self.schema.targets)
        if not len(self.held_inputs):
            object.__setattr__(self, "held_inputs", np.zeros((0, sides[0])))
            object.__setattr__(self, "held_targets", np.zeros((0, sides[1])))
        for rows, targets in (
            (self.inputs, self.targets),
            (self.held_inputs, self.held_targets),
        ):
            found = rows.shape, targets.shape
            if found != ((len(rows), sides[0]), (len(rows), sides[1])):
                raise TableError(
                    f"{self.name}: inputs are {found[0]} and targets {found[1]};"
                    f" expected (rows, {sides[0]}) and (rows, {sides[1]})"
                )
            if not (np.isfinite(rows).all() and np.isfinite(targets).all()):
                raise TableError(f"{self.name}: a number is missing or not finite")
            check_sizes(self.name, rows, targets)
        if not len(self.inputs):
            raise TableError(f"{self.name} has no complete row to learn from")

    @classmethod
    def from_arrays(
        cls,
        inputs: ArrayLike,
        targets: ArrayLike,
        *,
        task: str | None = None,
        input_names: Sequence[str] | None = None,
        target_names: Sequence[str] | None = None,
        held_out: float | str | None = None,
        scaling: str = "range",
        name: str = "table",
    ) -> "Table":
        """A table from arrays, such as scikit-learn takes.

        Args:
            inputs: Numbers. (N,) or (N, D)
            targets: Numbers, or classes of any kind. (N,) or (N, T)
            task: "regression" or "classification"; by default text, truth values and numbers that
                are only 0 and 1 are classes.
            input_names: Names of the inputs; "x", or "x1", "x2", ... by default.
            target_names: The same, of the targets.
            held_out: The share of the rows to judge by: .2 or "20%".
            scaling: Of inputs: "range" to [-1, 1], or "standard" to mean 0 and deviation 1.
            name: For messages.

        Raises:
            TableError: the arrays are no table of numbers, or nothing can be learned from them.
            UsageError: an option is not accepted.

        Example:
            >>> Table.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
            <Table table: 4 rows, x1, x2 → y, 2 classes>
        """
        from redraw.signals.table.cells import of_arrays
        from redraw.signals.table.making import make_table

        raw = of_arrays(inputs, targets, input_names, target_names, name)
        return make_table(
            raw, raw.inputs, raw.targets, task=task, held_out=held_out, scaling=scaling
        )

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        inputs: str | Sequence[str] | None = None,
        targets: str | Sequence[str] | None = None,
        *,
        task: str | None = None,
        held_out: float | str | os.PathLike[str] | None = None,
        scaling: str = "range",
    ) -> "Table":
        """A table from a CSV, JSON or Parquet file.

        Args:
            path: The file.
            inputs: Names of columns, or "a,b"; by default all that are no targets.
            targets: The same. Only the flat JSON form needs none.
            task: As in `from_arrays`.
            held_out: A share of the rows, or another file of the same columns, to judge by.
            scaling: As in `from_arrays`.

        Raises:
            TableError: it can't be read; the message names file, line and column.
            UsageError: a column is not there, or an option is not accepted.
        """
        from redraw.signals.table.reading import read_table

        return read_table(path, inputs, targets, task=task, held_out=held_out, scaling=scaling)

    @property
    def count(self) -> int:
        """Rows to learn from (N)."""
        return len(self.inputs)

    @property
    def held_count(self) -> int:
        """Rows held out (M)."""
        return len(self.held_inputs)

    @property
    def outcome(self) -> Outcome:
        return "classes" if self.schema.task == "classification" else "numbers"

    @property
    def channels(self) -> int:
        """Values per row of a field for it (C)."""
        return self.schema.channels

    @property
    def traits(self) -> tuple[Trait, ...]:
        return (Trait(self.kind, "it is a table"),)

    @property
    def extents(self) -> tuple[int, ...]:
        """As if its rows lay on a grid."""
        axes = len(self.schema.inputs)
        return (side_of(self.count, axes),) * axes

    def describe(self) -> str:
        """ "4 rows, x1, x2 → y, 2 classes", for people."""
        rows = f"{self.count:,} row" + ("" if self.count == 1 else "s")
        if self.held_count:
            rows += f" and {self.held_count:,} held out"
        kind = f", {len(self.schema.classes)} classes" if self.schema.classes else ""
        return f"{rows}, {self.schema.names}{kind}"

    def __repr__(self) -> str:
        return f"<Table {self.name}: {self.describe()}>"

    def samples(self, asking: Asking | None = None) -> PointSamples:
        """Its rows; there are no cells to be asked in."""
        return PointSamples(
            self.schema.values(self.targets),
            np.ascontiguousarray(self.schema.coordinates(self.inputs)),
        )

    def content(self) -> tuple[NDArray[Any] | None, ...]:
        return self.inputs, self.targets, self.held_inputs, self.held_targets

    def extent(self, axis: int) -> tuple[float, float]:
        """The least and largest of an input, over all rows; a little around a constant."""
        return extent_of(self.inputs[:, axis], self.held_inputs[:, axis])


def check_sizes(name: str, *parts: Floats) -> None:
    """Refuse numbers whose squares and differences would not be finite.

    Raises:
        TableError: one is larger than `LARGEST`.
    """
    largest = max(float(np.abs(part).max(initial=0)) for part in parts)
    if largest > LARGEST:
        raise TableError(
            f"{name}: a number is {largest:g}; up to {LARGEST:g} are taken: scale them"
        )


def extent_of(*values: NDArray[np.float64]) -> tuple[float, float]:
    """The least and largest number; a little around it where there is only one."""
    joined = np.concatenate(values)
    low, high = float(joined.min()), float(joined.max())
    if low < high:
        return low, high
    room = max(abs(low) * 0.1, 0.5)
    return low - room, high + room


def columns_of(
    names: Sequence[str], values: Floats, scaling: str
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Columns scaled by their own numbers, and notes on those that are constant.

    Args:
        names: Of the columns. (D)
        values: (N, D)
        scaling: "range" or "standard".
    """
    found, notes = [], []
    for axis, name in enumerate(names):
        numbers = values[:, axis]
        low, high = float(numbers.min()), float(numbers.max())
        if low == high:
            notes.append(f"column {name!r} is constant ({low:g})")
        if scaling == "range":
            found.append(Column.over(name, low, high))
        else:
            found.append(Column.standard(name, numbers))
    return tuple(found), tuple(notes)
