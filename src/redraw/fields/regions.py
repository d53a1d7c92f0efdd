"""Labels of a picture as an operation of a program (`redraw.fields.program`).

What `redraw.fields.labels` finds by searching among its nodes is said here by tables, so that
whoever prints the operation only looks up: which set of labels a pixel has, and where the nodes of
each label are.

Shapes: N points, C planes, H rows and W columns of pixels, S sets of labels, M labels in a set at
most, B listed pixels (the first sets), K labels, R x T nodes of a label's lattice of colours, P
potentials, Q colours.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from redraw.fields.label_cells import CELL

Values = NDArray[np.floating]
# Stands for "no label" in a set.
NONE = 255


@dataclass(frozen=True, eq=False)
class Regions:
    """The softmax of potentials, as cubic splines, mixes colours, as coarser ones; detail is added.

    The set of a listed pixel is its number; pixels of one label have sets that follow. Positions
    are held inside of the picture.

    Attributes:
        sets: Of each pixel, and of a border of one pixel: there the last. (H + 2, W + 2) int32
        labels: Of each set, filled up by `NONE`. (S, M) uint8
        first: Of each label of a set the numbers of the first potentials of the five rows around
            its pixel; those that aren't needed are zeros. (S, M, 5) int32
        rank: The numbers of colours. (K, R, T) int32
        potentials: The last five are zeros. (P + 5,)
        colours: (Q, C)
        detail: The last is zero; none at all where there is no detail. (B + 1, C)
        sharpness: On potentials.
    """

    kind: ClassVar[str] = "regions"
    sets: NDArray[np.int32]
    labels: NDArray[np.uint8]
    first: NDArray[np.int32]
    rank: NDArray[np.int32]
    potentials: Values
    colours: Values
    detail: Values
    sharpness: float

    @property
    def width(self) -> int:
        return self.colours.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of pixels."""
        return self.sets.shape[0] - 2, self.sets.shape[1] - 2

    @classmethod
    def of(
        cls,
        owner: NDArray[np.uint8],
        candidates: NDArray[np.uint8],
        places: tuple[NDArray[np.int64], NDArray[np.int64]],
        values: tuple[Values, Values, Values],
        sharpness: float,
        count: int,
        lattice: tuple[int, int],
    ) -> "Regions":
        """Tables of what a field of labels has.

        Args:
            owner: The one label of each pixel, or `NONE`. (H, W)
            candidates: Of the others, row by row, filled up by `NONE`. (B, M)
            places: Of potentials and colours, rising, as `redraw.fields.labels.Labels.nodes` says.
            values: Potentials (P,), colours (Q, C) and detail (B, C).
            sharpness: On potentials.
            count: Labels (K).
            lattice: Rows and columns of nodes of a label's colours.
        """
        height, width = owner.shape
        listed = owner == NONE
        potentials, colours, detail = values
        most = max(1, int((candidates != NONE).sum(axis=1).max(initial=0)))
        labels = np.full((len(candidates) + count, most), NONE, np.uint8)
        labels[: len(candidates)] = candidates[:, :most]
        labels[len(candidates) :, 0] = np.arange(count)
        sets = np.full((height + 2, width + 2), len(labels) - 1, np.int32)
        inner = sets[1:-1, 1:-1]
        inner[~listed] = len(candidates) + owner[~listed].astype(np.int32)
        inner[listed] = np.arange(len(candidates))
        first = np.full((*labels.shape, 5), len(potentials), np.int32)
        row, column = np.nonzero(listed)
        several = candidates[:, 1] != NONE  # one alone is certain
        used = (candidates[:, :most] != NONE) & several[:, None]
        at, m = np.nonzero(used)
        for b in range(5):
            line = candidates[at, m].astype(np.int64) * (height + 4) + row[at] + b
            first[at, m, b] = np.searchsorted(places[0], line * (width + 4) + column[at])
        rank = np.zeros(count * lattice[0] * lattice[1], np.int32)
        rank[places[1]] = np.arange(len(colours))
        none = np.zeros((1, colours.shape[1]), detail.dtype)
        return cls(
            sets, labels, first, rank.reshape(count, *lattice),
            np.concatenate([potentials, np.zeros(5, potentials.dtype)]), colours,
            np.concatenate([detail, none]) if detail.any() else none[:0], sharpness,
        )  # fmt: skip

    def run(self, *values: Values) -> Values:
        """(N, 2) -> (N, C), in the precision of what comes in."""
        (xy,) = values
        height, width = self.size
        x, column = _pixel(xy[:, 0], width)
        y, row = _pixel(xy[:, 1], height)
        at = self.sets[row + 1, column + 1]
        labels = self.labels[at]
        shares = _softmax(self._potentials(at, labels, x - column, y - row), self.sharpness)
        total = np.zeros((len(xy), self.width), xy.dtype)
        high, wide = (2 * row + 1 + CELL) // (2 * CELL), (2 * column + 1 + CELL) // (2 * CELL)
        down, across = four(y / CELL + 0.5 - high), four(x / CELL + 0.5 - wide)
        known = np.where(labels == NONE, 0, labels)
        for b in range(4):
            for a in range(4):
                place = self.rank[known, (high + b)[:, None], (wide + a)[:, None]]
                reached = np.einsum("nm,nmc->nc", shares, self.colours[place].astype(xy.dtype))
                total += (down[b] * across[a])[:, None] * reached
        return total + self._detail(x, y) if len(self.detail) else total

    def _potentials(self, at: NDArray, labels: NDArray, x: Values, y: Values) -> Values:
        """Of the labels of sets, minus infinity for none, inside of a pixel. (N, M)"""
        right, below = (x >= 0.5).astype(np.int64), (y >= 0.5).astype(np.int64)
        across, down = four(x + 0.5 - right), four(y + 0.5 - below)
        total = np.zeros(labels.shape, x.dtype)
        for b in range(4):
            start = self.first[at, :, :][np.arange(len(at)), :, below + b] + right[:, None]
            for a in range(4):
                node = self.potentials[start + a].astype(x.dtype)
                total += (down[b] * across[a])[:, None] * node
        return np.where(labels == NONE, -np.inf, total).astype(x.dtype)

    def _detail(self, x: Values, y: Values) -> Values:
        """Interpolated between the centres of listed pixels. (N, C)"""
        column, row = np.floor(x - 0.5), np.floor(y - 0.5)
        right, below = x - 0.5 - column, y - 0.5 - row
        total = np.zeros((len(x), self.width), x.dtype)
        for b in range(2):
            for a in range(2):
                at = self.sets[row.astype(np.int64) + 1 + b, column.astype(np.int64) + 1 + a]
                share = (below if b else 1 - below) * (right if a else 1 - right)
                found = self.detail[np.minimum(at, len(self.detail) - 1)].astype(x.dtype)
                total += share[:, None] * found
        return total


def _pixel(position: Values, side: int) -> tuple[Values, NDArray[np.int64]]:
    """From [-1, 1] to pixels, held inside of the picture; and in which pixel that lies. (N,)"""
    half = position.dtype.type(0.5 * side)
    place = np.clip(np.nan_to_num((position + 1) * half), 0, side).astype(position.dtype)
    return place, np.minimum(place.astype(np.int64), side - 1)


def four(t: Values) -> list[Values]:
    """Of the cubic B-splines that reach a place, which lies t after the second. (N,) four times"""
    left = 1 - t
    return [
        left**3 / 6,
        (4 - 6 * t * t + 3 * t**3) / 6,
        (4 - 6 * left * left + 3 * left**3) / 6,
        t**3 / 6,
    ]


def _softmax(potentials: Values, sharpness: float) -> Values:
    powers = np.exp(potentials.dtype.type(sharpness) * (potentials - potentials.max(1)[:, None]))
    return powers / powers.sum(axis=1, keepdims=True)
