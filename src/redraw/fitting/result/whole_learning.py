"""A field's network in few bits, taught to do what the field does.

Weights are rounded to whole steps, one step for each output of a layer; then they go on learning
for a while, rounded in the forward pass as they will be and moved as if they were not, until what
they give is nearest to what the field gives. No picture is needed: the field itself is the teacher,
at random points. Rounded without it, eight bits cost several decibels; so they cost tenths.

Source: Bengio, Leonard & Courville 2013, "Estimating or propagating gradients through stochastic
neurons" (the gradient of rounding taken as 1); Jacob et al. 2018, "Quantization and training of
neural networks for efficient integer-arithmetic-only inference" (learning on in whole numbers).

Shapes: N points, D dimensions, I inputs and O outputs of a layer.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redraw.coding.grids import WholeGrid
from redraw.coding.networks import FUNCTIONS, MOST_BITS, WholeLayer, WholeNetwork
from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field
from redraw.fields.activations import DEFINITIONS
from redraw.fields.hash_grid import interpolate
from redraw.fields.program import Activation, Affine, Lookup, Program, Sigmoid

# Steps of Adam, points in one, and the rate at the start as a part of a weight's step of rounding.
STEPS, BATCH, RATE = 600, 4096, 0.05
# The first layer and the last have few weights and much to say.
FIRST_BITS, LAST_BITS = 16, 10
# Points by which the loss is measured, and by which the largest numbers are found.
JUDGED = 1 << 15
# Of a grid's rows: standard deviations that 2^bits steps are, and points at which slopes are asked.
OF_SPREAD, SLOPES = 8.0, 1 << 13
# Parts of the largest weight at which the steps of rounding may end.
ENDS = (1.0, 0.9, 0.8, 0.7)


@dataclass(frozen=True)
class _Layer:
    """A layer of the field, and what follows it."""

    weight: Tensor
    bias: Tensor
    function: str
    omega: float
    spread: float


def refuse(program: Program) -> str | None:
    """Why a field can't be a network in whole numbers; None if it can."""
    operations = [step.operation for step in program.steps]
    if any(step.inputs != (at,) for at, step in enumerate(program.steps)):
        return "its parts are no chain of layers"
    if operations and isinstance(operations[0], Lookup):
        if program.dimensions != 2:
            return "its grid has not two dimensions"
        operations.pop(0)
    if operations and isinstance(operations[-1], Sigmoid):
        operations.pop()
    for at, operation in enumerate(operations):
        if not isinstance(operation, Affine if at % 2 == 0 else Activation):
            return f"it has a {operation.kind} that whole numbers have no arithmetic for"
        if isinstance(operation, Activation) and operation.name not in FUNCTIONS:
            return f"whole numbers have no table for {operation.name}"
    return None if len(operations) % 2 else "it does not end with a layer"


def bits_of(program: Program, bits: int) -> list[int]:
    """Bits of a grid's rows, if there is one, and of each layer's weights: the first layer and the
    last have more.
    """
    layers = sum(isinstance(step.operation, Affine) for step in program.steps)
    result = [bits] * layers
    result[-1] = max(bits, LAST_BITS)
    if layers > 1:
        result[0] = FIRST_BITS
    if grid_of(program) is None:
        return result
    result[0] = max(bits, LAST_BITS)  # many weights, which take what the grid says
    return [bits, *result]


def chosen_of(program: Program) -> range:
    """Of which entries of `bits_of` the bits may be chosen: all but a first layer of 16."""
    return range(0 if grid_of(program) else 1, len(bits_of(program, 8)))


def grid_of(program: Program) -> Lookup | None:
    """The hash grid that it begins with, if it does."""
    first = program.steps[0].operation
    return first if isinstance(first, Lookup) else None


