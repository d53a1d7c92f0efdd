"""Where a line heads at one of its ends, by as much of it as is straight.

A field bends an edge near to where it ends on others, and at corners. What is a little farther
away says where it would have gone; and the longer it is straight, the better.

Lengths are in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Points are so near to a straight line, and do not bow away from it by more than so much.
STRAIGHT, BOWED = 0.045, 0.015
# How much shorter what is looked at is made, again and again, until it is straight.
SHORTER = 0.7
# An edge is bent so near to its ends: flags of 160 pixels by up to .1 at the end, .02 here. It is
# known to be straight beyond that if it is so long.
BENT, LONG = 1.4, 4.0


@dataclass(frozen=True)
class Side:
    """A straight line that a line of points follows near to one of its ends.

    Attributes:
        middle: A position on it. (2,)
        way: Its direction, away from the end. (2,)
        reach: How far from the end it is followed.
        off: How far points are from it at most.
    """

    middle: Floats
    way: Floats
    reach: float
    off: float

    @property
    def long(self) -> bool:
        """Whether it is so long that what is bent at its end is known to be that."""
        return self.reach >= LONG


def distances(points: Floats) -> Floats:
    """How far along each point is. (N, 2) -> (N,)"""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])


def side(points: Floats, near: float, far: float) -> Side | None:
    """The side that begins between two distances from a line's first point, and goes on as far as
    it is straight; None where there are too few points.

    Args:
        points: From the end on. (N, 2)
        near: What is nearer to the end isn't looked at.
        far: What is looked at whether it is straight or not.
    """
    away = distances(points)
    low = max(near, BENT)
    reach = away[-1] - low  # its other end is bent, too
    while reach > max(far, low + BENT):
        found = _through(points, away, low, reach)
        if found is None:
            break
        if found.off <= STRAIGHT and _bow(points, away, found) <= BOWED:
            return found
        reach *= SHORTER
    return _through(points, away, near, far)


def trimmed(points: Floats, found: Side | None) -> Floats:
    """Points from the end on without those that are bent, if that is known. (N, 2) -> (M, 2)"""
    if found is None or not found.long:
        return points
    return points[distances(points) >= BENT]


def _through(points: Floats, away: Floats, near: float, far: float) -> Side | None:
    some = points[(away >= near) & (away <= far)]
    if len(some) < 3:
        return None
    middle = some.mean(axis=0)
    _, directions = np.linalg.eigh((some - middle).T @ (some - middle))
    way, across = directions[:, 1], directions[:, 0]
    way = way if way @ (some[-1] - some[0]) > 0.0 else -way
    return Side(middle, way, far, float(np.abs((some - middle) @ across).max()))


def _bow(points: Floats, away: Floats, found: Side) -> float:
    """By how much the middle of a side bows away from its ends, by least squares."""
    some = points[(away >= BENT) & (away <= found.reach)] - found.middle
    along, across = some @ found.way, some @ np.array([-found.way[1], found.way[0]])
    half = max(float(np.abs(along).max()), 1e-9)
    matrix = np.stack([np.ones_like(along), along / half, (along / half) ** 2], axis=1)
    return abs(float(np.linalg.lstsq(matrix, across, rcond=None)[0][2]))
