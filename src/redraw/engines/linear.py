"""The best linear answer of a size, of any picture: what every fit is compared with.

It is the largest coefficients of the 9/7 wavelet. That is nearly orthonormal, so the squares of the
coefficients that are left out are the squared error. A size of P numbers holds the largest K and
says which they are, which takes the entropy of K among all, 32 bits to a number (`likely_bits`).

Source: for the best of K terms, Mallat 2009, "A wavelet tour of signal processing", section 9.2.

Large pictures are taken in strips, whose coefficients are counted together: one threshold serves
all of them, and the memory is that of a strip.

Shapes: C channels, H rows, W columns.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import halvings, levels_of
from redraw.engines.planes import decorrelated, decorrelation, fill_around
from redraw.metrics import psnr_of

# Values analysed at once, about; a strip has at least so many rows.
STRIP, ROWS = 1 << 22, 64
# What significance takes of the entropy of independent coefficients. By
# `python -m benchmarks.spline --chosen`.
SIGNIFICANCE = 0.55
# Absolute values are told apart to 1/1024 where they are counted; so many at a time.
DROPPED, PIECE = 13, 1 << 20
# Coefficients that one thread has looked at before another would have begun.
FEW = 1 << 14


def linear_psnr(
    values: NDArray[np.float32], known: NDArray[np.bool_] | None, numbers: int, threads: int
) -> float:
    """PSNR of the best linear answer that takes as many numbers, in dB.

    Args:
        values: What is learned. (H, W, C)
        known: Where there are values; None for everywhere. (H, W)
        numbers: Of 32 bits each.
        threads: How many work on it; the result does not depend on it.
    """
    if numbers >= values.size:
        return psnr_of(0.0)
    found = Coefficients()
    height, width, planes = values.shape
    rows = max(ROWS, STRIP // (width * planes))
    for top in range(0, height, rows):
        seen = None if known is None else known[top : top + rows]
        if seen is None or seen.any():
            found.add(analysed(values[top : top + rows], seen, threads))
    return psnr_of(found.left_out(kept_of(numbers, values.size)) / values.size)


def kept_of(numbers: int, values: int) -> int:
    """How many of all coefficients a size holds, their places told.

    Example:
        >>> kept_of(1000, 1000), 250 < kept_of(300, 1000) < 300
        (1000, True)
    """
    low, high = 0, min(numbers, values)
    if numbers >= values:
        return values
    while low < high:
        middle = (low + high + 1) // 2
        if middle + likely_bits(middle, values) / 32.0 <= numbers:
            low = middle
        else:
            high = middle - 1
    return low


def analysed(
    values: NDArray[np.float32], known: NDArray[np.bool_] | None, threads: int
) -> NDArray[np.float32]:
    """Coefficients of a picture or of a strip of it. (H, W, C) -> (C, H, W)"""
    height, width, planes = values.shape
    pixels = values.reshape(-1, planes)
    if known is not None:
        index = np.flatnonzero(known)
        pixels = fill_around(pixels[index], index, (height, width))
    mixing = decorrelation(planes).T
    coefficients = decorrelated(pixels, mixing, np.zeros(planes), (height, width), np.float32)
    analyse(coefficients, threads)
    return coefficients


def analyse(planes: NDArray, threads: int) -> None:
    """Planes to their wavelet coefficients, in place; as `redraw.fields.lattice.analyse`.

    Args:
        planes: Averages over pixels. (C, H, W)
        threads: How many work on it; the result does not depend on it.
    """
    from redraw.engines.cpu.sharing import share
    from redraw.kernels import wavelet

    count, height, width = planes.shape
    levels = levels_of(width, height)
    down, across = halvings(height, levels), halvings(width, levels)
    for level in range(levels):
        size = down[level], across[level]
        # Little is done with each.
        parts = threads if count * size[0] * size[1] // 8 >= FEW else 1
        for kernel in (wavelet.split_columns, wavelet.split_rows):
            share(kernel, [(planes, *size, part, parts) for part in range(parts)])


def likely_bits(kept: int, values: int) -> float:
    """About how many bits say which of all values are kept."""
    share = kept / values
    return SIGNIFICANCE * values * sum(-p * math.log2(p) for p in (share, 1.0 - share) if p > 0.0)


class Coefficients:
    """Coefficients counted by their size, as many as there are, in little memory."""

    def __init__(self) -> None:
        self.counts = np.zeros(1 << (31 - DROPPED), np.int64)
        self.squares = np.zeros(len(self.counts))

    def add(self, coefficients: NDArray[np.float32]) -> None:
        """Count these, too. Any shape."""
        flat = coefficients.reshape(-1)
        for first in range(0, len(flat), PIECE):
            piece = flat[first : first + PIECE]
            # Without their sign, the bits of floats are in the order of their absolute values.
            bins = (piece.view(np.int32) & 0x7FFFFFFF) >> DROPPED
            self.counts += np.bincount(bins, minlength=len(self.counts))
            weights = piece.astype(np.float64) ** 2
            self.squares += np.bincount(bins, weights=weights, minlength=len(self.counts))

    def needed(self, allowed: float) -> int:
        """How many of the largest leave out squares of no more than `allowed`."""
        left_out = int(np.searchsorted(np.cumsum(self.squares), allowed, side="right"))
        return int(self.counts[left_out:].sum())

    def left_out(self, kept: int) -> float:
        """The squares of all but the `kept` largest; of equally large ones, a share."""
        left = int(self.counts.sum()) - kept
        below = np.cumsum(self.counts)
        whole = int(np.searchsorted(below, left, side="right"))
        total = float(self.squares[:whole].sum())
        rest = left - (int(below[whole - 1]) if whole else 0)
        if rest > 0:
            total += float(self.squares[whole]) * rest / int(self.counts[whole])
        return total
