"""Curves that cross are found, and become straight where they do."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.export.vectors.chains import Chains
from redraw.export.vectors.crossing import crossings, straight_where, up_to
from redraw.export.vectors.pieces import Arc, Piece
from redraw.export.vectors.planar import Line, Map
from redraw.export.vectors.regions import Way


def straight(*places):
    return [Piece(np.array(pair, np.float64)) for pair in pairwise(places)]


def test_a_figure_of_eight_crosses_itself_and_a_box_does_not():
    box = straight((0, 0), (4, 0), (4, 4), (0, 4), (0, 0))
    eight = straight((0, 0), (4, 4), (4, 0), (0, 4), (0, 0))
    assert crossings(box).tolist() == []
    assert crossings(eight).tolist() == [[0, 2]]


@pytest.mark.parametrize("angle", [0.3, 1.1, 2.0])
def test_what_ends_on_a_large_arc_only_meets_it(angle):
    """Straight lines for the arc would lie .2 pixels inside of it, and be crossed."""
    arc = Arc(np.zeros(2), (90.0, 90.0), 0.0, 0.0, 2.4)
    end = 90.0 * np.array([np.cos(angle), np.sin(angle)])
    assert len(crossings([arc, *straight((0.0, 0.0), end)])) == 0
    assert len(crossings([arc, *straight((0.0, 0.0), 1.01 * end)])) == 1


def test_a_hook_becomes_straight_within_the_tolerance():
    """A curve that runs past its end and comes back, over points that do not."""
    points = np.stack([np.linspace(0.0, 4.0, 41), np.zeros(41)], axis=1)
    hook = Piece(np.array([[0.0, 0.0], [2.0, 0.3], [6.0, 0.2], [4.0, 0.0]]))
    (found,) = straight_where([hook], {0}, points, 0.05)
    assert np.array_equal(found.points, [[0, 0], [4, 0]])
    assert straight_where([hook], set(), points, 0.05) == [hook]


def test_points_past_the_end_of_a_line_are_left_out():
    points = np.stack([np.linspace(0.0, 4.0, 41), np.zeros(41)], axis=1)
    kept = up_to(points, np.array([3.55, 0.1]))
    assert kept[-1, 0] == pytest.approx(3.5)
    assert np.array_equal(up_to(points, np.array([4.1, 0.0])), points)


def test_edges_that_nearly_touch_do_not_cross_as_curves():
    """A wave and a straight line .12 below it, where loose curves would cross it."""
    x = np.linspace(4.0, 36.0, 400)
    wave = np.stack([x, 10.0 + 0.6 * np.cos(x * 1.7)], axis=1)
    line = np.stack([x, np.full(400, 9.28)], axis=1)
    nodes = np.stack([wave[0], wave[-1], line[0], line[-1]])
    lines = [Line(wave, 0, 1, 0, 1), Line(line, 2, 0, 2, 3)]
    chains = Chains(Map(40, 20, lines, nodes), lambda _: 0.1)
    pieces = [
        piece for number in (0, 1) for piece in chains.along([chains.span(Way(number, True))])
    ]
    assert len(crossings(pieces)) == 0
