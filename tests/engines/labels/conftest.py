"""A small coloured drawing, averaged from one sixteen times as fine."""

import numpy as np
import pytest

from redraw.signals.picture.picture import Picture
from redraw.signals.samples import PixelSamples

FINE = 16


def drawn(width=28, height=20, alpha=False):
    """A disc with an outline, on a ground with a bar that touches its edge. (H, W, C)"""
    y, x = (np.mgrid[: height * FINE, : width * FINE] + 0.5) / FINE
    far = np.hypot(x - 12.2, y - 9.7)
    page = np.empty((*x.shape, 4))
    page[:] = (0.9, 0.85, 0.6, 1.0)
    page[x > 0.75 * width + 0.2 * y] = (0.2, 0.5, 0.3, 1.0)
    page[far < 7.4] = (0.1, 0.1, 0.15, 1.0)
    page[far < 5.9] = (0.8, 0.3, 0.2, 1.0)
    if alpha:
        page[far > 7.4] = 0.0
    values = page.reshape(height, FINE, width, FINE, 4).mean(axis=(1, 3))
    return (np.rint(values * 255) / 255).astype(np.float32)[..., : 4 if alpha else 3]


def samples_of(values, across=4):
    """All its pixels, asked at across x across places."""
    height, width, channels = values.shape
    return PixelSamples(
        values.reshape(-1, channels), width, height, footprint="box", samples=across * across
    )


@pytest.fixture
def drawing():
    return drawn()


@pytest.fixture
def picture(drawing):
    return Picture.from_array(np.rint(drawing * 255).astype(np.uint8), name="disc")
