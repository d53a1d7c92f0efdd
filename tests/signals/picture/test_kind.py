"""Drawings and photographs are told apart, at any size."""

import io

import numpy as np
import pytest
from benchmarks.subjects import PAGES, SUBJECTS
from PIL import Image

from redraw.signals import Colour, Picture, bundled, read
from redraw.signals.picture.jpeg_steps import JpegSteps
from redraw.signals.picture.kind import evidence, looks_drawn, looks_like_drawing, rounding
from redraw.signals.picture.tiles import TILES, tiles_of

PHOTOGRAPHS = ("astronaut", "camera", "coffee", "chelsea", "coins", "rocket", "moon")


def photograph(name):
    data = pytest.importorskip("skimage.data", reason="the photographs come with scikit-image")
    return Picture.from_array(getattr(data, name)(), name=name)


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("size", [100, 200, 800])
def test_drawings_of_all_kinds_and_sizes_look_drawn(name, size):
    assert looks_drawn(SUBJECTS[name].picture(size))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_do_not_look_drawn(name):
    picture = photograph(name)
    assert not looks_drawn(picture)
    assert not looks_drawn(picture.resized(picture.width // 3, picture.height // 3))


def as_jpeg(levels, quality, tmp_path):
    """Read from the file; and its pixels without the file."""
    file = tmp_path / f"{quality}.jpg"
    Image.fromarray(levels).save(file, quality=quality)
    return read(file), Picture.from_array(np.asarray(Image.open(file)))


@pytest.mark.parametrize("quality", [75, 50])
@pytest.mark.parametrize("name", ["cub", "comic", "logo", "subway"])
def test_a_jpeg_of_a_drawing_looks_drawn(name, quality, tmp_path):
    """Of comic and logo only because so much is enough for a JPEG."""
    levels = np.rint({**SUBJECTS, **PAGES}[name].draw(200) * 255).astype(np.uint8).squeeze()
    for picture in as_jpeg(levels, quality, tmp_path):
        assert looks_drawn(picture)
        if name in ("comic", "logo"):
            assert not evidence(picture.values).drawn


@pytest.mark.parametrize(
    ("name", "size", "quality"),
    [("glass", 200, 75), ("logo", 100, 75), ("cartoon", 400, 50), ("anime", 400, 50)],
)
def test_what_a_jpeg_rounds_is_told_from_what_lies_between_colours(name, size, quality, tmp_path):
    """Other measures say photograph: less would have to be enough than photographs have."""
    levels = np.rint(PAGES[name].draw(size) * 255).astype(np.uint8).squeeze()
    for picture in as_jpeg(levels, quality, tmp_path):
        assert looks_drawn(picture)
        assert evidence(picture.values).score < {75: 0.8, 50: 0.0}[quality]


def test_what_a_file_rounds_is_not_said_of_another_size(tmp_path):
    picture, _ = as_jpeg(
        np.ascontiguousarray(photograph("chelsea").values * 255).astype("u1"), 75, tmp_path
    )
    assert picture.footprint == picture.resized(*picture.size).footprint == "jpeg:75"
    assert picture.shrunk(100).footprint == ""


def test_the_deviation_of_what_a_jpeg_rounds():
    """Of fine noise, by a library that codes it with equal steps."""
    levels = np.random.default_rng(5).normal(128, 30, (256, 256)).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "JPEG", qtables=[[24] * 64])
    off = np.asarray(Image.open(file), np.float64) - levels
    steps = JpegSteps.of(bytes([24] * 128), (True, True))
    assert rounding(steps) * 255 == pytest.approx(off.std(), rel=0.02)


@pytest.mark.parametrize("quality", [75, 50, 20])
@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_jpeg_of_a_photograph_does_not(name, quality, tmp_path):
    levels = np.rint(photograph(name).values * 255).astype(np.uint8).squeeze()
    for picture in as_jpeg(np.ascontiguousarray(levels[::2, ::2]), quality, tmp_path):
        assert not looks_drawn(picture)


@pytest.mark.parametrize("name", ["cartoon", "logo", "comic", "chart"])
def test_drawings_with_noise_look_drawn(name):
    values = {**SUBJECTS, **PAGES}[name].draw(200)
    noisy = values + np.random.default_rng(2).normal(0.0, 0.03, values.shape)
    levels = np.rint(noisy.clip(0, 1) * 255).astype(np.uint8)
    assert looks_drawn(Picture.from_array(levels))
    assert evidence(levels / np.float32(255)).noise == pytest.approx(0.03, rel=0.1)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_with_noise_do_not(name):
    values = photograph(name).values
    noisy = values + np.random.default_rng(2).normal(0.0, 0.03, values.shape)
    levels = np.rint(noisy.clip(0, 1) * 255).astype(np.uint8)
    assert not looks_drawn(Picture.from_array(levels))
    assert not looks_drawn(Picture.from_array(np.ascontiguousarray(levels[::3, ::3])))


def test_ink_on_a_transparent_page_looks_drawn():
    alpha = 1 - SUBJECTS["cub"].draw(200)
    art = Picture(np.concatenate([np.zeros_like(alpha), alpha], axis=2), Colour("grey", alpha=True))
    assert looks_drawn(art)


@pytest.mark.parametrize(
    "array",
    [
        np.full((9, 9), 255, np.uint8),  # nothing on it
        np.full((1, 1, 3), 0.3),
        np.tile(np.linspace(0, 1, 50), (50, 1)),  # a ramp
        np.random.default_rng(0).random((50, 50)),
        np.random.default_rng(0).random((2, 300)),
        np.full((9, 9), 5.0),  # light
    ],
)
def test_where_nothing_is_drawn_nothing_looks_drawn(array):
    assert not looks_drawn(Picture.from_array(array))


@pytest.mark.parametrize("shape", [(4000, 30), (30, 4000), (1200, 900), (385, 384)])
def test_tiles_lie_within_the_picture_and_their_number_is_bounded(shape):
    places = np.arange(shape[0] * shape[1], dtype=np.float32).reshape(*shape, 1)
    tiles = tiles_of(places)
    assert 1 <= len(tiles) <= TILES
    assert len({tile.shape for tile in tiles}) == 1
    # The grid reaches all four corners.
    assert tiles[0].flat[0] == 0
    assert tiles[-1].flat[-1] == places.flat[-1]


def test_two_flat_sides_measure_as_such():
    values = np.zeros((20, 20, 3), np.float32)
    values[:, 10:] = (1, 0.5, 0)
    found = evidence(values)
    # Windows of 5 x 5 with an edge hold its two colours alone; the edge is sqrt(1 + 1/4) high.
    assert found.two_sides == 1
    assert found.between == 0
    assert found.crisp == pytest.approx(1, abs=0.05)
    assert found.few == 1
    assert found.faint == 0
    assert found.contrast == pytest.approx(np.sqrt(1.25), abs=1e-5)
    assert found.edges == 16 * 4


# --- line drawings -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [200, 800, 64, 32])
def test_the_cub_looks_like_a_drawing(size):
    assert looks_like_drawing(read(bundled("cub")).resized(size, size))
    assert looks_like_drawing(read(bundled("cub-two-tone")).resized(size, size))


def test_line_art_on_a_transparent_page_looks_like_a_drawing():
    alpha = 1 - read(bundled("cub")).values
    art = Picture(np.concatenate([np.zeros_like(alpha), alpha], axis=2), Colour("grey", alpha=True))
    assert looks_like_drawing(art)


def test_photographs_do_not_look_like_drawings():
    data = pytest.importorskip("skimage.data", reason="the photographs come with scikit-image")
    for name in ("astronaut", "camera", "coins", "moon", "page", "text", "cell", "brick"):
        assert not looks_like_drawing(Picture.from_array(getattr(data, name)(), name=name)), name


@pytest.mark.parametrize(
    "array",
    [
        np.full((9, 9), 255, np.uint8),  # nothing on it
        np.tile(np.linspace(0, 1, 50), (50, 1)),  # a ramp
        np.random.default_rng(0).random((50, 50)),
        np.hstack([np.ones((50, 50)), np.tile(np.linspace(0, 1, 50), (50, 1))]),  # half a ramp
        np.tile(np.array([[[255, 0, 0], [255, 255, 255]]], np.uint8), (5, 5, 1)),  # colour
        np.full((9, 9), 5.0),  # light
    ],
)
def test_other_things_do_not_look_like_drawings(array):
    assert not looks_like_drawing(Picture.from_array(array))
