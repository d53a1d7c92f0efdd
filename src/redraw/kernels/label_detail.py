"""What is interpolated linearly between listed pixels: its means over pixels, and back.

Such means are not zero in listed pixels and in those that touch them: these are told. Of rows,
three are walked along at once.

Shapes: H rows, W columns, C channels, T pixels told, row by row.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Means over a pixel of what is interpolated linearly between it and its neighbours.
SHARES = (np.float32(0.125), np.float32(0.75), np.float32(0.125))


@inner
def _moved(told, begins, y, x, at, window):
    """Move a window of 3 x 3 numbers of told pixels, -1 for others, so that its centre is at x.

    told (H, W), begins (H + 1,), `at` (3,): the next number of each row, window (3, 3)
    """
    height, width = told.shape
    for b in range(3):
        window[b, 0], window[b, 1], window[b, 2] = window[b, 1], window[b, 2], -1
        row = y - 1 + b
        if 0 <= row < height and x + 1 < width and told[row, x + 1]:
            window[b, 2] = at[b]
            at[b] += 1


@inner
def _begun(told, begins, y, at, window):
    """A window before the first pixel of a row."""
    for b in range(3):
        at[b] = begins[min(max(y - 1 + b, 0), told.shape[0] - 1)]
    window[:] = -1
    _moved(told, begins, y, -1, at, window)


@entry
def spread(detail, told, begins, out, first, last):
    """The means of the detail over the pixels told.

    Args:
        detail: At their centres, 0 where they are not listed. (T, C)
        told: Which these are. (H, W) bool
        begins: The first of each row, and their end. (H + 1,)
        out: Filled for rows `first` to `last`. (T, C)
    """
    at, window = np.empty(3, np.int64), np.empty((3, 3), np.int64)
    for y in range(first, last):
        _begun(told, begins, y, at, window)
        for x in range(told.shape[1]):
            _moved(told, begins, y, x, at, window)
            own = window[1, 1]
            if own < 0:
                continue
            for c in range(detail.shape[1]):
                out[own, c] = 0
            for b in range(3):
                for a in range(3):
                    if window[b, a] >= 0:
                        share = SHARES[b] * SHARES[a]
                        for c in range(detail.shape[1]):
                            out[own, c] += share * detail[window[b, a], c]


@entry
def gathered(values, listed, told, begins, out, first, last):
    """What pixels carry to the listed ones: the transpose of `spread`.

    Args:
        values: (T, C)
        listed: Which of them are listed. (T,) bool
        told: As of `spread`.
        begins: As of `spread`.
        out: Filled for rows `first` to `last`: 0 where not listed. (T, C)
    """
    at, window = np.empty(3, np.int64), np.empty((3, 3), np.int64)
    for y in range(first, last):
        _begun(told, begins, y, at, window)
        for x in range(told.shape[1]):
            _moved(told, begins, y, x, at, window)
            own = window[1, 1]
            if own < 0:
                continue
            for c in range(values.shape[1]):
                out[own, c] = 0
            for b in range(3 if listed[own] else 0):
                for a in range(3):
                    if window[b, a] >= 0:
                        share = SHARES[b] * SHARES[a]
                        for c in range(values.shape[1]):
                            out[own, c] += share * values[window[b, a], c]
