"""A picture with smooth parts, edges and texture, for fits in strips."""

import numpy as np
import pytest


def picture(width, height, channels=3, depth=8, seed=0):
    """(H, W, C) whole numbers of that depth."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / 64.0
    planes = []
    for channel in range(channels):
        waves = np.sin(x * 3 + channel) + np.cos(y * 5 - x)
        edges = 1.5 * (np.sin(x + y * 0.7) > 0.3)
        noise = random.normal(0, 0.1, x.shape) * (x > x.mean())
        planes.append(0.3 + (waves + edges + noise) / 8)
    most = 2**depth - 1
    values = np.clip(np.rint(np.stack(planes, -1) * most), 0, most)
    return values.astype(np.uint8 if depth == 8 else np.uint16)


@pytest.fixture(scope="session")
def pixels():
    """A picture of several blocks and odd sides."""
    return picture(701, 563)
