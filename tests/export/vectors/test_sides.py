"""Where lines head at their ends: by as much of them as is straight."""

import numpy as np
import pytest

from redraw.export.vectors.corners import cornered
from redraw.export.vectors.nodes import arms_of, meetings, through
from redraw.export.vectors.planar import Line, Map
from redraw.export.vectors.sides import side, trimmed


def straight(start, end, *, bent=0.0, noise=0.0):
    """Points a fifth of a pixel apart, bent aside at both ends as a field does it. (N, 2)"""
    start, end = np.array(start, float), np.array(end, float)
    long = float(np.hypot(*(end - start)))
    along = np.linspace(0.0, long, round(5 * long) + 1)
    way = (end - start) / long
    off = bent * np.exp(-np.minimum(along, long - along) / 0.4)
    off += np.random.default_rng(7).normal(0.0, noise, len(along))
    return start + along[:, None] * way + off[:, None] * np.array([-way[1], way[0]])


def test_a_long_side_is_known_better_than_what_is_beside_its_end():
    points = straight((10, 20), (50, 50), bent=0.1, noise=0.008)
    found = side(points, 0.35, 1.6)
    assert found is not None
    assert found.long
    assert found.reach > 40.0
    assert np.allclose(found.way, (0.8, 0.6), atol=1e-3)
    # Distance of the true end from the line.
    off = np.array([10, 20]) - found.middle
    assert abs(off[0] * found.way[1] - off[1] * found.way[0]) < 0.01
    assert np.hypot(*(trimmed(points, found)[0] - [10, 20])) > 1.0


def test_a_curve_has_a_short_side():
    angle = np.linspace(0.0, 2.0, 400)
    points = 20.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = side(points, 0.35, 1.6)
    assert found is not None
    assert found.reach < 6.0
    off = points[0] - found.middle
    assert abs(off[0] * found.way[1] - off[1] * found.way[0]) < 0.04


def test_a_short_line_has_none():
    assert side(np.array([[0.0, 0.0], [0.1, 0.0], [0.2, 0.0]]), 0.35, 1.6) is None


@pytest.mark.parametrize("degrees", [25.0, 36.0, 90.0, 150.0])
def test_a_corner_is_where_its_long_sides_meet(degrees):
    """Both sides are bent where they meet, the one up and the other down: as of a star's tip."""
    half = np.radians(degrees) / 2.0
    corner = np.array([60.0, 40.0])
    ends = [corner - 20.0 * np.array([np.cos(half), way * np.sin(half)]) for way in (1, -1)]
    before = straight(ends[0], corner, bent=-0.08, noise=0.006)
    after = straight(corner, ends[1], bent=-0.08, noise=0.006)
    parts, closed = cornered(np.vstack([before[:-2], after[2:]]), closed=False)
    assert not closed
    assert len(parts) == 2
    assert np.hypot(*(parts[1][0] - corner)) < 0.012 / np.sin(half)


def test_three_long_edges_meet_where_they_head():
    """A triangle's tip and a border from there: (80, 60), bent by a tenth of a pixel."""
    place = np.array([80.0, 60.0])
    far = [(0.0, 0.0), (160.0, 60.0), (0.0, 120.0)]
    lines = [
        Line(straight(place, end, bent=bent, noise=0.005), one, other, 0, number + 1)
        for number, (end, bent, one, other) in enumerate(
            zip(far, (0.12, -0.1, 0.12), (0, 1, 2), (1, 2, 0), strict=True)
        )
    ]
    map_ = Map(160, 120, lines, np.array([place + np.array([0.1, -0.08]), *far]))
    arms = arms_of(map_)
    pairs = through(map_, arms)
    assert not pairs
    assert np.hypot(*(meetings(map_, arms, pairs)[0] - place)) < 0.02
