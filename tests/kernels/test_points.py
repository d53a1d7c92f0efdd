"""Positions inside of pixels, against their definition in `redraw.signals.samples`."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import points
from redraw.signals.samples import PixelSamples, step_key, strata

PANEL = 16


@njit
def placed(pixels, count, across, down, width, height, jittered, key, x_row, y_row):
    at = np.int64(0)
    for pixel in pixels:
        at = points.place(
            pixel, count, across, down, width, height, jittered, key, x_row, y_row, at, PANEL,
            2 * PANEL,
        )  # fmt: skip
    return at


@njit
def centred(pixels, index, indexed, width, height, x_row, y_row):
    return points.centres(pixels, index, indexed, width, height, x_row, y_row, PANEL, 2 * PANEL)


def rows(number):
    """Rows of x and of y whose panels lie two apart, and the places of the samples."""
    panels = -(-number // PANEL)
    work = np.full(2 * PANEL * panels + PANEL, 9, np.float32)
    where = np.arange(number)
    return work, where // PANEL * 2 * PANEL + where % PANEL


@pytest.mark.parametrize("samples", [1, 4, 6])
@pytest.mark.parametrize("footprint", ["box", "point"])
def test_positions_are_those_of_the_definition(samples, footprint):
    width, height, step, seed = 7, 5, 11, 3
    count = samples if footprint == "box" else 1
    pixels = np.random.default_rng(26).permutation(35)[:20]
    across, down = strata(count)
    work, where = rows(20 * count)
    placed(
        pixels, count, across, down, width, height, footprint == "box", step_key(seed, step),
        work, work[PANEL:],
    )  # fmt: skip
    values = np.zeros((35, 1), np.float32)
    own = PixelSamples(values, width, height, footprint=footprint, samples=samples, seed=seed)
    expected = own.points(pixels, step)[0]
    np.testing.assert_array_equal(work[where], expected[:, 0])
    np.testing.assert_array_equal(work[where + PANEL], expected[:, 1])


@pytest.mark.parametrize("indexed", [False, True])
def test_centres_are_placed_panel_by_panel(indexed):
    width, height = 7, 5
    index = np.random.default_rng(27).permutation(35)
    pixels = np.arange(33)
    work, where = rows(33)
    end = centred(pixels, index, indexed, width, height, work, work[PANEL:])
    flat = index[pixels] if indexed else pixels
    x, y = (flat % width + 0.5) * (2 / width) - 1, (flat // width + 0.5) * (2 / height) - 1
    np.testing.assert_array_equal(work[where], x.astype(np.float32))
    np.testing.assert_array_equal(work[where + PANEL], y.astype(np.float32))
    assert end == 4 * PANEL + 1
