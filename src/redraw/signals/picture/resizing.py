"""A picture at another size: alpha, holes, two tones and light as they should be.

Shapes: H rows, W columns, C channels.
"""

import dataclasses
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from redraw.errors import UsageError
from redraw.signals.picture.alpha import divided
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.resampling import lanczos

if TYPE_CHECKING:
    from redraw.signals.picture.picture import Picture

AnyPicture = TypeVar("AnyPicture", bound="Picture")
MAX_RESIZED_PIXELS = 10**9  # more is a slip of the finger


def resized(picture: AnyPicture, width: int, height: int) -> AnyPicture:
    """See `Picture.resized`.

    Raises:
        UsageError: The size isn't at least 1x1, or is absurd.
    """
    if width < 1 or height < 1:
        raise UsageError(f"the size {width}x{height} is impossible; both sides are at least 1")
    if width * height > MAX_RESIZED_PIXELS:
        raise UsageError(f"the size {width}x{height} has more than {MAX_RESIZED_PIXELS} pixels")
    if (width, height) == picture.size:
        return dataclasses.replace(picture)
    colour, planes = picture.colour, picture.as_premultiplied().values
    known = None
    if picture.known is None:
        planes = lanczos(planes, width, height)
    else:
        weight = lanczos(picture.known[..., None].astype(np.float32), width, height)
        planes = lanczos(planes * picture.known[..., None], width, height)
        known = weight[..., 0] > 0.5
        planes = np.where(known[..., None], planes / np.maximum(weight, 0.5), 1)
    return dataclasses.replace(
        picture,
        values=_within_range(planes, colour),
        colour=dataclasses.replace(colour, depth=8) if colour.depth == 1 else colour,
        known=known,
        footprint="",  # of the pixels that were: a JPEG's blocks are no longer there
    )


def _within_range(planes: NDArray[np.floating], colour: Colour) -> NDArray[np.float32]:
    """Resampled premultiplied planes as straight values within the range that can be. (H, W, C)"""
    curve = colour.curve
    low, high = (0, 1) if curve is None else (curve.low, curve.high)
    if not colour.alpha:
        return np.clip(planes, low, high).astype(np.float32)
    alpha = np.clip(planes[..., -1:], 0, 1)
    planes = planes[..., :-1]
    if not colour.premultiplied:
        planes = divided(planes, alpha)
    return np.concatenate([np.clip(planes, low, high), alpha], axis=2)
