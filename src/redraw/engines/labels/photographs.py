"""Photographs in a drawing: a page of a magazine, a poster, a screenshot.

What no areas explain is one area of its own, without edges, which detail mends: drawn larger it is
the cubic spline of its pixels, as a photograph is.

1. Tiles that look like a photograph (`redraw.signals.picture.kind`), where many lie together.
2. From there as far as no area of the drawing is in the way, within the rectangle around them.

Shapes: H rows, W columns, C channels, N components.
"""

import math

import numpy as np
from numpy.typing import NDArray

from redraw.kernels.label_components import components
from redraw.signals.picture.kind import FEWEST_WINDOWS, evidence
from redraw.signals.picture.tiles import SIDE

# Tiles lie half a side apart, of large pictures further, and so many windows of each are asked.
# Cells that tiles have in common get the mean of what they say: below which logarithm of odds they
# are part of a photograph, and of how many cells it is at least.
STEP, MOST_TILES, WINDOWS = SIDE // 2, 1000, 200
PHOTOGRAPH, FEWEST_CELLS = -1.0, 9
# Areas of the drawing end it: they have so many pixels, this share of them flat, and no more than
# that share of them lies in the rectangle around its cells, which is drawn anew so many times.
AREA, PLAIN, INSIDE, ROUNDS = 200, 0.3, 0.4, 4

# Pixels that touch hang together, whatever differs.
ANY = 2.0


def photographs_in(
    values: NDArray[np.float32],
    component: NDArray[np.int32],
    flat: NDArray[np.bool_],
    count: int,
) -> NDArray[np.bool_] | None:
    """Which pixels are of photographs, or None if there are none.

    Args:
        values: (H, W, C)
        component: Of each pixel, -1 for none. (H, W)
        flat: Which pixels are flat. (H, W)
        count: How many components there are.

    Returns:
        (H, W)
    """
    step = max(STEP, math.ceil(math.sqrt(component.size / MOST_TILES)))
    if not cells_of(values, 2 * step).any():
        return None
    region = regions_of(cells_of(values, step))
    if not region.any():
        return None
    known = component >= 0
    size = np.bincount(component[known], minlength=count)
    area = (size >= AREA) & (np.bincount(component[known & flat], minlength=count) > PLAIN * size)
    core = found = spread(region > 0, step, component.shape)
    for _ in range(ROUNDS):
        within = np.bincount(
            component[known & boxed(region, step, 0, component.shape)], minlength=count
        )
        free = boxed(region, step, 1, component.shape)
        free &= ~np.append(area & (within <= INSIDE * size), False)[component]
        number, parts = components(values[..., :1], free, free, ANY, ANY, ANY)
        reached = np.zeros(parts + 1, bool)
        reached[number[core & free]] = True
        found = reached[number] & free
        region = regions_of(gathered(found, step))
    return found


def cells_of(values: NDArray[np.float32], step: int) -> NDArray[np.bool_]:
    """Squares of `step` pixels that look like part of a photograph. (H // step, W // step)"""
    rows, columns = (max(0, (side - SIDE) // step + 1) for side in values.shape[:2])
    sums, times = np.zeros((2, rows + 1, columns + 1))
    for row in range(rows):
        for column in range(columns):
            top, left = row * step, column * step
            tile = values[top : top + SIDE, left : left + SIDE]
            found = evidence(tile, WINDOWS, noise=0.0)  # of a noisy picture it is gone already
            if found.edges >= FEWEST_WINDOWS:
                sums[row : row + 2, column : column + 2] += np.clip(found.score, -5.0, 5.0)
                times[row : row + 2, column : column + 2] += 1
    return (times > 0) & (sums < PHOTOGRAPH * times)


def regions_of(cells: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number for those that hang together, at sides or corners, where they are enough; else 0.

    Args:
        cells: (h, w)

    Returns:
        (h, w)
    """
    number = np.where(cells, np.arange(1, cells.size + 1).reshape(cells.shape), 0)
    while True:
        padded = np.pad(number, 1)
        around = [
            padded[y : y + cells.shape[0], x : x + cells.shape[1]]
            for y in range(3)
            for x in range(3)
        ]
        found = np.where(cells, np.maximum.reduce(around), 0)
        if (found == number).all():
            break
        number = found
    often = np.bincount(number.ravel(), minlength=cells.size + 1)
    return np.where(often[number] >= FEWEST_CELLS, number, 0)


def boxed(
    region: NDArray[np.int64], step: int, around: int, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Pixels in the rectangle around each region, so many cells larger. (h, w) -> (H, W)"""
    inside = np.zeros(shape, bool)
    for number in np.unique(region[region > 0]):
        rows, columns = np.nonzero(region == number)
        top, left = (max(0, int(side.min()) - around) * step for side in (rows, columns))
        bottom, right = ((int(side.max()) + 1 + around) * step for side in (rows, columns))
        inside[top:bottom, left:right] = True
    return inside


def gathered(pixels: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Cells that are half of such pixels or more. (H, W) -> (h, w)"""
    rows, columns = (np.arange(0, side, step) for side in pixels.shape)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, 0, np.int64), columns, 1)
    return 2 * sums >= step * step


def spread(cells: NDArray[np.bool_], step: int, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Each pixel as its cell, those beyond as the last one. (h, w) -> (H, W)"""
    y, x = (
        np.minimum(np.arange(n) // step, side - 1)
        for n, side in zip(shape, cells.shape, strict=True)
    )
    return cells[y[:, None], x]
