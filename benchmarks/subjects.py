"""What the benchmarks fit: drawings made by this project's own code at any size, and photographs.

Every drawing is painted on a grid of `GRID` cells a side and averaged over the square of each
pixel, so that a page drawn at 800 x 800, averaged over 4 x 4 pixels, is exactly the page drawn at
200 x 200. That is what makes a truth: what is fitted at 200 can be compared with the page itself
drawn larger. Look at them with

    python -m benchmarks.subjects [--size 800] [--folder out]
"""

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.drawn import (
    anime,
    cartoon,
    chart,
    comic,
    glass,
    hatching,
    interface,
    lettering,
    logo,
    plan,
    street_map,
    subway,
    watercolour,
    weather,
)
from examples import draw_cub
from redraw.errors import PictureError
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

LEARNED = 200  # pixels a side of the picture that is learned
KODAK = ("01", "05", "08", "13", "15", "20", "23", "24")
# Beside this project's folder, or inside it.
KODAK_FOLDERS = ("../shared/data/kodak", "data/kodak")


@dataclass(frozen=True)
class Subject:
    """A drawing that can be made at any size.

    Attributes:
        name: Of the drawing.
        about: What it is, in a few words.
        paint: Draws it: size to (size, size) or (size, size, 3), in [0, 1].
        focus: The centre of the part worth a close look, in shares of the sides (x, y).
    """

    name: str
    about: str
    paint: Callable[[int], NDArray[np.float32]]
    focus: tuple[float, float] = (0.5, 0.5)

    def draw(self, size: int) -> NDArray[np.float32]:
        """The page itself, at `size` pixels a side. (size, size, C)"""
        values = self.paint(size)
        return values if values.ndim == 3 else values[:, :, None]

    def picture(self, size: int = LEARNED) -> Picture:
        """What a user would have: the drawing in 8 bits."""
        levels = np.rint(self.draw(size) * 255).astype(np.uint8)
        return Picture.from_array(levels, name=self.name)


SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject("cub", "the lion cub that comes with redraw", draw_cub.draw, (0.47, 0.40)),
        Subject("hatching", "shaded by lines of varying density", hatching.draw, (0.34, 0.42)),
        Subject("lettering", "type in several faces and sizes", lettering.draw, (0.30, 0.30)),
        Subject("plan", "a floor plan", plan.draw, (0.36, 0.38)),
        Subject("cartoon", "flat and graded colours, soft shading", cartoon.draw, (0.40, 0.62)),
    )
}

# Pages in colour, drawn as SVG (they need resvg, of the extra `bench`).
COLOURED = {
    subject.name: subject
    for subject in (
        Subject("comic", "inked panels, hatching, halftone dots, speech", comic.draw, (0.62, 0.27)),
        Subject("anime", "thin outlines, flat shades, graded hair", anime.draw, (0.50, 0.50)),
        Subject("logo", "a seal, leaves, a word, small type", logo.draw, (0.30, 0.36)),
        Subject("glass", "stained glass between leads", glass.draw, (0.50, 0.42)),
        Subject("watercolour", "transparent washes, soft edges", watercolour.draw, (0.66, 0.80)),
        Subject("interface", "a window, buttons, small type", interface.draw, (0.40, 0.68)),
        Subject("chart", "bars, lines, a ring, small type", chart.draw, (0.36, 0.40)),
        Subject("weather", "isobars, fronts, symbols", weather.draw, (0.40, 0.72)),
        Subject("subway", "broad lines, interchanges, names", subway.draw, (0.50, 0.42)),
        Subject("street_map", "cased roads, blocks, names", street_map.draw, (0.42, 0.42)),
    )
}
PAGES = SUBJECTS | COLOURED


def two_tone_cub() -> Picture:
    """The cub as the original author had drawings: 200 x 200, black and white only."""
    return Picture.from_array(draw_cub.draw(LEARNED) >= 0.5, name="two-tone cub")


def kodak(number: str) -> Picture:
    """One of the eight development photographs, 768 x 512, by its two digits.

    Raises:
        PictureError: The folder is not there.
    """
    root = Path(__file__).parents[1]
    for folder in KODAK_FOLDERS:
        path = root / folder / f"kodim{number}.png"
        if path.is_file():
            return read(path)
    raise PictureError(
        f"kodim{number}.png is in none of {', '.join(KODAK_FOLDERS)}; put the Kodak pictures there"
    )


def photograph(folder: Path) -> str:
    """The name of a photograph of 768 x 512 pixels in `folder`: a Kodak picture, or one like it.

    What is like one in its statistics has edges as drawings have: where no preset is named, it is
    fitted as a drawing.
    """
    root = Path(__file__).parents[1]
    for place in KODAK_FOLDERS:
        path = root / place / "kodim01.png"
        if path.is_file():
            shutil.copy(path, folder)
            return path.name
    Image.fromarray(photograph_like(768, 512)).save(folder / "photograph.png")
    return "photograph.png"


def photograph_like(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture with a photograph's statistics, at any size: noise of all scales, and edges.

    Amplitudes fall in proportion to the wavelength (a spectrum of 1 / f, as natural pictures have),
    and two sharp-edged layers lie over another. Made in bands, so that little memory is needed
    beside the result.

    Args:
        width: In pixels.
        height: In pixels.
        seed: Of the noise.

    Returns:
        (height, width, 3)
    """
    generator = np.random.default_rng(seed)
    longest = max(width, height)
    octaves = [2**k for k in range(1, max(2, int(np.log2(longest))))]
    grids = [generator.normal(size=(cells + 2, cells + 2, 4)) for cells in octaves]
    out = np.empty((height, width, 3), np.uint8)
    x = (np.arange(width) + 0.5) / longest
    for top in range(0, height, 64):
        y = (np.arange(top, min(top + 64, height)) + 0.5) / longest
        layers = np.zeros((len(y), width, 4), np.float32)
        for cells, grid in zip(octaves, grids, strict=True):
            layers += _smooth(grid, y * cells, x * cells) * (0.8 / cells**0.9)
        front = layers[..., 3:] > 0.1
        colour = np.where(front, layers[..., :3], 0.6 * layers[..., [1, 2, 0]] - 0.15)
        out[top : top + len(y)] = np.rint(255 / (1 + np.exp(-3 * colour)))
    return out


def _smooth(
    grid: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Values between a grid's nodes, smoothly. (h,), (w,) -> (h, w, C)"""
    rows = _blend(grid, y, 0)
    return _blend(rows, x, 1).astype(np.float32)


def _blend(grid: NDArray[np.float64], at: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    node = at.astype(int)
    share = at - node
    share = share * share * (3 - 2 * share)
    share = share.reshape([-1 if i == axis else 1 for i in range(grid.ndim)])
    return np.take(grid, node, axis) * (1 - share) + np.take(grid, node + 1, axis) * share


def main() -> None:
    """Write the drawings as pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=800, help="pixels a side")
    parser.add_argument("--folder", type=Path, default=Path("out"), help="where they go")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(PAGES)}; all by default")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or PAGES:
        values = PAGES[name].draw(options.size)
        levels = np.rint(values * 255).astype(np.uint8)
        path = options.folder / f"{name}-{options.size}.png"
        Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).save(path)
        print(path, f"{100 * float(1 - values.mean()):.1f} % ink")


if __name__ == "__main__":
    main()
