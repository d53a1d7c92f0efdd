"""Tiles of a picture, where looking at all of it would take too long.

Shapes: H rows, W columns, C channels.
"""

import numpy as np
from numpy.typing import NDArray

SIDE = 48  # pixels of a tile's side
TILES = 64


def tiles_of(values: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """The whole of a small picture, or tiles on a regular grid over a large one.

    Args:
        values: (H, W, C)

    Returns:
        (h, w, C) each, all of one size.
    """
    height, width = values.shape[:2]
    if height * width <= TILES * SIDE * SIDE:
        return [values]
    rows = int(np.clip(round(np.sqrt(TILES * height / width)), 1, max(1, height // SIDE)))
    columns = int(np.clip(TILES // rows, 1, max(1, width // SIDE)))
    tops = np.linspace(0, max(0, height - SIDE), rows).astype(int)
    lefts = np.linspace(0, max(0, width - SIDE), columns).astype(int)
    return [values[y : y + SIDE, x : x + SIDE] for y in tops for x in lefts]
