"""Networks in whole numbers: functions against the formulas of their tables, layer by layer."""

import numpy as np
import pytest

from redraw.kernels import whole_network
from redraw.kernels.vectors import panel
from redraw.kernels.whole_network import (
    BENT,
    COLUMNS,
    ENDING,
    FUNCTION,
    HALF,
    LARGEST,
    LINEAR,
    MOST,
    OUTPUTS,
    PERIODIC,
    RISING,
    TURN,
)


def one_layer(kind, weights, bias, points, factor, table, *, bend=0.0, largest=0):
    """A network of a single layer of one output at points in 1/65536."""
    lanes = panel(4)
    plan = np.zeros((1, COLUMNS), np.int64)
    plan[0, [OUTPUTS, FUNCTION, LARGEST]] = 1, kind, largest
    firsts = np.array([[*weights, bias]], np.float64)
    sums, now = (np.zeros((8, lanes), np.float32) for _ in range(2))
    out = np.zeros((1, points.shape[1]))
    none = np.zeros(0, np.float32)
    flat = np.zeros((2, 8 * lanes), np.float32)
    whole_network.run(
        points.astype(np.float64), plan, firsts, none, np.array([factor]), np.array([bend]),
        table.astype(np.float32), sums, now, flat, 0, points.shape[1], out,
    )  # fmt: skip
    return out[0]


def drawn():
    """Points, weights, a bias, and the exact sums."""
    rng = np.random.default_rng(13)
    points = rng.integers(-65536, 65537, (2, 77))
    weights, bias = (-37, 91), 12_345
    return points, weights, bias, weights[0] * points[0] + weights[1] * points[1] + bias


@pytest.mark.parametrize(
    ("kind", "size", "place"),
    [
        (PERIODIC, TURN, lambda z, _: int(z) % TURN),
        (BENT, TURN, lambda z, bend: int(np.floor((abs(z) + 2.0**14) * z * bend + 0.5)) % TURN),
        (ENDING, 2 * HALF + 1, lambda z, _: int(min(max(z, -HALF), HALF)) + HALF),
    ],
)
def test_functions_are_looked_up_at_the_place_of_the_sum(kind, size, place):
    points, weights, bias, sums = drawn()
    table = np.random.default_rng(14).integers(-(2**16), 2**16, size)
    factor, bend = 2.0**-9, 2.0**-15
    found = one_layer(kind, weights, bias, points, factor, table, bend=bend)
    rounded = np.floor(sums * factor + 0.5)
    assert found.tolist() == [table[place(z, bend)] for z in rounded]


def test_what_only_rises_and_what_is_linear_end_where_they_are_said_to():
    points, weights, bias, sums = drawn()
    table = np.zeros(1)
    found = one_layer(RISING, weights, bias, points, 0.25, table, largest=500_000)
    np.testing.assert_array_equal(found, np.clip(np.floor(sums * 0.25 + 0.5), 0, 500_000))
    found = one_layer(LINEAR, weights, bias, points, 100.0, table)
    expected = np.clip(sums * 100.0, -MOST, MOST).astype(np.float32)
    np.testing.assert_array_equal(found, expected)


def test_a_steep_sigmoid_is_a_table_that_ends():
    raw = np.array([[-(10.0**9), -3.0, 0.0, 2.6, 10.0**9]])
    table, out = np.arange(11.0) ** 2, np.zeros((1, 5))
    whole_network.steep(raw, 1.0, table, 0, 5, out)
    assert out[0].tolist() == [0.0, 4.0, 25.0, 64.0, 100.0]
