"""Where the numbers of a field of labels lie: tables made of each pixel's candidates.

The lattice of potentials has a node at each pixel's centre and two more beyond every edge: the five
by five around a pixel reach all of it, from row y and column x on. The lattice of colours has cells
of several pixels, and its nodes begin two cells outside as well.

Nodes are numbered by label, row and column, as far as a pixel needs them; one that has a single
candidate, which is certain, needs no potentials.

Shapes: H rows, W columns, K labels, B pixels that have candidates, M of them at most, P potentials,
Q colours, R x S nodes of the lattice of colours.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Stands for "no label" among candidates, and for a pixel that has several.
NONE = 255
# Nodes around a pixel, per axis: of potentials, and of colours.
AROUND, AROUND_COLOUR = 5, 4


@inner
def cubic_weights(t, out):
    """Of the four cubic B-splines that reach a place, which lies t after the second. (4,)

    Source: Unser 1999, "Splines: a perfect fit for signal and image processing", eq. 7.
    """
    left = 1 - t
    out[0] = left * left * left / 6
    out[1] = (4 - 6 * t * t + 3 * t * t * t) / 6
    out[2] = (4 - 6 * left * left + 3 * left * left * left) / 6
    out[3] = t * t * t / 6


@inner
def _mark(mask, owner, candidates, label):
    """Set what a label needs of the lattice of potentials; returns the rows from and to."""
    height, width = owner.shape
    slot = 0
    top, bottom = height + 4, 0
    for y in range(height):
        for x in range(width):
            if owner[y, x] != NONE:
                continue
            alone = candidates[slot, 1] == NONE
            for m in range(0 if alone else candidates.shape[1]):
                if candidates[slot, m] == label:
                    top = min(top, y)
                    bottom = max(bottom, y + AROUND)
                    for b in range(AROUND):
                        for a in range(AROUND):
                            mask[y + b, x + a] = True
            slot += 1
    return top, bottom


@entry
def count_potentials(owner, candidates, labels):
    """How many potentials there are.

    Args:
        owner: The one label of each pixel, or `NONE`. (H, W) uint8
        candidates: Of the others, row by row, filled up by `NONE`. (B, M) uint8
        labels: K.
    """
    height, width = owner.shape
    mask = np.zeros((height + 4, width + 4), np.bool_)
    total = 0
    for label in range(labels):
        top, bottom = _mark(mask, owner, candidates, label)
        for y in range(top, bottom):
            for x in range(width + 4):
                total += mask[y, x]
                mask[y, x] = False
    return total


@entry
def potential_tables(owner, candidates, labels, first, links, nodes):
    """Tables of the potentials.

    Args:
        owner: As of `count_potentials`.
        candidates: As of `count_potentials`.
        labels: K.
        first: Filled: for each candidate of a pixel, the number of the first node of each of its
            five rows. Nothing is said of `NONE`. (B, M, 5) int32
        links: Filled: the nodes to the left, to the right, above and below, -1 for none. (P, 4)
        nodes: Filled: label, row and column of each node; (0, 3) for not at all. (P, 3) int32
    """
    height, width = owner.shape
    mask = np.zeros((height + 4, width + 4), np.bool_)
    rank = np.full((height + 4, width + 4), -1, np.int32)
    number = 0
    for label in range(labels):
        top, bottom = _mark(mask, owner, candidates, label)
        for y in range(top, bottom):
            for x in range(width + 4):
                if mask[y, x]:
                    mask[y, x] = False
                    rank[y, x] = number
                    above = rank[y - 1, x] if y > 0 else -1
                    before = rank[y, x - 1] if x > 0 else -1
                    links[number, 0] = before
                    links[number, 1] = -1
                    links[number, 2] = above
                    links[number, 3] = -1
                    if before >= 0:
                        links[before, 1] = number
                    if above >= 0:
                        links[above, 3] = number
                    if len(nodes):
                        nodes[number, 0] = label
                        nodes[number, 1] = y
                        nodes[number, 2] = x
                    number += 1
        slot = 0
        for y in range(height):
            for x in range(width):
                if owner[y, x] != NONE:
                    continue
                alone = candidates[slot, 1] == NONE
                for m in range(0 if alone else candidates.shape[1]):
                    if candidates[slot, m] == label:
                        for b in range(AROUND):
                            first[slot, m, b] = rank[y + b, x]
                slot += 1
        for y in range(top, bottom):
            for x in range(width + 4):
                rank[y, x] = -1


@entry
def colour_table(owner, candidates, cell, rank):
    """The number of each node of the lattices of colours, -1 where no pixel needs it.

    Args:
        owner: As of `count_potentials`.
        candidates: As of `count_potentials`.
        cell: Of the lattice, in pixels: an even number.
        rank: Filled. (K, R, S) int32

    Returns:
        How many there are.
    """
    height, width = owner.shape
    rank[:] = -1
    slot = 0
    for y in range(height):
        row = (2 * y + 1 + cell) // (2 * cell)
        for x in range(width):
            column = (2 * x + 1 + cell) // (2 * cell)
            label = owner[y, x]
            if label != NONE:
                for b in range(AROUND_COLOUR):
                    for a in range(AROUND_COLOUR):
                        rank[label, row + b, column + a] = 0
                continue
            for m in range(candidates.shape[1]):
                label = candidates[slot, m]
                if label != NONE:
                    for b in range(AROUND_COLOUR):
                        for a in range(AROUND_COLOUR):
                            rank[label, row + b, column + a] = 0
            slot += 1
    number = 0
    for label in range(rank.shape[0]):
        for b in range(rank.shape[1]):
            for a in range(rank.shape[2]):
                if rank[label, b, a] == 0:
                    rank[label, b, a] = number
                    number += 1
    return number


@entry
def listed_pixels(owner, count):
    """Row and column of each pixel that has candidates. (B, 2) int32"""
    out = np.empty((count, 2), np.int32)
    slot = 0
    for y in range(owner.shape[0]):
        for x in range(owner.shape[1]):
            if owner[y, x] == NONE:
                out[slot, 0] = y
                out[slot, 1] = x
                slot += 1
    return out
