"""Pictures side by side on white, each with a caption: what the documentation shows.

Shapes: H rows, W columns, C channels (1 grey or 3 RGB), values in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from matplotlib import get_data_path
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.floating]

INK, SOFT, FRAME = (28, 30, 36), (104, 110, 120), (206, 210, 216)
GAP, MARGIN = 14, 16
LARGEST = 250_000  # bytes


@dataclass(frozen=True)
class Panel:
    """One picture with two lines below.

    Attributes:
        values: What is shown, pixel for pixel. (H, W) or (H, W, C)
        title: The first line, dark.
        note: The second line, softer; may be empty.
        strong: Whether the title is bold.
    """

    values: Floats
    title: str
    note: str = ""
    strong: bool = False


def crop(values: Floats, centre: tuple[float, float], share: float) -> Floats:
    """A square part of a picture.

    Args:
        values: (H, W, C)
        centre: In shares of the sides (x, y).
        share: Side of the part, in shares of the picture's width.
    """
    height, width = values.shape[:2]
    side = round(share * width)
    left = min(max(0, round(centre[0] * width - side / 2)), width - side)
    top = min(max(0, round(centre[1] * height - side / 2)), height - side)
    return values[top : top + side, left : left + side]


def enlarged(values: Floats, factor: int) -> Floats:
    """Each pixel as a square of `factor` x `factor`."""
    return values.repeat(factor, axis=0).repeat(factor, axis=1)


def sheet(rows: Sequence[Sequence[Panel]], heading: str = "") -> Image.Image:
    """All panels of all rows; pictures in a row are of equal height."""
    text = 17
    below = round(text * 2.9)
    top = round(text * 2.2) if heading else 0
    widths = [sum(p.values.shape[1] + GAP for p in row) - GAP for row in rows]
    heights = [max(p.values.shape[0] for p in row) + below for row in rows]
    size = max(widths) + 2 * MARGIN, top + sum(heights) + GAP * (len(rows) - 1) + 2 * MARGIN
    page = Image.new("RGB", size, (255, 255, 255))
    draw = ImageDraw.Draw(page)
    if heading:
        draw.text((MARGIN, MARGIN), heading, INK, font(text + 3, bold=True))
    y = MARGIN + top
    for row, height in zip(rows, heights, strict=True):
        x = MARGIN
        for panel in row:
            shown = to_image(panel.values)
            page.paste(shown, (x, y))
            draw.rectangle((x - 1, y - 1, x + shown.width, y + shown.height), outline=FRAME)
            at = y + shown.height + round(text * 0.4)
            title = fitting(panel.title, shown.width, text, bold=panel.strong)
            draw.text((x, at), panel.title, INK, title)
            note = fitting(panel.note, shown.width, text - 3)
            draw.text((x, at + round(text * 1.3)), panel.note, SOFT, note)
            x += shown.width + GAP
        y += height + GAP
    return page


def fitting(text: str, width: int, size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The largest font up to `size` in which the text is not wider than `width`."""
    while size > 9 and font(size, bold=bold).getlength(text) > width:
        size -= 1
    return font(size, bold=bold)


@cache
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, which comes with matplotlib."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / name), size)


def to_image(values: Floats) -> Image.Image:
    """In 8 bits."""
    levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    if levels.ndim == 3 and levels.shape[2] == 1:
        levels = levels[:, :, 0]
    return Image.fromarray(levels).convert("RGB")


def save(page: Image.Image, path: Path) -> None:
    """As a PNG; with at most 256 colours where it would be larger than `LARGEST` otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    planes = [np.asarray(plane).astype(int) for plane in page.split()]
    grey = max(np.abs(planes[0] - plane).max() for plane in planes) <= 12
    (page.convert("L") if grey else page).save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        (page.convert("L") if grey else page).quantize(64 if grey else 256).save(
            path, optimize=True
        )
    print(f"{path} ({path.stat().st_size / 1000:.0f} kB)")
