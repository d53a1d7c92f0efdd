"""What an error of pixels says of wavelet coefficients: `lifting.synthesise` transposed, in floats.

And about which errors there will be, before a coder has chosen.

A coefficient's share of an error of the pixels is the product of that error with the coefficient's
synthesis function. Only writers need it.

Shapes: H rows, W columns; n low and m high coefficients, n = m or m + 1; L levels.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.lifting import SHIFT, STEPS, parted
from redraw.kernels.quantising import SIZES

# Neighbours on either side that tell how large coefficients are; the least mean of their sizes, in
# steps, and the most bits that one more is taken to cost.
WIDE, LEAST_MEAN, MOST_BITS = 2, 0.08, 8.0
LN2 = np.log(2.0)


@inner
def _taken(target, left, right, factor):
    """target -= factor * (left + right). (n,) each"""
    for x in range(len(target)):
        target[x] -= factor * (left[x] + right[x])


@inner
def _line(part, n, work):
    """The transpose of the lifting back of one row, low coefficients first. (w,), work (w + 4,)"""
    m = len(part) - n
    if m == 0:
        return
    low, high = part[:n], part[n:]
    for step in range(4):
        factor = np.float32(STEPS[step] / (1 << SHIFT))
        if step % 2:
            # A mirrored sample gave twice, so it takes twice.
            work[:n] = low
            work[n] = 0.0
            work[m] *= np.float32(2.0)
            high[0] -= factor * low[0]
            _taken(high, work[:m], work[1 : m + 1], factor)
        else:
            work[0] = 0.0
            work[1 : m + 1] = high
            work[m + 1] = 0.0
            if n == m:
                work[m] *= np.float32(2.0)
            _taken(low, work[:n], work[1 : n + 1], factor)


@inner
def _rows(low, high):
    """The transpose of the lifting back between rows: low (n, w) and high (m, w), in place."""
    n, m = len(low), len(high)
    if m == 0:
        return
    for step in range(4):
        factor = np.float32(STEPS[step] / (1 << SHIFT))
        if step % 2:
            for k in range(n):
                _added(high[max(k - 1, 0)], low[k], factor)
                _added(high[min(k, m - 1)], low[k], factor)
        else:
            for k in range(m):
                _added(low[k], high[k], factor)
                _added(low[min(k + 1, n - 1)], high[k], factor)


@inner
def _added(target, source, factor):
    """target -= factor * source. (w,) each"""
    for x in range(len(target)):
        target[x] -= factor * source[x]


@entry
def gather(plane, downs, acrosses):
    """Errors of samples to what they say of coefficients, in place; as `lifting.analyse` lies.

    Args:
        plane: (H, W) float32
        downs: Rows of low coefficients after each level. (L + 1,) int64
        acrosses: Columns of them. (L + 1,) int64
    """
    work = np.empty(plane.shape[1] + 4, np.float32)
    temp = np.empty(plane.shape, np.float32)
    for level in range(len(downs) - 1):
        h, w, n, m = downs[level], acrosses[level], downs[level + 1], acrosses[level + 1]
        for y in range(h):
            _line(parted(plane, y, n, m, w, temp), m, work)
        _rows(temp[:n, :w], temp[n:h, :w])
        plane[:h, :w] = temp[:h, :w]


@inner
def _around(coefficients, part, y, columns, sums):
    """Sums of the sizes in 5 x 5 around each number of a row; beyond a band as at its edge.

    Args:
        coefficients: (H, W) int32
        part: Of the band: first row, the one after the last, and columns. (4,)
        y: The row.
        columns: Work. (W,) int64
        sums: Filled. (W,) int64
    """
    width = part[3] - part[2]
    columns[:width] = 0
    for row in range(y - WIDE, y + WIDE + 1):
        line = coefficients[min(max(row, part[0]), part[1] - 1), part[2] : part[3]]
        for x in range(width):
            columns[x] += abs(line[x])
    for x in range(width):
        total = np.int64(0)
        for near in range(x - WIDE, x + WIDE + 1):
            total += columns[min(max(near, 0), width - 1)]
        sums[x] = total


@entry
def guess(coefficients, part, step, price, out, places):
    """About what the coder will choose for a band, if sizes are spread as those around are.

    Of sizes with mean b, spread as exp(-size / b), one more costs 1 / (b ln 2) bits; a coefficient
    that isn't zero costs its sign as well.

    Args:
        coefficients: (H, W) int32
        part: Of the band: first row, the one after the last, and columns. (4,) int64
        step: Of the band, in 1/256.
        price: Of a bit, in squared steps.
        out: Filled, in steps. (H, W) int32
        places: Added to: by how much sizes of 1, 2 and more are rounded down, and how many there
            are. (SIZES, 2) float64
    """
    factor = 256.0 / step
    columns, sums = (
        np.empty(coefficients.shape[1], np.int64),
        np.empty(coefficients.shape[1], np.int64),
    )
    for y in range(part[0], part[1]):
        _around(coefficients, part, y, columns, sums)
        for x in range(part[2], part[3]):
            exact = abs(coefficients[y, x]) * factor
            mean = max(sums[x - part[2]] * factor / (2 * WIDE + 1) ** 2, LEAST_MEAN)
            size = np.int64(max(exact + 0.5 - 0.5 * price * min(1.0 / (mean * LN2), MOST_BITS), 0))
            if size == 1:
                zero = np.exp(-0.5 / mean)
                bits = 1.0 + np.log2((1.0 - zero) / (zero * (1.0 - zero * zero)))
                size = np.int64(exact > 0.5 + 0.5 * price * bits)
            if size:
                kind = min(size, SIZES) - 1
                places[kind, 0] += exact - size
                places[kind, 1] += 1.0
            out[y, x] = size if coefficients[y, x] > 0 else -size


@entry
def aimed(coefficients, errors, shares, part, taken, weight, step, out):
    """Where coefficients of a band aim so that the others' errors are made up for, in steps.

    Args:
        coefficients: Exact. (H, W) int32
        errors: By how much they were missed. (H, W) int32
        shares: Of the pixels' error, by `gather`. (H, W) float32
        part: Of the plane: first row, the one after the last, and columns. (4,) int64
        taken: Which part of the others' errors to make up for.
        weight: 1 over the square of the norm of the band's synthesis function.
        step: Of the band, in 1/256.
        out: Filled. (H, W) float32
    """
    factor, part_of, share = np.float32(256.0 / step), np.float32(taken), np.float32(weight)
    for y in range(part[0], part[1]):
        for x in range(part[2], part[3]):
            others = share * shares[y, x] - np.float32(errors[y, x])
            out[y, x] = factor * (np.float32(coefficients[y, x]) + part_of * others)
