"""Which pixels show one colour: against planes by least squares, and edges that were drawn."""

import numpy as np
import pytest

from redraw.kernels.pure_pixels import end_members, flat_pixels


def flat(values, tolerance=0.03, slope=0.1):
    out = np.zeros(values.shape[:2], np.bool_)
    for first, last in ((0, 3), (3, len(values))):
        flat_pixels(values, np.float32(tolerance), np.float32(slope), out, first, last)
    return out


def test_flat_is_where_a_plane_explains_the_neighbourhood():
    rng = np.random.default_rng(22)
    y, x = np.mgrid[:12, :15]
    values = 0.3 + 0.01 * x - 0.02 * y + 0.02 * rng.standard_normal((12, 15))
    values = np.stack([values, np.where(x > 9, 0.9, 0.2)], -1).astype(np.float32)
    found = flat(values)
    design = np.array([[1, b, a] for b in (-1, 0, 1) for a in (-1, 0, 1)], float)
    fit = np.linalg.pinv(design)
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge").astype(float)
    for row in range(12):
        for column in range(15):
            near = padded[row : row + 3, column : column + 3].reshape(9, -1)
            plane = fit @ near
            left, steep = np.abs(near - design @ plane).max(), np.abs(plane[1:]).max()
            if abs(left - 0.03) > 1e-5 and abs(steep - 0.1) > 1e-5:
                assert found[row, column] == (left < 0.03 and steep <= 0.1)
    assert 0 < found.sum() < found.size


def line(levels):
    """A line two pixels wide across rows, darker than white by so many levels of 255."""
    covered = np.array([0, 0, 0, 0, 0.375, 1, 0.625, 0, 0, 0, 0])
    values = (255 - np.rint(levels * covered)) / 255
    return np.tile(values[None, :, None], (12, 1, 1)).astype(np.float32)


@pytest.mark.parametrize("levels", [6, 8, 12, 20])
def test_a_pale_line_is_no_slope(levels):
    found = flat(line(levels), 0.01, 0.06)
    assert not found[:, 4:7].any()
    assert found[:, [0, 1, 2, 9, 10]].all()


def test_a_slope_that_rises_by_levels_is_flat():
    ramp = np.rint(200 + 0.8 * np.maximum(np.arange(40) - 9, 0))[None, :, None] / 255
    assert flat(np.tile(ramp, (8, 1, 1)).astype(np.float32), 0.01, 0.06).all()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_mixture_of_two_colours_beside_it_is_no_end_member(share):
    one, two = np.array([0.1, 0.2, 0.9]), np.array([0.8, 0.7, 0.1])
    values = np.empty((6, 9, 3), np.float32)
    values[:, :4], values[:, 4], values[:, 5:] = one, (1 - share) * one + share * two, two
    out = np.zeros((6, 9), np.bool_)
    arguments = (np.zeros((6, 9), np.bool_), np.float32(0.03), np.float32(0.1), np.float32(0.05))
    end_members(values, np.float32(1.0), *arguments, out, 0, 6)
    assert not out[:, 4].any()
    assert out[:, :4].all()
    assert out[:, 5:].all()
    values[:, 4] = (0.1, 0.9, 0.1)  # on no line between the two: a colour of its own
    end_members(values, np.float32(1.0), *arguments, out, 0, 6)
    assert out[:, 4].all()
