"""How good the best linear answer of a size is, of any picture: what every fit is compared with.

The wavelet is nearly orthonormal, so the squares of the coefficients that are left out are the
squared error. A size of P numbers holds the largest K coefficients and says where they are, which
takes the entropy of K places among all, 32 bits to a number (`size.likely_bits`).

Large pictures are taken in strips, whose coefficients are counted together: one threshold serves
all of them, and the memory is that of a strip.

Shapes: C channels, H rows, W columns.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.engines.spline.size import Coefficients, analysed, likely_bits
from redraw.metrics import psnr_of

# Values analysed at once, about; a strip has at least so many rows.
STRIP, ROWS = 1 << 22, 64


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
