"""Whole steps and colours, against fractions and NumPy."""

from fractions import Fraction

import numpy as np
import pytest

from redraw.kernels import quantising
from redraw.kernels.band_layout import COLUMNS, ORIGIN, ROWS, STRIDE
from redraw.kernels.lifting import LARGEST
from redraw.kernels.quantising import MOST_STEPS, SIZES


def test_coefficients_stand_where_their_size_says_within_a_step():
    coefficients = np.array([[0, 1, -1, 2, -3, 900, MOST_STEPS, -(2**31 - 1)]], np.int32)
    places, step, out = np.array([7, -3, 20], np.int64), 777, np.zeros((1, 8), np.int32)
    quantising.restore(coefficients, np.array([0, 1, 0, 8], np.int64), step, places, out)
    for coefficient, found in zip(coefficients[0].tolist(), out[0].tolist(), strict=True):
        size = min(abs(coefficient), MOST_STEPS)
        place = Fraction(places[min(size, SIZES) - 1].item(), 64) if size else 0
        exact = min((size + place) * Fraction(step, 256), LARGEST)
        assert abs(abs(found) - exact) <= Fraction(1, 2)
        assert found * coefficient >= 0


def test_in_steps_leaves_the_rest_of_the_plane_alone():
    plane, out = np.arange(12, dtype=np.int32).reshape(3, 4), np.full((3, 4), -1, np.float32)
    quantising.in_steps(plane, np.array([1, 3, 2, 4], np.int64), 512, out)
    expected = np.full((3, 4), -1, np.float32)
    expected[1:, 2:] = plane[1:, 2:] / 2.0
    np.testing.assert_array_equal(out, expected)


def test_sums_of_places_count_sizes_apart():
    exact = np.array([[0.2, 1.3, -1.1], [2.5, -4.4, 7.0]], np.float32)
    coefficients = np.array([0, 1, -1, 2, -4, 7], np.int32)
    band = np.zeros(4, np.int64)
    band[[ORIGIN, STRIDE, ROWS, COLUMNS]] = 0, 3, 2, 3
    sums = np.zeros((SIZES, 2))
    quantising.place_sums(exact, 0, 0, coefficients, band, sums)
    np.testing.assert_allclose(sums, [[0.4, 2], [0.5, 1], [0.4, 2]], atol=1e-6)


@pytest.mark.parametrize("depth", [8, 16])
def test_colours_come_back_through_an_orthonormal_matrix(depth):
    rng = np.random.default_rng(8)
    pixels = rng.integers(0, 2**depth, (9, 7, 3)).astype(np.uint16)
    rows = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    shift, planes = {8: 6, 16: 0}[depth], np.empty((3, 9, 7), np.int32)
    quantising.unmixed(pixels, rows, shift, depth, planes)
    middle = 2 ** (depth - 1)
    exact = np.einsum("pc,yxc->pyx", rows, pixels - float(middle)) * 2**shift
    assert np.abs(planes - exact).max() <= 0.5
    out = np.empty_like(pixels)
    matrix = np.rint(16384 * rows.T).astype(np.int64)
    quantising.mixed(planes, matrix, shift, depth, 0, 4, out)
    quantising.mixed(planes, matrix, shift, depth, 4, 9, out)
    # Planes are off by a half of a unit, the matrix by a half of 1/16384 of up to sqrt(3) 2^(d-1).
    most = 0.5 + 0.5 * np.sqrt(3) / 2**shift + 1.5 * np.sqrt(3) * middle / 16384
    off = np.abs(out.astype(int) - pixels)
    assert off.max() <= most
    error = int((off.astype(np.int64) ** 2).sum())
    assert quantising.squared_error(out, pixels) == error
