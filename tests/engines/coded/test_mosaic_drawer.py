"""Drawing large pictures: as their coefficients are drawn in memory, and only what is in sight."""

import numpy as np
import pytest
from tests.fitting.large.conftest import picture

from redraw.coding.blocks.layout import SIDE
from redraw.coding.description import Description
from redraw.coding.picture import Quantised, pixels_of
from redraw.coordinates import Region
from redraw.engines.coded.mosaic_drawer import LevelAverages
from redraw.engines.lattice import Held, LatticeDrawer
from redraw.fitting.large.fit import fit_large
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import drawer_of


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    path = tmp_path_factory.mktemp("large") / "a.redraw"
    fit_large(strips_of(picture(1301, 1100)), path)
    return path


def in_memory(mosaic):
    """The same coefficients as a coded picture that is held in memory."""
    layout = mosaic.layout
    about = Description(
        layout.width, layout.height, layout.channels, layout.depth, layout.levels, layout.step,
        layout.places,
    )  # fmt: skip
    coefficients = np.zeros((layout.channels, layout.height, layout.width), np.int32)
    h, w = layout.sides[-1]
    coefficients[:, :h, :w] = mosaic._corner
    for level in range(layout.levels):
        down, across = layout.blocks(level)
        for row in range(down):
            for column in range(across):
                shapes = layout.shapes(level, row, column)
                for third, (h, w) in enumerate(shapes):
                    rows, columns = about.pyramid.rectangle(level, third)
                    y, x = rows.start + row * SIDE, columns.start + column * SIDE
                    part = mosaic.coefficients(level, row, column)[:, third, :h, :w]
                    coefficients[:, y : y + h, x : x + w] = part
    return Quantised(about, coefficients)


def test_its_own_pixels_are_those_of_the_coefficients_in_memory(large):
    drawer, about = drawer_of(large, 2)
    quantised = in_memory(drawer.mosaic)
    expected = pixels_of(quantised.about, quantised.planes())
    found = draw(drawer, Canvas.of(about.size))
    assert np.array_equal(np.rint(found * 255), expected)


def exact(drawer):
    """The spline of all pixels, in memory."""
    layout = drawer.mosaic.layout
    averages = LevelAverages(drawer.mosaic, 0, 2).averages((0, layout.height, 0, layout.width))
    mixing = layout.mix / 16384.0, np.zeros(layout.channels)
    return LatticeDrawer(Held(averages, 2), mixing, 2)


@pytest.mark.parametrize(
    ("region", "scale"),
    [((700, 300, 900, 460), 3.0), ((0, 0, 77, 50), 2.5), ((1200, 1000, 1301, 1100), 1.7)],
)
def test_larger_it_is_the_spline_of_its_pixels(large, region, scale):
    drawer, about = drawer_of(large, 2)
    canvas = Canvas.of(about.size, scale=scale, region=Region(*region))
    assert np.abs(draw(drawer, canvas) - draw(exact(drawer), canvas)).max() < 2e-6


def test_points_anywhere(large):
    drawer, _ = drawer_of(large, 2)
    xy = np.random.default_rng(0).uniform(-1.0, 1.0, (3000, 2)).astype(np.float32)
    xy[:4] = [(-1, -1), (1, 1), (-1, 1), (0, 0)]
    # Places are told in 32 bits: half a unit of 2^-24 of 1,301 pixels, times the steepest slope.
    assert np.abs(drawer.values(xy) - exact(drawer).values(xy)).max() < 1e-4


def test_overviews_of_smooth_pictures_are_means_over_their_pixels(tmp_path):
    y, x = np.mgrid[0:1000, 0:1300]
    waves = 127 + 60 * np.sin(x / 90) + 50 * np.cos(y / 70 + x / 200)
    path = tmp_path / "a.redraw"
    fit_large(strips_of(waves.astype(np.uint8)), path, quality=55.0)
    drawer, about = drawer_of(path, 2)
    for width in (650, 500, 325, 162):
        canvas = Canvas.of(about.size, width=width)
        difference = (draw(drawer, canvas) - draw(exact(drawer), canvas))[3:-3, 3:-3]
        # A shift of a tenth of a drawn pixel would be .1 * 2 * (60 / 90 / 255) > .0005 at 650.
        assert np.abs(difference).max() < 0.0005


def test_only_what_is_in_sight_is_unpacked(large):
    drawer, about = drawer_of(large, 1)
    mosaic = drawer.mosaic
    draw(drawer, Canvas.of(about.size, width=100))
    coarse = sum(np.prod(mosaic.layout.blocks(level)) for level in range(3, mosaic.layout.levels))
    assert mosaic.unpacked <= coarse
    before = mosaic.unpacked
    draw(drawer, Canvas.of(about.size, region=Region(100, 100, 200, 200)))
    # What the filters reach lies in up to four blocks of each of the four finest levels.
    assert mosaic.unpacked - before <= 16


def test_threads_and_regions_change_nothing(large):
    one, about = drawer_of(large, 1)
    two, _ = drawer_of(large, 3)
    whole = draw(one, Canvas.of(about.size, width=433))
    assert np.array_equal(whole, draw(two, Canvas.of(about.size, width=433)))
