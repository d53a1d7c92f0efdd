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
    Fill,
    Flat,
    Gradient,
    Image,
    colours_of,
    mean_colour,
)
from redraw.export.vectors.layers import Layers
from redraw.export.vectors.painting import painted_with, places_in
from redraw.export.vectors.pieces import Part, straightened
from redraw.export.vectors.planar import OUTSIDE, Line, Map, planar_map
from redraw.export.vectors.regions import Region, points_of, regions_of
from redraw.export.vectors.settling import settled
from redraw.export.vectors.slivers import WORTH, merged, simplified

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
    painted = [
        painted_with(
            picture, map_, region, labels[region.label], alpha=picture.alpha, flat=options.flat
        )
        for region in regions
    ]
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
    places = places_in(map_, region.loops)
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


__all__ = ["Drawing", "Flat", "Labelled", "Options", "Shape", "vector_drawing"]
