"""How quickly coded photographs are opened: in a warm process, and from the shell.

    python -m benchmarks.decoding FOLDER [--numbers 1 5 8 13 15 20 23 24] [--psnr 40] [--lossless]
                                  [--rounds 5] [--busy] [--record]

Seconds by the clock and of the processor, the median of rounds: unpacking on one thread and on two,
planes and pixels included; `redraw render photo.redraw photo.png` and `redraw info photo.redraw`,
each a process of its own, with Python's modules compiled, as every installation has them. Asked
for: .35 s on two threads at 40 dB, .8 s, .3 s. Wants a quiet machine; on a busy one `--busy` tells
and records what the processor takes alone, of all threads, which is more than what a quiet machine
with two cores needs by the clock.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.recording import Recorder
from redraw.coding import search
from redraw.coding.analysis import Analysis
from redraw.coding.description import Coded
from redraw.coding.picture import Quantised
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour
from redraw.storage.container import packed


def processor_seconds() -> float:
    """Of all threads here, and of processes that have ended."""
    return time.process_time() + sum(os.times()[2:4])


def timed(work: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds by the clock and of the processor of each round, after one that does not count."""
    work()
    clock, processor = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), processor_seconds()
        work()
        clock.append(time.perf_counter() - began)
        processor.append(processor_seconds() - used)
    return clock, processor


def unpack(coded: Coded, threads: int) -> NDArray[np.uint16]:
    """The pixels of a coded picture. (H, W, C)"""
    return Quantised.of(coded, threads=threads).pixels(threads=threads)


def installed(folder: str) -> dict[str, str]:
    """Surroundings in which modules are compiled once, whatever is set here."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", nargs="*", type=int, default=[1, 5, 8, 13, 15, 20, 23, 24])
    parser.add_argument("--psnr", type=float, default=40.0)
    parser.add_argument("--lossless", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("decoding", 2)
    kind = "lossless" if args.lossless else f"{args.psnr:g} dB"
    means: dict[str, list[float]] = {}
    for number in args.numbers:
        pixels = np.array(Image.open(args.folder / f"kodim{number:02d}.png").convert("RGB"))
        analysis = Analysis.of(pixels.astype(np.uint16), 8)
        if args.lossless:
            written = search.beside_exact(analysis, 1.0).with_exact(analysis.pixels, 0, False, 2)
        else:
            written = search.with_psnr(analysis, args.psnr)[0]
        coded = written.coded
        size = pixels.shape[1], pixels.shape[0]
        data = packed(chunks_of_picture(coded, About(size, default_colour(3, 8))))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "photo.redraw"
            path.write_bytes(data)
            command = [sys.executable, "-m", "redraw"]
            render = [*command, "render", path, Path(folder) / "photo.png", "--force", "--quiet"]
            told = [*command, "info", path]
            run = partial(subprocess.run, check=True, capture_output=True, env=installed(folder))
            cases: dict[str, Callable[[], object]] = {
                "one thread": partial(unpack, coded, 1),
                "two threads": partial(unpack, coded, 2),
                "redraw render": partial(run, render),
                "redraw info": partial(run, told),
            }
            for name, work in cases.items():
                clock, processor = timed(work, args.rounds)
                shown = processor if args.busy else clock
                means.setdefault(name, []).append(float(np.median(shown)))
                if not args.busy:
                    recorder.add(f"{name}, {kind}", f"kodim{number:02d}", "seconds", clock)
                recorder.add(f"{name}, {kind}", f"kodim{number:02d}", "CPU seconds", processor)
    what = "CPU s" if args.busy else "s"
    for name, found in means.items():
        each = " ".join(f"{value:.2f}" for value in found)
        print(f"{name:14} {kind}: mean {np.mean(found):.3f} {what} ({each})")
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
