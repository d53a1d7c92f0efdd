"""A field of regions as a vector drawing: shapes with fills, one above the other.

Lines where labels meet become regions; those that are not worth their nodes become part of others
(slivers.py). Each edge is one curve, whichever regions it parts (chains.py), and is drawn by the
region that is painted last; what is larger is painted first (layers.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.borders import straight_on
from redraw.export.vectors.chains import Chains
from redraw.export.vectors.fills import (
    PICTURE,
    Fill,
    Flat,
    Gradient,
    Image,
    colours_of,
    fill_for,
    mean_colour,
)
from redraw.export.vectors.layers import Layers
from redraw.export.vectors.pieces import Part, straightened
from redraw.export.vectors.planar import OUTSIDE, Line, Map, planar_map
from redraw.export.vectors.regions import Loop, Region, points_of, regions_of
from redraw.export.vectors.settling import settled
from redraw.export.vectors.shown import shown_in, spread
from redraw.export.vectors.slivers import WORTH, merged, simplified

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
# Colours of a region whose mean is taken.
MOST_PLACES = 400
# Colours that 8 bits can't tell apart.
SAME = 1.0 / 255.0
# Where the colours of both sides differ by less (root mean square), curves may be farther off, in
# proportion, but no more than so many times.
ALIKE, LOOSEST = 0.35, 3.0
# Width of what goes under a neighbour that touches an empty region, in pixels: enough for any zoom
# at which half a pixel of the screen is less.
UNDER = 0.5


class Labelled(Protocol):
    """A picture of regions, each with a colour that varies slowly.

    Attributes:
        width: In pixels.
        height: In pixels.
        alpha: Whether the last value of a colour is its alpha.
        values: What is drawn at positions in pixels, multiplied by alpha; None if that is nothing
            but its labels' colours. (N,), (N,) -> (N, C)
    """

    width: int
    height: int
    alpha: bool

    @property
    def values(self) -> Callable[[Floats, Floats], Floats] | None:
        """What is drawn, or None; see above."""
        ...

    def labels(self, x: Floats, y: Floats) -> Ints:
        """Labels at positions in pixels. (N,), (N,) -> (N,)"""
        ...

    def colours(self, x: Floats, y: Floats, label: int) -> Floats:
        """Colours that a label has there, straight, from 0 to 1. (N,), (N,) -> (N, C)"""
        ...


@dataclass(frozen=True)
class Options:
    """How regions become shapes.

    Attributes:
        tolerance: How far a curve may be from the edge that the field draws, in pixels.
        per_pixel: Samples per pixel and axis in which edges are looked for.
        min_area: Regions of fewer square pixels become part of what is around them.
        stacked: Shapes go on beneath those that are painted later, and have no holes. Else each
            ends where the next begins.
        flat: No small pictures: a gradient, however far off.
    """

    tolerance: float = 0.05
    per_pixel: int = 4
    min_area: float = 0.0
    stacked: bool = True
    flat: bool = False


@dataclass(frozen=True)
class Shape:
    """An area with a fill.

    Attributes:
        loops: Closed curves; inside is what an odd number of them goes around.
        fill: What it is filled with.
        under: Curves along which it goes on for a little, under later shapes.
        area: Of its region, in square pixels.
    """

    loops: tuple[tuple[Part, ...], ...]
    fill: Fill
    under: tuple[tuple[Part, ...], ...] = ()
    area: float = 0.0


@dataclass(frozen=True)
class Drawing:
    """A picture as shapes.

    Attributes:
        width: In pixels of the picture.
        height: In pixels.
        alpha: Whether fills have an alpha.
        shapes: In the order in which they are painted.
        notes: What was lost, a sentence each.
    """

    width: int
    height: int
    alpha: bool
    shapes: tuple[Shape, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def nodes(self) -> int:
        """Ends of pieces, over all shapes."""
        return sum(len(loop) for shape in self.shapes for loop in shape.loops)


def vector_drawing(
    picture: Labelled,
    options: Options | None = None,
    told: Callable[[float], object] = lambda _: None,
) -> Drawing:
    """The shapes of a picture of regions.

    Args:
        picture: What to draw.
        options: How.
        told: Called with the share that is done, now and then.
    """
    options = options or Options()
    map_, labels = _map(picture, options)
    told(0.4)
    regions = sorted(regions_of(map_), key=lambda region: -_outer(map_, region))
    sides = _sides(regions)
    painted = [_painted(picture, map_, region, labels[region.label], options) for region in regions]
    told(0.6)
    if picture.values is not None:
        map_ = settled(map_, picture.values, _fills(picture, regions, painted))
    map_ = straight_on(map_)
    if options.stacked:
        regions, painted = _grounded(map_, regions, painted, alpha=picture.alpha)
        sides = _sides(regions)
    chains = Chains(map_, _tolerances(picture, painted, sides, map_, options.tolerance))
    covering = [fill is not None and _covers(fill, alpha=picture.alpha) for fill in painted]
    layers = Layers(map_, regions, sides, covering, chains)
    told(0.8)
    shapes, notes = [], []
    for number, (region, fill) in enumerate(zip(regions, painted, strict=True)):
        if fill is None:
            continue
        loops, under = layers.outline(number, beneath=options.stacked)
        if loops:
            loops = [straightened(loop) for loop in loops]
            shapes.append(Shape(tuple(loops), fill, tuple(under), region.area))
    images = sum(isinstance(shape.fill, Image) for shape in shapes)
    if images:
        notes.append(
            f"{images} of {len(shapes)} regions have colours that no gradient has, and hold a small"
            " picture; --flat takes gradients for them too"
        )
    if len(shapes) == 1 and isinstance(shapes[0].fill, Flat):
        notes.append("all of it has one colour, so the drawing is one plain area")
    if not shapes:
        notes.append("all of it is transparent, so the drawing is empty")
    told(1.0)
    return Drawing(picture.width, picture.height, picture.alpha, tuple(shapes), tuple(notes))


def _map(picture: Labelled, options: Options) -> tuple[Map, list[int]]:
    """The lines between regions that are worth their nodes; and of the labels of that map, which
    are numbers of regions, the picture's own labels."""
    map_ = planar_map(picture.labels, picture.width, picture.height, options.per_pixel)
    regions = regions_of(map_)
    sides = _sides(regions)
    colours = [_mean(picture, map_, region) for region in regions]
    worth = WORTH * (options.tolerance / 0.05) ** 2
    into = merged(regions, map_, sides, colours, worth, options.min_area)
    return simplified(map_, sides, into), [region.label for region in regions]


