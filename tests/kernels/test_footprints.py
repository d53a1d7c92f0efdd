"""Footprints against SciPy's filters, at sides smaller than their reach too."""

import numpy as np
import pytest
from scipy.ndimage import correlate1d, maximum_filter, minimum_filter

from redraw.kernels import footprints

SHAPES = [(1, 1, 1), (9, 14, 3), (3, 20, 2)]
TAPS = np.array([0.05, 0.1, 0.2, 0.3, 0.2, 0.1, 0.05], np.float32)


def drawn(shape, seed=16):
    return np.random.default_rng(seed).random(shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("axis", "name"), [(0, "weigh_down"), (1, "weigh_across")])
def test_weighing_is_a_correlation_that_is_mirrored_at_the_ends(shape, axis, name):
    values, out = drawn(shape), np.zeros(shape, np.float32)
    for first, last in ((0, shape[0] // 2), (shape[0] // 2, shape[0])):
        getattr(footprints, name)(values, TAPS, out, first, last)
    expected = correlate1d(values.astype(float), TAPS.astype(float), axis, mode="reflect")
    np.testing.assert_allclose(out, expected, atol=7 * 6e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_bounds_are_the_extremes_within_reach(shape):
    values = drawn(shape)
    low, high = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    footprints.bounds(values, 2, low, high, 0, shape[0])
    np.testing.assert_array_equal(low, minimum_filter(values, (5, 5, 1), mode="nearest"))
    np.testing.assert_array_equal(high, maximum_filter(values, (5, 5, 1), mode="nearest"))


def test_a_step_of_descent_goes_against_the_slope_within_bounds():
    """Nesterov's accelerated gradient, projected: written out."""
    guess, ahead, slope = (drawn((4, 5, 2), seed) for seed in (1, 2, 3))
    low, high = np.full((4, 5, 2), 0.2, np.float32), np.full((4, 5, 2), 0.6, np.float32)
    expected = np.clip(ahead - np.float32(0.5) * slope, low, high)
    further = expected + np.float32(0.7) * (expected - guess)
    footprints.descend(guess, ahead, slope, low, high, np.float32(0.5), np.float32(0.7), 0, 4)
    np.testing.assert_allclose(guess, expected, atol=2e-7)
    np.testing.assert_allclose(ahead, further, atol=4e-7)


def test_like_pixels_share_their_mean_and_unlike_ones_do_not():
    """A bilateral filter, Tomasi & Manduchi 1998, written out."""
    values, out = drawn((6, 7, 3)), np.zeros((6, 7, 3), np.float32)
    footprints.alike(values, 2, np.float32(1.5), np.float32(0.3), out, 0, 6)
    for y in range(6):
        for x in range(7):
            near = np.s_[max(0, y - 2) : min(6, y + 3), max(0, x - 2) : min(7, x + 3)]
            b, a = np.mgrid[near]
            far = ((b - y) ** 2 + (a - x) ** 2) / (2 * 1.5**2)
            apart = ((values[near] - values[y, x]).astype(float) ** 2).sum(-1) / (2 * 0.3**2)
            share = np.exp(-far - apart)[..., None]
            expected = (share * values[near]).sum((0, 1)) / share.sum()
            np.testing.assert_allclose(out[y, x], expected, atol=1e-5)
