"""Mixed pixels and what they are made of: mixtures that were made come back."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import unmixing
from redraw.kernels.label_averages import TILE
from redraw.kernels.unmixing import FARTHEST, thin_weights, unmix

COLOURS = np.array([[0.9, 0.1, 0.1], [0.1, 0.2, 0.8], [0.2, 0.9, 0.3]], np.float32)
H, W = 9, 12


@njit
def told(label, pure, begins, who, share, top, names, parts):
    unmixing.parts_of_rows(label, pure, begins, who, share, top, names, parts)


def field():
    """Colours of labels that are the same everywhere: no tiles, one average for each."""
    index = np.full((3, 2, 2), -1, np.int32)
    averages = np.tile(COLOURS[:, None, None], (1, 2, 2, 1))
    return index, np.zeros((0, TILE, TILE, 3), np.float32), averages


def begins_of(pure):
    return np.concatenate([[0], np.cumsum((~pure).sum(axis=1))])


def unmixed(values, label, far_cost=1e-4, third=1e-4):
    """What each mixed pixel is made of: a row a label, for pixels of no label."""
    pure = label >= 0
    begins, count = begins_of(pure), int((~pure).sum())
    who, share = np.zeros((count, 3), np.int8), np.zeros((count, 3), np.float32)
    for first, last in ((0, 4), (4, H)):
        unmix(
            values, np.float32(1.0), label, pure, begins, field(), np.float32(far_cost),
            np.float32(third), who, share, first, last,
        )  # fmt: skip
    found = np.zeros((count, 3), np.float32)
    for names, parts, row in zip(who, share, found, strict=True):
        row[names[names >= 0]] = parts[names >= 0]
    return found, (label, pure, begins, who, share)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_a_mixture_of_two_is_told_apart(share):
    label = np.repeat([[0] * 6 + [1] * 6], H, axis=0).astype(np.int32)
    values = COLOURS[label]
    values[:, 5] = (1 - share) * COLOURS[0] + share * COLOURS[1]
    label[:, 5] = -1
    found, _ = unmixed(values, label)
    np.testing.assert_allclose(found, [[1 - share, share, 0.0]] * H, atol=1e-4)


def test_where_three_meet_there_are_three():
    label = np.zeros((H, W), np.int32)
    label[:5, 6:], label[5:, 6:] = 1, 2
    values = COLOURS[label]
    parts = np.array([0.5, 0.2, 0.3], np.float32)
    values[4, 5], label[4, 5] = parts @ COLOURS, -1
    found, _ = unmixed(values, label, far_cost=1e-6)
    np.testing.assert_allclose(found[0], parts, atol=1e-3)


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_labels_far_away_have_a_part_only_where_those_nearby_explain_nothing(share):
    """Colours are 1.1 apart: a twentieth of that is near enough to one of them, half isn't."""
    label = np.zeros((H, W), np.int32)
    label[:, 11] = 1
    values = COLOURS[label]
    label[4, 3] = -1
    values[4, 3] = (1 - share) * COLOURS[0] + share * COLOURS[1]  # of both, but eight pixels away
    found, _ = unmixed(values, label, far_cost=1e-3)
    far = 0.5 if share == 0.5 else 0.0
    np.testing.assert_allclose(found[0], [1 - far, far, 0.0], atol=1e-4)


def test_labels_farther_than_any_stroke_is_pale_have_none():
    label = np.zeros((H, 24), np.int32)
    label[:, 23] = 1
    values = COLOURS[label]
    label[4, 3] = -1
    values[4, 3] = 0.5 * (COLOURS[0] + COLOURS[1])
    found, _ = unmixed(values, label, far_cost=1e-5)
    assert found[0].tolist() == [1.0, 0.0, 0.0]
    assert FARTHEST < 20


def test_rows_are_told_what_all_their_pixels_are_made_of():
    label = np.repeat([[0] * 6 + [1] * 6], H, axis=0).astype(np.int32)
    values = COLOURS[label]
    values[:, 5], label[:, 5] = 0.7 * COLOURS[0] + 0.3 * COLOURS[1], -1
    _, mixture = unmixed(values, label)
    who, share = np.zeros((3, W, 3), np.int8), np.zeros((3, W, 3), np.float32)
    told(*mixture, 2, who, share)
    assert (who[:, :5, 0] == 0).all()
    assert (who[:, 6:, 0] == 1).all()
    np.testing.assert_allclose(share.sum(axis=2), 1.0, atol=1e-5)
    assert sorted(who[1, 5].tolist()) == [-1, 0, 1]


def test_paler_thin_pixels_weigh_less_than_the_purest_nearby():
    """A line one pixel wide: its contrast at some pixels is half of what it is elsewhere."""
    label = np.zeros((H, W), np.int32)
    label[4] = 1
    flat = label == 0
    values = COLOURS[label]
    values[4, ::2] = 0.5 * (COLOURS[0] + COLOURS[1])
    begins = np.concatenate([[0], np.cumsum((label >= 0).sum(1) - flat.sum(1))])
    out = np.zeros(W, np.float32)
    thin_weights(
        values, np.float32(1.0), label, flat, begins, field(), 3, 2, np.float32(2.0),
        np.float32(0.3), out, 0, H,
    )  # fmt: skip
    np.testing.assert_allclose(out[1::2], 0.3, rtol=1e-5)
    np.testing.assert_allclose(out[::2], 0.3 * 0.5**2, rtol=1e-4)
