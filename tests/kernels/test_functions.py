"""The vector functions against NumPy in long double, over the range that occurs."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import functions
from redraw.kernels.names import ACTIVATIONS
from redraw.kernels.vectors import lanes


@njit(error_model="numpy")
def run(kind, z, slope, omega, spread, vectors):
    functions.activate(kind, z, 0, slope, 0, vectors, omega, spread)


def activated(name, z, omega=1.0, spread=1.0):
    """The kernel's values and slopes."""
    z = z.copy()
    slope = np.empty_like(z)
    number = z.dtype.type
    count = lanes(z.itemsize)
    assert len(z) % count == 0
    kind = ACTIVATIONS.index(name)
    run(kind, z, slope, number(omega), number(spread), len(z) // count)
    return z, slope


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


EXACT = {
    "tanh": lambda z, w, s: (np.tanh(z), 1 / np.cosh(z) ** 2),
    "sigmoid": lambda z, w, s: (sigmoid(z), sigmoid(z) * sigmoid(-z)),
    "relu": lambda z, w, s: (np.maximum(z, 0), (z > 0) * 1.0),
    "silu": lambda z, w, s: (z * sigmoid(z), sigmoid(z) * (1 + z * sigmoid(-z))),
    "sine": lambda z, w, s: (np.sin(w * z), w * np.cos(w * z)),
    "finer": lambda z, w, s: (
        np.sin(w * (abs(z) + 1) * z),
        w * (abs(z) + 1) * np.cos(w * (abs(z) + 1) * z),
    ),
    "gauss": lambda z, w, s: (np.exp(-((s * z) ** 2)), -2 * s * s * z * np.exp(-((s * z) ** 2))),
    "wire": lambda z, w, s: (
        np.cos(w * z) * np.exp(-((s * z) ** 2)),
        -(w * np.sin(w * z) + 2 * s * s * z * np.cos(w * z)) * np.exp(-((s * z) ** 2)),
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_slopes_are_exact_to_rounding(name, dtype):
    z = np.random.default_rng(1).uniform(-6, 6, 1 << 14).astype(dtype)
    eps = np.finfo(dtype).eps
    omega, spread = 2.0, 1.5  # powers of two and short numbers: omega z is exact
    value, slope = activated(name, z, omega, spread)
    exact, exact_slope = EXACT[name](z.astype(np.longdouble), omega, spread)
    # The argument of finer's sine is rounded three times, of size up to 2 * 7 * 6 = 84.
    argument = 84.0 if name == "finer" else 1.0
    bound = 2 * argument * eps * np.maximum(1.0, np.abs(exact))
    assert np.all(np.abs(value - exact) <= bound)
    scale = {"sine": 2.0, "finer": 14.0, "wire": 2.0 + 2 * 1.5, "gauss": 2 * 1.5}.get(name, 1.5)
    assert np.max(np.abs(slope - exact_slope)) <= 3 * argument * scale * eps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reach", [1e-3, 1.6, 30.0, 1e4])
def test_sine_and_cosine_hold_their_bound_up_to_ten_thousand(reach, dtype):
    x = np.random.default_rng(2).uniform(-reach, reach, 1 << 16).astype(dtype)
    x[:3] = [0.0, reach, -reach]
    s, c = activated("sine", x)
    bound = 2e-7 if dtype == np.float32 else 1e-15
    exact = x.astype(np.longdouble)
    assert np.max(np.abs(s - np.sin(exact))) <= bound
    assert np.max(np.abs(c - np.cos(exact))) <= bound


def test_sine_near_zeros_of_sine_and_cosine():
    multiples = np.arange(-3200, 3200) * (np.pi / 2)
    x = np.concatenate([multiples, np.nextafter(np.float32(multiples), np.float32(np.inf))])
    x = x[: len(x) // 64 * 64].astype(np.float32)
    s, c = activated("sine", x)
    assert np.max(np.abs(s - np.sin(x.astype(np.longdouble)))) <= 2e-7
    assert np.max(np.abs(c - np.cos(x.astype(np.longdouble)))) <= 2e-7


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_small_values_keep_their_relative_accuracy(name):
    # tanh near 0 and sigmoid far below 0: a naive formula loses all digits there.
    if name == "tanh":
        z = np.geomspace(1e-30, 1.0, 1 << 12)
    else:
        z = np.linspace(-80, 0, 1 << 12)
    z = z.astype(np.float32)
    value, _ = activated(name, z)
    exact, _ = EXACT[name](z.astype(np.longdouble), 1, 1)
    # exp(z) turns an error of z's reduction into a relative one: a few units in the last place.
    assert np.max(np.abs(value / exact - 1)) <= 4 * np.finfo(np.float32).eps


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_not_a_number_stays_visible(name):
    z = np.full(64, np.nan, np.float32)
    value, _ = activated(name, z)
    assert np.isnan(value).all()


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "silu", "gauss", "relu"])
def test_huge_arguments_stay_finite(name):
    z = np.tile(np.array([-1e4, 1e4, -200, 200], np.float32), 16)
    value, slope = activated(name, z)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()


def test_a_result_does_not_depend_on_its_lane():
    z = np.full(256, np.float32(0.7371))
    for name in ACTIVATIONS:
        value, slope = activated(name, z, 30.0, 3.0)
        assert len({value.tobytes()[i : i + 4] for i in range(0, 1024, 4)}) == 1
        assert len({slope.tobytes()[i : i + 4] for i in range(0, 1024, 4)}) == 1
