"""The wavelet coefficients of a picture in few bytes: what each one's neighbours say of it.

Bands come from the coarsest to the finest. A coefficient is coded as: is it zero, its sign, is its
size more than 1, more than 2, ... up to ESCAPE, and what is left in Exp-Golomb. No size is above
MOST_STEPS, whatever the bytes: sums of neighbours stay within 32 bits. What stands above and to the
left, in the coarser band, in this level's earlier bands and in the planes before says how large it
will be: `redraw.kernels.mixing` makes a chance of that.

A writer may take a coefficient one smaller, or zero, where that saves more bits than it costs
error.

All coefficients of a tile lie in one list, band after band, each with a border of zeros around it.

Shapes: n coefficients in all, borders included; h x w coefficients in a band. See
    `redraw.kernels.mixing`.
"""

import numpy as np

from redraw.kernels.band_layout import (
    BORDER,
    CHROMA,
    COLUMNS,
    FIRST,
    LUMA,
    ORIGIN,
    OWN,
    PARENT,
    ROWS,
    SECOND,
    STRIDE,
)
from redraw.kernels.binary_coder import coded_bit, read_bit, write_bit
from redraw.kernels.compiling import entry, inner
from redraw.kernels.exp_golomb import exp_golomb
from redraw.kernels.mixing import (
    INPUTS,
    KINDS,
    MIXERS,
    SOURCES,
    TRACE,
    count,
    learn,
    placed,
    plain,
    predict,
)
from redraw.kernels.neighbours import coarser_sums, cross_sums, row_of, sign_contexts
from redraw.kernels.quantising import MOST_STEPS

# Kinds of bits: 0 whether it is zero, 1 ... whether it is larger than that, and the sign.
ESCAPE, SIGN = 15, 15
# Candidates are tried up to this size.
TRIED = 12
FEW = 1024


@inner
def _octave(value, thirds, most):
    """About three steps per octave of a value of at least 0, up to `most`."""
    step = (
        np.int64(thirds[value]) if value < FEW else np.int64(thirds[min(value >> 6, FEW - 1)]) + 18
    )
    return min(step, most)


@entry
def corner(coder, data, escapes, values, reading):
    """The low coefficients of the last level: each as what it differs from the one before.

    Args:
        coder: (WORDS,) int64
        data: (n,) uint8
        escapes: Chances of the bits. (2 LENGTHS,) int32
        values: Written, or filled. (h, w) int32
        reading: Whether to read.
    """
    before = np.int64(0)
    for y in range(values.shape[0]):
        for x in range(values.shape[1]):
            change = np.int64(values[y, x]) - before
            folded = 2 * change - 1 if change > 0 else -2 * change
            folded = exp_golomb(coder, data, folded, escapes, reading)
            before += (folded + 1) >> 1 if folded & 1 else -(folded >> 1)
            before = min(max(before, -(1 << 30)), 1 << 30)
            values[y, x] = before


