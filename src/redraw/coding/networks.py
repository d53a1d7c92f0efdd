"""Networks in whole numbers: few bits for each weight, the same values on every machine.

A network is a list of layers. A layer has weights of up to 16 bits with a scale for each output, a
bias for each, and a function; what goes between layers is a whole number up to `reach`, chosen so
that no sum passes 2^24 (`redraw.kernels.whole_network`). All constants are made from the file's
numbers by additions, products and divisions of 64-bit floats, which are the same everywhere, and
rounded; the tables are values of formulas, and tests say how far from a tie each is.

Shapes: N points, D dimensions, I inputs and O outputs of a layer, C values of a point.
"""

import functools
import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.coding.grids import REACH, WholeGrid, parts_of, shortened
from redraw.errors import FileFormatError
from redraw.kernels import binary_coder, whole_network, whole_numbers
from redraw.kernels.binary_coder import WORDS
from redraw.kernels.tiles import ROWS
from redraw.kernels.vectors import PAIRS
from redraw.kernels.whole_functions import BEND, FARTHEST, HALF, MOST_BENT, TURN

Values = NDArray[np.float64]
# Coordinates and results are in 1/65536.
UNIT = 1 << 16
# Sums of all but the first layer stay below this, those of the first below the other; and a factor
# has so few bits that its product with a sum has 52.
EXACT, EXACT_FIRST, PRODUCT = 1 << 24, 1 << 46, 52
MOST_BITS, MOST_WIDE, MOST_LAYERS = 16, 4096, 64
# Points whose features are found at once: these stay in the processor's second cache.
AT_ONCE = 2048
# Of the last sigmoid: in 1/1024 of its argument, to +-16.
STEEP = 16 * 1024


@dataclass(frozen=True)
class Function:
    """How a function follows a layer.

    Attributes:
        kind: What the kernel does with a place.
        ends: How far its table goes, in its argument; beyond, it stays as it is there. As far as a
            layer's `largest` if that is said, and not a number.
        spread: Whether `ends` is in units of 1 / spread.
        values: (argument, omega, spread) -> what its table holds.
        unbounded: Whether it grows beyond 1: then it is held at a layer's `largest`.
    """

    kind: int
    ends: float = 1.0
    spread: bool = False
    values: Callable[[Values, float, float], Values] | None = None
    unbounded: bool = False

    def places(self, layer: "WholeLayer", reach: int) -> float:
        """How many places a unit of its argument is, for results up to `reach`."""
        if self.kind == whole_network.PERIODIC:
            return layer.omega * TURN / math.tau
        if self.kind == whole_network.BENT:
            return BEND
        if self.kind == whole_network.RISING:
            return reach / layer.largest
        if self.kind == whole_network.LINEAR:
            return float(UNIT)
        ends = layer.largest if self.unbounded else self.ends
        return HALF / (ends / layer.spread if self.spread else ends)

    def whole(self, layer: "WholeLayer") -> float:
        """What the largest number after it stands for."""
        return layer.largest if self.unbounded else 1.0

    def table(self, layer: "WholeLayer", reach: int) -> Values:
        """What it gives at its table's places, the largest being `reach`."""
        if self.kind in (whole_network.PERIODIC, whole_network.BENT):
            turns = np.arange(TURN) / TURN
            return np.rint(reach * np.sin(math.tau * turns))
        if self.values is None:
            return np.zeros(0)
        side = np.arange(-HALF, HALF + 1)
        made = self.values(side / self.places(layer, reach), layer.omega, layer.spread)
        return np.rint(reach * (made / self.whole(layer)))


def _bell(z: Values, omega: float, spread: float) -> Values:
    return np.exp(-((spread * z) ** 2))


def _ripple(z: Values, omega: float, spread: float) -> Values:
    return np.cos(omega * z) * _bell(z, omega, spread)


def _logistic(z: Values, omega: float, spread: float) -> Values:
    return 1.0 / (1.0 + np.exp(-z))


