"""A specimen sheet: type in several faces and sizes, with a large outlined word."""

from functools import lru_cache

import numpy as np
from examples.draw_cub import curve
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.drawn.sheet import Sheet, averaged, cells_for, pieces

PEN = 1.3
SERIF = FontProperties(family="DejaVu Serif")
SANS = FontProperties(family="DejaVu Sans")
ITALIC = FontProperties(family="DejaVu Serif", style="italic")
MONO = FontProperties(family="DejaVu Sans Mono")
CURLY = FontProperties(family="STIXGeneral", style="italic")


def draw(size: int) -> NDArray[np.float32]:
    """At `size` pixels a side, 1.0 paper. (size, size)"""
    return averaged(_page(cells_for(size)), size)


@lru_cache(maxsize=1)
def _page(cells: int) -> NDArray[np.bool_]:
    page = Sheet(cells)
    for outline in outlines("redraw", SERIF, 52, 100, 50):
        page.stroke(pieces(outline), PEN)
    page.stroke(curve((18, 60), (60, 56), (110, 60), (150, 57), (182, 60)), (PEN, 0.7 * PEN))
    for text, font, em, x, y in (
        ("Small pictures, drawn again", ITALIC, 13.0, 100, 77),
        ("at any size.", ITALIC, 13.0, 100, 92),
        ("Quick brown foxes & 27 jigs", SANS, 12.5, 100, 112),
        ("for (x, y) in page: ink()", MONO, 11.5, 100, 129),
        ("0123456789", SERIF, 17.0, 76, 152),
        ("&", CURLY, 52.0, 164, 184),
        ("?", CURLY, 30.0, 136, 180),
        ("AaBbCcGg", SERIF, 22.0, 66, 183),
    ):
        type_in(page, outlines(text, font, em, x, y))
    return page.ink


def outlines(
    text: str, font: FontProperties, em: float, x: float, y: float
) -> list[NDArray[np.float64]]:
    """The closed outlines of a line of text, centred at `x` on the baseline `y`, in units."""
    path = TextPath((0, 0), text, size=em * 16, prop=font)
    polygons = [np.asarray(p, np.float64) / 16 for p in path.to_polygons(closed_only=True)]
    right = max(p[:, 0].max() for p in polygons)
    left = min(p[:, 0].min() for p in polygons)
    return [p * (1, -1) + (x - (left + right) / 2, y) for p in polygons]


def type_in(page: Sheet, polygons: list[NDArray[np.float64]]) -> None:
    """Ink what lies inside an odd number of outlines: counters stay open."""
    inside = np.zeros_like(page.ink)
    for polygon in polygons:
        cells = polygon * (len(page.ink) / 200.0)
        x0, y0 = np.floor(cells.min(axis=0)).astype(int) - 1
        x1, y1 = np.ceil(cells.max(axis=0)).astype(int) + 1
        mask = Image.new("1", (int(x1 - x0), int(y1 - y0)))
        ImageDraw.Draw(mask).polygon([tuple(p) for p in cells - (x0 + 0.5, y0 + 0.5)], fill=1)
        inside[y0:y1, x0:x1] ^= np.asarray(mask)
    page.ink |= inside
