"""What labels leave over of the pixels near edges, projected back onto the field.

Between the listed pixels something is interpolated linearly whose means over all pixels are the
differences between the picture and the field: then own pixels come out right. Of samples it is the
values at their centres that come out right.

Source: Irani & Peleg 1991, "Improving resolution by image registration", section 3.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.seen import seen_as
from redraw.engines.labels.start import picture_of
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import POINT
from redraw.kernels import label_drawing
from redraw.signals.samples import PixelSamples, Samples

# Rounds; what a pixel that is right already counts against one that isn't; and what is right.
ROUNDS, FIRM, CLOSE = 12, 4.0, 0.5 / 255.0


def project_back(
    field: Field, samples: Samples, means: Callable[[], NDArray[np.float32]], threads: int
) -> float:
    """Set the detail of a field of labels.

    Args:
        field: As the steps left it.
        samples: Its picture.
        means: Over the field's own pixels. (H, W, C)
        threads: How many work on it; the result does not depend on it.

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
        seen = seen_as(encoding.config.footprint, Rows(len(values), threads))
        left = values - means() if seen is None else seen.left(means(), values, known)
        if known is not None:
            left[~known] = 0.0
        listed = encoding.owner.cpu().numpy() == NONE
        sampled = encoding.config.footprint == POINT  # at centres, nothing but a node's own counts
        detail = left[listed] if sampled else solved(left, listed, threads)
        encoding.detail.copy_(torch.from_numpy(detail))
    return perf_counter() - began


def solved(
    wanted: NDArray[np.float32], listed: NDArray[np.bool_], threads: int
) -> NDArray[np.float32]:
    """Values at the listed pixels whose means over all pixels are nearly `wanted`.

    By conjugate gradients for the least squares. Pixels that are right already count more: flat
    areas and empty grounds stay exactly as they are.

    Args:
        wanted: (H, W, C)
        listed: (H, W)
        threads: How many work on it; the result does not depend on it.

    Returns:
        (B, C)
    """
    rows, channels = Rows(len(wanted), threads), wanted.shape[2]
    slot = np.where(listed, np.cumsum(listed).reshape(listed.shape) - 1, -1).astype(np.int32)
    right = np.abs(wanted).max(axis=2, keepdims=True) < CLOSE
    weight = np.where(right, np.float32(FIRM), np.float32(1.0))
    count = int(listed.sum())
    weights, found = np.zeros((count, channels), np.float32), np.empty_like(wanted)
    left = np.empty_like(weights)
    rows.share(label_drawing.gathered, weight * wanted, slot, left)
    along, square = left.copy(), squares(left)
    for _ in range(ROUNDS if count else 0):
        rows.share(label_drawing.spread, along, slot, found)
        step = square / np.maximum(squares(found, weight * found), 1e-30)
        weights += step * along
        back = np.empty_like(left)
        rows.share(label_drawing.gathered, weight * found, slot, back)
        left -= step * back
        before, square = square, squares(left)
        along = left + square / np.maximum(before, 1e-30) * along
    return weights


def squares(
    one: NDArray[np.float32], two: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Of each channel, the sum of squares, or of products with another. (..., C) -> (C,)"""
    flat = one.reshape(-1, one.shape[-1])
    return np.einsum("bc,bc->c", flat, flat if two is None else two.reshape(flat.shape))


def own_size(drawer: ExactDrawer, field: Field) -> NDArray[np.float32]:
    """Means over the field's own pixels, or what is at their centres if these are samples.

    (H, W, C)
    """
    assert isinstance(field.encoding, Labels)
    config = field.encoding.config
    if config.footprint == POINT:
        y, x = np.mgrid[: config.height, : config.width].reshape(2, -1) + 0.5
        xy = np.stack([x * (2.0 / config.width), y * (2.0 / config.height)], 1) - 1.0
        values = drawer.values(xy.astype(np.float32))
        return values.reshape(config.height, config.width, config.planes)
    x = np.linspace(-1.0, 1.0, config.width + 1)
    y = np.linspace(-1.0, 1.0, config.height + 1)
    return drawer.means(np.stack([x[:-1], x[1:]], 1), np.stack([y[:-1], y[1:]], 1))
