"""What a report shows of a picture: the original, each result, its errors, and a crop larger.

Shapes: H rows, W columns, C channels.
"""

import dataclasses
import io
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.compare.request import checked_region
from redraw.compare.views import Sheet, Strip, Tile, View, view, webp
from redraw.fitting.result.fitted import FittedField, open_drawer
from redraw.metrics import error_map
from redraw.render import Canvas, strips
from redraw.signals.picture.flats import kept
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.writing import png_bytes

# The longest side of a picture in the page, in pixels.
LONGEST = 768
# The crop: this many pixels of the picture at most, each way, and how much larger they are drawn.
CROP, LARGER = 96, 4
# The errors shown in the brightest colour are those that this share of the median entrant's pixels
# stays below: a few points must not darken all the rest.
SHOWN_ERRORS = 0.995
LEAST_SHOWN = 4  # of 255 levels; below that, maps would show rounding


class Brush(NamedTuple):
    """A field, and what draws it."""

    field: FittedField
    engine: str
    threads: int | None


def make_sheet(
    picture: Picture,
    brushes: Mapping[str, Brush],
    region: tuple[int, int, int, int] | None = None,
) -> Sheet:
    """Draw everything that the page shows of a picture.

    Args:
        picture: What was learned.
        brushes: What came of it, by entrant, in order.
        region: The crop, in pixels; by default the busiest place.

    Raises:
        UsageError: the region lies outside the picture.
    """
    region = checked_region(region, picture.size) if region else busiest(picture)
    cut = _cut(picture, region)
    errors = {name: _errors(picture, brush) for name, brush in brushes.items()}
    brightest = _brightest(list(errors.values()))
    ramp = np.linspace(0.0, brightest, 64, dtype=np.float32)[None]
    results = [
        Tile(name, view(_drawn(brush, picture)), entrant=True) for name, brush in brushes.items()
    ]
    crops = [
        Tile(name, view(_crop(brush, region), sharp=False), entrant=True)
        for name, brush in brushes.items()
    ]
    maps = [Tile(name, _map_view(error, brightest), entrant=True) for name, error in errors.items()]
    original = Tile("original", view(picture.shrunk(LONGEST)), frame=_shares(region, picture.size))
    larger = cut.resized(cut.width * LARGER, cut.height * LARGER)
    references = (
        Tile("original", view(cut), remark="its pixels"),
        Tile("Lanczos", view(larger, sharp=False), remark="a filter"),
    )
    most = f"off by {255 * brightest:.0f} of 255 levels, or more"
    return Sheet(
        (
            Strip("picture", "Drawn at its own size", (original, *results)),
            Strip(
                "crop, four times as large",
                "The marked part drawn four times as large, between the pixels",
                (*references, *crops),
            ),
            Strip(
                "errors",
                "Where it is wrong",
                tuple(maps),
                scale=(_map_view(ramp, brightest), "right", most),
            ),
        )
    )


def _shares(
    region: tuple[int, int, int, int], size: tuple[int, int]
) -> tuple[float, float, float, float]:
    """A region as left, top, width and height in shares of the picture's sides."""
    (x0, y0, x1, y1), (width, height) = region, size
    return x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height


def busiest(picture: Picture, side: int = CROP) -> tuple[int, int, int, int]:
    """The window of at most `side` pixels each way in which neighbours differ most.

    Returns:
        x0, y0, x1, y1 in pixels.

    Example:
        >>> dot = np.zeros((9, 9), np.float32)
        >>> dot[6, 2] = 1.0
        >>> busiest(Picture.from_array(dot), 3)
        (1, 5, 4, 8)
    """
    values = picture.learned().mean(axis=2)
    if picture.known is not None:
        values = np.where(picture.known, values, values[picture.known].mean())
    energy = np.zeros((picture.height, picture.width))
    # Each difference counts for both of its pixels, so that the middle of the window is the middle
    # of what is busy. The root: many edges are busier than one strong one.
    across = np.sqrt(np.abs(np.diff(values, axis=1)))
    down = np.sqrt(np.abs(np.diff(values, axis=0)))
    energy[:, 1:] += across
    energy[:, :-1] += across
    energy[1:] += down
    energy[:-1] += down
    sums = np.zeros((picture.height + 1, picture.width + 1))
    sums[1:, 1:] = energy.cumsum(axis=0).cumsum(axis=1)
    width, height = min(side, picture.width), min(side, picture.height)
    windows = (
        sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width]
        + sums[:-height, :-width]
    )  # fmt: skip
    # Of equals, the one nearest to the middle of them.
    rows, columns = np.nonzero(windows >= windows.max() - 1e-9)
    place = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    y, x = int(rows[place]), int(columns[place])
    return x, y, x + width, y + height


def _cut(picture: Picture, region: tuple[int, int, int, int]) -> Picture:
    x0, y0, x1, y1 = region
    return dataclasses.replace(
        picture,
        values=picture.values[y0:y1, x0:x1],
        known=None if picture.known is None else picture.known[y0:y1, x0:x1],
    )


def _drawn(brush: Brush, picture: Picture) -> Picture:
    factor = min(1.0, LONGEST / max(picture.size))
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return brush.field.render(width, height, engine=brush.engine, threads=brush.threads)


def _crop(brush: Brush, region: tuple[int, int, int, int]) -> Picture:
    x0, y0, x1, y1 = region
    return brush.field.render(
        (x1 - x0) * LARGER,
        (y1 - y0) * LARGER,
        region=(float(x0), float(y0), float(x1), float(y1)),
        engine=brush.engine,
        threads=brush.threads,
    )


def _errors(picture: Picture, brush: Brush) -> NDArray[np.float32]:
    """The largest error among each pixel's channels; NaN where nothing is known. (H, W)"""
    drawer = open_drawer(brush.field, engine=brush.engine, threads=brush.threads)
    canvas = Canvas.of(picture.size, brush.field.about.detail)
    truth = picture.learned()
    found = np.empty(truth.shape[:2], np.float32)
    flats = () if brush.field.about.colour is None else brush.field.about.colour.flats
    top = 0
    for drawn in strips(drawer, canvas):
        strip = kept(drawn, flats)
        rows = slice(top, top + len(strip))
        found[rows] = np.abs(strip - truth[rows]).max(axis=2)
        top = rows.stop
    if picture.known is not None:
        found[~picture.known] = np.nan
    return found


def _brightest(errors: Sequence[NDArray[np.float32]]) -> float:
    """The error in the brightest colour: a whole number of 255 levels."""
    if not errors:
        return 1.0
    middle = float(np.median([np.nanquantile(error, SHOWN_ERRORS) for error in errors]))
    return min(255, max(LEAST_SHOWN, math.ceil(255.0 * middle))) / 255.0


def _map_view(errors: NDArray[np.float32], brightest: float) -> View:
    known = np.isfinite(errors)
    plain = np.where(known, errors, 0.0)
    colours = error_map(plain, np.zeros_like(plain), brightest=brightest, known=known)
    picture = Picture.from_array(colours, name="errors").shrunk(LONGEST)
    pixels = Image.open(io.BytesIO(png_bytes(picture))).convert("RGB")
    return View(webp(pixels, quality=90), picture.width, picture.height)
