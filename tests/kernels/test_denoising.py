"""Averages over like pixels, against their definition written out."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.kernels import denoising

EXPECTED, WIDE, REACH = np.float32(0.02), np.float32(0.03), 2


def averages(values, sure, cuts=()):
    out = np.full_like(values, np.nan)
    ends = [0, *cuts, values.shape[1]]
    for first, last in pairwise(ends):
        denoising.like_averages(values, sure, EXPECTED, WIDE, REACH, out, first, last)
    return out


def written_out(values, sure):
    """Pixel by pixel, in double precision."""
    channels, height, width = values.shape
    out = np.empty(values.shape)

    def unlike(y, x, down, right):
        squares = []
        for a in range(-1, 2):
            for b in range(-1, 2):
                here = min(max(y + a, 0), height - 1), min(max(x + b, 0), width - 1)
                there = (
                    min(max(here[0] + down, 0), height - 1),
                    min(max(here[1] + right, 0), width - 1),
                )
                squares.append(((values[:, *here] - values[:, *there]) ** 2).sum() / channels)
        return np.mean(squares)

    for y in range(height):
        for x in range(width):
            weights, places = [], []
            for down in range(-REACH, REACH + 1):
                for right in range(-REACH, REACH + 1):
                    inside = 0 <= y + down < height and 0 <= x + right < width
                    if (down or right) and inside:
                        fall = 1 - (unlike(y, x, down, right) - EXPECTED) / (8 * WIDE)
                        weights.append(np.clip(fall, 0, 1) ** 8 * sure[y + down, x + right])
                        places.append((y + down, x + right))
            weights.append(max([*weights, 1e-3]))
            places.append((y, x))
            shown = np.array([values[:, *place] for place in places])
            out[:, y, x] = np.average(shown, axis=0, weights=weights)
    return out


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 9), (2, 7, 3), (3, 9, 8)])
def test_they_are_as_defined(shape):
    random = np.random.default_rng(0)
    values = (0.5 + 0.3 * random.normal(size=shape)).astype(np.float32)
    sure = (random.random(shape[1:]) < 0.8).astype(np.float32)
    np.testing.assert_allclose(
        averages(values, sure), written_out(values.astype(float), sure), rtol=2e-5, atol=2e-6
    )


def test_rows_may_be_cut_anywhere():
    values = np.random.default_rng(1).random((3, 20, 11), np.float32)
    sure = np.ones((20, 11), np.float32)
    whole = averages(values, sure)
    np.testing.assert_array_equal(averages(values, sure, (1, 2, 13)), whole)
