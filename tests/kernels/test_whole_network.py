"""Networks in whole numbers: functions against the formulas of their tables, layer by layer."""

import numpy as np
import pytest

from redraw.kernels import whole_network
from redraw.kernels.tiles import ROWS
from redraw.kernels.vectors import PAIRS
from redraw.kernels.whole_functions import HALF, TURN
from redraw.kernels.whole_network import (
    BENT,
    COLUMNS,
    ENDING,
    FACTORS,
    FUNCTION,
    INPUTS,
    LARGEST,
    LINEAR,
    MOST,
    OUTPUTS,
    PANEL,
    PERIODIC,
    RISING,
    TABLE,
)

# What the second layer takes: pairs of int16 in words, or float32.
NUMBERS = [
    pytest.param((np.int32, np.int16), marks=pytest.mark.skipif(
        not PAIRS, reason="this machine adds up no products of 16 bits"
    )),
    (np.float32, np.float32),
]  # fmt: skip


def packed(numbers, kind):
    """A bias and weights of the first of 8 rows."""
    found = np.zeros((len(numbers), ROWS), kind)
    found[:, 0] = numbers
    return found.ravel()


def drawn_by(plan, weights, bias, points, factors, table, numbers, bend=0.0):
    """What a network of one output a layer gives at points in 1/65536; the second only adds."""
    sums, results = numbers
    firsts = packed([bias, *weights], np.float64)
    packs = packed([0, 1], sums)
    out = np.zeros((1, points.shape[1]))
    work = np.zeros((2, ROWS * PANEL), sums)
    halves = [half for factor in factors for half in (factor, 2.0**-30)]
    whole_network.run(
        points.astype(np.float64), plan, firsts, packs, np.array(halves),
        np.array([[bend, 2.0**-30]] * 2), table.astype(results), work, work[1].view(results),
        0, points.shape[1], out,
    )  # fmt: skip
    return out[0]


def looked_up(kind, weights, bias, points, factor, table, numbers, *, bend=0.0, largest=0):
    """Two layers: a function, and one that hands it on."""
    plan = np.zeros((2, COLUMNS), np.int64)
    plan[0, [INPUTS, OUTPUTS, FUNCTION, LARGEST]] = 2, 1, kind, largest
    plan[1, [INPUTS, OUTPUTS, FUNCTION, FACTORS, TABLE]] = 1, 1, LINEAR, 1, len(table)
    return drawn_by(plan, weights, bias, points, [factor, 1.0], table, numbers, bend)


def drawn():
    """Points, weights, a bias, and the exact sums."""
    rng = np.random.default_rng(13)
    points = rng.integers(-65536, 65537, (2, 77))
    weights, bias = (-37, 91), 12_345
    return points, weights, bias, weights[0] * points[0] + weights[1] * points[1] + bias


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize(
    ("kind", "size", "place"),
    [
        (PERIODIC, TURN, lambda z, _: int(z) % TURN),
        (BENT, TURN, lambda z, bend: int(np.floor((abs(z) + 2.0**14) * z * bend + 0.5)) % TURN),
        (ENDING, 2 * HALF + 1, lambda z, _: int(min(max(z, -HALF), HALF)) + HALF),
    ],
)
def test_functions_are_looked_up_at_the_place_of_the_sum(kind, size, place, numbers):
    points, weights, bias, sums = drawn()
    table = np.random.default_rng(14).integers(-(2**14), 2**14, size)
    factor, bend = 2.0**-9, 2.0**-15
    found = looked_up(kind, weights, bias, points, factor, table, numbers, bend=bend)
    rounded = np.floor(sums * factor + 0.5)
    assert found.tolist() == [table[place(z, bend)] for z in rounded]


@pytest.mark.parametrize("numbers", NUMBERS)
def test_what_only_rises_and_what_is_linear_end_where_they_are_said_to(numbers):
    points, weights, bias, sums = drawn()
    table = np.zeros(1)
    found = looked_up(RISING, weights, bias, points, 2.0**-8, table, numbers, largest=10_000)
    np.testing.assert_array_equal(found, np.clip(np.floor(sums * 2.0**-8 + 0.5), 0, 10_000))
    plan = np.zeros((1, COLUMNS), np.int64)
    plan[0, [INPUTS, OUTPUTS, FUNCTION]] = 2, 1, LINEAR
    found = drawn_by(plan, weights, bias, points, [100.0], table, numbers)
    expected = np.clip(sums * 100.0, -MOST, MOST).astype(np.float32)
    np.testing.assert_array_equal(found, expected)


def test_a_steep_sigmoid_is_a_table_that_ends():
    raw = np.array([[-(10.0**9), -3.0, 0.0, 2.6, 10.0**9]])
    table, out = np.arange(11.0) ** 2, np.zeros((1, 5))
    whole_network.steep(raw, 1.0, table, 0, 5, out)
    assert out[0].tolist() == [0.0, 4.0, 25.0, 64.0, 100.0]
