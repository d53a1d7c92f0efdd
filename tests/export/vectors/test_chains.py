"""Edges that go on through nodes, cut where others end."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.export.vectors.chains import Chains
from redraw.export.vectors.planar import Line, Map
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
