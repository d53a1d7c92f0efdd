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
        first: Numbers of the first nodes of each candidate's rows. (B, M, 5) int32
        links: Neighbours of each potential. (P, 4) int32
        nodes: Label, row and column of each; empty if they weren't asked for. (P, 3) int32
        rank: Numbers of colours. (K, R, S) int32
        listed: Row and column of each listed pixel. (B, 2) int32
        colours: How many are in use (Q).
    """

    owner: NDArray[np.uint8]
    candidates: NDArray[np.uint8]
    first: NDArray[np.int32]
    links: NDArray[np.int32]
    nodes: NDArray[np.int32]
    rank: NDArray[np.int32]
    listed: NDArray[np.int32]
    colours: int

    @classmethod
    def of(
        cls,
        owner: NDArray[np.uint8],
        candidates: NDArray[np.uint8],
        count: int,
        *,
        placed: bool = False,
    ) -> "Tables":
        """Made from candidates.

        Args:
            owner: (H, W)
            candidates: (B, M)
            count: Labels.
            placed: Whether nodes are asked for.
        """
        height, width = owner.shape
        number = label_tables.count_potentials(owner, candidates, count)
        first = np.zeros((*candidates.shape, AROUND), np.int32)
        links = np.empty((number, 4), np.int32)
        nodes = np.empty((number if placed else 0, 3), np.int32)
        label_tables.potential_tables(owner, candidates, count, first, links, nodes)
        rank = np.empty((count, *LabelsConfig(width, height).lattice), np.int32)
        colours = label_tables.colour_table(owner, candidates, CELL, rank)
        listed = label_tables.listed_pixels(owner, len(candidates))
        return cls(owner, candidates, first, links, nodes, rank, listed, int(colours))


@dataclass(frozen=True)
class Blocks:
    """Listed pixels in blocks, for training; see `redraw.kernels.labels.train_shards`.

    Attributes:
        blocks: (blocks, 3) int64
        begins: Of the shards. (shards + 1,) int64
        first: (sum of N, 5, L) int32, flat
        names: (sum of N, L) uint8, flat
        places: (blocks, L, 2) int32
        members: The number of each listed pixel. (blocks, L) int64
        known: 1, or 0 for those that only fill up a block. (blocks, L)
        paints: Numbers in the lists of colours.
    """

    blocks: NDArray[np.int64]
    begins: NDArray[np.int64]
    first: NDArray[np.int32]
    names: NDArray[np.uint8]
    places: NDArray[np.int32]
    members: NDArray[np.int64]
    known: NDArray[np.float32]
    paints: int

    @classmethod
    def of(cls, tables: Tables, channels: int) -> "Blocks":
        """Pixels with equally many candidates, two at least, together, band by band of rows."""
        height = len(tables.owner)
        count = (tables.candidates != label_tables.NONE).sum(axis=1)
        cuts = band_cuts(tables.listed[:, 0], height)
        shard = np.searchsorted(cuts, tables.listed[:, 0], side="right") - 1
        groups = shard * 8 + count
        order = np.argsort(groups, kind="stable")
        order = order[count[order] > 1]
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
                empty, empty.astype(np.float32), 0,
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
        for n in np.unique(counts).tolist():
            chosen = np.flatnonzero(counts == n)
            own = tables.first[at[chosen], :n]  # (blocks, L, n, 5)
            to = before[chosen][:, None] * AROUND * BLOCK + np.arange(n * AROUND * BLOCK)
            first[to] = own.transpose(0, 2, 3, 1).reshape(len(chosen), -1)
            to = before[chosen][:, None] * BLOCK + np.arange(n * BLOCK)
            names[to] = (
                tables.candidates[at[chosen], :n].transpose(0, 2, 1).reshape(len(chosen), -1)
            )
        begins = np.searchsorted(np.array(owners), np.arange(shards + 1))
        return cls(
            table, begins, first, names, tables.listed[at], at,
            np.concatenate(known).astype(np.float32), int(counts.sum()) * channels * BLOCK,
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
