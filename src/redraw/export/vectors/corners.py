"""Corners of lines: where they turn at once, and not as a curve does.

A field rounds a corner off by about half a pixel. So directions are taken on both sides at some
distance, and how they bend there says how much of the turn between them is a curve's. A corner's
place is where its two sides would meet.

Lengths are in pixels.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.sides import BENT, Side, distances, side

Floats = NDArray[np.float64]

# What a corner turns at least, beyond the bend of its sides, in radians.
TURN = np.radians(30.0)
# Where directions are taken, in pixels from the corner: two on each side, from the first to the
# second and on to the third. Sides that are too short for the larger are seen at the smaller.
SIDES = ((0.7, 1.5, 2.3), (0.4, 0.85, 1.3))
# Where directions are taken to find the middle of what turns.
CLOSE = (0.12, 0.5, 0.9)
# A corner is moved at most so far to where its sides meet, and takes the points within this away.
MOST_MOVED, ROUNDED = 0.9, 0.7


def cornered(points: Floats, *, closed: bool) -> tuple[list[Floats], bool]:
    """A line in parts between corners.

    Args:
        points: In order; a closed line ends where it begins. (N, 2)
        closed: Whether it does.

    Returns:
        The parts, each beginning where the one before it ends; and whether it is a closed line
        without any corner.
    """
    found = corners_of(points, closed=closed)
    if not found:
        return [points], closed
    count = len(points) - 1
    if closed:
        first = found[0]
        points = np.vstack([points[first:-1], points[: first + 1]])
        ends = [0, *(corner - first for corner in found[1:]), count]
    else:
        ends = [0, *found, count]
    parts = [points[a : b + 1] for a, b in pairwise(ends)]
    joints = range(len(parts)) if closed else range(1, len(parts))
    places = {joint: _meeting(parts[joint - 1], parts[joint]) for joint in joints}
    return [
        _trimmed(part, places.get(at), places.get((at + 1) % len(parts) if closed else at + 1))
        for at, part in enumerate(parts)
    ], False


def corners_of(points: Floats, *, closed: bool) -> list[int]:
    """Which points of a line are corners, in order."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    total = lengths[-1]
    excess = np.zeros(len(points))
    for near, far, end in SIDES:
        if total < (4.0 if closed else 2.0) * end:
            continue
        found = _excess(points, lengths, (near, far, end), closed=closed)
        excess = np.maximum(excess, found)
    if closed:
        excess[-1] = 0.0
    # Around a corner all turn as far: the one that turns close by is its middle.
    close = _excess(points, lengths, CLOSE, closed=closed)
    excess = np.where((excess >= TURN) & (close >= 0.3 * excess), excess + close, 0.0)
    corners: list[int] = []
    for at in np.argsort(-excess, kind="stable"):
        if excess[at] < TURN:
            break
        away = np.abs(lengths[at] - lengths[corners])
        if closed:
            away = np.minimum(away, total - away)
        if (away > SIDES[1][1]).all():
            corners.append(int(at))
    return sorted(corners)


def _excess(
    points: Floats, lengths: Floats, sides: tuple[float, float, float], *, closed: bool
) -> Floats:
    """By how much the line turns at each point more than its sides bend. (N,)"""
    near, far, end = sides
    total = lengths[-1]

    def at(shift: float) -> Floats:
        place = lengths + shift
        place = place % total if closed else np.clip(place, 0.0, total)
        return np.stack([np.interp(place, lengths, points[:, axis]) for axis in (0, 1)], axis=1)

    before = at(-near) - at(-far), at(-far) - at(-end)
    after = at(far) - at(near), at(end) - at(far)
    turn = _angle(before[0], after[0])
    bends = np.stack([_angle(before[1], before[0]), _angle(after[0], after[1])])
    same = (np.sign(bends) == np.sign(turn)).all(axis=0)
    bend = np.where(same, np.abs(bends).min(axis=0), 0.0)
    # The middles of the two directions taken are farther apart than those of a side's two.
    expected = bend * (near + far) / (0.5 * (end - near))
    found = np.abs(turn) - expected
    if not closed:
        found[(lengths < end) | (lengths > total - end)] = 0.0
    return found


def _angle(one: Floats, other: Floats) -> Floats:
    """By how much directions turn, signed. (N, 2), (N, 2) -> (N,)"""
    cross = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.arctan2(cross, (one * other).sum(axis=1))


def _meeting(before: Floats, after: Floats) -> Floats:
    """Where two parts would meet if their ends were not rounded off."""
    corner = after[0]
    one, other = _side(before[::-1]), _side(after)
    if one is None or other is None:
        return corner
    cross = one.way[0] * other.way[1] - one.way[1] * other.way[0]
    if abs(cross) < np.sin(TURN / 2.0):
        return corner
    off = other.middle - one.middle
    t = (off[0] * other.way[1] - off[1] * other.way[0]) / cross
    meeting = one.middle + t * one.way
    return meeting if np.hypot(*(meeting - corner)) <= MOST_MOVED else corner


def _side(points: Floats) -> Side | None:
    """The side that a part follows near to its beginning, the rounded end aside."""
    long = float(distances(points)[-1])
    near, far, end = SIDES[0] if long > 2.0 * SIDES[0][1] else SIDES[1]
    return side(points, near, min(end, max(far, long / 2.0)))


def _trimmed(part: Floats, start: Floats | None, end: Floats | None) -> Floats:
    """A part that begins and ends at corners' places, without the points that round them off."""
    keep = np.ones(len(part), bool)
    for place, at in ((start, 0), (end, -1)):
        if place is not None and not np.array_equal(place, part[at]):
            found = _side(part[:: 1 if at == 0 else -1])
            rounded = BENT if found is not None and found.long else ROUNDED
            away = np.hypot(*(part - part[at]).T)
            keep &= away > min(rounded, 0.3 * away.max())
            keep[at] = False
    inner = part[keep]
    if start is not None and not np.array_equal(start, part[0]):
        inner = np.vstack([start, inner])
    if end is not None and not np.array_equal(end, part[-1]):
        inner = np.vstack([inner, end])
    if len(inner) >= 2:
        return inner
    return np.vstack([part[0] if start is None else start, part[-1] if end is None else end])
