"""Choosing what a spline pyramid keeps: the passes of one alternating step over all coefficients.

Twin of `engines.spline.alternating_passes.PlainPasses`, which says what each pass is for. Rows of
blocks are dealt to a fixed number of shards, whatever the number of threads, and sums are taken
shard by shard: results don't depend on who did what.

Shapes: C planes, H rows, W columns, M matrices, B blocks.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Values of a part of a number that are told apart at once: their counts stay in the first cache.
BINS = 1 << 11


@inner
def _read(coefficients, band, plane, by, bx):
    """The four coefficients of a block."""
    y, x = band[0] + 2 * by, band[1] + 2 * bx
    a, d = coefficients[plane, y, x], coefficients[plane, y + 1, x + 1]
    b, c = coefficients[plane, y, x + 1], coefficients[plane, y + 1, x]
    if band[4]:
        return a, c, b, d
    return a, b, c, d


@entry
def choose(coefficients, bands, turned, square, costs, block_transforms, part, parts):
    """For each block the matrix with the least cost.

    Args:
        coefficients: Before any block is multiplied. (C, H, W)
        bands: See `redraw.kernels.wavelet`.
        turned: The inverse of each matrix, the matrices last. (4, 4, M)
        square: What a kept coefficient costs: the square of the threshold.
        costs: What each transform costs in a block that keeps anything. (M,)
        block_transforms: Filled. (B,)
        part: This call's share of the rows of blocks, of `parts`.
    """
    count = turned.shape[2]
    total = np.empty(count, coefficients.dtype)
    any_kept = np.empty(count, coefficients.dtype)
    for k in range(len(bands)):
        band = bands[k]
        down, across = band[2] // 2, band[3] // 2
        for line in range(part, coefficients.shape[0] * down, parts):
            plane, by = line // down, line % down
            base = band[5] + line * across
            for bx in range(across):
                p, q, r, s = _read(coefficients, band, plane, by, bx)
                if p * p + q * q + r * r + s * s <= square:
                    block_transforms[base + bx] = 0  # nothing can lift any above the threshold
                    continue
                for m in range(count):
                    total[m] = 0
                    any_kept[m] = 0
                for j in range(4):
                    for m in range(count):
                        value = (
                            p * turned[0, j, m]
                            + q * turned[1, j, m]
                            + r * turned[2, j, m]
                            + s * turned[3, j, m]
                        )
                        value *= value
                        total[m] += min(value, square)
                        any_kept[m] = max(any_kept[m], value)
                best, least = 0, np.inf
                for m in range(count):
                    cost = total[m] + (costs[m] if any_kept[m] > square else 0)
                    if cost < least:
                        best, least = m, cost
                block_transforms[base + bx] = best


@entry
def multiply(coefficients, bands, inverses, block_transforms, part, parts):
    """Multiply each block by the inverse of its matrix, in place.

    Args:
        coefficients: Changed. (C, H, W)
        inverses: (M, 4, 4)
    """
    for k in range(len(bands)):
        band = bands[k]
        down, across = band[2] // 2, band[3] // 2
        for line in range(part, coefficients.shape[0] * down, parts):
            plane, by = line // down, line % down
            for bx in range(across):
                matrix = inverses[block_transforms[band[5] + line * across + bx]]
                p, q, r, s = _read(coefficients, band, plane, by, bx)
                a = p * matrix[0, 0] + q * matrix[1, 0] + r * matrix[2, 0] + s * matrix[3, 0]
                b = p * matrix[0, 1] + q * matrix[1, 1] + r * matrix[2, 1] + s * matrix[3, 1]
                c = p * matrix[0, 2] + q * matrix[1, 2] + r * matrix[2, 2] + s * matrix[3, 2]
                d = p * matrix[0, 3] + q * matrix[1, 3] + r * matrix[2, 3] + s * matrix[3, 3]
                if band[4]:
                    b, c = c, b
                y, x = band[0] + 2 * by, band[1] + 2 * bx
                coefficients[plane, y, x], coefficients[plane, y, x + 1] = a, b
                coefficients[plane, y + 1, x], coefficients[plane, y + 1, x + 1] = c, d


@entry
def correlate(coefficients, bands, inverses, block_transforms, threshold, sums, counts, part):
    """What the best matrices follow from: sums of block times kept coefficients, by transform.

    Args:
        coefficients: Before any block is multiplied. (C, H, W)
        inverses: (M, 4, 4)
        threshold: Coefficients with a larger absolute value are kept.
        sums: Added to. (shards, M, 4, 4) float64
        counts: Blocks that keep something, by transform; added to. (shards, M) int64
        part: The shard.
    """
    parts = len(sums)
    block, kept = np.empty(4), np.empty(4)
    for k in range(len(bands)):
        band = bands[k]
        down, across = band[2] // 2, band[3] // 2
        for line in range(part, coefficients.shape[0] * down, parts):
            plane, by = line // down, line % down
            for bx in range(across):
                own = block_transforms[band[5] + line * across + bx]
                matrix = inverses[own]
                p, q, r, s = _read(coefficients, band, plane, by, bx)
                some = False
                for j in range(4):
                    value = (
                        p * matrix[0, j] + q * matrix[1, j] + r * matrix[2, j] + s * matrix[3, j]
                    )
                    if abs(value) > threshold:
                        some = True
                        kept[j] = value
                    else:
                        kept[j] = 0.0
                if not some:
                    continue
                counts[part, own] += 1
                block[0], block[1], block[2], block[3] = p, q, r, s
                for i in range(4):
                    for j in range(4):
                        sums[part, own, i, j] += block[i] * kept[j]


@entry
def histogram(coefficients, high, top, low, counts, part):
    """How often each value of some of the absolute values' bits comes up.

    Args:
        coefficients: As 32-bit integers, whose order for one sign is that of the values. (N,)
        high: What the bits from `top` on must be for a number to count.
        top: The first bit above those that are counted by.
        low: The first of them.
        counts: Added to. (parts, BINS)
        part: This call's share of the coefficients.
    """
    share = -(-len(coefficients) // len(counts))
    row = counts[part]
    mask = (1 << (top - low)) - 1
    for at in range(part * share, min(len(coefficients), (part + 1) * share)):
        bits = np.int64(coefficients[at]) & 0x7FFFFFFF
        if bits >> top == high:
            row[(bits >> low) & mask] += 1


@entry
def collect(coefficients, threshold, significant, values):
    """The coefficients whose absolute value is above `threshold`, in order. (N,) -> (K,), (K,)

    Room that is left over is filled with -1 and zeros.
    """
    count = 0
    for at in range(len(coefficients)):
        if abs(coefficients[at]) > threshold and count < len(significant):
            significant[count] = at
            values[count] = coefficients[at]
            count += 1
    significant[count:] = -1
    values[count:] = 0


@entry
def left_out(coefficients, threshold):
    """How many lie above `threshold` in size, and the sum of the squares of the others. (n,)"""
    count, total = 0, 0.0
    for at in range(len(coefficients)):
        value = np.float64(coefficients[at])
        if abs(value) > threshold:
            count += 1
        else:
            total += value * value
    return count, total
