"""Lines of points to few pieces: straight lines, arcs, and cubic curves that meet smoothly.

A closed line that is a circle or an ellipse becomes one. Every other is parted at its corners
(corners.py); what lies between is a straight line, an arc, or a row of pieces (smooth.py).

Lengths are in pixels. Points are close together: far closer than anything that bends.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.circles import arc, ellipse
from redraw.export.vectors.corners import cornered
from redraw.export.vectors.fewer import fewer
from redraw.export.vectors.pieces import Part, Piece
from redraw.export.vectors.smooth import smooth_pieces

Floats = NDArray[np.float64]


def fitted(points: Floats, tolerance: float, *, closed: bool) -> list[Part]:
    """Pieces that pass within `tolerance` of all points but those that round a corner.

    Args:
        points: In order, no two that follow each other the same; a closed line ends where it
            begins. (N, 2)
        tolerance: In pixels.
        closed: Whether its end is its start, and no corner needs to be there.
    """
    points = np.asarray(points, np.float64)
    if closed and len(points) > 4:
        round_ = ellipse(points, tolerance)
        if round_ is not None:
            return list(round_)
    parts, smooth = cornered(points, closed=closed)
    pieces = [piece for part in parts for piece in _between(part, tolerance, closed=smooth)]
    return fewer(pieces, tolerance, closed=closed)


def _between(points: Floats, tolerance: float, *, closed: bool) -> list[Part]:
    """Pieces along points without corners. (N, 2)"""
    if not closed:
        start, end = points[0], points[-1]
        if len(points) < 3 or off_line(points, start, end).max() <= tolerance:
            return [Piece(np.array([start, end]))]
        round_ = arc(points, tolerance)
        if round_ is not None:
            return list(round_)
    return list(smooth_pieces(points, tolerance, closed=closed))


def off_line(points: Floats, start: Floats, end: Floats) -> Floats:
    """Distances from the straight piece between two positions. (N,)"""
    ahead = end - start
    length = float(ahead @ ahead)
    if length < 1e-18:
        return np.hypot(*(points - start).T)
    t = np.clip((points - start) @ ahead / length, 0.0, 1.0)
    return np.hypot(*(points - start - t[:, None] * ahead).T)


def coarse(points: Floats, off_by: float) -> Floats:
    """Fewer points: no other is farther from the lines between them (Douglas & Peucker, 1973)."""
    if len(points) < 3:
        return points
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        a, b = waiting.pop()
        if b - a < 2:
            continue
        ahead = points[b] - points[a]
        length = max(float(np.hypot(*ahead)), 1e-12)
        off = points[a + 1 : b] - points[a]
        far = np.abs(off[:, 0] * ahead[1] - off[:, 1] * ahead[0]) / length
        worst = int(np.argmax(far))
        if far[worst] > off_by:
            middle = a + 1 + worst
            keep[middle] = True
            waiting += [(a, middle), (middle, b)]
    return points[keep]
