import math

import numpy as np
import pytest
import torch
from torch import nn

from redraw.fields.activations import DEFINITIONS, uniform
from redraw.fields.network import Network

OMEGA, SPREAD = 7.0, 3.0

# Written anew from the papers' formulas, for float64 arrays z.
FORMULAS = {
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "sine": lambda z: np.sin(OMEGA * z),
    "finer": lambda z: np.sin(OMEGA * (np.abs(z) + 1) * z),
    "gauss": lambda z: np.exp(-(SPREAD**2) * z * z),
    "wire": lambda z: np.cos(OMEGA * z) * np.exp(-(SPREAD**2) * z * z),
    "wire-complex": lambda z: np.exp(1j * OMEGA * z - SPREAD**2 * np.abs(z) ** 2),
}
# Derivatives, for those whose backward pass is the derivative or, for finer, the paper's own.
SLOPES = {
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "silu": lambda z: (1 + np.exp(-z) * (1 + z)) / (1 + np.exp(-z)) ** 2,
    "sine": lambda z: OMEGA * np.cos(OMEGA * z),
    "finer": lambda z: OMEGA * (np.abs(z) + 1) * np.cos(OMEGA * (np.abs(z) + 1) * z),
    "gauss": lambda z: -2 * SPREAD**2 * z * np.exp(-(SPREAD**2) * z * z),
    "wire": lambda z: (
        (-OMEGA * np.sin(OMEGA * z) - 2 * SPREAD**2 * z * np.cos(OMEGA * z))
        * np.exp(-(SPREAD**2) * z * z)
    ),
}
EPS = np.finfo(np.float64).eps


def test_the_tests_cover_the_table():
    assert FORMULAS.keys() == DEFINITIONS.keys()
    assert SLOPES.keys() == DEFINITIONS.keys() - {"wire-complex"}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_values_are_those_of_the_formula(name):
    z = np.linspace(-3, 3, 601)
    found = DEFINITIONS[name].function(torch.from_numpy(z), OMEGA, SPREAD).numpy()
    # The argument of the sine or the exponential is at most 3 OMEGA 4 = 84, and rounded.
    assert np.abs(found - FORMULAS[name](z)).max() < 100 * EPS


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_are_those_of_the_formula(name):
    z = np.linspace(-3, 3, 600)  # without 0, where relu has none
    x = torch.from_numpy(z).requires_grad_()
    (slope,) = torch.autograd.grad(DEFINITIONS[name].function(x, OMEGA, SPREAD).sum(), x)
    assert np.abs(slope.numpy() - SLOPES[name](z)).max() < 100 * EPS * 4 * OMEGA


def test_complex_wire_takes_complex_numbers():
    real, imaginary = np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21))
    z = real + 1j * imaginary
    found = DEFINITIONS["wire-complex"].function(torch.from_numpy(z), OMEGA, SPREAD)
    expected = FORMULAS["wire-complex"](z)
    assert np.abs(found.numpy() - expected).max() < 100 * EPS * np.abs(expected).max()


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_types_are_kept(name, dtype):
    found = DEFINITIONS[name].function(torch.zeros(3, dtype=dtype), 30.0, 10.0)
    complex_type = {torch.float32: torch.complex64, torch.float64: torch.complex128}[dtype]
    assert found.dtype == (complex_type if DEFINITIONS[name].is_complex else dtype)


# --- initialisation ------------------------------------------------------------------------------


def bounds(name, fan_in, fan_out, position, omega):
    """Bounds of the uniform distributions of weights and biases, from the papers."""
    default = 1 / math.sqrt(fan_in)
    glorot = math.sqrt(6 / (fan_in + fan_out))
    if name in ("sine", "finer"):
        first = position == "first"
        return (1 / fan_in if first else math.sqrt(6 / fan_in) / omega), default
    if name == "tanh":
        return glorot, 0.0
    if name == "sigmoid":
        return (glorot if position == "last" else 4 * glorot), 0.0
    if name in ("relu", "silu"):
        return (default if position == "last" else math.sqrt(6 / fan_in)), default
    return default, default


