"""A field as a short list of array operations: what exporters print, and other runtimes run.

A field is lowered by asking its parts: the encoding, the network and the output each add their
operations to a `Builder` (`Field.lower`). What comes out knows no PyTorch and no names of presets,
only arrays. Each operation takes one or more earlier values and makes one, and all values are
matrices with a row for each point.

`Program.run` is the interpreter: plain NumPy, the definition that every exporter is tested against.

Shapes: N points, D dimensions, I inputs and O outputs of an operation, C channels, R rows,
L levels, F features per level, H rows and W columns of a lattice.
"""

import itertools
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from redraw.fields.hash_grid_config import Level

Values = NDArray[np.floating]


class Operation(Protocol):
    """One array operation.

    Attributes:
        kind: Its name, by which exporters find how to print it.
        width: Numbers per point that come out. (O)
    """

    kind: ClassVar[str]

    @property
    def width(self) -> int: ...

    def run(self, *values: Values) -> Values:
        """(N, I) each -> (N, O), in the precision of what comes in."""
        ...


@dataclass(frozen=True, eq=False)
class Affine:
    """values @ weight.T + bias: a layer of a network, a mix of planes, frequencies.

    Attributes:
        weight: (O, I)
        bias: (O,)
    """

    kind: ClassVar[str] = "affine"
    weight: Values
    bias: Values

    @property
    def width(self) -> int:
        return len(self.weight)

    def run(self, *values: Values) -> Values:
        (z,) = values
        return z @ self.weight.T.astype(z.dtype) + self.bias.astype(z.dtype)


@dataclass(frozen=True)
class Activation:
    """A function of each number: a name of `FUNCTIONS`.

    `wire-complex` takes complex numbers, all real parts before all imaginary ones, and gives such.

    Attributes:
        name: Which function.
        omega: Frequency (sine, finer, wire, wire-complex).
        spread: Inverse width of the Gaussian (gauss, wire, wire-complex).
        width: Numbers in and out.
    """

    kind: ClassVar[str] = "activation"
    name: str
    omega: float
    spread: float
    width: int

    def run(self, *values: Values) -> Values:
        (z,) = values
        dtype = z.dtype.type
        return FUNCTIONS[self.name](z, dtype(self.omega), dtype(self.spread)).astype(z.dtype)


def _gabor(z: Values, omega: float, spread: float) -> Values:
    """exp(j omega z - |s z|^2), real and imaginary halves side by side. (N, 2 O) -> (N, 2 O)"""
    re, im = np.split(z, 2, axis=1)
    size = np.exp(-omega * im - spread * spread * (re * re + im * im))
    return np.concatenate([size * np.cos(omega * re), size * np.sin(omega * re)], axis=1)


def logistic(z: Values) -> Values:
    """1 / (1 + exp(-z)), safe for any z."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


# As `redraw.fields.activations.DEFINITIONS`; a test compares.
FUNCTIONS = {
    "tanh": lambda z, omega, spread: np.tanh(z),
    "sigmoid": lambda z, omega, spread: logistic(z),
    "relu": lambda z, omega, spread: np.maximum(z, 0),
    "silu": lambda z, omega, spread: z * logistic(z),
    "sine": lambda z, omega, spread: np.sin(omega * z),
    "finer": lambda z, omega, spread: np.sin(omega * (np.abs(z) + 1) * z),
    "gauss": lambda z, omega, spread: np.exp(-((spread * z) ** 2)),
    "wire": lambda z, omega, spread: np.cos(omega * z) * np.exp(-((spread * z) ** 2)),
    "wire-complex": _gabor,
}


@dataclass(frozen=True, eq=False)
class Lookup:
    """Features from the corners of grid cells, interpolated linearly, level after level.

    Positions are clamped to [-1, 1]. Of each level the cell's 2^D corners have a row each, by a sum
    of products or by a hash (`redraw.fields.hash_grid_config.Level`).

    Attributes:
        table: (R, F)
        levels: Whose rows they are. (L)
    """

    kind: ClassVar[str] = "lookup"
    table: Values
    levels: "tuple[Level, ...]"

    @property
    def width(self) -> int:
        return len(self.levels) * self.table.shape[1]

    def run(self, *values: Values) -> Values:
        (xy,) = values
        inside = np.clip((xy + 1) * xy.dtype.type(0.5), 0, 1)
        return np.concatenate([self._level(inside, level) for level in self.levels], axis=1)

    def _level(self, inside: Values, level: "Level") -> Values:
        position = inside * np.array(level.scale, inside.dtype) + inside.dtype.type(0.5)
        cell = np.floor(position)
        right = position - cell
        near = cell.astype(np.int64)
        total = np.zeros((len(inside), self.table.shape[1]), inside.dtype)
        for corner in itertools.product((0, 1), repeat=len(level.scale)):
            row = np.zeros(len(inside), np.int64)
            weight = np.ones(len(inside), inside.dtype)
            for axis, (bit, multiplier) in enumerate(zip(corner, level.multipliers, strict=True)):
                term = (near[:, axis] + bit) * multiplier
                row = row ^ term if level.hashed else row + term
                weight = weight * (right[:, axis] if bit else 1 - right[:, axis])
            row = row & (level.rows - 1) if level.hashed else row
            total += weight[:, None] * self.table[level.first + row].astype(inside.dtype)
        return total


@dataclass(frozen=True, eq=False)
class Lattice:
    """A cubic B-spline whose knots are the centres of a lattice's cells, mirrored at its edges.

    Attributes:
        weights: Of the B-splines; the lattice's edges are at -1 and 1. (C, H, W)
    """

    kind: ClassVar[str] = "lattice"
    weights: Values

    @property
    def width(self) -> int:
        return len(self.weights)

    def run(self, *values: Values) -> Values:
        (xy,) = values
        height, width = self.weights.shape[1:]
        across, x = _taps(xy[:, 0], width)
        down, y = _taps(xy[:, 1], height)
        total = np.zeros((self.width, len(xy)), xy.dtype)
        for row in range(4):
            for column in range(4):
                reached = self.weights[:, down[row], across[column]].astype(xy.dtype)
                total += (y[row] * x[column]) * reached
        return total.T


def _taps(place: Values, side: int) -> tuple[list[NDArray[np.int64]], list[Values]]:
    """Indices and weights of the four B-splines that reach a place. (N,) -> 4 of (N,), twice"""
    position = (place + 1) * place.dtype.type(0.5 * side) - place.dtype.type(0.5)
    cell = np.floor(position)
    t = position - cell
    left = 1 - t
    within = (cell.astype(np.int64)[None] + np.arange(-1, 3)[:, None]) % (2 * side)
    return list(np.minimum(within, 2 * side - 1 - within)), [
        left**3 / 6,
        (4 - 6 * t * t + 3 * t**3) / 6,
        (4 - 6 * left * left + 3 * left**3) / 6,
        t**3 / 6,
    ]


@dataclass(frozen=True)
class Join:
    """Values side by side.

    Attributes:
        width: Numbers of all of them together.
    """

    kind: ClassVar[str] = "join"
    width: int

    def run(self, *values: Values) -> Values:
        return np.concatenate(values, axis=1)


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-sharpness z)).

    Attributes:
        sharpness: How steep.
        width: Numbers in and out.
    """

    kind: ClassVar[str] = "sigmoid"
    sharpness: float
    width: int

    def run(self, *values: Values) -> Values:
        (z,) = values
        return logistic(z.dtype.type(self.sharpness) * z).astype(z.dtype)


