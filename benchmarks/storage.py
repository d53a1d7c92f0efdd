"""Photographs in bytes: redraw beside JPEG, WebP, AVIF (two of them) and JPEG XL.

    python -m benchmarks.storage FOLDER [--numbers 1 5 8 13 15 20 23 24] [--codecs redraw JPEG ...]
                                 [--points 7] [--curves FILE] [--save docs/pictures/storage.png]
                                 [--record]

Real bytes of files on disk, and RGB PSNR of what each decoder gives back, 8 bits. Mean bits per
pixel of all pictures at equal quality, by monotone interpolation of each one's own curve; BD-rate
(Bjontegaard 2001, by the same interpolation) of redraw over each: of what a fit writes at once, and
of what one writes that has `--seconds 60` or 300 and the same quality to reach. AVIF is named
twice: Pillow's, which is not tuned for PSNR, and `avifenc -s 6 -y 444 -a tune=psnr`. `avifenc` and
`cjxl` are left out with a note where they are not installed. Beside each rate stand the seconds by
the clock that encoding took, by straight lines between an encoder's settings: on two threads where
it has any, written files and starting programs included, on a machine that is quiet. With --curves
a file keeps what was measured: what stands in it is not measured again (of one without seconds none
are told). The plot has published points beside it (`PUBLISHED`).
"""

import argparse
import contextlib
import io
import itertools
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.recording import Recorder
from redraw.coding.analysis import Analysis
from redraw.coding.description import Coded
from redraw.coding.picture import pixels_of, planes_of
from redraw.coding.stronger import finer, stronger
from redraw.engines.coded.solver import CodingSolver
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour, picture_of
from redraw.storage.container import chunks_of, packed

# Over which BD-rates are told, in dB; the first is all.
RANGES = ((0.0, 99.0), (24.0, 37.0), (28.0, 34.0), (36.0, 44.0))
QUALITIES = (24.0, 26.0, 28.0, 30.0, 32.0, 34.0, 36.0, 38.0, 40.0, 42.4, 44.0)
# Of each encoder, its quality settings from coarse to fine.
SETTINGS = {
    "redraw": (180, 90, 48, 26, 14, 7.5, 5),
    "redraw, 60 s": (180, 90, 60, 40, 26),
    "redraw, 5 min": (180, 90, 60, 40, 26),
    "JPEG": (8, 20, 50, 80, 92, 97, 99),
    "WebP": (1, 10, 50, 80, 93, 98, 100),
    "AVIF (Pillow)": (12, 30, 50, 68, 82, 92, 97),
    "AVIF (avifenc, tune=psnr)": (62, 54, 40, 27, 16, 7, 3),
    "JPEG XL (cjxl -e 7)": (15.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.25),
}
# As published, with what encoding takes: (bits per pixel, dB), means of the pictures measured here
# where that is said, else of all 24 Kodak pictures, to which lines of eight do not compare.
PUBLISHED = {
    "Cool-Chic 5, minutes to hours, these eight": ((0.538, 32.0), (0.928, 36.0), (1.499, 40.0)),
    "Cool-Chic 5, all 24": ((0.48, 34.5),),
    "VTM, minutes, all 24": ((0.49, 34.26),),
    "RECOMBINER, optimised on a GPU, all 24": ((0.49, 31.95),),
    "COIN++, learned from other pictures, all 24": ((0.54, 27.8),),
}
NEEDED = {"AVIF (avifenc, tune=psnr)": "avifenc", "JPEG XL (cjxl -e 7)": "cjxl"}
Coder = Callable[[Image.Image, float], tuple[int, np.ndarray, float]]


def by_redraw(picture: Image.Image, setting: float) -> tuple[int, np.ndarray, float]:
    """Bytes, what comes back (H, W, 3), and seconds of encoding."""
    began = time.perf_counter()
    return _finished(picture, _analysed(picture).coded(round(setting * 64 * 256)), began)


def by_redraw_with_time(seconds: float) -> "Coder":
    """The same, made smaller by the steps of a fit that has so many seconds.

    What they would give up is given up here, too.
    """

    def run(picture: Image.Image, setting: float) -> tuple[int, np.ndarray, float]:
        began = time.perf_counter()

        def look_up() -> None:
            if time.perf_counter() - began > seconds:
                raise TimeoutError

        analysis = _analysed(picture)
        made = analysis.written(round(setting * 64 * 256))
        quality = psnr(analysis.pixels, made.quantised.pixels())
        with contextlib.suppress(TimeoutError):
            for _ in range(CodingSolver.timed_steps - 1):
                look_up()
                better = None
                for improved in (stronger, finer):
                    better = better or improved(
                        analysis, made.quantised, quality=quality, between=look_up
                    )
                if better is None:
                    break
                made = better
        return _finished(picture, made.coded, began)

    return run


