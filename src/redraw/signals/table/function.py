"""A function as a signal: a formula, sampled over a domain."""

import keyword
import math
import re

import numpy as np

from redraw.errors import TableError, UsageError
from redraw.signals.table.cells import RawTable
from redraw.signals.table.columns import MOST_INPUTS, Column, Floats
from redraw.signals.table.expressions import CONSTANTS, FUNCTIONS, Expression
from redraw.signals.table.making import make_table
from redraw.signals.table.table import LARGEST, Table

# Samples to learn where no number is given, by the number of variables; then that of the last.
ROWS = (1000, 10_000, 20_000)
MOST_ROWS = 100_000_000
FRESH = 0.25  # fresh samples to judge by, as a share of those to learn
TARGET = "f"


def sampled(
    text: str,
    domain: str | dict[str, tuple[float, float]],
    *,
    rows: int | None = None,
    task: str | None = None,
) -> Table:
    """A formula sampled over a domain.

    One variable is sampled at equal distances, two on a grid; of more, samples are random, the same
    every time. A quarter as many are drawn at random beside them, to judge by. Where the formula
    has no finite value there is no sample, and `notes` says how many that were.

    Args:
        text: The formula; see `redraw.signals.table.expressions`.
        domain: "x=-3:3, y=0:1", or {"x": (-3, 3), "y": (0, 1)}.
        rows: Samples to learn, about; by default 1,000 for one variable, 10,000 for two, 20,000.
        task: "regression" or "classification"; by default what is only 0 and 1 is classes.

    Raises:
        UsageError: the formula or the domain can't be taken.
        TableError: it is finite nowhere.

    Example:
        >>> sampled("sin(3*x) + x**2/4", "x=-3:3")
        <Table sin(3*x) + x**2/4: 1,000 rows and 250 held out, x → f>
    """
    ends = parse_domain(domain) if isinstance(domain, str) else dict(domain)
    for name, (low, high) in ends.items():
        _check_ends(name, low, high)
    if not 1 <= len(ends) <= MOST_INPUTS:
        raise UsageError(f"the domain has {len(ends)} variables; accepted: 1 to {MOST_INPUTS}")
    formula = Expression(text, ends)
    wanted = rows if rows is not None else ROWS[min(len(ends), len(ROWS)) - 1]
    if not 2 <= wanted <= MOST_ROWS:
        raise UsageError(f"a function of {wanted} rows; accepted: 2 to {MOST_ROWS:,}")
    points = spread(list(ends.values()), wanted)
    fresh = random_points(list(ends.values()), max(10, round(FRESH * len(points))))
    learned, dropped = _finite_rows(formula, points)
    held, _ = _finite_rows(formula, fresh)
    called = _target_name(ends)
    name = text.strip()
    if dropped == len(points):
        raise TableError(f"{name} is finite at none of {dropped:,} points of its domain")
    notes: tuple[str, ...] = ()
    if dropped:
        notes += (f"at {dropped:,} of {len(points):,} points the function is not finite: left out",)
    if ignored := [repr(key) for key in ends if key not in formula.used]:
        notes += (f"the function does not depend on {', '.join(ignored)}",)
    raw = _raw(name, ends, called, learned, notes)
    others = _raw(name, ends, called, held, ()) if len(held[0]) else None
    table = make_table(raw, tuple(ends), (called,), task=task, held_out=others)
    return _over(table, ends)


def parse_domain(text: str) -> dict[str, tuple[float, float]]:
    """ "x=-3:3, y=0:2*pi" as {"x": (-3, 3), "y": (0, 6.28)}.

    Raises:
        UsageError: it is written otherwise.
    """
    found: dict[str, tuple[float, float]] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\w+)\s*=\s*([^:=]+):([^:=]+)", part)
        if match is None:
            raise UsageError(f"domain {part.strip()!r} is not NAME=LOW:HIGH; for example x=-3:3")
        name = match[1]
        if name in found:
            raise UsageError(f"the domain of {name} is given twice")
        found[name] = (_number(match[2], part), _number(match[3], part))
    return found


def spread(ends: list[tuple[float, float]], count: int) -> Floats:
    """About `count` points over a box: evenly on a line or a grid, beyond that at random. (N, D)"""
    if len(ends) > 2:
        return random_points(ends, count, key=1)
    side = count if len(ends) == 1 else max(2, round(math.sqrt(count)))
    axes = [np.linspace(low, high, side) for low, high in ends]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(ends))


def random_points(ends: list[tuple[float, float]], count: int, key: int = 2) -> Floats:
    """Uniform over a box, the same every time. (N, D)"""
    low, high = np.array(ends).T
    draws = np.random.Generator(np.random.Philox(key=[key, len(ends)]))
    return low + (high - low) * draws.random((count, len(ends)))


def _finite_rows(formula: Expression, points: Floats) -> tuple[tuple[Floats, Floats], int]:
    """Points and values where the formula has a finite one, and how many others there were."""
    values = formula({name: points[:, axis] for axis, name in enumerate(formula.variables)})
    fine = np.isfinite(values)
    return (points[fine], values[fine]), int((~fine).sum())


def _raw(
    name: str,
    ends: dict[str, tuple[float, float]],
    called: str,
    rows: tuple[Floats, Floats],
    notes: tuple[str, ...],
) -> RawTable:
    points, values = rows
    columns = {key: points[:, axis] for axis, key in enumerate(ends)}
    return RawTable(name, {**columns, called: values}, notes=notes)


def _over(table: Table, ends: dict[str, tuple[float, float]]) -> Table:
    """The same table, its inputs scaled by the whole domain."""
    import dataclasses

    columns = tuple(Column.over(name, low, high) for name, (low, high) in ends.items())
    return dataclasses.replace(table, schema=dataclasses.replace(table.schema, inputs=columns))


def _target_name(ends: dict[str, tuple[float, float]]) -> str:
    return TARGET if TARGET not in ends else f"{TARGET}_value"


def _number(text: str, part: str) -> float:
    """An end of a domain, which may be a formula of numbers: 2*pi."""
    try:
        value = Expression(text, ())({"": np.zeros(1)})[0]
    except UsageError:
        raise UsageError(f"domain {part.strip()!r}: {text.strip()!r} is no number") from None
    return float(value)


def _check_ends(name: str, low: float, high: float) -> None:
    if not (name.isidentifier() and not keyword.iskeyword(name)):
        raise UsageError(f"{name!r} can't be a variable; accepted: names such as x, y, t1")
    if name in CONSTANTS or name in FUNCTIONS:
        raise UsageError(f"{name!r} has a meaning already; call the variable otherwise")
    if math.isfinite(low) and math.isfinite(high) and max(abs(low), abs(high)) > LARGEST:
        raise UsageError(
            f"the domain of {name} is {low:g}:{high:g}; its ends are up to {LARGEST:g}: scale it"
        )
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        turned = f"; did you mean {name}={high:g}:{low:g}?" if low > high else ""
        raise UsageError(
            f"the domain of {name} is {low:g}:{high:g}; accepted: two finite numbers, the lower"
            f" one first{turned}"
        )
