"""The potentials of a coded drawing as few bits.

What counts at a node is how much higher the potential of the label that its pixel shows most is
than those of the other labels there: its *margins*, one less than labels. They are told from coarse
to fine: nodes 4 apart first, then those amid four of these, then those between, and so on. A margin
is guessed as the mean of those around it, and what it differs by is written.

Nodes lie at *places*, one at each pixel's centre and two more beyond every edge; which labels are
there is a mask of bits.

Shapes: H rows, W columns, B listed pixels, M candidates at most, P potentials, Q cells of a pixel.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.drawing_bits import (
    CHOOSE,
    WRITE,
    cheapest,
    few,
    hashed,
    number,
    placed,
    signed,
)
from redraw.kernels.label_drawing import BLURRED, five_slopes
from redraw.kernels.label_tables import NONE
from redraw.kernels.labels import AROUND, five_weights
from redraw.kernels.mixing import INPUTS, KINDS, MIXERS, SOURCES, TRACE

# From coarse to fine: of the nodes of each pass, how far the four around lie and whether they are
# at the corners; and how far the last ones of the same pass.
PASSES = 5
REACHES = np.array([4, 2, 2, 1, 1], np.int64)
# Margins are in steps, up to this.
MOST = 1 << 20


@inner
def bits_in(mask):
    """How many bits of a mask are set."""
    total = np.int64(0)
    while mask:
        mask &= mask - np.uint64(1)
        total += 1
    return total


@entry
def place_masks(owner, candidates, masks):
    """Which labels have a potential at each place.

    Args:
        owner: Of each pixel; `NONE` where it is listed. (H, W) uint8
        candidates: (B, M) uint8
        masks: Filled. (H + 4, W + 4) uint64

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
            total += bits_in(masks[y, x])
    return total


@entry
def place_starts(masks, starts):
    """The number of the first potential of each place, place by place. (h, w), (h, w) int64"""
    total = np.int64(0)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            starts[y, x] = total
            total += bits_in(masks[y, x])


@entry
def label_order(masks, starts, labels, out):
    """Which potential, place by place, each one is label by label, row by row. (P,) int64"""
    number_ = 0
    for label in range(labels):
        bit = np.uint64(1) << np.uint64(label)
        for y in range(masks.shape[0]):
            for x in range(masks.shape[1]):
                if masks[y, x] & bit:
                    out[number_] = starts[y, x] + bits_in(masks[y, x] & (bit - np.uint64(1)))
                    number_ += 1


@inner
def _label_at(values, y, x):
    """The label of the pixel at a place; beyond the picture that of the nearest."""
    height, width = values.shape
    return values[min(max(y - 2, 0), height - 1), min(max(x - 2, 0), width - 1)]


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
            mask, start = masks[y, x], starts[y, x]
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
    mask, one = masks[y, x], np.uint64(1)
    first, second = one << np.uint64(own), one << np.uint64(other)
    if not (mask & first and mask & second):
        return np.int64(0), False
    start = starts[y, x]
    return (
        np.int64(whole[start + bits_in(mask & (first - one))])
        - np.int64(whole[start + bits_in(mask & (second - one))]),
        True,
    )


@inner
def _in_pass(which, y, x):
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


@inner
def _read(array, y, x):
    """A number of an array, 0 beyond it."""
    if y < 0 or x < 0 or y >= array.shape[0] or x >= array.shape[1]:
        return np.int64(0)
    return np.int64(array[y, x])


