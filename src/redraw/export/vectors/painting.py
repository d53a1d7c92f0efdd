"""What each region is painted with: asked of the field inside of it, off its edges where it can be.

`redraw.export.vectors.fills` has the fills; here is where a region is asked, and which answers
count. Lengths are in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.fills import PICTURE, Fill, Flat, Image, colours_of, fill_for
from redraw.export.vectors.planar import Map
from redraw.export.vectors.regions import Loop, Region, points_of
from redraw.export.vectors.shown import Coloured, shown_in, spread

Floats = NDArray[np.float64]

# A region whose alpha is less is empty.
EMPTY = 0.5 / 255.0
# Colours are asked for so far from edges, in pixels, where there are so many places.
EDGE, LEAST_PLACES = 2.0, 12
# A region that is all near edges is flat if its colours vary by no more (root mean square).
UNCERTAIN = 12.0 / 255.0
# A region of fewer square pixels is mostly edge: what its colours vary by is not the page's.
LEAST_PICTURE = 100.0
# A fill that is asked beside edges, too, is taken where it is better by so much.
NARROW = 0.7


def painted_with(
    picture: Coloured, map_: Map, region: Region, label: int, *, alpha: bool, flat: bool
) -> Fill | None:
    """What a region is filled with; None if it is empty.

    Args:
        picture: Labels and their colours.
        map_: Lines between regions.
        region: What is filled.
        label: The picture's, of what the region shows.
        alpha: Whether the last value of a colour is its alpha.
        flat: No small picture: a gradient, however far off.
    """
    places = places_in(map_, region.loops)
    colours, known = shown_in(picture, places, label)
    places, colours = places[known], colours[known]
    if alpha and np.median(colours[:, -1]) < EMPTY:
        return None
    colours = np.clip(colours, 0.0, 1.0)
    # Colours near an edge are the least certain: the fill is that of the inside, if there is one.
    inside = _inner(places)
    if inside.sum() < LEAST_PLACES:
        middle = np.median(colours, axis=0)
        if np.sqrt(((colours - middle) ** 2).mean()) <= UNCERTAIN:
            return Flat(middle)
        inside[:] = True
    flat = flat or region.area < LEAST_PICTURE
    fill = fill_for(places[inside], colours[inside], flat=flat)
    if fill is not None and (off := _off(fill, places, colours)) > PICTURE:
        # Narrow parts have no inside, and are no part of what was asked.
        other = fill_for(places, colours, flat=flat)
        if other is not None and _off(other, places, colours) < NARROW * off:
            fill = other
    if fill is not None:
        return fill
    points = points_of(map_, region.loops[0])
    # A pixel more on each side: edges are moved later, and programs blend a picture's own edges.
    left, top = np.floor(points.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 1
    # Of its own pixels alone: elsewhere its label may be that of another region, of any colour.
    values = np.zeros((bottom - top, right - left, colours.shape[1]))
    there = np.zeros(values.shape[:2], np.bool_)
    column, row = (np.floor(places) - (left, top)).astype(np.int64).T
    values[row, column], there[row, column] = colours, True
    values = spread(values, there)
    return Image((int(left), int(top), int(right), int(bottom)), values)


def _off(fill: Fill, places: Floats, colours: Floats) -> float:
    """How far a fill is off, on average."""
    return float(np.sqrt(((colours_of(fill, places) - colours) ** 2).mean()))


def _inner(places: Floats) -> NDArray[np.bool_]:
    """Which positions of a grid have all others around them, so far that no edge is near. (N,)"""
    if len(places) < 2:
        return np.zeros(len(places), np.bool_)
    step = float(np.diff(np.unique(places[:, 0])).min(initial=1.0))
    cells = np.rint((places - places.min(axis=0)) / step).astype(np.int64)
    far = max(1, round(EDGE / step))
    mask = np.zeros(cells.max(axis=0) + 1 + 2 * far, np.bool_)
    mask[cells[:, 0] + far, cells[:, 1] + far] = True
    whole = mask
    for axis in (0, 1):
        whole = np.logical_and.reduce(
            [np.roll(whole, shift, axis) for shift in range(-far, far + 1)]
        )
    return whole[cells[:, 0] + far, cells[:, 1] + far]


def places_in(map_: Map, loops: tuple[Loop, ...]) -> Floats:
    """Positions inside of loops, on a grid that is fine enough for some. (N, 2)"""
    outlines = [points_of(map_, loop) for loop in loops]
    low, high = outlines[0].min(axis=0), outlines[0].max(axis=0)
    step = 1.0
    while True:
        first = np.floor(low / step) * step + step / 2.0
        x = np.arange(first[0], high[0] + step, step)
        found = []
        for y in np.arange(first[1], high[1] + step, step):
            crossed = np.sort(np.concatenate([_crossed(outline, y) for outline in outlines]))
            inside = x[np.searchsorted(crossed, x) % 2 == 1]
            found.append(np.stack([inside, np.full(len(inside), y)], axis=1))
        places = np.concatenate(found)
        if len(places) >= 12 or step < 0.05:
            break
        step /= 3.0
    return places if len(places) else outlines[0].mean(axis=0)[None]


def _crossed(points: Floats, y: float) -> Floats:
    """Where a closed outline crosses a row."""
    x0, y0 = points[:, 0], points[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    across = (y0 > y) != (y1 > y)
    return x0[across] + (y - y0[across]) / (y1 - y0)[across] * (x1 - x0)[across]
