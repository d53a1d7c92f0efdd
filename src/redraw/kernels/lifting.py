"""The 9/7 wavelet of Cohen, Daubechies and Feauveau in whole numbers, by lifting.

Only the four lifting steps, without the scaling that follows them: the steps of quantisation take
that up. Planes are mirrored at their edges about the outermost samples. Sums are rounded to the
nearest; all is exact and the same everywhere, and going back undoes going forth to the last bit.

After each level going back coefficients are held within LARGEST, so that none ever needs more than
32 bits, whatever a file says: a level multiplies by less than 139 (docs/format.md).

Shapes: C planes, H rows, W columns.

Source: Daubechies & Sweldens 1998, "Factoring wavelet transforms into lifting steps", section 7.7.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# -1.586134342, -.052980118, .882911075, .443506852 in 1/16384.
STEPS = (-25987, -868, 14466, 7266)
SHIFT = 14
HALF = 1 << (SHIFT - 1)
LARGEST = 1 << 23


@inner
def _lift(target, left, right, factor, sign):
    """target += sign * factor * (left + right), rounded. (n,) each"""
    for x in range(len(target)):
        target[x] += sign * ((factor * (np.int64(left[x]) + np.int64(right[x])) + HALF) >> SHIFT)


@inner
def _rows_back(low, high):
    """Undo the lifting between rows: low (n, w) and high (m, w), n = m or m + 1, in place."""
    n, m = len(low), len(high)
    if m == 0:
        return
    for step in range(3, -1, -1):
        if step % 2:
            for k in range(n):
                _lift(low[k], high[max(k - 1, 0)], high[min(k, m - 1)], STEPS[step], -1)
        else:
            for k in range(m):
                _lift(high[k], low[k], low[min(k + 1, n - 1)], STEPS[step], -1)


@inner
def _rows_forth(low, high):
    """The lifting between rows, in place."""
    n, m = len(low), len(high)
    if m == 0:
        return
    for step in range(4):
        if step % 2:
            for k in range(n):
                _lift(low[k], high[max(k - 1, 0)], high[min(k, m - 1)], STEPS[step], 1)
        else:
            for k in range(m):
                _lift(high[k], low[k], low[min(k + 1, n - 1)], STEPS[step], 1)


@inner
def _line(part, n, work, forth):
    """Lift one row, low coefficients first and then high ones, or back. (w,), work (w + 4,)"""
    m = len(part) - n
    if m == 0:
        return
    low, high = part[:n], part[n:]
    for step in range(4) if forth else range(3, -1, -1):
        sign = 1 if forth else -1
        if step % 2:
            # High coefficients with the mirrored ones: high[-1] = high[0], high[m] = high[m - 1].
            work[0] = high[0]
            work[1 : m + 1] = high
            work[m + 1] = high[m - 1]
            _lift(low, work[:n], work[1 : n + 1], STEPS[step], sign)
        else:
            work[:n] = low
            work[n] = low[n - 1]
            _lift(high, work[:m], work[1 : m + 1], STEPS[step], sign)


@inner
def parted(plane, y, n, m, w, temp):
    """A row of `plane` to where low rows and then high rows go, low samples first. -> (w,)

    Args:
        plane: (H, W)
        y: Which row; even ones are low.
        n: Low rows.
        m: Low samples in a row.
        w: Samples in a row.
        temp: Where to. (H, W)
    """
    to = temp[y // 2 if y % 2 == 0 else n + y // 2]
    for x in range(m):
        to[x] = plane[y, 2 * x]
    for x in range(w - m):
        to[m + x] = plane[y, 2 * x + 1]
    return to[:w]


@entry
def analyse(plane, downs, acrosses):
    """Samples to wavelet coefficients, in place: low ones of the last level in the top left corner.

    Args:
        plane: (H, W) int32
        downs: Rows of low coefficients after each level. (L + 1,) int64
        acrosses: Columns of them. (L + 1,) int64
    """
    work = np.empty(plane.shape[1] + 4, np.int32)
    temp = np.empty(plane.shape, np.int32)
    for level in range(len(downs) - 1):
        h, w, n, m = downs[level], acrosses[level], downs[level + 1], acrosses[level + 1]
        for y in range(h):
            _line(parted(plane, y, n, m, w, temp), m, work, True)
        _rows_forth(temp[:n, :w], temp[n:h, :w])
        plane[:h, :w] = temp[:h, :w]


@entry
def synthesise(plane, downs, acrosses, stop):
    """Wavelet coefficients to samples, in place; undoes `analyse`, down to level `stop` (0: all).

    `plane` (H, W) int32, sides of the levels (L + 1,) each.
    """
    work = np.empty(plane.shape[1] + 4, np.int32)
    temp = np.empty(plane.shape, np.int32)
    for level in range(len(downs) - 2, stop - 1, -1):
        h, w, n, m = downs[level], acrosses[level], downs[level + 1], acrosses[level + 1]
        _rows_back(plane[:n, :w], plane[n:h, :w])
        for y in range(h):
            source = plane[y // 2 if y % 2 == 0 else n + y // 2]
            _line(source[:w], m, work, False)
            to = temp[y]
            for x in range(m):
                to[2 * x] = min(max(source[x], -LARGEST), LARGEST)
            for x in range(w - m):
                to[2 * x + 1] = min(max(source[m + x], -LARGEST), LARGEST)
        plane[:h, :w] = temp[:h, :w]
