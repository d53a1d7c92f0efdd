"""What a drawing in whole numbers is made of: a field of labels with fewer candidates.

Shapes: h x w places of potentials, B listed pixels, M candidates at most, C channels, P potentials,
Q colours, K labels, R x S nodes of the lattice of colours.
"""

import numpy as np

from redraw.kernels.compiling import entry
from redraw.kernels.drawing_places import bits_in, start_at
from redraw.kernels.label_colours import cell_weights
from redraw.kernels.label_tables import NONE

# How much lower than all others a potential begins that was not there.
LOWER = np.float32(1.0)


@entry
def moved_potentials(masks, starts, potentials, new_masks, new_starts, out):
    """Potentials, place by place, of other labels at each place.

    Args:
        masks: Labels at each place. (h, w)
        starts: See `redraw.kernels.drawing_places`.
        potentials: (P,)
        new_masks: (h, w)
        new_starts: Likewise.
        out: Filled.
    """
    one = np.uint64(1)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            mask, new = np.uint64(masks[y, x]), np.uint64(new_masks[y, x])
            start, at = start_at(starts, y, x), start_at(new_starts, y, x)
            lowest = np.float32(0.0)
            for i in range(bits_in(mask)):
                lowest = min(lowest, potentials[start + i])
            while new:
                bit = new & (~new + one)
                new &= new - one
                if mask & bit:
                    out[at] = potentials[start + bits_in(mask & (bit - one))]
                else:
                    out[at] = lowest - LOWER
                at += 1


@entry
def moved_colours(rank, colours, new_rank, out):
    """Colours of other nodes; where one was not there, the mean of its label's.

    (K, R, S), (Q, C), (K, R, S), (Q', C)
    """
    channels = colours.shape[1]
    mean = np.empty(channels, np.float32)
    for label in range(rank.shape[0]):
        mean[:] = 0
        total = 0
        for row in range(rank.shape[1]):
            for column in range(rank.shape[2]):
                at = rank[label, row, column]
                if at >= 0:
                    total += 1
                    for c in range(channels):
                        mean[c] += colours[at, c]
        for c in range(channels):
            mean[c] /= max(total, 1)
        for row in range(rank.shape[1]):
            for column in range(rank.shape[2]):
                to = new_rank[label, row, column]
                if to >= 0:
                    at = rank[label, row, column]
                    for c in range(channels):
                        out[to, c] = colours[at, c] if at >= 0 else mean[c]


@entry
def flat_colours(rank, colours, out):
    """Which colours are those of flat areas: the same as all of their label's around them.

    Args:
        rank: (K, R, S) int32
        colours: (Q, C)
        out: Filled. (Q,) bool
    """
    out[:] = True
    for label in range(rank.shape[0]):
        for row in range(rank.shape[1]):
            for column in range(rank.shape[2]):
                at = rank[label, row, column]
                for axis in range(2):
                    down, across = row + (1 - axis), column + axis
                    if at < 0 or down == rank.shape[1] or across == rank.shape[2]:
                        continue
                    other = rank[label, down, across]
                    if other >= 0:
                        for c in range(colours.shape[1]):
                            if colours[at, c] != colours[other, c]:
                                out[at] = out[other] = False


@entry
def painted(listed, candidates, rank, colours, cell, out):
    """The colours of candidates at the centres of listed pixels.

    Args:
        listed: Row and column of each. (B, 2) int32
        candidates: (B, M) uint8
        rank: (K, R, S) int32
        colours: (Q, C)
        cell: Of the lattice, in pixels.
        out: Filled. (B, M, C)
    """
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for at in range(len(listed)):
        row = cell_weights(listed[at, 0], cell, down)
        column = cell_weights(listed[at, 1], cell, across)
        for m in range(candidates.shape[1]):
            for c in range(colours.shape[1]):
                out[at, m, c] = 0
            label = candidates[at, m]
            if label == NONE:
                continue
            for b in range(4):
                for a in range(4):
                    node = rank[label, row + b, column + a]
                    for c in range(colours.shape[1]):
                        out[at, m, c] += down[b] * across[a] * colours[node, c]


@entry
def masses_of(owner, candidates, listed, shares, rank, cell, out):
    """What the squared error of each colour weighs if its neighbours are off by as much.

    Args:
        owner: (H, W) uint8
        candidates: (B, M) uint8
        listed: (B, 2) int32
        shares: Of the candidates. (B, M)
        rank: (K, R, S) int32
        cell: Of the lattice, in pixels.
        out: Filled. (Q,)
    """
    out[:] = 0
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(owner.shape[0]):
        row = cell_weights(y, cell, down)
        for x in range(owner.shape[1]):
            label = owner[y, x]
            if label == NONE:
                continue
            column = cell_weights(x, cell, across)
            for b in range(4):
                for a in range(4):
                    out[rank[label, row + b, column + a]] += down[b] * across[a]
    for at in range(len(listed)):
        row = cell_weights(listed[at, 0], cell, down)
        column = cell_weights(listed[at, 1], cell, across)
        for m in range(candidates.shape[1]):
            label = candidates[at, m]
            if label == NONE:
                continue
            share = shares[at, m] * shares[at, m]
            for b in range(4):
                for a in range(4):
                    out[rank[label, row + b, column + a]] += share * down[b] * across[a]
