"""Regions that are not worth their nodes become part of what is beside them.

Beside an edge a field may have a label of its own for what is only a mixture, and specks where
three colours meet. What such a region shows is weighed against what it costs: the squared error of
giving it its neighbour's colour, and the ends of curves that are saved.

Lengths are in pixels, areas in square pixels.
"""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.planar import OUTSIDE, Line, Map
from redraw.export.vectors.regions import Region

Floats = NDArray[np.float64]

# What an end of a curve is worth, as the squared error of a square pixel, at a tolerance of .05;
# it grows with the tolerance's square.
WORTH = 2.5e-3
# Ends of curves that a border between two regions has: some, and more for each so many pixels.
ENDS, PIXELS_PER_END = 3.0, 5.0
# A region narrower than this is less than one pixel of a drawing four times as large: what it is
# off by is spread over that pixel, and counts less.
NARROW = 0.25


@dataclass
class _Area:
    """What is known of a region while regions are merged."""

    area: float
    colour: Floats
    around: float
    borders: dict[int, float]


def merged(
    regions: list[Region],
    map_: Map,
    sides: dict[tuple[int, bool], int],
    colours: list[Floats],
    worth: float,
    min_area: float = 0.0,
) -> list[int]:
    """Of each region the one that it becomes part of, itself if it stays.

    Args:
        regions: All of them.
        map_: Their borders.
        sides: The region to the left of each line, followed forward or not.
        colours: The mean colour of each, multiplied by its alpha. (C,) each
        worth: Of an end of a curve, in squared error times square pixels.
        min_area: Smaller regions become part of another whatever they show.
    """
    areas = [
        _Area(region.area, colour, 0.0, {}) for region, colour in zip(regions, colours, strict=True)
    ]
    for number, line in enumerate(map_.lines):
        one, other = sides.get((number, True), OUTSIDE), sides.get((number, False), OUTSIDE)
        length = float(np.hypot(*np.diff(line.points, axis=0).T).sum())
        for here, there in ((one, other), (other, one)):
            if here == OUTSIDE:
                continue
            areas[here].around += length
            if there not in (OUTSIDE, here):
                areas[here].borders[there] = areas[here].borders.get(there, 0.0) + length
    into = list(range(len(regions)))
    stamp = [0] * len(regions)
    waiting: list[tuple[float, int, int, int]] = []

    def offer(number: int) -> None:
        found = _best(areas, number, worth, min_area)
        if found is not None:
            heapq.heappush(waiting, (found[0], number, found[1], stamp[number]))

    for number in range(len(regions)):
        offer(number)
    while waiting:
        _, small, large, made = heapq.heappop(waiting)
        if into[small] != small or made != stamp[small]:
            continue
        if into[large] != large:
            offer(small)
            continue
        one, other = areas[small], areas[large]
        into[small] = large
        shared = one.borders.pop(large)
        other.borders.pop(small)
        total = one.area + other.area
        other.colour = (one.area * one.colour + other.area * other.colour) / max(total, 1e-12)
        other.area, other.around = total, max(one.around + other.around - 2.0 * shared, 1e-9)
        for beside, length in one.borders.items():
            areas[beside].borders.pop(small)
            other.borders[beside] = other.borders.get(beside, 0.0) + length
            areas[beside].borders[large] = other.borders[beside]
            stamp[beside] += 1
            offer(beside)
        stamp[large] += 1
        offer(large)
    for number in range(len(regions)):
        root = number
        while into[root] != root:
            root = into[root]
        into[number] = root
    return into


def _best(
    areas: list[_Area], number: int, worth: float, min_area: float
) -> tuple[float, int] | None:
    """What is lost at least by making a region part of another, less what is saved; and of which.

    None if nothing is won.
    """
    mine = areas[number]
    best: tuple[float, int] | None = None
    for other, length in mine.borders.items():
        if areas[other].area < mine.area:
            continue
        off = float(((mine.colour - areas[other].colour) ** 2).mean())
        width = 2.0 * mine.area / max(mine.around, 1e-9)
        lost = mine.area * off * min(1.0, width / NARROW)
        gain = lost - worth * (ENDS + length / PIXELS_PER_END)
        if best is None or gain < best[0]:
            best = gain, other
    if best is None or (best[0] >= 0.0 and mine.area >= min_area):
        return None
    return best


def simplified(map_: Map, sides: dict[tuple[int, bool], int], into: list[int]) -> Map:
    """The map of merged regions: its labels are their numbers.

    Lines within a region are gone, and where only two meet they are one.
    """
    kept: list[Line] = []
    for number, line in enumerate(map_.lines):
        left, right = (
            into[side] if side != OUTSIDE else OUTSIDE
            for side in (sides.get((number, True), OUTSIDE), sides.get((number, False), OUTSIDE))
        )  # fmt: skip
        if left != right:
            kept.append(Line(line.points, left, right, line.start, line.end))
    arms: dict[int, list[tuple[int, bool]]] = {}
    for number, line in enumerate(kept):
        if not line.closed:
            arms.setdefault(line.start, []).append((number, True))
            arms.setdefault(line.end, []).append((number, False))
    used = [False] * len(kept)
    lines: list[Line] = []

    def followed(number: int, forward: bool) -> None:
        """The line that begins so, through all nodes where only two meet."""
        parts: list[Floats] = []
        first = kept[number]
        left, right = (first.left, first.right) if forward else (first.right, first.left)
        start = first.start if forward else first.end
        while True:
            used[number] = True
            line = kept[number]
            points = line.points[:: 1 if forward else -1]
            end = line.end if forward else line.start
            parts.append(points[1:-1] if len(points) > 2 else points[:0])
            if len(arms[end]) != 2 or end == start:
                break
            number, forward = next(arm for arm in arms[end] if arm != (number, not forward))
        nodes = map_.nodes
        inner = np.concatenate(parts) if parts else np.empty((0, 2))
        if end == start and len(arms[end]) == 2:
            ring = inner if len(inner) >= 3 else np.vstack([nodes[start][None], inner])
            lines.append(Line(np.vstack([ring, ring[:1]]), left, right, -1, -1))
        else:
            whole = np.vstack([nodes[start][None], inner, nodes[end][None]])
            lines.append(Line(whole, left, right, start, end))

    for node, some in arms.items():
        if len(some) != 2:
            for number, forward in some:
                if not used[number]:
                    followed(number, forward)
        del node
    for number, line in enumerate(kept):
        if line.closed:
            lines.append(line)
        elif not used[number]:
            followed(number, True)
    return Map(map_.width, map_.height, lines, map_.nodes)
