"""Pictures seen through footprints, against SciPy; a blurred drawing comes out crisp."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from tests.engines.labels.conftest import drawn
from tests.engines.labels.test_fit import fitted, truth

from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.seen import (
    UNSPREAD,
    Coded,
    Weighed,
    halved,
    seen_as,
    spread_by_doubling,
)
from redraw.signals.picture.footprints import named
from redraw.signals.picture.jpeg_steps import JpegSteps
from redraw.signals.picture.picture import Picture


@pytest.mark.parametrize("footprint", ["gauss:0.4", "gauss:1.3", "bicubic", "lanczos"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 40, 2), (40, 33, 3)])
def test_weighing_is_scipy_s(footprint, shape):
    values = np.random.default_rng(0).random(shape, np.float32)
    taps = named(footprint).taps()
    assert taps is not None
    wanted = values.astype(np.float64)
    for axis in (0, 1):
        wanted = ndimage.correlate1d(wanted, taps, axis=axis, mode="reflect")
    found = Weighed(taps, Rows(shape[0], 2)).through(values)
    # A rounding for each of the products of either axis.
    assert np.abs(found - wanted).max() < 2 * len(taps) * np.finfo(np.float32).eps * 2


def test_it_is_its_own_transpose():
    one, two = np.random.default_rng(0).random((2, 17, 9, 3), np.float32)
    seen = seen_as("gauss:1.2", Rows(17, 1))
    assert isinstance(seen, Weighed)
    forth, back = ((a * seen.through(b)).sum() for a, b in ((one, two), (two, one)))
    assert forth == pytest.approx(back, rel=1e-5)


def test_averages_and_samples_are_seen_as_they_are():
    assert seen_as("box", Rows(4, 1)) is None
    assert seen_as("point", Rows(4, 1)) is None


def test_undoing_comes_near_to_what_was_there():
    page = drawn()
    seen = seen_as("gauss:0.6", Rows(20, 1))
    assert isinstance(seen, Weighed)
    blurred = seen.through(page)
    back = seen.undone(blurred, None)
    # Bounded by what surrounds it: an outline of a pixel and a half stays paler than it was.
    assert np.abs(back - page).mean() < 0.6 * np.abs(blurred - page).mean()


def test_a_blurred_drawing_comes_out_crisp():
    blurred = ndimage.gaussian_filter(truth(8), (0.7 * 8, 0.7 * 8, 0), mode="nearest")
    small = blurred.reshape(20, 8, 28, 8, 3).mean(axis=(1, 3))
    picture = Picture.from_array(np.rint(small * 255).astype(np.uint8), name="disc")
    errors = {}
    for footprint in ("box", "gauss:0.7"):
        run, end = fitted(picture, footprint=footprint)
        assert end.psnr > 35.0  # its own pixels, seen through the footprint
        errors[footprint] = np.mean((run.result.render(scale=4).values - truth(4)) ** 2)
    assert 10 * np.log10(errors["box"] / errors["gauss:0.7"]) > 4.0


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_rounding_of_a_jpeg_costs_nothing(channels):
    """What a JPEG of that quality holds of means is as near as what it was made from."""
    page = np.concatenate([drawn(32, 32)] * 2, axis=2)[..., :channels]
    quality = 60
    mode = "L" if channels == 1 else "RGB"
    coded = io.BytesIO()
    levels = np.rint(page[..., :3] * 255).astype(np.uint8).squeeze()
    Image.fromarray(levels, mode).save(coded, "JPEG", quality=quality)
    pixels = page.copy()
    decoded = np.asarray(Image.open(coded), np.float32).reshape(32, 32, -1) / 255.0
    pixels[..., : decoded.shape[2]] = decoded
    seen = Coded(JpegSteps(quality), Rows(32, 1))
    squared, _ = seen.pull(page, pixels, None)
    # Pixels that a decoder rounds and cuts off, and colours that it spreads, remain.
    assert squared < 0.15 * ((page - pixels) ** 2).sum()


def test_the_pull_of_a_jpeg_is_a_gradient():
    random = np.random.default_rng(0)
    pixels = random.random((13, 21, 3)).astype(np.float32)
    means, way = pixels + 0.3, random.normal(size=pixels.shape).astype(np.float32)
    seen, step = Coded(JpegSteps(70), Rows(13, 1)), np.float32(1e-3)
    up, down = (seen.pull(means + sign * step * way, pixels, None)[0] for sign in (1, -1))
    _, half = seen.pull(means, pixels, None)
    assert 2.0 * float((half * way).sum()) == pytest.approx((up - down) / (2 * step), rel=2e-3)


def test_a_sampled_drawing_is_not_below_lanczos():
    """Though nothing says where between two samples an edge is."""
    small = truth(16)[8::16, 8::16]
    picture = Picture.from_array(np.rint(small * 255).astype(np.uint8), name="disc")
    run, _ = fitted(picture, settings={"footprint": "point"}, steps=60)
    page = truth(4)
    error = np.mean((run.result.render(scale=4).values - page) ** 2)
    assert error < np.mean((picture.resized(28 * 4, 20 * 4).values - page) ** 2)


@pytest.mark.parametrize(("across", "down"), [(True, True), (True, False), (False, False)])
def test_the_doubling_of_colours_is_undone(across, down):
    """A decoder puts each pixel at a quarter of the way from its own sample to the next."""
    samples = np.random.default_rng(0).random((9, 7)).astype(np.float32)
    pixels = samples
    for axis, wanted in ((0, down), (1, across)):
        if wanted:
            own = np.moveaxis(pixels, axis, 0)
            before, after = np.vstack([own[:1], own[:-1]]), np.vstack([own[1:], own[-1:]])
            both = np.stack([0.75 * own + 0.25 * before, 0.75 * own + 0.25 * after], 1)
            pixels = np.moveaxis(both.reshape(-1, *own.shape[1:]), 0, axis)
    told = halved(pixels, across, down)
    found = told - spread_by_doubling(pixels, across, down)
    # The blur's eigenvalues are from 1/4 to 1: each round leaves at most .6 of the error before.
    most = 0.6**UNSPREAD * np.linalg.norm(told - samples)
    assert np.linalg.norm(found - samples) <= most + 1e-5
