"""Wavelet coefficients of a large picture: how they spread, and in steps.

Shapes: h x w coefficients of a part of a band, C planes.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.quantising import FINER, MOST_STEPS, restored

# Bins of sizes: each coefficient below 32 has its own, then 32 for each doubling, up to 2^26.
EXACT, PER_OCTAVE, OCTAVES = 32, 32, 21
BINS = EXACT + PER_OCTAVE * OCTAVES
# A size of fewer steps than this becomes zero; a larger one is rounded down from so much below it.
DEAD, ROUND = 0.61, 0.44


@inner
def _bin(size):
    if size < EXACT:
        return size
    octave, rest = 0, size
    while rest >= 2 * EXACT:
        rest >>= 1
        octave += 1
    return min(EXACT + octave * PER_OCTAVE + (rest - EXACT), BINS - 1)


@entry
def spread(coefficients, counts, sums):
    """Count sizes by bin, and add them up. (h, w) int32, (BINS,) int64, (BINS,) int64"""
    for y in range(coefficients.shape[0]):
        for x in range(coefficients.shape[1]):
            size = abs(np.int64(coefficients[y, x]))
            place = _bin(size)
            counts[place] += 1
            sums[place] += size


@inner
def steps_in(size, factor):
    """How many steps a size becomes; `factor` is one over the step."""
    exact = size * factor
    return np.int64(0) if exact < DEAD else min(max(np.int64(exact + ROUND), 1), MOST_STEPS)


@entry
def quantise(coefficients, step, places, out):
    """Coefficients to steps.

    Args:
        coefficients: (h, w) int32
        step: In 1/256.
        places: Where in their steps sizes of 1, 2 and more are, in 1/64. (SIZES,) int64
        out: (h, w) int32

    Returns:
        The sum of the squares of what restoring misses, as a whole number.
    """
    factor = (1 << FINER) / np.float64(step)
    total = np.int64(0)
    for y in range(coefficients.shape[0]):
        for x in range(coefficients.shape[1]):
            value = np.int64(coefficients[y, x])
            count = steps_in(abs(value), factor)
            if value < 0:
                count = -count
            out[y, x] = count
            miss = value - restored(count, step, places)
            total += miss * miss
    return total


@entry
def restore(coefficients, step, places, out):
    """Steps to coefficients: the inverse. (h, w) int32, (SIZES,), (h, w) int32"""
    for y in range(coefficients.shape[0]):
        for x in range(coefficients.shape[1]):
            out[y, x] = restored(coefficients[y, x], step, places)
