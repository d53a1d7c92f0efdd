"""Which parts of a drawing share a label."""

import numpy as np
import pytest

from redraw.engines.labels.analysis import MOST_LABELS, analyse, fill_unknown
from redraw.kernels import label_choice


def stripes(*parts):
    """Upright stripes: (pixels, colour) each. (24, W, 3)"""
    row = np.concatenate([np.tile(np.float32(colour), (width, 1)) for width, colour in parts])
    return np.ascontiguousarray(np.broadcast_to(row, (24, *row.shape)))


@pytest.mark.parametrize("apart", [3, 6, 10])
def test_unlike_areas_near_each_other_have_labels_of_their_own(apart):
    """Else the colours of one label would bend from the one to the other between them."""
    values = stripes((20, (1, 1, 1)), (apart, (0, 0.2, 0.6)), (20, (0.8, 0.1, 0.1)))
    found = analyse(values, None, 1)
    white, red = found.label[12, 5], found.label[12, -5]
    assert white >= 0
    assert red >= 0
    assert white != red


def test_like_areas_share_one():
    white = (1, 1, 1)
    values = stripes((20, white), (6, (0, 0.2, 0.6)), (20, white))
    found = analyse(values, None, 1)
    assert found.label[12, 5] == found.label[12, -5]
    assert found.labels == 2


@pytest.mark.parametrize("radius", [18.0, 24.5])
def test_a_pale_band_has_a_label_of_its_own(radius):
    """It ends at the outline, where what mixes three colours leads softly from it to its ground."""
    fine = (np.arange(48 * 8) + 0.5) / 8
    x, y = fine[None, :], fine[:, None]
    away = np.hypot(x - 24.2, y - 2.7)
    page = np.full((*away.shape, 3), 1.0)
    arm = (abs(x - 24) < 15.4) & (y >= 0)
    page[arm] = np.array([213, 171, 136]) / 255
    page[arm & (abs(away - radius) < 2.2)] = np.array([204, 155, 122]) / 255
    values = page.reshape(48, 8, 48, 8, 3).mean((1, 3))
    values = (np.rint(values * 255) / 255).astype(np.float32)
    found = analyse(values, None, 1)
    band, above, below = (found.label[row, 24] for row in (int(radius + 2.7), 5, 44))
    assert min(band, above, below) >= 0
    assert band not in (above, below)
    assert above == below


def test_what_is_close_comes_before_what_is_near_when_labels_run_out():
    """Four components that are all near each other, two labels: no neighbours in a chain share."""
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    weights = np.array([-1.0 if abs(a - b) == 1 else -0.5 for a, b in pairs])
    others = np.array([b for _, b in pairs])
    begins = np.arange(5) * 3
    colour = np.linspace(0, 1, 4, dtype=np.float32)[:, None]
    size = np.full(4, 9)
    label, count = label_choice.choose_labels(
        np.arange(4), begins, others, weights, size, colour, 0.05, 2
    )
    assert count == 2
    assert label.tolist() == [0, 1, 0, 1]
    label, count = label_choice.choose_labels(
        np.arange(4), begins, others, weights, size, colour, 0.05, MOST_LABELS
    )
    assert sorted(label.tolist()) == [0, 1, 2, 3]


def test_pixels_of_nothing_take_the_label_of_the_nearest():
    """Steps along rows and columns count; of labels equally near it is the largest number."""
    rng = np.random.default_rng(0)
    label = np.where(rng.random((23, 31)) < 0.02, rng.integers(0, 9, (23, 31)), -1).astype(np.int8)
    known = np.argwhere(label >= 0)
    pure = label >= 0
    pure[tuple(known[0])] = False
    who = np.full((int((~pure).sum()), 3), -1, np.int8)
    who[:, 0], share = label[~pure], np.zeros(who.shape, np.float32)
    fill_unknown(label, pure, who, share)
    for (y, x), own, part in zip(np.argwhere(~pure), who, share, strict=True):
        away = np.abs(known - (y, x)).sum(axis=1)
        nearest = label[tuple(known[away == away.min()].T)]
        assert own.tolist() == [nearest.max(), -1, -1]
        assert part[0] == (label[y, x] < 0)
