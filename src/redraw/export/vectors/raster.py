"""A vector drawing as pixels: to say how near paths are to what they were made of."""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.cover import filled
from redraw.export.vectors.drawing import Drawing
from redraw.export.vectors.fills import Flat, Gradient, colours_of
from redraw.export.vectors.pieces import Part

Floats = NDArray[np.float64]

# Straight pieces that a curve is drawn as.
STRAIGHTS = 24


def rasterised(drawing: Drawing, samples: int = 4) -> Floats:
    """The mean over each pixel of the source.

    Args:
        drawing: What to draw.
        samples: Per pixel and axis.

    Returns:
        Values in the order of the fills', multiplied by their alpha if they have one. (H, W, C)
    """
    high, wide = drawing.height * samples, drawing.width * samples
    channels = _channels(drawing)
    canvas = np.zeros((high, wide, channels))
    for shape in drawing.shapes:
        outlines = [_flattened(loop) for loop in shape.loops]
        mask, top, left = filled(outlines, high, wide, samples)
        rows, columns = np.nonzero(mask)
        if not len(rows):
            continue
        x, y = (columns + left + 0.5) / samples, (rows + top + 0.5) / samples
        colours = colours_of(shape.fill, np.stack([x, y], axis=1))
        under = canvas[rows + top, columns + left]
        if drawing.alpha:
            alpha = colours[:, -1:]
            multiplied = np.concatenate([colours[:, :-1] * alpha, alpha], axis=1)
            canvas[rows + top, columns + left] = multiplied + (1.0 - alpha) * under
        else:
            canvas[rows + top, columns + left] = colours
    parts = canvas.reshape(drawing.height, samples, drawing.width, samples, channels)
    return parts.mean(axis=(1, 3))


def _channels(drawing: Drawing) -> int:
    for shape in drawing.shapes:
        if isinstance(shape.fill, Flat):
            return len(shape.fill.colour)
        if isinstance(shape.fill, Gradient):
            return shape.fill.colours.shape[1]
        return shape.fill.values.shape[2]
    return 2 if drawing.alpha else 1


def _flattened(loop: tuple[Part, ...]) -> Floats:
    """The corners of a polygon. (N, 2)"""
    t = np.linspace(0.0, 1.0, STRAIGHTS, endpoint=False)
    return np.concatenate([piece.points[:1] if piece.straight else piece.at(t) for piece in loop])