def check_uniform(values, bound):
    """Within the bounds, reaching near to them, and with the mean and variance of U(-b, b)."""
    count = values.size
    assert np.abs(values).max() <= bound * (1 + 1e-6)
    if bound == 0.0:
        return
    assert np.abs(values).max() > bound * (1 - 20 / count)  # missed with probability exp(-20)
    # Five standard errors of the mean and of the mean square.
    assert abs(values.mean()) < 5 * bound / math.sqrt(3 * count)
    assert abs((values**2).mean() - bound**2 / 3) < 5 * bound**2 * math.sqrt(4 / 45 / count)


@pytest.mark.parametrize("position", ["first", "hidden", "last"])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_bounds_of_the_initialisation(name, position):
    fan_in, fan_out = 300, 400
    row = DEFINITIONS[name]
    dtype = torch.complex64 if row.is_complex and position != "first" else None
    layer = nn.Linear(fan_in, fan_out, dtype=dtype)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        row.initialise(layer, position, 30.0, generator)
    weight_bound, bias_bound = bounds(name, fan_in, fan_out, position, 30.0)
    for tensor, bound in ((layer.weight, weight_bound), (layer.bias, bias_bound)):
        tensor = tensor.detach()
        parts = [tensor.real, tensor.imag] if tensor.is_complex() else [tensor]
        for part in parts:
            check_uniform(part.numpy().astype(np.float64), bound)


def test_uniform_draws_the_same_whatever_the_type():
    drawn = []
    for dtype in (torch.float32, torch.float64):
        tensor = torch.empty(5, 7, dtype=dtype)
        uniform(tensor, 0.25, torch.Generator().manual_seed(11))
        drawn.append(tensor.double())
    assert torch.equal(*drawn)


@pytest.fixture(scope="module")
def deep():
    """A SIREN of 8 hidden layers, and the terms W x times omega of each layer at 2,000 points."""
    width, depth, omega = 256, 8, 30.0
    network = Network(2, [width] * depth, 1, omega=omega, omega_first=omega)
    network.initialise(torch.Generator().manual_seed(0))
    z = torch.rand(2000, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    linear = []
    for layer in network.layers[:-1]:
        y = layer(z)
        y.retain_grad()
        linear.append(y)
        z = torch.sin(omega * y)
    network.layers[-1](z).sum().backward()
    return network, linear, omega


def test_siren_hidden_layers_have_unit_variance(deep):
    """Sitzmann et al. 2020, theorem 1.8: the argument of every hidden sine is N(0, 1).

    W x alone; the biases beta add to it. The sine of N(0, v + beta) has mean square
    (1 - exp(-2 (v + beta))) / 2, hence the recursion; the first layer's omega of 30 starts it at 1.
    """
    network, linear, omega = deep
    expected = 1.0
    for depth in range(1, len(linear)):
        layer = network.layers[depth]
        argument = omega * (linear[depth] - layer.bias).detach()
        # 256 random rows: the mean square is known to sqrt(2 / 256) = 9 %, its root to 4.5 %.
        assert argument.square().mean().sqrt() == pytest.approx(expected**0.5, rel=0.1)
        beta = (omega * layer.bias.detach()).square().mean().item()
        expected = 1 - math.exp(-2 * (expected + beta))


def test_siren_gradients_neither_explode_nor_vanish(deep):
    """Theorem 1.8's remark: gradients keep their size over depth.

    Going back through a layer multiplies the mean square by 2 E[cos^2] = 1 + exp(-2 (v + beta)),
    between 1 and 1.02 here; over 7 layers that and the scatter of 4.5 % each stay within 1.5.
    Without the division by omega it would be 30^7.
    """
    _, linear, _ = deep
    norms = [y.grad.norm().item() for y in linear[1:]]
    assert max(norms) / min(norms) < 1.5
