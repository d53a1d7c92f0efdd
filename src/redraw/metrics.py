"""How like two pictures are: PSNR, SSIM, IoU of what is drawn, the largest error, a map of errors.

All take arrays of values in [0, 1], (H, W) or (H, W, C), clip what lies outside, and compute in
float64. Shapes here: H rows, W columns, C channels.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import ShapeError, UsageError

Floats = NDArray[np.floating[Any]]

# PSNR has no end: fits that agree to float32 rounding are reported as this.
BEST_PSNR = 200.0
# Wang, Bovik, Sheikh, Simoncelli 2004, section III: the window and the two constants of SSIM.
SSIM_SIGMA = 1.5
SSIM_RADIUS = 5
# Values whose windows are looked at together: some ten numbers of 64 bits for each.
SSIM_VALUES = 1 << 21
SSIM_C1 = 0.01**2
SSIM_C2 = 0.03**2


def psnr_of(error: float) -> float:
    """dB of a mean squared error, as a fit reports it: capped, and 0 for one that is not finite.

    Example:
        >>> psnr_of(0.01), psnr_of(0.0)
        (20.0, 200.0)
    """
    if not math.isfinite(error):
        return 0.0
    return min(BEST_PSNR, -10.0 * math.log10(error)) if error > 0.0 else BEST_PSNR


def psnr(a: ArrayLike, b: ArrayLike, *, known: ArrayLike | None = None) -> float:
    """Peak signal-to-noise ratio: 10 log10(1 / mean squared error), over all pixels and channels.

    Args:
        a, b: The pictures, in either order. (H, W) or (H, W, C)
        known: Which pixels count; all of them by default. (H, W), bool

    Returns:
        Decibels, for a peak of 1; infinite when nothing differs.

    Raises:
        ShapeError: The pictures or the mask differ in shape, or no pixel counts.
        UsageError: The values are integers.

    Example:
        >>> round(psnr(np.full((4, 4), 0.5), np.full((4, 4), 0.6)), 2)
        20.0
    """
    a, b = _counted(*_pair(a, b), known)
    mse = float(np.mean(np.square(a - b)))
    return math.inf if mse == 0.0 else -10.0 * math.log10(mse)


def max_error(a: ArrayLike, b: ArrayLike, *, known: ArrayLike | None = None) -> float:
    """The largest difference of any value of any pixel, in [0, 1]. (H, W, C)

    Args and Raises: as `psnr`.
    """
    a, b = _counted(*_pair(a, b), known)
    return float(np.max(np.abs(a - b)))


def iou_of_ink(
    a: ArrayLike, b: ArrayLike, threshold: float = 0.5, *, known: ArrayLike | None = None
) -> float:
    """Pixels drawn in both, over pixels drawn in either (intersection over union).

    What is drawn is dark: the mean of a pixel's channels lies below `threshold`. Unlike the share
    of equal pixels it says something about drawings, which are mostly paper.

    Args:
        a, b: The pictures, in either order. (H, W) or (H, W, C)
        threshold: What is darker is drawn.
        known: Which pixels count; all of them by default. (H, W), bool

    Returns:
        0 (nothing drawn in common) to 1 (the same; also when nothing is drawn in either).

    Raises: as `psnr`.

    Source: Jaccard 1912, "The distribution of the flora in the alpine zone".

    Example:
        >>> iou_of_ink(np.array([[0.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0]]))
        0.5
    """
    a, b = _counted(*_pair(a, b), known)
    drawn_a, drawn_b = a.mean(axis=-1) < threshold, b.mean(axis=-1) < threshold
    either = int(np.count_nonzero(drawn_a | drawn_b))
    return 1.0 if either == 0 else int(np.count_nonzero(drawn_a & drawn_b)) / either


class Comparison:
    """PSNR and `iou_of_ink` of two pictures that come in pieces: nothing is held of a large one.

    Args:
        two_tone: Whether to compare the drawn parts as well.
        threshold: What is darker is drawn.

    Example:
        >>> comparison = Comparison()
        >>> for row in range(4):
        ...     comparison.add(np.full((1, 4), 0.5), np.full((1, 4), 0.6))
        >>> round(comparison.psnr, 2)
        20.0
    """

    def __init__(self, *, two_tone: bool = False, threshold: float = 0.5) -> None:
        self._two_tone, self._threshold = two_tone, threshold
        self._squared = 0.0
        self._values = self._both = self._either = 0

    def add(self, a: ArrayLike, b: ArrayLike, *, known: ArrayLike | None = None) -> None:
        """Compare a piece of either.

        Args:
            a, b: The same part of both, in either order. (H, W) or (H, W, C)
            known: Which pixels count; all of them by default. (H, W), bool

        Raises: as `psnr`, but a piece of which nothing counts is accepted.
        """
        a, b = _pair(a, b)
        if known is not None:
            if not np.any(known):
                return
            a, b = _counted(a, b, known)
        self._values += a.size
        self._squared += float(np.sum(np.square(a - b)))
        if self._two_tone:
            drawn_a, drawn_b = a.mean(axis=-1) < self._threshold, b.mean(axis=-1) < self._threshold
            self._both += int(np.count_nonzero(drawn_a & drawn_b))
            self._either += int(np.count_nonzero(drawn_a | drawn_b))

    @property
    def psnr(self) -> float:
        """Of all pieces together, in dB; see `psnr`.

        Raises:
            ShapeError: Nothing was compared.
        """
        if not self._values:
            raise ShapeError("no pixel was compared, so there is no PSNR")
        if self._squared == 0.0:
            return math.inf
        return -10.0 * math.log10(self._squared / self._values)

    @property
    def iou_of_ink(self) -> float:
        """Of all pieces together; see `iou_of_ink`."""
        return self._both / self._either if self._either else 1.0


def ssim(a: ArrayLike, b: ArrayLike) -> float:
    """Mean structural similarity, averaged over the channels.

    The window is a Gaussian of sigma 1.5 on 11 x 11 pixels; only windows that lie wholly inside the
    picture count. Along a side of fewer than 11 pixels there is none: the picture is then mirrored
    at that side's ends (d c b a | a b c d | d c b a), and the windows around all its pixels count.

    Args:
        a, b: The pictures, in either order. (H, W) or (H, W, C)

    Returns:
        1 for equal pictures, about 0 for unrelated ones; it can be negative.

    Raises: as `psnr`.

    Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", 2004, equations 13 to 17, for a range of values of 1.
    """
    a, b = _pair(a, b)
    rows = max(1, SSIM_VALUES // (a.shape[1] * a.shape[2]))
    around = 2 * SSIM_RADIUS
    if len(a) <= rows + around:
        return float(_likeness(a, b).mean())
    total = 0.0
    for top in range(0, len(a) - around, rows):
        part = slice(top, top + rows + around)
        total += float(_likeness(a[part], b[part]).sum())
    across = a.shape[1] if a.shape[1] <= around else a.shape[1] - around
    return total / ((len(a) - around) * across * a.shape[2])


def _likeness(a: Floats, b: Floats) -> Floats:
    """Of the windows around each pixel that counts. (H, W, C) -> (H', W', C)"""
    mean_a, mean_b = _window_mean(a), _window_mean(b)
    variance_a = _window_mean(a * a) - mean_a * mean_a
    variance_b = _window_mean(b * b) - mean_b * mean_b
    covariance = _window_mean(a * b) - mean_a * mean_b
    likeness = (2.0 * mean_a * mean_b + SSIM_C1) * (2.0 * covariance + SSIM_C2)
    likeness /= (mean_a**2 + mean_b**2 + SSIM_C1) * (variance_a + variance_b + SSIM_C2)
    return likeness


def error_map(
    a: ArrayLike,
    b: ArrayLike,
    *,
    brightest: float | None = None,
    known: ArrayLike | None = None,
) -> NDArray[np.float32]:
    """A picture of where two pictures differ: black for equal, through purple and orange to yellow.

    A pixel's error is the largest among its channels.

    Args:
        a, b: The pictures, in either order. (H, W) or (H, W, C)
        brightest: The error shown in the brightest colour; the largest there is by default. Name
            one to compare several maps.
        known: Which pixels count; the others are shown in grey. (H, W), bool

    Returns:
        RGB in [0, 1], sRGB-encoded. (H, W, 3)

    Raises: as `psnr`.
    """
    from matplotlib import colormaps

    a, b = _pair(a, b)
    mask = _mask(a, known)
    error = np.abs(a - b).max(axis=-1)
    if brightest is None:
        brightest = float(error[mask].max())
    shown = np.clip(error / brightest, 0.0, 1.0) if brightest > 0.0 else np.zeros_like(error)
    colours = colormaps["inferno"](shown)[..., :3].astype(np.float32)
    colours[~mask] = 0.5
    return colours


def _pair(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Both as float64 in [0, 1], (H, W, C)."""
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape:
        raise ShapeError(
            f"can't compare pictures of shapes {first.shape} and {second.shape};"
            " they must be the same: resize one, or convert its channels"
        )
    if first.ndim not in (2, 3) or first.size == 0:
        raise ShapeError(
            f"can't compare arrays of shape {first.shape}; (H, W) or (H, W, C) is wanted"
        )
    for values in (first, second):
        if values.dtype.kind not in "fb":
            raise UsageError(
                f"pictures are compared as floats in [0, 1], and these values are {values.dtype};"
                " divide them by their largest possible value first"
            )
    if first.ndim == 2:
        first, second = first[..., None], second[..., None]
    return first.astype(np.float64).clip(0.0, 1.0), second.astype(np.float64).clip(0.0, 1.0)


