"""Regions of a planar map: connected areas of one label, and the lines around them.

A region's border is a list of loops, each a list of lines and the way each is followed. Lines are
shared: what is to the left of one is to the right of the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.planar import OUTSIDE, Map

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Way:
    """A line of the map, followed in one of its two directions.

    Attributes:
        line: Its number.
        forward: From its start to its end.
    """

    line: int
    forward: bool


Loop = tuple[Way, ...]


@dataclass(frozen=True)
class Region:
    """A connected area of one label.

    Attributes:
        label: Which.
        loops: Its border; the region lies to the left of each way. The first loop is the outermost,
            the others are around holes.
        area: In square pixels, holes aside.
    """

    label: int
    loops: tuple[Loop, ...]
    area: float


def regions_of(map_: Map) -> list[Region]:
    """All regions, the largest first; what is outside of the picture is none."""
    loops = [
        loop
        for label in sorted({side for line in map_.lines for side in (line.left, line.right)})
        if label != OUTSIDE
        for loop in loops_where(map_, {label}.__contains__)
    ]
    outer, holes = [], []
    for loop in loops:
        points = points_of(map_, loop)
        label = _left(map_, loop[0])
        # With y down, a loop that has its inside on its left goes round with a negative area.
        area = -_area(points)
        (outer if area > 0 else holes).append((label, loop, points, area))
    found = [[label, [loop], area, points] for label, loop, points, area in outer]
    for label, loop, points, area in holes:
        around = [one for one in found if one[0] == label and _inside(one[3], _beside(points))]
        if not around:
            continue  # thinner than the lattice sees
        smallest = min(around, key=lambda one: abs(_area(one[3])))
        smallest[1].append(loop)
        smallest[2] += area
    return sorted(
        (Region(label, tuple(loops), area) for label, loops, area, _ in found),
        key=lambda region: -region.area,
    )


def loops_where(map_: Map, inside: Callable[[int], bool]) -> list[Loop]:
    """The borders of the area whose labels are `inside`, with the area to the left of each."""
    ways = [
        Way(number, forward)
        for number, line in enumerate(map_.lines)
        for forward, left, right in ((True, line.left, line.right), (False, line.right, line.left))
        if inside(left) and not inside(right)
    ]
    return joined(map_, ways)


def joined(map_: Map, ways: Iterable[Way]) -> list[Loop]:
    """Ways to loops: at a node the one that turns left most goes on, so that loops don't cross."""
    open_: dict[int, list[Way]] = {}
    loops: list[Loop] = []
    for way in ways:
        if map_.lines[way.line].closed:
            loops.append((way,))
        else:
            open_.setdefault(_start(map_, way), []).append(way)
    while open_:
        node, (first, *_) = next(iter(open_.items()))
        _take(open_, node, first)
        loop, here = [first], first
        while _end(map_, here) != node:
            at = _end(map_, here)
            candidates = open_.get(at)
            if not candidates:
                break  # a border that is not whole: nothing to close it by
            here = min(candidates, key=lambda way, here=here: _turn(map_, here, way))
            _take(open_, at, here)
            loop.append(here)
        loops.append(tuple(loop))
    return loops


def points_of(map_: Map, loop: Loop) -> Floats:
    """The points of a loop, one after another. (N, 2)"""
    parts = [map_.lines[way.line].points[:: 1 if way.forward else -1] for way in loop]
    return np.concatenate([part[:-1] for part in parts])


def _take(open_: dict[int, list[Way]], node: int, way: Way) -> None:
    open_[node].remove(way)
    if not open_[node]:
        del open_[node]


def _left(map_: Map, way: Way) -> int:
    line = map_.lines[way.line]
    return line.left if way.forward else line.right


def _start(map_: Map, way: Way) -> int:
    line = map_.lines[way.line]
    return line.start if way.forward else line.end


def _end(map_: Map, way: Way) -> int:
    return _start(map_, Way(way.line, not way.forward))


def _turn(map_: Map, before: Way, after: Way) -> float:
    """How far from the sharpest turn to the left a way goes on, as an angle from 0 to 2 pi."""
    came = map_.lines[before.line].points[:: -1 if before.forward else 1][:2]
    goes = map_.lines[after.line].points[:: 1 if after.forward else -1][:2]
    back, ahead = came[1] - came[0], goes[1] - goes[0]
    angle = np.arctan2(back[0] * ahead[1] - back[1] * ahead[0], back @ ahead)
    # From the way back, clockwise as seen with y down (the left side comes first): the smallest.
    return float(angle % (2.0 * np.pi)) or 2.0 * np.pi


def _area(points: Floats) -> float:
    """Signed, positive where it goes round clockwise as seen with y down."""
    x, y = points[:, 0], points[:, 1]
    return float(0.5 * (x * np.roll(y, -1) - np.roll(x, -1) * y).sum())


def _beside(points: Floats) -> tuple[float, float]:
    """A position beside a loop, inside of the area that lies to its left."""
    lengths = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    at = int(np.argmax(lengths))
    one, other = points[at], points[(at + 1) % len(points)]
    ahead = (other - one) / max(lengths[at], 1e-12)
    middle = (one + other) / 2.0
    # To the left with y down: (dy, -dx).
    return float(middle[0] + 1e-3 * ahead[1]), float(middle[1] - 1e-3 * ahead[0])


def _inside(points: Floats, place: tuple[float, float]) -> bool:
    """Whether a place lies within a loop, by how often a ray from it crosses the loop."""
    x, y = place
    x0, y0 = points[:, 0], points[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    across = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return bool((across & (at > x)).sum() % 2)
