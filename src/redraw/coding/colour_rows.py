"""Colour rows of a picture's own: by which its planes are least alike, and when they are worth it.

Shapes: H rows, W columns.
"""

import numpy as np
from numpy.typing import NDArray

# Rows of the picture's own take 18 bytes and another analysis: from so many pixels on, for so much.
WORTH_ROWS, WORTH_ROWS_SHARE = 1 << 14, 0.002


def principal(pixels: NDArray[np.uint16]) -> tuple[int, ...]:
    """Colour rows by which a picture's gradients are least alike: their principal components.

    (H, W, 3) -> (9,), as `Description.colours`.

    Source: Hotelling 1933, "Analysis of a complex of statistical variables into principal
    components".
    """
    values = pixels.astype(np.float32)
    gradients = [np.diff(values, axis=axis).reshape(-1, 3) for axis in (0, 1)]
    covariance = sum(own.T @ own for own in gradients)
    rows = np.linalg.eigh(covariance)[1].T[::-1]
    # Of the two signs of each row the one whose largest coefficient is positive.
    largest = np.take_along_axis(rows, np.abs(rows).argmax(1)[:, None], 1)
    return tuple(np.rint(16384 * rows * np.sign(largest)).astype(int).T.ravel().tolist())


def likely_bits(coefficients: NDArray[np.int32], step: float) -> float:
    """About how many bits coefficients cost at a step. Any shape."""
    return float(
        np.log2(1.0 + np.abs(coefficients.astype(np.float32)) / step).sum(dtype=np.float64)
    )
