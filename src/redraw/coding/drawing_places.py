"""Where the numbers of a coded drawing are, which follows from the labels of its pixels.

Shapes: H rows, W columns, K labels, B listed pixels, M candidates at most, P potentials, Q colours.
"""

import functools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.kernels import drawing_places, drawing_potentials, drawing_seeds, label_tables
from redraw.kernels.label_tables import NONE

# Of a cell of the lattice of colours, in pixels, and candidates at one place: as fields have them.
CELL, MOST_CANDIDATES = 4, 5
# So many labels' masks have 16 bits.
FEW = 16


@dataclass(frozen=True)
class Places:
    """Where the numbers of a drawing are, which follows from the labels of its pixels.

    Attributes:
        seeds: The label of each pixel. (H, W) uint8
        faint: Pixels of one candidate that are listed. (H, W) bool
        owner: (H, W) uint8
        candidates: (B, M) uint8
        masks: Labels that have a potential at each place. (H + 4, W + 4) uint16 or uint64
        starts: Where those of each place begin: see `redraw.kernels.drawing_places`.
        rank: (K, R, S) int32
        potentials: P.
        colours: Q.
    """

    seeds: NDArray[np.uint8]
    faint: NDArray[np.bool_]
    owner: NDArray[np.uint8]
    candidates: NDArray[np.uint8]
    masks: NDArray[np.uint16] | NDArray[np.uint64]
    starts: tuple[NDArray[np.int64], NDArray[np.uint16]]
    rank: NDArray[np.int32]
    potentials: int
    colours: int

    @classmethod
    def of(
        cls,
        seeds: NDArray[np.uint8],
        labels: int,
        faint: NDArray[np.bool_] | None = None,
        *,
        squares: bool = False,
    ) -> "Places":
        """Made from the labels of pixels.

        Args:
            seeds: The label of each pixel. (H, W)
            labels: K.
            faint: Which single ones are listed; None for none. (H, W)
            squares: Whether pixels stay squares: then none has several candidates.
        """
        faint = np.zeros(seeds.shape, bool) if faint is None else faint
        most = 1 if squares else MOST_CANDIDATES
        owner, candidates = _candidates(seeds, faint, most)
        masks, starts, potentials = places_of(owner, candidates, labels)
        rank = np.empty((labels, *(_nodes(side) for side in seeds.shape)), np.int32)
        colours = int(label_tables.colour_table(owner, candidates, CELL, rank))
        return cls(seeds, faint, owner, candidates, masks, starts, rank, potentials, colours)

    def listing(self, faint: NDArray[np.bool_], *, squares: bool = False) -> "Places":
        """The same, and which single ones are listed: no potential and no colour depends on it.

        Args:
            faint: (H, W)
            squares: As of `of`.
        """
        owner, candidates = _candidates(self.seeds, faint, 1 if squares else MOST_CANDIDATES)
        return replace(self, faint=faint, owner=owner, candidates=candidates)

    @functools.cached_property
    def listed(self) -> NDArray[np.int32]:
        """Row and column of each listed pixel. (B, 2)"""
        return label_tables.listed_pixels(self.owner, len(self.candidates))

    def slots(self) -> NDArray[np.int32]:
        """The number of each listed pixel, -1 for the others: made anew, as it is large. (H, W)"""
        result = np.full(self.owner.shape, -1, np.int32)
        result[self.listed[:, 0], self.listed[:, 1]] = np.arange(len(self.listed))
        return result

    @functools.cached_property
    def several(self) -> NDArray[np.bool_]:
        """Which pixels have several candidates. (H, W)"""
        result = np.zeros(self.owner.shape, bool)
        rows = self.listed[self.candidates[:, 1] != NONE]
        result[rows[:, 0], rows[:, 1]] = True
        return result

    def misses(self) -> NDArray[np.int16]:
        """What guesses of potentials miss by, before any is made: as `code_pass` takes it."""
        height, width = self.masks.shape
        beyond = 2 * drawing_potentials.BEYOND
        return np.zeros((height + beyond, width + beyond), np.int16)

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Of potentials label by label, which each is place by place. (P,)"""
        result = np.empty(self.potentials, np.int64)
        drawing_places.label_order(self.masks, self.starts, len(self.rank), result)
        return result


def places_of(
    owner: NDArray[np.uint8], candidates: NDArray[np.uint8], labels: int
) -> tuple[NDArray, tuple[NDArray[np.int64], NDArray[np.uint16]], int]:
    """Masks, starts and the number of potentials, as of `Places`.

    Args:
        owner: (H, W)
        candidates: (B, M)
        labels: K.
    """
    high, wide = owner.shape[0] + 4, owner.shape[1] + 4
    masks = np.empty((high, wide), np.uint16 if labels <= FEW else np.uint64)
    potentials = int(drawing_places.place_masks(owner, candidates, masks))
    starts = (
        np.empty((high, -(-wide // drawing_places.RUN)), np.int64),
        np.empty((high, wide), np.uint16),
    )
    drawing_places.place_starts(masks, starts)
    return masks, starts, potentials


def _candidates(
    seeds: NDArray[np.uint8], faint: NDArray[np.bool_], most: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Owners and candidates, as of `Places`, `most` candidates at most."""
    count = drawing_seeds.count_listed(seeds, faint, most)
    owner = np.empty(seeds.shape, np.uint8)
    candidates = np.empty((int(count), MOST_CANDIDATES), np.uint8)
    drawing_seeds.candidates_of(seeds, faint, most, owner, candidates)
    return owner, candidates


def _nodes(side: int) -> int:
    """Of the lattice of colours along a side of so many pixels."""
    return (2 * side - 1 + CELL) // (2 * CELL) + 4
