"""Detail of drawings spread over pixels, against a convolution and its transpose."""

import numpy as np
from scipy.ndimage import correlate1d

from redraw.kernels.label_drawing import gathered, spread

SHARES = np.array([0.125, 0.75, 0.125])


def drawn():
    rng = np.random.default_rng(20)
    listed = rng.random((8, 9)) < 0.4
    slot = np.full((8, 9), -1, np.int32)
    slot[listed] = np.arange(listed.sum())
    return slot, rng.standard_normal((int(listed.sum()), 2)).astype(np.float32)


def means(slot, detail):
    """Each pixel's mean of what is interpolated linearly between pixels that are listed."""
    plane = np.zeros((*slot.shape, detail.shape[1]))
    plane[slot >= 0] = detail
    padded = np.pad(plane, ((1, 1), (1, 1), (0, 0)))
    for axis in (0, 1):
        padded = correlate1d(padded, SHARES, axis, mode="constant")
    return padded[1:-1, 1:-1]


def test_detail_is_spread_to_the_means_over_pixels():
    slot, detail = drawn()
    out = np.full((8, 9, 2), 7, np.float32)
    for first, last in ((0, 3), (3, 8)):
        spread(detail, slot, out, first, last)
    np.testing.assert_allclose(out, means(slot, detail), atol=1e-6)


def test_gathering_is_its_transpose():
    slot, detail = drawn()
    values = np.random.default_rng(21).standard_normal((8, 9, 2)).astype(np.float32)
    out = np.zeros_like(detail)
    gathered(values, slot, out, 0, 8)
    one, other = (values * means(slot, detail)).sum(), (out * detail).sum()
    assert abs(one - other) < 1e-4
