"""The plan of a small house: hatched walls, doors, furniture, dimension lines."""

from functools import lru_cache

import numpy as np
from examples.draw_cub import ellipse
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from benchmarks.drawn.lettering import outlines, type_in
from benchmarks.drawn.sheet import Sheet, arc, averaged, cells_for, hatched, pieces, rectangle

WALL, PEN, THIN = 1.8, 1.3, 1.1
LEFT, TOP, RIGHT, BOTTOM, THICK = 20.0, 16.0, 184.0, 152.0, 6.0  # the outer walls
INNER = 3.4
FONT = FontProperties(family="DejaVu Sans")


def draw(size: int) -> NDArray[np.float32]:
    """At `size` pixels a side, 1.0 paper. (size, size)"""
    return averaged(_page(cells_for(size)), size)


@lru_cache(maxsize=1)
def _page(cells: int) -> NDArray[np.bool_]:
    page = Sheet(cells)
    outer_walls(page)
    inner_walls(page)
    doors(page)
    windows(page)
    bedroom(page)
    bathroom(page)
    living_room(page)
    kitchen(page)
    dimensions(page)
    return page.ink


def outer_walls(page: Sheet) -> None:
    """Two lines, hatched between."""

    def inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        outer = (x > LEFT) & (x < RIGHT) & (y > TOP) & (y < BOTTOM)
        room = (x > LEFT + THICK) & (x < RIGHT - THICK) & (y > TOP + THICK) & (y < BOTTOM - THICK)
        return outer & ~room

    page.lines(hatched(inside, -45, 4.2), THIN)
    page.stroke(pieces(rectangle(LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP)), WALL)
    within = rectangle(
        LEFT + THICK, TOP + THICK, RIGHT - LEFT - 2 * THICK, BOTTOM - TOP - 2 * THICK
    )
    page.stroke(pieces(within), WALL)


def inner_walls(page: Sheet) -> None:
    """Two lines close together, paper between."""
    vertical = [(92.0, TOP + THICK, 66.0), (92.0, 84.0, BOTTOM - THICK - 84.0 - 0.0)]
    for x, y, length in vertical:
        page.box(x, y, INNER, length, PEN)
    page.box(LEFT + THICK, 84.0, 92.0 - LEFT - THICK, INNER, PEN)
    page.box(92.0 + INNER, 78.0, 48.0, INNER, PEN)
    page.box(62.0, 84.0 + INNER, INNER, BOTTOM - THICK - 84.0 - INNER, PEN)


def door(
    page: Sheet, x: float, y: float, across: float, down: float, *, hinge: tuple[float, float],
    start: float, turn: float,
) -> None:  # fmt: skip
    """An opening through a wall, its leaf, and the quarter circle it swings through.

    Args:
        page: Where to.
        x, y, across, down: The opening, which is cleared and closed off at its ends.
        hinge: Where the leaf turns.
        start: Direction of the closed leaf in degrees.
        turn: How far it opens; 90 or -90.
    """
    radius = max(across, down)
    page.fill(rectangle(x, y, across, down))
    if across > down:
        page.line((x, y), (x, y + down), width=PEN)
        page.line((x + across, y), (x + across, y + down), width=PEN)
    else:
        page.line((x, y), (x + across, y), width=PEN)
        page.line((x, y + down), (x + across, y + down), width=PEN)
    page.stroke(pieces(arc(*hinge, radius, start, start + turn)), THIN)
    tip = arc(*hinge, radius, start + turn, start + turn)[0]
    page.line(hinge, (tip[0], tip[1]), width=WALL)


def doors(page: Sheet) -> None:
    """One in every room, and the front door."""
    wall = INNER + 2 * PEN
    door(page, 91.0, 62.0, wall - 0.6, 20.0, hinge=(91.5, 62.0), start=90, turn=90)
    door(page, 68.0, 83.0, 19.0, wall - 0.6, hinge=(87.0, 87.4), start=180, turn=-90)
    door(page, 61.0, 122.0, wall - 0.6, 18.0, hinge=(61.5, 140.0), start=270, turn=-90)
    door(
        page, 104.0, BOTTOM - THICK - 1.0, 22.0, THICK + 2.0,
        hinge=(104.0, BOTTOM - THICK), start=0, turn=-90,
    )  # fmt: skip


def windows(page: Sheet) -> None:
    """Openings in the outer walls with two panes."""
    for x, y, across, down in (
        (40.0, TOP, 34.0, THICK),
        (116.0, TOP, 48.0, THICK),
        (RIGHT - THICK, 96.0, THICK, 34.0),
        (LEFT, 104.0, THICK, 20.0),
    ):
        page.box(x, y, across, down, PEN)
        if across > down:
            page.line((x, y + down / 2), (x + across, y + down / 2), width=THIN)
        else:
            page.line((x + across / 2, y), (x + across / 2, y + down), width=THIN)