# By the names of `redraw.fields.activations`; the last layer has none.
FUNCTIONS = {
    "": Function(whole_network.LINEAR),
    "sine": Function(whole_network.PERIODIC),
    "finer": Function(whole_network.BENT),
    "tanh": Function(whole_network.ENDING, 6.0, values=lambda z, *_: np.tanh(z)),
    "sigmoid": Function(whole_network.ENDING, 12.0, values=_logistic),
    "gauss": Function(whole_network.ENDING, 3.5, spread=True, values=_bell),
    "wire": Function(whole_network.ENDING, 3.5, spread=True, values=_ripple),
    "silu": Function(
        whole_network.ENDING, values=lambda z, *_: z * _logistic(z, 1.0, 1.0), unbounded=True
    ),
    "relu": Function(whole_network.RISING, unbounded=True),
}


@dataclass(frozen=True)
class WholeLayer:
    """A layer of whole numbers.

    Attributes:
        weights: (O, I) int64
        scales: What 1 of each output's weights is. (O,) float16
        biases: (O,) float32
        function: What follows: a name of `FUNCTIONS`; "" after the last.
        omega: Its frequency (sine, finer, wire).
        spread: Its inverse width (gauss, wire).
        largest: What it reaches (relu, silu): larger values are held there.

    Raises:
        FileFormatError: a number is outside of what is accepted.
    """

    weights: NDArray[np.int64]
    scales: NDArray[np.float16]
    biases: NDArray[np.float32]
    function: str
    omega: float = 1.0
    spread: float = 1.0
    largest: float = 1.0

    def __post_init__(self) -> None:
        if self.function not in FUNCTIONS:
            raise FileFormatError(f"a layer's function {self.function!r} is unknown")
        reals = (self.omega, self.spread, self.largest)
        if not all(math.isfinite(real) and 1e-6 < real < 1e6 for real in reals):
            raise FileFormatError("a layer's constants are not between 1e-6 and 1e6")
        scales = self.scales.astype(np.float64)
        if not (np.isfinite(scales).all() and (scales > 0).all()):
            raise FileFormatError("a layer's scales are not above 0")
        if not (np.isfinite(self.biases).all() and (np.abs(self.biases) < 1e6).all()):
            raise FileFormatError("a layer's biases are not finite")
        if self.weights.size and np.abs(self.weights).max() >= 1 << (MOST_BITS - 1):
            raise FileFormatError(f"a layer's weights have more than {MOST_BITS} bits")


