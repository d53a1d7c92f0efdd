"""Whole pages: A4 line art, text and both with colour at 75 to 600 dpi, drawn larger.

    python -m benchmarks.paper [--only text] [--dpi 75 150] [--factor 4] [--methods ...] [--record]

What is learned is the page in 8 bits at that resolution; it is drawn `--factor` times finer in
strips and compared with the page itself, strip by strip. Beside dB: IoU of the ink, seconds to
learn and to draw, and the most memory of the process above what it held before, in multiples of the
picture's floats. Each case runs in a process of its own.
"""

import json
import subprocess
import sys
import time

import numpy as np
from PIL import Image

import redraw
from benchmarks import enlarging
from benchmarks.drawn import paper
from benchmarks.memory import peak, reset_peak
from benchmarks.methods import eight_bits, resampled
from benchmarks.recording import Recorder, machine
from redraw.fitting.plan.presets import PRESETS

DPI = (75, 150, 300, 600)
KEYS = ("dB", "IoU", "learning, s", "drawing, s", "memory, x floats")


def measure(name: str, dpi: int, factor: int, method: str, threads: int) -> dict[str, float]:
    """One page by one method, in this process."""
    small = eight_bits(paper.draw(name, dpi), name)
    width, height = paper.size_at(dpi)
    before = reset_peak()
    began = time.perf_counter()
    fitted = None
    if method not in ("Lanczos", "bicubic"):
        model = None if method == "redraw" else method
        fitted = redraw.fit(small, model=model, threads=threads)
    learned = time.perf_counter()
    error, ink, union = 0.0, 0, 0
    drawing = 0.0
    count = 0
    large = (width * factor, height * factor)
    top = 0
    for truth in _strips(name, dpi, factor, height):
        rows = len(truth)
        began_drawing = time.perf_counter()
        if fitted is None:
            values = _resampled_strip(small.values, large, top, rows, factor, method)
        else:
            y0, y1 = top / large[1], (top + rows) / large[1]
            region = (0.0, y0, 1.0, y1)
            values = fitted.render(*large, region=region, threads=threads).values
        drawing += time.perf_counter() - began_drawing
        values = np.clip(values[:rows], 0, 1)
        error += float(((values.astype(np.float64) - truth) ** 2).sum())
        count += truth.size
        a, b = values[..., 0] < 0.5, truth[..., 0] < 0.5
        ink, union = ink + int((a & b).sum()), union + int((a | b).sum())
        top += rows
    most = peak()
    return {
        "dB": -10 * np.log10(max(error / count, 1e-12)),
        "IoU": ink / max(union, 1),
        "learning, s": learned - began,
        "drawing, s": drawing,
        "memory, x floats": (most - before) / (small.values.size * 4),
    }


def _strips(name: str, dpi: int, factor: int, height: int):
    """The page itself at `factor` times the resolution, exactly that many times larger."""
    width = paper.size_at(dpi)[0] * factor
    left = height * factor
    for strip in paper.strips(name, dpi * factor, across=2):
        strip = strip if name in paper.COLOURED else strip[..., :1]
        strip = strip[:left, :width]
        if strip.shape[1] < width:
            strip = np.pad(strip, ((0, 0), (0, width - strip.shape[1]), (0, 0)), mode="edge")
        left -= len(strip)
        if len(strip):
            yield strip
    if left:
        yield np.ones((left, width, 3 if name in paper.COLOURED else 1), np.float32)


def _resampled_strip(values, large, top: int, rows: int, factor: int, method: str):
    """Part of an enlargement, with enough of its neighbourhood."""
    how = Image.Resampling.LANCZOS if method == "Lanczos" else Image.Resampling.BICUBIC
    first = max(0, top // factor - 8)
    last = min(values.shape[0], (top + rows) // factor + 9)
    part = resampled(values[first:last], large[0], (last - first) * factor, how)
    return part[top - first * factor :][:rows]


def main() -> None:
    """The command line."""
    parser = enlarging.options(__doc__, ("Lanczos", "redraw"), list(paper.PAGES))
    parser.add_argument("--dpi", type=int, nargs="+", default=list(DPI))
    parser.add_argument("--factor", type=int, default=4)
    parser.add_argument("--limit", type=float, default=900.0, help="seconds a case may take")
    parser.add_argument(
        "--one", nargs=3, metavar=("PAGE", "DPI", "METHOD"), help="print one as JSON"
    )
    asked = parser.parse_args()
    if asked.one:
        name, dpi, method = asked.one
        print(json.dumps(measure(name, int(dpi), asked.factor, method, asked.threads)))
        return
    recorder = Recorder("paper", asked.threads)
    methods = [m for m in asked.methods if m in ("Lanczos", "bicubic", "redraw", *PRESETS)]
    print(f"{machine()}, {asked.threads} threads")
    enlarging.warm_up(methods, asked.threads)
    print(f"  {'':30}" + "".join(f"{key:>18}" for key in KEYS))
    for name in asked.only:
        for dpi in asked.dpi:
            for method in methods:
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.paper",
                    "--one",
                    name,
                    str(dpi),
                    method,
                ]
                command += ["--factor", str(asked.factor), "--threads", str(asked.threads)]
                label = f"{name} {dpi} dpi {method}"
                try:
                    run = subprocess.run(
                        command, capture_output=True, text=True, timeout=asked.limit
                    )
                except subprocess.TimeoutExpired:
                    print(f"  {label:30}  more than {asked.limit:g} s", flush=True)
                    recorder.add(method, f"{name} {dpi} dpi", "more seconds than", [asked.limit])
                    continue
                if run.returncode:
                    print(
                        f"  {label:30}  failed: {run.stderr.strip().splitlines()[-1:]}", flush=True
                    )
                    continue
                found = json.loads(run.stdout.splitlines()[-1])
                print(f"  {label:30}" + "".join(f"{found[key]:18.3f}" for key in KEYS), flush=True)
                for key in KEYS:
                    recorder.add(method, f"{name} {dpi} dpi", key, [found[key]])
    if asked.record:
        recorder.save()


if __name__ == "__main__":
    main()
