"""What labels leave over of the pixels near edges, projected back onto the field.

Between the listed pixels something is interpolated linearly whose means over all pixels are the
differences between the picture and the field: then own pixels come out right. Of samples it is the
values at their centres that come out right.

Source: Irani & Peleg 1991, "Improving resolution by image registration", section 3.
"""

from collections.abc import Iterable, Iterator
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.colours import begins_of
from redraw.engines.labels.noisy import beyond_noise
from redraw.engines.labels.seen import seen_as
from redraw.engines.labels.start import without_noise
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import POINT
from redraw.kernels import label_detail
from redraw.signals.samples import PixelSamples, Samples

# Rounds; what a pixel that is right already counts against one that isn't; and what is right.
ROUNDS, FIRM, CLOSE = 12, 4.0, 0.5 / 255.0
# Rows of the field's own pixels that are drawn at once.
STRIP = 64


def project_back(
    field: Field, samples: Samples, means: Iterable[NDArray[np.float32]], threads: int
) -> float:
    """Set the detail of a field of labels.

    Args:
        field: As the steps left it.
        samples: Its picture.
        means: Over the field's own pixels without any detail, in strips from top to bottom; asked
            for when there is none. (h, W, C) each
        threads: How many work on it; the result does not depend on it.

    Returns:
        The seconds that it took.
    """
    began = perf_counter()
    encoding = field.encoding
    if not isinstance(samples, PixelSamples) or not isinstance(encoding, Labels):
        raise EngineError("labels are for pictures, not for tables; take another preset")
    footprint = encoding.config.footprint
    values, known = without_noise(samples, footprint, threads)
    with torch.no_grad():
        encoding.detail.zero_()
        seen = seen_as(footprint, Rows(len(values), threads))
        if seen is not None:
            means = [seen.left(np.concatenate(list(means)), values, known)]
        listed = encoding.owner.cpu().numpy() == NONE
        sampled = footprint == POINT  # at centres, nothing but a node's own counts
        told = listed if sampled else widened(listed)

        def left() -> Iterator[NDArray[np.float32]]:
            top = 0
            for strip in means:
                rows = slice(top, top + len(strip))
                off = strip if seen is not None else values[rows] - strip
                if known is not None:
                    off[~known[rows]] = 0.0
                yield beyond_noise(off, footprint)
                top = rows.stop

        wanted = taken(left(), told, values.shape[2])
        detail = wanted if sampled else solved(wanted, listed, told, threads)[listed[told]]
        encoding.detail.copy_(torch.from_numpy(detail))
    return perf_counter() - began


def taken(
    strips: Iterable[NDArray[np.float32]], told: NDArray[np.bool_], channels: int
) -> NDArray[np.float32]:
    """The pixels told, of strips from top to bottom.

    Args:
        strips: (h, W, C) each
        told: (H, W)
        channels: C.

    Returns:
        Row by row. (T, C)
    """
    found = np.empty((int(told.sum()), channels), np.float32)
    top, done = 0, 0
    for strip in strips:
        own = strip[told[top : top + len(strip)]]
        found[done : done + len(own)] = own
        top, done = top + len(strip), done + len(own)
    return found


def widened(listed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Listed pixels and those that touch them. (H, W)"""
    told = listed.copy()
    told[1:] |= listed[:-1]
    told[:-1] |= listed[1:]
    across = told.copy()
    told[:, 1:] |= across[:, :-1]
    told[:, :-1] |= across[:, 1:]
    return told


def solved(
    wanted: NDArray[np.float32], listed: NDArray[np.bool_], told: NDArray[np.bool_], threads: int
) -> NDArray[np.float32]:
    """Values at the listed pixels whose means over all pixels are nearly `wanted`.

    By conjugate gradients for the least squares. Pixels that are right already count more: flat
    areas and empty grounds stay exactly as they are.

    Args:
        wanted: Of the pixels told. (T, C)
        listed: (H, W)
        told: These, and those that touch them. (H, W)
        threads: How many work on it; the result does not depend on it.

    Returns:
        0 where not listed. (T, C)
    """
    rows, inside, begins = Rows(len(listed), threads), listed[told], begins_of(told)
    right = np.abs(wanted).max(axis=1, keepdims=True, initial=0.0) < CLOSE
    weight = np.where(right, np.float32(FIRM), np.float32(1.0))
    weights, found = np.zeros_like(wanted), np.empty_like(wanted)
    left, back = np.empty_like(wanted), np.empty_like(wanted)
    rows.share(label_detail.gathered, weight * wanted, inside, told, begins, left)
    along, square = left.copy(), squares(left)
    for _ in range(ROUNDS if len(wanted) else 0):
        rows.share(label_detail.spread, along, told, begins, found)
        step = square / np.maximum(squares(found, weight * found), 1e-30)
        weights += step * along
        rows.share(label_detail.gathered, weight * found, inside, told, begins, back)
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


def own_size(drawer: ExactDrawer, field: Field) -> Iterator[NDArray[np.float32]]:
    """Means over the field's own pixels, or what is at their centres if these are samples.

    In strips from top to bottom. (h, W, C) each
    """
    assert isinstance(field.encoding, Labels)
    config = field.encoding.config
    x = np.linspace(-1.0, 1.0, config.width + 1)
    y = np.linspace(-1.0, 1.0, config.height + 1)
    for top in range(0, config.height, STRIP):
        bottom = min(top + STRIP, config.height)
        if config.footprint == POINT:
            row, column = np.mgrid[top:bottom, : config.width].reshape(2, -1) + 0.5
            xy = np.stack([column * (2.0 / config.width), row * (2.0 / config.height)], 1) - 1.0
            values = drawer.values(xy.astype(np.float32))
            yield values.reshape(bottom - top, config.width, config.planes)
        else:
            own = y[top : bottom + 1]
            yield drawer.means(np.stack([x[:-1], x[1:]], 1), np.stack([own[:-1], own[1:]], 1))
