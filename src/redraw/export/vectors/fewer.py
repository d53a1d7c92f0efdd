"""Fewer pieces where one does nearly as well as two.

A node is worth so much: two pieces become one where the squared distance between them and it,
added up along their length, is less than a node's worth. So a short piece, whose loss nobody sees,
may be off by more than a long one.

Lengths are in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.pieces import Arc, Part, Piece, bernstein

Floats = NDArray[np.float64]

# What a node is worth, in tolerances squared times pixels of length; and how many tolerances a
# piece may be off at most.
WORTH, MOST = 5.0, 3.0
# Pieces whose directions differ by less at their joint, in radians, are joined smoothly.
SMOOTH = np.radians(4.0)
# Places of each piece that are looked at.
LOOKED = 14
ROUNDS = 4


def fewer(
    pieces: list[Part], tolerance: float, *, closed: bool, worth: float = WORTH
) -> list[Part]:
    """A row of pieces with nodes left out where that is hardly seen; its ends stay.

    Args:
        pieces: One after another.
        tolerance: In pixels; what replaces two may be off by `MOST` times as much.
        closed: Whether the last ends where the first begins.
        worth: Of a node, in tolerances squared times pixels of length.
    """
    found = list(pieces)
    known: dict[tuple[int, ...], tuple[float, Piece] | None] = {}
    kept: list[Part] = list(pieces)  # alive, so that no other is taken for one of them
    while len(found) > (2 if closed else 1):
        best: tuple[float, int, Piece] | None = None
        for at in range(len(found) if closed and len(found) > 2 else len(found) - 1):
            around = (at - 1, at, at + 1, at + 2)
            inside = [k % len(found) if closed else k for k in around]
            key = tuple(id(found[k]) if 0 <= k < len(found) else 0 for k in inside)
            if key not in known:
                known[key] = _joined(found, at, tolerance, worth, closed=closed)
            cost = known[key]
            if cost is not None and (best is None or cost[0] < best[0]):
                best = cost[0], at, cost[1]
        if best is None:
            break
        _, at, piece = best
        kept.append(piece)
        if at + 1 < len(found):
            found[at : at + 2] = [piece]
        else:
            found = [piece, *found[1:-1]]
    return found


def _joined(
    pieces: list[Part], at: int, tolerance: float, worth: float, *, closed: bool
) -> tuple[float, Piece] | None:
    """One piece in place of two, and what it costs; None if that is more than a node is worth."""
    count = len(pieces)
    one, other = pieces[at], pieces[(at + 1) % count]
    if isinstance(one, Arc) or isinstance(other, Arc):
        return None
    t = np.linspace(0.0, 1.0, LOOKED)
    points = np.vstack([one.at(t), other.at(t[1:])])
    steps = np.hypot(*np.diff(points, axis=0).T)
    length = float(steps.sum())
    weights = np.zeros(len(points))
    weights[:-1] += steps / 2.0
    weights[1:] += steps / 2.0
    before = pieces[at - 1] if closed or at else None
    after = pieces[(at + 2) % count] if closed or at + 2 < count else None
    candidates = [Piece(points[[0, -1]])]
    # A straight neighbour's direction can't be followed by a straight piece but by chance.
    leaves, comes = _tangent(one, before, first=True), _tangent(other, after, first=False)
    curve = _least(points, length, leaves, comes)
    if curve is not None:
        candidates.append(curve)
    best: tuple[float, Piece] | None = None
    for piece in candidates:
        if piece.straight and not (leaves is None and comes is None):
            continue
        away = _distances(piece, points)
        if away.max() > MOST * tolerance:
            continue
        cost = float((weights * away**2).sum())
        if cost <= worth * tolerance**2 and (best is None or cost < best[0]):
            best = cost, piece
    return best


def _tangent(piece: Part, beside: Part | None, *, first: bool) -> Floats | None:
    """The direction that a piece has to keep at an end, into it; None where there is a corner."""
    if beside is None:
        return None
    own = _heading(piece, last=not first)
    other = _heading(beside, last=first)
    turn = np.arccos(np.clip(own @ other, -1.0, 1.0))
    if turn > SMOOTH:
        return None
    return own if first else -own


def _heading(piece: Part, *, last: bool) -> Floats:
    points = piece.points
    steps = (
        [points[-1] - p for p in points[-2::-1]] if last else [p - points[0] for p in points[1:]]
    )
    step = next((s for s in steps if np.hypot(*s) > 1e-9), steps[-1])
    return step / max(float(np.hypot(*step)), 1e-12)


def _least(
    points: Floats, length: float, leaves: Floats | None, comes: Floats | None
) -> Piece | None:
    """The cubic of least squares between the ends, along directions where they are given."""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if length < 1e-9:
        return None
    t = lengths / lengths[-1]
    start, end = points[0], points[-1]
    piece: Piece | None = None
    for _ in range(ROUNDS):
        weights = bernstein(t, 4)
        rest = points - weights[:, :1] * start - weights[:, 3:] * end
        columns, shift = [], np.zeros_like(points)
        for weight, direction, anchor in (
            (weights[:, 1], leaves, start),
            (weights[:, 2], comes, end),
        ):
            if direction is None:
                columns += [np.outer(weight, [1, 0]).ravel(), np.outer(weight, [0, 1]).ravel()]
            else:
                shift += weight[:, None] * anchor
                columns.append(np.outer(weight, direction).ravel())
        solved = np.linalg.lstsq(np.stack(columns, axis=1), (rest - shift).ravel(), rcond=None)[0]
        handles, at = [], 0
        for direction, anchor in ((leaves, start), (comes, end)):
            if direction is None:
                handles.append(solved[at : at + 2])
                at += 2
            else:
                if not 0.02 * length < solved[at] < 1.5 * length:
                    return None
                handles.append(anchor + solved[at] * direction)
                at += 1
        if max(np.hypot(*(handles[0] - start)), np.hypot(*(handles[1] - end))) > 1.5 * length:
            return None
        piece = Piece(np.array([start, *handles, end]))
        t = _nearest(piece, points)
    return piece


def _nearest(piece: Piece, points: Floats) -> Floats:
    """Parameters of the nearest places. (N,)"""
    t = np.linspace(0.0, 1.0, 49)
    away = np.hypot(*np.moveaxis(piece.at(t)[:, None] - points[None], 2, 0))
    return t[away.argmin(axis=0)]


def _distances(piece: Piece, points: Floats) -> Floats:
    """How far points are from a piece. (N,)"""
    trail = piece.at(np.linspace(0.0, 1.0, 2 if piece.straight else 33))
    start, ahead = trail[:-1], np.diff(trail, axis=0)
    off = points[:, None] - start[None]
    under = np.maximum((ahead**2).sum(axis=1), 1e-18)
    t = np.clip((off * ahead[None]).sum(axis=2) / under, 0.0, 1.0)
    away = off - t[..., None] * ahead[None]
    return np.hypot(away[..., 0], away[..., 1]).min(axis=1)
