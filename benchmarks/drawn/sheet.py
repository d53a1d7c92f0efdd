"""A page of 200 x 200 units to draw on in ink, and what all the drawings need."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from examples.draw_cub import GRID, PAGE, Page, Points
from numpy.typing import NDArray

PIECE = 4.0  # units; long lines are inked in pieces, whose boxes are small


class Sheet(Page):
    """White paper and a pen, in the units of the page itself: x right, y down, 0 to 200."""

    def __init__(self, cells: int = GRID) -> None:
        super().__init__(cells)

    def _cells(self, points: Points) -> Points:
        return points * self._scale

    def line(self, *points: tuple[float, float], width: float) -> None:
        """A straight line through `points`, with round ends."""
        self.stroke(pieces(np.array(points, np.float64)), width)

    def lines(self, lines: Iterable[Points], width: float) -> None:
        """Several lines of one width."""
        for each in lines:
            self.stroke(pieces(each), width)

    def box(self, x: float, y: float, across: float, down: float, width: float) -> None:
        """The outline of a rectangle, paper inside."""
        corners = rectangle(x, y, across, down)
        self.fill(corners)
        self.stroke(pieces(corners), width)


def averaged(ink: NDArray[np.bool_], size: int) -> NDArray[np.float32]:
    """The page at `size` x `size` pixels: each the share of paper in its square.

    Args:
        ink: (n, n), n a multiple of `size`.
        size: Pixels a side.
    """
    across = len(ink) // size
    shares = ink.reshape(size, across, size, across).mean(axis=(1, 3), dtype=np.float64)
    return (1 - shares).astype(np.float32)


def cells_for(size: int) -> int:
    """Cells a side for a page at `size` pixels: the same grid for 100, 200, 400 and 800."""
    return size * max(4, -(-GRID // size))


def pieces(points: Points, longest: float = PIECE) -> Points:
    """The same line with a point at least every `longest` units."""
    parts = [points[:1]]
    for a, b in pairwise(points):
        count = max(1, int(np.ceil(np.hypot(*(b - a)) / longest)))
        parts.append(a + (b - a) * (np.arange(1, count + 1) / count)[:, None])
    return np.concatenate(parts)


def rectangle(x: float, y: float, across: float, down: float) -> Points:
    """A closed rectangle from its top left corner."""
    return np.array(
        [(x, y), (x + across, y), (x + across, y + down), (x, y + down), (x, y)], np.float64
    )


def arc(x: float, y: float, radius: float, start: float, end: float) -> Points:
    """Part of a circle, from `start` to `end` degrees; 0 is right, 90 down."""
    angles = np.radians(np.linspace(start, end, max(2, int(abs(end - start) / 4) + 1)))
    return np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1)


def hatched(
    where: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]],
    degrees: float,
    spacing: float,
    shift: float = 0.0,
) -> list[Points]:
    """Parallel lines wherever `where` holds.

    Args:
        where: Tells of points (x, y) whether a line runs through them.
        degrees: Direction of the lines; 0 is right, 90 down.
        spacing: Units from line to line.
        shift: Moves all lines across, in units.
    """
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    across = np.array([-along[1], along[0]])
    centre = np.full(2, PAGE / 2)
    reach = PAGE * 0.75
    t = np.arange(-reach, reach, 0.125)
    found = []
    for offset in np.arange(-reach + shift % spacing, reach, spacing):
        line = centre + offset * across + t[:, None] * along
        down = np.flatnonzero(where(line[:, 0], line[:, 1]))
        for run in np.split(down, np.flatnonzero(np.diff(down) > 1) + 1):
            if len(run) > 8:  # shorter than a unit is no line
                found.append(line[[run[0], run[-1]]])
    return found
