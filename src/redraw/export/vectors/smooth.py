"""A line of points without corners as few straight pieces and cubic curves, joined smoothly.

First the fewest pieces are looked for whose ends lie on the line (dynamic programming over many
places of their ends, each piece by least squares). Then all are moved together, ends and directions
too, to where the squares of the distances are least (Gauss-Newton): an end that had to lie on the
line would follow what is only its noise. So pieces become longer, and there are fewer.

Lengths are in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.pieces import Piece, bernstein

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Distance between the points that pieces are fitted to, and between the places of their ends.
STEP, ENDS = 0.2, 3
# Points at most: of longer lines they are farther apart.
MOST = 1200
# Points of one piece that are looked at when the fewest are looked for.
SEEN = 18
# Rounds of moving each point's parameter to where the curve is nearest, and of Gauss-Newton.
ROUNDS, STEPS = 4, 6
# What a straight piece counts, where a curve counts 1.
STRAIGHT = 0.9


def smooth_pieces(points: Floats, tolerance: float, *, closed: bool) -> list[Piece]:
    """Pieces within `tolerance` of all points, with common tangents where they meet.

    Args:
        points: In order; where it is closed, the last is the first. (N, 2)
        tolerance: In pixels.
        closed: Whether the ends meet without a corner. Otherwise they stay where they are.
    """
    even = _even(points)
    if len(even) < 4:
        return [Piece(points[[0, -1]])]
    cuts, straight = _fewest(even, tolerance)
    if len(straight) == 1 and not closed:
        return [_alone(even, straight=straight[0])]
    spline = _Spline.through(even, cuts, straight, closed=closed)
    best = spline.settled()
    for _ in range(8):
        off = best.off()
        worst = int(np.argmax(off))
        if off[worst] <= tolerance:
            break
        split = best.split(worst)
        if split is None:
            break
        best = split.settled()
    return best.pieces()


def _alone(points: Floats, *, straight: bool) -> Piece:
    """One piece from the first to the last point, of least squares."""
    if straight:
        return Piece(points[[0, -1]])
    t = np.linspace(0.0, 1.0, len(points))[None]
    for _ in range(ROUNDS - 1):
        t = _nearer(_least(points[None], t), points[None], t)
    return Piece(_least(points[None], t)[0])


def _even(points: Floats) -> Floats:
    """Points at even distances along the line. (N, 2) -> (M, 2)"""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = int(np.clip(np.ceil(lengths[-1] / STEP), 6, MOST)) + 1
    at = np.linspace(0.0, lengths[-1], count)
    return np.stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)], axis=1)


def _fewest(points: Floats, tolerance: float) -> tuple[list[int], list[bool]]:
    """Where pieces end so that they are few, and which of them are straight."""
    last = len(points) - 1
    ends = np.unique(np.r_[np.arange(0, last, ENDS if last > 3 * ENDS else 1), last])
    count = len(ends)
    spans = np.unique(np.r_[np.arange(1, 25), np.rint(24 * 1.25 ** np.arange(1, 24)), count - 1])
    spans = spans[spans < count].astype(np.int64)
    one, span = (grid.ravel() for grid in np.meshgrid(np.arange(count), spans, indexing="ij"))
    other = one + span
    one, other = one[other < count], other[other < count]
    error, energy, flat = _tried(points, ends[one], ends[other])
    line = flat <= tolerance
    cost = np.where(line, STRAIGHT, 1.0 + 0.05 * energy / tolerance**2)
    cost[(error > tolerance) & ~line & (other - one > 1)] = np.inf
    least, came = np.full(count, np.inf), np.zeros(count, np.int64)
    kind = np.zeros(count, bool)
    least[0] = 0.0
    order = np.argsort(other, kind="stable")
    starts = np.searchsorted(other[order], np.arange(count + 1))
    for end in range(1, count):
        some = order[starts[end] : starts[end + 1]]
        total = least[one[some]] + cost[some]
        best = int(np.argmin(total))
        least[end], came[end], kind[end] = total[best], one[some[best]], line[some[best]]
    cuts, straight = [count - 1], []
    while cuts[-1]:
        straight.append(bool(kind[cuts[-1]]))
        cuts.append(int(came[cuts[-1]]))
    return [int(ends[cut]) for cut in reversed(cuts)], straight[::-1]


def _tried(points: Floats, one: Ints, other: Ints) -> tuple[Floats, Floats, Floats]:
    """Curves from points to others: how far they are off at most, on average (squared), and how far
    a straight piece is. (K,) each
    """
    t = np.linspace(0.0, 1.0, SEEN)
    at = one[:, None] + (other - one)[:, None] * t
    low = np.minimum(at.astype(np.int64), len(points) - 2)
    part = (at - low)[..., None]
    seen = (1.0 - part) * points[low] + part * points[low + 1]
    ahead = seen[:, -1] - seen[:, 0]
    length = np.maximum((ahead**2).sum(axis=1), 1e-18)
    along = np.clip(((seen - seen[:, :1]) * ahead[:, None]).sum(axis=2) / length[:, None], 0, 1)
    flat = np.hypot(*np.moveaxis(seen - seen[:, :1] - along[..., None] * ahead[:, None], 2, 0))
    t = np.broadcast_to(t, at.shape)
    distance = flat
    for _ in range(ROUNDS):
        curve = _least(seen, t)
        t = _nearer(curve, seen, t)
        off = np.einsum("kse,kea->ksa", bernstein(t, 4), curve) - seen
        distance = np.hypot(off[..., 0], off[..., 1])
    return distance.max(axis=1), (distance**2).mean(axis=1), flat.max(axis=1)


def _least(seen: Floats, t: Floats) -> Floats:
    """Cubics of least squares whose ends are given. (K, S, 2), (K, S) -> (K, 4, 2)"""
    weights = bernstein(t, 4)
    one, other = weights[..., 1], weights[..., 2]
    rest = seen - weights[..., :1] * seen[:, :1] - weights[..., 3:] * seen[:, -1:]
    a, b, c = (one * one).sum(axis=1), (one * other).sum(axis=1), (other * other).sum(axis=1)
    p, q = (one[..., None] * rest).sum(axis=1), (other[..., None] * rest).sum(axis=1)
    det = np.maximum(a * c - b * b, 1e-12)[:, None]
    first = (c[:, None] * p - b[:, None] * q) / det
    second = (a[:, None] * q - b[:, None] * p) / det
    return np.stack([seen[:, 0], first, second, seen[:, -1]], axis=1)


def _nearer(curve: Floats, seen: Floats, t: Floats) -> Floats:
    """Parameters moved by a step of Newton's method to where curves are nearest."""
    slope = 3.0 * np.einsum("kse,kea->ksa", bernstein(t, 3), np.diff(curve, axis=1))
    bend = 6.0 * np.einsum("kse,kea->ksa", bernstein(t, 2), np.diff(curve, n=2, axis=1))
    off = np.einsum("kse,kea->ksa", bernstein(t, 4), curve) - seen
    top = (off * slope).sum(axis=2)
    under = (slope**2).sum(axis=2) + (off * bend).sum(axis=2)
    safe = np.where(np.abs(under) > 1e-12, under, 1.0)
    moved = np.where(np.abs(under) > 1e-12, t - top / safe, t)
    return np.clip(moved, 0.0, 1.0)


