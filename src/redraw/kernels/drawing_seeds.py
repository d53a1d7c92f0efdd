"""Which label each pixel of a coded drawing shows most, as few bits; and what follows from that.

A pixel's label is asked for as that of its neighbours, one after another: the one to the left, the
one above, and so on. What those that are known look like says how likely each is. The candidates
of a pixel are the labels of the pixels around it.

Shapes: H rows, W columns, B listed pixels, M candidates at most.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.drawing_bits import READ, hashed, mixed_bit, plain_bit, state_of
from redraw.kernels.extremes import place_of_largest
from redraw.kernels.label_tables import NONE
from redraw.kernels.mixing import MIXERS, SOURCES, placed

# Known pixels, down and right of the one that is asked, those that say most first.
KNOWN = np.array(
    [
        (0, -1), (-1, 0), (-1, 1), (-1, -1), (0, -2), (-2, 0), (-1, 2), (-1, -2), (-2, 1),
        (-2, -1), (0, -3), (-3, 0), (-2, 2), (-2, -2),
    ],
    np.int64,
)  # fmt: skip
# Of these the first ones may be what the pixel is.
ASKED = 6
# Rows above and columns beside the picture, of no label.
ABOVE, BESIDE = 3, 3
# How far runs are followed.
RUN = 15
# The order in which the labels around a pixel become its candidates.
AROUND = np.array(
    [(0, 0), (-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)], np.int64
)


@inner
def _runs(padded, y, x, label):
    """How long the pixels before one are like the one before; those above from it on."""
    left = 0
    while left < RUN and padded[y, x - 1 - left] == label and x - 1 - left >= BESIDE:
        left += 1
    own, right = padded[y - 1, x], 0
    last = padded.shape[1] - BESIDE
    while right < RUN and x + right < last and padded[y - 1, x + right] == own:
        right += 1
    upper, above = padded[y - 2, x], 0
    while above < RUN and x + above < last and padded[y - 2, x + above] == upper:
        above += 1
    return left, right, above


@inner
def _contexts(padded, y, x, label, other, runs, bases, selectors):
    """What says whether a pixel has a label."""
    like = np.int64(0)
    for i in range(14):
        like |= np.int64(padded[y + KNOWN[i, 0], x + KNOWN[i, 1]] == label) << i
    left, right, above = runs
    own = np.int64(label)
    bases[0] = like & 15
    bases[1] = like & 63
    bases[2] = like & 255
    bases[3] = like & 1023
    bases[4] = like & 4095
    bases[5] = like >> 2
    bases[6] = own << 6 | (like & 63)
    names = own
    for i in range(4):
        names = (names * 67 + np.int64(padded[y + KNOWN[i, 0], x + KNOWN[i, 1]])) & 0xFFFFF
    bases[7] = hashed(names)
    bases[8] = (left << 4 | right) << 3 | (like & 7)
    bases[9] = (min(left, 7) << 3 | min(right, 7)) << 6 | min(above, 7) << 3 | (like & 7)
    bases[10] = hashed(right << 14 | like)
    bases[11] = hashed(own << 12 | np.int64(other) << 4 | (like & 15))
    bases[12] = 0
    placed(bases)
    selectors[0] = like & 255
    selectors[1] = left << 4 | right
    selectors[2] = own
    return like & 63


@entry
def seeds(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, labels,
    values, task,
):  # fmt: skip
    """Write the labels of pixels, or read them.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        labels: K.
        values: Written, or filled: below K. (H, W) uint8
        task: `READ` or `WRITE`.

    Returns:
        Whether all labels are below K.
    """
    state = state_of(
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs
    )
    height, width = values.shape
    padded = np.full((height + ABOVE, width + 2 * BESIDE), NONE, np.uint8)
    bases, selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    asked = np.empty(ASKED, np.uint8)
    digits = 0
    while labels > 1 << digits:
        digits += 1
    for i in range(height):
        y = i + ABOVE
        for j in range(width):
            x = j + BESIDE
            first = padded[y, x - 1]
            flat = first != NONE
            k = 1
            while flat and k < 14:
                flat = padded[y + KNOWN[k, 0], x + KNOWN[k, 1]] == first
                k += 1
            wanted = values[i, j]
            found = np.int64(-1)
            tried = 0
            if labels == 1:
                found = np.int64(0)
            elif flat:
                asked[0] = first
                tried = 1
                same = np.int64(wanted == first)
                if plain_bit(state, 0, np.int64(first), 15, same, task):
                    found = np.int64(first)
            else:
                runs = _runs(padded, y, x, first)
                known = 0
                for i_known in range(ASKED):
                    label = padded[y + KNOWN[i_known, 0], x + KNOWN[i_known, 1]]
                    if label == NONE:
                        continue
                    new = True
                    for t in range(known):
                        new = new and asked[t] != label
                    if new:
                        asked[known] = label
                        known += 1
                while tried < known and found < 0:
                    if tried == labels - 1:
                        found = np.int64(asked[tried])
                        break
                    other = asked[tried + 1] if tried + 1 < known else np.uint8(NONE)
                    corrected = _contexts(padded, y, x, asked[tried], other, runs, bases, selectors)
                    same = np.int64(wanted == asked[tried])
                    if mixed_bit(state, tried, bases, selectors, corrected, same, task):
                        found = np.int64(asked[tried])
                    tried += 1
            if found < 0 and tried == labels - 1:  # one label is left
                for label in range(labels):
                    left = True
                    for t in range(tried):
                        left = left and asked[t] != label
                    if left:
                        found = np.int64(label)
            if found < 0:
                node = np.int64(1)
                for digit in range(digits - 1, -1, -1):
                    bit = (np.int64(wanted) >> digit) & 1
                    node = 2 * node + plain_bit(state, 1, node, 14, bit, task)
                found = node - (1 << digits)
                if found >= labels:
                    return False
            padded[y, x] = found
            if task == READ:
                values[i, j] = found
    return True


@inner
def _around(values, y, x, found):
    """The labels around a pixel, the nearest first; how many there are."""
    height, width = values.shape
    count = 0
    for i in range(len(AROUND)):
        b, a = y + AROUND[i, 0], x + AROUND[i, 1]
        if b < 0 or b >= height or a < 0 or a >= width or count == len(found):
            continue
        new = True
        for t in range(count):
            new = new and found[t] != values[b, a]
        if new:
            found[count] = values[b, a]
            count += 1
    return count


@entry
def count_listed(values, faint, most):
    """How many pixels are listed: those with several candidates, and others that are `faint`.

    Args:
        values: Labels of pixels. (H, W) uint8
        faint: (H, W) bool
        most: M.
    """
    found = np.empty(most, np.uint8)
    total = 0
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            total += faint[y, x] or _around(values, y, x, found) > 1
    return total


@entry
def candidates_of(values, faint, most, owner, candidates):
    """The candidates of pixels.

    Args:
        values: As of `count_listed`.
        faint: As of `count_listed`.
        most: As of `count_listed`; at most M.
        owner: Filled: the only candidate, or `NONE` of listed pixels. (H, W) uint8
        candidates: Filled, rising, filled up by `NONE`. (B, M) uint8
    """
    found = np.empty(most, np.uint8)
    slot = 0
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            count = _around(values, y, x, found)
            if count == 1 and not faint[y, x]:
                owner[y, x] = found[0]
                continue
            owner[y, x] = NONE
            found[:count].sort()
            for m in range(candidates.shape[1]):
                candidates[slot, m] = found[m] if m < count else NONE
            slot += 1


@entry
def seeds_of(slot, owner, candidates, shares, least, values):
    """Labels of pixels from which candidates follow that have a share of `least` and more.

    Each pixel takes the label that has the largest share of it. Where one of a larger share than
    `least` is not among the labels around, the pixel takes that, if its own is around.

    Args:
        slot: The number of each listed pixel, -1 for the others. (H, W) int32
        owner: (H, W) uint8
        candidates: (B, M) uint8
        shares: Of the candidates. (B, M)
        least: A share.
        values: Filled. (H, W) uint8
    """
    height, width = owner.shape
    found = np.empty(9, np.uint8)
    for y in range(height):
        for x in range(width):
            at = slot[y, x]
            if at < 0:
                values[y, x] = owner[y, x]
            else:
                values[y, x] = candidates[at, place_of_largest(shares[at])]
    for y in range(height):
        for x in range(width):
            at = slot[y, x]
            if at < 0:
                continue
            count = _around(values, y, x, found)
            best, label = least, NONE
            for m in range(candidates.shape[1]):
                share = shares[at, m]
                if candidates[at, m] == NONE or share < best:
                    continue
                there = False
                for t in range(count):
                    there = there or found[t] == candidates[at, m]
                if not there:
                    best, label = share, candidates[at, m]
            if label == NONE:
                continue
            own, around = values[y, x], 0
            for i in range(1, len(AROUND)):
                b, a = y + AROUND[i, 0], x + AROUND[i, 1]
                if 0 <= b < height and 0 <= a < width:
                    around += values[b, a] == own
            if around:
                values[y, x] = label
