"""Makes the models that coded pictures begin with, from a folder of photographs.

    python -m benchmarks.warming FOLDER src/redraw/coding/model-2.bin

A file that was written with a model is read with that model for ever: what is made here is a new
kind, with a number of its own, a line in docs/format.md and its hash in the tests. Model 1 was made
of 27 photographs (Debian's wallpapers of Lomiri, MATE and Plasma, those that come with scikit-image
and scikit-learn), none of them among those that docs/storage.md measures. Nothing of a photograph
is in it but how often what followed what.

Each picture is averaged to a short side of about 800 or 1100 pixels, which removes the traces of
JPEG, and a part of it is written at two steps; the two streams' models go on from one to the next.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from redraw.coding import streams, tables
from redraw.coding.analysis import PRICE, Analysis
from redraw.coding.pyramid import steps_of
from redraw.kernels import quantising

# In 1/255 of the range; a picture takes two of them.
STEPS = (4.0, 7.0, 11.0, 16.0, 24.0, 36.0, 60.0)
SIDES, PART = (800, 1100), (384, 512)
# Counts are at most this, so that a picture's own coefficients soon say more.
MOST_COUNTED = 24


def parts(folder: Path) -> list[np.ndarray]:
    """A part of each picture. (H, W, 3) uint16"""
    rng = np.random.default_rng(0)
    found = []
    for path in sorted(folder.iterdir()):
        picture = Image.open(path).convert("RGB")
        picture = picture.reduce(max(1, round(min(picture.size) / SIDES[rng.integers(2)])))
        top, left = (
            int(rng.integers(max(1, have - want + 1)))
            for have, want in zip(picture.size[::-1], PART, strict=True)
        )
        found.append(np.array(picture)[top : top + PART[0], left : left + PART[1]])
    return [part.astype(np.uint16) for part in found]


def learn(models: list[tables.Model], pixels: np.ndarray, step: float) -> None:
    """Write a picture, so that the models learn from it."""
    analysis = Analysis.of(pixels, 8, step=step)
    about, pyramid = analysis.about, analysis.about.pyramid
    steps = steps_of(round(step * 64 * 256), about.levels)
    exact = np.empty(analysis.coefficients.shape, np.float32)
    for plane, level, third in pyramid.bands:
        part = pyramid.part(level, third)
        quantising.in_steps(analysis.coefficients[plane], part, steps[level, third], exact[plane])
    h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
    corners = np.rint(analysis.coefficients[:, :h, :w] * (256.0 / steps[-1, 3])).astype(np.int32)
    room = 8 * exact.size
    made = [streams.Stream(np.empty(room, np.uint8), model) for model in models]
    coefficients = np.zeros(pyramid.count, np.int32)
    streams.code(pyramid, coefficients, corners, made, exact=exact, price=PRICE)


def main() -> None:
    """Learn from all pictures and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    pictures = parts(args.folder)
    works = [(i, STEPS[(i + k) % len(STEPS)]) for i in range(len(pictures)) for k in (0, 3)]
    models = [tables.Model.fresh(), tables.Model.fresh()]
    for index in np.random.default_rng(1).permutation(len(works)):
        picture, step = works[index]
        learn(models, pictures[picture], step)
    for model in models:
        counts = np.minimum(model.table & np.uint32(1023), np.uint32(MOST_COUNTED))
        model.table[:] = model.table & ~np.uint32(1023) | counts
    args.target.write_bytes(tables.packed_models(models))


if __name__ == "__main__":
    main()
