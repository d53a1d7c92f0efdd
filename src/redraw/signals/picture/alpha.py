"""Alpha: colours that are multiplied by it, and straight ones.

Source: Porter & Duff 1984, "Compositing digital images".

Shapes: H rows, W columns, C channels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.colour import MODELS, Colour
from redraw.signals.picture.flats import kept

# Of a cut-out picture: alpha within it of 0 or 1 is that. Edges get a little steeper, and stay.
NEAR = 1 / 16
NEAR_LEVEL = 1 / 16  # four roundings of a float32 are 1 / 64 of a level of 16 bits


def straight(fitted: NDArray[np.float32], colour: Colour) -> NDArray[np.float32]:
    """Fitted values as a picture's own: clipped, alpha as `colour` says, light linear. (..., C)

    They are not copied where they are that already.
    """
    if not (fitted.size and fitted.min() >= 0 and fitted.max() <= 1):
        fitted = np.clip(fitted, 0, 1)
    fitted = kept(fitted, colour.flats)
    planes = fitted[..., : MODELS[colour.model]]
    alpha = fitted[..., -1:]
    if colour.alpha and not colour.premultiplied:
        planes = np.minimum(divided(planes, alpha), 1)
    if colour.curve is not None:
        planes = colour.curve.decode(planes)
    if colour.alpha and not colour.premultiplied and not colour.whole:
        if colour.cut_out:
            alpha = np.clip((alpha - NEAR) / np.float32(1 - 2 * NEAR), 0, 1)
        levels = 2**colour.depth - 1
        planes = np.where(alpha * levels >= 0.5 if levels < 2**16 else alpha > 0, planes, 0)
    if colour.alpha and colour.whole:
        planes, alpha = (in_levels(values, colour.depth) for values in (planes, alpha))
    return np.concatenate([planes, alpha], axis=-1) if colour.alpha else planes


def in_levels(values: NDArray[np.float32], depth: int) -> NDArray[np.float32]:
    """Values that are whole levels but for rounding, as such; others stay. Any shape."""
    most = np.float32(2**depth - 1)
    scaled = values * most
    whole = np.rint(scaled)
    return np.where(np.abs(scaled - whole) < NEAR_LEVEL, whole / most, values)


def divided(planes: NDArray[np.floating], alpha: NDArray[np.floating]) -> NDArray[np.floating]:
    """Premultiplied planes made straight; nothing is left where alpha is 0.

    (H, W, C), (H, W, 1) -> (H, W, C)
    """
    with np.errstate(over="ignore"):  # by a tiny alpha; callers clip
        return np.divide(planes, alpha, out=np.zeros_like(planes), where=alpha > 0)