def _mask(a: Floats, known: ArrayLike | None) -> NDArray[np.bool_]:
    """`known` as bool, (H, W), with at least one pixel in it."""
    if known is None:
        return np.ones(a.shape[:2], bool)
    mask = np.asarray(known, bool)
    if mask.shape != a.shape[:2]:
        raise ShapeError(
            f"the mask of known pixels has shape {mask.shape}; the pictures want {a.shape[:2]}"
        )
    if not mask.any():
        raise ShapeError("the mask of known pixels is empty, so there is nothing to compare")
    return mask


def _counted(a: Floats, b: Floats, known: ArrayLike | None) -> tuple[Floats, Floats]:
    """The pixels that count, (N, C) where a mask is given."""
    if known is None:
        return a, b
    mask = _mask(a, known)
    return a[mask], b[mask]


def _window_mean(values: Floats) -> Floats:
    """The Gaussian-weighted mean around each pixel that `ssim` counts. (H, W, C) -> (H', W', C)"""
    offsets = np.arange(-SSIM_RADIUS, SSIM_RADIUS + 1)
    weights = np.exp(-0.5 * np.square(offsets / SSIM_SIGMA))
    weights /= weights.sum()
    for axis in (0, 1):
        if values.shape[axis] < len(weights):
            margin = [(0, 0)] * 3
            margin[axis] = (SSIM_RADIUS, SSIM_RADIUS)
            values = np.pad(values, margin, mode="symmetric")
        count = values.shape[axis] - len(weights) + 1
        total = np.zeros_like(np.take(values, np.arange(count), axis=axis))
        for start, weight in enumerate(weights):
            window = (slice(None),) * axis + (slice(start, start + count),)
            total += weight * values[window]
        values = total
    return values
