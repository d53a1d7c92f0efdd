"""Edges where the field draws them, and not only where its labels change.

A field adds to its labels what they can't say. So beside an edge its values tell where the edge is
seen: across it, they go from one fill to the other, and how much of the way is the one says where
a hard edge would show the same.

Lengths are in pixels.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.planar import OUTSIDE, Line, Map

Floats = NDArray[np.float64]
# Values at positions in pixels: (N,), (N,) -> (N, C)
Drawn = Callable[[Floats, Floats], Floats]

# How far across an edge values are asked for, and at how many places.
REACH, PLACES = 0.5, 11
# At both ends values have to be so near to the fill there, as a share of the difference.
NEAR = 0.25
# A point is moved at most so far; what is moved is smoothed over so many pixels along the edge.
MOST, ALONG = 0.2, 0.8
# Fills have to differ by so much (root mean square): else values say nothing.
DIFFER = 0.04


def settled(map_: Map, drawn: Drawn, fills: Callable[[int, Floats], Floats | None]) -> Map:
    """A map whose lines lie where the field shows them.

    Args:
        map_: Its labels are asked of `fills`.
        drawn: What the field shows.
        fills: The colours of a label at positions, in the units of `drawn`; None if nothing is
            painted there.
    """
    lines: list[Line] = []
    for line in map_.lines:
        if OUTSIDE in (line.left, line.right) or len(line.points) < 4:
            lines.append(line)
            continue
        ring = line.points[:-1] if line.closed else line.points
        one, other = fills(line.left, ring), fills(line.right, ring)
        if one is None or other is None:
            lines.append(line)
            continue
        points = _moved(line, drawn, one, other)
        lines.append(Line(points, line.left, line.right, line.start, line.end))
    return Map(map_.width, map_.height, lines, map_.nodes)


def _moved(line: Line, drawn: Drawn, left: Floats, right: Floats) -> Floats:
    """The points of a line where its edge is seen. (N, 2)"""
    points = line.points
    ring = points[:-1] if line.closed else points
    before, after = np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0)
    if not line.closed:
        before[0], after[-1] = ring[0], ring[-1]
    ahead = after - before
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-12)[:, None]
    across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)  # to the right, with y down
    offsets = np.linspace(-REACH, REACH, PLACES)
    places = (ring[:, None] + offsets[None, :, None] * across[:, None]).reshape(-1, 2)
    values = drawn(places[:, 0], places[:, 1]).reshape(len(ring), PLACES, -1)
    step = right - left
    size = (step**2).sum(axis=1)
    share = ((values - left[:, None]) * step[:, None]).sum(axis=2)
    share /= np.maximum(size, 1e-9)[:, None]
    weights = np.full(PLACES, 2.0 * REACH / (PLACES - 1))
    weights[[0, -1]] /= 2.0
    shift = REACH - share @ weights
    sure = (np.abs(share[:, 0]) <= NEAR) & (np.abs(share[:, -1] - 1.0) <= NEAR)
    sure &= (np.abs(shift) <= 2.0 * MOST) & (size >= step.shape[1] * DIFFER**2)
    shift = np.clip(np.where(sure, shift, 0.0), -MOST, MOST)
    shift = _smoothed(shift, sure.astype(np.float64), ring, closed=line.closed)
    if not line.closed:
        shift[[0, -1]] = 0.0
    moved = ring + shift[:, None] * across
    return np.vstack([moved, moved[:1]]) if line.closed else moved


def _smoothed(shift: Floats, weight: Floats, ring: Floats, *, closed: bool) -> Floats:
    """The mean of what is sure within `ALONG`; nothing where nothing is. (N,)"""
    step = float(np.hypot(*np.diff(ring, axis=0).T).mean())
    far = max(1, round(0.5 * ALONG / max(step, 1e-6)))
    mode = "wrap" if closed else "constant"
    window = np.ones(2 * far + 1)
    total = np.convolve(np.pad(shift * weight, far, mode=mode), window, "valid")
    count = np.convolve(np.pad(weight, far, mode=mode), window, "valid")
    return np.where(count > 0.0, total / np.maximum(count, 1.0), 0.0)
