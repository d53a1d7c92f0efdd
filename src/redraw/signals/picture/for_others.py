"""A picture as NumPy, Pillow and Matplotlib take it."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.writing import png_bytes

if TYPE_CHECKING:
    from PIL.Image import Image

    from redraw.signals.picture.picture import Picture

LEVELS: dict[int, type[np.unsignedinteger[Any]]] = {8: np.uint8, 16: np.uint16}


def as_array(picture: "Picture") -> NDArray[Any]:
    """The numbers that a file of the picture's own depth holds; `Picture.from_array` takes them.

    Returns:
        A new array: bool of two-tone pictures (True = white paper), uint8 or uint16, float32 of
        light. (H, W) of grey without alpha, else (H, W, C)
    """
    values, depth = picture.values, picture.colour.depth
    planes = values[..., 0] if picture.channels == 1 else values
    if depth == 1:
        return planes >= 0.5
    if depth not in LEVELS:
        return planes.copy()
    kind = LEVELS[depth]
    top = np.float32(np.iinfo(kind).max)
    return np.rint(np.clip(planes, 0, 1) * top).astype(kind)


def as_pillow(picture: "Picture") -> "Image":
    """A Pillow picture to look at or work on: 8 bits a value, of mode 1, L, LA, RGB or RGBA.

    Light is clipped at white; alpha is straight. A PNG goes between, so that colours are converted
    as in a file.
    """
    from PIL import Image

    image = Image.open(io.BytesIO(png_bytes(picture)))
    image.load()
    return image