def _analysed(picture: Image.Image) -> Analysis:
    """As a fit has it."""
    return replace(Analysis.of(np.array(picture).astype(np.uint16), 8), filtered=True)


def _finished(picture: Image.Image, coded: Coded, began: float) -> tuple[int, np.ndarray, float]:
    """Bytes of a file, what comes back (H, W, 3), and seconds since."""
    data = packed(chunks_of_picture(coded, About(picture.size, default_colour(3, 8))))
    took = time.perf_counter() - began
    back, _ = picture_of(chunks_of(data, "it")[0], "it")
    return len(data), pixels_of(back.about, planes_of(back)), took


def by_pillow(kind: str, **options: object) -> Coder:
    """An encoder that comes with Pillow."""

    def run(picture: Image.Image, setting: float) -> tuple[int, np.ndarray, float]:
        buffer = io.BytesIO()
        began = time.perf_counter()
        picture.save(buffer, kind, quality=int(setting), **options)
        took = time.perf_counter() - began
        return buffer.tell(), np.array(Image.open(buffer).convert("RGB")), took

    return run


def by_avifenc(picture: Image.Image, setting: float) -> tuple[int, np.ndarray, float]:
    """libavif's own program, tuned for PSNR."""
    level = str(int(setting))
    options = ["--min", level, "--max", level, "-s", "6", "-y", "444", "-a", "tune=psnr"]
    return _by_program(picture, ["avifenc", *options, "-j", "2"], "avif")


def by_cjxl(picture: Image.Image, setting: float) -> tuple[int, np.ndarray, float]:
    """libjxl's own program."""
    return _by_program(picture, ["cjxl", "-d", str(setting), "-e", "7"], "jxl")


def _by_program(
    picture: Image.Image, command: list[str], ending: str
) -> tuple[int, np.ndarray, float]:
    with tempfile.TemporaryDirectory() as folder:
        source, target, back = (Path(folder) / f"it.{e}" for e in ("png", ending, "back.png"))
        picture.save(source)
        began = time.perf_counter()
        subprocess.run([*command, source, target], check=True, capture_output=True)
        took = time.perf_counter() - began
        if ending == "jxl":
            subprocess.run(["djxl", target, back], check=True, capture_output=True)
        else:
            back = target
        return target.stat().st_size, np.array(Image.open(back).convert("RGB")), took


CODERS: dict[str, Coder] = {
    "redraw": by_redraw,
    "redraw, 60 s": by_redraw_with_time(60.0),
    "redraw, 5 min": by_redraw_with_time(300.0),
    "JPEG": by_pillow("JPEG", subsampling=0, optimize=True),
    "WebP": by_pillow("WEBP", method=6),
    "AVIF (Pillow)": by_pillow("AVIF", subsampling="4:4:4"),
    "AVIF (avifenc, tune=psnr)": by_avifenc,
    "JPEG XL (cjxl -e 7)": by_cjxl,
}
# Of each setting: bits per pixel, dB, and seconds of encoding, which older files of curves lack.
Curve = list[tuple[float, ...]]
Curves = dict[str, dict[int, Curve]]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """In dB of 8 bits."""
    error = np.mean((a.astype(np.float64) - b) ** 2)
    return 10.0 * math.log10(255.0**2 / error) if error else math.inf


def interpolated(curve: Curve, qualities: np.ndarray) -> np.ndarray:
    """Logarithms of bits per pixel at qualities; nan outside of what was measured."""
    from scipy.interpolate import PchipInterpolator

    points = sorted({round(quality, 4): math.log(rate) for rate, quality, *_ in curve}.items())
    x, y = zip(*points, strict=True)
    return PchipInterpolator(x, y, extrapolate=False)(qualities)


def seconds_at(curve: Curve, qualities: np.ndarray) -> np.ndarray:
    """Seconds of encoding at qualities; nan outside of what was measured, and with seconds."""
    points = sorted((point[1], point[2]) for point in curve if len(point) > 2)
    if not points:
        return np.full(len(qualities), math.nan)
    x, y = zip(*points, strict=True)
    return np.interp(qualities, x, y, left=math.nan, right=math.nan)


def bd_rate(own: Curve, other: Curve, least: float = 0.0, most: float = 99.0) -> float:
    """By how many percent `own` is larger at equal quality, over the part that both cover."""
    low = max(least, *(min(q for _, q, *_ in curve) for curve in (own, other)))
    high = min(most, *(max(q for _, q, *_ in curve) for curve in (own, other)))
    if high <= low:
        return math.nan
    at = np.linspace(low + 1e-3, high - 1e-3, 100)
    difference = interpolated(own, at) - interpolated(other, at)
    return (math.exp(float(np.nanmean(difference))) - 1.0) * 100.0


