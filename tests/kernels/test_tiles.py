"""The small matrix products against NumPy, at odd sizes."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import tiles
from redraw.kernels.vectors import PAIRS, WIDE, lanes, panel

DTYPES = [np.float32, np.float64]


@njit(error_model="numpy")
def product(weights, x, out, terms, results, width):
    for row in range(0, results, tiles.ROWS):
        at = row * (terms + 1)
        if results - row > 4:
            tiles.product8(weights, at, x, 0, out, row * width, terms)
        else:
            tiles.product4(weights, at, x, 0, out, row * width, terms)


@njit(error_model="numpy")
def outer(full, delta, turned, sums, panels, stride):
    if full:
        tiles.outer_full(delta, 0, turned, 0, sums, 0, panels, stride)
    else:
        tiles.outer_half(delta, 0, turned, 0, sums, 0, panels, stride)


@njit(error_model="numpy")
def thin(many, one, sums, panels, many_stride, one_stride):
    tiles.thin(many, 0, one, 0, sums, 0, panels, many_stride, one_stride)


@njit(error_model="numpy")
def slopes(delta, slope, sums, rows):
    tiles.slope_rows(delta, 0, slope, 0, sums, 0, rows)


@njit(error_model="numpy")
def turned(rows, out, blocks):
    tiles.turn(rows, 0, out, 0, blocks)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("results", "terms"), [(1, 1), (4, 3), (5, 2), (8, 64), (17, 33), (12, 7)])
def test_product(results, terms, dtype):
    rng = np.random.default_rng(results)
    width = panel(np.dtype(dtype).itemsize)
    matrix = rng.standard_normal((results, terms)).astype(dtype)
    bias = rng.standard_normal(results).astype(dtype)
    rows = -(-results // 8) * 8
    packed = np.zeros((rows // 8, terms + 1, 8), dtype)
    for m in range(results):
        packed[m // 8, 0, m % 8] = bias[m]
        packed[m // 8, 1:, m % 8] = matrix[m]
    x = rng.standard_normal((terms, width)).astype(dtype)
    out = np.full((rows, width), np.nan, dtype)
    product(packed.ravel(), x.ravel(), out.reshape(-1), terms, results, width)
    exact = matrix.astype(np.longdouble) @ x.astype(np.longdouble) + bias[:, None]
    # A sum of n products has a relative error of at most about n eps of the sum of sizes.
    size = np.abs(matrix).astype(np.longdouble) @ np.abs(x) + np.abs(bias)[:, None]
    assert np.all(np.abs(out[:results] - exact) <= (terms + 1) * np.finfo(dtype).eps * size)


@pytest.mark.skipif(not PAIRS, reason="this machine adds up no products of 16 bits")
@pytest.mark.parametrize(("results", "pairs"), [(1, 1), (5, 3), (17, 32)])
def test_products_of_pairs_are_exact(results, pairs):
    """To the largest: weights and inputs of 16 bits, sums and biases of 32."""
    rng = np.random.default_rng(results)
    matrix = rng.integers(-(2**15) + 1, 2**15, (results, pairs, 2))
    x = rng.integers(-(2**14), 2**14 + 1, (pairs, panel(4), 2))
    matrix[0], x[:, 0] = -(2**15) + 1, 2**14
    # So that sums stay within 2^31, whatever they begin with.
    matrix[:, 1:] //= 2 * pairs
    bias = rng.integers(-(2**28), 2**28, results)
    packed = np.zeros((-(-results // 8), pairs + 1, 8), np.int32)
    for m in range(results):
        packed[m // 8, 0, m % 8] = bias[m]
        packed[m // 8, 1:, m % 8] = matrix[m].astype(np.int16).view(np.int32)[:, 0]
    words = x.astype(np.int16).view(np.int32)[:, :, 0]
    out = np.zeros((8 * len(packed), panel(4)), np.int32)
    product(packed.ravel(), words.ravel(), out.reshape(-1), pairs, results, panel(4))
    exact = bias[:, None] + np.einsum("rpk,pnk->rn", matrix, x)
    np.testing.assert_array_equal(out[:results], exact)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("full", [True, False])
def test_outer_adds_to_its_sums(full, dtype):
    rng = np.random.default_rng(3)
    width, panels = panel(np.dtype(dtype).itemsize), 3
    columns = width if full else lanes(np.dtype(dtype).itemsize)
    delta = rng.standard_normal((panels, 16, width)).astype(dtype)
    inputs = rng.standard_normal((panels, width, width)).astype(dtype)
    sums = rng.standard_normal((8, width)).astype(dtype)
    before = sums.copy()
    outer(full, delta.ravel(), inputs.ravel(), sums.reshape(-1), panels, 16 * width)
    change = np.einsum("pmi,pik->mk", delta[:, :8].astype(np.longdouble), inputs)
    bound = panels * width * np.finfo(dtype).eps * 8
    assert np.max(np.abs(sums[:, :columns] - before[:, :columns] - change[:, :columns])) <= bound
    assert np.array_equal(sums[:, columns:], before[:, columns:])


@pytest.mark.parametrize("dtype", DTYPES)
def test_thin_sums_lane_by_lane(dtype):
    rng = np.random.default_rng(4)
    size = np.dtype(dtype).itemsize
    width, panels = panel(size), 2
    many = rng.standard_normal((panels, 8, width)).astype(dtype)
    one = rng.standard_normal((panels, 3, width)).astype(dtype)
    sums = np.zeros((4, lanes(size)), dtype)
    thin(many.ravel(), one.ravel(), sums.reshape(-1), panels, 8 * width, 3 * width)
    exact = np.einsum("pmi,pi->m", many[:, :4].astype(np.longdouble), one[:, 0])
    assert np.allclose(sums.sum(axis=1), exact, atol=panels * width * np.finfo(dtype).eps * 8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_slopes_multiply_and_add_up(dtype):
    rng = np.random.default_rng(5)
    size = np.dtype(dtype).itemsize
    width = panel(size)
    delta, slope = rng.standard_normal((2, 5, width)).astype(dtype)
    product_ = delta * slope
    sums = np.zeros((5, lanes(size)), dtype)
    slopes(delta.reshape(-1), slope.ravel(), sums.reshape(-1), 5)
    assert np.array_equal(delta, product_)
    assert np.allclose(sums.sum(1), product_.sum(1), atol=width * np.finfo(dtype).eps * 8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_turn_is_an_exact_transposition(dtype):
    size = np.dtype(dtype).itemsize
    width, count = panel(size), lanes(size)
    rows = np.arange(width * width, dtype=dtype).reshape(width, width)
    out = np.full((width, width), -1, dtype)
    turned(rows.ravel(), out.reshape(-1), WIDE)
    assert np.array_equal(out, rows.T)
    out[:] = -1
    turned(rows.ravel(), out.reshape(-1), 1)
    assert np.array_equal(out[:, :count], rows[:count].T)
    assert np.all(out[:, count:] == -1)
