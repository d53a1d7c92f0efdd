"""From cells to a signal: the task, complete rows, held-out rows, classes, factors of scaling."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redraw.errors import TableError, UsageError
from redraw.signals.table.cells import Cells, RawTable, number_of
from redraw.signals.table.columns import LONGEST_NAME, TASKS, Column, Floats, Schema, Task
from redraw.signals.table.table import Table, check_sizes, columns_of

SCALINGS = ("range", "standard")


def make_table(
    raw: RawTable,
    inputs: Sequence[str],
    targets: Sequence[str],
    *,
    task: str | None = None,
    held_out: float | str | RawTable | None = None,
    scaling: str = "range",
) -> Table:
    """A signal from what was read.

    Rows that lack a number are left out, and `notes` says how many. Factors of scaling and the
    names of classes come from the rows to learn alone, never from those held out.

    Args:
        raw: The table.
        inputs: Names of columns.
        targets: Names of columns.
        task: "regression", "classification", or None to tell by the targets.
        held_out: A share of the rows, or other rows, to judge by; None takes what `raw` brings.
        scaling: See `Table.from_arrays`.

    Raises:
        TableError: a cell is no number, or nothing is left to learn.
        UsageError: an option is not accepted.
    """
    if scaling not in SCALINGS:
        raise UsageError(f"scaling is {scaling!r}; accepted: {', '.join(SCALINGS)}")
    chosen, why = task_of([raw.cells(name) for name in targets], task)
    worded = chosen == "classification" and raw.cells(targets[0]).worded()
    rows, found, notes = _complete(raw, inputs, targets, chosen, worded, guessed=task is None)
    notes = (*raw.notes, *why, *notes)
    if chosen == "classification" and (words := raw.cells(targets[0]).words_for_none()):
        shown = ", ".join(repr(word) for word in words)
        notes += (f"{shown} in {targets[0]!r} is a class like others; leave cells empty otherwise",)
    others = held_out if held_out is not None else raw.held_out
    if isinstance(others, RawTable):
        held_rows, held_found, more = _complete(others, inputs, targets, chosen, worded)
        notes += more
    elif others is not None:
        held = held_mask(found, chosen, parse_share(others), raw.name)
        rows, held_rows = rows[~held], rows[held]
        found, held_found = found[~held], found[held]
    else:
        held_rows, held_found = rows[:0], found[:0]
    numeric = [found.astype(np.float64)] if chosen == "regression" else []
    check_sizes(raw.name, rows, *numeric)
    columns, constant = columns_of(inputs, rows, scaling)
    notes += tuple(f"{note}: it tells nothing" for note in constant)
    unseen: tuple[str, ...] = ()
    if chosen == "classification":
        classes = _classes(found[:, 0], raw.name, targets[0])
        unseen = tuple(_sorted(set(held_found[:, 0]) - set(classes)))
        if unseen:
            notes += (_said_unseen(held_found[:, 0], unseen),)
        schema = Schema(chosen, columns, (Column(targets[0]),), classes)
        numbers = _numbered(found, (*classes, *unseen))
        held_numbers = _numbered(held_found, (*classes, *unseen))
    else:
        numbers, held_numbers = found.astype(np.float64), held_found.astype(np.float64)
        learned, constant = columns_of(targets, numbers, "standard")
        notes += tuple(f"{note}: nothing but that is learned" for note in constant)
        schema = Schema(chosen, columns, learned)
    return Table(rows, numbers, schema, held_rows, held_numbers, unseen, name=raw.name, notes=notes)


def task_of(targets: Sequence[Cells], task: str | None) -> tuple[Task, tuple[str, ...]]:
    """The task, and why where that was guessed from numbers.

    Raises:
        UsageError: there is no such task, or one target holds classes among several.
    """
    if task is not None:
        if task not in TASKS:
            raise UsageError(f"unknown task {task!r}; accepted: {', '.join(TASKS)}")
        if task == "classification" and len(targets) > 1:
            raise UsageError(f"a classification has {len(targets)} targets; accepted: one column")
        return task, ()  # type: ignore[return-value]
    if len(targets) > 1 or not targets[0].looks_like_classes():
        return "regression", ()
    if any(number_of(cell) is None for cell in targets[0].values):
        return "classification", ()  # names are nothing else
    why = f"{targets[0].name!r} is learned as classes; --task regression takes numbers"
    return "classification", (why,)


def parse_share(share: float | str) -> float:
    """.2, "0.2" or "20%" as .2.

    Raises:
        UsageError: it is no share between 0 and 1.
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*(%?)\s*", str(share))
    value = float(match[1]) / (100.0 if match[2] else 1.0) if match else 0.0
    if not 0.0 < value < 1.0:
        raise UsageError(
            f"the held-out share is {share!r}; accepted: such as 20% or 0.2, or a file of rows"
        )
    return value


