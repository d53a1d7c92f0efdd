"""Coefficients of a large picture: counted by size, and in steps."""

import numpy as np

from redraw.kernels.block_coefficients import BINS, DEAD, quantise, restore, spread


def drawn():
    return np.rint(np.random.default_rng(9).laplace(0.0, 300.0, (60, 50))).astype(np.int32)


def test_every_coefficient_is_counted_and_sizes_rise_from_bin_to_bin():
    coefficients = drawn()
    counts, sums = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    spread(coefficients, counts, sums)
    sizes = np.sort(np.abs(coefficients.ravel()))
    assert counts.sum() == sizes.size
    assert sums.sum() == sizes.sum()
    ends = np.cumsum(counts)
    for first, last, total in zip(ends - counts, ends, sums, strict=True):
        assert sizes[first:last].sum() == total  # the smallest ones, then the next ...
        if last > first:
            assert sizes[last - 1] - sizes[first] <= sizes[first] / 32  # alike within a bin


def test_the_error_that_is_told_is_the_one_that_is_made():
    coefficients, places = drawn(), np.array([5, 3, 0], np.int64)
    steps, back = np.zeros_like(coefficients), np.zeros_like(coefficients)
    told = quantise(coefficients, 40 * 256, places, steps)
    restore(steps, 40 * 256, places, back)
    assert told == ((coefficients.astype(np.int64) - back) ** 2).sum()
    assert np.abs(coefficients - back).max() <= DEAD * 40 + 1
    assert (steps[np.abs(coefficients) < DEAD * 40] == 0).all()
    assert (steps[np.abs(coefficients) >= DEAD * 40] != 0).all()
    assert (steps * coefficients.astype(np.int64) >= 0).all()
