"""A picture as planes: its colours decorrelated, its holes filled; and channels of them again.

Shapes: C channels or planes, H rows, W columns, L levels.
"""

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from redraw.errors import RunError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from redraw.fields import Field

# Pixels decorrelated together: what the caches hold.
PIECE = 1 << 15


def mixing_of(field: "Field") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How a field without hidden layers makes channels of planes: (C, C) and (C,)."""
    layer = cast("nn.Linear", field.network.layers[0])
    weight = as_array(layer.weight).astype(np.float64)
    bias = np.zeros(len(weight)) if layer.bias is None else as_array(layer.bias).astype(np.float64)
    return weight, bias


def unmixing_of(weight: NDArray, bias: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How planes are made of channels that `weight` and `bias` make of planes: (C, C) and (C,).

    Raises:
        RunError: `weight` has no inverse.
    """
    try:
        unmixing = np.linalg.inv(weight)
    except np.linalg.LinAlgError as error:
        raise RunError(
            "the layer after the encoding mixes its planes in a way that can't be undone: its"
            " matrix is singular; start the fit again with --force"
        ) from error
    return unmixing, -unmixing @ bias


def as_array(tensor: "Tensor | NDArray") -> NDArray:
    """A tensor's numbers on the CPU, or an array as it is. Any shape."""
    return tensor if isinstance(tensor, np.ndarray) else tensor.detach().cpu().numpy()


def decorrelated(
    pixels: NDArray, weight: NDArray, bias: NDArray, shape: tuple[int, int], dtype: DTypeLike
) -> NDArray:
    """The planes that `weight` and `bias` make these pixels of.

    Args:
        pixels: (H W, C)
        weight: (C, C)
        bias: (C,)
        shape: H and W.
        dtype: Of the result.

    Returns:
        A new array. (C, H, W)

    Raises:
        RunError: `weight` has no inverse.
    """
    unmixing, shift = unmixing_of(weight, bias)
    count = len(weight)
    flat = np.empty((count, len(pixels)), dtype)
    for first in range(0, len(pixels), PIECE):
        part = slice(first, first + PIECE)
        for plane in range(count):
            flat[plane, part] = shift[plane]
            for channel in range(count):
                if unmixing[plane, channel]:
                    factor = unmixing[plane, channel].astype(dtype)
                    flat[plane, part] += factor * pixels[part, channel]
    return flat.reshape(count, *shape)


def decorrelation(planes: int) -> NDArray[np.float64]:
    """An orthonormal matrix that decorrelates colours. (C, C)

    The cosine transform of three colours: their sum, red less blue, and green less both. Detail of
    photographs is almost all in the sum. A fourth channel stays as it is.

    Source: Ahmed, Natarajan & Rao 1974, "Discrete cosine transform", of length 3.
    """
    result = np.eye(planes)
    if planes in (3, 4):
        rows = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
        result[:3, :3] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


def fill_around(values: NDArray, index: NDArray, shape: tuple[int, int]) -> NDArray:
    """All pixels: the known ones, and smooth values for the others.

    Args:
        values: Of the known pixels. (P, C)
        index: Which they are. (P,)
        shape: H and W.

    Returns:
        (H W, C)
    """
    known = np.zeros(shape[0] * shape[1], bool)
    known[index] = True
    whole = np.zeros((known.size, values.shape[1]), values.dtype)
    whole[index] = values
    filled = fill(whole.reshape(*shape, -1), known.reshape(shape))
    return filled.reshape(known.size, -1)


def fill(values: NDArray, known: NDArray[np.bool_]) -> NDArray:
    """`values` with smooth ones where they are not known: from halved pictures.

    Args:
        values: (H, W, C)
        known: At least one is. (H, W)
    """
    if known.all():
        return values
    height, width = known.shape
    if height == 1 and width == 1:
        return values
    even = (height + height % 2, width + width % 2)
    weight = np.zeros(even, values.dtype)
    weight[:height, :width] = known
    total = np.zeros((*even, values.shape[2]), values.dtype)
    total[:height, :width] = values * known[:, :, None]
    half = (even[0] // 2, 2, even[1] // 2, 2)
    count = weight.reshape(half).sum(axis=(1, 3))
    mean = total.reshape(*half, -1).sum(axis=(1, 3)) / np.maximum(count, 1.0)[:, :, None]
    coarse = fill(mean, count > 0)
    larger = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(known[:, :, None], values, larger)


def own(edges: NDArray[np.float64], side: int) -> NDArray[np.int64] | None:
    """Which pixels the cells of an axis are, if each is just one. (n, 2) -> (n,)"""
    place = (edges + 1.0) * (0.5 * side)
    nearest = np.round(place)
    if (np.abs(place - nearest) > 1e-6).any() or (nearest[:, 1] - nearest[:, 0] != 1.0).any():
        return None
    index = nearest[:, 0].astype(np.int64)
    inside = len(index) and index.min() >= 0 and index.max() < side
    return index if inside else None
