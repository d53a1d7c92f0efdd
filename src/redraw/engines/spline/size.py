"""How many parameters a spline needs for a quality: from its picture's coefficients, nothing drawn.

The wavelet is nearly orthonormal: the squares of the coefficients that are left out are the squared
error. So one analysis tells how many coefficients the best linear answer needs for any quality.

Shapes: C channels, H rows, W columns.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.engines.planes import decorrelated, decorrelation, fill_around
from redraw.fields.sizes import LEAST_SHARE
from redraw.fields.spline_config import MATRIX, SplineConfig, units_within
from redraw.fields.subpixel_size import in_subpixel_detail

# How many times the linear answer's parameters learning is worth: 1.48 to 1.60 on six photographs
# at 40 to 45 dB; and what significance takes of the entropy of independent ones. By
# `python -m benchmarks.spline --chosen`.
WORTH, SIGNIFICANCE = 1.5, 0.55
# Such a spline has at least and at most these shares of the picture's values; of a small picture at
# least so many parameters, and at most `LEAST_SHARE` or more.
LEAST, MOST = 0.02, 0.5
FEWEST = 512
# Absolute values are told apart to 1/1024 where they are counted; so many at a time.
DROPPED, PIECE = 13, 1 << 20


def enough(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    psnr: float,
    threads: int,
    config: SplineConfig,
) -> int:
    """The budget with which a spline reaches about `psnr`, from 2 % to half of the values.

    Args:
        values: What is learned. (H, W, C)
        known: Where there are values; None for everywhere. (H, W)
        psnr: In dB.
        threads: How many work on it; the result does not depend on it.
        config: How many matrices and units it has.
    """
    found = parameters_for(values, known, psnr, threads, config.transforms)
    found += in_subpixel_detail(units_within(config.subpixel, found))
    least, most = int(LEAST * values.size), int(MOST * values.size)
    return min(max(found, least, FEWEST), max(most, LEAST_SHARE))


def parameters_for(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    psnr: float,
    threads: int,
    transforms: int,
) -> int:
    """About the fewest parameters with which a fit reaches `psnr`.

    Args:
        values: What is learned. (H, W, C)
        known: Where there are values; None for everywhere. (H, W)
        psnr: In dB.
        threads: How many work on it; the result does not depend on it.
        transforms: Matrices that the field has.
    """
    coefficients = analysed(values, known, threads)
    kept = needed(coefficients, psnr)
    return int((kept + likely_bits(kept, coefficients.size) / 32.0) / WORTH) + MATRIX * transforms


def analysed(
    values: NDArray[np.float32], known: NDArray[np.bool_] | None, threads: int
) -> NDArray[np.float32]:
    """Coefficients of a picture or of a strip of it. (H, W, C) -> (C, H, W)"""
    from redraw.engines.spline.kernel_passes import KernelPasses

    height, width, planes = values.shape
    pixels = values.reshape(-1, planes)
    if known is not None:
        index = np.flatnonzero(known)
        pixels = fill_around(pixels[index], index, (height, width))
    mixing = decorrelation(planes).T
    coefficients = decorrelated(pixels, mixing, np.zeros(planes), (height, width), np.float32)
    KernelPasses(SplineConfig(width, height, planes), threads).analyse(coefficients)
    return coefficients


def likely_bits(kept: int, values: int) -> float:
    """About how many bits say which of all values are kept."""
    share = kept / values
    return SIGNIFICANCE * values * sum(-p * math.log2(p) for p in (share, 1.0 - share) if p > 0.0)


def needed(coefficients: NDArray[np.float32], psnr: float) -> int:
    """How many of the largest coefficients leave out no more than `psnr` allows. (C, H, W)"""
    found = Coefficients()
    found.add(coefficients)
    return found.needed(coefficients.size * 10.0 ** (-psnr / 10.0))


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
