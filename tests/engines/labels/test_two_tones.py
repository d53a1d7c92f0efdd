"""Pages of two tones: what shows less than all of the ink is told from how much there is of it."""

import numpy as np
import pytest

from redraw.engines.labels.analysis import analyse

FINE = 16
HEIGHT, WIDTH = 40, 72


def page(*strokes, grey=None):
    """Paper with strokes; their coverage of pixels. (H, W)

    Args:
        strokes: Slope, y at the middle, width, and the share of the page's width that they go on.
        grey: A square of that share of ink, too.
    """
    y, x = (np.mgrid[: HEIGHT * FINE, : WIDTH * FINE] + 0.5) / FINE
    ink = np.zeros(y.shape)
    for slope, middle, width, along in strokes:
        far = (y - middle - slope * (x - WIDTH / 2)) / np.hypot(1.0, slope)
        ink[(np.abs(far) < width / 2) & (x < along * WIDTH)] = 1.0
    if grey is not None:
        ink[3 * FINE : 9 * FINE, 4 * FINE : 10 * FINE] = grey
    return ink.reshape(HEIGHT, FINE, WIDTH, FINE).mean(axis=(1, 3))


def analysed(coverage, colours=((1.0,), (0.0,))):
    """The analysis of a page in 8 bits, and how much ink it has in each pixel. (H, W)"""
    paper, ink = np.array(colours)
    values = paper + coverage[..., None] * (ink - paper)
    found = analyse((np.rint(values * 255) / 255).astype(np.float32), None, 1)
    told = found.label.astype(float)
    mixed = ~found.pure
    told[mixed] = np.where(found.who == 1, found.share, 0.0).sum(axis=1)
    return found, told


@pytest.mark.parametrize("colours", [((1.0,), (0.0,)), ((0.95, 0.9, 0.7), (0.1, 0.1, 0.4))])
def test_a_stroke_in_halves_of_two_rows_is_all_ink(colours):
    """For half of the page neither row shows its colour; it was taken for an area of one grey."""
    coverage = page((1 / 60, 15.0, 1.1, 1.0), (0.3, 28.0, 1.6, 1.0))
    found, told = analysed(coverage, colours)
    assert found.labels == 2
    assert np.abs(told - coverage).max() < 0.03


def test_four_rows_of_one_grey_are_two_strokes():
    """Each 1.3 pixels wide, two apart. Where the page has a grey area, they may be one, too."""
    strokes = ((0.0, 20.0, 1.3, 0.17), (0.0, 22.0, 1.3, 0.17), (0.4, 25.0, 1.6, 1.0))
    coverage = page(*strokes)
    assert np.ptp(coverage[19:23, 5]) < 1e-9
    found, told = analysed(coverage)
    assert found.labels == 2
    assert np.abs(told - coverage).max() < 0.03
    kept, _ = analysed(page(*strokes, grey=0.65))
    assert kept.pure[20:22, 3:9].all()


@pytest.mark.parametrize("grey", [0.3, 0.6])
def test_a_page_with_a_grey_area_keeps_it(grey):
    found, _ = analysed(page((0.3, 25.0, 1.6, 1.0), grey=grey))
    assert found.pure[6, 7]
    assert abs(found.values[6, 7, 0] - (1 - grey)) < 0.01


def test_pale_strokes_beside_dark_ones_are_no_thin_dark_ones():
    """Of a third of the ink, two and a half pixels wide: grey ones of that width."""
    dark, pale = page((0.3, 25.0, 1.6, 1.0)), page((0.13, 7.0, 2.5, 1.0))
    found, _ = analysed(np.maximum(dark, 0.33 * pale))
    middle = found.values[(pale == 1.0) & (dark == 0.0)]
    assert len(middle) > 60
    assert np.abs(middle - 0.67).max() < 0.02


def test_a_stroke_that_is_flat_in_places_keeps_its_grey():
    """Of .6 of the ink, three and a half pixels wide, hardly sloping."""
    dark, grey = page((0.3, 27.0, 1.6, 1.0)), page((0.06, 9.0, 3.5, 1.0))
    found, _ = analysed(np.maximum(dark, 0.6 * grey))
    middle = found.values[(grey == 1.0) & (dark == 0.0)]
    assert np.abs(middle - 0.4).max() < 0.02