@dataclass(frozen=True)
class WholeNetwork:
    """Layers, and what is made of the last one's results.

    Attributes:
        layers: From the coordinates on, or from a grid's features.
        sharpness: Of the sigmoid at the end; 0 if there is none.
        grid: What is read at the coordinates, if the layers don't take these.

    Raises:
        FileFormatError: the first layer takes other features than the grid's, or not the last
            layer alone has no function.
    """

    layers: tuple[WholeLayer, ...]
    sharpness: float
    grid: WholeGrid | None = None

    def __post_init__(self) -> None:
        inputs = self.layers[0].weights.shape[1]
        if self.grid is not None and self.grid.features != inputs:
            raise FileFormatError(f"a grid of {self.grid.features} features; {inputs} are read")
        if any(bool(layer.function) == (layer is self.layers[-1]) for layer in self.layers):
            raise FileFormatError("a function follows each layer but the last")

    @property
    def dimensions(self) -> int:
        """D."""
        return 2 if self.grid is not None else self.layers[0].weights.shape[1]

    @functools.cached_property
    def ready(self) -> "Ready":
        """As kernels take it; made once."""
        return Ready.of(self)

    def values(self, xy: NDArray[np.floating], threads: int = 1) -> NDArray[np.float32]:
        """Values at points: whole 1/65536, as floats. (N, D) -> (N, C)"""
        points = np.array(np.asarray(xy).T, np.float64, order="C")
        points *= UNIT
        np.rint(points, out=points)
        np.clip(points, -UNIT, UNIT, out=points)
        found = np.empty((len(self.layers[-1].weights), len(xy)))
        made, result = self.ready, np.empty_like(found)
        # Of the sigmoid's argument in 1/1024, where results are in 1/65536.
        slope = round(self.sharpness * 1024) / UNIT

        def run(inputs: Values, part: tuple[int, int], out: Values) -> None:
            room = np.zeros((2, made.widest * whole_network.PANEL), made.packs.dtype)
            whole_network.run(
                inputs, made.plan, made.firsts, made.packs, made.factors, made.bends, made.tables,
                room, room[1].view(made.tables.dtype), *part, out,
            )  # fmt: skip

        def work(part: tuple[int, int]) -> None:
            if self.grid is None:
                run(points, part, found)
            else:
                for first, last in parts_of(*part, AT_ONCE):
                    own = np.empty((len(found), last - first))
                    run(self.grid.at(points, first, last), (0, last - first), own)
                    found[:, first:last] = own
            if self.sharpness:
                whole_network.steep(found, slope, sigmoid_table(), *part, result)

        count = max(1, min(threads, len(xy) // 4096))
        ends = [len(xy) * k // count for k in range(count + 1)]
        parts = list(itertools.pairwise(ends))
        if count == 1:
            work(parts[0])
        else:
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(work, parts))
        return ((result if self.sharpness else found).T / UNIT).astype(np.float32)


@dataclass(frozen=True)
class Ready:
    """As `redraw.kernels.whole_network.run` takes it; `widest` is that of layers, padded.

    Weights are in pairs where `PAIRS` says so.
    """

    plan: NDArray[np.int64]
    firsts: NDArray[np.float64]
    packs: NDArray[Any]
    factors: NDArray[np.float64]
    bends: NDArray[np.float64]
    tables: NDArray[Any]
    widest: int

    @classmethod
    def of(cls, network: WholeNetwork) -> "Ready":
        """Constants of all layers.

        Raises:
            FileFormatError: sums may be larger than what is exact.
        """
        layers = network.layers
        plan = np.zeros((len(layers), whole_network.COLUMNS), np.int64)
        tables: list[NDArray[np.float64]] = []
        packs: list[NDArray[Any]] = []
        factors: list[float] = []
        bends, firsts = np.zeros((len(layers), 2)), np.zeros(0)
        # What 1 of a layer's inputs is.
        unit, reach = 1.0 / UNIT, UNIT
        if network.grid is not None:
            unit, reach = network.grid.unit, REACH
        for number, layer in enumerate(layers):
            scales = layer.scales.astype(np.float64)
            bias = np.rint(layer.biases.astype(np.float64) / (scales * unit))
            most = np.abs(layer.weights).sum(axis=1) * reach + np.abs(bias)
            if float(most.max()) >= (EXACT if number else EXACT_FIRST):
                raise FileFormatError(f"sums of layer {number} may be too large to be exact")
            following = layers[number + 1] if number + 1 < len(layers) else None
            function = FUNCTIONS[layer.function]
            whole = function.whole(layer)
            next_reach = _reach(following, whole) if following else 0
            places = function.places(layer, next_reach)
            row = plan[number]
            row[whole_network.OUTPUTS], inputs = layer.weights.shape
            # Features in two parts: no sum of the lower ones, which are larger, passes 2^31.
            heaviest = int(np.abs(layer.weights).sum(axis=1).max())
            cut = not number and PAIRS and network.grid is not None
            cut = cut and heaviest * ((1 << whole_network.LOW) - 1) < 1 << 31
            row[whole_network.CUT] = cut
            row[whole_network.INPUTS] = -(-inputs // 2) if PAIRS and (number or cut) else inputs
            row[whole_network.PACK] = sum(own.size for own in packs)
            row[whole_network.FACTORS] = len(factors) // 2
            row[whole_network.FUNCTION] = function.kind
            row[whole_network.TABLE] = sum(map(len, tables))
            row[whole_network.LARGEST] = next_reach
            bend = shortened(layer.omega * TURN / math.tau / BEND**2, 16)
            bends[number] = bend, _no_tie(bend)
            for own, total in zip(scales * (unit * places), most.tolist(), strict=True):
                factor = shortened(float(own), PRODUCT - max(1, int(total).bit_length()))
                factors += [factor, _no_tie(factor)]
                row[whole_network.FAR] |= _is_far(function.kind, total * factor, bend)
            tables.append(function.table(layer, next_reach))
            if cut:
                firsts = bias
                packs.append(_packed(_in_pairs(layer.weights), np.zeros_like(bias), np.int32))
            elif not number:
                firsts = _packed(layer.weights, bias, np.float64)
            elif PAIRS:
                packs.append(_packed(_in_pairs(layer.weights), bias, np.int32))
            else:
                packs.append(_packed(layer.weights, bias, np.float32))
            unit, reach = (whole / next_reach if next_reach else 0.0), next_reach
        widest = max(len(layer.weights) for layer in layers)
        return cls(
            plan,
            firsts,
            np.concatenate([*packs, np.zeros(ROWS)]).astype(np.int32 if PAIRS else np.float32),
            np.array(factors),
            bends,
            np.concatenate(tables).astype(np.int16 if PAIRS else np.float32),
            -(-widest // ROWS) * ROWS,
        )


def _packed(weights: NDArray[Any], biases: Values, kind: type) -> NDArray[Any]:
    """As `redraw.kernels.tiles` takes them: of each 8 rows the biases, then input by input."""
    outputs, inputs = weights.shape
    whole = np.zeros((-(-outputs // ROWS) * ROWS, inputs + 1), kind)
    whole[:outputs, 0], whole[:outputs, 1:] = biases, weights
    return whole.reshape(-1, ROWS, inputs + 1).transpose(0, 2, 1).ravel()


def _in_pairs(weights: NDArray[np.int64]) -> NDArray[np.int32]:
    """Weights of two inputs in a word, the first one's lowest. (O, I) to (O, (I + 1) // 2)"""
    outputs, inputs = weights.shape
    even = np.zeros((outputs, inputs + inputs % 2), "<i2")
    even[:, :inputs] = weights
    return even.view("<i4")


def _no_tie(factor: float) -> float:
    """What keeps products of whole numbers and a factor from being ties, and makes none of one:
    half of what the last of its bits stands for; 0 where products are whole."""
    _, parts = factor.as_integer_ratio()
    return 0.5 / parts if parts > 1 else 0.0


def _is_far(kind: int, place: float, bend: float) -> bool:
    """Whether a layer needs the kernels whose places may be 2^30 and more, or, of bent ones, have
    more bits than can be kept from being ties."""
    if kind != whole_network.BENT:
        return place >= FARTHEST
    argument = (MOST_BENT + BEND) * MOST_BENT
    return argument * bend >= FARTHEST or argument * bend.as_integer_ratio()[0] >= 1 << 52


def _reach(layer: WholeLayer, whole: float) -> int:
    """The largest whole number that comes into a layer: a power of two that leaves its sums room.

    Args:
        layer: Its weights and biases are what is summed.
        whole: What that number stands for.
    """
    weights = np.abs(layer.weights).sum(axis=1)
    biases = np.abs(layer.biases.astype(np.float64)) / (layer.scales.astype(np.float64) * whole)
    reach = 1 << 14
    while reach > 16 and float((weights + biases).max()) * reach >= EXACT - 1:
        reach >>= 1
    return reach


@functools.cache
def sigmoid_table() -> NDArray[np.float64]:
    """1 / (1 + exp(-z)) in 1/65536, z in 1/1024."""
    z = np.arange(-STEEP, STEEP + 1) / 1024.0
    return np.rint(UNIT / (1.0 + np.exp(-z)))


def packed(lists: list[NDArray[np.int64]]) -> bytes:
    """Lists of whole numbers in few bytes; each learns anew."""
    total = sum(own.size for own in lists)
    data, coder = np.empty(5 * total + 64, np.uint8), np.zeros(WORDS, np.int64)
    binary_coder.begin(coder, data, False)
    for own in lists:
        _code(coder, data, own.ravel().astype(np.int64), reading=False)
    return data[: binary_coder.finish(coder, data)].tobytes()


def unpacked(data: bytes, shapes: list[tuple[int, int]]) -> list[NDArray[np.int64]]:
    """The lists of given shapes; any bytes are some numbers."""
    found, coder = [], np.zeros(WORDS, np.int64)
    content = np.frombuffer(data, np.uint8).copy()
    binary_coder.begin(coder, content, True)
    for shape in shapes:
        values = np.zeros(shape[0] * shape[1], np.int64)
        _code(coder, content, values, reading=True)
        found.append(values.reshape(shape))
    return found


def _code(
    coder: NDArray[np.int64], data: NDArray[np.uint8], values: NDArray[np.int64], *, reading: bool
) -> None:
    chances = np.full(whole_numbers.CHANCES, whole_numbers.EVEN, np.int32)
    whole_numbers.whole_numbers(coder, data, chances, values, 0, len(values), reading)
