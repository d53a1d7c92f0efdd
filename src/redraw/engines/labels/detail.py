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
from redraw.kernels.label_drawing import detail_means
from redraw.signals.samples import PixelSamples, Samples

# At most so many rounds; none after all pixels are nearer than what 8 bits tell apart.
ROUNDS, CLOSE = 40, 0.4 / 255.0


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
        slot = np.where(listed, np.cumsum(listed).reshape(listed.shape) - 1, -1).astype(np.int32)
        wanted = np.ascontiguousarray(left[listed])
        weights, found = np.zeros_like(wanted), np.empty_like(wanted)
        for _ in range(ROUNDS):
            detail_means(weights, slot, found)
            if not len(found) or float(np.abs(wanted - found).max()) < CLOSE:
                break
            weights += wanted - found
        encoding.detail.copy_(torch.from_numpy(weights))
    return perf_counter() - began


def own_size(drawer: ExactDrawer, field: Field) -> NDArray[np.float32]:
    """Means over the field's own pixels. (H, W, C)"""
    assert isinstance(field.encoding, Labels)
    config = field.encoding.config
    x = np.linspace(-1.0, 1.0, config.width + 1)
    y = np.linspace(-1.0, 1.0, config.height + 1)
    return drawer.means(np.stack([x[:-1], x[1:]], 1), np.stack([y[:-1], y[1:]], 1))