@entry
def margins(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, which,
    values, several, masks, starts, whole, misses, task, wanted, step, pulls, price,
):  # fmt: skip
    """Write the margins of one pass, or read them.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        which: Of the passes.
        values: Labels of pixels. (H, W) uint8
        several: Whether a pixel has several candidates. (H, W) bool
        masks: (H + 4, W + 4) uint64
        starts: (H + 4, W + 4) int64
        whole: Potentials in steps, place by place: written, filled if reading or choosing. (P,)
            int32
        misses: What guesses missed by, 0 at first; filled. (H + 4, W + 4) int16
        task: `READ`, `WRITE` or `CHOOSE` of `redraw.kernels.drawing_bits`.
        wanted: To choose: potentials. (P,) float32
        step: What 1 of them is.
        pulls: To choose: slot (H, W) int32, candidates (B, M), how cells answer to potentials
            (B, M, 25, Q), in which colours (B, M, Q, C), and what they are off by, which is
            changed, (B, Q, C); and the weight of a difference from `wanted`.
        price: Of a bit.
    """
    inputs, traces = np.empty((KINDS, INPUTS), np.int32), np.empty((KINDS, TRACE), np.int64)
    state = (
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, inputs,
        traces,
    )  # fmt: skip
    bases, selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    sign_bases, sign_selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    around, before = np.empty((4, 2), np.int64), np.empty((4, 2), np.int64)
    _offsets(which, around, before)
    found = np.zeros(4, np.int64)
    height, width = several.shape
    one = np.uint64(1)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            mask = masks[y, x]
            if not mask or not _in_pass(which, y, x):
                continue
            label = _label_at(values, y, x)
            own = _own(mask, label)
            start = starts[y, x]
            base = start + bits_in(mask & ((one << np.uint64(own)) - one))
            if task != WRITE:
                whole[base] = 0
            # What the pixels around look like: which are of the label, which are listed.
            like, near = np.int64(0), np.int64(0)
            for b in range(-1, 2):
                for a in range(-1, 2):
                    j, i = min(max(y - 2 + b, 0), height - 1), min(max(x - 2 + a, 0), width - 1)
                    near += several[j, i]
                    if a or b:
                        like = like << 1 | np.int64(values[j, i] == own)
            outer = np.int64(_label_at(values, y - 2, x) == own) << 3
            outer |= np.int64(_label_at(values, y + 2, x) == own) << 2
            outer |= np.int64(_label_at(values, y, x - 2) == own) << 1
            outer |= np.int64(_label_at(values, y, x + 2) == own)
            missed, lately = np.int64(0), np.int64(0)
            signs_around, signs_before = np.int64(0), np.int64(0)
            for i in range(4):
                miss = _read(misses, y + around[i, 0], x + around[i, 1])
                missed += abs(miss)
                signs_around = 3 * signs_around + signed(miss)
                miss = _read(misses, y + before[i, 0], x + before[i, 1])
                lately += abs(miss)
                signs_before = 3 * signs_before + signed(miss)
            labels_here, turn, first = bits_in(mask), 0, np.int64(0)
            misses[y, x] = 0
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
                for b in range(-1, 2):
                    for a in range(-1, 2):
                        if a or b:
                            other = other << 1 | np.int64(_label_at(values, y + b, x + a) == k)
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
                miss = -np.int64(whole[at]) - guess
                if task == CHOOSE:
                    pull, weight = _pull(pulls, y, x, k)
                    weight += pulls[5]
                    goal = wanted[at] - pull / weight
                    real = -goal / step - np.float32(guess)
                    miss = cheapest(
                        state, bases, selectors, min(m, 7) * 5 + which, real,
                        weight * step * step, price,
                    )  # fmt: skip
                miss = number(
                    state, bases, selectors, min(m, 7) * 5 + which, sign_bases, sign_selectors,
                    miss, task,
                )  # fmt: skip
                if task != WRITE:
                    whole[at] = -min(max(guess + miss, -MOST), MOST)
                if task == CHOOSE:
                    _push(pulls, y, x, k, np.float32(whole[at]) * step - wanted[at])
                if turn == 0:
                    first = guess + miss
                misses[y, x] = min(max(np.int64(misses[y, x]) + miss, -999), 999)
                turn += 1


@inner
def _pull(pulls, y, x, label):
    """Half the slope of the squared error by a potential, and half its second derivative."""
    slot, candidates, answers, colours, off, _ = pulls
    height, width = slot.shape
    pull, weight = np.float32(0.0), np.float32(0.0)
    for b in range(AROUND):
        for a in range(AROUND):
            row, column = y - b, x - a
            if row < 0 or column < 0 or row >= height or column >= width:
                continue
            at = slot[row, column]
            if at < 0:
                continue
            for m in range(candidates.shape[1]):
                if candidates[at, m] != label:
                    continue
                for q in range(off.shape[1]):
                    answer = answers[at, m, b * AROUND + a, q]
                    for c in range(off.shape[2]):
                        slope = answer * colours[at, m, q, c]
                        pull += slope * off[at, q, c]
                        weight += slope * slope
    return pull, weight


@inner
def _push(pulls, y, x, label, change):
    """A potential has changed: so do the cells."""
    slot, candidates, answers, colours, off, _ = pulls
    height, width = slot.shape
    for b in range(AROUND):
        for a in range(AROUND):
            row, column = y - b, x - a
            if row < 0 or column < 0 or row >= height or column >= width:
                continue
            at = slot[row, column]
            if at < 0:
                continue
            for m in range(candidates.shape[1]):
                if candidates[at, m] != label:
                    continue
                for q in range(off.shape[1]):
                    answer = change * answers[at, m, b * AROUND + a, q]
                    for c in range(off.shape[2]):
                        off[at, q, c] += answer * colours[at, m, q, c]


