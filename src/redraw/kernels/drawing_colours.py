"""Colours and detail of a coded drawing as few bits.

Colours of a label lie on its lattice; a node is guessed from those before it, so that nothing is
written where they stay the same. Detail is zero unless something is written.

Shapes: H rows, W columns, K labels, C channels, B listed pixels, Q colours, R x S nodes of the
lattice of colours.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.drawing_bits import (
    CHOOSE,
    LARGEST,
    READ,
    WRITE,
    cheapest,
    hashed,
    mixed_bit,
    number,
    signed,
    state_of,
)
from redraw.kernels.label_tables import NONE
from redraw.kernels.mixing import MIXERS, SOURCES, placed
from redraw.kernels.octaves import few

# Pixels of its label amid a node's four cells that make a class more.
FULL = np.array([0, 1, 4, 16, 40, 63], np.int64)
# The kind of the bit that says whether a pixel of one label is listed.
LISTED = 13


@inner
def _amid(values, label, row, column, cell):
    """A class of how many pixels amid the cells around a node have its label."""
    height, width = values.shape
    count = 0
    top, left = row * cell - 5 * cell // 2, column * cell - 5 * cell // 2
    for y in range(max(top, 0), min(top + 2 * cell, height)):
        for x in range(max(left, 0), min(left + 2 * cell, width)):
            count += values[y, x] == label
    found = 0
    while found < len(FULL) and count > FULL[found]:
        found += 1
    return found


@inner
def _known(rank, row, column):
    """The number of a node, -1 if there is none."""
    if row < 0 or column < 0 or column >= rank.shape[1]:
        return np.int64(-1)
    return np.int64(rank[row, column])


@entry
def colours(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, values,
    rank, cell, whole, task, wanted, masses, price,
):  # fmt: skip
    """Write the colours of labels, or read them.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        values: Labels of pixels. (H, W) uint8
        rank: The number of each node, -1 for none. (K, R, S) int32
        cell: Of the lattice, in pixels.
        whole: In steps: written, filled if reading or choosing. (Q, C) int32
        task: `READ`, `WRITE` or `CHOOSE`.
        wanted: To choose: colours in steps. (Q, C) float32
        masses: To choose: what the squared error of each weighs. (Q,) float32
        price: Of a bit.
    """
    state = state_of(
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs
    )
    bases, selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    sign_bases, sign_selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    channels = whole.shape[1]
    misses = np.zeros(whole.shape, np.int32)
    last = np.zeros(channels, np.int64)
    for label in range(rank.shape[0]):
        for row in range(rank.shape[1]):
            for column in range(rank.shape[2]):
                at = np.int64(rank[label, row, column])
                if at < 0:
                    continue
                w, n = _known(rank[label], row, column - 1), _known(rank[label], row - 1, column)
                nw = _known(rank[label], row - 1, column - 1)
                ne = _known(rank[label], row - 1, column + 1)
                there = (
                    np.int64(w >= 0) | np.int64(n >= 0) << 1 | np.int64(nw >= 0) << 2
                    | np.int64(ne >= 0) << 3
                )  # fmt: skip
                amid = _amid(values, label, row, column, cell)
                before, earlier = np.int64(0), np.int64(0)
                for c in range(channels):
                    if w >= 0 and n >= 0 and nw >= 0:
                        a, b, corner = whole[w, c], whole[n, c], whole[nw, c]
                        if corner >= max(a, b):
                            guess = np.int64(min(a, b))
                        elif corner <= min(a, b):
                            guess = np.int64(max(a, b))
                        else:
                            guess = np.int64(a) + np.int64(b) - np.int64(corner)
                    elif w >= 0 and n >= 0:
                        guess = (np.int64(whole[w, c]) + np.int64(whole[n, c])) >> 1
                    elif w >= 0:
                        guess = np.int64(whole[w, c])
                    elif n >= 0:
                        guess = np.int64(whole[n, c])
                    elif ne >= 0:
                        guess = np.int64(whole[ne, c])
                    else:
                        guess = last[c]
                    missed, signs, uneven = np.int64(0), np.int64(0), np.int64(0)
                    for node in (w, n, nw, ne):
                        signs *= 3
                        if node >= 0:
                            missed += abs(np.int64(misses[node, c]))
                            signs += signed(misses[node, c])
                    if w >= 0 and nw >= 0:
                        uneven += abs(np.int64(whole[w, c]) - np.int64(whole[nw, c]))
                    if n >= 0 and nw >= 0:
                        uneven += abs(np.int64(whole[n, c]) - np.int64(whole[nw, c]))
                    if n >= 0 and ne >= 0:
                        uneven += abs(np.int64(whole[n, c]) - np.int64(whole[ne, c]))
                    plane = min(c, 2)
                    m, u = few(missed, 15), few(uneven, 15)
                    e, p = min(max(before, -4), 4) + 4, min(max(earlier, -4), 4) + 4
                    bases[0] = (there * 7 + amid) * 3 + plane
                    bases[1] = signs * 3 + plane
                    bases[2] = (m * 7 + amid) * 3 + plane
                    bases[3] = (u * 7 + amid) * 3 + plane
                    bases[4] = (e * 9 + p) * 3 + plane
                    bases[5] = label * 3 + plane
                    bases[6] = signs * 7 + amid
                    bases[7] = (e * 81 + signs) * 3 + plane
                    bases[8] = (m * 16 + u) * 3 + plane
                    bases[9] = (u * 9 + e) * 7 + amid
                    bases[10] = hashed((label * 9 + e) * 16 + m)
                    bases[11] = (there * 9 + e) * 16 + m
                    bases[12] = 0
                    placed(bases)
                    selectors[0] = (plane * 7 + amid) * 9 + e
                    selectors[1] = m * 16 + u
                    selectors[2] = there * 3 + plane
                    sign_bases[0] = signs * 3 + plane
                    sign_bases[1] = (e * 9 + p) * 3 + plane
                    sign_bases[2] = there * 3 + plane
                    sign_bases[3] = (e * 81 + signs) * 3 + plane
                    for i in range(4, SOURCES):
                        sign_bases[i] = 0
                    placed(sign_bases)
                    sign_selectors[0], sign_selectors[1], sign_selectors[2] = e, signs, 0
                    corrected = m * 3 + plane
                    miss, known = np.int64(whole[at, c]) - guess, 0
                    if task == CHOOSE:
                        miss, known = cheapest(
                            state, bases, selectors, corrected,
                            wanted[at, c] - np.float32(guess), masses[at], price,
                        )  # fmt: skip
                    miss = number(
                        state, bases, selectors, corrected, sign_bases, sign_selectors, miss, task,
                        known,
                    )  # fmt: skip
                    if task != WRITE:
                        whole[at, c] = min(max(guess + miss, -LARGEST), LARGEST)
                    last[c] = whole[at, c]
                    misses[at, c] = miss
                    earlier, before = before, miss


@entry
def faint(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, values,
    several, listed, task,
):  # fmt: skip
    """Write which pixels of a single label are listed, for their detail, or read it.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        values: Labels of pixels. (H, W) uint8
        several: Which pixels have several candidates. (H, W) bool
        listed: Which of the others are listed: written, or filled. (H, W) bool
        task: `READ` or `WRITE`.
    """
    state = state_of(
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs
    )
    bases, selectors = np.zeros(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    height, width = listed.shape
    some = np.int64(0)
    for y in range(height):
        for x in range(width):
            some |= np.int64(listed[y, x])
    bases[:] = 0
    placed(bases)
    selectors[:] = 0
    if not mixed_bit(state, LISTED + 1, bases, selectors, 0, some, task):
        return
    for y in range(height):
        # Bits of three rows around, as far as they are known, moved along.
        upper, above = _ahead(listed, y - 2, 0), _ahead(listed, y - 1, 0)
        upper, above = upper << 1 | _ahead(listed, y - 2, 1), above << 1 | _ahead(listed, y - 1, 1)
        left = np.int64(0)
        first, own, last = (
            _ahead(several, y - 1, 0), _ahead(several, y, 0), _ahead(several, y + 1, 0)
        )  # fmt: skip
        for x in range(width):
            if x > 0:
                left = (left << 1 | np.int64(listed[y, x - 1])) & 3
            upper = (upper << 1 | _ahead(listed, y - 2, x + 2)) & 31
            above = (above << 1 | _ahead(listed, y - 1, x + 2)) & 31
            first = (first << 1 | _ahead(several, y - 1, x + 1)) & 7
            own = (own << 1 | _ahead(several, y, x + 1)) & 7
            last = (last << 1 | _ahead(several, y + 1, x + 1)) & 7
            if several[y, x]:
                continue
            like = upper << 7 | above << 2 | left
            edges = first << 5 | (own >> 2) << 4 | (own & 1) << 3 | last
            label = np.int64(values[y, x])
            bases[0] = like
            bases[1] = edges
            bases[2] = label
            bases[3] = label << 2 | (like & 3)
            bases[4] = (edges << 4) | (like & 3) | (like >> 3 & 12)
            bases[5] = hashed(like << 6 | label)
            bases[6] = _bits(like) << 6 | label
            for i in range(7, SOURCES):
                bases[i] = 0
            placed(bases)
            selectors[0], selectors[1], selectors[2] = like & 255, edges, label
            bit = mixed_bit(
                state, LISTED, bases, selectors, like & 63, np.int64(listed[y, x]), task
            )
            if task == READ:
                listed[y, x] = bit != 0


@inner
def _ahead(array, y, x):
    """Whether something is so at a pixel, 0 beyond the picture."""
    inside = 0 <= y < array.shape[0] and x < array.shape[1]
    return np.int64(inside and array[y, x])


@inner
def _bits(value):
    """How many bits of a number are set."""
    total = np.int64(0)
    while value:
        total += value & 1
        value >>= 1
    return total


@entry
def contrasts(listed, candidates, rank, whole, step, cell, out):
    """How much the colours of candidates differ at listed pixels, 0 to 15.

    Args:
        listed: Row and column of each. (B, 2) int32
        candidates: (B, M) uint8
        rank: (K, R, S) int32
        whole: Colours in steps. (Q, C) int32
        step: Of colours, in 1/65535.
        cell: Of the lattice, in pixels.
        out: Filled. (B,) uint8
    """
    for at in range(len(listed)):
        row = (2 * listed[at, 0] + 1 + cell) // (2 * cell) + 1
        column = (2 * listed[at, 1] + 1 + cell) // (2 * cell) + 1
        most = np.int64(0)
        for c in range(whole.shape[1]):
            low, high = np.int64(1 << 30), np.int64(-(1 << 30))
            for m in range(candidates.shape[1]):
                label = candidates[at, m]
                if label != NONE:
                    value = np.int64(whole[rank[label, row, column], c])
                    low, high = min(low, value), max(high, value)
            most = max(most, high - low)
        out[at] = few(most * step // 257, 15)


@entry
def detail(
    coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs, slot,
    candidates, contrasts, whole, task, wanted, price,
):  # fmt: skip
    """Write the detail of listed pixels, or read it.

    Args:
        coder: As the ones up to `costs`, see `redraw.kernels.drawing_bits`.
        slot: The number of each listed pixel, -1 for the others. (H, W) int32
        candidates: (B, M) uint8
        contrasts: How much the colours there differ, 0 to 15. (B,) uint8
        whole: In steps: written, filled if reading or choosing. (B, C) int32
        task: `READ`, `WRITE` or `CHOOSE`.
        wanted: To choose: detail in steps. (B, C) float32
        price: Of a bit, in squared steps.
    """
    state = state_of(
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs
    )
    bases, selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    sign_bases, sign_selectors = np.empty(SOURCES, np.int64), np.empty(MIXERS, np.int64)
    others, counts = np.empty(12, np.int64), np.empty(12, np.int64)
    height, width = slot.shape
    for y in range(height):
        for x in range(width):
            at = np.int64(slot[y, x])
            if at < 0:
                continue
            count = np.int64(0)
            for m in range(candidates.shape[1]):
                count += candidates[at, m] != NONE
            count = min(count, 3)
            contrast = np.int64(contrasts[at])
            known, there = 0, np.int64(0)  # listed pixels before this one, and what each counts
            for b in range(-2, 1):
                for a in range(-2, 3):
                    if b == 0 and a >= 0:
                        break
                    if y + b < 0 or x + a < 0 or x + a >= width:
                        continue
                    other = np.int64(slot[y + b, x + a])
                    if other < 0:
                        continue
                    near = b >= -1 and abs(a) <= 1
                    there += near
                    others[known] = other
                    counts[known] = (2 if a == 0 or b == 0 else 1) if near else 0
                    known += 1
            before, earlier = np.int64(0), np.int64(0)
            for c in range(whole.shape[1]):
                size, wide, signs = np.int64(0), np.int64(0), np.int64(0)
                for i in range(known):
                    value = abs(np.int64(whole[others[i], c]))
                    size += value * counts[i]
                    wide += value
                w = np.int64(slot[y, x - 1]) if x > 0 else np.int64(-1)
                n = np.int64(slot[y - 1, x]) if y > 0 else np.int64(-1)
                nw = np.int64(slot[y - 1, x - 1]) if x > 0 and y > 0 else np.int64(-1)
                ne = np.int64(slot[y - 1, x + 1]) if y > 0 and x + 1 < width else np.int64(-1)
                for node in (w, n, nw, ne):
                    signs = 3 * signs + (signed(whole[node, c]) if node >= 0 else 0)
                plane = min(c, 2)
                s, v = few(size, 15), few(wide, 15)
                e, p = min(max(before, -4), 4) + 4, min(max(earlier, -4), 4) + 4
                big = few(abs(before), 9)
                bases[0] = (s * 16 + contrast) * 3 + plane
                bases[1] = (v * 16 + contrast) * 3 + plane
                bases[2] = (e * 9 + p) * 3 + plane
                bases[3] = signs * 3 + plane
                bases[4] = (s * 16 + v) * 3 + plane
                bases[5] = (big * 16 + s) * 3 + plane
                bases[6] = (contrast * 10 + big) * 3 + plane
                bases[7] = ((there * 4 + count) * 16 + s) * 3 + plane
                bases[8] = hashed((signs * 9 + e) * 3 + plane)
                bases[9] = hashed((contrast * 16 + s) * 10 + big)
                bases[10] = (count * 16 + contrast) * 3 + plane
                bases[11] = hashed((v * 10 + big) * 16 + contrast)
                bases[12] = plane
                placed(bases)
                selectors[0] = s * 3 + plane
                selectors[1] = contrast * 10 + big
                selectors[2] = v * 10 + e
                sign_bases[0] = signs * 3 + plane
                sign_bases[1] = (e * 9 + p) * 3 + plane
                sign_bases[2] = hashed((signs * 9 + e) * 3 + plane)
                sign_bases[3] = signs
                for i in range(4, SOURCES):
                    sign_bases[i] = 0
                placed(sign_bases)
                sign_selectors[0], sign_selectors[1], sign_selectors[2] = e, signs, plane
                value, ready = np.int64(whole[at, c]), 0
                if task == CHOOSE:
                    value, ready = cheapest(
                        state, bases, selectors, s * 3 + plane, wanted[at, c], np.float32(1.0),
                        price,
                    )  # fmt: skip
                value = number(
                    state, bases, selectors, s * 3 + plane, sign_bases, sign_selectors, value,
                    task, ready,
                )  # fmt: skip
                if task != WRITE:
                    whole[at, c] = value
                earlier, before = before, value
