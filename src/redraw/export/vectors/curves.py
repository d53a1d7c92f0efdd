"""Lines of points to few curves: straight pieces and cubic Bezier curves.

A line is split at its corners; what lies between is one piece if that is near enough to all points,
or is split where it is farthest away, with a common tangent on both sides. Afterwards neighbours
are joined again wherever one piece serves for two.

Lengths are in pixels. Points are close together: far closer than anything that bends.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Tangents where a smooth line is split are those of points within so many pixels.
REACH = 1.2
# Rounds of moving each point's parameter to where the curve is nearest.
ROUNDS = 4
# Points that one piece is fitted to; more are thinned out.
MOST = 160
# The handle of a quarter of a circle, in radii: it is off by .03 % of the radius at most.
QUARTER = 4.0 / 3.0 * (np.sqrt(2.0) - 1.0)


@dataclass(frozen=True)
class Piece:
    """A straight line or a cubic Bezier curve.

    Attributes:
        points: Its start and end; or start, two handles, end. (2, 2) or (4, 2)
    """

    points: Floats

    @property
    def straight(self) -> bool:
        """Whether it is a straight line."""
        return len(self.points) == 2

    def reversed(self) -> "Piece":
        """The same from its end to its start."""
        return Piece(self.points[::-1])

    def at(self, t: Floats) -> Floats:
        """Positions at parameters from 0 to 1. (N,) -> (N, 2)"""
        return _weights(t, len(self.points)) @ self.points


def fitted(points: Floats, tolerance: float, *, closed: bool) -> list[Piece]:
    """Pieces that pass within `tolerance` of all points but those that round a corner.

    Args:
        points: In order, no two that follow each other the same; a closed line ends where it
            begins. (N, 2)
        tolerance: In pixels.
        closed: Whether its end is its start, and no corner needs to be there.

    Source: Schneider, An algorithm for automatically fitting digitized curves, 1990.
    """
    points = np.asarray(points, np.float64)
    if closed and len(points) > 4:
        circle = _circle(points[:-1])
        if circle is not None and _off_circle(points, *circle) <= tolerance:
            return circle_pieces(*circle, clockwise=_area(points) > 0.0)
    from redraw.export.vectors.corners import cornered

    parts, smooth = cornered(points, closed=closed)
    pieces: list[Piece] = []
    for part in parts:
        ends = _around(parts[0]) if smooth else None
        pieces += _between(part, tolerance, ends, None if ends is None else -ends)
    return pieces


def circle_pieces(centre: Floats, radius: float, *, clockwise: bool) -> list[Piece]:
    """A circle as four curves, clockwise as seen with y down, or the other way round."""
    quarters = np.array([[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0]], np.float64)
    if not clockwise:
        quarters = quarters[::-1]
    pieces = []
    for start, end in pairwise(quarters):
        handles = start, start + QUARTER * end, end + QUARTER * start, end
        pieces.append(Piece(centre + radius * np.array(handles)))
    return pieces


def _between(
    points: Floats, tolerance: float, first: Floats | None, last: Floats | None
) -> list[Piece]:
    """Pieces along points without corners.

    Args:
        points: (N, 2)
        tolerance: In pixels.
        first: Direction at the start, or None for any.
        last: Direction at the end, back into the line, or None.
    """
    cuts, ends = [0, len(points) - 1], [first, last]
    found: dict[tuple[int, int], tuple[Piece, float, int]] = {}

    def piece(a: int, b: int) -> tuple[Piece, float, int]:
        if (a, b) not in found:
            one = ends[0] if a == 0 else _tangent(points, a)
            other = ends[1] if b == len(points) - 1 else -_tangent(points, b)
            found[a, b] = _piece(points[a : b + 1], one, other, tolerance)
        return found[a, b]

    at = 0
    while at + 1 < len(cuts):
        a, b = cuts[at], cuts[at + 1]
        _, error, worst = piece(a, b)
        if error > tolerance and b - a > 3:
            cuts.insert(at + 1, min(max(a + worst, a + 2), b - 2))
        else:
            at += 1
    joined = True
    while joined:
        joined = False
        for at in range(1, len(cuts) - 1):
            if piece(cuts[at - 1], cuts[at + 1])[1] <= tolerance:
                del cuts[at]
                joined = True
                break
    return [piece(a, b)[0] for a, b in pairwise(cuts)]


def _piece(
    points: Floats, first: Floats | None, last: Floats | None, tolerance: float
) -> tuple[Piece, float, int]:
    """The piece along points, how far the farthest is from it, and which that is."""
    start, end = points[0], points[-1]
    step = max(1, (len(points) - 1) // MOST)
    kept = np.arange(0, len(points), step)
    if kept[-1] != len(points) - 1:
        kept = np.append(kept, len(points) - 1)
    some = points[kept]
    off = _off_line(some, start, end)
    worst = int(np.argmax(off))
    if off[worst] <= tolerance or len(points) < 5:
        return Piece(np.array([start, end])), float(off[worst]), int(kept[worst])
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(some, axis=0).T))])
    t = lengths / max(lengths[-1], 1e-12)
    best, error, at = Piece(np.array([start, end])), np.inf, worst
    for _ in range(ROUNDS):
        handles = _handles(some, t, first, last, lengths[-1])
        piece = Piece(np.array([start, *handles, end]))
        distance = np.hypot(*(piece.at(t) - some).T)
        if distance.max() < error:
            best, error, at = piece, float(distance.max()), int(np.argmax(distance))
        if error <= 0.5 * tolerance:
            break
        t = _nearer(piece, some, t)
    return best, error, int(kept[at])


def _handles(
    points: Floats, t: Floats, first: Floats | None, last: Floats | None, length: float
) -> tuple[Floats, Floats]:
    """The handles by least squares; along a direction where one is given."""
    start, end = points[0], points[-1]
    weights = _weights(t, 4)
    one, other = weights[:, 1], weights[:, 2]
    rest = points - (weights[:, :1] + one[:, None] * 0) * start - weights[:, 3:] * end
    columns, shifts = [], np.zeros_like(points)
    for weight, direction, anchor in ((one, first, start), (other, last, end)):
        if direction is None:
            columns += [np.outer(weight, [1, 0]).ravel(), np.outer(weight, [0, 1]).ravel()]
        else:
            shifts += weight[:, None] * anchor
            columns.append(np.outer(weight, direction).ravel())
    solved = np.linalg.lstsq(np.stack(columns, axis=1), (rest - shifts).ravel(), rcond=None)[0]
    handles, at = [], 0
    for direction, anchor, other_end in ((first, start, end), (last, end, start)):
        if direction is None:
            handle, at = solved[at : at + 2], at + 2
            if np.hypot(*(handle - anchor)) > length:
                handle = anchor + (other_end - anchor) / 3.0
            handles.append(handle)
        else:
            # Backwards, or very far, is a loop or a cusp: the usual third instead.
            far = solved[at] if 1e-3 * length < solved[at] < 1.5 * length else length / 3.0
            handles.append(anchor + far * direction)
            at += 1
    return handles[0], handles[1]


def _nearer(piece: Piece, points: Floats, t: Floats) -> Floats:
    """Parameters moved by a step of Newton's method to where the curve is nearest."""
    p = piece.points
    slope = 3.0 * _weights(t, 3) @ np.diff(p, axis=0)
    bend = 6.0 * _weights(t, 2) @ np.diff(p, n=2, axis=0)
    off = piece.at(t) - points
    top = (off * slope).sum(axis=1)
    under = (slope**2).sum(axis=1) + (off * bend).sum(axis=1)
    moved = t - np.divide(top, under, out=np.zeros_like(top), where=np.abs(under) > 1e-12)
    moved = np.clip(moved, 0.0, 1.0)
    moved[0], moved[-1] = 0.0, 1.0
    return np.maximum.accumulate(moved)


