"""Writes the golden coded files that are missing, and the hashes of all.

Those up to "tiles" were made with model 0 and the usual colour rows, which nothing writes now.
"""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from redraw.coding.analysis import Analysis
from redraw.coding.colour_rows import principal
from redraw.coding.picture import Quantised
from redraw.fields.subpixel_size import in_subpixel_detail
from redraw.kernels.filter_layout import weights_of
from redraw.storage.about import About
from redraw.storage.coded_file import (
    chunk_of_network,
    chunks_of_picture,
    default_colour,
    picture_of,
)
from redraw.storage.container import chunks_of, packed

HERE = Path(__file__).parent / "coded"
# Name: height, width, channels, depth, step, the exponent of a tile's side, and of those with
# exact pixels by how much they are off.
CASES = {
    "rgb": (21, 34, 3, 8, 60_000, 0),
    "rgb-fine": (9, 13, 3, 8, 900, 0),
    "grey16": (17, 12, 1, 16, 150_000, 0),
    "alpha": (10, 19, 4, 8, 30_000, 0),
    "thin": (1, 40, 2, 8, 20_000, 0),
    "dot": (1, 1, 3, 8, 256, 0),
    "tiles": (70, 133, 3, 8, 150_000, 6),
    "warm": (48, 61, 3, 8, 40_000, 0),
    "warm16": (30, 21, 4, 16, 200_000, 0),
    "exact": (24, 31, 4, 8, 160_000, 0, 0),
    "exact16": (14, 19, 1, 16, 900_000, 0, 0),
    "nearly": (66, 17, 3, 8, 160_000, 6, 2),
    "filtered": (70, 91, 3, 8, 60_000, 6),
    "subpixel": (12, 17, 3, 8, 60_000, 0),
}


def main():
    """Write what is missing, and the hashes of all."""
    hashes = {}
    for name, (height, width, channels, depth, step, tile, *off) in CASES.items():
        rng = np.random.default_rng(0)
        y, x, c = np.mgrid[:height, :width, :channels]
        values = 0.5 + 0.3 * np.sin(x / 4 + c) * np.cos(y / 5) + 0.2 * (np.hypot(x - 8, y - 8) < 5)
        values += 0.02 * rng.standard_normal(values.shape)
        pixels = np.rint(np.clip(values, 0, 1) * (2**depth - 1)).astype(np.uint16)
        path = HERE / f"{name}.redraw"
        if not path.exists():
            colours = principal(pixels) if channels == 3 else ()
            analysis = Analysis.by(pixels, depth, tile=tile, colours=colours)
            about = About((width, height), default_colour(channels, depth))
            written = analysis.written(step, threads=1)
            if off:
                written = written.with_exact(pixels, off[0], channels in (2, 4), 1)
            coded = written.coded
            if name == "filtered":  # by weights that no picture asks for: all are used
                weights = tuple(rng.integers(-12, 13, weights_of(channels)).tolist())
                coded = replace(coded, about=replace(coded.about, filter_weights=weights))
            chunks = chunks_of_picture(coded, about)
            if name == "subpixel":  # one that has learned nothing
                chunks.append(chunk_of_network(0.3 * rng.standard_normal(in_subpixel_detail(5)), 5))
            path.write_bytes(packed(chunks))
        coded, _ = picture_of(chunks_of(path.read_bytes(), name)[0], name)
        made = np.ascontiguousarray(Quantised.of(coded).pixels(), "<u2")
        hashes[name] = hashlib.sha256(made.tobytes()).hexdigest()
    (HERE / "pixels.json").write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()
