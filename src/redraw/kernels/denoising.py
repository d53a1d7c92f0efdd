"""Noise taken from a picture: averages over pixels whose surroundings look alike.

Two pixels of one colour differ by noise alone, by twice its variance in the mean; so do those along
one straight edge. What is much farther apart has no say.

Source: Buades, Coll & Morel 2005, "A non-local algorithm for image denoising", with weights that
come near to a Gaussian's and end.

Shapes: H rows, W columns, C channels.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Pixels on either side of one that are its surroundings.
PATCH = 1


@inner
def _apart(values, y, down, right, out):
    """Squared differences of a row from another, over all channels; the ends go on. (W,)

    Args:
        values: (C, H, W)
        y: Of the row.
        down: How far away the other is, and `right`.
        out: Filled. (W,)
    """
    channels, height, width = values.shape
    here = min(max(y, 0), height - 1)
    there = min(max(here + down, 0), height - 1)
    first, last = max(0, -right), min(width, width - right)
    for i in range(width):
        out[i] = np.float32(0.0)
    for c in range(channels):
        own, other = values[c, here], values[c, there]
        for i in range(first, last):
            d = own[i] - other[i + right]
            out[i] += d * d
        for i in range(first):
            d = own[i] - other[0]
            out[i] += d * d
        for i in range(last, width):
            d = own[i] - other[width - 1]
            out[i] += d * d


@entry
def like_averages(values, sure, expected, wide, reach, out, first, last):
    """Averages over like pixels nearby.

    Args:
        values: (C, H, W)
        sure: What a pixel counts: 0 for one that says nothing. (H, W)
        expected: The mean squared difference, over surroundings and channels, that is none.
        wide: How much more gives a weight of 1 / e, about; none from eight times that on.
        reach: Pixels along each axis.
        out: Filled from row `first` to `last`. (C, H, W)
    """
    channels, height, width = values.shape
    rows = last - first
    total, most = np.zeros((rows, width), np.float32), np.zeros((rows, width), np.float32)
    apart = np.zeros((2 * PATCH + 1, width), np.float32)
    column = np.zeros(width + 2 * PATCH, np.float32)
    weight = np.zeros(width, np.float32)
    share = np.float32(1.0 / ((2 * PATCH + 1) ** 2 * channels))
    fall = np.float32(1.0 / (8.0 * wide))
    for c in range(channels):
        for y in range(first, last):
            for x in range(width):
                out[c, y, x] = np.float32(0.0)
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            if (down == 0 and right == 0) or abs(right) >= width:
                continue
            begin, end = max(0, -right), min(width, width - right)
            for y in range(first - PATCH, last + PATCH):
                _apart(values, y, down, right, apart[y % (2 * PATCH + 1)])
                own = y - PATCH
                if own < first or own + down < 0 or own + down >= height:
                    continue
                for x in range(width):
                    column[x + 1] = apart[0, x] + apart[1, x] + apart[2, x]
                column[0], column[width + 1] = column[1], column[width]
                likes, sums = sure[own + down], total[own - first]
                best = most[own - first]
                for x in range(begin, end):
                    square = (column[x] + column[x + 1] + column[x + 2]) * share
                    w = min(np.float32(1.0), np.float32(1.0) - (square - expected) * fall)
                    w = max(np.float32(0.0), w)
                    w *= w
                    w *= w
                    w *= w
                    w *= likes[x + right]
                    weight[x] = w
                    sums[x] += w
                    best[x] = max(best[x], w)
                for c in range(channels):
                    source, target = values[c, own + down], out[c, own]
                    for x in range(begin, end):
                        target[x] += weight[x] * source[x + right]
    for y in range(first, last):
        for x in range(width):
            # Itself counts as much as what is most like it.
            own = max(most[y - first, x], np.float32(1e-3))
            for c in range(channels):
                out[c, y, x] = (out[c, y, x] + own * values[c, y, x]) / (total[y - first, x] + own)
