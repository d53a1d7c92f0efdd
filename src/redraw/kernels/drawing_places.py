"""Where the potentials of a coded drawing are: at places, in passes.

A place lies at each pixel's centre and two more beyond every edge; which labels have a potential
there is a mask of bits. They are told from coarse to fine, in passes (docs/format.md).

Where the potentials of a place begin is told in two parts, a tuple `starts`: of each `RUN` places
of a row the number of the first potential (h, w / RUN) int64; and how many lie between (h, w)
uint16. Masks are of 16 bits where there are no more labels, and else of 64.

Shapes: H rows, W columns, B listed pixels, M candidates at most, h x w places, P potentials.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_tables import NONE
from redraw.kernels.labels import AROUND

PASSES = 5
# Places of a row whose potentials are counted from one number: of 64 labels they fit in 16 bits.
SHIFT = 9
RUN = 1 << SHIFT


@inner
def bits_in(mask):
    """How many bits of a mask are set."""
    total = np.int64(0)
    while mask:
        mask &= mask - np.uint64(1)
        total += 1
    return total


@inner
def start_at(starts, y, x):
    """The number of a place's first potential."""
    return starts[0][y, x >> SHIFT] + np.int64(starts[1][y, x])


@entry
def place_masks(owner, candidates, masks):
    """Which labels have a potential at each place.

    Args:
        owner: Of each pixel; `NONE` where it is listed. (H, W) uint8
        candidates: (B, M) uint8
        masks: Filled. (H + 4, W + 4)

    Returns:
        How many potentials there are.
    """
    masks[:] = 0
    slot = 0
    for y in range(owner.shape[0]):
        for x in range(owner.shape[1]):
            if owner[y, x] != NONE:
                continue
            if candidates[slot, 1] != NONE:
                own = np.uint64(0)
                for m in range(candidates.shape[1]):
                    if candidates[slot, m] != NONE:
                        own |= np.uint64(1) << np.uint64(candidates[slot, m])
                for b in range(AROUND):
                    for a in range(AROUND):
                        masks[y + b, x + a] |= own
            slot += 1
    total = np.int64(0)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            total += bits_in(np.uint64(masks[y, x]))
    return total


@entry
def place_starts(masks, starts):
    """The number of the first potential of each place, place by place. (h, w), two arrays"""
    total = np.int64(0)
    firsts, after = starts
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            if x & (RUN - 1) == 0:
                firsts[y, x >> SHIFT] = total
            after[y, x] = total - firsts[y, x >> SHIFT]
            total += bits_in(np.uint64(masks[y, x]))


@entry
def label_order(masks, starts, labels, out):
    """Which potential, place by place, each one is label by label, row by row. (P,) int64"""
    number_ = 0
    for label in range(labels):
        bit = np.uint64(1) << np.uint64(label)
        for y in range(masks.shape[0]):
            for x in range(masks.shape[1]):
                mask = np.uint64(masks[y, x])
                if mask & bit:
                    out[number_] = start_at(starts, y, x) + bits_in(mask & (bit - np.uint64(1)))
                    number_ += 1


@inner
def is_told(which, y, x):
    """Whether a place is told in that pass."""
    if which == 0:
        return y % 4 == 0 and x % 4 == 0
    if which == 1:
        return y % 4 == 2 and x % 4 == 2
    if which == 2:
        return y % 2 == 0 and x % 2 == 0 and (y + x) % 4 == 2
    if which == 3:
        return y % 2 == 1 and x % 2 == 1
    return (y + x) % 2 == 1


@entry
def in_pass(masks, starts, which, count):
    """Which potentials, place by place, are told in a pass. (P,) bool"""
    out = np.zeros(count, np.bool_)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            if masks[y, x] and is_told(which, y, x):
                for i in range(bits_in(np.uint64(masks[y, x]))):
                    out[start_at(starts, y, x) + i] = True
    return out


@entry
def turns_of(which, out):
    """Which place of a pass each of the 25 around a pixel is, by y and x mod 4 of the pixel.

    Args:
        which: Of the passes.
        out: Filled; -1 for places of other passes. (4, 4, 25) int8

    Returns:
        How many there are of one pixel at most.
    """
    most = 0
    for y in range(4):
        for x in range(4):
            count = 0
            for b in range(AROUND):
                for a in range(AROUND):
                    out[y, x, b * AROUND + a] = -1
                    if is_told(which, y + b, x + a):
                        out[y, x, b * AROUND + a] = count
                        count += 1
            most = max(most, count)
    return most
