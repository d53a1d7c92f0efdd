"""What keeps time and memory in proportion when a picture is large."""

import tracemalloc

import numpy as np
import pytest

from redraw.engines import Drawer
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run import sampling
from redraw.fitting.run.run import Run
from redraw.fitting.run.sampling import Batches
from redraw.fitting.run.state import State
from redraw.fitting.subject.quality import Judge, refined
from redraw.fitting.subject.subject import asking_of
from redraw.render import Canvas, draw
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import BAND, busy_pixels


class Disc(Drawer):
    """A field that is a sharp black disc on white; counts the positions it was asked for."""

    asked = 0

    def values(self, xy):
        self.asked += len(xy)
        return (np.hypot(*xy.T) > 0.6).astype(np.float32)[:, None]


def noise(height, width, channels=3):
    values = np.random.default_rng(0).random((height, width, channels), np.float32)
    return Picture(values, Colour("rgb" if channels == 3 else "grey", alpha=False, depth=8))


# --- the order of pixels -------------------------------------------------------------------------


@pytest.mark.parametrize("pixels", [101, 250, 1000])
def test_heaps_hold_every_pixel_once(monkeypatch, pixels):
    monkeypatch.setattr(sampling, "HEAP", 100)
    batches = Batches(pixels, 7, seed=3)
    stream = np.concatenate([batches.at(step) for step in range(2 * pixels // 7 + 1)])
    for epoch in (stream[:pixels], stream[pixels : 2 * pixels]):
        assert np.array_equal(np.sort(epoch), np.arange(pixels))
    assert not np.array_equal(stream[:pixels], stream[pixels : 2 * pixels])


def test_every_heap_lies_evenly_over_the_picture(monkeypatch):
    monkeypatch.setattr(sampling, "HEAP", 1000)
    batches = Batches(64_000, 1000, seed=0)
    for step in (0, 17, 63, 64):
        bands = np.bincount(batches.at(step) // 6400, minlength=10)
        # 100 each, where chance alone would leave a standard deviation of 9.5.
        assert abs(bands - 100).max() <= 2


def test_a_step_in_a_later_heap_needs_none_before_it(monkeypatch):
    monkeypatch.setattr(sampling, "HEAP", 64)
    there = Batches(1000, 50, seed=1)
    for step in range(33):
        there.at(step)
    assert np.array_equal(there.at(33), Batches(1000, 50, seed=1).at(33))


def test_a_picture_of_one_heap_is_shuffled_as_a_whole():
    """As the first runs were: their checkpoints continue in the same order."""
    generator = np.random.Generator(np.random.Philox(key=[9, 2]))
    expected = generator.permutation(5000)[:1000]
    assert np.array_equal(Batches(5000, 1000, seed=9).at(10), expected)


# --- memory --------------------------------------------------------------------------------------


def test_the_picture_is_held_once():
    picture = noise(40, 30)
    fitted = picture.learned()
    assert np.shares_memory(fitted, picture.values)
    samples = picture.samples(asking_of(TrainConfig(), 0), fitted)
    assert np.shares_memory(samples.values, picture.values)
    assert np.shares_memory(Judge(picture, TrainConfig(), fitted).truth, picture.values)


@pytest.mark.parametrize("colour", [Colour("grey", alpha=True, depth=8), Colour("grey", depth=8)])
def test_values_that_are_fitted_otherwise_are_copied(colour):
    values = np.full((2, 2, colour.channels), 0.5, np.float32)
    if not colour.alpha:
        values[0, 0] = 1.5  # beyond the range: it is clipped
    picture = Picture(values, colour)
    assert np.array_equal(picture.learned(), picture.fitted())
    assert not np.shares_memory(picture.learned(), picture.values)


def test_measuring_holds_a_strip_not_the_drawing():
    picture = noise(3000, 400, channels=1)
    judge = Judge(picture, TrainConfig())
    tracemalloc.start()
    psnr, _ = judge.measure(Disc())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    error = draw(Disc(), Canvas.of(picture.size)).astype(np.float64) - picture.values
    assert psnr == pytest.approx(-10 * np.log10(np.mean(error**2)), rel=1e-12)
    # One strip is 64 rows; the drawing in float64 alone would be 9.6 MB.
    assert most < 6e6


@pytest.mark.parametrize("height", [BAND - 1, BAND, BAND + 1, 2 * BAND + 1])
def test_surroundings_reach_across_bands(height):
    values = np.zeros((height, 5, 1), np.float32)
    values[height - 2, 2] = values[BAND - 2, 2] = 1.0
    expected = np.zeros((height, 5), bool)
    for row in (height - 2, BAND - 2):
        expected[max(0, row - 1) : row + 2, 1:4] = True
    assert np.array_equal(busy_pixels(values, 0.5), expected)


# --- time ----------------------------------------------------------------------------------------


def test_only_busy_pixels_of_a_frame_take_many_positions():
    whole, quick = Disc(), Disc()
    expected = draw(whole, Canvas.of((100, 80), 4))
    assert np.array_equal(refined(quick, (100, 80), 4), expected)
    assert quick.asked < whole.asked / 3


def test_a_flat_frame_takes_one_position_in_a_pixel():
    class Paper(Drawer):
        def values(self, xy):
            return np.full((len(xy), 1), 0.25, np.float32)

    assert np.array_equal(refined(Paper(), (3, 2), 4), np.full((2, 3, 1), 0.25, np.float32))


def test_a_spline_fit_holds_its_numbers_once_beside_the_picture(monkeypatch, tmp_path):
    """From the start to the field file: no second list of all numbers, no copy of the field."""
    copies = []
    monkeypatch.setattr(State, "snapshot", lambda *state: copies.append(state))
    picture = noise(1200, 400)
    # Without subpixel detail, which take some 60 MB whatever the size of the picture.
    options = {"model": "spline", "budget": "25%", "steps": 3, "frames": 0, "threads": 2}
    options["settings"] = {"subpixel": 0}
    for shown in (noise(30, 40), picture):  # the first for imports and kernels alone
        name = str(tmp_path / str(shown.width))
        plan = prepare(shown, **options, output=name + ".redraw")
        if shown is picture:
            tracemalloc.start()
        run = Run.start(shown, plan, name + ".run")
        list(run.events())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not copies
    # The numbers; a choice of one byte for four of them, twice; and strips of drawings.
    assert most < (1.0 + 2 / 16 + 0.2) * picture.values.nbytes
    # What PyTorch holds is not traced: a float and a place for every kept number, and choices.
    held = sum(t.nbytes for t in run.state.checkpoint().tensors.values())
    assert held < (2 / 4 + 1 / 16 + 0.01) * picture.values.nbytes
