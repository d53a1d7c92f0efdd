"""Curves against the shapes that the points were taken from."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.export.vectors.corners import corners_of
from redraw.export.vectors.curves import fitted

T = np.linspace(0.0, 1.0, 64)


def ellipse(a, b, count=200):
    turn = np.linspace(0.0, 2.0 * np.pi, count)
    points = np.stack([20.0 + a * np.cos(turn), 20.0 + b * np.sin(turn)], axis=1)
    points[-1] = points[0]
    return points


def polygon(corners, step=0.25):
    sides = []
    for one, other in pairwise([*corners, corners[0]]):
        one, other = np.array(one, float), np.array(other, float)
        count = max(2, round(float(np.hypot(*(other - one))) / step))
        sides.append(one + np.linspace(0.0, 1.0, count, endpoint=False)[:, None] * (other - one))
    points = np.concatenate(sides)
    return np.vstack([points, points[:1]])


def drawn(pieces):
    return np.concatenate([piece.at(T) for piece in pieces])


@pytest.mark.parametrize("radius", [0.8, 3.0, 40.0])
def test_circles_are_circles(radius):
    pieces = fitted(ellipse(radius, radius), 0.05, closed=True)
    assert len(pieces) == 4
    off = np.abs(np.hypot(*(drawn(pieces) - 20.0).T) - radius)
    assert off.max() < 3e-4 * radius + 1e-3


@pytest.mark.parametrize("tolerance", [0.2, 0.05, 0.01])
def test_curves_are_as_near_as_asked_and_smooth(tolerance):
    points = ellipse(14.0, 6.0)
    pieces = fitted(points, tolerance, closed=True)
    # Against the ellipse itself, which points lie on.
    away = drawn(pieces) - 20.0
    implicit = (away[:, 0] / 14.0) ** 2 + (away[:, 1] / 6.0) ** 2 - 1.0
    slope = 2.0 * np.hypot(away[:, 0] / 14.0**2, away[:, 1] / 6.0**2)
    assert np.abs(implicit / slope).max() <= 1.5 * tolerance
    assert len(pieces) <= {0.2: 4, 0.05: 8, 0.01: 10}[tolerance]
    for one, other in pairwise([*pieces, pieces[0]]):
        if one.straight or other.straight:
            continue
        u, v = one.points[3] - one.points[2], other.points[1] - other.points[0]
        cosine = u @ v / np.hypot(*u) / np.hypot(*v)
        assert cosine > np.cos(np.radians(2.0))


@pytest.mark.parametrize(
    "corners",
    [
        [(0.0, 0.0), (20.0, 0.0), (20.0, 12.0), (0.0, 12.0)],
        [(3.0, 1.0), (18.0, 4.0), (9.0, 19.0)],
        [(5.0, 5.0), (8.0, 5.3), (7.7, 8.3), (4.7, 8.0)],
        [(0.0, 0.0), (12.0, 4.0), (24.0, 0.0), (20.0, 12.0), (24.0, 24.0), (12.0, 20.0)],
    ],
)
def test_corners_stay_corners_and_sides_straight(corners):
    pieces = fitted(polygon(corners), 0.05, closed=True)
    assert len(pieces) == len(corners)
    assert all(piece.straight for piece in pieces)
    for corner in corners:
        assert min(np.hypot(*(piece.points[0] - corner)) for piece in pieces) < 0.02


def test_corners_that_a_field_rounds_off_are_sharp_again():
    square = polygon([(0.0, 0.0), (16.0, 0.0), (16.0, 16.0), (0.0, 16.0)])
    # An arc of half a pixel in place of each corner.
    inside = np.clip(square, 0.5, 15.5)
    away = square - inside
    length = np.hypot(*away.T)[:, None]
    rounded = np.where(length > 0.5, inside + 0.5 * away / np.maximum(length, 1e-9), square)
    pieces = fitted(rounded, 0.05, closed=True)
    assert len(pieces) == 4
    for corner in ((0, 0), (16, 0), (16, 16), (0, 16)):
        assert min(np.hypot(*(piece.points[0] - corner)) for piece in pieces) < 0.05


@pytest.mark.parametrize("radius", [1.5, 2.5, 4.0, 9.0])
def test_curves_have_no_corners(radius):
    assert corners_of(ellipse(radius, radius * 0.8), closed=True) == []


def test_ends_stay_where_they_are():
    points = np.stack([np.linspace(0, 9, 40), np.sin(np.linspace(0, 9, 40))], axis=1)
    pieces = fitted(points, 0.05, closed=False)
    assert np.array_equal(pieces[0].points[0], points[0])
    assert np.array_equal(pieces[-1].points[-1], points[-1])
    for one, other in pairwise(pieces):
        assert np.array_equal(one.points[-1], other.points[0])


def test_a_few_points_are_enough():
    pieces = fitted(np.array([[0.0, 0.0], [1.0, 1.0]]), 0.05, closed=False)
    assert [piece.points.tolist() for piece in pieces] == [[[0.0, 0.0], [1.0, 1.0]]]
