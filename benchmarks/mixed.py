"""A photograph in a drawing: a poster of type, shapes and a photograph, drawn four times as large.

    python -m benchmarks.mixed [--numbers 01 05 ...] [--save FOLDER] [--record]
                               [--methods Lanczos bicubic cel wavelet]

The page has 1600 x 1200 pixels, what is learned are its averages over 4 x 4. Told are dB of all of
it, of the photograph alone, and of the rest.
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import redraw
from benchmarks.between import FILTERS, averaged
from benchmarks.methods import resampled
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import KODAK, kodak
from redraw.engines.threads import usable_threads
from redraw.metrics import psnr

WIDTH, HEIGHT, FACTOR, FINER = 1600, 1200, 4, 2
PHOTOGRAPH = (560, 300, 1520, 940)  # left, top, right, bottom


def poster(number: str) -> NDArray[np.float32]:
    """The page with one of Kodak's photographs. (1200, 1600, 3)"""
    fonts = Path(matplotlib.get_data_path()) / "fonts/ttf"
    page = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), (250, 246, 235))
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, WIDTH * FINER, 160 * FINER), fill=(30, 60, 140))
    large = ImageFont.truetype(fonts / "DejaVuSans-Bold.ttf", 100 * FINER)
    pen.text((60 * FINER, 20 * FINER), "Summer Concert", font=large, fill=(255, 240, 120))
    small = ImageFont.truetype(fonts / "DejaVuSans.ttf", 48 * FINER)
    for line, text in enumerate(("Friday, 7 pm", "Town hall", "Free entry", "Bring friends")):
        pen.text((60 * FINER, (240 + 90 * line) * FINER), text, font=small, fill=(20, 20, 20))
    disc = [side * FINER for side in (80, 700, 440, 1060)]
    pen.ellipse(disc, fill=(220, 60, 60), outline=(0, 0, 0), width=12 * FINER)
    corners = [(x * FINER, y * FINER) for x, y in ((160, 960), (260, 760), (360, 960))]
    pen.polygon(corners, fill=(255, 220, 0), outline=(0, 0, 0))
    page = page.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
    left, top, right, bottom = PHOTOGRAPH
    levels = np.rint(kodak(number).values * 255).astype(np.uint8)
    upright = Image.fromarray(levels if levels.shape[1] > levels.shape[0] else np.rot90(levels))
    page.paste(upright.resize((right - left, bottom - top), Image.Resampling.BICUBIC), (left, top))
    return np.asarray(page, np.float32) / 255.0


def main() -> None:
    """Measure, print, and record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--numbers", nargs="+", default=list(KODAK))
    parser.add_argument("--methods", nargs="+", default=["Lanczos", "bicubic", "cel", "wavelet"])
    parser.add_argument("--save", type=Path, help="a folder for the drawings")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    asked = parser.parse_args()
    recorder = Recorder("mixed", usable_threads())
    print(machine())
    left, top, right, bottom = PHOTOGRAPH
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[top:bottom, left:right] = True
    for number in asked.numbers:
        page = poster(number)
        levels = np.rint(averaged(page, FACTOR) * 255).astype(np.uint8)
        for method in asked.methods:
            if method in FILTERS:
                drawn = resampled(levels / np.float32(255), WIDTH, HEIGHT, FILTERS[method])
            else:
                drawn = redraw.fit(levels, model=method).render(WIDTH, HEIGHT).values
            drawn = np.clip(drawn, 0.0, 1.0)
            parts = {
                "all": psnr(drawn, page),
                "photograph": psnr(drawn[inside], page[inside]),
                "drawing": psnr(drawn[~inside], page[~inside]),
            }
            print(f"kodim{number}  {method:8} ", *(f"{k} {v:6.2f}" for k, v in parts.items()))
            for part, value in parts.items():
                recorder.add(method, f"poster with kodim{number}, {part}", "PSNR", [value])
            if asked.save:
                asked.save.mkdir(parents=True, exist_ok=True)
                shown = Image.fromarray(np.rint(drawn * 255).astype(np.uint8))
                shown.save(asked.save / f"{number}-{method}.png")
    if asked.record:
        recorder.save()


if __name__ == "__main__":
    main()
