"""Pages as scanners and screens give them: A4 at any resolution, line art, text, hatching, windows.

Strokes have widths in millimetres, as on paper, so that a page at 600 dots per inch is the one at
50 seen closer. Scans are two-tone or grey; screenshots are in colour, with flat areas and small
type. Every page follows from a seed.

    python -m benchmarks.scans [--dpi 50] [--folder out]
"""

import argparse
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

A4 = (8.27, 11.69)  # inches
RESOLUTIONS = (50, 150, 300, 600)
LETTERS = ("the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", "while", "seven")
# Painted so many times finer, and averaged, where edges are grey.
FINER = 4


def line_art(width: int, height: int, dpi: float, seed: int = 0) -> Image.Image:
    """600 strokes on a page, .15 to .5 mm wide, black on white."""
    chance = random.Random(seed)
    page = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(page)
    reach = 1.3 * dpi
    strokes = max(6, round(600 * width * height / (dpi * dpi * A4[0] * A4[1])))
    for _ in range(strokes):
        x, y = chance.uniform(0, width), chance.uniform(0, height)
        end = x + chance.uniform(-reach, reach), y + chance.uniform(-reach, reach)
        stroke = max(1, round(chance.choice((0.15, 0.3, 0.5)) / 25.4 * dpi))
        pen.line((x, y, *end), fill=0, width=stroke)
    return page


def text(width: int, height: int, dpi: float, seed: int = 0) -> Image.Image:
    """Lines of type of 11 points, grey at its edges."""
    chance = random.Random(seed)
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)
    size = 11 / 72 * dpi
    font = ImageFont.load_default(max(4.0, size))
    y = size
    while y < height - size:
        x = size
        while x < width - size:
            word = chance.choice(LETTERS)
            pen.text((x, y), word, fill=0, font=font)
            x += pen.textlength(word + " ", font=font)
        y += 1.4 * size
    return page


def hatching(width: int, height: int, dpi: float, seed: int = 0) -> Image.Image:
    """Fields of parallel strokes, .2 mm wide and .8 mm apart, each in its own direction."""
    chance = random.Random(seed)
    finer = FINER if dpi <= 150 else 1
    w, h = width * finer, height * finer
    page = Image.new("L", (w, h), 255)
    apart = max(2.0, 0.8 / 25.4 * dpi) * finer
    stroke = max(1, round(0.2 / 25.4 * dpi * finer))
    side = int(1.2 * dpi * finer)
    for top in range(0, h, side):
        for left in range(0, w, side):
            angle = chance.uniform(0, np.pi)
            tile = Image.new("L", (min(side, w - left), min(side, h - top)), 255)
            pen = ImageDraw.Draw(tile)
            dx, dy = np.cos(angle), np.sin(angle)
            for n in range(int(-2 * side / apart), int(2 * side / apart)):
                x, y = side / 2 - dy * n * apart, side / 2 + dx * n * apart
                ends = (x - dx * 2 * side, y - dy * 2 * side, x + dx * 2 * side, y + dy * 2 * side)
                pen.line(ends, fill=0, width=stroke)
            page.paste(tile, (left, top))
    return page.resize((width, height), Image.Resampling.BOX) if finer > 1 else page


def screenshot(width: int, height: int, dpi: float, seed: int = 0) -> Image.Image:
    """Windows, bars, buttons and type, in colour: the same things larger at more dots per inch."""
    chance = random.Random(seed)
    page = Image.new("RGB", (width, height), (238, 240, 244))
    pen = ImageDraw.Draw(page)
    unit = dpi / 50
    font = ImageFont.load_default(max(6.0, 9 * unit))
    for _ in range(max(2, round(width * height / (90 * unit) ** 2 / 2))):
        x, y = chance.uniform(-0.1, 0.9) * width, chance.uniform(-0.1, 0.9) * height
        w, h = chance.uniform(60, 160) * unit, chance.uniform(40, 120) * unit
        colour = tuple(chance.randrange(30, 220) for _ in range(3))
        pen.rectangle((x, y, x + w, y + h), fill=(255, 255, 255), outline=(160, 164, 170))
        pen.rectangle((x, y, x + w, y + 12 * unit), fill=colour)
        pen.text((x + 4 * unit, y + unit), chance.choice(LETTERS), fill=(255, 255, 255), font=font)
        for line in range(int(h / (12 * unit)) - 2):
            words = " ".join(chance.choice(LETTERS) for _ in range(3))
            at = (x + 4 * unit, y + (15 + 12 * line) * unit)
            pen.text(at, words, fill=(40, 42, 48), font=font)
    return page


PAGES: dict[str, Callable[..., Image.Image]] = {
    "line art": line_art,
    "text": text,
    "hatching": hatching,
    "screenshot": screenshot,
}


def page(name: str, dpi: float, part: float = 1.0, seed: int = 0) -> Image.Image:
    """A4 at a resolution, or the share `part` of its sides."""
    width, height = (max(1, round(side * dpi * part)) for side in A4)
    return PAGES[name](width, height, dpi, seed)


def learned(image: Image.Image) -> NDArray[np.float32]:
    """Its values from 0 to 1. (H, W, C)"""
    values = np.asarray(image.convert("RGB" if image.mode == "RGB" else "L"), np.float32) / 255
    return values if values.ndim == 3 else values[..., None]


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description="Write the pages.")
    parser.add_argument("--dpi", type=float, default=50)
    parser.add_argument("--folder", type=Path, default=Path("out"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        path = asked.folder / f"{name.replace(' ', '-')}-{asked.dpi:g}.png"
        page(name, asked.dpi).save(path, dpi=(asked.dpi, asked.dpi))
        print(path)


if __name__ == "__main__":
    main()
