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


@entry
def flat_pixels(values, tolerance, slope, out, first, last):
    """Where a plane explains 3 x 3 pixels, and is not steep.

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
            out[y, x] = sound


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
            count = 0
            for a in range(max(0, y - WINDOW), min(height, y + WINDOW + 1)):
                for b in range(max(0, x - WINDOW), min(width, x + WINDOW + 1)):
                    square = np.float32(0.0)
                    for c in range(channels):
                        d = values[a, b, c] - values[y, x, c]
                        differences[count, c] = d
                        square += d * d
                    if gain * square > apart * apart:
                        count += 1
            out[y, x] = not _mixed(differences, count, gain, tolerance, far)


@inner
def _mixed(differences, count, gain, tolerance, far):
    """Whether zero lies on a segment between two of `differences` (count, C)."""
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
            limit = min(tolerance, max(0.3 * tolerance, near))
            if gain * off < limit * limit:
                return True
    return False
