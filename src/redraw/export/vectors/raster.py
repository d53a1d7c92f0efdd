"""A vector drawing as pixels: to say how near paths are to what they were made of."""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.curves import Piece
from redraw.export.vectors.drawing import Drawing
from redraw.export.vectors.fills import Fill, Flat, Gradient

Floats = NDArray[np.float64]

# Straight pieces that a curve is drawn as.
STRAIGHTS = 12


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
        mask, top, left = _mask(outlines, high, wide, samples)
        rows, columns = np.nonzero(mask)
        if not len(rows):
            continue
        x, y = (columns + left + 0.5) / samples, (rows + top + 0.5) / samples
        colours = _colours(shape.fill, np.stack([x, y], axis=1))
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


def _flattened(loop: tuple[Piece, ...]) -> Floats:
    """The corners of a polygon. (N, 2)"""
    t = np.linspace(0.0, 1.0, STRAIGHTS, endpoint=False)
    return np.concatenate([piece.points[:1] if piece.straight else piece.at(t) for piece in loop])


def _mask(
    outlines: list[Floats], high: int, wide: int, samples: int
) -> tuple[NDArray[np.bool_], int, int]:
    """Which samples are inside, in a box; and the box' top and left."""
    points = np.concatenate(outlines) * samples
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int), 0, [wide, high])
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int), 0, [wide, high])
    turns = np.zeros((max(bottom - top, 0), max(right - left, 0) + 1), np.int32)
    if not turns.size:
        return turns[:, :-1].astype(bool), int(top), int(left)
    for outline in outlines:
        one = outline * samples
        other = np.roll(one, -1, axis=0)
        # Rows of samples that each side passes, each crossing a change from out to in or back.
        low = np.ceil(np.minimum(one[:, 1], other[:, 1]) - 0.5).astype(int)
        ends = np.ceil(np.maximum(one[:, 1], other[:, 1]) - 0.5).astype(int)
        low, ends = np.clip(low, top, bottom), np.clip(ends, top, bottom)
        count = ends - low
        side = np.repeat(np.arange(len(one)), count)
        row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + low[side]
        rise = other[side, 1] - one[side, 1]
        t = (row + 0.5 - one[side, 1]) / np.where(rise == 0.0, 1.0, rise)
        x = one[side, 0] + t * (other[side, 0] - one[side, 0])
        column = np.clip(np.ceil(x - 0.5).astype(int), left, right)
        np.add.at(turns, (row - top, column - left), 1)
    return np.cumsum(turns, axis=1)[:, :-1] % 2 == 1, int(top), int(left)


def _colours(fill: Fill, places: Floats) -> Floats:
    """The colours of a fill at places in pixels. (N, 2) -> (N, C)"""
    if isinstance(fill, Flat):
        return np.repeat(fill.colour[None], len(places), axis=0)
    if isinstance(fill, Gradient):
        ahead = fill.end - fill.start
        away = places - fill.start
        if fill.radial:
            t = np.hypot(*away.T) / max(float(np.hypot(*ahead)), 1e-12)
        else:
            t = away @ ahead / max(float(ahead @ ahead), 1e-12)
        channels = fill.colours.shape[1]
        return np.stack(
            [np.interp(t, fill.offsets, fill.colours[:, c]) for c in range(channels)], 1
        )
    left, top, right, bottom = fill.box
    column = np.clip(places[:, 0].astype(int) - left, 0, right - left - 1)
    row = np.clip(places[:, 1].astype(int) - top, 0, bottom - top - 1)
    return fill.values[row, column]