def bedroom(page: Sheet) -> None:
    """A double bed, a table at each side, a wardrobe."""
    page.box(37.5, 25, 31, 43, PEN)
    page.line((37.5, 44), (68.5, 44), width=PEN)
    page.line((37.5, 50), (68.5, 50), width=THIN)
    for x in (40.5, 54.5):
        page.box(x, 28.5, 11, 10, THIN)
    for x in (28, 71):
        page.box(x, 25, 7, 8, THIN)
        page.stroke(ellipse(x + 3.5, 29, 2.2, 2.2), THIN)
    page.box(28, 73, 30, 9, PEN)
    page.line((28, 73), (58, 82), width=THIN)
    page.line((28, 82), (58, 73), width=THIN)


def bathroom(page: Sheet) -> None:
    """A tub, a basin, and tiles on the floor."""

    def floor(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        return (x > 47) & (x < 59) & (y > 91) & (y < 120)

    page.lines(hatched(floor, 0, 6.0, 2.0), THIN)
    page.lines(hatched(floor, 90, 6.0, 1.0), THIN)
    page.box(28, 90, 16, 38, PEN)
    page.stroke(pieces(np.concatenate([
        arc(36, 97, 5.5, 180, 360), arc(36, 121, 5.5, 0, 180), [(30.5, 97)],
    ])), THIN)  # fmt: skip
    page.stroke(ellipse(36, 96.5, 1.3, 1.3), THIN)
    page.box(28.5, 131, 12, 12, PEN)
    page.stroke(ellipse(34.5, 137, 4, 4), THIN)


def living_room(page: Sheet) -> None:
    """A sofa, a round table with chairs, a rug."""
    page.box(106, 26, 44, 15, PEN)
    page.line((106, 30.5), (150, 30.5), width=THIN)
    for x in (120.7, 135.3):
        page.line((x, 30.5), (x, 41), width=THIN)
    page.box(101.5, 27, 4.5, 14, PEN)
    page.box(150, 27, 4.5, 14, PEN)
    page.stroke(ellipse(128, 58, 20, 10), THIN)
    page.stroke(ellipse(128, 58, 16.5, 7), THIN)
    page.box(166, 42, 9, 26, PEN)
    for y in (48.5, 55, 61.5):
        page.line((166, y), (175, y), width=THIN)


def kitchen(page: Sheet) -> None:
    """A table for four, a counter with a stove and a sink, a plant."""
    for turn in (0, 90, 180, 270):
        x, y = 146 + 15.5 * np.cos(np.radians(turn)), 110 + 15.5 * np.sin(np.radians(turn))
        page.box(x - 4, y - 4, 8, 8, THIN)
    page.fill(ellipse(146, 110, 13, 13))
    page.stroke(ellipse(146, 110, 13, 13), PEN)
    page.box(134.5, 131.5, 41, 12, PEN)
    for x, y in ((140, 135), (147.5, 135), (140, 140), (147.5, 140)):
        page.stroke(ellipse(x, y, 1.8, 1.8), THIN)
    page.line((152.5, 131.5), (152.5, 143.5), width=THIN)
    page.box(157, 134, 12, 7, THIN)
    page.stroke(ellipse(106, 92, 6, 6), THIN)
    for turn in range(0, 360, 60):
        tip = arc(106, 92, 5.4, turn, turn)[0]
        page.line((106, 92), (tip[0], tip[1]), width=THIN)


def dimensions(page: Sheet) -> None:
    """Lines with slashes at their ends, and figures."""
    y = 166.0
    marks = (LEFT, 93.7, RIGHT)
    page.line((LEFT - 4, y), (RIGHT + 4, y), width=THIN)
    for x in marks:
        page.line((x, y - 5), (x, y + 5), width=THIN)
        page.line((x - 2.5, y + 2.5), (x + 2.5, y - 2.5), width=PEN)
    for text, x in (("3.68", (marks[0] + marks[1]) / 2), ("4.52", (marks[1] + marks[2]) / 2)):
        type_in(page, outlines(text, FONT, 12.0, x, y + 14))
    type_in(page, outlines("8.20", FONT, 13.0, 102, y + 29))
    page.line((LEFT, y + 24.5), (80, y + 24.5), width=THIN)
    page.line((124, y + 24.5), (RIGHT, y + 24.5), width=THIN)
    for x in (LEFT, RIGHT):
        page.line((x - 2.5, y + 27), (x + 2.5, y + 22), width=PEN)
    x = 9.0
    page.line((x, TOP - 4), (x, BOTTOM + 4), width=THIN)
    for level in (TOP, 85.7, BOTTOM):
        page.line((x - 4, level), (x + 5, level), width=THIN)
        page.line((x - 2.5, level + 2.5), (x + 2.5, level - 2.5), width=PEN)