def _grounded(
    map_: Map, regions: list[Region], painted: list[Fill | None], *, alpha: bool
) -> tuple[list[Region], list[Fill | None]]:
    """Regions without those at the picture's border that have the colour of the first.

    Where all is opaque the first is the ground of the whole picture: so these are part of it.
    """
    ground = painted[0] if painted else None
    if not isinstance(ground, Flat):
        return regions, painted
    if any(fill is None or not _covers(fill, alpha=alpha) for fill in painted):
        return regions, painted

    def is_ground(number: int) -> bool:
        fill = painted[number]
        if not isinstance(fill, Flat) or np.abs(fill.colour - ground.colour).max() > SAME:
            return False
        lines = [map_.lines[way.line] for loop in regions[number].loops for way in loop]
        return any(OUTSIDE in (line.left, line.right) for line in lines)

    same = [number == 0 or is_ground(number) for number in range(len(regions))]
    mine = [region for region, one in zip(regions, same, strict=True) if one]
    loops = tuple(loop for region in mine for loop in region.loops)
    first = Region(regions[0].label, loops, sum(region.area for region in mine))
    rest = [number for number, one in enumerate(same) if not one]
    return [first, *(regions[k] for k in rest)], [ground, *(painted[k] for k in rest)]


def _sides(regions: list[Region]) -> dict[tuple[int, bool], int]:
    """The region to the left of each line, followed forward or not."""
    return {
        (way.line, way.forward): number
        for number, region in enumerate(regions)
        for loop in region.loops
        for way in loop
    }


