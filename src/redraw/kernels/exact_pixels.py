"""Exact pixels in few bytes, beside a decoded picture that is near them.

A channel's values are coded row by row. Each is predicted, in 1/16 of a level, from the decoded
picture around it, which is known on all sides, and from what that missed at pixels and channels
that are known already: by weights that the file holds, by the same as they go on learning, slowly
and quickly, and by the mean of the three, weighed by how well each did nearby. What that misses is
coded as wavelet coefficients are (`redraw.kernels.coefficients`): is it zero, its sign, how large
it is, the chance of each bit mixed from contexts.

All is whole numbers below 2^53, whatever the bytes.

Shapes: C channels, H rows, W columns, T taps; planes with a border are H + 2 BORDER high and
W + 2 BORDER wide.

Sources: Widrow and Hoff 1960 (least mean squares); Meyer and Tischer 1997 (predictions blended by
their errors nearby); docs/format.md has every rounding.
"""

import numpy as np

from redraw.kernels.binary_coder import coded_bit
from redraw.kernels.coefficients import FEW
from redraw.kernels.compiling import entry, inner
from redraw.kernels.exact_layout import BORDER, OTHER_TAPS, OTHERS, OWN_TAPS, TAPS
from redraw.kernels.exp_golomb import exp_golomb
from redraw.kernels.mixing import INPUTS, KINDS, MIXERS, SOURCES, TRACE, learn, placed, predict

# Values are in 1/16 of a level, weights in 1/65536.
PLACES, WEIGHT = 4, 16
# Fixed weights, such that learn slowly, and quickly: by how much, as a power of two.
PREDICTORS, SLOW, QUICK = 3, 24, 27
MOST_WEIGHT, MOST_GAIN, LEAST_NORM = 1 << 19, 1 << 24, 4096
# Kinds of bits: 0 whether it is zero, 1 ... whether it is larger than that, and the sign.
SIGN, ESCAPE = 15, 15
# Low bits of a size have chances by how many there are, and which.
LOWS = 256
LARGEST = 1 << 17


@inner
def _taps(decoded, missed, channel, y, x, taps):
    """What predictions are made of: see the module. (C, H, W), (C, H, W) -> (TAPS,)"""
    c, d, e = channel, decoded, missed
    here = d[c, y, x]
    taps[0], taps[1] = e[c, y, x - 1], e[c, y - 1, x]
    taps[2], taps[3] = e[c, y - 1, x - 1], e[c, y - 1, x + 1]
    taps[4], taps[5], taps[6] = e[c, y, x - 2], e[c, y - 2, x], e[c, y - 2, x + 1]
    taps[7], taps[8] = d[c, y, x - 1] - here, d[c, y, x + 1] - here
    taps[9], taps[10] = d[c, y - 1, x] - here, d[c, y + 1, x] - here
    taps[11], taps[12] = d[c, y - 1, x - 1] - here, d[c, y - 1, x + 1] - here
    taps[13], taps[14] = d[c, y + 1, x - 1] - here, d[c, y + 1, x + 1] - here
    at = OWN_TAPS
    for o in range(channel - 1, max(channel - 1 - OTHERS, -1), -1):
        taps[at], taps[at + 1], taps[at + 2] = e[o, y, x], e[o, y, x - 1], e[o, y, x + 1]
        taps[at + 3], taps[at + 4] = e[o, y - 1, x], e[o, y + 1, x]
        taps[at + 5], taps[at + 6] = e[o, y - 1, x - 1], e[o, y - 1, x + 1]
        at += OTHER_TAPS
    for i in range(at, TAPS):
        taps[i] = 0


@entry
def gather(decoded, missed, channel, rows, columns, out):
    """The taps of some pixels, for a writer that looks for weights.

    Args:
        decoded: With a border. (C, H, W) int32
        missed: Exact values less `decoded`, all of them. As that.
        channel: Which.
        rows: (n,) int64
        columns: (n,) int64
        out: Filled. (n, TAPS) float32
    """
    taps = np.empty(TAPS, np.int64)
    for i in range(len(rows)):
        _taps(decoded, missed, channel, rows[i] + BORDER, columns[i] + BORDER, taps)
        for k in range(TAPS):
            out[i, k] = taps[k]


