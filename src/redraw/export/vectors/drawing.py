"""A field of regions as a vector drawing: shapes with fills, one above the other.

Neighbours share their curve. Where one shape ends at another that is painted later, it goes on
under that one: two shapes that only touched would let the background shine through along their
common edge, in every program that smooths edges.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.curves import Piece, fitted
from redraw.export.vectors.fills import Fill, Flat, Image, fill_for
from redraw.export.vectors.planar import Map, planar_map
from redraw.export.vectors.regions import Loop, Region, Way, joined, points_of, regions_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A region whose alpha is less is empty.
EMPTY = 0.5 / 255.0
# Colours are asked for so far from edges, in pixels, where there are so many places.
EDGE, LEAST_PLACES = 2.0, 12
# A region of fewer square pixels is mostly edge: what its colours vary by is not the page's.
LEAST_PICTURE = 100.0
# Width of what goes under a neighbour that touches an empty region, in pixels: enough for any zoom
# at which half a pixel of the screen is less.
UNDER = 0.5


class Labelled(Protocol):
    """A picture of regions, each with a colour that varies slowly.

    Attributes:
        width: In pixels.
        height: In pixels.
        alpha: Whether the last value of a colour is its alpha.
    """

    width: int
    height: int
    alpha: bool

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
        stacked: Shapes have no holes: what lies on them is painted later. For editing.
        flat: No small pictures: a gradient, however far off.
    """

    tolerance: float = 0.05
    per_pixel: int = 4
    min_area: float = 0.0
    stacked: bool = False
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

    loops: tuple[tuple[Piece, ...], ...]
    fill: Fill
    under: tuple[tuple[Piece, ...], ...] = ()
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
    map_ = planar_map(picture.labels, picture.width, picture.height, options.per_pixel)
    told(0.4)
    regions = regions_of(map_)
    sides = {
        (way.line, way.forward): number
        for number, region in enumerate(regions)
        for loop in region.loops
        for way in loop
    }
    merged = _merged(regions, sides, options.min_area)
    curves = _Curves(map_, options.tolerance)
    painted = [_painted(picture, map_, region, options) for region in regions]
    told(0.7)
    shapes, notes = [], []
    for number, region in enumerate(regions):
        fill = painted[number]
        if fill is None or merged[number] != number:
            continue
        shapes.append(
            _shape(number, region, fill, regions, sides, merged, painted, curves, options)
        )
    images = sum(isinstance(shape.fill, Image) for shape in shapes)
    if images:
        notes.append(
            f"{images} of {len(shapes)} regions have colours that no gradient has, and hold a small"
            " picture; --flat takes gradients for them too"
        )
    told(1.0)
    return Drawing(picture.width, picture.height, picture.alpha, tuple(shapes), tuple(notes))


class _Curves:
    """Lines of a map as curves, each fitted once."""

    def __init__(self, map_: Map, tolerance: float) -> None:
        self.map, self._tolerance = map_, tolerance
        self._fitted: dict[int, list[Piece]] = {}

    def along(self, way: Way) -> list[Piece]:
        """The pieces of a line, in the direction in which it is followed."""
        if way.line not in self._fitted:
            line = self.map.lines[way.line]
            self._fitted[way.line] = fitted(line.points, self._tolerance, closed=line.closed)
        pieces = self._fitted[way.line]
        return pieces if way.forward else [piece.reversed() for piece in reversed(pieces)]

    def around(self, loop: Iterable[Way]) -> tuple[Piece, ...]:
        """The pieces of a loop."""
        return tuple(piece for way in loop for piece in self.along(way))


