"""The pictures of a report: the original, each result, its errors, and a crop between pixels.

Shapes: H rows, W columns, C channels.
"""

import base64
import dataclasses
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.compare.request import checked_region
from redraw.compare.results import Outcome
from redraw.compare.subject import Subject
from redraw.fitting.fitted import FittedField, open_drawer
from redraw.fitting.quality import fitted_values
from redraw.metrics import error_map
from redraw.render import Canvas, strips
from redraw.signals.picture import Picture
from redraw.signals.writing import png_bytes

# The longest side of a picture in the page, in pixels.
LONGEST = 768
# The crop: this many pixels of the picture at most, each way, and how much larger they are drawn.
CROP, LARGER = 96, 4
# The errors shown in the brightest colour are those that this share of the median entrant's pixels
# stays below: a few points must not darken all the rest.
SHOWN_ERRORS = 0.995
LEAST_SHOWN = 4  # of 255 levels; below that, maps would show rounding


@dataclass(frozen=True)
class View:
    """A picture in the page.

    Attributes:
        uri: The picture itself, as a data URI.
        width: Of the picture, in its own pixels.
        height: Likewise.
        sharp: Whether its pixels should stay squares when it is shown larger.
    """

    uri: str
    width: int
    height: int
    sharp: bool = True


@dataclass(frozen=True)
class Shown:
    """What is shown of one entrant."""

    name: str
    result: View
    error: View
    crop: View


@dataclass(frozen=True)
class Sheet:
    """All pictures of a report.

    Attributes:
        original: The picture that was learned.
        pixels: Its crop, each pixel a square.
        filtered: Its crop, enlarged by Lanczos.
        shown: What the entrants made of it.
        size: Of the picture that was learned, in pixels.
        region: The crop, in pixels of the picture: x0, y0, x1, y1.
        brightest: The error that maps show in the brightest colour, in [0, 1].
        scale: The colours of the maps, from no error to the brightest.
    """

    original: View
    pixels: View
    filtered: View
    shown: tuple[Shown, ...]
    size: tuple[int, int]
    region: tuple[int, int, int, int]
    brightest: float
    scale: View


def make_sheet(
    subject: Subject,
    outcomes: Sequence[Outcome],
    region: tuple[int, int, int, int] | None = None,
    threads: int | None = None,
) -> Sheet:
    """Draw everything that the page shows.

    Args:
        subject: What was learned, with the fields that came of it.
        outcomes: Whose fields to show, in order.
        region: The crop, in pixels; by default the busiest place.
        threads: CPU threads.

    Raises:
        UsageError: the region lies outside the picture.
    """
    picture = subject.signal
    region = checked_region(region, picture.size) if region else busiest(picture)
    cut = _cut(picture, region)
    fields = [subject.fields[outcome.name, outcome.seed] for outcome in outcomes]
    errors = [_errors(picture, field, threads) for field in fields]
    brightest = _brightest(errors)
    shown = [
        Shown(
            outcome.name,
            view(_drawn(field, picture, threads)),
            _map_view(error, brightest),
            view(_crop(field, region, threads), sharp=False),
        )
        for outcome, field, error in zip(outcomes, fields, errors, strict=True)
    ]
    ramp = np.linspace(0.0, brightest, 64, dtype=np.float32)[None]
    return Sheet(
        original=view(picture.shrunk(LONGEST)),
        pixels=view(cut),
        filtered=view(cut.resized(cut.width * LARGER, cut.height * LARGER), sharp=False),
        shown=tuple(shown),
        size=picture.size,
        region=region,
        brightest=brightest,
        scale=_map_view(ramp, brightest),
    )


def view(picture: Picture, *, sharp: bool = True) -> View:
    """A picture as it is shown in a page: all its 8-bit values, in a form that browsers read."""
    with Image.open(io.BytesIO(png_bytes(picture))) as opened:
        kind = "RGBA" if opened.mode in ("LA", "RGBA", "PA") else "RGB"
        profile = opened.info.get("icc_profile")
        uri = _webp(opened.convert(kind), lossless=True, exact=True, icc_profile=profile)
    return View(uri, picture.width, picture.height, sharp)


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
    values = fitted_values(picture).mean(axis=2)
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


def _drawn(field: FittedField, picture: Picture, threads: int | None) -> Picture:
    factor = min(1.0, LONGEST / max(picture.size))
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return field.render(width, height, threads=threads)


def _crop(field: FittedField, region: tuple[int, int, int, int], threads: int | None) -> Picture:
    x0, y0, x1, y1 = region
    corners = (float(x0), float(y0), float(x1), float(y1))
    return field.render((x1 - x0) * LARGER, (y1 - y0) * LARGER, region=corners, threads=threads)


def _errors(picture: Picture, field: FittedField, threads: int | None) -> NDArray[np.float32]:
    """The largest error among each pixel's channels; NaN where nothing is known. (H, W)"""
    truth = fitted_values(picture)
    found = np.empty(truth.shape[:2], np.float32)
    top = 0
    for strip in strips(
        open_drawer(field, threads=threads), Canvas.of(picture.size, field.about.detail)
    ):
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
    return View(_webp(pixels, quality=90), picture.width, picture.height)


def _webp(pixels: Image.Image, **options: object) -> str:
    file = io.BytesIO()
    pixels.save(file, "WEBP", method=4, **options)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
