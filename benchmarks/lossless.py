"""Exact pixels in bytes: redraw beside PNG, lossless WebP and lossless JPEG XL.

    python -m benchmarks.lossless FOLDER [--numbers 1 5 8 13 15 20 23 24] [--off 0] [--only redraw]
                                  [--record]

Bits per pixel of real files, each read back and compared with the pixels. JPEG XL is measured where
the package pillow-jxl-plugin is installed. With --off N no value may be off by more than N levels,
and only redraw is measured.
"""

import argparse
import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.recording import Recorder
from redraw.coding.analysis import Analysis
from redraw.coding.picture import Quantised
from redraw.coding.search import STEP_BESIDE_EXACT, beside_exact
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour, picture_of
from redraw.storage.container import chunks_of, packed

Made = tuple[int, np.ndarray]


def by_redraw(off: int) -> Callable[[Image.Image], Made]:
    """What `redraw fit --lossless` writes, without the network for subpixel detail."""

    def run(picture: Image.Image) -> Made:
        pixels = np.array(picture).astype(np.uint16)
        analysis = Analysis.of(pixels, 8, step=STEP_BESIDE_EXACT)
        coded = beside_exact(analysis, 1.0).with_exact(pixels, off, False, 2).coded
        data = packed(chunks_of_picture(coded, About(picture.size, default_colour(3, 8))))
        return len(data), Quantised.of(picture_of(chunks_of(data, "it")[0], "it")[0]).pixels()

    return run


def by_pillow(kind: str, **options: object) -> Callable[[Image.Image], Made]:
    """An encoder of Pillow or of a package that adds to it."""

    def run(picture: Image.Image) -> Made:
        buffer = io.BytesIO()
        picture.save(buffer, kind, **options)
        return buffer.tell(), np.array(Image.open(buffer).convert("RGB"))

    return run


def coders(off: int) -> dict[str, Callable[[Image.Image], Made]]:
    """Who is measured."""
    if off:
        return {f"redraw, off by {off}": by_redraw(off)}
    found = {
        "redraw": by_redraw(0),
        "PNG (Pillow, optimize)": by_pillow("PNG", optimize=True),
        "WebP (lossless, method 6)": by_pillow("WEBP", lossless=True, quality=100, method=6),
    }
    try:
        import pillow_jxl  # noqa: F401 (it tells Pillow of itself)
    except ImportError:
        return found
    return found | {"JPEG XL (lossless, effort 7)": by_pillow("JXL", lossless=True, effort=7)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", nargs="*", type=int, default=[1, 5, 8, 13, 15, 20, 23, 24])
    parser.add_argument("--off", type=int, default=0)
    parser.add_argument("--only", default="", help="those whose name begins so")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("lossless", 2)
    for name, run in coders(args.off).items():
        if not name.startswith(args.only):
            continue
        rates, seconds = [], []
        for number in args.numbers:
            picture = Image.open(args.folder / f"kodim{number:02d}.png").convert("RGB")
            began = time.process_time()
            size, back = run(picture)
            seconds.append(time.process_time() - began)
            missed = np.abs(back.astype(int) - np.array(picture)).max()
            assert missed <= args.off, f"{name} is off by {missed} on kodim{number:02d}"
            rates.append(8 * size / (picture.width * picture.height))
            recorder.add(name, f"kodim{number:02d}", "bpp", [rates[-1]])
        each = " ".join(f"{rate:.3f}" for rate in rates)
        print(f"{name:30} {np.mean(rates):.3f} bpp ({each}), {np.median(seconds):.2f} CPU s there")
        recorder.add(name, f"{len(rates)} Kodak", "mean bpp", [float(np.mean(rates))])
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