@dataclass
class _Spline:
    """Pieces with common tangents, and the points that they are to pass by.

    Attributes:
        points: (N, 2)
        piece: The piece of each point. (N,)
        t: Its parameter there. (N,)
        knots: Where pieces meet. (K, 2)
        angles: Directions there; not of straight pieces, which have their own. (K,)
        handles: Lengths before and after each, in a third of the piece's chord. (K, 2)
        straight: Of each piece. (P,)
        closed: Whether the last piece ends at the first knot.
    """

    points: Floats
    piece: Ints
    t: Floats
    knots: Floats
    angles: Floats
    handles: Floats
    straight: NDArray[np.bool_]
    closed: bool

    @classmethod
    def through(
        cls, points: Floats, cuts: list[int], straight: list[bool], *, closed: bool
    ) -> "_Spline":
        """Through points at `cuts`."""
        at = np.array(cuts)
        piece = np.clip(np.searchsorted(at, np.arange(len(points)), side="right") - 1, 0, None)
        piece = np.minimum(piece, len(straight) - 1)
        t = (np.arange(len(points)) - at[piece]) / (at[piece + 1] - at[piece])
        knots = at[:-1] if closed else at
        reach = 5
        if closed:
            ring = points[:-1]
            ahead = ring[(knots + reach) % len(ring)] - ring[(knots - reach) % len(ring)]
        else:
            high = np.minimum(knots + reach, len(points) - 1)
            ahead = points[high] - points[np.maximum(knots - reach, 0)]
        angles = np.arctan2(ahead[:, 1], ahead[:, 0])
        return cls(
            points, piece, t, points[knots].copy(), angles, np.ones((len(knots), 2)),
            np.array(straight), closed,
        )  # fmt: skip

    def pieces(self) -> list[Piece]:
        """All of them."""
        curves = self._curves(self._packed())
        return [
            Piece(curve[[0, 3]]) if straight else Piece(curve)
            for curve, straight in zip(curves, self.straight, strict=True)
        ]

    def off(self) -> Floats:
        """How far each point is from its piece. (N,)"""
        off = self._placed(self._curves(self._packed())) - self.points
        return np.hypot(off[:, 0], off[:, 1])

    def settled(self) -> "_Spline":
        """Moved to where the squares of the distances are least."""
        packed = self._packed()
        self._project(packed)
        best, least = packed, self._energy(packed)
        damping = 1e-3
        for _ in range(STEPS):
            residual, jacobian = self._linear(best)
            normal = jacobian.T @ jacobian
            diagonal = np.diag(normal) + 1e-6
            step = np.linalg.solve(normal + damping * np.diag(diagonal), -jacobian.T @ residual)
            moved = best + np.clip(step, -0.5, 0.5)
            before = self.piece, self.t
            self._project(moved)
            energy = self._energy(moved)
            if energy < least:
                done = energy > 0.999 * least
                best, least, damping = moved, energy, damping / 4.0
                if done:
                    break
            else:
                (self.piece, self.t), damping = before, damping * 16.0
        self._unpack(best)
        return self

    def split(self, worst: int) -> "_Spline | None":
        """With one more knot, on the piece of a point; None if that is too short."""
        piece = int(self.piece[worst])
        mine = np.flatnonzero(self.piece == piece)
        if len(mine) < 6:
            return None
        middle = mine[len(mine) // 2] if self.straight[piece] else int(worst)
        low, high = mine[2], mine[-3]
        at = int(np.clip(middle, low, high))
        t = float(np.clip(self.t[at], 0.1, 0.9))
        curve = self.pieces()[piece]
        ahead = np.diff(curve.at(np.array([t - 1e-3, t + 1e-3])), axis=0)[0]
        after = (self.piece == piece) & (self.t >= t)
        place = np.where(
            self.piece == piece, np.where(after, (self.t - t) / (1.0 - t), self.t / t), self.t
        )
        number = self.piece + (self.piece > piece) + after
        where = piece + 1
        return _Spline(
            self.points, number, place,
            np.insert(self.knots, where, self.points[at], axis=0),
            np.insert(self.angles, where, np.arctan2(ahead[1], ahead[0])),
            np.insert(self.handles, where, [1.0, 1.0], axis=0),
            np.concatenate([self.straight[:piece], [False, False], self.straight[piece + 1 :]]),
            self.closed,
        )  # fmt: skip

    def _packed(self) -> Floats:
        """Knots, directions and handles, five numbers a knot. (5 K,)"""
        return np.concatenate([self.knots, self.angles[:, None], self.handles], axis=1).ravel()

    def _unpack(self, packed: Floats) -> None:
        rows = packed.reshape(-1, 5)
        self.knots, self.angles, self.handles = rows[:, :2], rows[:, 2], rows[:, 3:]

    def _curves(self, packed: Floats) -> Floats:
        """Control points of all pieces; straight ones are not bent. (P, 4, 2)"""
        rows = packed.reshape(-1, 5)
        knots, angles = rows[:, :2], rows[:, 2]
        count, pieces = len(rows), len(self.straight)
        one = np.arange(pieces)
        other = (one + 1) % count
        start, end = knots[one], knots[other]
        chord = end - start
        length = np.maximum(np.hypot(chord[:, 0], chord[:, 1]), 1e-9)
        own = chord / length[:, None]
        direction = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        out, into = direction.copy(), direction.copy()
        # What meets a straight piece goes on in its direction.
        out[other[self.straight]] = own[self.straight]
        into[one[self.straight]] = own[self.straight]
        handles = np.clip(rows[:, 3:], 0.02, 4.0)
        third = length / 3.0
        first = start + (third * handles[one, 1])[:, None] * out[one]
        second = end - (third * handles[other, 0])[:, None] * into[other]
        first[self.straight] = (start + chord / 3.0)[self.straight]
        second[self.straight] = (end - chord / 3.0)[self.straight]
        return np.stack([start, first, second, end], axis=1)

    def _placed(self, curves: Floats) -> Floats:
        return np.einsum("ne,nea->na", bernstein(self.t, 4), curves[self.piece])

    def _project(self, packed: Floats) -> None:
        """Each point to its nearest place, on a neighbouring piece where that is nearer."""
        curves = self._curves(packed)
        count = len(curves)
        for _ in range(2):
            mine = curves[self.piece]
            weights = bernstein(self.t, 3)
            slope = 3.0 * np.einsum("ne,nea->na", weights, np.diff(mine, axis=1))
            off = self._placed(curves) - self.points
            under = np.maximum((slope**2).sum(axis=1), 1e-12)
            t = self.t - (off * slope).sum(axis=1) / under
            before, after = t < 0.0, t > 1.0
            if not self.closed:
                before &= self.piece > 0
                after &= self.piece < count - 1
            piece = (self.piece + after.astype(int) - before) % count
            t = np.where(before, np.clip(1.0 + t, 0.5, 1.0), t)
            t = np.where(after, np.clip(t - 1.0, 0.0, 0.5), t)
            self.piece, self.t = piece, np.clip(t, 0.0, 1.0)

    def _energy(self, packed: Floats) -> float:
        off = self._placed(self._curves(packed)) - self.points
        return float((off**2).sum() + (self._pull(packed) ** 2).sum())

    @staticmethod
    def _pull(packed: Floats) -> Floats:
        """Handles are drawn to a third of the chord, weakly: where nothing else says so. (2 K,)"""
        return 2e-3 * (packed.reshape(-1, 5)[:, 3:] - 1.0).ravel()

    def _linear(self, packed: Floats) -> tuple[Floats, Floats]:
        """Distances across the curve, and their derivatives. (N + 2 K,), (N + 2 K, 5 K)

        A piece depends on its two knots, and on those beyond straight neighbours: one knot of four
        can be moved at a time, all of them together.
        """
        curves = self._curves(packed)
        slope = 3.0 * np.einsum(
            "ne,nea->na", bernstein(self.t, 3), np.diff(curves, axis=1)[self.piece]
        )
        size = np.maximum(np.hypot(slope[:, 0], slope[:, 1]), 1e-9)
        normal = np.stack([-slope[:, 1], slope[:, 0]], axis=1) / size[:, None]
        here = self._placed(curves)
        residual = ((here - self.points) * normal).sum(axis=1)
        knots, pieces = len(packed) // 5, len(curves)
        count = len(self.points)
        jacobian = np.zeros((count + 2 * knots, 5 * knots))
        colours = 4 if knots % 4 == 0 or not self.closed or knots < 8 else knots
        if self.closed:
            colours = (
                next((c for c in (4, 5, 6, 7) if knots % c == 0), knots) if knots > 7 else knots
            )
        group = np.arange(knots) % colours
        # The knot of a group that a point's piece depends on: among the two before and after.
        for one in range(colours):
            members = np.flatnonzero(group == one)
            near = self._near(members, pieces, knots)[self.piece]
            touched = np.flatnonzero(near >= 0)
            if not len(touched):
                continue
            for number in range(5):
                moved = packed.copy()
                moved[members * 5 + number] += 1e-5
                there = self._placed(self._curves(moved))
                change = ((there - here) * normal).sum(axis=1) * 1e5
                jacobian[touched, near[touched] * 5 + number] = change[touched]
        for knot in range(knots):
            for side in (0, 1):
                jacobian[count + 2 * knot + side, 5 * knot + 3 + side] = 2e-3
        if not self.closed:  # ends stay
            jacobian[:, [0, 1, 5 * knots - 5, 5 * knots - 4]] = 0.0
        return np.concatenate([residual, self._pull(packed)]), jacobian

    @staticmethod
    def _near(members: Ints, pieces: int, knots: int) -> Ints:
        """Of each piece the member among the knots from one before it to one after it, or -1."""
        near = np.full(pieces, -1)
        for shift in (-1, 2, 0, 1):
            knot = np.arange(pieces) + shift
            knot = (
                np.where((knot >= 0) & (knot < knots), knot, -1) if pieces < knots else knot % knots
            )
            hit = np.isin(knot, members)
            near[hit] = knot[hit]
        return near
