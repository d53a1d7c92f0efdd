"""Squares of a large picture with fields of their own: crisp, without borders, killed or not."""

import dataclasses
import hashlib

import numpy as np
import pytest

from redraw.coordinates import Region
from redraw.engines.squares import Grid
from redraw.errors import FileFormatError, UsageError
from redraw.fitting.large.asked import wanted_of
from redraw.fitting.large.fit import LargeFit, fit_large
from redraw.fitting.large.squares import Wanted
from redraw.fitting.run import guard
from redraw.fitting.run.guard import Verdict
from redraw.metrics import psnr
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.block_file import BlockFile
from redraw.storage.opening import described, drawer_of

SMALL = Wanted("cel", steps=40, side=64, margin=16)


def page(side, scale):
    """Discs and a bar on a plain ground, each pixel the mean over its area. (H, W, 3) uint8"""
    fine = 4 * scale
    y, x = (np.mgrid[0 : side * fine, 0 : side * fine] + 0.5) / fine
    found = np.full((*x.shape, 3), (0.93, 0.9, 0.82))
    for row, column, radius, colour in (
        (40.3, 37.0, 21.2, (0.1, 0.3, 0.7)), (66.0, 90.4, 17.7, (0.8, 0.2, 0.1)),
        (100.0, 40.0, 14.3, (0.1, 0.5, 0.2)),
    ):  # fmt: skip
        found[(y - row) ** 2 + (x - column) ** 2 < radius**2] = colour
    found[np.abs(0.6 * (x - 64) - (y - 20)) < 3.1] = (0.05, 0.05, 0.08)
    found[:, x[0] > side - 24] = (0.93, 0.9, 0.82)  # nothing there: a flat square's margin
    means = found.reshape(side * scale, 4, side * scale, 4, 3).mean(axis=(1, 3))
    return np.rint(means * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pixels():
    return page(144, 1)


@pytest.fixture(scope="module")
def made(pixels, tmp_path_factory):
    path = tmp_path_factory.mktemp("squares") / "a.redraw"
    fit_large(strips_of(pixels), path, squares=SMALL)
    return path


def test_larger_it_is_nearer_to_the_page_than_its_pixels_tell(pixels, made, tmp_path):
    plain = tmp_path / "plain.redraw"
    fit_large(strips_of(pixels), plain)
    wanted = page(144, 4) / 255.0
    drawn = []
    for path in (plain, made):
        drawer, about = drawer_of(path, 2)
        drawn.append(psnr(draw(drawer, Canvas.of(about.size, scale=4.0)), wanted))
        # Its own pixels, and what is smaller, come from the numbers of all of it.
        small = draw(drawer, Canvas.of(about.size, width=72))
        assert np.array_equal(small, draw(drawer_of(plain, 2)[0], Canvas.of(about.size, width=72)))
    assert drawn[1] > drawn[0] + 3.0


def test_nothing_shows_where_squares_meet(pixels, made):
    drawer, about = drawer_of(made, 2)
    drawn = draw(drawer, Canvas.of(about.size, scale=4.0))
    truth = page(144, 4) / 255.0
    error = np.abs(drawn - truth).max(axis=2)
    borders = np.zeros(error.shape, bool)
    for border in (4 * 64, 4 * 128):
        borders[border - 8 : border + 8] = borders[:, border - 8 : border + 8] = True
    assert error[borders].mean() < 2.0 * error[~borders].mean() + 1e-3
    # And flat ground stays exactly flat across them.
    assert np.ptp(drawn[-40:, -60:], axis=(0, 1)).max() < 1.5 / 255


def test_regions_points_and_threads_change_nothing(made):
    drawer, about = drawer_of(made, 2)
    canvas = Canvas.of(about.size, width=120, height=120, region=Region(44, 50, 84, 90))
    whole = draw(drawer, canvas)
    assert np.array_equal(whole, draw(drawer_of(made, 1)[0], canvas))
    part = dataclasses.replace(canvas, width=60, region=Region(44, 50, 64, 90))
    assert np.array_equal(whole[:, :60], draw(drawer, part))
    # A mean over a tiny cell is what is at its middle.
    y, x = np.array([17.2, 64.0, 90.5]), np.array([63.9, 70.0, 128.3])
    xy = np.stack([x * (2 / 144) - 1, y * (2 / 144) - 1], 1)
    tiny = np.array([-1e-7, 1e-7])
    cells = drawer.means(xy[:, :1] + tiny, xy[:, 1:] + tiny)
    assert np.abs(drawer.values(xy.astype(np.float32)) - cells[[0, 1, 2], [0, 1, 2]]).max() < 2e-3


@pytest.mark.slow
def test_stopped_anywhere_and_by_any_threads_it_is_the_same_file(pixels, made, tmp_path):
    path, rounds = tmp_path / "b.redraw", 0
    while not path.exists():
        fit = LargeFit(strips_of(pixels), path, squares=SMALL, threads=1, tile=256)
        for _ in fit.events():
            fit.stop()
        fit.close()
        rounds += 1
    assert rounds > 9
    assert [p.name for p in tmp_path.iterdir()] == ["b.redraw"]
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(made.read_bytes()).digest()


def test_flat_squares_and_what_is_better_without_have_none(pixels, made, tmp_path, monkeypatch):
    squares = BlockFile(made).squares
    assert (squares.side, squares.margin) == (64, 16)
    assert (squares.lengths > 0).sum() >= 4
    told = dict(described(made)[1])
    assert any("squares" in name for name in told)
    # What the guard finds worse than the spline through the pixels is drawn by that spline.
    worse = Verdict(40.0, 30.0, 10, 20.0, 30.0, "spline")
    monkeypatch.setattr(guard, "judged", lambda *_: worse)
    path, plain = tmp_path / "worse.redraw", tmp_path / "plain.redraw"
    part = pixels[:80, :80]
    fit_large(strips_of(part), path, squares=dataclasses.replace(SMALL, steps=2))
    assert not BlockFile(path).squares.lengths.any()
    fit_large(strips_of(part), plain)
    one, two = (drawer_of(name, 1)[0] for name in (path, plain))
    canvas = Canvas.of((80, 80), scale=3.0)
    assert np.abs(draw(one, canvas) - draw(two, canvas)).max() < 1e-5


def test_damage_in_a_square_is_told_where_it_is_looked_at(made, tmp_path):
    content = bytearray(made.read_bytes())
    content[-200] ^= 1  # the last field's bytes
    path = tmp_path / "damaged.redraw"
    path.write_bytes(content)
    drawer, about = drawer_of(path, 1)
    draw(drawer, Canvas.of(about.size))
    with pytest.raises(FileFormatError, match=r"field of square .* does not match its checksum"):
        draw(drawer, Canvas.of(about.size, scale=2.0))


def test_a_drawing_without_them_is_told_what_would_make_it_crisp(tmp_path):
    fit = LargeFit(strips_of(page(144, 1)), tmp_path / "a.redraw")
    for _ in fit.events():
        pass
    fit.close()
    assert any("--model cel" in note for note in fit.notes)
    y, x = np.mgrid[0:200, 0:200] / 30.0
    smooth = (np.sin(x + y) + np.cos(3 * x) + np.random.default_rng(1).normal(0, 0.2, x.shape)) / 4
    pixels = np.clip((smooth + 0.5) * 255, 0, 255).astype(np.uint8)
    fit = LargeFit(strips_of(pixels), tmp_path / "b.redraw")
    for _ in fit.events():
        pass
    fit.close()
    assert not fit.notes


@pytest.mark.parametrize("count", [1, 2, 5])
def test_weights_of_squares_sum_to_one_and_fade_at_borders(count):
    """Within a quarter of the 16 pixels that fields know beside a border of theirs."""
    grid = Grid((64 * count, 64), 64, 16)
    at = np.linspace(0, 64 * count, 1001)
    first = np.interp(at, [60, 68], [1, 0]) if count > 1 else np.ones(len(at))
    assert np.abs(grid.weights(0, count, at) - first).max() < 1e-6
    total = sum(grid.weights(place, count, at) for place in range(count))
    assert np.abs(total - 1.0).max() < 1e-6


def test_what_squares_can_be_asked_for():
    quality, wanted = wanted_of("a", {"model": "cel", "steps": 3, "footprint": "box"}, {})
    assert (quality, wanted.model, wanted.steps) == (None, "cel", 3)
    assert wanted.settings == (("footprint", "box"),)
    assert wanted_of("a", {"psnr": 40.0}, {}) == (40.0, None)
    with pytest.raises(UsageError, match="--model siren needs it in memory"):
        wanted_of("a", {"model": "siren"}, {})
    with pytest.raises(UsageError, match="--steps"):
        wanted_of("a", {"steps": 3}, {})
