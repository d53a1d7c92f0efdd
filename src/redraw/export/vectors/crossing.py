"""Where curves cross that should not: an outline itself, or one edge another.

Curves that stay near to their edges each may still cross where two edges come close: then a slit
opens, or a sliver lies outside.

Lengths are in pixels.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.curves import coarse
from redraw.export.vectors.pieces import Part, Piece

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Straight lines that stand for a curve: at first, and where it seems to cross another (an edge that
# ends on a curve of 90 pixels lies .1 beyond the few). What crosses so near to an end only meets.
STRAIGHTS, MEETING = (12, 96), 0.05
# Pairs of straight lines that are looked at together.
AT_ONCE = 1 << 20
# What is nearer to where a line ends may lie past that.
PAST = 1.5


def crossings(pieces: Sequence[Part]) -> Ints:
    """Pairs of pieces that cross each other.

    Args:
        pieces: Of the loops of a shape, or of all edges of a map; they may meet at their ends, and
            one may end on another.

    Returns:
        Their numbers, the smaller first. (M, 2)
    """
    if len(pieces) < 2:
        return np.empty((0, 2), np.int64)
    corners = [piece.at(np.linspace(0.0, 1.0, STRAIGHTS[0] + 1)) for piece in pieces]
    trails = np.stack(corners)  # (P, S + 1, 2)
    one, other = _overlapping(trails.min(axis=1) - MEETING, trails.max(axis=1) + MEETING)
    for straights in STRAIGHTS:  # few of those that seem to cross do, if curves are long
        found = np.unique(np.concatenate([one, other]))
        t = np.linspace(0.0, 1.0, straights + 1)
        trails = np.zeros((len(pieces), straights + 1, 2))
        for number in found:
            trails[number] = pieces[number].at(t)
        met = np.zeros(len(one), np.bool_)
        step = max(1, AT_ONCE // straights**2)
        for start in range(0, len(one), step):
            block = slice(start, start + step)
            met[block] = _cross(trails[one[block]], trails[other[block]])
        one, other = one[met], other[met]
    return np.stack([one, other], axis=1)


def _overlapping(low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Pairs of boxes that overlap, the smaller number first."""
    order = np.argsort(low[:, 0], kind="stable")
    ends = np.searchsorted(low[order, 0], high[order, 0], side="right")
    count = np.maximum(ends - np.arange(len(order)) - 1, 0)
    first = np.repeat(np.arange(len(order)), count)
    second = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first + 1
    one, other = order[first], order[second]
    meet = (low[one, 1] <= high[other, 1]) & (low[other, 1] <= high[one, 1])
    one, other = one[meet], other[meet]
    return np.minimum(one, other), np.maximum(one, other)


def _cross(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether rows of straight lines cross, but where one of them ends. (K, S + 1, 2) each"""
    start, along = one[:, :-1, None], np.diff(one, axis=1)[:, :, None]
    begin, ahead = other[:, None, :-1], np.diff(other, axis=1)[:, None, :]
    off = begin - start
    cross = along[..., 0] * ahead[..., 1] - along[..., 1] * ahead[..., 0]
    flat = np.abs(cross) < 1e-12  # side by side: one before or after meets
    safe = np.where(flat, 1.0, cross)
    t = (off[..., 0] * ahead[..., 1] - off[..., 1] * ahead[..., 0]) / safe
    u = (off[..., 0] * along[..., 1] - off[..., 1] * along[..., 0]) / safe
    met = ~flat & (t >= 0.0) & (t <= 1.0) & (u >= 0.0) & (u <= 1.0)
    places = start + t[..., None] * along
    for ends in (one[:, 0], one[:, -1], other[:, 0], other[:, -1]):
        met &= np.abs(places - ends[:, None, None]).max(axis=3) > MEETING
    return met.any(axis=(1, 2))


def straight_where(
    pieces: list[Part], which: set[int], points: Floats, tolerance: float
) -> list[Part]:
    """Some pieces of a row as straight ones along the points that they were fitted to.

    Args:
        pieces: One after another.
        which: Of these, by number.
        points: In order. (N, 2)
        tolerance: How far these may be from the straight pieces.
    """
    found: list[Part] = []
    for number, piece in enumerate(pieces):
        if number not in which:
            found.append(piece)
            continue
        if number + 1 in which and number + 1 < len(pieces):
            continue  # several in a row are one: where they meet may lie aside
        first = number
        while first - 1 in which:
            first -= 1
        start, end = pieces[first].points[0], piece.points[-1]
        one, other = (int(np.hypot(*(points - place).T).argmin()) for place in (start, end))
        some = points[one : other + 1]
        if len(some):
            some = up_to(up_to(some, end)[::-1], start)[::-1]
        places = coarse(np.vstack([start, some, end]), tolerance)
        apart = np.hypot(*np.diff(places, axis=0).T) > MEETING
        apart[-1] = True
        places = np.vstack([places[:1], places[1:][apart]])
        found += [Piece(places[k : k + 2]) for k in range(len(places) - 1)]
    return found


def up_to(points: Floats, end: Floats) -> Floats:
    """Points of a line without those that lie past where it ends now. (N, 2) -> (M, 2)

    Where lines meet is moved, and a line that went on and came back would fold over what is there.
    """
    away = np.hypot(*(points - end).T)
    far = np.flatnonzero(away >= PAST)
    first = int(far[-1]) + 1 if len(far) else 1
    if len(points) <= first:
        return points
    keep = np.ones(len(points), np.bool_)
    keep[first:] = (end - points[first:]) @ (end - points[first - 1]) > 0.0
    return points[keep]
