"""The potentials of a coded drawing as few bits.

What counts at a node is how much higher the potential of the label that its pixel shows most is
than those of the other labels there: its *margins*, one less than labels. They are told from coarse
to fine: nodes 4 apart first, then those amid four of these, then those between, and so on. A margin
is guessed as the mean of those around it, and what it differs by is written.

Nodes lie at *places*, one at each pixel's centre and two more beyond every edge; which labels are
there is a mask of bits.

Shapes: H rows, W columns, B listed pixels, M candidates at most, P potentials, Q cells of a pixel.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.drawing_answers import pull_of, push
from redraw.kernels.drawing_bits import (
    CHOOSE,
    WRITE,
    cheapest,
    hashed,
    number,
    signed,
    state_of,
)
from redraw.kernels.drawing_places import bits_in, is_told, start_at
from redraw.kernels.mixing import MIXERS, SOURCES, placed
from redraw.kernels.octaves import few

# From coarse to fine: of the nodes of each pass, how far the four around lie and whether they are
# at the corners; and how far the last ones of the same pass.
REACHES = np.array([4, 2, 2, 1, 1], np.int64)
# Margins are in steps, up to this.
MOST = 1 << 20
# Of places beyond all edges what guesses missed by is 0.
BEYOND = 4


@inner
def _label_at(values, y, x):
    """The label of the pixel at a place; beyond the picture that of the nearest."""
    height, width = values.shape
    return values[min(max(y - 2, 0), height - 1), min(max(x - 2, 0), width - 1)]


@inner
def _by_places(values, top, bottom):
    """What the pixels at rows of places have, two places more beyond all edges. (R + 4, W + 8)"""
    width = values.shape[1]
    out = np.empty((bottom - top + 4, width + 8), values.dtype)
    for y in range(len(out)):
        for x in range(width + 8):
            out[y, x] = _label_at(values, top + y - 2, x - 2)
    return out


@inner
def _own(mask, label):
    """The label that others are compared with: that of the pixel if it is there, else the first."""
    if mask >> np.uint64(label) & np.uint64(1):
        return np.int64(label)
    own = np.int64(0)
    while not mask >> np.uint64(own) & np.uint64(1):
        own += 1
    return own


@entry
def to_margins(values, masks, starts, potentials):
    """Potentials, place by place, less that of the label that others are compared with. (P,)"""
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            mask, start = np.uint64(masks[y, x]), start_at(starts, y, x)
            if not mask:
                continue
            own = _own(mask, _label_at(values, y, x))
            base = potentials[
                start + bits_in(mask & ((np.uint64(1) << np.uint64(own)) - np.uint64(1)))
            ]
            for i in range(bits_in(mask)):
                potentials[start + i] -= base


@inner
def _margin(masks, starts, whole, y, x, own, other):
    """How much a label is above another at a place, in steps; and whether both are there."""
    if y < 0 or x < 0 or y >= masks.shape[0] or x >= masks.shape[1]:
        return np.int64(0), False
    mask, one = np.uint64(masks[y, x]), np.uint64(1)
    first, second = one << np.uint64(own), one << np.uint64(other)
    if not (mask & first and mask & second):
        return np.int64(0), False
    start = start_at(starts, y, x)
    return (
        np.int64(whole[start + bits_in(mask & (first - one))])
        - np.int64(whole[start + bits_in(mask & (second - one))]),
        True,
    )


@inner
def _offsets(which, around, before):
    """Where the four places lie that a guess is made of, and four of the same pass. (4, 2) each"""
    reach = REACHES[which]
    corners = which == 1 or which == 3
    for i in range(4):
        first, second = i // 2 * 2 - 1, i % 2 * 2 - 1
        if which == 0:  # nothing else is known: left, above and the corners there
            around[i, 0] = 0 if i == 0 else -reach
            around[i, 1] = -reach if i == 0 or i == 2 else (0 if i == 1 else reach)
        elif corners:
            around[i, 0], around[i, 1] = first * reach, second * reach
        else:
            around[i, 0] = first * reach if i % 2 == 0 else 0
            around[i, 1] = 0 if i % 2 == 0 else first * reach
    square = 4 if which < 2 else 2  # how far nodes of a square pass are apart
    if which == 2 or which == 4:
        before[0, 0], before[0, 1] = -reach, -reach
        before[1, 0], before[1, 1] = -reach, reach
        before[2, 0], before[2, 1] = 0, -2 * reach
        before[3, 0], before[3, 1] = -2 * reach, 0
    else:
        before[0, 0], before[0, 1] = 0, -square
        before[1, 0], before[1, 1] = -square, 0
        before[2, 0], before[2, 1] = -square, -square
        before[3, 0], before[3, 1] = -square, square


@entry
def margins(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, which,
    values, several, masks, starts, whole, misses, task, wanted, step, pulls, hold, price,
    top, bottom,
):  # fmt: skip
    """Write the margins of one pass, or read them.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        which: Of the passes.
        values: Labels of pixels. (H, W) uint8
        several: Whether a pixel has several candidates. (H, W) bool
        masks: (H + 4, W + 4)
        starts: See `redraw.kernels.drawing_places`.
        whole: Potentials in steps, place by place: written, filled if reading or choosing. (P,)
            int32
        misses: What guesses missed by, `BEYOND` places more beyond all edges, 0 at first; filled.
            (H + 12, W + 12) int16
        task: `READ`, `WRITE` or `CHOOSE` of `redraw.kernels.drawing_bits`.
        wanted: To choose: potentials. (P,) float32
        step: What 1 of them is.
        pulls: To choose: as of `redraw.kernels.drawing_answers`.
        hold: The weight of a difference from `wanted`.
        price: Of a bit.
        top: The first row of places, and `bottom` the one after the last.
    """
    state = state_of(
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs
    )
    bases, selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    sign_bases, sign_selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    around, before = np.empty((4, 2), np.int64), np.empty((4, 2), np.int64)
    _offsets(which, around, before)
    found = np.zeros(4, np.int64)
    at_places, listed = _by_places(values, top, bottom), _by_places(several, top, bottom)
    one = np.uint64(1)
    for y in range(top, bottom):
        row = y - top
        for x in range(masks.shape[1]):
            mask = np.uint64(masks[y, x])
            if not mask or not is_told(which, y, x):
                continue
            label = at_places[row + 2, x + 2]
            own = _own(mask, label)
            start = start_at(starts, y, x)
            base = start + bits_in(mask & ((one << np.uint64(own)) - one))
            if task != WRITE:
                whole[base] = 0
            # What the pixels around look like: which are of the label, which are listed.
            like, near = np.int64(0), np.int64(0)
            for b in range(1, 4):
                for a in range(1, 4):
                    near += listed[row + b, x + a]
                    if a != 2 or b != 2:
                        like = like << 1 | np.int64(at_places[row + b, x + a] == own)
            outer = np.int64(at_places[row, x + 2] == own) << 3
            outer |= np.int64(at_places[row + 4, x + 2] == own) << 2
            outer |= np.int64(at_places[row + 2, x] == own) << 1
            outer |= np.int64(at_places[row + 2, x + 4] == own)
            missed, lately = np.int64(0), np.int64(0)
            signs_around, signs_before = np.int64(0), np.int64(0)
            for i in range(4):
                miss = np.int64(misses[y + BEYOND + around[i, 0], x + BEYOND + around[i, 1]])
                missed += abs(miss)
                signs_around = 3 * signs_around + signed(miss)
                miss = np.int64(misses[y + BEYOND + before[i, 0], x + BEYOND + before[i, 1]])
                lately += abs(miss)
                signs_before = 3 * signs_before + signed(miss)
            labels_here, turn, first = bits_in(mask), 0, np.int64(0)
            all_missed = np.int64(0)
            for i_label in range(labels_here):
                at = start + i_label
                if at == base:
                    continue
                # The label whose turn it is.
                rest_, k = mask, np.int64(-1)
                for _ in range(i_label + 1):
                    k = bits_in((rest_ & (~rest_ + one)) - one)
                    rest_ &= rest_ - one
                known, total, low, high = 0, np.int64(0), np.int64(1 << 30), np.int64(-(1 << 30))
                for i in range(4):
                    value, there = _margin(
                        masks, starts, whole, y + around[i, 0], x + around[i, 1], own, k
                    )
                    found[i] = 0
                    if there:
                        known += 1
                        total += value
                        low, high = min(low, value), max(high, value)
                        found[i] = signed(value)
                guess = (2 * total + known) // (2 * known) if known else np.int64(0)
                place = min(max(guess, -7), 8) + 7
                spread = few(high - low, 7) if known else 0
                nearest = few(min(abs(low), abs(high)), 7) if known else 0
                if known and (low < 0) != (high < 0):
                    nearest = 0
                other = np.int64(0)
                for b in range(1, 4):
                    for a in range(1, 4):
                        if a != 2 or b != 2:
                            other = other << 1 | np.int64(at_places[row + b, x + a] == k)
                m, late = few(missed, 9), few(lately, 9)
                bases[0] = (which * 5 + known) * 16 + place
                bases[1] = like << 3 | which
                bases[2] = like << 4 | place
                bases[3] = (m * 10 + late) * 5 + which
                bases[4] = (spread * 16 + place) * 5 + which
                bases[5] = (near * 10 + m) * 5 + which
                bases[6] = (m * 8 + spread) * 16 + place
                bases[7] = hashed((own << 6 | k) << 3 | which)
                bases[8] = hashed((other << 3 | which) << 1 | np.int64(label == own))
                bases[9] = like << 4 | outer
                bases[10] = (
                    (min(labels_here, 5) * 4 + min(turn, 3)) * 16 + min(max(first, -7), 8) + 7
                )
                bases[11] = ((nearest * 8 + spread) * 5 + which) * 2 + (1 if guess < 0 else 0)
                bases[12] = (late * 8 + nearest) * 5 + which
                placed(bases)
                selectors[0] = which * 5 + known
                selectors[1] = m * 10 + late
                selectors[2] = place * 5 + which
                sign_bases[0] = place * 5 + which
                sign_bases[1] = like << 4 | (3 if place == 7 else (1 if place < 7 else 2))
                sign_bases[2] = signs_before * 5 + which
                sign_bases[3] = signs_around * 5 + which
                sign_bases[4] = (
                    ((found[0] * 3 + found[1]) * 3 + found[2]) * 3 + found[3]
                ) * 5 + which
                sign_bases[5] = (spread * 16 + place) * 2 + (1 if near > 4 else 0)
                sign_bases[6] = like << 4 | outer
                sign_bases[7] = hashed(other << 3 | which)
                for i in range(8, SOURCES):
                    sign_bases[i] = 0
                placed(sign_bases)
                sign_selectors[0] = which * 5 + known
                sign_selectors[1] = place * 5 + which
                sign_selectors[2] = 0
                miss, ready = -np.int64(whole[at]) - guess, 0
                if task == CHOOSE:
                    pull, weight = pull_of(pulls, y, x, k)
                    weight += hold
                    goal = wanted[at] - pull / weight
                    real = -goal / step - np.float32(guess)
                    miss, ready = cheapest(
                        state, bases, selectors, min(m, 7) * 5 + which, real,
                        weight * step * step, price,
                    )  # fmt: skip
                miss = number(
                    state, bases, selectors, min(m, 7) * 5 + which, sign_bases, sign_selectors,
                    miss, task, ready,
                )  # fmt: skip
                if task != WRITE:
                    whole[at] = -min(max(guess + miss, -MOST), MOST)
                if task == CHOOSE:
                    push(pulls, y, x, k, np.float32(whole[at]) * step - wanted[at])
                if turn == 0:
                    first = guess + miss
                all_missed = min(max(all_missed + miss, -999), 999)
                misses[y + BEYOND, x + BEYOND] = all_missed
                turn += 1