def _shape(
    number: int,
    region: Region,
    fill: Fill,
    regions: list[Region],
    sides: dict[tuple[int, bool], int],
    merged: list[int],
    painted: list[Fill | None],
    curves: _Curves,
    options: Options,
) -> Shape:
    """A region's shape: itself, and what it goes on under."""
    own = {one for one, into in enumerate(merged) if into == number}
    below, stroked = set(own), set()
    for one in own:
        for other in _neighbours(regions[one], sides):
            other = merged[other] if other >= 0 else other
            if other <= number or painted[other] is None:
                continue  # outside, painted before, or empty
            beside = _neighbours(regions[other], sides)
            if any(near >= 0 and painted[merged[near]] is None for near in beside):
                stroked.add(other)
            else:
                below |= {part for part, into in enumerate(merged) if into == other}
    if options.stacked:
        below |= _enclosed(number, regions, sides, merged, painted)
    ways = [
        Way(line, forward)
        for (line, forward), left in sides.items()
        if left in below and sides.get((line, not forward), -1) not in below
    ]
    under = [
        way
        for one in own
        for loop in regions[one].loops
        for way in loop
        if (near := sides.get((way.line, not way.forward), -1)) >= 0 and merged[near] in stroked
    ]
    return Shape(
        tuple(curves.around(loop) for loop in joined(curves.map, ways)),
        fill,
        tuple(tuple(curves.along(way)) for way in under),
        region.area,
    )


def _neighbours(region: Region, sides: dict[tuple[int, bool], int]) -> set[int]:
    """Regions beside a region; -1 for what is outside of the picture."""
    return {sides.get((way.line, not way.forward), -1) for loop in region.loops for way in loop}


def _enclosed(
    number: int,
    regions: list[Region],
    sides: dict[tuple[int, bool], int],
    merged: list[int],
    painted: list[Fill | None],
) -> set[int]:
    """Regions within the holes of a region, unless something empty is among them."""
    found: set[int] = set()
    for loop in regions[number].loops[1:]:
        within: set[int] = set()
        waiting = {sides.get((way.line, not way.forward), -1) for way in loop}
        while waiting:
            one = waiting.pop()
            if one in within or one in (-1, number):
                continue
            within.add(one)
            waiting |= _neighbours(regions[one], sides)
        if all(painted[merged[one]] is not None and merged[one] >= number for one in within):
            found |= within
    return found


def _merged(
    regions: list[Region], sides: dict[tuple[int, bool], int], min_area: float
) -> list[int]:
    """Of each region, the one that it becomes part of: itself if it is large enough."""
    into = list(range(len(regions)))
    for number in reversed(range(len(regions))):
        if regions[number].area >= min_area:
            break
        beside = [one for one in _neighbours(regions[number], sides) if one >= 0]
        if beside:
            into[number] = min(beside)  # the largest
    for number in range(len(regions)):
        seen = {number}
        while into[into[number]] != into[number] and into[number] not in seen:
            seen.add(into[number])
            into[number] = into[into[number]]
    return into


def _painted(picture: Labelled, map_: Map, region: Region, options: Options) -> Fill | None:
    """What a region is filled with; None if it is empty."""
    places = _places(map_, region.loops)
    colours = picture.colours(places[:, 0], places[:, 1], region.label)
    if picture.alpha and np.median(colours[:, -1]) < EMPTY:
        return None
    colours = np.clip(colours, 0.0, 1.0)
    # Colours near an edge are the least certain: the fill is that of the inside, if there is one.
    inside = _inner(places)
    chosen = inside if inside.sum() >= LEAST_PLACES else np.ones_like(inside)
    flat = options.flat or region.area < LEAST_PICTURE
    fill = fill_for(places[chosen], colours[chosen], flat=flat)
    if fill is not None:
        return fill
    points = points_of(map_, region.loops[0])
    left, top = np.floor(points.min(axis=0)).astype(int)
    right, bottom = np.ceil(points.max(axis=0)).astype(int)
    x, y = np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5
    grid = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
    values = np.clip(picture.colours(grid[:, 0], grid[:, 1], region.label), 0.0, 1.0)
    values = values.reshape(len(y), len(x), -1)
    return Image((int(left), int(top), int(right), int(bottom)), values)


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
