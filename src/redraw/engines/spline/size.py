"""How many parameters a spline needs for a quality: from its picture's coefficients, nothing drawn.

The wavelet is nearly orthonormal: the squares of the coefficients that are left out are the squared
error. So one analysis tells how many coefficients the best linear answer needs for any quality.

Shapes: C channels, H rows, W columns.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.engines.linear import Coefficients, analysed, likely_bits
from redraw.fields.sizes import LEAST_SHARE
from redraw.fields.spline_config import MATRIX, SplineConfig, units_within
from redraw.fields.subpixel_size import in_subpixel_detail

# How many times the linear answer's parameters learning is worth: 1.48 to 1.60 on six photographs
# at 40 to 45 dB. By `python -m benchmarks.spline --chosen`.
WORTH = 1.5
# Such a spline has at least and at most these shares of the picture's values; of a small picture at
# least so many parameters, and at most `LEAST_SHARE` or more.
LEAST, MOST = 0.02, 0.5
FEWEST = 512


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


def needed(coefficients: NDArray[np.float32], psnr: float) -> int:
    """How many of the largest coefficients leave out no more than `psnr` allows. (C, H, W)"""
    found = Coefficients()
    found.add(coefficients)
    return found.needed(coefficients.size * 10.0 ** (-psnr / 10.0))
