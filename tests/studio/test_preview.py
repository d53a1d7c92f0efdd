"""Frames of a fit in progress, put together as a page does it."""

import math

import numpy as np
import pytest

from redraw.signals.picture.colour import Colour
from redraw.studio.messages import unpack
from redraw.studio.preview import Preview

PERIOD = 0.1


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time that passes only where a test says so: [seconds]."""
    now = [0.0]
    monkeypatch.setattr("redraw.studio.preview.time.perf_counter", lambda: now[0])
    return now


class Ramp:
    """A field that is known everywhere: grey from left to right, and a level on top."""

    def __init__(self, level=0.0, channels=1):
        self.level, self.channels = level, channels
        self.points = 0

    def values(self, xy):
        self.points += len(xy)
        grey = 0.25 * (xy[:, :1] + 1.0) + self.level
        return np.repeat(grey, self.channels, axis=1).astype(np.float32)


def ramp(width, level=0.0):
    """The grey of each column, exactly, as 8-bit numbers."""
    centres = (np.arange(width) + 0.5) * 2.0 / width - 1.0
    return (255.0 * (0.25 * (centres + 1.0) + level) + 0.5).astype(np.uint8)


class Page:
    """What `surface.js` does with frames, but that small ones are not stretched."""

    def __init__(self):
        self.pixels = None
        self.kinds = []

    def take(self, message):
        header, payload = unpack(message)
        pixels = np.frombuffer(payload, np.uint8).reshape(header["shape"])
        self.kinds.append(header["kind"])
        if header["kind"] == "part":
            k, x, y = header["k"], header["x"], header["y"]
            if self.pixels is None or self.pixels.shape[:2] != (header["height"], header["width"]):
                shape = header["height"], header["width"], header["shape"][2]
                self.pixels = np.zeros(shape, np.uint8)
            self.pixels[y::k, x::k] = pixels
        else:
            self.pixels = pixels.copy()
        return header


class Slow(Ramp):
    """One that takes a while."""

    def __init__(self, clock, seconds_per_point, level=0.0):
        super().__init__(level)
        self.clock, self.seconds_per_point = clock, seconds_per_point

    def values(self, xy):
        self.clock[0] += self.seconds_per_point * len(xy)
        return super().values(xy)


def test_parts_of_a_calm_picture_make_up_all_of_it(clock):
    preview, page = Preview("a", (512, 320), Colour("grey")), Page()
    drawer = Slow(clock, 4e-7)
    header = {}
    for step in range(40):
        header = page.take(preview.draw(lambda: drawer, step, PERIOD))
    assert page.kinds[:2] == ["whole"] * 2
    assert set(page.kinds[2:]) == {"part"}
    assert 1 < header["k"] ** 2 < 38
    assert np.array_equal(page.pixels[..., 0], np.broadcast_to(ramp(512), (320, 512)))


def test_a_picture_that_changes_fast_is_drawn_whole_with_fewer_pixels():
    preview, page = Preview("a", (512, 512), Colour("rgb")), Page()
    for step in range(20):
        header = page.take(preview.draw(lambda s=step: Ramp(s % 2 / 4, 3), step, PERIOD))
        rows, columns, channels = header["shape"]
        assert (rows, columns, channels) == (math.ceil(512 / header["k"]),) * 2 + (3,)
        grey = ramp(columns, step % 2 / 4)
        assert np.array_equal(page.pixels, np.broadcast_to(grey[None, :, None], page.pixels.shape))
    assert set(page.kinds) == {"whole"}


def test_who_comes_later_gets_all_of_it():
    preview = Preview("a", (512, 512), Colour("grey"))
    drawer = Ramp()
    for step in range(5):
        preview.draw(lambda: drawer, step, PERIOD)
    page = Page()
    header = page.take(preview.draw(lambda: drawer, 5, PERIOD, key=True))
    assert (header["kind"], header["shape"]) == ("key", [512, 512, 1])
    # Stretched from fewer pixels or drawn, a ramp is a ramp, up to rounding.
    assert np.abs(page.pixels[..., 0].astype(int) - ramp(512)).max() <= 2


def test_the_last_frame_has_every_pixel():
    preview, page = Preview("a", (300, 200), Colour("grey")), Page()
    preview.draw(Ramp, 0, PERIOD)
    header = page.take(preview.finish(Ramp(), 9))
    assert (header["kind"], header["step"]) == ("key", 9)
    assert np.array_equal(page.pixels[..., 0], np.broadcast_to(ramp(300), (200, 300)))


@pytest.mark.parametrize(
    ("seconds_per_point", "least", "most"),
    [(1e-9, 512 * 512, 512 * 512), (2e-7, 7_500, 30_000), (1e-5, 103 * 103, 103 * 103)],
)
def test_the_slower_the_field_the_fewer_its_points(clock, seconds_per_point, least, most):
    # 3 % of a tenth of a second are 3 ms, or 15,000 of the points that take 200 ns; a size is kept
    # while it is right within a factor of two. Squares of pixels are at most 5 x 5.
    preview = Preview("a", (512, 512), Colour("grey"))
    for step in range(25):
        drawer = Slow(clock, seconds_per_point, step % 2 / 4)
        preview.draw(lambda drawer=drawer: drawer, step, PERIOD)
    assert least <= drawer.points <= most


def test_a_field_that_is_slow_all_the_same_is_drawn_less_often(clock):
    preview = Preview("a", (512, 512), Colour("grey"))
    drawer = Slow(clock, 1e-5)
    preview.draw(lambda: drawer, 0, PERIOD)
    took = clock[0]
    assert took / (took + preview.rest) == pytest.approx(3 * 0.03)
    quick = Preview("a", (512, 512), Colour("grey"))
    quick.draw(lambda: Slow(clock, 1e-8), 0, PERIOD)
    assert quick.rest < PERIOD


@pytest.mark.parametrize("values", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_drawn_all_the_same(values):
    class Broken(Ramp):
        def values(self, xy):
            return np.full((len(xy), 3), values, np.float32)

    page = Page()
    page.take(Preview("a", (40, 30), Colour("rgb")).draw(Broken, 0, PERIOD))
    assert (page.pixels == (255 if values == np.inf else 0)).all()


def test_the_smallest_pictures_are_drawn():
    for size in ((1, 1), (1, 700), (3, 2)):
        preview, page = Preview("a", size, Colour("grey")), Page()
        for step in range(4):
            page.take(preview.draw(Ramp, step, PERIOD))
        assert page.pixels.shape[:2] == (preview.height, preview.width)
