"""Photographs drawn twice as large from files of 40 dB: redraw's, and other codecs' enlarged.

    python -m benchmarks.coded_larger [--pictures FOLDER] [--psnr 40] [--record]

Each picture is halved (averages over 2 x 2 pixels, in 8 bits) and coded; what is drawn at the size
of the picture is compared with it, in dB. Of redraw with the network for subpixel detail and
without it; beside them the cubic spline and Lanczos's filter of the halved picture's exact pixels,
and what other codecs give of no more bytes than redraw's file with its network, decoded and
enlarged by Lanczos's filter.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import redraw
from benchmarks.between import averaged, floor
from benchmarks.recording import Recorder, machine
from benchmarks.storage import CODERS
from redraw.metrics import psnr
from redraw.signals.picture.reading import read

FACTOR, UNITS = 2, 16
# Of each codec, its settings from coarse to fine.
RIVALS: dict[str, Sequence[float]] = {
    "JPEG": range(1, 101),
    "WebP": range(101),
    "AVIF (Pillow)": range(101),
    "AVIF (avifenc, tune=psnr)": range(63, -1, -1),
    "JPEG XL (cjxl -e 7)": np.geomspace(15.0, 0.1, 100).tolist(),
}


def lanczos(levels: np.ndarray) -> np.ndarray:
    """A decoded picture at twice the size. (h, w, 3) of 8 bits to (2 h, 2 w, 3) in [0, 1]"""
    size = (levels.shape[1] * FACTOR, levels.shape[0] * FACTOR)
    planes = [Image.fromarray(plane.astype(np.float32)) for plane in np.moveaxis(levels, 2, 0)]
    larger = [np.asarray(plane.resize(size, Image.Resampling.LANCZOS)) for plane in planes]
    return (np.stack(larger, axis=-1) / 255.0).clip(0.0, 1.0)


def by_rival(name: str, levels: np.ndarray, most: int) -> tuple[int, np.ndarray]:
    """Bytes and decoded levels of the finest setting that takes no more bytes."""
    settings, image = RIVALS[name], Image.fromarray(levels)
    low, high = 0, len(settings) - 1
    best = CODERS[name](image, settings[0])
    while low < high:
        middle = (low + high + 1) // 2
        found = CODERS[name](image, settings[middle])
        if found[0] <= most:
            low, best = middle, found
        else:
            high = middle - 1
    return best[0], best[1]


def measured(path: Path, wanted: float, folder: Path) -> dict[str, tuple[float, int]]:
    """Of each way: dB of the drawing, and bytes (0 of exact pixels)."""
    truth = read(path).values
    levels = np.rint(averaged(truth, FACTOR) * 255.0).astype(np.uint8)
    size = (truth.shape[1], truth.shape[0])
    found = {
        "exact pixels, cubic spline": (psnr(floor(levels / np.float32(255), FACTOR), truth), 0),
        "exact pixels, Lanczos": (psnr(lanczos(levels), truth), 0),
    }
    for name, units in (("redraw, spline alone", 0), ("redraw", UNITS)):
        target = folder / f"{path.stem}-{units}.redraw"
        redraw.fit(levels, model="wavelet", psnr=wanted, subpixel=units).save(target)
        drawn = redraw.load(target).render(*size).values
        found[name] = psnr(drawn, truth), target.stat().st_size
    for name in RIVALS:
        taken, decoded = by_rival(name, levels, found["redraw"][1])
        found[f"{name}, Lanczos"] = psnr(lanczos(decoded), truth), taken
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--psnr", type=float, default=40.0, help="of the halved pictures, in dB")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("coded_larger", 2)
    print(machine())
    rows: dict[str, list[tuple[float, int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(args.pictures.glob("*.png")):
            for name, row in measured(path, args.psnr, Path(folder)).items():
                rows.setdefault(name, []).append(row)
                recorder.add(name, path.stem, f"dB at {FACTOR}x", [row[0]])
                recorder.add(name, path.stem, "bytes", [row[1]])
            print(f"  {path.stem}", flush=True)
    for name, row in rows.items():
        quality, size = np.mean(row, axis=0)
        print(
            f"{name:34} {quality:6.2f} dB {size:9,.0f} B   " + " ".join(f"{q:.2f}" for q, _ in row)
        )
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
