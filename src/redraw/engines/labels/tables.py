"""Where the numbers of a field of labels lie, as arrays for kernels.

Shapes: H rows, W columns, K labels, B listed pixels, M candidates at most, P potentials, Q colours,
R x S nodes of the lattice of colours, L pixels of a block.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.fields.label_cells import CELL
from redraw.fields.labels_config import LabelsConfig
from redraw.kernels import label_tables, labels
from redraw.kernels.labels import AROUND, BLOCK

# Shards are bands of at least so many rows, and not many more than so many.
LEAST_ROWS, SHARDS = 8, 32


@dataclass(frozen=True)
class Tables:
    """Of all nodes; see `redraw.kernels.label_tables`.

    Attributes:
        owner: (H, W) uint8
        candidates: (B, M) uint8
        starts: Where the candidates of each pixel begin in `first`. (B + 1,) int32
        first: Numbers of the first nodes of the rows of each candidate of a pixel that has several.
            (N, 5) int32
        links: Nodes above and below each potential; empty if they weren't asked for. (P, 2) int32
        beside: Whether there are nodes on its left and right; empty likewise. (P,) uint8
        rank: Numbers of colours. (K, R, S) int32
    """

    owner: NDArray[np.uint8]
    candidates: NDArray[np.uint8]
    starts: NDArray[np.int32]
    first: NDArray[np.int32]
    links: NDArray[np.int32]
    beside: NDArray[np.uint8]
    rank: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        owner: NDArray[np.uint8],
        candidates: NDArray[np.uint8],
        count: int,
        *,
        linked: bool = False,
    ) -> "Tables":
        """Made from candidates.

        Args:
            owner: (H, W)
            candidates: (B, M)
            count: Labels.
            linked: Whether neighbours of potentials are asked for.
        """
        starts = np.empty(len(candidates) + 1, np.int32)
        label_tables.starts_of(candidates, starts)
        first = np.empty((starts[-1], AROUND), np.int32)
        number = label_tables.count_potentials(owner, candidates, count) if linked else 0
        links, beside = np.empty((number, 2), np.int32), np.empty(number, np.uint8)
        rows, columns = np.empty((count, len(owner) + 5), np.int32), np.empty(0, np.int32)
        label_tables.potential_tables(
            owner, candidates, count, starts, first, links, beside, rows, columns
        )
        rank, _ = colour_ranks(owner, candidates, count)
        return cls(owner, candidates, starts, first, links, beside, rank)


def potential_places(
    owner: NDArray[np.uint8], candidates: NDArray[np.uint8], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The first potential of each row of each label, and their end; and the columns of all.

    (K, H + 5), (P,)

    Args:
        owner: (H, W)
        candidates: (B, M)
        count: Labels.
    """
    rows = np.empty((count, len(owner) + 5), np.int32)
    columns = np.empty(label_tables.count_potentials(owner, candidates, count), np.int32)
    none = np.empty((0, 2), np.int32)
    label_tables.potential_tables(
        owner, candidates, count, none[:, 0], np.empty((0, AROUND), np.int32), none,
        np.empty(0, np.uint8), rows, columns,
    )  # fmt: skip
    return rows, columns


def colour_ranks(
    owner: NDArray[np.uint8], candidates: NDArray[np.uint8], count: int
) -> tuple[NDArray[np.int32], int]:
    """Numbers of colours, and how many are in use. (K, R, S)

    Args:
        owner: (H, W)
        candidates: (B, M)
        count: Labels.
    """
    height, width = owner.shape
    rank = np.empty((count, *LabelsConfig(width, height).lattice), np.int32)
    return rank, int(label_tables.colour_table(owner, candidates, CELL, rank))


@dataclass(frozen=True)
class Blocks:
    """Listed pixels in blocks, for training; see `redraw.kernels.labels.train_shards`.

    Attributes:
        blocks: (blocks, 3) int64
        begins: Of the shards. (shards + 1,) int64
        first: (sum of N, 5, L) int32, flat
        names: (sum of N, L) uint8, flat
        places: (blocks, L, 2) int32
        known: 1, or 0 for those that only fill up a block. (blocks, L)
        paints: Numbers in the lists of colours.
    """

    blocks: NDArray[np.int64]
    begins: NDArray[np.int64]
    first: NDArray[np.int32]
    names: NDArray[np.uint8]
    places: NDArray[np.int32]
    known: NDArray[np.float32]
    paints: int

    @classmethod
    def of(cls, tables: Tables, channels: int) -> "Blocks":
        """Pixels with equally many candidates, two at least, together, band by band of rows."""
        height = len(tables.owner)
        count = np.diff(tables.starts).astype(np.uint8)  # 0 for pixels with a single candidate
        listed = label_tables.listed_pixels(tables.owner, len(count))
        cuts = band_cuts(listed[:, 0], height)
        shard = np.searchsorted(cuts, listed[:, 0], side="right") - 1
        groups = (shard * 8 + count).astype(np.uint16)
        order = np.argsort(groups, kind="stable").astype(np.int32)
        order = order[count[order] > 0]
        found, sizes = np.unique(groups[order], return_counts=True)
        members, known, rows, owners = [], [], [], []
        start = 0
        for group, size in zip(found.tolist(), sizes.tolist(), strict=True):
            own = order[start : start + size]
            start += size
            blocks = -(-size // BLOCK)
            filled = np.concatenate([own, np.full(blocks * BLOCK - size, own[0])])
            members.append(filled.reshape(blocks, BLOCK))
            known.append((np.arange(blocks * BLOCK) < size).reshape(blocks, BLOCK))
            rows += [group % 8] * blocks
            owners += [group // 8] * blocks
        shards = len(cuts) - 1
        if not rows:
            empty = np.zeros((0, BLOCK), np.int64)
            return cls(
                np.zeros((0, labels.COLUMNS), np.int64), np.zeros(shards + 1, np.int64),
                np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros((0, BLOCK, 2), np.int32),
                empty.astype(np.float32), 0,
            )  # fmt: skip
        at = np.concatenate(members)
        counts = np.array(rows, np.int64)
        table = np.zeros((len(counts), labels.COLUMNS), np.int64)
        table[:, labels.COUNT] = counts
        before = np.cumsum(counts) - counts
        table[:, labels.FIRST] = before * AROUND * BLOCK
        table[:, labels.PAINT] = before * channels * BLOCK
        first = np.empty(int(counts.sum()) * AROUND * BLOCK, np.int32)
        names = np.empty(int(counts.sum()) * BLOCK, np.uint8)
        label_tables.fill_blocks(
            at, counts, tables.starts, tables.first, tables.candidates, first, names
        )
        begins = np.searchsorted(np.array(owners), np.arange(shards + 1))
        return cls(
            table, begins, first, names, listed[at], np.concatenate(known).astype(np.float32),
            int(counts.sum()) * channels * BLOCK,
        )  # fmt: skip


def band_cuts(rows: NDArray[np.int32], height: int) -> NDArray[np.int64]:
    """First rows of bands with about equally many pixels, and the end; at least `LEAST_ROWS` each.

    Args:
        rows: Of the pixels, rising. (N,)
        height: Of the picture.
    """
    most = max(1, min(SHARDS, height // LEAST_ROWS))
    goal = len(rows) / most
    counts = np.bincount(rows, minlength=height)
    cuts, held = [0], 0.0
    for row in range(height):
        if row - cuts[-1] >= LEAST_ROWS and held >= goal and height - row >= LEAST_ROWS:
            cuts.append(row)
            held = 0.0
        held += counts[row]
    return np.array([*cuts, height], np.int64)
