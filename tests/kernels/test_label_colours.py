"""Colours of labels at pixels, against SciPy's B-spline on cells."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from redraw.kernels.label_colours import open_pixels, ranges_of_nodes, unexplained
from redraw.kernels.label_tables import NONE

H, W, CELL, LABELS = 7, 10, 4, 2
NODES = (H // CELL + 5, W // CELL + 5)
BASIS = BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)


def weights(side, nodes):
    """Of all nodes at the centres of pixels; they begin two cells outside. (side, nodes)"""
    place = (np.arange(side) + 0.5) / CELL
    return np.nan_to_num(BASIS(place[:, None] - (np.arange(nodes) - 1.5)))


DOWN, ACROSS = weights(H, NODES[0]), weights(W, NODES[1])


def drawn():
    """Labels of pixels, numbers of nodes, and colours of them."""
    rng = np.random.default_rng(33)
    rank = np.arange(LABELS * NODES[0] * NODES[1], dtype=np.int32).reshape(LABELS, *NODES)
    return rng.integers(0, LABELS, (H, W)), rank, rng.random((rank.size, 3)).astype(np.float32)


def test_weights_of_the_definition_add_up():
    assert np.abs(DOWN.sum(axis=1) - 1).max() < 1e-12
    assert np.abs(ACROSS.sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("off", [0.0, 0.05, -0.05])
def test_pixels_that_their_colour_does_not_explain(off):
    label, rank, colours = drawn()
    planes = np.einsum("yi,kijc,xj->kyxc", DOWN, colours[rank], ACROSS)
    values = np.take_along_axis(planes, label[None, ..., None], 0)[0].astype(np.float32)
    values[3, 4, 1] += np.float32(off)
    owner = label.astype(np.uint8)
    owner[0, 0], values[0, 0] = NONE, 9  # nobody asks
    out = np.ones((H, W), np.bool_)
    for first, last in ((0, 2), (2, H)):
        unexplained(values, owner, colours, rank, CELL, np.float32(0.01), out, first, last)
    assert out.sum() == (off != 0)
    assert out[3, 4] == (off != 0)


def test_a_pixel_has_a_say_while_one_of_its_nodes_is_open():
    label, rank, colours = drawn()
    exact = np.ones(len(colours), np.bool_)
    exact[rank[1, 2, 3]] = False
    out = np.zeros((H, W), np.bool_)
    open_pixels(label, exact, rank, CELL, out, 0, H)
    expected = (label == 1) & np.outer(DOWN[:, 2] > 0, ACROSS[:, 3] > 0)
    np.testing.assert_array_equal(out, expected)
    assert expected.any()


def test_nodes_have_the_range_of_the_pixels_that_they_reach():
    label, rank, colours = drawn()
    values = np.random.default_rng(34).random((H, W, 3)).astype(np.float32)
    counts = np.random.default_rng(35).random((H, W)) < 0.7
    low, high = np.full_like(colours, 9), np.full_like(colours, -9)
    ranges_of_nodes(values, label, counts, rank, CELL, low, high)
    for k in range(LABELS):
        for row in range(NODES[0]):
            for column in range(NODES[1]):
                reached = np.outer(DOWN[:, row] > 0, ACROSS[:, column] > 0)
                near = values[reached & counts & (label == k)]
                at = rank[k, row, column]
                assert np.array_equal(low[at], near.min(axis=0, initial=9))
                assert np.array_equal(high[at], near.max(axis=0, initial=-9))
