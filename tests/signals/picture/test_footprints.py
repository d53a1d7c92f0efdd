"""What pixels are of their page, told by pictures whose making is known."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from benchmarks import scans
from redraw.errors import UsageError
from redraw.signals.picture.footprints import Footprint, estimated, named, weighed

FINE = 8


def page(side=120):
    """Discs and bars at many slants, eight cells a pixel. (H, W)"""
    y, x = (np.mgrid[: side * FINE, : side * FINE] + 0.5) / FINE
    values = np.ones(x.shape, np.float32)
    for row in range(3):
        for column in range(3):
            far = np.hypot(x - 20.3 - 40 * column, y - 20.7 - 40 * row)
            values[far < 9 + row + 2 * column] = 0.1 + 0.05 * row
    return values


def averaged(values):
    rows, columns = (side // FINE for side in values.shape)
    return values.reshape(rows, FINE, columns, FINE).mean(axis=(1, 3))[:, :, None]


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("sigma", [0.6, 1.0, 1.5])
def test_a_blur_is_measured(sigma, noise):
    small = averaged(ndimage.gaussian_filter(page(), sigma * FINE))
    small = small + np.random.default_rng(0).normal(0, noise, small.shape)
    found = estimated(small.astype(np.float32))
    assert found.kind == "gauss"
    assert found.sigma == pytest.approx(sigma, rel=0.2)
    assert found.noise == pytest.approx(noise, rel=0.1)


def test_averages_are_averages():
    assert estimated(averaged(page())) == Footprint("box")


def test_samples_are_samples():
    assert estimated(page()[4::FINE, 4::FINE, None]) == Footprint("point")


@pytest.mark.parametrize("filter_", ["BICUBIC", "LANCZOS"])
def test_filters_that_overshoot_are_taken_for_averages(filter_):
    small = Image.fromarray(page()).resize((120, 120), getattr(Image.Resampling, filter_))
    assert estimated(np.asarray(small)[:, :, None]) == Footprint()


def test_thin_strokes_beside_edges_are_no_blur():
    values = page()
    x = (np.arange(120 * FINE) + 0.5) / FINE
    for centre in range(4, 120, 7):
        values[:, np.abs(x - centre - 0.3) < 0.7] = 0.3
    assert estimated(averaged(values)) == Footprint()


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 9, 4), (40, 40, 2)])
def test_without_edges_it_is_a_box(shape):
    assert estimated(np.full(shape, 0.5, np.float32)) == Footprint("box")


NAMES = [
    "box",
    "point",
    "gauss:0.6",
    "bicubic",
    "lanczos",
    "box+noise:0.03",
    "gauss:1.2+noise:0.002",
]


@pytest.mark.parametrize("text", NAMES)
def test_names_come_back(text):
    assert str(named(text)) == text


@pytest.mark.parametrize(
    "text", ["point+noise:.1", "jpeg:75+noise:.1", "box+noise:", "box+noise:nan", "box+noise:.5"]
)
def test_noise_goes_with_averages_alone(text):
    with pytest.raises(UsageError, match=r"box\+noise:0.03"):
        named(text)


def test_drawings_are_kept_without_the_name_of_noise():
    assert named("gauss:0.6+noise:0.02").brief == Footprint("gauss", 0.6)


@pytest.mark.parametrize("text", ["", "gauss", "gauss:", "gauss:9", "gauss:nan", "box:2", "blur"])
def test_other_names_are_refused(text):
    with pytest.raises(UsageError, match=r"accepted: auto, box"):
        named(text)


@pytest.mark.parametrize("cuts", [(50,), (1, 2, 3, 20), (7, 14, 43)])
def test_strips_are_weighed_as_the_whole(cuts):
    values = np.random.default_rng(0).random((50, 12, 2), np.float32)
    taps = named("gauss:1.1").taps()
    assert taps is not None
    wanted = values.astype(np.float64)
    for axis in (0, 1):
        wanted = ndimage.correlate1d(wanted, taps, axis=axis, mode="reflect")
    found = np.concatenate(list(weighed(np.split(values, cuts), taps)))
    assert np.abs(found - wanted).max() < 4 * len(taps) * np.finfo(np.float32).eps


def test_stripes_between_pixels_are_no_samples():
    """Edges straight up and down look the same sampled and averaged; a band shows how it was."""
    y, x = (np.mgrid[: 120 * FINE, : 160 * FINE] + 0.5) / FINE
    values = np.where(x < 40, 0.2, np.where(x < 120, 1.0, 0.6)).astype(np.float32)
    assert (
        estimated(values.reshape(120, FINE, 160, FINE).mean(axis=(1, 3))[..., None]) == Footprint()
    )
    values[np.abs(y - 0.7 * x) < 20] = 0.0
    assert (
        estimated(values.reshape(120, FINE, 160, FINE).mean(axis=(1, 3))[..., None]) == Footprint()
    )
    assert estimated(values[4::FINE, 4::FINE, None]) == Footprint("point")


def test_strokes_that_no_blur_leaves_are_averages():
    """Hatching at 50 dots per inch: soft edges, but pixels unlike both neighbours."""
    finer = scans.learned(scans.page("hatching", 100, 0.45))
    height, width = (side // 2 for side in finer.shape[:2])
    page = finer[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1).mean((1, 3))
    assert str(estimated(page)) == "box"
