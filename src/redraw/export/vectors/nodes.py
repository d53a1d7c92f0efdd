"""Where lines meet: which two of them are one edge, and where exactly the meeting is.

Lengths are in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.planar import OUTSIDE, Map
from redraw.export.vectors.sides import Side, distances, side, trimmed

Floats = NDArray[np.float64]

# Two lines at a node are one edge if their directions are no farther apart, in radians.
STRAIGHT_ON = np.radians(30.0)
# Directions at a node are taken between these distances from it, in pixels.
NEAR, FAR = 0.35, 1.6
# A node is moved at most so far to where the sides of its lines meet.
MOST_MOVED = 0.6


@dataclass(frozen=True)
class Arm:
    """An end of a line.

    Attributes:
        line: Its number.
        first: Whether it is the line's start.
    """

    line: int
    first: bool


def arms_of(map_: Map) -> dict[int, list[Arm]]:
    """The ends of lines at each node."""
    found: dict[int, list[Arm]] = {}
    for number, line in enumerate(map_.lines):
        if not line.closed:
            found.setdefault(line.start, []).append(Arm(number, True))
            found.setdefault(line.end, []).append(Arm(number, False))
    return found


def through(map_: Map, arms: dict[int, list[Arm]]) -> dict[Arm, Arm]:
    """Of each end of a line the end that goes on in its direction, at most two at a node."""
    pairs: dict[Arm, Arm] = {}
    for some in arms.values():
        best: tuple[float, Arm, Arm] | None = None
        for place, one in enumerate(some):
            for other in some[place + 1 :]:
                if _on_border(map_, one) != _on_border(map_, other):
                    continue
                turn = _turn(_direction(map_, one), _direction(map_, other))
                if _on_border(map_, one):
                    turn -= np.pi  # of two that follow the border, whatever their directions
                if best is None or turn < best[0]:
                    best = turn, one, other
        if best is not None and best[0] <= STRAIGHT_ON:
            pairs[best[1]], pairs[best[2]] = best[2], best[1]
    return pairs


def meetings(map_: Map, arms: dict[int, list[Arm]], pairs: dict[Arm, Arm]) -> Floats:
    """Where lines meet at each node. (M, 2)"""
    places = map_.nodes.copy()
    for node, some in arms.items():
        if any(_on_border(map_, arm) for arm in some):
            continue
        ahead = [arm for arm in some if arm in pairs]
        sides = {arm: side_of(map_, arm) for arm in some}
        if ahead:
            one, other = (_near(map_, arm, sides[arm]) for arm in ahead[:2])
            edge = np.vstack([one[::-1], other])
            others = [side for arm, side in sides.items() if arm not in ahead and side is not None]
            places[node] = _on_edge(edge, map_.nodes[node], others)
        else:
            found = _crossing([side for side in sides.values() if side is not None])
            if found is not None and np.hypot(*(found - places[node])) <= MOST_MOVED:
                places[node] = found
    return places


def points_from(map_: Map, arm: Arm) -> Floats:
    """A line's points from one of its ends. (N, 2)"""
    return map_.lines[arm.line].points[:: 1 if arm.first else -1]


def _near(map_: Map, arm: Arm, found: Side | None) -> Floats:
    """Points within `FAR` of where an edge isn't bent, the end itself aside. (N, 2)"""
    points = points_from(map_, arm)
    points = points[1:] if found is None or not found.long else trimmed(points, found)
    return points[: max(1, int(np.searchsorted(distances(points), FAR)))]


def _direction(map_: Map, arm: Arm) -> Floats:
    """Where a line goes from one of its ends. (2,)"""
    found = side_of(map_, arm)
    if found is not None:
        return found.way
    points = points_from(map_, arm)
    ahead = points[-1 if len(points) < 4 else len(points) // 2] - points[0]
    return ahead / max(float(np.hypot(*ahead)), 1e-12)


def side_of(map_: Map, arm: Arm) -> Side | None:
    """The straight line that a line follows near to one of its ends."""
    points = points_from(map_, arm)
    long = float(np.hypot(*np.diff(points, axis=0).T).sum())
    return side(points, NEAR, min(FAR, max(0.5 * long, 3.0 * NEAR)))


def _turn(one: Floats, other: Floats) -> float:
    """How far two directions are from opposite ones, in radians."""
    return float(np.pi - np.arccos(np.clip(one @ other, -1.0, 1.0)))


def _on_border(map_: Map, arm: Arm) -> bool:
    line = map_.lines[arm.line]
    return OUTSIDE in (line.left, line.right)


def _on_edge(edge: Floats, node: Floats, sides: list[Side]) -> Floats:
    """Where other sides meet an edge that passes a node."""
    start, ahead = edge[:-1], np.diff(edge, axis=0)
    for found in sides:
        middle, way = found.middle, found.way
        cross = ahead[:, 0] * way[1] - ahead[:, 1] * way[0]
        safe = np.where(np.abs(cross) > 1e-9, cross, np.inf)
        off = middle - start
        t = (off[:, 0] * way[1] - off[:, 1] * way[0]) / safe
        hit = start + t[:, None] * ahead
        near = (t >= -1e-9) & (t <= 1.0 + 1e-9) & (np.hypot(*(hit - node).T) <= MOST_MOVED)
        if near.any():
            return hit[near][np.argmin(np.hypot(*(hit[near] - node).T))]
    length = np.maximum((ahead**2).sum(axis=1), 1e-18)
    t = np.clip(((node - start) * ahead).sum(axis=1) / length, 0.0, 1.0)
    nearest = start + t[:, None] * ahead
    return nearest[np.argmin(np.hypot(*(nearest - node).T))]


def _crossing(sides: list[Side]) -> Floats | None:
    """The position nearest to some lines; None if they are alike in direction."""
    if len(sides) < 2:
        return None
    across = [np.eye(2) - np.outer(found.way, found.way) for found in sides]
    if np.linalg.eigvalsh(np.sum(across, axis=0))[0] < 0.15:
        return None
    weights = [found.reach**2 for found in sides]  # the longer one is, the better it is known
    matrix = np.sum([w * one for w, one in zip(weights, across, strict=True)], axis=0)
    right = np.sum(
        [w * one @ found.middle for w, one, found in zip(weights, across, sides, strict=True)],
        axis=0,
    )
    return np.asarray(np.linalg.solve(matrix, right), np.float64)
