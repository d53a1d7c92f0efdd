"""Edges that slant to the picture's border, which a field bends to meet it upright."""

import numpy as np

from redraw.export.vectors.borders import straight_on
from redraw.export.vectors.planar import OUTSIDE, Line, Map

WIDE, HIGH = 40, 30


def parted(*, slope: float, bent: float) -> Map:
    """A picture parted from its top to its bottom by x = 12 + slope y, less where it is bent."""
    y = np.linspace(0.0, HIGH, 121)
    x = 12.0 + slope * y
    x[:5] = np.interp(y[:5], [y[0], y[4]], [x[4] - bent, x[4]])
    edge = np.stack([x, y], axis=1)
    top, bottom = edge[0], edge[-1]
    left = np.array([bottom, [0.0, HIGH], [0.0, 0.0], top])
    right = np.array([top, [WIDE, 0.0], [WIDE, HIGH], bottom])
    lines = [
        Line(edge, 1, 2, 0, 1),
        Line(left, 1, OUTSIDE, 1, 0),
        Line(right, 2, OUTSIDE, 0, 1),
    ]
    return Map(WIDE, HIGH, lines, np.array([top, bottom]))


def test_a_slanting_edge_goes_straight_on():
    found = straight_on(parted(slope=0.5, bent=0.2))
    assert np.allclose(found.nodes[0], (12.0, 0.0), atol=1e-6)
    assert np.allclose(found.nodes[1], (27.0, HIGH), atol=1e-6)
    edge, left, right = (line.points for line in found.lines)
    assert np.allclose(edge[:, 0], 12.0 + 0.5 * edge[:, 1], atol=1e-6)
    assert np.allclose(left[-1], edge[0])
    assert np.allclose(right[0], edge[0])
    assert np.allclose(right[-1], edge[-1])


def test_what_meets_the_border_nearly_upright_goes_straight_on_too():
    found = straight_on(parted(slope=0.05, bent=0.02))
    assert np.allclose(found.nodes, [(12.0, 0.0), (13.5, HIGH)], atol=1e-6)


def test_what_would_meet_a_corner_of_the_picture_meets_it():
    """Nearer to the corner than anybody sees: three regions of the drawing would end beside it."""
    before = parted(slope=27.985 / HIGH, bent=0.2)
    found = straight_on(before)
    assert np.array_equal(found.nodes[1], (WIDE, HIGH))
    assert np.array_equal(found.lines[0].points[-1], (WIDE, HIGH))
    assert np.array_equal(found.lines[2].points[-1], (WIDE, HIGH))


def test_what_ends_far_from_where_it_heads_stays():
    before = parted(slope=0.5, bent=3.0)
    assert np.array_equal(straight_on(before).nodes[0], before.nodes[0])
