"""The part of a picture that a fit is tried on."""

import numpy as np
import pytest

from redraw.signals.picture.picture import Picture
from redraw.signals.picture.scaling import SCALING

SIDE, MOST = 640, 64


def contrast(values):
    across, down = np.diff(values, axis=1), np.diff(values, axis=0)
    return np.abs(across).mean() + np.abs(down).mean()


@pytest.mark.parametrize("turns", range(4))
def test_a_part_has_about_as_much_to_tell_as_all(turns):
    """Strips of all densities: few parts are like the mean."""
    values = np.ones((SIDE, SIDE, 1), np.float32)
    chance = np.random.default_rng(1)
    for n in range(10):
        rows = slice(64 * n, 64 * n + 64)
        values[rows] = chance.random((64, SIDE, 1)) > (n / 10) ** 3 / 2
    values = np.rot90(values, turns)
    part = SCALING.part(Picture.from_array(values), MOST)
    assert part.size == (MOST, MOST)
    assert contrast(part.values) == pytest.approx(contrast(values), rel=0.35)
    middle = values[288:352, 288:352]
    assert contrast(middle) != pytest.approx(contrast(values), rel=0.35)


def test_where_all_is_alike_it_is_the_middle():
    x = np.arange(SIDE, dtype=np.float32) / 1024
    part = SCALING.part(Picture.from_array(np.tile(x, (SIDE, 1))), MOST)
    assert part.values[0, 0, 0] == 288 / 1024


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (500, 1), (64, 64), (65, 10)])
def test_small_and_thin_ones_are_taken_whole_as_far_as_they_reach(height, width):
    part = SCALING.part(Picture.from_array(np.zeros((height, width), np.uint8)), MOST)
    assert part.size == (min(width, MOST), min(height, MOST))
