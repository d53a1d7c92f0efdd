"""A drawing in strips: its squares with fields of their own beside one field in memory.

    python -m benchmarks.squares [--only mixed ...] [--dpi 75] [--sides 128 256 512] [--record]

A page of `benchmarks.paper` is learned in 8 bits and drawn four times larger, strip by strip, and
compared with the page itself: by Lanczos, in strips alone (the surface through its pixels), in
strips with squares of several sides, and in memory (`cel`). Told are dB, how far squares are from
the field in memory where both are drawn, processor seconds and bytes for each pixel. What depends
on the side is what is not local: which components share a label, and colours far from any pixel.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import redraw
from benchmarks.drawn import paper
from benchmarks.memory import peak
from benchmarks.methods import eight_bits
from benchmarks.paper import _resampled_strip, _strips
from benchmarks.recording import Recorder, machine
from redraw.coordinates import Region
from redraw.engines.threads import usable_threads
from redraw.fitting.large.fit import fit_large
from redraw.fitting.large.squares import MARGIN, Wanted
from redraw.fitting.result.fitted import open_drawer
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import drawer_of

FACTOR = 4
# Draws rows of the enlarged page, given the first and how many. (h, W, C)
Drawn = Callable[[int, int], NDArray[np.float32]]


def compared(name: str, dpi: int, height: int, methods: dict[str, Drawn]) -> dict[str, list[float]]:
    """Of each method: dB against the page, and against the last method."""
    errors = {method: [0.0, 0.0] for method in methods}
    top = count = 0
    for truth in _strips(name, dpi, FACTOR, height):
        found = {one: np.clip(rows(top, len(truth)), 0, 1) for one, rows in methods.items()}
        last = found[next(reversed(found))]
        for method, values in found.items():
            for n, other in enumerate((truth, last)):
                errors[method][n] += float(((values.astype(np.float64) - other) ** 2).sum())
        top, count = top + len(truth), count + truth.size
    return {
        method: [-10 * np.log10(max(one / count, 1e-12)) for one in both]
        for method, both in errors.items()
    }


def main() -> None:
    """Measure, print, and record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", default=["mixed"], help="pages")
    parser.add_argument("--dpi", type=int, default=75)
    parser.add_argument("--sides", type=int, nargs="*", default=[128, 256, 512])
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    threads = usable_threads()
    recorder = Recorder("squares", threads)
    print(f"{machine()}, {threads} threads")
    for name in options.only:
        small = eight_bits(paper.draw(name, options.dpi), name)
        values = np.rint(small.values * 255).astype(np.uint8)
        height, width = values.shape[:2]
        large, pixels = (width * FACTOR, height * FACTOR), width * height
        print(f"{name}, {options.dpi} dpi: {width} x {height}")
        spent: dict[str, tuple[float, int]] = {}

        def drawn_by(drawer, width=width, height=height, large=large) -> Drawn:
            def rows(top: int, count: int) -> NDArray[np.float32]:
                region = Region(0, top / FACTOR, width, (top + count) / FACTOR)
                size = {"width": large[0], "height": count}
                return draw(drawer, Canvas.of((width, height), region=region, **size))

            return rows

        def resampled(top: int, count: int, small=small, large=large) -> NDArray[np.float32]:
            return _resampled_strip(small.values, large, top, count, FACTOR, "Lanczos")[:count]

        methods: dict[str, Drawn] = {"Lanczos": resampled}
        with tempfile.TemporaryDirectory() as folder:
            for side in (0, *options.sides):
                path = Path(folder) / f"{side}.redraw"
                method = f"squares of {side}" if side else "strips alone"
                wanted = Wanted("cel", side=side, margin=MARGIN) if side else None
                began = time.process_time()
                result = fit_large(strips_of(values), path, squares=wanted)
                spent[method] = time.process_time() - began, result.bytes
                methods[method] = drawn_by(drawer_of(path, threads)[0])
            began = time.process_time()
            field = redraw.fit(small, model="cel", threads=threads)
            seconds = time.process_time() - began
            field.save(f"{folder}/whole.redraw")
            spent["in memory"] = seconds, Path(folder, "whole.redraw").stat().st_size
            methods["in memory"] = drawn_by(open_drawer(field, threads=threads))
            for method, (psnr, alike) in compared(name, options.dpi, height, methods).items():
                seconds, size = spent.get(method, (0.0, 0))
                print(
                    f"{method:>16} {psnr:6.2f} dB; from the field in memory {alike:6.2f} dB;"
                    f" {seconds / pixels * 1e6:6.1f} processor s and {size / pixels:6.2f} bytes a"
                    " (mega)pixel",
                    flush=True,
                )
                recorder.add(method, f"{name}, {options.dpi} dpi", "PSNR", [psnr])
                recorder.add(method, f"{name}, {options.dpi} dpi", "PSNR from memory", [alike])
                if size:
                    subject = f"{name}, {options.dpi} dpi"
                    each = seconds / pixels * 1e6
                    recorder.add(method, subject, "processor seconds per megapixel", [each])
                    recorder.add(method, subject, "bytes per pixel", [size / pixels])
        memory = peak() / 2**20
        print(f"most memory {memory:.0f} MiB")
    if options.record:
        recorder.save()


if __name__ == "__main__":
    main()
