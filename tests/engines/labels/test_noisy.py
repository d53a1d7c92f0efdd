"""Drawings with noise are drawn without it."""

import numpy as np
import pytest
from tests.engines.labels.test_fit import fitted
from tests.signals.picture.test_noise import FINE, noisy, page

from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.noisy import beyond_noise, noiseless, uncut
from redraw.fields.labels_config import LabelsConfig
from redraw.signals.picture.picture import Picture


@pytest.mark.slow
def test_a_noisy_drawing_is_not_below_lanczos():
    """Nor as noisy as its picture: 3 dB nearer to the page, drawn at four times the size."""
    small = noisy(page(), 0.03)
    picture = Picture.from_array(np.rint(small * 255).astype(np.uint8), name="discs")
    run, _ = fitted(picture, steps=40)
    field = run.config.field
    assert isinstance(field.encoding, LabelsConfig)
    assert "left out of the drawing" in field.encoding.note()
    larger, lanczos = run.result.render(scale=4).values, picture.resized(384, 384).values
    truth = finer()
    error, other = (np.mean((each - truth) ** 2) for each in (larger, lanczos))
    assert 10 * np.log10(other / error) > 3.0


def finer():
    """The page at four times the size: its own cells."""
    y, x = (np.mgrid[: 96 * FINE, : 96 * FINE] + 0.5) / FINE
    values = np.empty((*x.shape, 3))
    values[:] = (0.9, 0.8, 0.6)
    values -= 0.0005 * x[..., None]
    for centre in (20.3, 66.8):
        far = np.hypot(x - centre, y - 0.9 * centre)
        values[far < 17.0] = (0.1, 0.1, 0.15)
        values[far < 15.5] = (0.2, 0.3, 0.5)
    return values


@pytest.mark.parametrize("footprint", ["box", "gauss:0.6", "jpeg:75"])
def test_where_there_is_no_noise_nothing_changes(footprint):
    values = page(20).astype(np.float32)
    assert noiseless(values, None, footprint, Rows(20, 1)) is values
    assert beyond_noise(values, footprint) is values


def test_noise_goes_and_edges_stay():
    calm = page().astype(np.float32)
    given = noisy(calm, 0.03).astype(np.float32)
    found = noiseless(given, None, "box+noise:0.03", Rows(96, 2))
    assert np.mean((found - calm) ** 2) < 0.15 * np.mean((given - calm) ** 2)
    steep = np.abs(np.diff(calm, axis=1)).max(axis=2) > 0.3
    kept = (
        np.abs(np.diff(found, axis=1)).max(axis=2)[steep]
        / np.abs(np.diff(calm, axis=1)).max(axis=2)[steep]
    )
    assert kept.mean() > 0.97


def test_alpha_and_pixels_that_say_nothing_stay():
    random = np.random.default_rng(0)
    given = np.concatenate([noisy(page(24), 0.05), random.random((24, 24, 1))], axis=2)
    given, known = given.astype(np.float32), random.random((24, 24)) < 0.7
    found = noiseless(given, known, "box+noise:0.05", Rows(24, 1))
    np.testing.assert_array_equal(found[..., 3], given[..., 3])
    np.testing.assert_array_equal(found[~known], given[~known])


@pytest.mark.parametrize("level", [0.0, 0.02, 0.5, 0.97, 1.0])
def test_what_was_cut_off_is_put_back_in_the_mean(level):
    noise = np.random.default_rng(0).normal(0.0, 0.04, 200_000)
    mean = np.clip(level + noise, 0.0, 1.0).mean()
    back = uncut(np.full((1, 1, 1), mean, np.float32), 0.04)
    assert back.item() == pytest.approx(level, abs=5e-4)


def test_what_stands_above_the_noise_is_left():
    left = np.stack([np.full((4, 4, 3), each, np.float32) for each in (0.01, 0.3)])
    found = beyond_noise(left.reshape(8, 4, 3), "box+noise:0.03").reshape(left.shape)
    assert not found[0].any()
    assert found[1] == pytest.approx(0.3, rel=0.02)
