"""How strong noise is, told of pictures to which NumPy added it, and of others without."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from redraw.signals.picture.noise import noise_of

FINE = 4


def page(side=96, ground=(0.9, 0.8, 0.6), ink=(0.2, 0.3, 0.5)):
    """Discs with outlines on a ground that is a little shaded. (H, W, 3)"""
    y, x = (np.mgrid[: side * FINE, : side * FINE] + 0.5) / FINE
    values = np.empty((*x.shape, 3))
    values[:] = ground
    values -= 0.0005 * x[..., None] * (np.array(ground) < 1.0)
    for centre in (20.3, 66.8):
        far = np.hypot(x - centre, y - 0.9 * centre)
        values[far < 17.0] = (0.1, 0.1, 0.15)
        values[far < 15.5] = ink
    return values.reshape(side, FINE, side, FINE, 3).mean(axis=(1, 3))


def noisy(values, deviation, seed=0):
    """With noise, in 8 bits."""
    noise = np.random.default_rng(seed).normal(0.0, deviation, values.shape)
    return in_levels(values + noise)


def in_levels(values):
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0) / 255.0


@pytest.mark.parametrize("deviation", [0.01, 0.03, 0.08])
@pytest.mark.parametrize("channels", [slice(0, 1), slice(0, 3)])
def test_noise_that_was_added_is_measured(deviation, channels):
    found = noise_of(noisy(page()[..., channels], deviation))
    assert found == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize("turned", [False, True])
def test_noise_on_white_and_on_black_is_measured_though_half_is_cut_off(turned):
    values = page(ground=(1.0, 1.0, 1.0), ink=(0.0, 0.0, 0.0))
    values = 1.0 - values if turned else values
    values[values < 0.3] = 0.0
    values[values > 0.7] = 1.0
    assert noise_of(noisy(values, 0.03)) == pytest.approx(0.03, rel=0.1)


def test_alpha_has_none():
    values = np.concatenate([page(), np.ones((96, 96, 1))], axis=2)
    assert noise_of(in_levels(values)) == 0.0
    values[..., :3] = noisy(values[..., :3], 0.03)
    assert noise_of(values) == pytest.approx(0.03, rel=0.1)


def clean():
    """Pictures without noise, by name."""
    values = page()
    image = Image.fromarray(np.rint(values * 255).astype(np.uint8))
    y, x = np.mgrid[:96, :96]
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 + 1 / 32
    random = np.random.default_rng(0)
    grain = ndimage.gaussian_filter(random.normal(size=values.shape), (1.0, 1.0, 0.0))
    shade = 0.5 + 0.4 * np.sin(0.021 * x + 0.013 * y)
    return {
        "as it is": values,
        "blurred": ndimage.gaussian_filter(values, (1.0, 1.0, 0.0)),
        "shaded": np.repeat(shade[..., None], 3, axis=2),
        "hatched": 0.5 + 0.05 * np.sin(1.9 * x + 1.1 * y)[..., None] * np.ones(3),
        "crossed": 0.5 + 0.04 * (np.sin(2.1 * x) + np.sin(1.7 * y))[..., None],
        "dithered": np.asarray(image.convert("1"), float)[..., None],
        "dithered in 16 colours": np.asarray(image.quantize(16).convert("RGB"), float) / 255,
        "dithered by a pattern": values > np.tile(bayer, (24, 24))[..., None],
        "dithered by chance": values > random.random(values.shape),
        "on rough paper": values + 0.03 * grain / grain.std(),
        "one colour": np.full((96, 96, 3), 0.5),
        "a pixel": np.full((1, 1, 4), 0.5),
    }


@pytest.mark.parametrize("name", clean())
def test_without_noise_there_is_none(name):
    assert noise_of(in_levels(clean()[name].astype(np.float64))) == 0.0
