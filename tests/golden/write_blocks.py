"""Writes the golden files of large pictures that are missing, and the hashes of all.

`python -m tests.golden.write_blocks`. They are small: a block is 128 numbers wide, so one side of
300 pixels is two blocks of a level.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from redraw.fitting.large.fit import fit_large
from redraw.fitting.large.squares import Wanted
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import drawer_of

HERE = Path(__file__).parent / "blocks"
# Name: height, width, channels, depth, quality in dB.
CASES = {
    "wide": (21, 301, 3, 8, 34.0),
    "tall16": (290, 13, 1, 16, 70.0),
    "alpha": (40, 37, 4, 8, 40.0),
    "dot": (1, 1, 3, 8, 40.0),
}


def pixels(height, width, channels, depth):
    """A picture with waves, an edge and noise. (H, W, C)"""
    rng = np.random.default_rng(0)
    y, x, c = np.mgrid[:height, :width, :channels]
    values = 0.5 + 0.3 * np.sin(x / 5 + c) * np.cos(y / 7) + 0.2 * (x + 2 * y > 90)
    values += 0.03 * rng.standard_normal(values.shape) * (x > width / 2)
    whole = np.rint(np.clip(values, 0, 1) * (2**depth - 1))
    return whole.astype(np.uint8 if depth == 8 else np.uint16)


def page(side):
    """A disc and a bar on a plain ground, each pixel the mean over its area. (H, W, 3) uint8"""
    y, x = (np.mgrid[: 4 * side, : 4 * side] + 0.5) / 4
    found = np.full((*x.shape, 3), (0.93, 0.9, 0.82))
    found[(y - 40.3) ** 2 + (x - 37) ** 2 < 21.2**2] = (0.1, 0.3, 0.7)
    found[np.abs(0.6 * (x - 64) - (y - 20)) < 3.1] = (0.05, 0.05, 0.08)
    return np.rint(found.reshape(side, 4, side, 4, 3).mean(axis=(1, 3)) * 255).astype(np.uint8)


def drawn(path, threads=1):
    """The pixels of a file, opened without PyTorch; colours multiplied by alpha. (H, W, C)"""
    drawer, about = drawer_of(path, threads)
    edges = [np.linspace(-1, 1, side + 1) for side in about.size]
    values = drawer.means(*(np.stack([own[:-1], own[1:]], 1) for own in edges))
    return np.rint(values * (2**16 - 1 if about.colour.depth > 8 else 255)).astype("<u2")


def main():
    """Write what is missing, and the hashes of all."""
    HERE.mkdir(exist_ok=True)
    for name, (*shape, quality) in CASES.items():
        path = HERE / f"{name}.redraw"
        if not path.exists():
            fit_large(strips_of(pixels(*shape)), path, quality=quality)
    path = HERE / "squares.redraw"
    if not path.exists():
        squares = Wanted("cel", steps=40, side=64, margin=16)
        fit_large(strips_of(page(90)), path, squares=squares)
    paths = sorted(HERE.glob("*.redraw"))
    hashes = {path.stem: hashlib.sha256(drawn(path).tobytes()).hexdigest() for path in paths}
    (HERE / "pixels.json").write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()
