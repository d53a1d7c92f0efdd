"""Curves against the shapes that the points were taken from."""

from itertools import pairwise

import numpy as np
import pytest

from redraw.export.vectors.corners import corners_of
from redraw.export.vectors.curves import fitted
from redraw.export.vectors.pieces import Arc

T = np.linspace(0.0, 1.0, 400)


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
    assert [type(piece) for piece in pieces] == [Arc, Arc]
    off = np.abs(np.hypot(*(drawn(pieces) - 20.0).T) - radius)
    assert off.max() < 3e-4 * radius + 1e-3
    curves = [curve for piece in pieces for curve in piece.curves()]
    off = np.abs(np.hypot(*(drawn(curves) - 20.0).T) - radius)
    assert off.max() < 6e-4 * radius + 1e-3


def superellipse(a, b, power=0.75, count=600):
    turn = np.linspace(0.0, 2.0 * np.pi, count)
    x, y = np.cos(turn), np.sin(turn)
    points = np.stack(
        [20.0 + a * np.sign(x) * np.abs(x) ** power, 20.0 + b * np.sign(y) * np.abs(y) ** power], 1
    )
    points[-1] = points[0]
    return points


def test_ellipses_are_two_arcs():
    pieces = fitted(ellipse(14.0, 6.0), 0.05, closed=True)
    assert [type(piece) for piece in pieces] == [Arc, Arc]
    assert sorted(pieces[0].radii) == pytest.approx([6.0, 14.0], abs=1e-6)


@pytest.mark.parametrize("tolerance", [0.2, 0.05, 0.01])
def test_curves_are_as_near_as_asked_and_smooth(tolerance):
    points = superellipse(14.0, 9.0)
    pieces = fitted(points, tolerance, closed=True)
    trail = drawn(pieces)
    away = np.hypot(*np.moveaxis(points[:, None] - trail[None], 2, 0)).min(axis=1)
    assert away.max() <= 2.5 * tolerance + 0.01  # the last: places of the trail are apart
    assert np.sqrt((away**2).mean()) <= tolerance
    assert len(pieces) <= {0.2: 5, 0.05: 8, 0.01: 14}[tolerance]
    for one, other in pairwise([*pieces, pieces[0]]):
        u, v = np.diff(one.points[-2:], axis=0)[0], np.diff(other.points[:2], axis=0)[0]
        cosine = u @ v / np.hypot(*u) / np.hypot(*v)
        assert cosine > np.cos(np.radians(4.0))


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
    assert np.abs(pieces[0].points[0] - points[0]).max() < 1e-9
    assert np.abs(pieces[-1].points[-1] - points[-1]).max() < 1e-9
    for one, other in pairwise(pieces):
        assert np.abs(one.points[-1] - other.points[0]).max() < 1e-9


def test_a_few_points_are_enough():
    pieces = fitted(np.array([[0.0, 0.0], [1.0, 1.0]]), 0.05, closed=False)
    assert [piece.points.tolist() for piece in pieces] == [[[0.0, 0.0], [1.0, 1.0]]]