def _outer(map_: Map, region: Region) -> float:
    """The area within a region's outermost line, holes included."""
    x, y = points_of(map_, region.loops[0]).T
    return abs(float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum()))


def _mean(picture: Labelled, map_: Map, region: Region) -> Floats:
    """The mean colour of a region, multiplied by its alpha. (C,)"""
    places = _places(map_, region.loops)
    if len(places) > MOST_PLACES:
        places = places[:: len(places) // MOST_PLACES]
    return _multiplied(
        picture.colours(places[:, 0], places[:, 1], region.label), alpha=picture.alpha
    ).mean(axis=0)


def _multiplied(colours: Floats, *, alpha: bool) -> Floats:
    """Colours multiplied by their alpha, which stays the last. (N, C) -> (N, C)"""
    colours = np.clip(colours, 0.0, 1.0)
    return (
        np.column_stack([colours[:, :-1] * colours[:, -1:], colours[:, -1]]) if alpha else colours
    )


def _tolerances(
    picture: Labelled,
    painted: list[Fill | None],
    sides: dict[tuple[int, bool], int],
    map_: Map,
    tolerance: float,
) -> Callable[[Line], float]:
    """How far a curve may be from each line: farther where both sides look alike."""
    means = [
        None if fill is None else _multiplied(mean_colour(fill)[None], alpha=picture.alpha)[0]
        for fill in painted
    ]
    numbers = {id(line): number for number, line in enumerate(map_.lines)}

    def near(line: Line) -> float:
        number = numbers[id(line)]
        one, other = (sides.get((number, forward), -1) for forward in (True, False))
        if one < 0 or other < 0:
            return tolerance
        found = [mean for side in (one, other) if (mean := means[side]) is not None]
        if not found:
            return tolerance
        off = found[0] - found[1] if len(found) == 2 else found[0]
        contrast = float(np.sqrt((off**2).mean()))
        return tolerance * float(np.clip(ALIKE / max(contrast, 1e-6), 1.0, LOOSEST))

    return near


def _fills(
    picture: Labelled, regions: list[Region], painted: list[Fill | None]
) -> Callable[[int, Floats], Floats | None]:
    """What is painted for a label, multiplied by alpha; None if that is not one fill."""
    found: dict[int, list[Fill | None]] = {}
    channels = next((len(mean_colour(fill)) for fill in painted if fill is not None), 1)
    for region, fill in zip(regions, painted, strict=True):
        found.setdefault(region.label, []).append(fill)

    def colours(label: int, places: Floats) -> Floats | None:
        fills = found.get(label, [])
        if len(fills) != 1:
            return None
        if fills[0] is None:
            return np.zeros((len(places), channels))
        return _multiplied(colours_of(fills[0], places), alpha=picture.alpha)

    return colours


def _covers(fill: Fill, *, alpha: bool) -> bool:
    """Whether a fill hides what is beneath it."""
    if not alpha:
        return True
    if isinstance(fill, Flat):
        least = fill.colour[-1]
    else:
        least = (fill.colours if isinstance(fill, Gradient) else fill.values)[..., -1].min()
    return bool(least >= 1.0 - 1.5 / 255.0)


def _painted(
    picture: Labelled, map_: Map, region: Region, label: int, options: Options
) -> Fill | None:
    """What a region is filled with; None if it is empty."""
    places = _places(map_, region.loops)
    colours, known = shown_in(picture, places, label)
    places, colours = places[known], colours[known]
    if picture.alpha and np.median(colours[:, -1]) < EMPTY:
        return None
    colours = np.clip(colours, 0.0, 1.0)
    # Colours near an edge are the least certain: the fill is that of the inside, if there is one.
    inside = _inner(places)
    if inside.sum() < LEAST_PLACES:
        middle = np.median(colours, axis=0)
        if np.sqrt(((colours - middle) ** 2).mean()) <= UNCERTAIN:
            return Flat(middle)
        inside[:] = True
    flat = options.flat or region.area < LEAST_PICTURE
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


def _places(map_: Map, loops: tuple[Loop, ...]) -> Floats:
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


__all__ = ["Drawing", "Flat", "Labelled", "Options", "Shape", "vector_drawing"]