@inner
def _octave(value, thirds, most):
    """About three steps per octave of a value of at least 0, up to `most`."""
    more = np.int64(0)
    while value >= FEW:
        value >>= 4
        more += 12
    return min(np.int64(thirds[value]) + more, most)


@inner
def _signed(value):
    """A difference in 1/16 of a level as one of nine: its sign and about its size."""
    size = abs(value)
    kind = 0
    if size >= 4:
        kind = 1 if size < 16 else (2 if size < 48 else (3 if size < 160 else 4))
    return 4 + kind if value > 0 else 4 - kind


@entry
def code(
    coder,
    data,
    escapes,
    lows,
    table,
    weights,
    knots,
    stretch,
    squash,
    doubt,
    rates,
    thirds,
    decoded,
    missed,
    errors,
    guesses,
    values,
    fixed,
    learned,
    channel,
    top,
    bottom,
    depth,
    off,
    reading,
):
    """Write some rows of a channel, or read them.

    Args:
        coder: Of the stream. (WORDS,) int64
        data: The stream. (n,) uint8
        escapes: Chances of the bits of escaped numbers. (2 LENGTHS,) int32
        lows: Chances of low bits. (LOWS,) int32
        table: As the ones up to `doubt`, see `redraw.kernels.mixing.predict`.
        weights: The same.
        knots: The same.
        stretch: The same.
        squash: The same.
        doubt: The same.
        rates: See `redraw.kernels.mixing.learn`.
        thirds: Thirds of octaves of the sizes below 1024. (1024,) int32
        decoded: What is near the values, in 1/16, with a border of the nearest. (C, H, W) int32
        missed: Values less `decoded`, filled, with a border of zeros. (C, H, W) int32
        errors: What predictions missed, filled, with a border of zeros. (C, H, W) int32
        guesses: The same of each predictor: of this row and of the one before. (C, PREDICTORS, 2,
            W + 2 BORDER) int32
        values: Written and, where they need not be exact, changed; or filled. (C, H, W) int32
        fixed: In 1/65536. (TAPS,) int64
        learned: The same, changed. (PREDICTORS - 1, TAPS) int64
        channel: Which; those before it are known up to the row after the last.
        top: The first row.
        bottom: The one after the last.
        depth: Bits of a value.
        off: By how much a value may be off.
        reading: Whether to read.
    """
    taps = np.empty(TAPS, np.int64)
    bases, sign_bases = np.empty(SOURCES, np.int64), np.empty(SOURCES, np.int64)
    selectors, sign_selectors = np.empty(MIXERS, np.int64), np.empty(MIXERS, np.int64)
    inputs = np.empty((KINDS, INPUTS), np.int32)
    traces = np.empty((KINDS, TRACE), np.int64)
    missing, said = np.empty(PREDICTORS, np.int64), np.empty(PREDICTORS, np.int64)
    width = values.shape[2]
    most = np.int64((1 << depth) - 1)
    step = 2 * off + 1
    d, e, own = decoded[channel], missed[channel], errors[channel]
    others = min(channel, OTHERS)
    before = errors[max(channel - 1, 0)]
    before_2 = errors[max(channel - 2, 0)]
    for row in range(top, bottom):
        y = row + BORDER
        for column in range(width):
            x = column + BORDER
            _taps(decoded, missed, channel, y, x, taps)
            norm = np.int64(0)
            for i in range(TAPS):
                norm += taps[i] * taps[i]
            least = np.int64(1) << 60
            for k in range(PREDICTORS):
                dot = np.int64(0)
                if k == 0:
                    for i in range(TAPS):
                        dot += np.int64(fixed[i]) * taps[i]
                else:
                    for i in range(TAPS):
                        dot += np.int64(learned[k - 1, i]) * taps[i]
                guess = d[y, x] + (dot >> WEIGHT)
                said[k] = min(max(guess, 0), most << PLACES)
                now, above = y & 1, 1 - (y & 1)
                miss = abs(guesses[channel, k, now, x - 1]) + abs(guesses[channel, k, above, x])
                miss += abs(guesses[channel, k, above, x - 1])
                miss += abs(guesses[channel, k, above, x + 1]) + 1
                missing[k] = miss
                least = min(least, miss)
            total = np.int64(0)
            share = np.int64(0)
            for k in range(PREDICTORS):
                z = (256 * least) // missing[k]
                z = z * z
                total += z * said[k]
                share += z
            p = (total + (share >> 1)) // share
            a = min(max((p + 8) >> PLACES, 0), most)
            fraction = min(max(p + 8 - (a << PLACES), 0), 15)
            w, n = abs(own[y, x - 1]), abs(own[y - 1, x])
            nw, ne = abs(own[y - 1, x - 1]), abs(own[y - 1, x + 1])
            ww, nn = abs(own[y, x - 2]), abs(own[y - 2, x])
            near = (2 * (w + n) + nw + ne + ww + nn) >> 2
            wide = (
                w
                + ww
                + abs(own[y, x - 3])
                + n
                + nn
                + nw
                + ne
                + abs(own[y - 1, x + 2])
                + abs(own[y - 1, x - 2])
                + abs(own[y - 2, x - 1])
                + abs(own[y - 2, x + 1])
                + abs(own[y - 2, x + 2])
            ) >> 2
            beside = np.int64(0)
            r1 = np.int64(0)
            r2 = np.int64(0)
            if others > 0:
                r1 = np.int64(before[y, x])
                beside = (
                    4 * abs(r1)
                    + abs(before[y, x - 1])
                    + abs(before[y, x + 1])
                    + abs(before[y - 1, x])
                    + abs(before[y + 1, x])
                ) >> 2
                if others > 1:
                    r2 = np.int64(before_2[y, x])
                    beside += abs(r2)
            dx, dy = d[y, x + 1] - d[y, x - 1], d[y + 1, x] - d[y - 1, x]
            bend = 4 * d[y, x] - d[y, x + 1] - d[y, x - 1] - d[y + 1, x] - d[y - 1, x]
            spread = abs(said[0] - p) + abs(said[1] - p) + abs(said[2] - p)
            T = _octave(near, thirds, 63)
            V = _octave(wide, thirds, 63)
            K = _octave(beside, thirds, 63)
            G = _octave((abs(dx) + abs(dy)) >> 1, thirds, 63)
            H = _octave(abs(bend) >> 1, thirds, 63)
            S = _octave(spread, thirds, 63)
            B = min(_octave(norm, thirds, 200) >> 1, 63)
            edge = (1 if a == 0 else 0) + (2 if a == most else 0)
            bases[0] = T * 64 + V
            bases[1] = T * 64 + K
            bases[2] = T * 64 + G
            bases[3] = V * 64 + K
            bases[4] = (T * 16 + fraction) * 4 + edge
            bases[5] = K * 64 + G
            bases[6] = (
                _octave(w >> 2, thirds, 15) * 16 + _octave(n >> 2, thirds, 15)
            ) * 16 + _octave(ne >> 2, thirds, 15)
            bases[7] = (
                _octave(abs(r1) >> 2, thirds, 15) * 16 + _octave(abs(r2) >> 2, thirds, 15)
            ) * 16 + (T >> 2)
            bases[8] = S * 64 + T
            bases[9] = H * 64 + V
            bases[10] = (a >> (depth - 8)) * 16 + (T >> 2)
            bases[11] = B * 64 + K
            bases[12] = V * 64 + S
            placed(bases)
            selectors[0], selectors[1] = T, K
            selectors[2] = min(T >> 2, 15) * 16 + min(S >> 2, 15)
            mean = (near >> 3) // step
            shift = np.int64(0)
            while mean >> (shift + 4):
                shift += 1
            size = np.int64(0)
            negative = np.int64(0)
            if not reading:
                miss = np.int64(values[channel, row, column]) - a
                negative = np.int64(miss < 0)
                size = (abs(miss) + off) // step
            chance = predict(
                table, weights, knots, stretch, squash, doubt, 0, bases, selectors, T, inputs,
                traces,
            )  # fmt: skip
            some = coded_bit(coder, data, chance, np.int64(size > 0), reading)
            learn(table, weights, knots, squash, rates, 0, bases, selectors, inputs, traces, some)
            if some:
                q1, q2 = _signed(r1), _signed(r2)
                qw, qn = _signed(own[y, x - 1]), _signed(own[y - 1, x])
                sign_bases[0] = (T * 16 + fraction) * 4 + edge
                sign_bases[1] = (qw * 9 + qn) * 9 + _signed(own[y - 1, x + 1])
                sign_bases[2] = (q1 * 9 + q2) * 9 + qw
                sign_bases[3] = (_signed(said[0] - p) * 9 + _signed(said[1] - p)) * 9 + _signed(
                    said[2] - p
                )
                sign_bases[4] = (_signed(bend) * 9 + _signed(dx)) * 9 + _signed(dy)
                sign_bases[5] = (_signed(e[y, x - 1]) * 9 + _signed(e[y - 1, x])) * 9 + _signed(
                    d[y, x] - p
                )
                sign_bases[6] = fraction * 81 + q1 * 9 + qn
                sign_bases[7] = (a >> (depth - 8)) * 16 + fraction
                for i in range(8, SOURCES):
                    sign_bases[i] = 0
                placed(sign_bases)
                sign_selectors[0], sign_selectors[1] = fraction * 4 + edge, q1 * 9 + qw
                sign_selectors[2] = 0
                chance = predict(
                    table, weights, knots, stretch, squash, doubt, SIGN, sign_bases,
                    sign_selectors, 0, inputs, traces,
                )  # fmt: skip
                negative = coded_bit(coder, data, chance, negative, reading)
                learn(
                    table, weights, knots, squash, rates, SIGN, sign_bases, sign_selectors,
                    inputs, traces, negative,
                )  # fmt: skip
                units = (size - 1) >> shift
                m = 1
                while m < ESCAPE:
                    chance = predict(
                        table, weights, knots, stretch, squash, doubt, m, bases, selectors, T,
                        inputs, traces,
                    )  # fmt: skip
                    more = coded_bit(coder, data, chance, np.int64(units >= m), reading)
                    learn(
                        table, weights, knots, squash, rates, m, bases, selectors, inputs, traces,
                        more,
                    )  # fmt: skip
                    if not more:
                        break
                    m += 1
                found = m - 1
                if m == ESCAPE:
                    found += exp_golomb(coder, data, units - found, escapes, reading)
                    found = min(found, LARGEST)
                for k in range(shift - 1, -1, -1):
                    bit = ((size - 1) >> k) & 1
                    at = 16 * min(shift, 15) + k
                    chance = min(max(np.int64(lows[at]), 4000), 61000)
                    bit = coded_bit(coder, data, chance, bit, reading)
                    lows[at] += ((65535 if bit else 0) - lows[at]) >> 6
                    found = 2 * found + bit
                size = found + 1
            value = a + (-size if negative else size) * step
            value = min(max(value, 0), most)
            values[channel, row, column] = value
            exact = value << PLACES
            own[y, x] = exact - p
            e[y, x] = exact - d[y, x]
            for k in range(PREDICTORS):
                miss = exact - said[k]
                guesses[channel, k, y & 1, x] = miss
                if k:
                    gain = (miss << (SLOW if k == 1 else QUICK)) // (norm + LEAST_NORM)
                    gain = min(max(gain, -MOST_GAIN), MOST_GAIN)
                    for i in range(TAPS):
                        moved = np.int64(learned[k - 1, i]) + ((gain * taps[i] + (1 << 17)) >> 18)
                        learned[k - 1, i] = min(max(moved, -MOST_WEIGHT), MOST_WEIGHT)
