"""What the cells of a drawing's pixels show, and how that answers to its potentials.

A pixel near edges is cut into cells, whose colours are what a coded drawing has to keep. Where two
labels meet, what one gains the other loses: such a pixel has one row of answers, which counts for
its first label and against its second. Where more meet each label has a row.

A pass of `redraw.kernels.drawing_potentials` changes the potentials of some places alone; a row
holds answers to these. What it is asked with is one tuple, `pulls`:

    slot        the number of each listed pixel, -1 for the others. (H, W) int32
    candidates  (B, M) uint8
    rows        the first row of each listed pixel, and their end. (B + 1,) int64
    turns       by y and x mod 4 of a pixel, which of a row's answers is to each of the 25 places
                around; -1 for none. (4, 4, 25) int8
    answers     (R, N, Q) float32
    tints       in which colours. (R, Q, C) float32
    off         what cells are off by. (B, Q, C) float32

Shapes: H rows, W columns, B listed pixels, M candidates at most, R rows, N places of one pass among
25 at most, Q cells of a pixel, C channels, n x n samples in a pixel, P potentials.

Source: of the softened softmax, `pixel_sharpness` of `redraw.kernels.labels`.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.drawing_places import bits_in, start_at
from redraw.kernels.label_drawing import five_slopes
from redraw.kernels.label_tables import NONE
from redraw.kernels.labels import AROUND, BLURRED, five_weights

PLACES = AROUND * AROUND
# Below this a share answers to nothing: beyond so many widths of an edge, and in itself.
FAR, FAINT = np.float32(20.0), np.float32(1e-7)


@entry
def answer_rows(candidates, rows):
    """The first row of each listed pixel, and their end. (B, M), (B + 1,) int64"""
    rows[0] = 0
    for slot in range(len(candidates)):
        count = 0
        for m in range(candidates.shape[1]):
            count += candidates[slot, m] != NONE
        rows[slot + 1] = rows[slot] + (count if count > 2 else count - 1)


@inner
def _row_of(pulls, at, label):
    """The row of a label of a listed pixel, -1 if there is none; and what it counts."""
    candidates, rows = pulls[1], pulls[2]
    count = rows[at + 1] - rows[at]
    if count == 1:
        if candidates[at, 0] == label:
            return rows[at], np.float32(1.0)
        if candidates[at, 1] == label:
            return rows[at], np.float32(-1.0)
        return np.int64(-1), np.float32(0.0)
    for m in range(count):
        if candidates[at, m] == label:
            return rows[at] + m, np.float32(1.0)
    return np.int64(-1), np.float32(0.0)


@inner
def pull_of(pulls, y, x, label):
    """Half the slope of the squared error by a potential, and half its second derivative."""
    slot, _, _, turns, answers, tints, off = pulls
    height, width = slot.shape
    pull, weight = np.float32(0.0), np.float32(0.0)
    for b in range(max(y - height + 1, 0), min(AROUND, y + 1)):
        for a in range(max(x - width + 1, 0), min(AROUND, x + 1)):
            at = slot[y - b, x - a]
            if at < 0:
                continue
            row, sign = _row_of(pulls, at, label)
            if row < 0:
                continue
            turn = turns[(y - b) & 3, (x - a) & 3, b * AROUND + a]
            for q in range(off.shape[1]):
                answer = answers[row, turn, q]
                for c in range(off.shape[2]):
                    slope = answer * tints[row, q, c]
                    pull += sign * slope * off[at, q, c]
                    weight += slope * slope
    return pull, weight


@inner
def push(pulls, y, x, label, change):
    """A potential has changed: so do the cells."""
    slot, _, _, turns, answers, tints, off = pulls
    height, width = slot.shape
    for b in range(max(y - height + 1, 0), min(AROUND, y + 1)):
        for a in range(max(x - width + 1, 0), min(AROUND, x + 1)):
            at = slot[y - b, x - a]
            if at < 0:
                continue
            row, sign = _row_of(pulls, at, label)
            if row < 0:
                continue
            turn = turns[(y - b) & 3, (x - a) & 3, b * AROUND + a]
            for q in range(off.shape[1]):
                answer = change * sign * answers[row, turn, q]
                for c in range(off.shape[2]):
                    off[at, q, c] += answer * tints[row, q, c]


@inner
def _lines(nodes, weights, slopes, out):
    """Values and slopes across of a potential along its rows. (5, 5), (n, 5), (n, 5), (5, n, 2)"""
    for b in range(AROUND):
        for j in range(len(weights)):
            value, slope = np.float32(0.0), np.float32(0.0)
            for a in range(AROUND):
                value += weights[j, a] * nodes[b, a]
                slope += slopes[j, a] * nodes[b, a]
            out[b, j, 0], out[b, j, 1] = value, slope


@inner
def _at(lines, weights, slopes, i, j):
    """Value and slopes down and across of a potential at a sample."""
    value, below, right = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for b in range(AROUND):
        value += weights[i, b] * lines[b, j, 0]
        below += slopes[i, b] * lines[b, j, 0]
        right += weights[i, b] * lines[b, j, 1]
    return value, below, right


@inner
def _answered(pulls, weights, i, sides, out):
    """Add what a row of samples answers to all 25 places. (n,), (n, 5), (25, Q)"""
    samples = len(weights)
    wide = samples // sides
    for left in range(sides):
        q = i // wide * sides + left
        for a in range(AROUND):
            total = np.float32(0.0)
            for j in range(left * wide, (left + 1) * wide):
                total += pulls[j] * weights[j, a]
            for b in range(AROUND):
                out[b * AROUND + a, q] += weights[i, b] * total


@inner
def _two(lines, weights, slopes, sharpness, sides, asked, sums, pulls, out):
    """A pixel of two labels, told by the difference of their potentials.

    Args:
        lines: Of the difference, by `_lines`. (5, n, 2)
        weights: (n, 5)
        slopes: (n, 5)
        sharpness: On potentials.
        sides: Of cells.
        asked: Whether answers are.
        sums: Filled: the first label's share of each cell. (Q,)
        pulls: Room. (n,)
        out: Added to: answers. (25, Q)
    """
    samples = len(weights)
    wide = samples // sides
    side = np.float32(1.0 / samples)
    each = np.float32(1.0 / (wide * wide))
    blur = sharpness * np.float32(BLURRED)
    sums[:] = 0
    for i in range(samples):
        some = False
        for j in range(samples):
            value, below, right = _at(lines, weights, slopes, i, j)
            by, bx = below * side, right * side
            sharp = sharpness / np.float32(math.sqrt(1 + blur * blur * (by * by + bx * bx)))
            far = sharp * abs(value)
            pulls[j] = 0
            share = np.float32(0.0)
            if far < FAR:
                other = np.float32(math.exp(-far))
                near = 1 / (1 + other)
                share = other * near
                pulls[j] = sharp * share * near * each
                some = True
            sums[i // wide * sides + j // wide] += (1 - share if value > 0 else share) * each
        if asked and some:
            _answered(pulls, weights, i, sides, out)


@inner
def _many(
    lines, weights, slopes, sharpness, sides, asked, paint, phi, steep, mean, shares, shown, pulls,
    out, tints,
):  # fmt: skip
    """A pixel of three labels and more.

    Args:
        lines: Of each potential. (N, 5, n, 2)
        weights: And the next four: as of `_two`.
        paint: Colours of the labels. (M, C)
        phi: Room. (M,)
        steep: Room. (M, 2)
        mean: Room. (C,)
        shares: Added to. (M,)
        shown: Added to. (Q, C)
        pulls: Room. (M, n)
        out: Added to: answers of each. (N, 25, Q)
        tints: Filled. (N, Q, C)
    """
    count, samples, channels = len(lines), len(weights), paint.shape[1]
    wide = samples // sides
    side = np.float32(1.0 / samples)
    each = np.float32(1.0 / (wide * wide))
    blur = sharpness * np.float32(BLURRED)
    for i in range(samples):
        for j in range(samples):
            q = i // wide * sides + j // wide
            for m in range(count):
                phi[m], steep[m, 0], steep[m, 1] = _at(lines[m], weights, slopes, i, j)
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
            mean[:] = 0
            for m in range(count):
                phi[m] /= total
                shares[m] += phi[m] * side * side
                for c in range(channels):
                    mean[c] += phi[m] * paint[m, c]
            for c in range(channels):
                shown[q, c] += mean[c] * each
            for m in range(count):
                pull = sharp * phi[m] * (1 - phi[m]) * each
                pulls[m, j] = 0
                if not asked or pull <= FAINT:
                    continue
                pulls[m, j] = pull
                for c in range(channels):
                    other = (mean[c] - phi[m] * paint[m, c]) / (1 - phi[m])
                    tints[m, q, c] += pull * (paint[m, c] - other)
        if asked:
            for m in range(count):
                _answered(pulls[m], weights, i, sides, out[m])
    for m in range(count if asked else 0):  # means, weighed by how much their places answer
        for q in range(sides * sides):
            total = np.float32(0.0)
            for n in range(PLACES):
                total += out[m, n, q]
            for c in range(channels):
                tints[m, q, c] = tints[m, q, c] / total if total > 0 else np.float32(0.0)


@inner
def _nodes(potentials, masks, starts, y, x, label, out):
    """A label's potentials around a pixel. (5, 5)"""
    bit = np.uint64(1) << np.uint64(label)
    for b in range(AROUND):
        for a in range(AROUND):
            below = np.uint64(masks[y + b, x + a]) & (bit - np.uint64(1))
            out[b, a] = potentials[start_at(starts, y + b, x + a) + bits_in(below)]


