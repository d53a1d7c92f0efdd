"""Thin strokes: their widths as they were painted, and colours that words and lines are given."""

import numpy as np
import pytest

from redraw.engines.labels.analysis import analyse
from redraw.kernels import label_strokes

FINE = 16  # samples along a side of a pixel
WHITE, DARK, GREY = 1.0, 0.13, 0.45


def painted(side, covered):
    """Averages over pixels of a grey page: `covered` says the value at x and y. (side, side, 1)"""
    at = (np.arange(side * FINE) + 0.5) / FINE
    page = covered(at[None, :], at[:, None]).astype(np.float32)
    return page.reshape(side, FINE, side, FINE, 1).mean((1, 3), dtype=np.float64).astype(np.float32)


def slanted(width, angle):
    """A line of a width through the middle of 40 pixels, dark on white."""
    down, right = np.cos(np.radians(angle)), -np.sin(np.radians(angle))
    return painted(
        40,
        lambda x, y: np.where(abs(down * (x - 20.3) + right * (y - 20.3)) < width / 2, DARK, WHITE),
    )


@pytest.mark.parametrize("angle", [0, 10, 30, 45, 80])
@pytest.mark.parametrize("width", [0.5, 0.9])
def test_width_and_length_of_lines(width, angle):
    values = slanted(width, angle)
    y, x = np.nonzero(values[5:-5, 5:-5, 0] < WHITE - 0.6 * (WHITE - values.min()))
    pixels = ((y + 5) * 40 + x + 5).astype(np.int32)
    begins, kind = np.array([0, len(pixels)]), np.ones(1, np.int64)
    tip = np.array([[values.min()]], np.float32)
    far, (wide, long) = np.zeros(1, np.int32), np.zeros((2, 1), np.float32)
    label_strokes.stroke_widths(
        values, np.float32(3.0), pixels, begins, kind, np.array([[WHITE]], np.float32), tip,
        np.array([[DARK]], np.float32), np.float32(1.01), np.float32(9.0), far, wide, long, 0, 1,
    )  # fmt: skip
    assert far[0] == 0
    # Sums along pixels' rows and columns are off by what of the line runs out of their window, and
    # at 45 degrees by what pixels beside it see.
    assert wide[0] == pytest.approx(width, rel=0.2)
    assert long[0] > label_strokes.LINE - 2


def word(ink, width):
    """Short strokes upright, of an ink, six pixels high; beside them an area of dark."""

    def covered(x, y):
        stems = (abs((x - 6.2) % 3.3 - 1.6) < width / 2) & (x > 6) & (x < 32) & (abs(y - 12) < 3)
        area = (abs(x - 20) < 12) & (abs(y - 30) < 5)
        return np.where(stems, ink, np.where(area, DARK, WHITE))

    return painted(40, covered)


def test_grey_type_stays_grey_beside_black():
    values = word(GREY, 0.7)
    inked = analyse(values, None, 1).values[7:17, :, 0]
    assert inked.min() > DARK + 0.6 * (GREY - DARK)
    assert inked.min() < values[7:17].min()  # and yet it is purer than its pixels are


def test_letters_of_a_word_have_one_ink():
    found = analyse(word(DARK, 0.7), None, 1).values[9:15, :, 0]
    darkest = [found[:, x].min() for x in range(40) if found[:, x].min() < 0.6]
    assert len(darkest) >= 6
    assert np.ptp(darkest) < 0.1


def test_a_pale_bar_of_two_pixels_keeps_its_colour_beside_black():
    def covered(x, y):
        bar = (abs(x - 20) < 12) & (abs(y - 12) < 1.2)
        area = (abs(x - 20) < 12) & (abs(y - 30) < 5)
        return np.where(bar, 0.84, np.where(area, DARK, WHITE))

    found = analyse(painted(40, covered), None, 1).values[8:16, :, 0]
    assert found.min() > 0.83


def test_lines_are_as_dark_as_what_is_seen():
    found = analyse(np.minimum(slanted(0.6, 10), word(DARK, 0.0)), None, 1).values
    inked = found[7:22][found[7:22] < 0.5]
    assert len(inked) > 5
    assert inked.max() < DARK + 0.02


@pytest.mark.parametrize("width", [3.6, 4.5])
def test_a_bent_stroke_that_covers_pixels_wholly_keeps_its_colour_beside_black(width):
    """A painted mouth: little of it is flat, so it is no area, and yet that shows its colour."""

    def covered(x, y):
        ring = abs(np.hypot(x - 20.3, y - 14.6) - 6.5) < width / 2
        area = (abs(x - 20) < 12) & (abs(y - 34) < 4)
        return np.where(ring, GREY, np.where(area, 0.0, 0.8))

    values = painted(40, covered)
    assert (np.abs(analyse(values, None, 1).values - values) < 1e-6).all()
