"""A still life in pen and ink: a ball, a box and a bottle, shaded by crossing lines.

The darker a place, the more directions of lines run through it.
"""

from functools import lru_cache

import numpy as np
from examples.draw_cub import curve
from numpy.typing import NDArray

from benchmarks.drawn.sheet import Sheet, arc, averaged, cells_for, hatched, pieces

PEN, OUTLINE = 1.1, 1.5
BALL = (64.0, 112.0, 38.0)  # x, y, radius
LIGHT = np.array([-0.55, -0.65, 0.52])
# The box: its front corner's top, and the vectors of its edges.
CORNER, LEFT, RIGHT, DOWN = (
    np.array(p) for p in ((142.0, 118.0), (-30.0, -14.0), (34.0, -13.0), (0.0, 44.0))
)
DIRECTIONS = (-50.0, 35.0, -8.0)  # of the hatching, from light to dark

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def draw(size: int) -> NDArray[np.float32]:
    """At `size` pixels a side, 1.0 paper. (size, size)"""
    return averaged(_page(cells_for(size)), size)


@lru_cache(maxsize=1)
def _page(cells: int) -> Mask:
    page = Sheet(cells)
    table(page)
    bottle(page)
    box(page)
    ball(page)
    return page.ink


def table(page: Sheet) -> None:
    """The edge of a table, the wall behind it, and the shadows on it."""
    edge = 134.0

    def wall(x: Floats, y: Floats) -> Mask:
        return (y > 12) & (y < edge) & (x > 12) & (x < 188) & (x + 0.9 * y < 96)

    def shadow(x: Floats, y: Floats) -> Mask:
        of_ball = ((x - 92) / 46) ** 2 + ((y - 150) / 9.5) ** 2 < 1
        of_box = (y > 146) & (y < 166) & (x > 140) & (x < 194 - 0.55 * (y - 146))
        return of_ball | of_box

    page.lines(hatched(wall, 45, 6.0), PEN)
    page.line((8, edge), (192, edge), width=OUTLINE)
    page.lines(hatched(shadow, 0, 3.4), PEN)
    page.lines(hatched(shadow, -30, 5.2), PEN)
    for y, x0, x1 in ((176, 20, 88), (183, 60, 150), (178, 120, 184)):
        page.stroke(curve((x0, y), ((x0 + x1) / 2, y + 1.5), (x1, y - 0.5)), (PEN, 0.6 * PEN))


def ball(page: Sheet) -> None:
    """A ball: the tone is Lambert's cosine, and each direction of lines starts at its own tone."""
    x0, y0, radius = BALL
    page.fill(arc(x0, y0, radius, 0, 360))
    light = LIGHT / np.linalg.norm(LIGHT)

    def darker_than(tone: float, x: Floats, y: Floats) -> Mask:
        u, v = (x - x0) / radius, (y - y0) / radius
        inside = u * u + v * v < 0.985
        w = np.sqrt(np.maximum(0, 1 - u * u - v * v))
        reflected = 0.22 * np.maximum(0, u * 0.5 + v * 0.8 - 0.4)
        return inside & (light[0] * u + light[1] * v + light[2] * w + reflected < tone)

    for degrees, tone, spacing in zip(DIRECTIONS, (0.72, 0.36, 0.02), (4.4, 4.8, 4.6), strict=True):
        lines = hatched(lambda x, y, tone=tone: darker_than(tone, x, y), degrees, spacing)
        page.lines(lines, PEN)
    page.stroke(pieces(arc(x0, y0, radius, 0, 360)), OUTLINE)


def box(page: Sheet) -> None:
    """A box with a light top, a grey left side and a dark right side."""
    left, right = CORNER + LEFT, CORNER + RIGHT
    back = CORNER + LEFT + RIGHT
    page.fill(np.array([left, back, right, right + DOWN, CORNER + DOWN, left + DOWN, left]))

    def inside(edge: NDArray, x: Floats, y: Floats) -> Mask:
        a = (x - CORNER[0]) / edge[0]
        b = (y - CORNER[1] - a * edge[1]) / DOWN[1]
        return (a > 0) & (a < 1) & (b > 0) & (b < 1)

    page.lines(hatched(lambda x, y: inside(LEFT, x, y), 62, 5.0), PEN)
    page.lines(hatched(lambda x, y: inside(RIGHT, x, y), 62, 3.6), PEN)
    page.lines(hatched(lambda x, y: inside(RIGHT, x, y), -21, 4.2), PEN)
    outline = [left, CORNER, right, back, left, left + DOWN, CORNER + DOWN, right + DOWN, right]
    page.stroke(pieces(np.array(outline)), OUTLINE)
    page.stroke(pieces(np.array([CORNER, CORNER + DOWN])), OUTLINE)


def bottle(page: Sheet) -> None:
    """A bottle; its lines get denser towards the right and follow its bulge."""
    side = [(7.5, 22.0), (7.0, 44.0), (9.5, 54.0), (20.0, 68.0), (21.5, 84.0), (21.5, 142.0)]
    x0 = 116.0
    right = curve(*((x0 + x, y) for x, y in side))
    left = (right * (-1, 1) + (2 * x0, 0))[::-1]
    bottom = curve((x0 + 21.5, 142), (x0, 148), (x0 - 21.5, 142))
    outline = np.concatenate([right, bottom, left])
    page.fill(outline)
    levels, widths = right[:, 1], right[:, 0] - x0

    def inside(x: Floats, y: Floats, start: float, end: float) -> Mask:
        half = np.interp(y, levels, widths)
        share = (x - x0) / half
        return (y > 24) & (y < 143) & (share > start) & (share < end)

    for share in (-0.84, -0.68):
        page.stroke(np.stack([x0 + share * widths, levels], axis=1)[34:], PEN)
    page.lines(hatched(lambda x, y: inside(x, y, 0.1, 0.97), -38, 4.2), PEN)
    page.lines(hatched(lambda x, y: inside(x, y, 0.5, 0.97), 90, 3.4), PEN)
    page.stroke(right, OUTLINE)
    page.stroke(left, OUTLINE)
    page.stroke(bottom, OUTLINE)
    lip = np.array([(x0 - 9, 15), (x0 + 9, 15), (x0 + 9, 22), (x0 - 9, 22), (x0 - 9, 15)], float)
    page.fill(lip)
    page.stroke(pieces(lip), OUTLINE)
    label = curve((x0 - 21.5, 92), (x0, 98), (x0 + 21.5, 92))
    end = curve((x0 + 21.5, 122), (x0, 128), (x0 - 21.5, 122))
    page.fill(np.concatenate([label, end]))
    page.stroke(label, OUTLINE)
    page.stroke(end, OUTLINE)
    page.stroke(right, OUTLINE)
    page.stroke(left, OUTLINE)
    for y, reach in ((104.5, 12.0), (110.5, 14.0), (116.5, 9.0)):
        page.stroke(curve((x0 - reach, y + 0.6), (x0, y + 1.6), (x0 + reach, y + 0.6)), PEN)
