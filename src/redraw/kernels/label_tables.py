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
# Listed pixels are counted to the start of each so many pixels of a row, and from there one by one.
CHUNK = 16


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
def potential_tables(owner, candidates, labels, starts, first, links, beside, rows, columns):
    """Tables of the potentials; but for `rows`, those with room for nothing are left out.

    Args:
        owner: As of `count_potentials`.
        candidates: As of `count_potentials`.
        labels: K.
        starts: Where the candidates of each pixel begin, among all of those that have several, and
            their end. (B + 1,) int32
        first: Filled: the number of the first node of each of a candidate's five rows.
            (N, 5) int32
        links: Filled: the nodes above and below, -1 for none. (P, 2) int32
        beside: Filled: 1 for a node to the left, and 2 for one to the right, whose numbers are the
            one before and the one after. (P,) uint8
        rows: Filled: the first node of each row of each label, and their end. (K, H + 5) int32
        columns: Filled: of each node. (P,) int32
    """
    height, width = owner.shape
    mask = np.zeros((height + 4, width + 4), np.bool_)
    rank = np.full((height + 4, width + 4), -1, np.int32)
    number = 0
    for label in range(labels):
        top, bottom = _mark(mask, owner, candidates, label)
        rows[label, : top + 1] = number
        for y in range(top, bottom):
            rows[label, y] = number
            for x in range(width + 4):
                if mask[y, x]:
                    mask[y, x] = False
                    rank[y, x] = number
                    if len(links):
                        above = rank[y - 1, x] if y > 0 else -1
                        links[number, 0] = above
                        links[number, 1] = -1
                        beside[number] = 0
                        if x > 0 and rank[y, x - 1] >= 0:
                            beside[number] = 1
                            beside[number - 1] |= 2
                        if above >= 0:
                            links[above, 1] = number
                    if len(columns):
                        columns[number] = x
                    number += 1
        rows[label, bottom:] = number
        slot = 0
        for y in range(height if len(first) else 0):
            for x in range(width):
                if owner[y, x] != NONE:
                    continue
                for m in range(starts[slot + 1] - starts[slot]):
                    if candidates[slot, m] == label:
                        for b in range(AROUND):
                            first[starts[slot] + m, b] = rank[y + b, x]
                slot += 1
        for y in range(top, bottom):
            for x in range(width + 4):
                rank[y, x] = -1


@entry
def starts_of(candidates, out):
    """Where the candidates of each pixel begin, among all of those pixels that have several.

    (B, M) -> (B + 1,)
    """
    out[0] = 0
    for slot in range(len(candidates)):
        count = 0
        while count < candidates.shape[1] and candidates[slot, count] != NONE:
            count += 1
        out[slot + 1] = out[slot] + (count if count > 1 else 0)


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
def listed_before(owner, out):
    """How many pixels are listed before each `CHUNK` pixels of a row. (H, W / CHUNK) int32"""
    count = 0
    for y in range(owner.shape[0]):
        for x in range(owner.shape[1]):
            if x % CHUNK == 0:
                out[y, x // CHUNK] = count
            count += owner[y, x] == NONE


@inner
def slot_of(owner, before, y, x):
    """The number of a listed pixel. (H, W), (H, W / CHUNK)"""
    at = before[y, x // CHUNK]
    for i in range(x // CHUNK * CHUNK, x):
        at += owner[y, i] == NONE
    return at


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


@entry
def fill_blocks(members, counts, starts, first, candidates, out, names):
    """What blocks of pixels with equally many candidates need of the tables.

    Args:
        members: Numbers of the listed pixels of each block. (blocks, L)
        counts: Candidates of each (n). (blocks,)
        starts: As of `potential_tables`.
        first: As of `potential_tables`.
        candidates: (B, M) uint8
        out: Filled: numbers of first nodes, block by block (n, 5, L). int32
        names: Filled: labels, block by block (n, L). uint8
    """
    to, at = 0, 0
    for block in range(len(members)):
        for k in range(counts[block]):
            for b in range(AROUND):
                for lane in range(members.shape[1]):
                    out[to] = first[starts[members[block, lane]] + k, b]
                    to += 1
            for lane in range(members.shape[1]):
                names[at] = candidates[members[block, lane], k]
                at += 1
