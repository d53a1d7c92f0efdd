"""Sums around coefficients of a band, against convolutions."""

import numpy as np
from numba import njit
from scipy.ndimage import convolve

from redraw.kernels import neighbours
from redraw.kernels.band_layout import BORDER

CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


@njit
def crosses(coefficients, band, middle, beside):
    for y in range(band[2]):
        neighbours.cross_sums(coefficients, band, y, middle[y], beside[y], band[3])


@njit
def coarser(coefficients, band, middle, near, wide):
    for y in range(middle.shape[0]):
        neighbours.coarser_sums(coefficients, band, y, middle[y], near[y], wide[y], middle.shape[1])


def listed(values):
    """A band with its border of zeros in a list, and its row of the layout."""
    padded = np.pad(values, BORDER)
    stride = padded.shape[1]
    return padded.ravel(), np.array([BORDER * stride + BORDER, stride, *values.shape], np.int64)


def drawn(shape):
    return np.random.default_rng(6).integers(-9, 10, shape).astype(np.int32)


def test_crosses_are_the_four_beside():
    values = drawn((5, 7))
    middle, beside = np.zeros((5, 7), np.int32), np.zeros((5, 7), np.int32)
    crosses(*listed(values), middle, beside)
    np.testing.assert_array_equal(middle, np.abs(values))
    np.testing.assert_array_equal(beside, convolve(np.abs(values), CROSS, mode="constant"))


def test_of_the_coarser_band_nearer_ones_weigh_more():
    values = drawn((4, 5))
    found = [np.zeros((8, 10), np.int32) for _ in range(3)]
    coarser(*listed(values), *found)
    sizes = np.pad(np.abs(values), 1)
    for y in range(8):
        for x in range(10):
            i, j = y // 2 + 1, x // 2 + 1
            down, right = (1 if y % 2 else -1), (1 if x % 2 else -1)
            toward = sizes[i + down, j] + sizes[i, j + right]
            away = sizes[i - down, j] + sizes[i, j - right]
            corners = sizes[i - 1 : i + 2 : 2, j - 1 : j + 2 : 2].sum()
            assert found[0][y, x] == sizes[i, j]
            assert found[1][y, x] == 4 * sizes[i, j] + 2 * toward + away
            assert found[2][y, x] == 2 * toward + away + corners