@entry
def band(
    coder,
    data,
    escapes,
    table,
    weights,
    knots,
    stretch,
    squash,
    doubt,
    rates,
    thirds,
    costs,
    coefficients,
    bands,
    level,
    plane,
    third,
    exact,
    top,
    left,
    price,
    reading,
):
    """Write one band, or read it.

    Args:
        coder: Of the stream. (WORDS,) int64
        data: The stream. (n,) uint8
        escapes: (2 LENGTHS,) int32
        table: As the ones up to `doubt`, see `redraw.kernels.mixing.predict`.
        weights: The same.
        knots: The same.
        stretch: The same.
        squash: The same.
        doubt: The same.
        rates: See `redraw.kernels.mixing.learn`.
        thirds: Thirds of octaves of the coefficients below 1024. (1024,) int32
        costs: Bits that a chance of 4096 costs. (4097,) float32
        coefficients: All bands: this one is filled with what is written or read. (n,) int32
        bands: Of this band and those that tell of it. (7, 4) int64
        level: From the finest, 0.
        plane: 0 to 3.
        third: Which of the level's three bands.
        exact: What to write, in steps. (C, H, W) float32
        top: Where the band begins in there.
        left: The same.
        price: Of a bit, in squared steps; 0 to write what is nearest.
        reading: Whether to read; then `exact` is not looked at.
    """
    own = bands[OWN]
    stride, height, width = own[STRIDE], own[ROWS], own[COLUMNS]
    size = width + 8
    zero = np.zeros(size, np.int32)
    parent, parent_near, parent_wide = zero.copy(), zero.copy(), zero.copy()
    first, first_beside, second, second_beside = zero.copy(), zero.copy(), zero.copy(), zero.copy()
    luma, luma_beside, chroma, chroma_beside = zero.copy(), zero.copy(), zero.copy(), zero.copy()
    above = zero.copy()
    has_parent = bands[PARENT, ROWS] > 0
    has_first, has_second = bands[FIRST, ROWS] > 0, bands[SECOND, ROWS] > 0
    has_luma, has_chroma = bands[LUMA, ROWS] > 0, bands[CHROMA, ROWS] > 0
    whole = 24
    whole += 10 if has_parent else 0
    whole += 6 if has_first else 0
    whole += 6 if has_second else 0
    whole += 6 if has_luma else 0
    whole += 7 if has_chroma else 0
    share = 64 * 65536 // whole
    siblings = 4 if has_second else 8
    shade = min(plane, 2)  # a fourth plane is told apart by its stream's bands alone
    place = (min(level, 4) * 3 + shade) * 3 + third
    bases, sign_bases = np.empty(SOURCES, np.int64), np.empty(SOURCES, np.int64)
    selectors, sign_selectors = np.empty(MIXERS, np.int64), np.empty(MIXERS, np.int64)
    inputs = np.empty((KINDS, INPUTS), np.int32)
    traces = np.empty((KINDS, TRACE), np.int64)
    chances = np.empty(KINDS, np.int64)
    for y in range(height):
        if has_parent:
            coarser_sums(coefficients, bands[PARENT], y, parent, parent_near, parent_wide, width)
        if has_first:
            cross_sums(coefficients, bands[FIRST], y, first, first_beside, width)
        if has_second:
            cross_sums(coefficients, bands[SECOND], y, second, second_beside, width)
        if has_luma:
            cross_sums(coefficients, bands[LUMA], y, luma, luma_beside, width)
        if has_chroma:
            cross_sums(coefficients, bands[CHROMA], y, chroma, chroma_beside, width)
        row = own[ORIGIN] + y * stride
        line = row_of(coefficients, own, y, width)
        line_1, line_2 = (
            row_of(coefficients, own, y - 1, width),
            row_of(coefficients, own, y - 2, width),
        )
        line_3 = row_of(coefficients, own, y - 3, width)
        for x in range(width + 2 * BORDER):
            above[x] = abs(line_1[x]) + abs(line_2[x]) + abs(line_3[x])
        around = np.int64(0)
        for x in range(1, 2 * BORDER - 1):
            around += above[x]
        for x in range(width):
            at = row + x
            around += above[x + 7]
            if x:
                around -= above[x]
            w, n = abs(line[x + 3]), abs(line_1[x + 4])
            nw, ne = abs(line_1[x + 3]), abs(line_1[x + 5])
            ww, nn = abs(line[x + 2]), abs(line_2[x + 4])
            nne, nnw = abs(line_2[x + 5]), abs(line_2[x + 3])
            wide = around + w + ww + abs(line[x + 1])
            near = 4 * (w + n) + 2 * (nw + ne) + ww + nn + nne + nnw
            total = (
                6 * (w + n)
                + 3 * (nw + ne)
                + 2 * (ww + nn)
                + nne
                + nnw
                + parent_near[x]
                + 2 * first[x]
                + first_beside[x]
                + 2 * second[x]
                + second_beside[x]
                + 2 * luma[x]
                + luma_beside[x]
                + 3 * chroma[x]
                + chroma_beside[x]
            )
            # Where nothing is around, all contexts say the same: one count is enough.
            quiet = total == 0 and wide == 0
            some = np.int64(0)
            if quiet:
                here = place * KINDS
                chances[0] = plain(table, here)
                if reading:
                    some = read_bit(coder, data, chances[0])
                    count(table, rates, here, some)
                    if some == 0:
                        line[x + BORDER] = 0
                        continue
                elif np.int64(abs(exact[plane, top + y, left + x]) + np.float32(0.5)) == 0:
                    write_bit(coder, data, np.int64(0), chances[0])
                    count(table, rates, here, np.int64(0))
                    line[x + BORDER] = 0
                    continue
            t = _octave((total * share) >> 16, thirds, 40)
            a = _octave(near * 4, thirds, 23)
            p = _octave(np.int64(parent_near[x]) * 4, thirds, 19)
            s = _octave(
                np.int64(2 * first[x] + first_beside[x] + 2 * second[x] + second_beside[x])
                * siblings,
                thirds,
                19,
            )
            c = _octave(np.int64(3 * luma[x] + luma_beside[x]) * 6, thirds, 19)
            d = _octave(np.int64(3 * chroma[x] + chroma_beside[x]) * 6, thirds, 15)
            v = _octave(wide * 8, thirds, 23)
            bases[0] = t * 45 + place
            bases[1] = (a * 20 + p) * 3 + third
            corners = ((min(w, 4) * 5 + min(n, 4)) * 3 + min(nw, 2)) * 3 + min(ne, 2)
            bases[2] = corners * 9 + shade * 3 + third
            q = _octave(np.int64(parent_wide[x]) * 4, thirds, 15)
            bases[3] = ((min(parent[x], 4) * 16 + q) * 3 + third) * 3 + shade
            bases[4] = (s * 24 + a) * 3 + third
            bases[5] = (c * 24 + a) * 3 + shade
            bases[6] = v * 45 + place
            bases[7] = ((min(a // 2, 9) * 8 + min(p // 2, 7)) * 7 + min(s // 2, 6)) * 7 + min(
                c // 2, 6
            )
            bases[8] = (d * 16 + min(c, 15)) * 12 + min(a // 2, 11)
            bases[9] = t * 32 + a
            bases[10] = (
                ((min(ww, 3) * 4 + min(w, 3)) * 4 + min(nn, 3)) * 4 + min(n, 3)
            ) * 3 + third
            others = ((min(luma[x], 3) * 4 + min(first[x], 3)) * 4 + min(second[x], 3)) * 4
            bases[11] = (others + min(parent[x], 3)) * 9 + shade * 3 + third
            bases[12] = t * 24 + v
            placed(bases)
            selectors[0], selectors[1] = place, t
            selectors[2] = min(a, 15) * 16 + min(p, 15)
            if not quiet:
                chances[0] = predict(
                    table, weights, knots, stretch, squash, doubt, 0, bases, selectors, t,
                    inputs, traces,
                )  # fmt: skip
            known = 1
            value = np.int64(0)
            negative = np.int64(0)
            if reading:
                if not quiet:
                    some = read_bit(coder, data, chances[0])
            else:
                real = exact[plane, top + y, left + x]
                negative = np.int64(real < 0)
                real = abs(real)
                value = min(np.int64(real + np.float32(0.5)), MOST_STEPS)
                if price > 0 and 0 < value <= TRIED:
                    nearest = value
                    value = np.int64(0)
                    best = real * real + price * costs[(65536 - chances[0]) >> 4]
                    bits = costs[chances[0] >> 4] + np.float32(1.0)
                    for m in range(1, nearest + 1):
                        chances[m] = predict(
                            table, weights, knots, stretch, squash, doubt, m, bases, selectors, t,
                            inputs, traces,
                        )  # fmt: skip
                        known = m + 1
                        if m >= nearest - 1:
                            error = real - m
                            cost = error * error + price * (bits + costs[(65536 - chances[m]) >> 4])
                            if cost < best:
                                best, value = cost, m
                        bits += costs[chances[m] >> 4]
                some = np.int64(value > 0)
                write_bit(coder, data, some, chances[0])
            if quiet:
                if not reading:
                    count(table, rates, bases[0], some)
            else:
                learn(
                    table, weights, knots, squash, rates, 0, bases, selectors, inputs, traces,
                    some,
                )  # fmt: skip
            if some == 0:
                line[x + BORDER] = 0
                continue
            sign_contexts(coefficients, bands, at, y, x, place, shade, third, sign_bases)
            sign_selectors[0] = place
            sign_selectors[1] = min(luma[x], 3) * 9 + shade * 3 + third
            sign_selectors[2] = 0
            chance = predict(
                table, weights, knots, stretch, squash, doubt, SIGN, sign_bases, sign_selectors, 0,
                inputs, traces,
            )  # fmt: skip
            negative = coded_bit(coder, data, chance, negative, reading)
            learn(
                table, weights, knots, squash, rates, SIGN, sign_bases, sign_selectors, inputs,
                traces, negative,
            )  # fmt: skip
            m = 1
            while m < ESCAPE:
                if m >= known:
                    chances[m] = predict(
                        table, weights, knots, stretch, squash, doubt, m, bases, selectors, t,
                        inputs, traces,
                    )  # fmt: skip
                more = coded_bit(coder, data, chances[m], np.int64(value > m), reading)
                learn(
                    table, weights, knots, squash, rates, m, bases, selectors, inputs, traces,
                    more,
                )  # fmt: skip
                if not more:
                    break
                m += 1
            if m == ESCAPE:
                m = min(m + exp_golomb(coder, data, value - m, escapes, reading), MOST_STEPS)
            line[x + BORDER] = -m if negative else m
