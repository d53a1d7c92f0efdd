"""Pixels seen through a footprint: symmetric weights along both axes, mirrored at a picture's ends.

Mirrored so, weighing is its own transpose.

Sources: descent: Beck & Teboulle 2009 (FISTA); averages over like pixels: Tomasi & Manduchi 1998,
"Bilateral filtering for gray and color images".

Shapes: H rows, W columns, C channels, 2 R + 1 weights.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner


@inner
def mirrored(i, count):
    """The index inside of the picture that stands for one outside: c b a | a b c d | d c b."""
    if count == 1:
        return 0
    i = i % (2 * count)
    return i if i < count else 2 * count - 1 - i


@entry
def weigh_down(values, taps, out, first, last):
    """Along columns. values, out (H, W, C), taps (2 R + 1,); from row `first` to `last`."""
    height, width, channels = values.shape
    reach = len(taps) // 2
    for y in range(first, last):
        for x in range(width):
            for c in range(channels):
                out[y, x, c] = taps[reach] * values[y, x, c]
        for i in range(1, reach + 1):
            above, below = mirrored(y - i, height), mirrored(y + i, height)
            for x in range(width):
                for c in range(channels):
                    out[y, x, c] += taps[reach + i] * (values[above, x, c] + values[below, x, c])


@entry
def weigh_across(values, taps, out, first, last):
    """Along rows, as `weigh_down`. (H, W, C), (2 R + 1,)"""
    _, width, channels = values.shape
    reach = len(taps) // 2
    for y in range(first, last):
        for x in range(width):
            for c in range(channels):
                out[y, x, c] = taps[reach] * values[y, x, c]
            for i in range(1, reach + 1):
                left, right = mirrored(x - i, width), mirrored(x + i, width)
                for c in range(channels):
                    out[y, x, c] += taps[reach + i] * (values[y, left, c] + values[y, right, c])


@entry
def bounds(values, reach, low, high, first, last):
    """The least and the largest values around each pixel.

    Args:
        values: (H, W, C)
        reach: Pixels along each axis.
        low: Filled from row `first` to `last`. (H, W, C)
        high: Filled. (H, W, C)
    """
    height, width, channels = values.shape
    for y in range(first, last):
        for x in range(width):
            for c in range(channels):
                least = values[y, x, c]
                most = least
                for b in range(max(0, y - reach), min(height, y + reach + 1)):
                    for a in range(max(0, x - reach), min(width, x + reach + 1)):
                        least = min(least, values[b, a, c])
                        most = max(most, values[b, a, c])
                low[y, x, c] = least
                high[y, x, c] = most


@entry
def descend(guess, ahead, slope, low, high, rate, momentum, first, last):
    """A step of accelerated descent within bounds: `guess` moves, `ahead` is where the next begins.

    guess, ahead, slope, low, high (H, W, C)
    """
    _, width, channels = guess.shape
    for y in range(first, last):
        for x in range(width):
            for c in range(channels):
                new = ahead[y, x, c] - rate * slope[y, x, c]
                new = min(max(new, low[y, x, c]), high[y, x, c])
                ahead[y, x, c] = new + momentum * (new - guess[y, x, c])
                guess[y, x, c] = new


@entry
def alike(values, reach, width, apart, out, first, last):
    """Averages over like pixels nearby.

    Args:
        values: (H, W, C)
        reach: Pixels along each axis.
        width: Deviation of the Gaussian of their distance, in pixels.
        apart: Of the Gaussian of their difference.
        out: Filled from row `first` to `last`. (H, W, C)
    """
    height, columns, channels = values.shape
    for y in range(first, last):
        for x in range(columns):
            total = np.float32(0.0)
            for c in range(channels):
                out[y, x, c] = 0
            for b in range(max(0, y - reach), min(height, y + reach + 1)):
                for a in range(max(0, x - reach), min(columns, x + reach + 1)):
                    square = np.float32(0.0)
                    for c in range(channels):
                        d = values[b, a, c] - values[y, x, c]
                        square += d * d
                    far = np.float32((b - y) * (b - y) + (a - x) * (a - x))
                    share = math.exp(
                        -square / (2 * apart * apart) - far / np.float32(2 * width * width)
                    )
                    total += share
                    for c in range(channels):
                        out[y, x, c] += share * values[b, a, c]
            for c in range(channels):
                out[y, x, c] /= total
