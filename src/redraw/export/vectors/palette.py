"""Fewer colours for a vector drawing: the ones that serve best, or black alone."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.drawing import Drawing, Shape
from redraw.export.vectors.fills import Fill, Flat, mean_colour

Floats = NDArray[np.float64]

# Weights of red, green and blue in lightness (ITU-R BT.709).
LIGHTNESS = np.array([0.2126, 0.7152, 0.0722])
ROUNDS = 20


def with_colours(drawing: Drawing, count: int) -> Drawing:
    """The drawing in flat colours, `count` of them at most.

    Those are the means of groups, by how much area has which: the group that is spread most is
    parted until there are enough, then each shape goes to the nearest.

    Source: Linde, Buzo & Gray, An algorithm for vector quantizer design, 1980.
    """
    colours = np.array([mean_colour(shape.fill) for shape in drawing.shapes])
    weights = np.array([max(shape.area, 1e-6) for shape in drawing.shapes])
    if not len(colours):
        return drawing
    centres = np.average(colours, axis=0, weights=weights)[None]
    nearest = np.zeros(len(colours), np.int64)
    while len(centres) < min(count, len(np.unique(colours.round(4), axis=0))):
        spread = weights * ((colours - centres[nearest]) ** 2).sum(axis=1)
        centres = np.vstack([centres, colours[np.argmax(spread)]])
        for _ in range(ROUNDS):
            nearest = ((colours[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
            for one in range(len(centres)):
                if (mine := nearest == one).any():
                    centres[one] = np.average(colours[mine], axis=0, weights=weights[mine])
    shapes = tuple(
        replace(shape, fill=Flat(centres[one]))
        for shape, one in zip(drawing.shapes, nearest, strict=True)
    )
    return replace(drawing, shapes=shapes, notes=())


def line_art(drawing: Drawing) -> Drawing:
    """Lines in black; paper stays empty. What is darker than half way between the two is a line."""
    tones = np.array([_lightness(shape.fill, drawing.alpha) for shape in drawing.shapes])
    if not len(tones):
        return drawing
    half = (tones.min() + tones.max()) / 2.0 if np.ptp(tones) > 0.05 else 0.5
    white = np.ones(2) if drawing.alpha else np.ones(1)
    black = np.array([0.0, 1.0]) if drawing.alpha else np.zeros(1)
    shapes: list[Shape] = []
    for shape, tone in zip(drawing.shapes, tones, strict=True):
        if tone <= half or shapes:  # paper on black covers it; paper below all is left out
            shapes.append(replace(shape, fill=Flat(black if tone <= half else white)))
    return replace(drawing, shapes=tuple(shapes), notes=())


def _lightness(fill: Fill, alpha: bool) -> float:
    """From 0 to 1, on white paper."""
    colour = mean_colour(fill)
    cover = colour[-1] if alpha else 1.0
    values = colour[:-1] if alpha else colour
    tone = float(LIGHTNESS @ values[:3]) if len(values) >= 3 else float(values[0])
    return cover * tone + 1.0 - cover