def _tangent(points: Floats, at: int) -> Floats:
    """The direction of a line at a point, by the points around it."""
    away = np.hypot(*(points - points[at]).T)
    low, high = at, at
    while low > 0 and away[low - 1] < REACH:
        low -= 1
    while high < len(points) - 1 and away[high + 1] < REACH:
        high += 1
    # As far on both sides, so that a bend does not tilt it.
    reach = min(at - low, high - at) or 1
    ahead = points[min(at + reach, len(points) - 1)] - points[max(at - reach, 0)]
    return ahead / max(float(np.hypot(*ahead)), 1e-12)


def _around(points: Floats) -> Floats:
    """The direction of a closed line where it begins and ends."""
    count = max(2, min(len(points) // 4, 6))
    return _tangent(np.vstack([points[-1 - count : -1], points[: count + 1]]), count)


def _weights(t: Floats, count: int) -> Floats:
    """Bernstein polynomials of degree `count` - 1. (N,) -> (N, count)"""
    u = 1.0 - t
    if count == 2:
        return np.stack([u, t], axis=1)
    if count == 3:
        return np.stack([u * u, 2.0 * u * t, t * t], axis=1)
    return np.stack([u**3, 3.0 * u * u * t, 3.0 * u * t * t, t**3], axis=1)


def _off_line(points: Floats, start: Floats, end: Floats) -> Floats:
    """Distances from the straight piece between two positions. (N,)"""
    ahead = end - start
    length = float(ahead @ ahead)
    if length < 1e-18:
        return np.hypot(*(points - start).T)
    t = np.clip((points - start) @ ahead / length, 0.0, 1.0)
    return np.hypot(*(points - start - t[:, None] * ahead).T)


def _circle(points: Floats) -> tuple[Floats, float] | None:
    """Centre and radius of the circle nearest to points; None for a straight line.

    Source: Kasa, A circle fitting procedure and its error analysis, 1976.
    """
    middle = points.mean(axis=0)
    x, y = (points - middle).T
    matrix = np.stack([2.0 * x, 2.0 * y, np.ones_like(x)], axis=1)
    solved, _, rank, _ = np.linalg.lstsq(matrix, x * x + y * y, rcond=None)
    if rank < 3:
        return None
    radius = float(np.sqrt(max(solved[2] + solved[0] ** 2 + solved[1] ** 2, 0.0)))
    return middle + solved[:2], radius


def _off_circle(points: Floats, centre: Floats, radius: float) -> float:
    """How far the farthest point is from a circle."""
    return float(np.abs(np.hypot(*(points - centre).T) - radius).max())


def _area(points: Floats) -> float:
    """Signed, positive where a closed line goes round clockwise as seen with y down."""
    x, y = points[:-1].T
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
