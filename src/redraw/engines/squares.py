"""Drawing large pictures whose squares have fields of their own.

At its own size and smaller the picture is drawn from its coefficients. Larger, each square's
field draws it, and where a square has none the surface through the pixels does. Each field knows
some pixels around its square too; within a few of these it fades into its neighbours, so that no
border shows.

Shapes: h rows, w columns, C channels.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer

# Pixels to each side of a border within which one field fades into the next, of those that its
# field knows: what lies further out it knows too little of.
FADED = 0.25


@dataclass(frozen=True)
class Grid:
    """Where squares are.

    Attributes:
        size: Width and height of the picture in pixels.
        side: Of a square; those at the right and below are what is left.
        margin: Pixels around a square that its field knows too.
    """

    size: tuple[int, int]
    side: int
    margin: int

    @property
    def counts(self) -> tuple[int, int]:
        """Rows and columns of squares."""
        return -(-self.size[1] // self.side), -(-self.size[0] // self.side)

    def window(self, row: int, column: int) -> tuple[int, int, int, int]:
        """The pixels that a square's field knows: top, bottom, left, right."""
        top, bottom = self.known(row, self.size[1])
        return top, bottom, *self.known(column, self.size[0])

    def known(self, place: int, length: int) -> tuple[int, int]:
        """Those along one axis of so many pixels: the first, and the one after the last."""
        first, last = place * self.side, (place + 1) * self.side
        return max(first - self.margin, 0), min(last + self.margin, length)

    def weights(self, place: int, count: int, at: NDArray[np.float64]) -> NDArray[np.float32]:
        """How much a square's field counts at positions in pixels along one axis; all sum to 1.

        Args:
            place: Of the square, along that axis.
            count: How many squares there are.
            at: (n,)
        """
        reach = max(self.margin * FADED, 0.5)

        def before(border: int) -> NDArray[np.float64]:
            return np.clip((at - border * self.side) / (2.0 * reach) + 0.5, 0.0, 1.0)

        begun = before(place) if place else np.ones(len(at))
        ended = before(place + 1) if place + 1 < count else np.zeros(len(at))
        return (begun - ended).astype(np.float32)


class SquaresDrawer(ExactDrawer):
    """Draws a large picture by the fields of its squares.

    Args:
        base: Draws it without them.
        grid: Where the squares are.
        field: What draws a square, given its row and column, or None; asked when it is in sight.
        channels: C.
    """

    thinned = True

    def __init__(
        self,
        base: ExactDrawer,
        grid: Grid,
        field: Callable[[int, int], ExactDrawer | None],
        channels: int,
    ) -> None:
        self.base, self.grid, self._field, self._channels = base, grid, field, channels
        self.piece = base.piece

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        width, height = self.grid.size
        across = float((x[:, 1] - x[:, 0]).min()) * width / 2
        down = float((y[:, 1] - y[:, 0]).min()) * height / 2
        if min(across, down) > 1.0 - 1e-9:
            return self.base.means(x, y)
        down_, across_ = self.grid.counts
        out = np.zeros((len(y), len(x), self._channels), np.float32)
        for row, rows, above in self._in_sight(y, height, down_):
            for column, columns, beside in self._in_sight(x, width, across_):
                found = self._drawn(row, column, x[columns], y[rows])
                out[rows, columns] += above[:, None, None] * beside[None, :, None] * found
        return out

    def _in_sight(
        self, edges: NDArray[np.float64], length: int, count: int
    ) -> Iterator[tuple[int, slice, NDArray[np.float32]]]:
        """Squares along one axis that count somewhere: the place, which cells, how much."""
        at = (edges.mean(axis=1) + 1.0) * (0.5 * length)
        reach = max(self.grid.margin * FADED, 0.5)
        first = int(max((at.min() - reach) // self.grid.side, 0))
        last = int(min((at.max() + reach) // self.grid.side, count - 1))
        for place in range(first, last + 1):
            weights = self.grid.weights(place, count, at)
            some = np.flatnonzero(weights)
            if len(some):
                cells = slice(int(some[0]), int(some[-1]) + 1)
                yield place, cells, weights[cells]

    def _drawn(
        self, row: int, column: int, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """What a square's field says of cells, or the picture without it. (h, w, C)"""
        field = self._field(row, column)
        if field is None:
            return self.base.means(x, y)
        top, bottom, left, right = self.grid.window(row, column)
        width, height = self.grid.size
        return field.means(_within(x, width, left, right), _within(y, height, top, bottom))

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        width, height = self.grid.size
        down, across = self.grid.counts
        place = (xy.astype(np.float64) + 1.0) * [0.5 * width, 0.5 * height]
        place = np.clip(place, 0.0, [width, height])
        out = np.zeros((len(xy), self._channels), np.float32)
        square = np.minimum((place // self.grid.side).astype(np.int64), [across - 1, down - 1])
        wanted = {
            (row + b, column + a)
            for column, row in np.unique(square, axis=0).tolist()
            for b in (-1, 0, 1)
            for a in (-1, 0, 1)
        }
        for row, column in sorted(wanted):
            if not (0 <= row < down and 0 <= column < across):
                continue
            weight = self.grid.weights(row, down, place[:, 1])
            weight = weight * self.grid.weights(column, across, place[:, 0])
            some = np.flatnonzero(weight)
            if not len(some):
                continue
            field = self._field(row, column)
            if field is None:
                found = self.base.values(xy[some])
            else:
                top, bottom, left, right = self.grid.window(row, column)
                inside = (place[some] - [left, top]) * [2.0 / (right - left), 2.0 / (bottom - top)]
                found = field.values((inside - 1.0).astype(np.float32))
            out[some] += weight[some, None] * found
        return out


def _within(edges: NDArray[np.float64], length: int, first: int, last: int) -> NDArray[np.float64]:
    """Edges of cells as a part of the picture has them, whose own edges are at -1 and 1. (n, 2)"""
    place = (edges + 1.0) * (0.5 * length)
    return (place - first) * (2.0 / (last - first)) - 1.0
