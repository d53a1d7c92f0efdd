"""What curves are made of: straight lines, cubic Bezier curves, and arcs of circles and ellipses.

Lengths are in pixels, y goes down. Parameters go from 0 at a piece's start to 1 at its end.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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
        """Positions at parameters. (N,) -> (N, 2)"""
        return bernstein(t, len(self.points)) @ self.points

    def part(self, start: float, end: float) -> "Piece":
        """What lies between two parameters, exactly (de Casteljau)."""
        if self.straight:
            return Piece(self.at(np.array([start, end])))
        a, b, c, d = _cut(self.points, end)[0]
        inner = np.array([a, b, c, d])
        return Piece(_cut(inner, start / end)[1] if start > 0.0 else inner)

    def curves(self) -> "list[Piece]":
        """Itself: what has no arcs draws these."""
        return [self]


@dataclass(frozen=True)
class Arc:
    """A part of a circle or an ellipse, of half a turn at most.

    Attributes:
        centre: (2,)
        radii: Along its own two axes.
        turn: From x to the first axis, in radians.
        start: Where it begins on the circle that becomes the ellipse, in radians.
        sweep: How far it goes, positive from x to y.
    """

    centre: Floats
    radii: tuple[float, float]
    turn: float
    start: float
    sweep: float

    straight = False

    @property
    def points(self) -> Floats:
        """Its start and end. (2, 2)"""
        return self.at(np.array([0.0, 1.0]))

    def reversed(self) -> "Arc":
        """The same from its end to its start."""
        return Arc(self.centre, self.radii, self.turn, self.start + self.sweep, -self.sweep)

    def at(self, t: Floats) -> Floats:
        """Positions at parameters. (N,) -> (N, 2)"""
        angle = self.start + self.sweep * np.asarray(t, np.float64)
        unit = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        return self.centre + unit @ self.axes

    @property
    def axes(self) -> Floats:
        """What the two directions of a circle of radius 1 become. (2, 2)"""
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        return np.array(self.radii)[:, None] * np.array([[cosine, sine], [-sine, cosine]])

    def part(self, start: float, end: float) -> "Arc":
        """What lies between two parameters."""
        began = self.start + start * self.sweep
        return Arc(self.centre, self.radii, self.turn, began, (end - start) * self.sweep)

    def curves(self) -> list[Piece]:
        """As cubic curves, each of a quarter of a turn at most."""
        count = max(1, int(np.ceil(abs(self.sweep) / (np.pi / 2.0) - 1e-9)))
        step = self.sweep / count
        handle = 4.0 / 3.0 * np.tan(step / 4.0)
        angles = self.start + step * np.arange(count + 1)
        unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        ahead = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * handle
        pieces = []
        for k in range(count):
            corners = unit[k], unit[k] + ahead[k], unit[k + 1] - ahead[k + 1], unit[k + 1]
            pieces.append(Piece(self.centre + np.array(corners) @ self.axes))
        return pieces


Part = Piece | Arc


def around(
    centre: Floats, radii: tuple[float, float], turn: float, *, clockwise: bool
) -> list[Arc]:
    """A whole ellipse as two arcs, clockwise as seen with y down, or the other way round."""
    half = np.pi if clockwise else -np.pi
    return [Arc(centre, radii, turn, start, half) for start in (0.0, half)]


def straightened(loop: tuple[Part, ...]) -> tuple[Part, ...]:
    """A closed row of pieces, straight ones that go on in the same direction joined to one."""
    found: list[Part] = []
    for piece in loop:
        if found and _on(found[-1], piece):
            found[-1] = Piece(np.array([found[-1].points[0], piece.points[-1]]))
        else:
            found.append(piece)
    if len(found) > 2 and _on(found[-1], found[0]):
        first = Piece(np.array([found[-1].points[0], found[0].points[-1]]))
        found = [first, *found[1:-1]]
    return tuple(found)


def _on(one: Part, other: Part) -> bool:
    """Whether two straight pieces are one."""
    if not (one.straight and other.straight):
        return False
    before, after = np.diff(one.points, axis=0)[0], np.diff(other.points, axis=0)[0]
    cross = before[0] * after[1] - before[1] * after[0]
    sizes = float(np.hypot(*before) * np.hypot(*after))
    return bool(abs(cross) <= 2e-3 * sizes and before @ after > 0.0)


def bernstein(t: Floats, count: int) -> Floats:
    """Bernstein polynomials of degree `count` - 1. (...) -> (..., count)"""
    t = np.asarray(t, np.float64)
    u = 1.0 - t
    if count == 2:
        return np.stack([u, t], axis=-1)
    if count == 3:
        return np.stack([u * u, 2.0 * u * t, t * t], axis=-1)
    return np.stack([u**3, 3.0 * u * u * t, 3.0 * u * t * t, t**3], axis=-1)


def _cut(points: Floats, t: float) -> tuple[Floats, Floats]:
    """A cubic in two at a parameter. (4, 2) -> (4, 2), (4, 2)"""
    rows, first, last = points, [points[0]], [points[-1]]
    while len(rows) > 1:
        rows = (1.0 - t) * rows[:-1] + t * rows[1:]
        first.append(rows[0])
        last.append(rows[-1])
    return np.array(first), np.array(last[::-1])