def read(path: Path | None) -> Curves:
    """What was measured before."""
    if path is None or not path.is_file():
        return {}
    kept = json.loads(path.read_text())
    return {name: {int(n): curve for n, curve in of.items()} for name, of in kept.items()}


def measure(name: str, curves: dict[int, Curve], args: argparse.Namespace) -> None:
    """Add the curves of one encoder that are missing."""
    seconds = []
    for number in args.numbers:
        if number in curves:
            continue
        picture = Image.open(args.folder / f"kodim{number:02d}.png").convert("RGB")
        pixels = picture.width * picture.height
        curves[number] = []
        for setting in SETTINGS[name][: args.points]:
            size, back, took = CODERS[name](picture, setting)
            curves[number].append((8 * size / pixels, psnr(np.array(picture), back), took))
            seconds.append(took)
    if seconds:
        print(f"{name}: {np.median(seconds):.2f} s a picture", file=sys.stderr, flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", nargs="*", type=int, default=[1, 5, 8, 13, 15, 20, 23, 24])
    parser.add_argument("--codecs", nargs="*", default=list(CODERS))
    parser.add_argument("--points", type=int, default=7)
    parser.add_argument("--curves", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    kept = read(args.curves)
    for name in args.codecs:
        if name in NEEDED and not shutil.which(NEEDED[name]):
            print(f"{name} is left out: {NEEDED[name]} is not installed", file=sys.stderr)
            continue
        measure(name, kept.setdefault(name, {}), args)
        if args.curves:
            args.curves.write_text(json.dumps(kept))
    found = {name: {n: kept[name][n] for n in args.numbers} for name in args.codecs if name in kept}
    recorder = Recorder("storage", 2)
    at = np.array(QUALITIES)
    print("dB    " + "  ".join(f"{name[:26]:>26}" for name in found))
    rates, took = {}, {}
    for name, curves in found.items():
        logs = np.stack([interpolated(curve, at) for curve in curves.values()])
        rates[name] = np.exp(logs).mean(axis=0)
        each = np.stack([seconds_at(curve, at) for curve in curves.values()])
        took[name] = each.mean(axis=0)
        for k, quality in enumerate(QUALITIES):
            if math.isfinite(rates[name][k]):
                subject = f"{len(curves)} Kodak"
                recorder.add(name, subject, f"bpp at {quality:g} dB", [rates[name][k]])
                if math.isfinite(took[name][k]):
                    recorder.add(name, subject, f"encoding seconds at {quality:g} dB", each[:, k])
    for k, quality in enumerate(QUALITIES):
        told = (f"{rates[name][k]:15.3f} {took[name][k]:8.2f} s" for name in found)
        print(f"{quality:<5g} " + "  ".join(told))
    differences(found, recorder)
    if args.save:
        plot(found, args.save)
    if args.record:
        recorder.save()


def differences(found: Curves, recorder: Recorder) -> None:
    """Of redraw over all others, and of redraw with time over redraw."""
    ours = [name for name in found if name.startswith("redraw")]
    for own, name in itertools.product(ours, found):
        if own == name or (own == "redraw" and name in ours):
            continue
        told = []
        for least, most in RANGES:
            each = [bd_rate(found[own][n], found[name][n], least, most) for n in found[own]]
            if np.isnan(each).all():
                continue
            value = float(np.nanmean(each))
            told.append(f"{value:+.1f} % at {least:g}-{most:g} dB")
            recorder.add(f"{own} over {name}", f"{least:g}-{most:g} dB", "BD-rate %", [value])
        print(f"{own} over {name}: {', '.join(told)}")


def plot(found: Curves, path: Path) -> None:
    """Mean rates over quality."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.6, 5.0))
    at = np.linspace(26, 45, 80)
    for name, curves in found.items():
        rate = np.exp(np.stack([interpolated(curve, at) for curve in curves.values()])).mean(axis=0)
        strong = name == "redraw"
        axes.plot(rate, at, label=name, lw=2.4 if strong else 1.3, zorder=3 if strong else 2)
    for (name, points), mark in zip(PUBLISHED.items(), "*+D^v", strict=True):
        line = f"{mark}:" if len(points) > 1 else mark
        axes.plot(*zip(*points, strict=True), line, ms=6, lw=0.8, color="0.3", label=name)
    axes.set_xscale("log")
    shown = (0.35, 0.5, 0.7, 1, 1.4, 2, 2.8, 4, 5.6)
    axes.set_xticks(shown, labels=[f"{rate:g}" for rate in shown])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("bits per pixel, mean of the pictures")
    axes.set_ylabel("PSNR (dB)")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=7.5)
    figure.tight_layout()
    figure.savefig(path, dpi=130)


if __name__ == "__main__":
    main()