@entry
def sensitivities(
    candidates, listed, masks, starts, potentials, paint, sharpness, samples, sides, rows, turns,
    answers, tints, shown, shares, part, parts,
):  # fmt: skip
    """What cells of the listed pixels show, and how that answers to potentials.

    A pixel has `sides` x `sides` cells, each of as many samples.

    Args:
        candidates: (B, M)
        listed: Row and column of each. (B, 2)
        masks: (H + 4, W + 4)
        starts: See `redraw.kernels.drawing_places`.
        potentials: Place by place. (P,) float32
        paint: Colours of the candidates at the pixel. (B, M, C)
        sharpness: On potentials.
        samples: Along a side of a pixel, a multiple of `sides`.
        sides: Of cells.
        rows: As of `pulls`.
        turns: As of `pulls`.
        answers: Filled, or with no entries where they aren't asked for.
        tints: Likewise.
        shown: Filled. (B, Q, C)
        shares: Filled: of the candidates. (B, M)
    """
    most, channels, cells = candidates.shape[1], paint.shape[2], sides * sides
    nodes, lines = (
        np.empty((most, AROUND, AROUND), np.float32),
        np.empty((most, AROUND, samples, 2), np.float32),
    )
    weights, slopes = (
        np.empty((samples, AROUND), np.float32),
        np.empty((samples, AROUND), np.float32),
    )
    for i in range(samples):
        five_weights(np.float32((i + 0.5) / samples), weights[i])
        five_slopes(np.float32((i + 0.5) / samples), slopes[i])
    phi, steep = np.empty(most, np.float32), np.empty((most, 2), np.float32)
    mean, sums = np.empty(channels, np.float32), np.empty(cells, np.float32)
    pulls = np.empty((most, samples), np.float32)
    all_answers = np.empty((most, PLACES, cells), np.float32)
    own_tints = np.empty((most, cells, channels), np.float32)
    asked = len(answers) > 0
    for slot in range(len(listed) * part // parts, len(listed) * (part + 1) // parts):
        y, x = listed[slot, 0], listed[slot, 1]
        count = 0
        for m in range(most):
            count += candidates[slot, m] != NONE
            shares[slot, m] = 0
        if count == 1:
            shares[slot, 0] = 1
            for q in range(cells):
                for c in range(channels):
                    shown[slot, q, c] = paint[slot, 0, c]
            continue
        for m in range(count):
            _nodes(potentials, masks, starts, y, x, candidates[slot, m], nodes[m])
        kept = 1 if count == 2 else count
        all_answers[:kept] = 0
        if count == 2:
            nodes[0] -= nodes[1]
            _lines(nodes[0], weights, slopes, lines[0])
            _two(lines[0], weights, slopes, sharpness, sides, asked, sums, pulls[0], all_answers[0])
            for q in range(cells):
                shares[slot, 0] += sums[q] / cells
                for c in range(channels):
                    own_tints[0, q, c] = paint[slot, 0, c] - paint[slot, 1, c]
                    shown[slot, q, c] = paint[slot, 1, c] + sums[q] * own_tints[0, q, c]
            shares[slot, 1] = 1 - shares[slot, 0]
        else:
            shown[slot] = 0
            own_tints[:count] = 0
            for m in range(count):
                _lines(nodes[m], weights, slopes, lines[m])
            _many(
                lines[:count], weights, slopes, sharpness, sides, asked, paint[slot], phi, steep,
                mean, shares[slot], shown[slot], pulls, all_answers, own_tints,
            )  # fmt: skip
        if not asked:
            continue
        for m in range(kept):
            row = rows[slot] + m
            tints[row] = own_tints[m]
            for n in range(PLACES):
                turn = turns[y & 3, x & 3, n]
                if turn >= 0:
                    for q in range(cells):
                        answers[row, turn, q] = all_answers[m, n, q]