@entry
def sensitivities(
    owner, candidates, listed, masks, starts, potentials, paint, sharpness, samples, sides,
    answers, colours, shown, shares, part, parts,
):  # fmt: skip
    """What cells of the listed pixels show, and how that answers to potentials.

    A pixel has `sides` x `sides` cells of as many samples each. Source: as of `cell_means` of
    `redraw.kernels.label_drawing`, whose softened softmax this is.

    Args:
        owner: (H, W)
        candidates: (B, M)
        listed: Row and column of each. (B, 2)
        masks: (H + 4, W + 4)
        starts: (H + 4, W + 4)
        potentials: Place by place. (P,) float32
        paint: Colours of the candidates at the pixel. (B, M, C)
        sharpness: On potentials.
        samples: Along a side of a pixel, a multiple of `sides`.
        sides: Of cells.
        answers: Filled: (B, M, 25, Q), or with no entries where they aren't asked for.
        colours: Filled: (B, M, Q, C), likewise.
        shown: Filled. (B, Q, C)
        shares: Filled: of the candidates. (B, M)
    """
    most, channels = candidates.shape[1], paint.shape[2]
    nodes = np.empty((most, AROUND, AROUND), np.float32)
    phi, steep = np.empty(most, np.float32), np.empty((most, 2), np.float32)
    mean = np.empty(channels, np.float32)
    weights_, slopes = (
        np.empty((samples, AROUND), np.float32),
        np.empty((samples, AROUND), np.float32),
    )
    for i in range(samples):
        five_weights(np.float32((i + 0.5) / samples), weights_[i])
        five_slopes(np.float32((i + 0.5) / samples), slopes[i])
    side = np.float32(1.0 / samples)
    blur = sharpness * np.float32(BLURRED)
    each = np.float32(sides * sides) * side * side
    one = np.uint64(1)
    asked = len(answers) > 0
    for slot in range(len(listed) * part // parts, len(listed) * (part + 1) // parts):
        y, x = listed[slot, 0], listed[slot, 1]
        count = 0
        for m in range(most):
            count += candidates[slot, m] != NONE
            shares[slot, m] = 0
        shown[slot] = 0
        if count == 1:
            shares[slot, 0] = 1
            for q in range(sides * sides):
                for c in range(channels):
                    shown[slot, q, c] = paint[slot, 0, c]
            if asked:
                answers[slot] = 0
                colours[slot] = 0
            continue
        if asked:
            answers[slot] = 0
            colours[slot] = 0
        for m in range(count):
            bit = one << np.uint64(candidates[slot, m])
            for b in range(AROUND):
                for a in range(AROUND):
                    mask = masks[y + b, x + a]
                    nodes[m, b, a] = potentials[starts[y + b, x + a] + bits_in(mask & (bit - one))]
        for i in range(samples):
            for j in range(samples):
                q = i * sides // samples * sides + j * sides // samples
                for m in range(count):
                    value, below, right = np.float32(0.0), np.float32(0.0), np.float32(0.0)
                    for b in range(AROUND):
                        line, slope = np.float32(0.0), np.float32(0.0)
                        for a in range(AROUND):
                            line += weights_[j, a] * nodes[m, b, a]
                            slope += slopes[j, a] * nodes[m, b, a]
                        value += weights_[i, b] * line
                        below += slopes[i, b] * line
                        right += weights_[i, b] * slope
                    phi[m], steep[m, 0], steep[m, 1] = value, below, right
                first, second = 0, 1
                if phi[1] > phi[0]:
                    first, second = 1, 0
                for m in range(2, count):
                    if phi[m] > phi[first]:
                        first, second = m, first
                    elif phi[m] > phi[second]:
                        second = m
                by = (steep[first, 0] - steep[second, 0]) * side
                bx = (steep[first, 1] - steep[second, 1]) * side
                sharp = sharpness / np.float32(math.sqrt(1 + blur * blur * (by * by + bx * bx)))
                total, top = np.float32(0.0), phi[first]
                for m in range(count):
                    phi[m] = np.float32(math.exp(sharp * (phi[m] - top)))
                    total += phi[m]
                for c in range(channels):
                    mean[c] = 0
                for m in range(count):
                    phi[m] /= total
                    shares[slot, m] += phi[m] * side * side
                    for c in range(channels):
                        mean[c] += phi[m] * paint[slot, m, c]
                for c in range(channels):
                    shown[slot, q, c] += mean[c] * each
                if not asked:
                    continue
                for m in range(count):
                    pull = sharp * phi[m] * (1 - phi[m]) * each
                    if pull <= np.float32(1e-7):
                        continue
                    for c in range(channels):
                        other = (mean[c] - phi[m] * paint[slot, m, c]) / (1 - phi[m])
                        colours[slot, m, q, c] += pull * (paint[slot, m, c] - other)
                    for b in range(AROUND):
                        for a in range(AROUND):
                            answers[slot, m, b * AROUND + a, q] += (
                                pull * weights_[i, b] * weights_[j, a]
                            )
        if asked:  # colours: means, weighed by how much their places answer
            for m in range(count):
                for q in range(sides * sides):
                    total = np.float32(0.0)
                    for n in range(AROUND * AROUND):
                        total += answers[slot, m, n, q]
                    for c in range(channels):
                        colours[slot, m, q, c] = (
                            colours[slot, m, q, c] / total if total > 0 else np.float32(0.0)
                        )


@entry
def in_pass(masks, starts, which, count):
    """Which potentials, place by place, are told in a pass. (P,) bool"""
    out = np.zeros(count, np.bool_)
    for y in range(masks.shape[0]):
        for x in range(masks.shape[1]):
            if masks[y, x] and _in_pass(which, y, x):
                for i in range(bits_in(masks[y, x])):
                    out[starts[y, x] + i] = True
    return out
