"""Pictures in tiles: a drawing unpacks what it shows, and shows what one of the whole does."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from redraw.coding.picture import Quantised
from redraw.coordinates import Region
from redraw.engines.coded import tiles
from redraw.engines.coded.drawer import CodedDrawer, detail_of
from redraw.fields.subpixel_size import in_subpixel_detail
from redraw.render import Canvas, draw
from redraw.storage.coded_file import chunk_of_network, picture_of
from redraw.storage.container import chunks_of, packed
from redraw.storage.opening import drawer_of

GOLDEN = Path(__file__).parents[2] / "golden/coded"
# Tiles of 64 pixels: 3 across and 2 down; 2 x 2 with a filter; 1 x 2 with pixels of their own.
FILES = {"tiles": (133, 70), "filtered": (91, 70), "nearly": (17, 66)}


def network():
    """Of subpixel detail, that has learned nothing."""
    return 0.3 * np.random.default_rng(0).standard_normal(in_subpixel_detail(5)), 5


@pytest.fixture
def path(tmp_path):
    """The file of three tiles across and two down, with subpixel detail."""
    found = tmp_path / "a.redraw"
    chunks, _ = chunks_of((GOLDEN / "tiles.redraw").read_bytes(), "it")
    found.write_bytes(packed([*chunks, chunk_of_network(*network())]))
    return found


def unpacked(drawer):
    """The tiles that a drawer has unpacked."""
    return sorted(drawer._averages.shown)


@pytest.mark.parametrize(
    ("region", "needed"),
    [
        (Region(0, 0, 64, 64), [0]),
        (Region(64, 64, 128, 70), [4]),
        (Region(130, 3, 133, 60), [2]),
        (Region(60, 60, 70, 66), [0, 1, 3, 4]),
        (Region(0, 0, 133, 70), [0, 1, 2, 3, 4, 5]),
    ],
)
def test_a_region_takes_the_tiles_that_it_lies_in(path, region, needed):
    drawer, about = drawer_of(path, 2)
    whole = draw(drawer_of(path, 2)[0], Canvas.of(about.size))
    part = draw(drawer, Canvas.of(about.size, region=region))
    assert unpacked(drawer) == needed
    rows, columns = slice(region.y0, region.y1), slice(region.x0, region.x1)
    assert np.array_equal(part, whole[rows, columns])


def test_drawn_larger_it_takes_those_that_the_spline_reaches(path):
    drawer, about = drawer_of(path, 1)
    canvas = {"width": 60, "height": 60, "region": Region(5, 5, 20, 20)}
    part = draw(drawer, Canvas.of(about.size, **canvas))
    # Columns as far as the filter reaches; rows are made 128 at a time.
    assert unpacked(drawer) == [0, 3]
    coded, _ = picture_of(chunks_of(path.read_bytes(), "it")[0], "it")
    numbers, units = network()
    detail = detail_of(numbers.astype("<f2").astype(np.float32), units)
    all_of_it = CodedDrawer(Quantised.of(coded), 1, detail)
    assert np.array_equal(part, draw(all_of_it, Canvas.of(about.size, **canvas)))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("scale", [1, 0.7, 3])
def test_all_of_it_is_drawn_as_from_numbers_of_the_whole(name, scale):
    path = GOLDEN / f"{name}.redraw"
    coded, told = picture_of(chunks_of(path.read_bytes(), name)[0], name)
    assert told.size == FILES[name]
    canvas = Canvas.of(told.size, width=round(scale * told.size[0]))
    one, two = (draw(CodedDrawer(own, 2), canvas) for own in (coded, Quantised.of(coded)))
    assert np.array_equal(one, two)


def test_what_is_lost_of_a_tile_is_grey_there_alone(path):
    coded, told = picture_of(chunks_of(path.read_bytes(), "it")[0], "it")
    lost = replace(coded, parts=tuple(part for part in coded.parts if part.tile != 1))
    drawn = draw(CodedDrawer(lost, 1), Canvas.of(told.size))
    whole = draw(CodedDrawer(coded, 1), Canvas.of(told.size))
    assert (np.rint(drawn[:64, 64:128] * 255) == 128).all()
    assert np.array_equal(drawn[:, :64], whole[:, :64])


def test_tiles_above_are_forgotten_where_many_are_shown(path, monkeypatch):
    """So that a picture larger than memory is drawn from top to bottom."""
    coded, told = picture_of(chunks_of(path.read_bytes(), "it")[0], "it")
    whole = draw(CodedDrawer(coded, 2), Canvas.of(told.size))
    monkeypatch.setattr(tiles, "KEPT", 1000)  # less than any tile takes
    drawer, found = CodedDrawer(coded, 2), []
    for top, bottom, kept in (
        (0, 30, [0, 1, 2]),
        (30, 66, [0, 1, 2, 3, 4, 5]),
        (66, 70, [3, 4, 5]),
    ):
        region = Region(0, top, 133, bottom)
        found.append(draw(drawer, Canvas.of(told.size, region=region)))
        assert unpacked(drawer) == kept
    assert np.array_equal(np.concatenate(found), whole)
