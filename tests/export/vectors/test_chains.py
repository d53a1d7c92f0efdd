"""Edges that go on through nodes, cut where others end."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.export.vectors.chains import Chains
from redraw.export.vectors.planar import OUTSIDE, Line, Map
from redraw.export.vectors.regions import Way


def row(*corners):
    """Points close together along straight lines between corners. (N, 2)"""
    parts = [
        np.linspace(one, other, 4 * int(np.hypot(*np.subtract(other, one))), endpoint=False)
        for one, other in pairwise(corners)
    ]
    return np.concatenate([*parts, [corners[-1]]]).astype(np.float64)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("first", [0, 1])
def test_an_edge_that_comes_back_to_a_node_that_it_passed_is_whole(backward, first):
    """From the left straight on through (20, 20), around a box and down to the same node; it is
    followed from there where the box is the first line.
    """
    tail = row((2, 20), (20, 20))
    box = row((20, 20), (34, 20), (34, 8), (20, 8), (20, 20))
    lines = [Line(tail, 0, 1, 0, 1), Line(box, 2, 0, 1, 1)]
    lines = lines[first:] + lines[:first]
    if backward:
        lines = [
            Line(line.points[::-1], line.right, line.left, line.end, line.start) for line in lines
        ]
    chains = Chains(Map(40, 30, lines, np.array([[2.0, 20], [20, 20]])), lambda _: 0.05)
    t = np.linspace(0.0, 1.0, 50)
    for number, line in enumerate(lines):
        path = np.concatenate(
            [piece.at(t) for piece in chains.along([chains.span(Way(number, True))])]
        )
        away = np.hypot(*np.moveaxis(line.points[:, None] - path[None], 2, 0)).min(axis=1)
        assert away.max() < 0.3


@pytest.mark.parametrize("x", [53.611, 79.97, 146.7])
def test_an_edge_ends_on_a_long_border_where_it_was(x):
    """A border's one straight piece is as long as the picture: where an edge ends on it may not
    hang on how finely that is looked through.
    """
    wide, high = 160.0, 120.0
    edge = row((x, 0), (x, high))
    left = row((x, high), (0, high), (0, 0), (x, 0))
    right = row((x, 0), (wide, 0), (wide, high), (x, high))
    lines = [Line(edge, 1, 0, 0, 1), Line(left, OUTSIDE, 0, 1, 0), Line(right, OUTSIDE, 1, 0, 1)]
    chains = Chains(Map(160, 120, lines, np.array([[x, 0.0], [x, high]])), lambda _: 0.05)
    (piece,) = chains.along([chains.span(Way(0, True))])
    assert np.allclose(piece.points, [(x, 0.0), (x, high)], atol=1e-9)
    for way in (Way(1, False), Way(2, True)):
        points = [one.points for one in chains.along([chains.span(way)])]
        assert np.allclose(points[0][0], (x, 0.0), atol=1e-9)
        assert np.allclose(points[-1][-1], (x, high), atol=1e-9)


def test_an_edge_ends_on_an_arc_where_it_was():
    """Half a circle of radius 60 around (80, 10), on which a line from its middle ends."""
    angle = 2.1
    place = np.array([80.0, 10.0]) + 60.0 * np.array([np.cos(angle), np.sin(angle)])
    turn = np.linspace(0.0, np.pi, 800)
    round_ = np.array([80.0, 10.0]) + 60.0 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    before = np.vstack([round_[turn < angle], place])
    after = np.vstack([place, round_[turn > angle]])
    line = row((80, 10), tuple(place))
    lines = [Line(before, 0, 1, 0, 1), Line(after, 0, 2, 1, 2), Line(line, 1, 2, 3, 1)]
    nodes = np.array([round_[0], place, round_[-1], [80.0, 10.0]])
    chains = Chains(Map(160, 120, lines, nodes), lambda _: 0.01)
    for number, end in ((0, -1), (1, 0), (2, -1)):
        pieces = chains.along([chains.span(Way(number, True))])
        found = pieces[end].points[end]
        assert np.allclose(found, place, atol=2e-3)
