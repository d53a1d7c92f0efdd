"""Whether `--seconds` is kept, by the clock: sizes from .04 to 24 megapixels, every default.

A request of S seconds is kept where the whole command takes at most 1.15 S + 1 s, start-up aside,
which the command tells itself.

    python -m benchmarks.seconds [--seconds 10] [--megapixels .04 .4 3 24] [--record]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import scans
from benchmarks.recording import Recorder

# What a default is taken by: a photograph, a drawing in colour, a line drawing; and a network.
CASES = {
    "photograph": (),
    "screenshot": (),
    "line art": (),
    "photograph, spline": ("--model", "spline"),
    "photograph, network": ("--set", "n_levels=8"),
}
SLACK, MORE = 1.15, 1.0


def photograph(width: int, height: int) -> Image.Image:
    """Smooth colours under a little noise."""
    chance = np.random.default_rng(0)
    coarse = Image.fromarray((chance.random((40, 60, 3)) * 255).astype(np.uint8))
    values = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(int)
    values += chance.integers(-6, 7, (height, width, 1))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def main() -> None:
    """Measure, and print a line each."""
    parser = argparse.ArgumentParser(description="Whether --seconds is kept.")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.04, 0.4, 3.0, 24.0])
    parser.add_argument("--cases", nargs="+", default=list(CASES))
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args()
    recorder = Recorder("seconds", len(os.sched_getaffinity(0)))
    for megapixels in asked.megapixels:
        width = round((megapixels * 1.5e6) ** 0.5)
        height = round(megapixels * 1e6 / width)
        for case in asked.cases:
            kind = case.split(",")[0]
            picture = (
                photograph(width, height)
                if kind == "photograph"
                else scans.PAGES[kind](width, height, max(50.0, height / scans.A4[1]))
            )
            last, took = fitted(picture, asked.seconds, CASES[case])
            counted = last["clock"]
            kept = counted <= SLACK * asked.seconds + MORE
            print(
                f"{case:20} {megapixels:5g} MP  {took:6.1f} s in all, {counted:6.1f} counted,"
                f" {last['starting']:5.1f} to start, {last['psnr']:6.2f} dB"
                f"  {'kept' if kept else 'NOT KEPT'}",
                flush=True,
            )
            subject = f"{kind} {megapixels:g} MP"
            recorder.add(f"{case}, {asked.seconds:g} s", subject, "seconds", [counted])
            recorder.add(
                f"{case}, {asked.seconds:g} s", subject, "seconds to start", [last["starting"]]
            )
    if asked.record:
        recorder.save()


def fitted(picture: Image.Image, seconds: float, more: tuple[str, ...]) -> tuple[dict, float]:
    """The last event of a fit by the command line, and the seconds that the process took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        picture.save(path)
        command = [sys.executable, "-m", "redraw", "fit", "picture.png", "--json", "--quiet"]
        began = time.monotonic()
        ended = subprocess.run(
            [*command, "--seconds", f"{seconds:g}", *more],
            capture_output=True,
            cwd=folder,
            text=True,
            check=True,
        )
        took = time.monotonic() - began
    return json.loads(ended.stdout.splitlines()[-1]), took


if __name__ == "__main__":
    main()