class _Learner:
    """Weights, biases and rows of a grid that learn, rounded as they will be.

    Attributes:
        layers: What the field has.
        grid: Its grid, whose rows `rows` are by level; None if it has none.
        steps: Of rounding: of rows of each level, and of each layer's weights (O, 1).
        bits: Of each layer's weights.
    """

    def __init__(self, program: Program, bits: Sequence[int], judged: Tensor) -> None:
        self.layers, self.sharpness = _layers(program), _sharpness(program)
        self.grid = grid_of(program)
        self.rows: list[Tensor] = []
        self.row_steps: list[float] = []
        own = list(bits)
        if self.grid is not None:
            self.table = torch.tensor(self.grid.table, dtype=torch.float32)
            count = own.pop(0)
            self.row_steps = _row_steps(
                self.grid, self.table, self.layers, self.sharpness, judged, count
            )
            split = self.table.split([level.rows for level in self.grid.levels])
            self.rows = [part.clone().requires_grad_(True) for part in split]
        self.bits = own
        self.scales = [
            _scales(layer.weight, count) for layer, count in zip(self.layers, own, strict=True)
        ]
        self.weights = [layer.weight.clone().requires_grad_(True) for layer in self.layers]
        self.biases = [layer.bias.clone().requires_grad_(True) for layer in self.layers]
        self.largest = _largest(self.layers, self.features(judged))

    def features(self, xy: Tensor) -> Tensor:
        """What the field's first layer reads at points. (N, D) -> (N, I)"""
        return xy if self.grid is None else interpolate(xy, self.table, self.grid.levels)

    def wanted(self, xy: Tensor) -> Tensor:
        """What the field gives at points. (N, C)"""
        weights = [layer.weight for layer in self.layers]
        return _values(self.layers, weights, None, self.sharpness, self.features(xy))

    def given(self, xy: Tensor) -> Tensor:
        """What the rounded numbers give. (N, C)"""
        rounded = [
            _rounded(weight, scale, count)
            for weight, scale, count in zip(self.weights, self.scales, self.bits, strict=True)
        ]
        inputs = xy
        if self.grid is not None:
            rows = [
                _rounded(own, torch.tensor(step), MOST_BITS)
                for own, step in zip(self.rows, self.row_steps, strict=True)
            ]
            inputs = interpolate(xy, torch.cat(rows), self.grid.levels)
        return _values(self.layers, rounded, self.biases, self.sharpness, inputs)

    def optimizer(self) -> torch.optim.Adam:
        """Adam at rates that suit the steps of rounding."""
        rates = [RATE * float(scale.mean()) for scale in self.scales]
        pairs = [*zip(self.weights, rates, strict=True), *zip(self.biases, rates, strict=True)]
        pairs += [(rows, RATE * step) for rows, step in zip(self.rows, self.row_steps, strict=True)]
        groups = [{"params": [own], "lr": rate, "top": rate} for own, rate in pairs]
        return torch.optim.Adam(groups, betas=(0.9, 0.99))

    def network(self) -> WholeNetwork:
        """In whole numbers."""
        made = []
        for own, weight, bias, scale, count, most in zip(
            self.layers, self.weights, self.biases, self.scales, self.bits, self.largest,
            strict=True,
        ):  # fmt: skip
            whole = _whole(weight, scale, count)
            made.append(
                WholeLayer(
                    whole.numpy().astype(np.int64),
                    scale[:, 0].numpy().astype(np.float16),
                    bias.detach().numpy().astype(np.float32),
                    own.function,
                    own.omega,
                    own.spread,
                    most,
                )
            )
        return WholeNetwork(tuple(made), self.sharpness, self._whole_grid())

    def _whole_grid(self) -> WholeGrid | None:
        if self.grid is None:
            return None
        rows = [
            _whole(own, torch.tensor(step), MOST_BITS)
            for own, step in zip(self.rows, self.row_steps, strict=True)
        ]
        levels = self.grid.levels
        return WholeGrid(
            np.array([level.scale for level in levels], np.float32),
            max(1, *(math.ceil(math.log2(level.rows)) for level in levels)),
            np.array(self.row_steps, np.float16),
            torch.cat(rows).numpy().astype(np.int16),
        )


