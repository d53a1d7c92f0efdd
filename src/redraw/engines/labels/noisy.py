"""Pictures with noise: what is drawn is what they show without it.

The analysis, the steps and the detail are given the picture without its noise. Steps that are given
the noise, too, end as near; detail that is leaves the drawing as noisy as the picture.

Shapes: H rows, W columns, C channels.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.engines.labels.analysis import Rows
from redraw.kernels import denoising
from redraw.signals.picture.footprints import named

Floats = NDArray[np.float32]
Known = NDArray[np.bool_] | None

# Pixels along each axis among which like ones are looked for, and how unlike they may be, in
# variances of the noise. (Mean of seven pages with noise of .03: 36.4, 36.7, 36.5 dB at .18, .72,
# 1.28; at a reach of 4, 7, 10 36.5, 36.7, 36.8.)
REACH, WIDE = 7, 0.72
# What of the pixels labels leave over is noise, in its deviations.
LEFT = 1.2
# Values at which means are known exactly, for what was cut off; between them they are nearly even.
STEPS = 1024


def noiseless(values: Floats, known: Known, footprint: str, rows: Rows) -> Floats:
    """A picture without the noise that its footprint names; itself if that names none.

    Alpha has no noise.

    Args:
        values: (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        footprint: Its name.
        rows: Shared out among threads.
    """
    deviation = named(footprint).noise
    if not deviation:
        return values
    colours = values.shape[2] - (values.shape[2] in (2, 4))
    planes = np.ascontiguousarray(values[..., :colours].transpose(2, 0, 1))
    sure = np.ones(values.shape[:2], np.float32) if known is None else known.astype(np.float32)
    means, square = np.empty_like(planes), deviation**2
    rows.share(
        denoising.like_averages, planes, sure, np.float32(2.0 * square), np.float32(WIDE * square),
        REACH, means, many=True,
    )  # fmt: skip
    calm = values.copy()
    calm[..., :colours] = uncut(means.transpose(1, 2, 0), deviation)
    if known is not None:
        calm[~known] = values[~known]
    return calm


def uncut(means: Floats, deviation: float) -> Floats:
    """What is within [0, 1] and has these means, once noise is added and cut off at both ends.

    Paper that is white is darker in the mean, by two fifths of the noise's deviation.
    """
    scale = np.linspace(0.0, 1.0, STEPS + 1)

    def beyond(room: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of how far noise reaches beyond what is so far away."""
        z = room / deviation
        above = np.array([0.5 * math.erfc(each / math.sqrt(2.0)) for each in z])
        return deviation * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) - room * above

    seen = scale - beyond(1.0 - scale) + beyond(scale)
    return np.interp(means, seen, scale).astype(np.float32)


def beyond_noise(left: Floats, footprint: str) -> Floats:
    """What of the differences that labels leave over stands above the noise.

    A photograph in a drawing does; what averages of few like pixels have kept of the noise doesn't.

    Args:
        left: (H, W, C)
        footprint: Names the noise.
    """
    deviation = named(footprint).noise
    if not deviation:
        return left
    square = np.mean(left**2, axis=2, keepdims=True)
    noise = np.float32((LEFT * deviation) ** 2)
    return left * np.maximum(0.0, 1.0 - noise / np.maximum(square, noise))
