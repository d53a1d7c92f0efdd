"""What labels leave over of the pixels near edges, projected back onto the field.

The difference between a pixel and the field's mean over it is added as the weight of a B-spline at
that pixel, and so again for what is left then: after some rounds own pixels come out right, while
differences from pixel to pixel, which a spline could only follow by swinging, count for little.

Source: Irani & Peleg 1991, "Improving resolution by image registration", section 3.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.labels.start import picture_of
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.labels import NONE, Labels
from redraw.signals.samples import PixelSamples, Samples

ROUNDS = 6
# Means over pixels of the B-spline at the pixel itself and beside it.
MEANS = (230.0 / 384.0, 76.0 / 384.0, 1.0 / 384.0)


def project_back(field: Field, samples: Samples, means: Callable[[], NDArray[np.float32]]) -> float:
    """Set the detail of a field of labels.

    Args:
        field: As the steps left it.
        samples: Its picture.
        means: Over the field's own pixels. (H, W, C)

    Returns:
        The seconds that it took.
    """
    began = perf_counter()
    encoding = field.encoding
    if not isinstance(samples, PixelSamples) or not isinstance(encoding, Labels):
        raise EngineError("labels are for pictures, not for tables; take another preset")
    values, known = picture_of(samples)
    with torch.no_grad():
        encoding.detail.zero_()
        left = values - means()
        if known is not None:
            left[~known] = 0.0
        listed = encoding.owner.cpu().numpy() == NONE
        weights = np.zeros_like(left)
        for _ in range(ROUNDS):
            weights[listed] += (left - averaged(weights))[listed]
        encoding.detail.copy_(torch.from_numpy(weights[listed]))
    return perf_counter() - began


def averaged(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means over pixels of the spline with these weights, zero outside. (H, W, C)"""
    out = weights
    for axis in (0, 1):
        width = [(2, 2) if i == axis else (0, 0) for i in range(3)]
        padded, side = np.pad(out, width), out.shape[axis]
        total = np.float32(MEANS[0]) * out
        for distance in (1, 2):
            for first in (2 - distance, 2 + distance):
                part = padded.take(range(first, first + side), axis)
                total = total + np.float32(MEANS[distance]) * part
        out = total
    return out


def own_size(drawer: ExactDrawer, field: Field) -> NDArray[np.float32]:
    """Means over the field's own pixels. (H, W, C)"""
    assert isinstance(field.encoding, Labels)
    config = field.encoding.config
    x = np.linspace(-1.0, 1.0, config.width + 1)
    y = np.linspace(-1.0, 1.0, config.height + 1)
    return drawer.means(np.stack([x[:-1], x[1:]], 1), np.stack([y[:-1], y[1:]], 1))
