"""Which pixels of a drawing show one colour.

A pixel is pure where its neighbourhood is flat, or where its colour is no mixture of two others
nearby.

Values are in [0, 1]; `gain` makes squared differences of grey pictures as large as those of the
same picture in three equal channels.

Shapes: H rows, W columns, C channels.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner

# Half the side of the window in which two colours are looked for that could mix to a pixel's.
WINDOW = 2
# A pixel's own share of a mixture: less or more than this is no mixture.
PARTS = 0.04
# Limits are for steps of this height, and in proportion for lower ones, from the least height on:
# where flat pixels nearby take most of what values range over, or are a ground that takes little.
PALE, LEAST, FLAT_REACH, MOSTLY, LITTLE, GROUND = 0.2, 0.012, 3, 0.6, 0.3, 6
# A pale stroke is seen by what is so much above or below its ground, two levels of 255, where that
# is even on two sides, in sectors across: at the foot of a slope none are.
FAINTEST, STROKE_REACH = 0.0075, 4


@inner
def paleness(values, flat, y, x):
    """By how much limits are smaller beside a pixel: 1, and less where a pale step is nearby.

    Args:
        values: (H, W, C)
        flat: (H, W) bool
        y: Of the pixel, and `x`.
    """
    height, width, channels = values.shape
    step = np.float32(0.0)
    channel = 0
    for c in range(channels):
        low, high = values[y, x, c], values[y, x, c]
        for a in range(max(0, y - WINDOW), min(height, y + WINDOW + 1)):
            for b in range(max(0, x - WINDOW), min(width, x + WINDOW + 1)):
                low, high = min(low, values[a, b, c]), max(high, values[a, b, c])
        if high - low > step:
            step, channel = high - low, c
    if step >= PALE or step < LEAST:
        return np.float32(1.0)
    count = 0
    low, high = np.float32(np.inf), np.float32(-np.inf)
    for a in range(max(0, y - FLAT_REACH), min(height, y + FLAT_REACH + 1)):
        for b in range(max(0, x - FLAT_REACH), min(width, x + FLAT_REACH + 1)):
            if flat[a, b]:
                low, high = min(low, values[a, b, channel]), max(high, values[a, b, channel])
                count += 1
    share = (high - low) / step
    if share >= MOSTLY or (count >= GROUND and share <= LITTLE):
        return np.float32(step / np.float32(PALE))
    return np.float32(1.0)


@entry
def flat_pixels(values, tolerance, slope, out, first, last):
    """Where a plane explains 3 x 3 pixels, and is not steep; edges between even areas are no plane.

    Args:
        values: (H, W, C)
        tolerance: Largest difference from the plane.
        slope: Largest slope, per pixel.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    height, width, channels = values.shape
    for y in range(first, last):
        for x in range(width):
            sound = True
            for c in range(channels):
                total = np.float32(0.0)
                right = np.float32(0.0)
                down = np.float32(0.0)
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        v = values[
                            min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1), c
                        ]
                        total += v
                        right += dx * v
                        down += dy * v
                total /= np.float32(9.0)
                right /= np.float32(6.0)
                down /= np.float32(6.0)
                if abs(right) > slope or abs(down) > slope:
                    sound = False
                    break
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        v = values[
                            min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1), c
                        ]
                        if abs(v - total - dy * down - dx * right) >= tolerance:
                            sound = False
                if not sound:
                    break
            out[y, x] = sound and not _between(values, y, x)


@inner
def _even(values, y, x):
    """Whether a pixel and those that touch it are all of one colour."""
    height, width, channels = values.shape
    for a in range(max(0, y - 1), min(height, y + 2)):
        for b in range(max(0, x - 1), min(width, x + 2)):
            for c in range(channels):
                if values[a, b, c] != values[y, x, c]:
                    return False
    return True


@inner
def _sector(down, right):
    """Which of eight sectors of the same width, the first to the right; 4 more is across."""
    if 5 * abs(down) < 2 * abs(right):
        return 0 if right > 0 else 4
    if 5 * abs(right) < 2 * abs(down):
        return 2 if down > 0 else 6
    if right > 0:
        return 1 if down > 0 else 7
    return 3 if down > 0 else 5


@inner
def _between(values, y, x):
    """Whether an uneven pixel lies between even ones: on a pale, crisp edge, or a pale thin stroke.

    Of an edge these are `LEAST` apart; a stroke is by `FAINTEST` above or below them on two sides.
    """
    height, width, channels = values.shape
    if _even(values, y, x):
        return False
    for c in range(channels):
        low, high = np.float32(np.inf), np.float32(-np.inf)
        least, most = low, high
        sides = 0
        for a in range(max(0, y - STROKE_REACH), min(height, y + STROKE_REACH + 1)):
            for b in range(max(0, x - STROKE_REACH), min(width, x + STROKE_REACH + 1)):
                if not _even(values, a, b):
                    continue
                least, most = min(least, values[a, b, c]), max(most, values[a, b, c])
                sides |= 1 << _sector(a - y, b - x)
                if max(abs(a - y), abs(b - x)) <= FLAT_REACH:
                    low, high = min(low, values[a, b, c]), max(high, values[a, b, c])
        if high - low >= np.float32(LEAST):
            return True
        off = max(values[y, x, c] - most, least - values[y, x, c])
        if off >= np.float32(FAINTEST) and sides & (sides >> 4) & 15:
            return True
    return False


@entry
def end_members(values, gain, flat, tolerance, far, apart, out, first, last):
    """Where a pixel is flat, or its colour lies on no segment between two others nearby.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        flat: Pixels that need not be looked at. (H, W) bool
        tolerance: Largest distance from a segment that still counts as on it.
        far: Length of the shortest segment.
        apart: Least distance of the pixel's colour from both ends.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    height, width, channels = values.shape
    differences = np.empty(((2 * WINDOW + 1) ** 2, channels), np.float32)
    for y in range(first, last):
        for x in range(width):
            if flat[y, x]:
                out[y, x] = True
                continue
            pale = paleness(values, flat, y, x)
            count = 0
            for a in range(max(0, y - WINDOW), min(height, y + WINDOW + 1)):
                for b in range(max(0, x - WINDOW), min(width, x + WINDOW + 1)):
                    square = np.float32(0.0)
                    for c in range(channels):
                        d = values[a, b, c] - values[y, x, c]
                        differences[count, c] = d
                        square += d * d
                    if gain * square > apart * apart * pale * pale:
                        count += 1
            least = 0.3 * tolerance * max(pale, np.float32(0.4))
            out[y, x] = not _mixed(differences, count, gain, tolerance, least, far * pale)


@inner
def _mixed(differences, count, gain, tolerance, least, far):
    """Whether zero lies on a segment between two of `differences` (count, C).

    Its distance is up to `tolerance`, of short ones less, but not less than `least`.
    """
    channels = differences.shape[1]
    for p in range(count):
        for q in range(p):
            length = np.float32(0.0)
            along = np.float32(0.0)
            for c in range(channels):
                e = differences[q, c] - differences[p, c]
                length += e * e
                along -= differences[p, c] * e
            if gain * length < far * far:
                continue
            share = along / length
            if share <= PARTS or share >= 1.0 - PARTS:
                continue
            off = np.float32(0.0)
            for c in range(channels):
                d = differences[p, c] + share * (differences[q, c] - differences[p, c])
                off += d * d
            near = 0.15 * min(share, 1.0 - share) * math.sqrt(gain * length)
            limit = min(tolerance, max(least, near))
            if gain * off < limit * limit:
                return True
    return False