def held_mask(targets: NDArray, task: Task, share: float, name: str) -> NDArray[np.bool_]:
    """Which rows are held out: the same for the same table, and of each class its share. (N, T)

    Raises:
        TableError: not one row would be left, or held out.
    """
    count = len(targets)
    if not 1 <= round(share * count) < count:
        raise TableError(
            f"{name} has {count} row{'' if count == 1 else 's'}; {share:.0%} of them can't be held"
            " out and something be learned"
        )
    order = np.random.Generator(np.random.Philox(key=[0, count])).permutation(count)
    if task == "classification":
        rank = {label: place for place, label in enumerate(sorted(set(targets[:, 0])))}
        order = order[np.argsort([rank[label] for label in targets[order, 0]], kind="stable")]
    places = np.arange(count)
    wanted = round(share * count)
    held = np.zeros(count, bool)
    held[order[(places + 1) * wanted // count > places * wanted // count]] = True
    return held


def _complete(
    raw: RawTable,
    inputs: Sequence[str],
    targets: Sequence[str],
    task: Task,
    worded: bool,
    *,
    guessed: bool = False,
) -> tuple[Floats, NDArray, tuple[str, ...]]:
    """Inputs (N, D) and targets (N, T; names of classes as objects) of the rows that have all.

    Args:
        raw: The table.
        inputs: Names of columns.
        targets: Names of columns.
        task: What the targets are.
        worded: Whether classes are words; see `Cells.labels`.
        guessed: Whether the task was told by the targets.

    Raises:
        TableError: a cell is no number, or no row is complete.
    """
    left = np.stack([raw.cells(name).numbers() for name in inputs], axis=1)
    lacking = {name: ~np.isfinite(left[:, axis]) for axis, name in enumerate(inputs)}
    if task == "regression":
        try:
            right = np.stack([raw.cells(name).numbers() for name in targets], axis=1)
        except TableError as error:
            if not guessed or len(targets) > 1:
                raise
            raise TableError(f"{error}; where it holds classes: --task classification") from None
        lacking |= {name: ~np.isfinite(right[:, axis]) for axis, name in enumerate(targets)}
    else:
        labels = raw.cells(targets[0]).labels(worded=worded)
        right = np.array(labels, object).reshape(-1, 1)
        lacking[targets[0]] = np.array([label is None for label in labels], bool)
    if not len(left):
        raise TableError(f"{raw.name} has no rows; there is nothing to learn")
    for name, gone in lacking.items():
        if gone.all():
            raise TableError(
                f"{raw.name}: column {name!r} has no value in any of its"
                f" {len(left):,} row{'' if len(left) == 1 else 's'}; there is nothing to learn"
            )
    incomplete = np.logical_or.reduce(list(lacking.values()))
    if incomplete.all():
        raise TableError(f"{raw.name}: every row lacks a value; there is nothing to learn")
    notes: tuple[str, ...] = ()
    if incomplete.any():
        where = ", ".join(repr(name) for name, gone in lacking.items() if gone.any())
        infinite = np.isinf(left).any() or (task == "regression" and np.isinf(right).any())
        notes = (
            f"{incomplete.sum():,} of {len(left):,} rows of {raw.name} lack a"
            f" {'finite ' if infinite else ''}value in {where} and are left out",
        )
    return left[~incomplete], right[~incomplete], notes


def _classes(labels: NDArray, name: str, column: str) -> tuple[str, ...]:
    classes = tuple(_sorted(set(labels)))
    longest = max(classes, key=len, default="")
    if len(longest) > LONGEST_NAME:
        raise TableError(
            f"{name}: a class of column {column!r} has a name of {len(longest):,} characters; up to"
            f" {LONGEST_NAME:,} are taken: is it a class at all?"
        )
    if len(classes) == 1:
        raise TableError(
            f"{name}: all rows of column {column!r} are of the one class {classes[0]!r};"
            " telling classes apart needs two"
        )
    return classes


def _sorted(names: set[str]) -> list[str]:
    """By number where all are numbers, else by letters."""
    try:
        return sorted(names, key=lambda name: (float(name), name))
    except ValueError:
        return sorted(names)


def _numbered(labels: NDArray, classes: Sequence[str]) -> Floats:
    number = {name: float(place) for place, name in enumerate(classes)}
    return np.array([number[label] for label in labels[:, 0]]).reshape(-1, 1)


def _said_unseen(labels: NDArray, unseen: Sequence[str]) -> str:
    rows = sum(label in set(unseen) for label in labels)
    names = ", ".join(repr(name) for name in unseen)
    return (
        f"{rows:,} held-out row{' is' if rows == 1 else 's are'} of a class that no row to learn"
        f" from has ({names}); counted as wrong"
    )
