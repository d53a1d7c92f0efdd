"""Edges that reach the picture's border, as if they went on beyond it.

A field goes on mirrored there, so that what it draws of a slanting edge turns to meet the border at
a right angle. Its own direction a little inside says where it would have met it.

Lengths are in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.nodes import Arm, arms_of, points_from
from redraw.export.vectors.planar import OUTSIDE, Line, Map
from redraw.export.vectors.sides import BENT, distances, side

Floats = NDArray[np.float64]

# Its direction is taken from where it isn't bent to so far inside, and on where it is straight.
SEEN = 3.2
# It has to be as straight there, and to meet the border no farther from where it was drawn.
STRAIGHT, MOST = 0.04, 0.6
# The sine of its angle from the border, at least: a flat edge says little of where they meet. And
# the cosine: one that is nearly upright isn't turned.
LEAST, SLANT = 0.3, 0.15
# What would meet the border so near to a corner of the picture, or beyond it, meets it there.
CORNER = 0.06


def straight_on(map_: Map) -> Map:
    """A map whose edges go straight on to the border."""
    nodes = map_.nodes.copy()
    points = [line.points for line in map_.lines]
    for node, arms in arms_of(map_).items():
        inner = [arm for arm in arms if not _on_border(map_, arm)]
        if len(arms) != 3 or len(inner) != 1:
            continue
        met = _met(map_, points_from(map_, inner[0]))
        if met is None:
            continue
        place, bent = met
        nodes[node] = place
        for arm in arms:
            points[arm.line] = _ending(points[arm.line], arm, place, bent if arm in inner else 0)
    lines = [
        Line(found, line.left, line.right, line.start, line.end)
        for found, line in zip(points, map_.lines, strict=True)
    ]
    return Map(map_.width, map_.height, lines, nodes)


def _met(map_: Map, points: Floats) -> tuple[Floats, int] | None:
    """Where an edge that begins at the border would meet it, and how many of its points are bent;
    None if that isn't known."""
    away = distances(points)
    if away[-1] < SEEN + BENT:
        return None
    found = side(points, BENT, SEEN)
    if found is None or found.off > STRAIGHT:
        return None
    size = np.array([map_.width, map_.height], np.float64)
    on = [axis for axis in (0, 1) if points[0][axis] in (0.0, size[axis])]
    if (
        len(on) != 1
        or abs(found.way[on[0]]) < LEAST
        or (abs(found.way[1 - on[0]]) < SLANT and not found.long)
    ):
        return None
    axis = on[0]
    place = found.middle + (points[0][axis] - found.middle[axis]) / found.way[axis] * found.way
    place[axis] = points[0][axis]
    other = 1 - axis
    if abs(place[other] - points[0][other]) > MOST:
        return None
    for corner in (0.0, size[other]):
        if abs(place[other] - corner) < CORNER:
            place[other] = corner
    place[other] = np.clip(place[other], 0.0, size[other])
    return place, int((away < BENT).sum())


def _ending(points: Floats, arm: Arm, place: Floats, bent: int) -> Floats:
    """A line that ends at a place, without what is bent there."""
    ordered = points if arm.first else points[::-1]
    made = np.vstack([place[None], ordered[max(bent, 1) :]])
    return made if arm.first else made[::-1]


def _on_border(map_: Map, arm: Arm) -> bool:
    line = map_.lines[arm.line]
    return OUTSIDE in (line.left, line.right)