def quantised(
    field: Field,
    bits: Sequence[int],
    *,
    steps: int = STEPS,
    seed: int = 0,
    report: Callable[[int], None] | None = None,
) -> WholeNetwork:
    """The field's network in whole numbers.

    Args:
        field: On the CPU.
        bits: As of `bits_of`, 2 to 16 each.
        steps: Of learning; 0 to round and leave it at that.
        seed: Of the points.
        report: Told every step.

    Raises:
        UsageError: the field is no such network.
    """
    program = field.lower()
    problem = refuse(program)
    if problem:
        raise UsageError(f"this field can't be in whole numbers: {problem}")
    generator = torch.Generator().manual_seed(seed)
    learner = _Learner(program, bits, _points(program.dimensions, JUDGED, generator))
    adam = learner.optimizer()
    for step in range(steps):
        xy = _points(program.dimensions, BATCH, generator)
        with torch.no_grad():
            wanted = learner.wanted(xy)
        for group in adam.param_groups:
            group["lr"] = group["top"] * 0.5 * (1.0 + math.cos(math.pi * step / steps))
        adam.zero_grad()
        torch.mean((learner.given(xy) - wanted) ** 2).backward()
        adam.step()
        if report is not None:
            report(step + 1)
    return learner.network()


def _row_steps(
    grid: Lookup,
    table: Tensor,
    layers: list[_Layer],
    sharpness: float,
    xy: Tensor,
    bits: int,
) -> list[float]:
    """The step of each level's rows: what a bit more of a level costs, it gains by.

    A level whose features move the field little, or that has many rows, takes larger steps: that of
    the level with the most rows is `OF_SPREAD` standard deviations over 2^bits.
    """
    inputs = interpolate(xy[:SLOPES], table, grid.levels).requires_grad_(True)
    slopes = torch.zeros(inputs.shape[1])
    with torch.enable_grad():
        values = _values(layers, [own.weight for own in layers], None, sharpness, inputs)
        for channel in range(values.shape[1]):
            (slope,) = torch.autograd.grad(values[:, channel].sum(), inputs, retain_graph=True)
            slopes += (slope**2).mean(0)
    moved = slopes.unflatten(0, (len(grid.levels), -1)).mean(1).clamp(min=1e-12)
    rows = torch.tensor([float(level.rows) for level in grid.levels])
    shares = torch.sqrt(rows / moved)
    split = table.split([level.rows for level in grid.levels])
    last = int(rows.flip(0).argmax())
    last = len(rows) - 1 - last  # of levels of equally many rows, the finest
    first = OF_SPREAD * float(split[last].std()) / 2.0**bits
    wanted = shares * (first / shares[last])
    least = torch.stack([own.abs().max() for own in split]) / (2.0 ** (MOST_BITS - 1) - 1)
    return torch.maximum(wanted, 1.01 * least).clamp(6.2e-5, 6e4).half().float().tolist()


