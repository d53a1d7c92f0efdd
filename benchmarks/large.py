"""Pictures larger than memory: time and bytes per pixel, memory, quality, and drawing any part.

    python -m benchmarks.large [--sizes 4,16,64] [--record] [--keep FOLDER]

The pictures are mosaics of photographs in squares of 512 pixels, each taken at one of four scales,
written as tiled BigTIFF without compression. Each fit is a process of its own. Seconds are told
twice: as they passed, and as the processor counted them over both cores; on a machine that others
use, the second tells more. Memory is the process's largest resident size. Up to 64 megapixels all
pixels are drawn again and compared; beyond, one strip of 1,024 rows in every 8,192.

Published for one picture of 1,200 megapixels (Tokyo): ACORN 36.9 hours for 38.6 dB (Martel et al.
2021, "ACORN: adaptive coordinate networks for neural scene representation"), instant-ngp 4 minutes
for 41.9 dB, both on a graphics processor (Müller et al. 2022, "Instant neural graphics primitives
with a multiresolution hash encoding").
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.memory import peak
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import KODAK, kodak
from redraw.coordinates import Region
from redraw.engines.threads import usable_threads
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import drawer_of

SIZES = (0.04, 1.0, 4.0, 16.0, 64.0, 256.0, 1000.0)
SQUARE = 512
SCALES = (0.5, 1.0, 1.4, 2.0)
WHOLE = 64e6  # pixels up to which all are compared
REGION = 1024
ZOOMS = (4.0, 1.0, 1 / 2, 1 / 3, 1 / 8, 1 / 30)


def squares(seed: int):
    """Squares of photographs at varied scale, in an order that depends on the seed."""
    random = np.random.default_rng(seed)
    loaded = [np.rint(kodak(n).values * 255).astype(np.uint8) for n in KODAK]
    while True:
        picture = loaded[random.integers(len(loaded))]
        side = max(8, round(SQUARE / SCALES[random.integers(len(SCALES))]))
        side = min(side, *picture.shape[:2])
        y, x = (random.integers(0, n - side + 1) for n in picture.shape[:2])
        part = Image.fromarray(picture[y : y + side, x : x + side])
        made = np.asarray(part.resize((SQUARE, SQUARE), Image.Resampling.BICUBIC))
        yield np.ascontiguousarray(np.rot90(made, random.integers(4)))


def make(path: Path, megapixels: float) -> None:
    """A mosaic as a tiled TIFF."""
    import pyvips

    side = max(1, round(math.sqrt(megapixels * 1e6)))
    raw = path.with_suffix(".raw")
    found = np.memmap(raw, np.uint8, "w+", shape=(side, side, 3))
    source = squares(round(megapixels * 100))
    for y in range(0, side, SQUARE):
        for x in range(0, side, SQUARE):
            part = found[y : y + SQUARE, x : x + SQUARE]
            part[:] = next(source)[: part.shape[0], : part.shape[1]]
    found.flush()
    image = pyvips.Image.rawload(str(raw), side, side, 3).copy(interpretation="srgb")
    image.tiffsave(str(path), tile=True, bigtiff=True, tile_width=256, tile_height=256)
    raw.unlink()


def fit(path: Path, output: Path) -> None:
    """In a process of its own: fit, and print what it took."""
    from redraw.fitting.large.fit import fit_large

    fit_large(
        strips_of(np.zeros((600, 600, 3), np.uint8)), output.with_name("w.redraw"), force=True
    )
    began, used = time.perf_counter(), time.process_time()
    result = fit_large(strips_of(path), output, force=True)
    told = {
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "memory": peak(),
        "told": result.psnr,
        "bytes": result.bytes,
    }
    print(json.dumps(told))


def quality(path: Path, field: Path) -> float:
    """In dB, of what is drawn."""
    drawer, about = drawer_of(field, usable_threads())
    source = strips_of(path)
    width, height = about.size
    rows = REGION if width * height <= WHOLE else 8 * REGION
    error = count = 0.0
    for top in range(0, height, rows):
        bottom = min(top + REGION, height)
        wanted = source.rows(top, bottom).astype(np.float64) / 255.0
        canvas = Canvas.of(about.size, region=Region(0, top, width, bottom))
        error += float(((draw(drawer, canvas) - wanted) ** 2).sum())
        count += wanted.size
    return 10.0 * math.log10(count / error)


def drawing(field: Path, zoom: float, times: int) -> tuple[list[float], list[float]]:
    """Seconds, passed and of the processor, from the file to a region of 1024 x 1024."""
    random = np.random.default_rng(0)
    passed, processor = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        drawer, about = drawer_of(field, usable_threads())
        side = REGION / zoom
        left, top = (float(random.uniform(0, max(n - side, 0.0))) for n in about.size)
        if zoom <= 1:
            left, top = math.floor(left), math.floor(top)
        box = Region(left, top, min(left + side, about.size[0]), min(top + side, about.size[1]))
        draw(drawer, Canvas.of(about.size, width=REGION, height=REGION, region=box))
        passed.append(time.perf_counter() - began)
        processor.append(time.process_time() - used)
    return passed, processor


def main() -> None:
    """Measure, print, and record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES[:5])), help="megapixels")
    parser.add_argument("--draws", type=int, default=3, help="of each region")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for pictures and fields")
    parser.add_argument("--fit", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit(*options.fit)
        return
    recorder = Recorder("large", usable_threads())
    print(machine())
    print(
        f"{'MP':>7} {'s':>7} {'cpu s':>7} {'MP/s':>6} {'cpu s/MP':>8} {'bpp':>6} {'dB':>6} told"
        f" {'MiB':>6}  seconds to draw 1024 x 1024 at " + " ".join(f"{z:.3g}" for z in ZOOMS)
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for size in map(float, options.sizes.split(",")):
            path, field = folder / f"{size:g}.tif", folder / f"{size:g}.redraw"
            if not path.exists():
                make(path, size)
            command = [sys.executable, "-m", "benchmarks.large", "--fit", str(path), str(field)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            told = json.loads(done.stdout.splitlines()[-1])
            pixels = round(math.sqrt(size * 1e6)) ** 2
            psnr = quality(path, field)
            subject = f"{size:g} megapixels"
            drawing(field, 0.9, 1)
            seen = [drawing(field, zoom, options.draws) for zoom in ZOOMS]
            shown = " ".join(f"{np.median(p):.2f} ({np.median(c):.2f})" for p, c in seen)
            print(
                f"{size:>7g} {told['seconds']:>7.1f} {told['processor']:>7.1f}"
                f" {pixels / 1e6 / told['seconds']:>6.2f}"
                f" {told['processor'] / pixels * 1e6:>8.3f} {8 * told['bytes'] / pixels:>6.3f}"
                f" {psnr:>6.2f} {told['told']:.2f} {told['memory'] / 2**20:>6.0f}  {shown}",
                flush=True,
            )
            for metric, value in (
                ("seconds", told["seconds"]),
                ("processor seconds per megapixel", told["processor"] / pixels * 1e6),
                ("bits per pixel", 8 * told["bytes"] / pixels),
                ("PSNR", psnr),
                ("memory, MiB", told["memory"] / 2**20),
            ):
                recorder.add("fit", subject, metric, [value])
            for zoom, (passed, processor) in zip(ZOOMS, seen, strict=True):
                recorder.add(f"draw at {zoom:.3g}", subject, "seconds", passed)
                recorder.add(f"draw at {zoom:.3g}", subject, "processor seconds", processor)
            if not options.keep:
                path.unlink()
                field.unlink()
    if options.record:
        recorder.save()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(usable_threads()))
    main()
