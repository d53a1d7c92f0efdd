"""Where regions of different labels meet: lines between them, and the nodes where lines meet.

Labels are asked for on a lattice. Two neighbours on it that differ have a crossing between them,
which is found by halving; a cell of the lattice joins the crossings on its sides, two of them to a
piece of a line, three or four to a node. So each line is there once, whichever regions it parts,
and what is made of it later fits both of its sides.

The outside of the picture is a label of its own, `OUTSIDE`. Lengths are in pixels, x to the right
and y down.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Labels at positions: (N,), (N,) -> (N,) integers from 0
Labelled = Callable[[Floats, Floats], Ints]

OUTSIDE = -1
# Halvings of a lattice's spacing: a crossing is known to a four-thousandth of it.
HALVINGS = 12
# Positions of the lattice that are asked for at once.
ASKED = 1 << 18
# The sides of a cell, in turn, and the corners at their ends: top, right, bottom, left.
TOP, RIGHT, BOTTOM, LEFT = range(4)


@dataclass(frozen=True)
class Line:
    """What parts two regions.

    Attributes:
        points: From its start to its end, the same point for a closed one. (N, 2)
        left: The label on its left (seen with y down, looking along it).
        right: The label on its right.
        start: The node where it begins, or -1 if it is closed.
        end: The node where it ends, or -1.
    """

    points: Floats
    left: int
    right: int
    start: int
    end: int

    @property
    def closed(self) -> bool:
        """Whether it comes back to where it begins, meeting no other line."""
        return self.start < 0


@dataclass(frozen=True)
class Map:
    """Lines and nodes of a whole picture.

    Attributes:
        width: Of the picture.
        height: Of the picture.
        lines: All of them.
        nodes: Where lines meet. (M, 2)
    """

    width: int
    height: int
    lines: list[Line]
    nodes: Floats


def planar_map(labelled: Labelled, width: int, height: int, per_pixel: int = 4) -> Map:
    """The lines between regions of different labels.

    Args:
        labelled: Says the labels of positions.
        width: Of the picture, in pixels.
        height: Of the picture.
        per_pixel: Samples per pixel and axis: what is narrower may be missed.

    Source: marching squares of several labels (the surface nets of Gibson 1998, in the plane).
    """
    x = np.linspace(0.0, width, width * per_pixel + 1)
    y = np.linspace(0.0, height, height * per_pixel + 1)
    grid = np.full((len(y) + 2, len(x) + 2), OUTSIDE, np.int64)
    rows = max(1, ASKED // len(x))
    for first in range(0, len(y), rows):
        some = y[first : first + rows]
        asked = labelled(np.tile(x, len(some)), np.repeat(some, len(x)))
        grid[first + 1 : first + 1 + len(some), 1:-1] = asked.reshape(len(some), len(x))
    # The lattice with a ring of outside around it, whose nodes lie on the picture's border.
    across, down = np.pad(x, 1, mode="edge"), np.pad(y, 1, mode="edge")
    crossings = _Crossings(grid, across, down, labelled)
    return _Tracer(grid, across, down, crossings, labelled).map(width, height)


class _Crossings:
    """Where two neighbours on the lattice differ.

    Attributes:
        points: (N, 2)
        first: The label above or to the left of each. (N,)
        second: The label below or to the right. (N,)
        across: Whether its neighbours lie in a row. (N,)
        in_rows: Numbers of those between neighbours in a row, -1 for none. (H, W - 1)
        in_columns: Numbers of those between neighbours in a column. (H - 1, W)
    """

    def __init__(self, grid: Ints, x: Floats, y: Floats, labelled: Labelled) -> None:
        row, column = np.nonzero(grid[:, :-1] != grid[:, 1:])
        self.in_rows = np.full((grid.shape[0], grid.shape[1] - 1), -1)
        self.in_rows[row, column] = np.arange(len(row))
        above, beside = np.nonzero(grid[:-1] != grid[1:])
        self.in_columns = np.full((grid.shape[0] - 1, grid.shape[1]), -1)
        self.in_columns[above, beside] = len(row) + np.arange(len(above))
        self.first = np.concatenate([grid[row, column], grid[above, beside]])
        self.second = np.concatenate([grid[row, column + 1], grid[above + 1, beside]])
        self.across = np.arange(len(self.first)) < len(row)
        start = np.stack(
            [np.concatenate([x[column], x[beside]]), np.concatenate([y[row], y[above]])], axis=1
        )
        end = np.stack(
            [np.concatenate([x[column + 1], x[beside]]), np.concatenate([y[row], y[above + 1]])],
            axis=1,
        )
        inside = (self.first != OUTSIDE) & (self.second != OUTSIDE)
        self.points = np.where((self.first == OUTSIDE)[:, None], end, start)
        self.points[inside] = _halved(labelled, start[inside], end[inside], self.first[inside])


def _halved(labelled: Labelled, start: Floats, end: Floats, first: Ints) -> Floats:
    """Where labels change between positions, the first of which have the label `first`."""
    start, end = start.copy(), end.copy()
    for _ in range(HALVINGS):
        middle = (start + end) / 2.0
        same = labelled(middle[:, 0], middle[:, 1]) == first
        start[same] = middle[same]
        end[~same] = middle[~same]
    return (start + end) / 2.0


class _Tracer:
    """Joins crossings to lines."""

    def __init__(
        self, grid: Ints, x: Floats, y: Floats, crossings: _Crossings, labelled: Labelled
    ) -> None:
        self.crossings = crossings
        self.nodes: list[tuple[float, float]] = []
        self.arms: list[list[int]] = []
        count = len(crossings.points)
        # Each crossing lies between two cells; each of these leads on to another crossing (from 0
        # on), or to a node (-2 - its number).
        self.links: list[list[int]] = [[] for _ in range(count)]
        sides = np.stack(
            [
                crossings.in_rows[:-1],
                crossings.in_columns[:, 1:],
                crossings.in_rows[1:],
                crossings.in_columns[:, :-1],
            ],
            axis=2,
        )
        met = (sides >= 0).sum(axis=2)
        for row, column in np.argwhere(met == 2):
            one, other = (int(side) for side in sides[row, column] if side >= 0)
            self._join(one, other)
        for row, column in np.argwhere(met > 2):
            found = [int(side) for side in sides[row, column]]
            middle = (float(x[column] + x[column + 1]) / 2, float(y[row] + y[row + 1]) / 2)
            self._meet(found, grid[row : row + 2, column : column + 2], middle, labelled)

    def _join(self, one: int, other: int) -> None:
        self.links[one].append(other)
        self.links[other].append(one)

    def _meet(
        self, sides: list[int], corners: Ints, middle: tuple[float, float], labelled: Labelled
    ) -> None:
        """Three or four crossings around a cell: a node, or two lines that pass by each other."""
        a, b, d, c = (int(label) for label in corners.ravel())  # in turn: a, b, c, d
        if min(sides) >= 0 and (a == c or b == d):
            here = int(labelled(np.array([middle[0]]), np.array([middle[1]]))[0])
            if a == c and (here == a or (b == d and here != b)):
                self._join(sides[TOP], sides[RIGHT])
                self._join(sides[BOTTOM], sides[LEFT])
                return
            if b == d and here == b:
                self._join(sides[LEFT], sides[TOP])
                self._join(sides[RIGHT], sides[BOTTOM])
                return
        arms = [side for side in sides if side >= 0]
        points = self.crossings.points
        inner = [
            side
            for side in arms
            if OUTSIDE not in (self.crossings.first[side], self.crossings.second[side])
        ]
        if OUTSIDE in (a, b, c, d) and inner:
            place = points[inner[0]]  # on the border itself
        else:
            place = points[arms].mean(axis=0)
        node = len(self.nodes)
        self.nodes.append((float(place[0]), float(place[1])))
        self.arms.append(arms)
        for side in arms:
            self.links[side].append(-2 - node)

    def map(self, width: int, height: int) -> Map:
        """All lines: first those between nodes, then those that are closed."""
        lines: list[Line] = []
        seen = [False] * len(self.links)
        for node, arms in enumerate(self.arms):
            for arm in arms:
                if not seen[arm]:
                    lines.append(self._followed(arm, -2 - node, seen))
        for crossing in range(len(self.links)):
            if not seen[crossing] and self.links[crossing]:
                lines.append(self._followed(crossing, self.links[crossing][0], seen))
        return Map(width, height, lines, np.array(self.nodes).reshape(-1, 2))

    def _followed(self, crossing: int, came_from: int, seen: list[bool]) -> Line:
        """The line through a crossing, away from where it came from."""
        passed: list[int] = []
        before, here = came_from, crossing
        while True:
            seen[here] = True
            passed.append(here)
            one, other = self.links[here]
            before, here = here, other if one == before else one
            if here <= -2 or here == crossing:
                break
        points = self.crossings.points[passed]
        if here >= 0:
            whole = np.vstack([points[-1:], points, points[:1]])
            left, right = self._sides(np.array(passed), whole)
            return Line(_distinct(whole[1:]), left, right, -1, -1)
        start, end = -2 - came_from, -2 - here
        whole = np.vstack([[self.nodes[start]], points, [self.nodes[end]]])
        left, right = self._sides(np.array(passed), whole)
        return Line(_distinct(whole), left, right, start, end)

    def _sides(self, passed: Ints, whole: Floats) -> tuple[int, int]:
        """Labels to the left and right of a line, as most of its crossings say.

        Args:
            passed: Its crossings. (N,)
            whole: The points of these, one before them and one after. (N + 2, 2)
        """
        found = self.crossings
        ahead = whole[2:] - whole[:-2]
        # From the first label to the second it goes right (in a row) or down (in a column). Going
        # down, what lies to the right in the picture is to the left of the way.
        turn = np.where(found.across[passed], ahead[:, 1], -ahead[:, 0])
        left = np.where(turn > 0, found.second[passed], found.first[passed])[turn != 0]
        one, other = int(found.first[passed[0]]), int(found.second[passed[0]])
        return (one, other) if 2 * (left == one).sum() >= len(left) else (other, one)


def _distinct(points: Floats) -> Floats:
    """Without points that follow one at the same place."""
    keep = np.ones(len(points), bool)
    keep[1:] = np.abs(np.diff(points, axis=0)).max(axis=1) > 1e-9
    if keep.sum() < 2:
        keep[[0, -1]] = True
    return points[keep]
