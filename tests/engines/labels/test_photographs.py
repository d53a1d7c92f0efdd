"""Photographs in a drawing: found where they are, and drawn no worse than by interpolation."""

import numpy as np
import pytest
from benchmarks.subjects import PAGES
from PIL import Image

import redraw
from redraw.engines.labels.analysis import CLEAR, Rows, pure_of
from redraw.engines.labels.photographs import photographs_in, regions_of
from redraw.kernels.label_components import components
from redraw.metrics import psnr

PHOTOGRAPH = slice(40, 200), slice(90, 290)


@pytest.fixture
def poster():
    """A bar, stripes and a disc on a ground, and a photograph: at twice the size. (480, 640, 3)"""
    data = pytest.importorskip("skimage.data", reason="the photograph comes with scikit-image")
    y, x = np.mgrid[:480, :640] / 2.0
    page = np.empty((*y.shape, 3), np.float32)
    page[:] = (0.98, 0.96, 0.9)
    page[(y < 28)] = (0.1, 0.2, 0.5)
    page[(x < 70) & (y > 50) & (y < 150) & (y % 20 < 5)] = 0.05
    page[(x - 40) ** 2 + (y - 195) ** 2 < 28**2] = (0.85, 0.2, 0.2)
    page[twice(PHOTOGRAPH)] = data.astronaut()[20:340, 60:460] / 255.0
    return page


def twice(part):
    """The same part of a page at twice the size."""
    return tuple(slice(2 * each.start, 2 * each.stop) for each in part)


def averaged(page):
    """Means over 2 x 2 pixels, in 8 bits. (H, W, 3)"""
    height, width = (side // 2 for side in page.shape[:2])
    means = page.reshape(height, 2, width, 2, 3).mean((1, 3))
    return np.rint(means * 255).astype(np.uint8)


def found_in(values):
    """Which pixels are of photographs, by the analysis."""
    rows = Rows(len(values), 1)
    flat, pure = pure_of(values, 1.0, None, rows)
    limits = CLEAR.both_flat, CLEAR.one_flat, CLEAR.none_flat
    component, count = components(values, pure, flat, *limits)
    return photographs_in(values, component, flat, count)


@pytest.mark.parametrize("place", [PHOTOGRAPH, (slice(34, 236), slice(130, 320))])
def test_a_photograph_is_found_to_its_edges(poster, place):
    """Amid the page; and at its edge, half as large as all."""
    data = pytest.importorskip("skimage.data", reason="the photograph comes with scikit-image")
    rows, columns = twice(place)
    poster[twice(PHOTOGRAPH)] = poster[-1, -1]
    size = rows.stop - rows.start, columns.stop - columns.start
    poster[rows, columns] = data.astronaut()[20 : 20 + size[0], 60 : 60 + size[1]] / 255.0
    found = found_in(averaged(poster).astype(np.float32) / 255)
    inside = np.zeros(found.shape, bool)
    inside[place] = True
    assert found[inside].mean() > 0.97
    assert found[~inside].mean() < 0.01


@pytest.mark.parametrize("name", ["cub", "hatching"])
def test_drawings_have_none(name):
    assert found_in(np.ascontiguousarray(PAGES[name].picture().values, np.float32)) is None


def test_few_cells_are_no_photograph():
    cells = np.zeros((6, 8), bool)
    cells[0, :4] = cells[3:6, 3:6] = True
    assert (regions_of(cells) > 0).sum() == 9


def test_each_part_is_drawn_as_its_kind_is_best(poster):
    """Twice as large: the drawing far above Lanczos, the photograph not below it."""
    levels = averaged(poster)
    drawn = redraw.fit(levels, model="cel", steps=60).render(640, 480).values
    lanczos = Image.fromarray(levels).resize((640, 480), Image.Resampling.LANCZOS)
    inside = np.zeros(poster.shape[:2], bool)
    inside[twice(PHOTOGRAPH)] = True
    for where, gain in ((inside, 0.0), (~inside, 5.0)):
        plain = psnr(np.asarray(lanczos)[where] / 255.0, poster[where])
        assert psnr(drawn[where], poster[where]) > plain + gain
