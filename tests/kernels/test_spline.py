"""Cubic splines of planes against SciPy's B-splines."""

import numpy as np
import pytest
from scipy.interpolate import BSpline
from scipy.ndimage import correlate1d

from redraw.fields.prefilter import inverse_filter
from redraw.kernels import spline

# Means of the cubic B-spline over pixels: at the middle one, one off, and two off.
AVERAGES = np.array([1, 76, 230, 76, 1]) / 384


def drawn(shape, seed=23):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_points_are_sums_of_b_splines_mirrored_at_the_ends():
    planes, xy = drawn((2, 5, 7)), np.random.default_rng(24).uniform(-1.2, 1.2, (60, 2))
    xy, out = xy.astype(np.float32), np.zeros((60, 2), np.float32)
    for part in range(3):
        spline.at_points(planes, xy, out, part, 3)
    basis = BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)
    far = np.pad(planes.astype(float), ((0, 0), (12, 12), (12, 12)), mode="symmetric")
    for (x, y), found in zip(xy.astype(float), out, strict=True):
        across = np.nan_to_num(basis((x + 1) * 3.5 - 0.5 - np.arange(-12, 19)))
        down = np.nan_to_num(basis((y + 1) * 2.5 - 0.5 - np.arange(-12, 17)))
        np.testing.assert_allclose(found, np.einsum("cij,i,j", far, down, across), atol=2e-6)


@pytest.mark.parametrize("window", [(0, 12, 0, 9), (3, 8, 2, 9), (11, 12, 0, 1)])
def test_weights_have_the_averages_that_they_were_made_of(window):
    """Whatever the window: filtered, and then averaged over pixels again by its definition."""
    averages = drawn((1, 12, 9))
    filter_ = np.array(inverse_filter(), np.float32)
    whole = np.zeros_like(averages)
    spline.filtered(averages, filter_, (0, 0), (0, 0), (12, 9), whole)
    again = whole.astype(float)
    for axis in (1, 2):
        again = correlate1d(again, AVERAGES, axis, mode="reflect")
    np.testing.assert_allclose(again, averages, atol=2e-6)
    top, bottom, left, right = window
    part = np.zeros((1, bottom - top, right - left), np.float32)
    spline.filtered(averages, filter_, (0, 0), (top, left), (12, 9), part)
    np.testing.assert_array_equal(part, whole[:, top:bottom, left:right])


def test_means_over_cells_are_two_products():
    rng, planes = np.random.default_rng(25), drawn((3, 6, 8))
    columns, across = rng.integers(0, 8, (4, 5)), rng.random((4, 5)).astype(np.float32)
    rows, down = rng.integers(0, 3, (2, 5)), rng.random((2, 5)).astype(np.float32)
    narrow, out = np.zeros((3, 3, 4), np.float32), np.zeros((2, 4, 3), np.float32)
    for part in range(2):
        spline.along_rows(planes, 2, columns, across, narrow, part, 2)
    for part in range(2):
        spline.along_columns(narrow, rows, down, out, part, 2)
    expected = np.einsum("crwt,wt->crw", planes[:, 2:5][:, :, columns], across)
    np.testing.assert_allclose(narrow, expected, atol=2e-6)
    expected = np.einsum("chtw,ht->hwc", expected[:, rows], down)
    np.testing.assert_allclose(out, expected, atol=2e-5)
