"""The cells of a drawing along one axis, cut at the pixels of the fitted picture.

Shapes: n cells, E pieces, F places.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.fields.label_cells import CELL

# Places in a piece: at most this far apart, in pixels.
APART = 0.2
# Where two numbers give the mean of a cubic polynomial exactly (Gauss), from 0 to 1.
GAUSS = (0.5 - 0.5 / np.sqrt(3.0), 0.5 + 0.5 / np.sqrt(3.0))

Axis = tuple[NDArray, ...]


def axis_of(edges: NDArray[np.float64], side: int) -> Axis:
    """Pieces and places of all cells.

    Args:
        edges: Start and end of each cell, the picture's at -1 and 1; equal for a point. (n, 2)
        side: Of the picture, in pixels.

    Returns:
        The first piece of each cell, and their end (n + 1,); of the pieces: their pixels (E,),
        their shares of their cells (E,), the first nodes of colours (E,), the weights of four nodes
        of colours (E, 4) and of three of detail (E, 3); the first place of each and their end
        (E + 1,); the distance of places (E,); of places: the weights of five potentials (F, 5) and
        their derivatives (F, 5).
    """
    start = np.clip((edges[:, 0] + 1.0) * (0.5 * side), 0.0, side)
    end = np.maximum(np.clip((edges[:, 1] + 1.0) * (0.5 * side), 0.0, side), start)
    # What sticks out of a pixel by rounding alone is no piece.
    first = np.minimum(np.floor(start + 1e-9), side - 1).astype(np.int64)
    last = np.clip(np.ceil(end - 1e-9).astype(np.int64) - 1, first, side - 1)
    counts = last - first + 1
    cells = np.concatenate([[0], np.cumsum(counts)])
    cell = np.repeat(np.arange(len(edges)), counts)
    pixel = first[cell] + np.arange(len(cell)) - cells[cell]
    at = pixel.astype(np.float64)
    low = np.clip(start[cell] - at, 0.0, 1.0)
    high = np.clip(end[cell] - at, 0.0, 1.0)
    length = high - low
    whole = (end - start)[cell]
    share = np.where(whole > 0.0, length / np.maximum(whole, 1e-300), 1.0 / counts[cell])
    colour = (2 * pixel + 1 + CELL) // (2 * CELL)
    colours = np.zeros((len(pixel), 4))
    for point in GAUSS:
        colours += 0.5 * four((pixel + low + point * length) / CELL + 0.5 - colour)
    places = np.maximum(1, np.ceil(length / APART - 1e-9)).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(places)])
    piece = np.repeat(np.arange(len(pixel)), places)
    inner = (np.arange(len(piece)) - starts[piece] + 0.5) / places[piece]
    inside = low[piece] + inner * length[piece]
    return (
        cells, pixel.astype(np.int32), share.astype(np.float32), colour.astype(np.int32),
        colours.astype(np.float32), mean_of_three(low, high).astype(np.float32), starts,
        (length / places).astype(np.float32), five(inside).astype(np.float32),
        slopes_of_five(inside).astype(np.float32),
    )  # fmt: skip


def four(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the cubic B-splines that reach a place, which lies t after the second. (E, 4)"""
    left = 1.0 - t
    return np.stack(
        [
            left**3 / 6.0,
            (4.0 - 6.0 * t**2 + 3.0 * t**3) / 6.0,
            (4.0 - 6.0 * left**2 + 3.0 * left**3) / 6.0,
            t**3 / 6.0,
        ],
        axis=1,
    )


def five(inside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the five B-splines around a pixel, at positions inside of it. (E, 5)"""
    first = inside < 0.5
    out = np.zeros((len(inside), 5))
    out[first, :4] = four(inside[first] + 0.5)
    out[~first, 1:] = four(inside[~first] - 0.5)
    return out


def slopes_of_five(inside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Their derivatives. (E, 5)"""
    first = inside < 0.5
    t = np.where(first, inside + 0.5, inside - 0.5)
    left = 1.0 - t
    found = np.stack(
        [-(left**2) / 2, (3 * t**2 - 4 * t) / 2, -(3 * left**2 - 4 * left) / 2, t**2 / 2], axis=1
    )
    out = np.zeros((len(inside), 5))
    out[first, :4] = found[first]
    out[~first, 1:] = found[~first]
    return out


def mean_of_three(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """The means from `low` to `high` of the weights of three pixels, inside of the middle one.

    Between the pixels' centres they are linear, so the middle of each half tells its mean. (E, 3)
    """
    length = high - low
    cut = np.clip(0.5, low, high)
    total = np.zeros((len(low), 3))
    for begin, end in ((low, cut), (cut, high)):
        whole = np.where(length > 0.0, (end - begin) / np.maximum(length, 1e-300), 0.5)
        middle = 0.5 * (begin + end)
        before, after = np.maximum(0.5 - middle, 0.0), np.maximum(middle - 0.5, 0.0)
        total += whole[:, None] * np.stack([before, 1.0 - before - after, after], axis=1)
    return total
