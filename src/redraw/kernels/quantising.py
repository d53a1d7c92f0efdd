"""Wavelet coefficients to whole steps and back, and planes to pixels: integers alone.

Shapes: C planes, H rows, W columns, h x w coefficients of a band, n coefficients of all bands with
    borders.
"""

import numpy as np

from redraw.kernels.band_layout import COLUMNS, ORIGIN, ROWS, STRIDE
from redraw.kernels.compiling import entry, inner
from redraw.kernels.lifting import LARGEST

# Steps are in 1/256 of the planes' units; where in its step a coefficient stands is in 1/64.
FINER, PARTS = 8, 6
MOST_STEPS = 1 << 20
# Rows of colours are in 1/16384.
MIX_SHIFT = 14
# Sizes of 1, 2, and 3 or more have a place of their own in their step.
SIZES = 3


@entry
def in_steps(plane, part, step, out):
    """A part of a plane in steps. (H, W) int32, part (4,) int64, out (H, W) float32

    `part` is its first row, the one after the last, and the same of columns.
    """
    factor = np.float32(256.0 / step)
    for y in range(part[0], part[1]):
        for x in range(part[2], part[3]):
            out[y, x] = factor * np.float32(plane[y, x])


@entry
def place_sums(exact, top, left, coefficients, band, sums):
    """Add up by how much sizes were rounded down. (H, W), (n,), (4,), sums (SIZES, 2) float64"""
    for y in range(band[ROWS]):
        at = band[ORIGIN] + y * band[STRIDE]
        for x in range(band[COLUMNS]):
            size = abs(np.int64(coefficients[at + x]))
            if size:
                kind = min(size, SIZES) - 1
                sums[kind, 0] += abs(exact[top + y, left + x]) - size
                sums[kind, 1] += 1.0


@inner
def restored(coefficient, step, places):
    """The value of a number of steps.

    Args:
        coefficient: In steps.
        step: In 1/256.
        places: By how much sizes of 1, 2 and more are larger than their steps, in 1/64. (SIZES,)
    """
    size = min(abs(np.int64(coefficient)), MOST_STEPS)
    if size == 0:
        return np.int64(0)
    exact = (size << PARTS) + places[min(size, SIZES) - 1]
    value = min((exact * step + (1 << (FINER + PARTS - 1))) >> (FINER + PARTS), LARGEST)
    return value if coefficient > 0 else -value


@entry
def restore(coefficients, part, step, places, out):
    """A part of a plane from steps. (H, W) int32, (4,), (SIZES,) int64, (H, W) int32"""
    for y in range(part[0], part[1]):
        for x in range(part[2], part[3]):
            out[y, x] = restored(coefficients[y, x], step, places)


@entry
def mixed(planes, matrix, shift, depth, first, last, out):
    """Pixels of planes, rounded and within their depth.

    Args:
        planes: (C, H, W) int32
        matrix: What each plane adds to a channel, in 1/16384. (C, C) int64
        shift: Binary places of the planes.
        depth: Bits of a pixel's value.
        first: The first row of pixels to make.
        last: The row after the last.
        out: (H, W, C) uint16
    """
    count = planes.shape[0]
    shift += MIX_SHIFT
    half, middle, most = np.int64(1) << (shift - 1), np.int64(1) << (depth - 1), (1 << depth) - 1
    for y in range(first, last):
        for x in range(planes.shape[2]):
            for channel in range(count):
                total = half
                for plane in range(count):
                    total += matrix[channel, plane] * np.int64(planes[plane, y, x])
                out[y, x, channel] = min(max((total >> shift) + middle, 0), most)


@entry
def unmixed(pixels, rows, shift, depth, out):
    """Planes of pixels: (H, W, C) uint16, rows (C, C) float64, out (C, H, W) int32."""
    middle = np.float64(np.int64(1) << (depth - 1))
    scale = np.float64(np.int64(1) << shift)
    for y in range(pixels.shape[0]):
        for plane in range(rows.shape[0]):
            for x in range(pixels.shape[1]):
                total = 0.0
                for channel in range(rows.shape[1]):
                    total += rows[plane, channel] * (pixels[y, x, channel] - middle)
                out[plane, y, x] = np.int64(np.rint(total * scale))


@entry
def squared_error(pixels, others):
    """The sum of the squares of the differences. (H, W, C) uint16 each"""
    total = np.int64(0)
    for y in range(pixels.shape[0]):
        for x in range(pixels.shape[1]):
            for channel in range(pixels.shape[2]):
                difference = np.int64(pixels[y, x, channel]) - np.int64(others[y, x, channel])
                total += difference * difference
    return total
