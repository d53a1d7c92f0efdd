"""What the numbers of a table mean: names of columns, factors of scaling, classes.

A field sees coordinates in [-1, 1] and gives values of the order of 1. A `Schema` says how a
table's numbers become these, and how predictions come back in the data's units. It is kept in the
field file.

Shapes: N rows, D inputs, T targets, K classes, C channels of the field.
"""

import math
import sys
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import FileFormatError, ShapeError, UsageError

Task = Literal["regression", "classification"]
TASKS = ("regression", "classification")
MOST_INPUTS = 16  # what a field takes
MOST_CHANNELS = 4096
LONGEST_NAME = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A column of numbers: its name, and the factors of scaled = (number - offset) / scale.

    Raises:
        UsageError: the name is too long, or a factor impossible.
    """

    name: str
    offset: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if len(self.name) > LONGEST_NAME:
            raise UsageError(f"a column's name has {len(self.name)} characters; up to 1,000 are")
        if not (math.isfinite(self.offset) and math.isfinite(self.scale) and self.scale > 0.0):
            raise UsageError(
                f"column {self.name!r} is scaled by ({self.offset:g}, {self.scale:g});"
                " accepted: finite numbers, the second above 0"
            )

    @classmethod
    def over(cls, name: str, low: float, high: float) -> "Column":
        """Scaled so that [low, high] becomes [-1, 1]; a constant becomes 0.

        So does a range that is narrower than the smallest normal number, where digits end.
        """
        # Halves first: the sum of two large numbers may be infinite.
        offset, scale = low / 2 + high / 2, high / 2 - low / 2
        return cls(name, float(offset), float(scale) if scale >= sys.float_info.min else 1.0)

    @classmethod
    def standard(cls, name: str, values: Floats) -> "Column":
        """Scaled to mean 0 and standard deviation 1; a constant becomes 0."""
        offset = float(values.mean())
        scale = float(np.sqrt(np.square(values - offset).mean()))
        varies = scale > 1e-12 * max(abs(offset), 1e-300)
        return cls(name, offset, scale if varies and math.isfinite(scale) else 1.0)


@dataclass(frozen=True)
class Schema:
    """What a table's columns mean, and how they are scaled.

    Attributes:
        task: "regression" (targets are numbers) or "classification" (one target, of classes).
        inputs: The coordinates. (D)
        targets: What is learned. (T); a classification's single one is not scaled.
        classes: Names of the classes, in the order of their numbers; () for a regression. (K)

    Raises:
        UsageError: these do not go together.
    """

    task: Task
    inputs: tuple[Column, ...]
    targets: tuple[Column, ...]
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UsageError(f"unknown task {self.task!r}; accepted: {', '.join(TASKS)}")
        if not 1 <= len(self.inputs) <= MOST_INPUTS:
            raise UsageError(f"{len(self.inputs)} inputs; accepted: 1 to {MOST_INPUTS}")
        if not 1 <= len(self.targets) <= MOST_CHANNELS:
            raise UsageError(f"{len(self.targets)} targets; accepted: 1 to {MOST_CHANNELS}")
        names = [column.name for column in (*self.inputs, *self.targets)]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"column {name!r} is named twice; each has one part to play")
        if self.task == "regression" and self.classes:
            raise UsageError("a regression has no classes")
        if self.task == "classification":
            if len(self.targets) != 1:
                raise UsageError(
                    f"a classification has {len(self.targets)} targets; accepted: one column"
                )
            if not 2 <= len(self.classes) <= MOST_CHANNELS:
                raise UsageError(
                    f"{self.targets[0].name!r} has {len(self.classes)} classes;"
                    f" accepted: 2 to {MOST_CHANNELS}"
                )
            if len(set(self.classes)) < len(self.classes):
                raise UsageError("two classes have one name")

    @property
    def channels(self) -> int:
        """Values per point of a field for it: one for two classes, else one per class (C)."""
        if self.task == "regression":
            return len(self.targets)
        return 1 if len(self.classes) == 2 else len(self.classes)

    @property
    def names(self) -> str:
        """ "a, b → y", for people."""
        sides = (self.inputs, self.targets)
        left, right = (shortened([column.name for column in side]) for side in sides)
        return f"{left} → {right}"

    def coordinates(self, inputs: ArrayLike) -> NDArray[np.float32]:
        """Inputs in the data's units as a field takes them. (N, D) -> (N, D)

        Raises:
            ShapeError: `inputs` is not (N, D).
        """
        numbers = np.asarray(inputs, np.float64)
        if numbers.ndim == 1 and len(self.inputs) == 1:
            numbers = numbers[:, None]
        if numbers.ndim != 2 or numbers.shape[1] != len(self.inputs):
            raise ShapeError(
                f"inputs are {numbers.shape}; expected (rows, {len(self.inputs)}):"
                f" {shortened([column.name for column in self.inputs])}"
            )
        return ((numbers - _offsets(self.inputs)) / _scales(self.inputs)).astype(np.float32)

    def values(self, targets: Floats) -> NDArray[np.float32]:
        """Targets in the data's units (numbers of classes) as a field learns them.

        (N, T) -> (N, C): scaled numbers, the probability of the second of two classes, or of each.
        """
        if self.task == "regression":
            scaled = (targets - _offsets(self.targets)) / _scales(self.targets)
            return np.ascontiguousarray(scaled, np.float32)
        number = targets[:, 0].astype(np.int64)
        if len(self.classes) == 2:
            return number[:, None].astype(np.float32)
        return np.eye(len(self.classes), dtype=np.float32)[number]

    def predictions(self, values: ArrayLike) -> Floats:
        """What a field gives, in the data's units: numbers, or the numbers of classes.

        (N, C) -> (N, T)
        """
        values = np.asarray(values, np.float64)
        if self.task == "regression":
            return values * _scales(self.targets) + _offsets(self.targets)
        return self.probabilities(values).argmax(axis=1)[:, None].astype(np.float64)

    def probabilities(self, values: ArrayLike) -> Floats:
        """The probability of each class. (N, C) -> (N, K)

        Raises:
            UsageError: it is no classification.
        """
        if self.task != "classification":
            raise UsageError(f"{self.names} is a regression; it has no probabilities of classes")
        values = np.asarray(values, np.float64)
        return np.hstack([1.0 - values, values]) if values.shape[1] == 1 else values

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` is the inverse."""
        return {
            "task": self.task,
            "inputs": [[c.name, c.offset, c.scale] for c in self.inputs],
            "targets": [[c.name, c.offset, c.scale] for c in self.targets],
            "classes": list(self.classes),
        }

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read back what `to_json` gave, trusting nothing.

        Raises:
            FileFormatError: it is not what `to_json` gives.
        """
        keys = {"task", "inputs", "targets", "classes"}
        if not isinstance(data, dict) or data.keys() != keys:
            raise FileFormatError(f"the columns are {_cut(data)}; expected {', '.join(keys)}")
        classes = data["classes"]
        if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
            raise FileFormatError(f"the classes are {_cut(classes)}; expected a list of names")
        if any(len(name) > LONGEST_NAME for name in classes):
            raise FileFormatError("a class has a name of more than 1,000 characters")
        if not isinstance(data["task"], str):
            raise FileFormatError(
                f"the task is {_cut(data['task'])}; expected {' or '.join(TASKS)}"
            )
        try:
            return cls(
                data["task"],  # type: ignore[arg-type]  # checked by the class
                _columns(data["inputs"], "inputs"),
                _columns(data["targets"], "targets"),
                tuple(classes),
            )
        except UsageError as error:
            raise FileFormatError(f"the columns are damaged: {error}") from error


def shortened(names: list[str], most: int = 4) -> str:
    """ "a, b, c" or "a, b, c and 12 more"."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def _columns(data: Any, what: str) -> tuple[Column, ...]:
    found = []
    for item in data if isinstance(data, list) else [data]:
        if not isinstance(item, list) or [type(part) for part in item] != [str, float, float]:
            raise FileFormatError(f"the {what} hold {_cut(item)}; expected name, offset, scale")
        found.append(Column(*item))
    return tuple(found)


def _offsets(columns: tuple[Column, ...]) -> Floats:
    return np.array([column.offset for column in columns])


def _scales(columns: tuple[Column, ...]) -> Floats:
    return np.array([column.scale for column in columns])


def _cut(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
