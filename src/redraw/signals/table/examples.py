"""Examples of functions to learn, by name. Generated, the same every time; none is a file.

Each has rows to learn and fresh ones, held out, to be judged by.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from redraw.errors import UsageError
from redraw.signals.table.columns import Column, Floats, Schema, Task
from redraw.signals.table.table import Table

LOTTERY_DOMAIN = 20.0
# Lang and Witbrock 1988: three turns, 97 points on each spiral.
SPIRAL_POINTS = 97
# What the rows of `linear` and of `logistic` were made with: weights, then the constant.
LINEAR = (2.0, -3.0, 0.5, 1.0)
LOGISTIC = (1.5, -2.0, 0.5)
NOISE = 0.1


@dataclass(frozen=True)
class Example:
    """One row of the list.

    Attributes:
        about: One line for people.
        make: The table.
    """

    about: str
    make: Callable[[], Table]


def example(name: str) -> Table:
    """The example of that name.

    Raises:
        UsageError: there is none; the nearest is suggested.

    Example:
        >>> example("xor")
        <Table xor: 4 rows, a, b → y, 2 classes>
    """
    if name in EXAMPLES:
        return EXAMPLES[name].make()
    near = difflib.get_close_matches(name.lower(), EXAMPLES, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"unknown example {name!r}; {hint}accepted: {', '.join(EXAMPLES)}")


def lottery_curve(x: Floats) -> Floats:
    """a(x) = x + 1/x + 1/x^2 + 1/x^3, infinite at 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return x + 1.0 / x + 1.0 / x**2 + 1.0 / x**3


def lottery_class(points: Floats) -> Floats:
    """1 below the curve where x > 0 and above it where x < 0, else 0. (N, 2) -> (N,)"""
    x, y = points[:, 0], points[:, 1]
    above = y > lottery_curve(x)
    return np.where(x > 0.0, ~above, above).astype(np.float64)


def spirals(places: Floats) -> tuple[Floats, Floats]:
    """Points on both spirals, and which is which.

    Args:
        places: Along a spiral, from 0 outside to 96 near the middle. (N,)

    Returns:
        (2 N, 2), the second spiral the first one turned by half a turn; and (2 N,).
    """
    radius = 6.5 * (104.0 - places) / 104.0
    angle = places * np.pi / 16.0
    one = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return np.concatenate([one, -one]), np.repeat([0.0, 1.0], len(places))


def draws(name: str) -> np.random.Generator:
    """Random numbers of an example's own, the same every time."""
    return np.random.Generator(np.random.Philox(key=[sum(name.encode()), 5]))


def _table(
    name: str,
    inputs: str,
    learned: tuple[Floats, Floats],
    held: tuple[Floats, Floats] | None = None,
    task: Task = "classification",
) -> Table:
    """A table of columns `inputs`, and y."""
    rows, targets = learned
    columns = tuple(
        Column.over(key, rows[:, axis].min(), rows[:, axis].max())
        for axis, key in enumerate(inputs.split())
    )
    if task == "classification":
        schema = Schema(task, columns, (Column("y"),), ("0", "1"))
    else:
        schema = Schema(task, columns, (Column.standard("y", targets),))
    fresh = held or (rows[:0], targets[:0])
    return Table(rows, targets[:, None], schema, fresh[0], fresh[1][:, None], name=name)


def _xor() -> Table:
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return _table("xor", "a b", (corners, np.array([0.0, 1.0, 1.0, 0.0])))


def _lottery() -> Table:
    points = draws("lottery").uniform(-LOTTERY_DOMAIN, LOTTERY_DOMAIN, (20_000, 2))
    classes = lottery_class(points)
    return _table(
        "lottery", "x1 x2", (points[:16_000], classes[:16_000]), (points[16_000:], classes[16_000:])
    )


def _two_spirals() -> Table:
    places = np.arange(float(SPIRAL_POINTS))
    return _table("two-spirals", "x1 x2", spirals(places), spirals(places[:-1] + 0.5))


def _step() -> Table:
    x = np.linspace(-1.0, 1.0, 400)
    fresh = np.sort(draws("step").uniform(-1.0, 1.0, 200))
    return _table(
        "step",
        "x",
        (x[:, None], (x >= 0.0).astype(float)),
        (fresh[:, None], (fresh >= 0.0).astype(float)),
        "regression",
    )


def _sinc() -> Table:
    x = np.linspace(-8.0, 8.0, 1000)
    fresh = np.sort(draws("sinc").uniform(-8.0, 8.0, 500))
    return _table(
        "sinc", "x", (x[:, None], np.sinc(x)), (fresh[:, None], np.sinc(fresh)), "regression"
    )


def _linear() -> Table:
    random = draws("linear")
    rows = random.uniform(-1.0, 1.0, (500, 3))
    y = rows @ np.array(LINEAR[:3]) + LINEAR[3] + NOISE * random.standard_normal(500)
    return _table("linear", "a b c", (rows[:400], y[:400]), (rows[400:], y[400:]), "regression")


def _logistic() -> Table:
    random = draws("logistic")
    rows = random.uniform(-3.0, 3.0, (1000, 2))
    chance = 1.0 / (1.0 + np.exp(-(rows @ np.array(LOGISTIC[:2]) + LOGISTIC[2])))
    y = (random.random(1000) < chance).astype(float)
    return _table("logistic", "a b", (rows[:800], y[:800]), (rows[800:], y[800:]))


EXAMPLES = {
    "xor": Example("1 where one of a and b is 1 and the other 0: four rows, two classes", _xor),
    "lottery": Example(
        "which side of x + 1/x + 1/x^2 + 1/x^3 a point of the plane is on, from -20 to 20", _lottery
    ),
    "two-spirals": Example(
        "two spirals of three turns, one in the other (Lang & Witbrock 1988)", _two_spirals
    ),
    "step": Example("0 below 0, 1 from there on", _step),
    "sinc": Example("sin(pi x) / (pi x) from -8 to 8", _sinc),
    "linear": Example("2 a - 3 b + c / 2 + 1, with noise of deviation 0.1", _linear),
    "logistic": Example(
        "1 with the probability sigmoid(1.5 a - 2 b + 0.5), else 0: two classes", _logistic
    ),
}
