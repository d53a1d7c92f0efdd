"""The colours that a region shows, where it holds places of several labels.

Regions that look alike become one, and so do slivers that nobody would miss. What is painted there
is what the first kind shows, each place by its own label; what slivers show is not asked.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Another label is alike where its colours are within those of a region's own, and so far beyond.
BEYOND = 0.08


class Coloured(Protocol):
    """Labels and their colours at positions in pixels; see `drawing.Labelled`."""

    def labels(self, x: Floats, y: Floats) -> Ints:
        """(N,), (N,) -> (N,)"""
        ...

    def colours(self, x: Floats, y: Floats, label: int) -> Floats:
        """(N,), (N,) -> (N, C)"""
        ...


def shown_in(picture: Coloured, places: Floats, label: int) -> tuple[Floats, NDArray[np.bool_]]:
    """The colours of a region at places, and at which of them they are known.

    Args:
        picture: What is drawn.
        places: (N, 2)
        label: The region's own.

    Returns:
        (N, C) and (N,); all are known where none has the region's label.
    """
    x, y = places.T
    colours = picture.colours(x, y, label)
    there = picture.labels(x, y)
    known = there == label
    if not known.any():
        return colours, np.ones(len(places), np.bool_)
    low, high = colours[known].min(axis=0) - BEYOND, colours[known].max(axis=0) + BEYOND
    for other in np.unique(there[~known]):
        at = np.flatnonzero(there == other)
        found = picture.colours(x[at], y[at], int(other))
        alike = ((found >= low) & (found <= high)).all(axis=1)
        colours[at[alike]] = found[alike]
        known[at[alike]] = True
    return colours, known


def spread(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Values of a grid, those that aren't known from their nearest neighbours. (H, W, C), (H, W)"""
    values, known = np.where(known[..., None], values, 0.0), known.copy()
    while not known.all() and known.any():
        total, count = np.zeros_like(values), np.zeros(known.shape)
        for axis in (0, 1):
            for way in (slice(1, None), slice(None, -1)):
                back = slice(None, -1) if way.start else slice(1, None)
                here = (way, slice(None)) if axis == 0 else (slice(None), way)
                there = (back, slice(None)) if axis == 0 else (slice(None), back)
                total[here] += values[there]
                count[here] += known[there]
        new = ~known & (count > 0)
        values[new] = total[new] / count[new][:, None]
        known |= new
    return values
