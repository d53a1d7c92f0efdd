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

from redraw.coding.networks import FUNCTIONS, WholeLayer, WholeNetwork
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fields.activations import DEFINITIONS
from redraw.fields.program import Activation, Affine, Program, Sigmoid

# Steps of Adam, points in one, and the rate at the start as a part of a weight's step of rounding.
STEPS, BATCH, RATE = 600, 4096, 0.05
# The first layer and the last have few weights and much to say.
FIRST_BITS, LAST_BITS = 16, 10
# Points by which the loss is measured, and by which the largest numbers are found.
JUDGED = 1 << 15
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
    if operations and isinstance(operations[-1], Sigmoid):
        operations.pop()
    for at, operation in enumerate(operations):
        if not isinstance(operation, Affine if at % 2 == 0 else Activation):
            return f"it has a {operation.kind} that whole numbers have no arithmetic for"
        if isinstance(operation, Activation) and operation.name not in FUNCTIONS:
            return f"whole numbers have no table for {operation.name}"
    return None if len(operations) % 2 else "it does not end with a layer"


def bits_of(layers: int, bits: int) -> list[int]:
    """Bits of each layer's weights: the first and the last have more."""
    result = [bits] * layers
    result[-1] = max(bits, LAST_BITS)
    if layers > 1:
        result[0] = FIRST_BITS
    return result


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
        bits: Of each layer's weights, 2 to 16.
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
    layers, sharpness = _layers(program), _sharpness(program)
    generator = torch.Generator().manual_seed(seed)
    judged = _points(program.dimensions, JUDGED, generator)
    largest = _largest(layers, judged)
    scales = [_scales(own.weight, count) for own, count in zip(layers, bits, strict=True)]
    weights = [own.weight.clone().requires_grad_(True) for own in layers]
    biases = [own.bias.clone().requires_grad_(True) for own in layers]
    if steps:
        groups = [
            {
                "params": [weight],
                "lr": RATE * float(scale.mean()),
                "top": RATE * float(scale.mean()),
            }
            for weight, scale in zip(weights, scales, strict=True)
        ]
        groups += [
            {"params": [bias], "lr": group["lr"], "top": group["top"]}
            for bias, group in zip(biases, groups[: len(biases)], strict=True)
        ]
        adam = torch.optim.Adam(groups, betas=(0.9, 0.99))
        for step in range(steps):
            xy = _points(program.dimensions, BATCH, generator)
            with torch.no_grad():
                wanted = _values(layers, [own.weight for own in layers], None, sharpness, xy)
            for group in adam.param_groups:
                group["lr"] = group["top"] * 0.5 * (1.0 + math.cos(math.pi * step / steps))
            adam.zero_grad()
            rounded = [
                _rounded(weight, scale, count)
                for weight, scale, count in zip(weights, scales, bits, strict=True)
            ]
            loss = torch.mean((_values(layers, rounded, biases, sharpness, xy) - wanted) ** 2)
            loss.backward()
            adam.step()
            if report is not None:
                report(step + 1)
    made = []
    for own, weight, bias, scale, count, most in zip(
        layers, weights, biases, scales, bits, largest, strict=True
    ):
        limit = 2 ** (count - 1) - 1
        whole = torch.round(weight.detach().double() / scale.double()).clamp(-limit, limit)
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
    return WholeNetwork(tuple(made), sharpness)


def error_of(network: WholeNetwork, field: Field, seed: int = 1) -> float:
    """The mean squared difference between a network and its field, of values within [0, 1]."""
    dimensions = len(network.layers[0].weights[0])
    points = _points(dimensions, JUDGED, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        wanted = field(points).double().numpy()
    found = network.values(points.numpy()).astype(np.float64)
    return float(np.mean((np.clip(found, 0, 1) - np.clip(wanted, 0, 1)) ** 2))


def _points(dimensions: int, count: int, generator: torch.Generator) -> Tensor:
    """Random points, at whole 1/65536. (count, D)"""
    xy = torch.rand(count, dimensions, generator=generator) * 2.0 - 1.0
    return torch.round(xy * 65536.0) / 65536.0


def _layers(program: Program) -> list[_Layer]:
    operations = [step.operation for step in program.steps]
    if isinstance(operations[-1], Sigmoid):
        operations.pop()
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
    xy: Tensor,
) -> Tensor:
    """What layers with these weights give. (N, D) -> (N, C)"""
    z = xy
    for at, layer in enumerate(layers):
        bias = layer.bias if biases is None else biases[at]
        z = torch.nn.functional.linear(z, weights[at], bias)
        if layer.function:
            row = DEFINITIONS[layer.function]
            z = (row.exact or row.function)(z, layer.omega, layer.spread)
    return torch.sigmoid(sharpness * z) if sharpness else z


def _largest(layers: list[_Layer], xy: Tensor) -> list[float]:
    """What each layer's function reaches at the points, and a quarter more."""
    result = []
    with torch.no_grad():
        z = xy
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
    limit = 2 ** (bits - 1) - 1
    whole = torch.round(weight / scale).clamp(-limit, limit) * scale
    return weight + (whole - weight).detach()