def error_of(network: WholeNetwork, field: Field, seed: int = 1) -> float:
    """The mean squared difference between a network and its field, of values within [0, 1]."""
    points = _points(network.dimensions, JUDGED, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        wanted = field(points).double().numpy()
    found = network.values(points.numpy()).astype(np.float64)
    return float(np.mean((np.clip(found, 0, 1) - np.clip(wanted, 0, 1)) ** 2))


def error_of_weights(field: Field, bits: Sequence[int]) -> float:
    """What plain rounding of weights and of a grid's rows adds to the mean squared error, as if
    nothing were rounded between layers.
    """
    learner, points = _plain(field, bits)
    with torch.no_grad():
        given, wanted = learner.given(points).clamp(0, 1), learner.wanted(points).clamp(0, 1)
    return float(((given - wanted).double() ** 2).mean())


def error_between(field: Field, bits: Sequence[int]) -> float:
    """What whole numbers between layers add to the mean squared error; infinite where sums leave
    them no room. Weights of more bits make larger sums, so these have fewer.
    """
    learner, points = _plain(field, bits)
    with torch.no_grad():
        given = learner.given(points).clamp(0, 1).double().numpy()
    try:
        found = learner.network().values(points.numpy()).astype(np.float64)
    except FileFormatError:
        return math.inf
    return float(np.mean((np.clip(found, 0, 1) - given) ** 2))


def _plain(field: Field, bits: Sequence[int]) -> tuple[_Learner, Tensor]:
    """A learner that has not learned yet, and where it is judged. Points: (N, D)"""
    program = field.lower()
    points = _points(program.dimensions, JUDGED, torch.Generator().manual_seed(0))
    return _Learner(program, bits, points), points


def _points(dimensions: int, count: int, generator: torch.Generator) -> Tensor:
    """Random points, at whole 1/65536. (count, D)"""
    xy = torch.rand(count, dimensions, generator=generator) * 2.0 - 1.0
    return torch.round(xy * 65536.0) / 65536.0


def _layers(program: Program) -> list[_Layer]:
    operations = [step.operation for step in program.steps]
    if isinstance(operations[-1], Sigmoid):
        operations.pop()
    if isinstance(operations[0], Lookup):
        operations.pop(0)
    result = []
    for affine, function in itertools.zip_longest(operations[::2], operations[1::2]):
        assert isinstance(affine, Affine)
        assert function is None or isinstance(function, Activation)
        result.append(
            _Layer(
                torch.tensor(affine.weight, dtype=torch.float32),
                torch.tensor(affine.bias, dtype=torch.float32),
                function.name if function else "",
                function.omega if function else 1.0,
                function.spread if function else 1.0,
            )
        )
    return result


def _sharpness(program: Program) -> float:
    last = program.steps[-1].operation
    return float(last.sharpness) if isinstance(last, Sigmoid) else 0.0


def _values(
    layers: list[_Layer],
    weights: list[Tensor],
    biases: list[Tensor] | None,
    sharpness: float,
    z: Tensor,
) -> Tensor:
    """What layers with these weights give of what they read. (N, I) -> (N, C)"""
    for at, layer in enumerate(layers):
        bias = layer.bias if biases is None else biases[at]
        z = torch.nn.functional.linear(z, weights[at], bias)
        if layer.function:
            row = DEFINITIONS[layer.function]
            z = (row.exact or row.function)(z, layer.omega, layer.spread)
    return torch.sigmoid(sharpness * z) if sharpness else z


def _largest(layers: list[_Layer], z: Tensor) -> list[float]:
    """What each layer's function reaches where they read z, and a quarter more. (N, I)"""
    result = []
    with torch.no_grad():
        for layer in layers:
            z = torch.nn.functional.linear(z, layer.weight, layer.bias)
            if layer.function:
                z = DEFINITIONS[layer.function].function(z, layer.omega, layer.spread)
            result.append(max(1.25 * float(z.abs().max()), 1e-3))
    return result


def _scales(weight: Tensor, bits: int) -> Tensor:
    """The step of each output's weights, in 16 bits: the one that rounds them least. (O, 1)"""
    limit = 2 ** (bits - 1) - 1
    largest = weight.abs().amax(1, keepdim=True).clamp(min=1e-4 * limit)
    best, least = None, None
    for end in ENDS:
        scale = (largest * (end / limit)).half().clamp(min=6.2e-5).float()
        whole = torch.round(weight / scale).clamp(-limit, limit)
        error = ((whole * scale - weight) ** 2).sum(1, keepdim=True)
        if best is None or least is None:
            best, least = scale, error
        else:
            best, least = torch.where(error < least, scale, best), torch.minimum(error, least)
    assert best is not None
    return best


def _rounded(weight: Tensor, scale: Tensor, bits: int) -> Tensor:
    """Weights as they will be; the gradient goes through as if they were not rounded."""
    whole = _whole(weight, scale, bits).to(weight.dtype) * scale
    return weight + (whole - weight).detach()


def _whole(weight: Tensor, scale: Tensor, bits: int) -> Tensor:
    """Weights in steps, of so many bits; float64."""
    limit = 2 ** (bits - 1) - 1
    return torch.round(weight.detach().double() / scale.double()).clamp(-limit, limit)