@dataclass(frozen=True)
class Softmax:
    """exp(z) over their sum.

    Attributes:
        width: Numbers in and out.
    """

    kind: ClassVar[str] = "softmax"
    width: int

    def run(self, *values: Values) -> Values:
        (z,) = values
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Step:
    """An operation and what it takes.

    Attributes:
        operation: What is done.
        inputs: Which values it takes: 0 the coordinates, k what the k-th step made.
    """

    operation: Operation
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A field as operations in order; what the last one makes are the field's values.

    Attributes:
        dimensions: Coordinates per point. (D)
        steps: In the order in which they run.

    Example:
        >>> builder = Builder(dimensions=2)
        >>> half = builder.add(Affine(np.full((1, 2), 0.5), np.zeros(1)), 0)
        >>> builder.finish().run(np.array([[1.0, 0.5]]))
        array([[0.75]])
    """

    dimensions: int
    steps: tuple[Step, ...]

    @property
    def channels(self) -> int:
        """Values per point."""
        return self.width_of(len(self.steps))

    @property
    def kinds(self) -> frozenset[str]:
        """Which operations it has."""
        return frozenset(step.operation.kind for step in self.steps)

    @property
    def numbers(self) -> int:
        """Constants in all its arrays."""
        return sum(array.size for step in self.steps for array in arrays_of(step.operation))

    def width_of(self, value: int) -> int:
        """Numbers per point of a value: 0 the coordinates, k what the k-th step made."""
        return self.steps[value - 1].operation.width if value else self.dimensions

    def run(self, xy: Values) -> Values:
        """Values at points, in the precision of `xy`: float32 or float64. (N, D) -> (N, C)"""
        values: list[Values] = [xy]
        last = self.last_uses()
        for number, step in enumerate(self.steps, 1):
            values.append(step.operation.run(*(values[at] for at in step.inputs)))
            for at in step.inputs:
                if last[at] == number:
                    values[at] = np.empty(0)
        return values[-1]

    def last_uses(self) -> list[int]:
        """Which step is the last to take each value; the one after all of them for the result."""
        last = [0] * (len(self.steps) + 1)
        for number, step in enumerate(self.steps, 1):
            for at in step.inputs:
                last[at] = number
        last[-1] = len(self.steps) + 1
        return last


@dataclass
class Builder:
    """A program in the making: encodings, networks and outputs add their operations.

    Attributes:
        dimensions: Coordinates per point. (D)
        steps: What has been added.
    """

    dimensions: int
    steps: list[Step] = field(default_factory=list)

    def add(self, operation: Operation, *inputs: int) -> int:
        """Add an operation; returns the number of the value it makes."""
        self.steps.append(Step(operation, inputs))
        return len(self.steps)

    def finish(self) -> Program:
        """The program; one that does nothing hands its coordinates through."""
        if not self.steps:
            eye = np.eye(self.dimensions, dtype=np.float32)
            self.add(Affine(eye, np.zeros(self.dimensions, np.float32)), 0)
        return Program(self.dimensions, tuple(self.steps))


def arrays_of(operation: Operation) -> tuple[Values, ...]:
    """The arrays that an operation holds, in the order of its attributes."""
    return tuple(value for value in vars(operation).values() if isinstance(value, np.ndarray))


def waves(builder: Builder, matrix: Values, xy: int) -> int:
    """Add [cos(pi B (xy + 1)), sin(pi B (xy + 1))]: a cosine is a sine a quarter turn ahead.

    Args:
        builder: Is added to.
        matrix: B, periods across half the picture. (R, D)
        xy: The coordinates' value.
    """
    weight = math.pi * matrix.astype(np.float64)
    shift = weight.sum(axis=1)
    phase = Affine(np.concatenate([weight, weight]), np.concatenate([shift + math.pi / 2, shift]))
    return builder.add(Activation("sine", 1.0, 1.0, 2 * len(matrix)), builder.add(phase, xy))
