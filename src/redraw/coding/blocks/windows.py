"""A level of the wavelet in windows: whatever window is asked, the same coefficients come out.

The lifting reaches four samples to each side, so a window is taken with REACH more on every side
than is wanted, which are thrown away; where the picture ends its mirrored edge is the true one.

Shapes: C planes, h rows, w columns.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.kernels import lifting

# Samples to each side; even, so that low coefficients keep their places.
REACH = 8
# By how much one level along one axis multiplies the mean.
GAIN = 1.230174104914001
Window = tuple[int, int, int, int]


def widened(window: Window, size: tuple[int, int], by: int = REACH) -> Window:
    """A window (top, bottom, left, right) with its surroundings, as far as there are any."""
    top, bottom, left, right = window
    return max(top - by, 0), min(bottom + by, size[0]), max(left - by, 0), min(right + by, size[1])


def halved(window: Window, size: tuple[int, int]) -> Window:
    """Which low coefficients, and which of every band, `joined` asks for to make a window, at most.

    Args:
        window: Of samples; top and left may be odd.
        size: Rows and columns of the level.
    """
    top, bottom, left, right = window
    top, bottom, left, right = widened((top - top % 2, bottom, left - left % 2, right), size)
    return top // 2, -(-bottom // 2), left // 2, -(-right // 2)


def split(
    samples: NDArray[np.int32], held: Window, wanted: Window
) -> tuple[NDArray[np.int32], list[NDArray[np.int32]]]:
    """Low coefficients and the three bands of a window.

    Args:
        samples: Of `held`; overwritten. (C, h, w) int32
        held: `wanted` as `widened` makes it.
        wanted: Its top and left are even, and its ends are too, or the picture's.

    Returns:
        (C, h / 2, w / 2) each, views of `samples`.
    """
    h, w = samples.shape[1:]
    downs, acrosses = np.array([h, -(-h // 2)]), np.array([w, -(-w // 2)])
    for plane in samples:
        lifting.analyse(plane, downs, acrosses)
    n, m = int(downs[1]), int(acrosses[1])
    top, left = (wanted[0] - held[0]) // 2, (wanted[2] - held[2]) // 2
    rows, columns = wanted[1] - wanted[0], wanted[3] - wanted[2]
    low_rows, low_columns = slice(top, top + -(-rows // 2)), slice(left, left + -(-columns // 2))
    high_rows = slice(n + top, n + top + rows // 2)
    high_columns = slice(m + left, m + left + columns // 2)
    bands = [
        samples[:, low_rows, high_columns],
        samples[:, high_rows, low_columns],
        samples[:, high_rows, high_columns],
    ]
    return samples[:, low_rows, low_columns], bands


def joined(
    low: Callable[[Window], NDArray[np.int32]],
    band: Callable[[int, Window], NDArray[np.int32]],
    window: Window,
    size: tuple[int, int],
    planes: int,
) -> NDArray[np.int32]:
    """The samples of a window, from the low coefficients and bands around it. (C, h, w)

    Args:
        low: Gives the low coefficients of a window of them.
        band: Gives the coefficients of a third in a window of it.
        window: Of samples; top and left are even.
        size: Rows and columns of the level.
        planes: C.
    """
    top, bottom, left, right = widened(window, size)
    bottom, right = min(bottom + bottom % 2, size[0]), min(right + right % 2, size[1])
    h, w = bottom - top, right - left
    n, m = -(-h // 2), -(-w // 2)
    work = np.empty((planes, h, w), np.int32)
    y, x = top // 2, left // 2
    work[:, :n, :m] = low((y, y + n, x, x + m))
    work[:, :n, m:] = band(0, (y, y + n, x, x + w - m))
    work[:, n:, :m] = band(1, (y, y + h - n, x, x + m))
    work[:, n:, m:] = band(2, (y, y + h - n, x, x + w - m))
    downs, acrosses = np.array([h, n]), np.array([w, m])
    for plane in work:
        lifting.synthesise(plane, downs, acrosses, 0)
    return work[:, window[0] - top : window[1] - top, window[2] - left : window[3] - left]
