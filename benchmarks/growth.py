"""Growth with the picture: time per pixel and step, and memory, from 0.04 to 16 megapixels.

    python -m benchmarks.growth [--quick] [--record]

Every fit runs in a process of its own, from the PNG file to the measured field, with a run folder.
Memory is the largest resident size less that before the picture was opened, when all modules and
kernels were loaded; the kernel's own high-water mark, reset at that moment. It counts everything:
the decoder, the picture (4 bytes per value), buffers of the engine, drawing and measuring.
The pictures are made here, photograph-like, and equally so at every size.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.memory import peak, reset_peak, resident
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import photograph_like
from redraw.engines.threads import usable_threads

SIDES = (200, 632, 2000, 4000)
# Preset and budget of parameters. Without a budget, `hash` takes a quarter of the picture's values:
# its field grows with the picture, and the preset's batches with both; so does that of `spline`,
# whose steps take all pixels.
CASES = {
    "siren": ("siren", ""),
    "hash 300k": ("hash", "300k"),
    "hash": ("hash", ""),
    "spline": ("spline", "25%"),
}
FLAT = 0.25  # how much slower a pixel's step may be than in the smallest picture
MEMORY = 3.0  # times the picture's floats, besides the field
SPLINE_MEMORY = 4.0  # the same of a spline, its field included
STEPS, QUICK_STEPS = 200, 40
SPLINE_STEPS, QUICK_SPLINE_STEPS = 10, 4  # of all pixels
BATCH = 8192  # of a field whose size is the same for all pictures


@dataclass(frozen=True)
class Growth:
    """What one fit took.

    Attributes:
        seconds: Of steps, per pixel and step; without what comes before and after all of them.
        reading: Most memory while the picture was read, in bytes.
        fitting: Most memory after that, in bytes.
        held: Memory that the picture and the run still held at the end.
        field: Bytes of the field's parameters.
        psnr: In dB; only to see that it learned something.
    """

    seconds: float
    reading: int
    fitting: int
    held: int
    field: int
    psnr: float


def child(path: Path, model: str, budget: str, steps: int, threads: int) -> Growth:
    """One fit in this process."""
    import numpy as np

    from redraw.fitting.plan.planning import prepare
    from redraw.fitting.run.run import Run
    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.reading import read

    def fit(picture: Picture, folder: Path) -> Run:
        own = model == "spline" or (model == "hash" and not budget)
        settings = {} if own else {"batch": BATCH}
        config = prepare(
            picture,
            model=model,
            budget=budget or None,
            steps=steps,
            threads=threads,
            settings=settings,
        )
        run = Run.start(picture, config, folder)
        for _ in run.events():
            pass
        return run

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Image.fromarray(np.full((16, 16, 3), 128, np.uint8)).save(folder / "warm.png")
        fit(read(folder / "warm.png"), folder / "warm.run")
        before = reset_peak()
        picture = read(path)
        reading = peak() - before
        reset_peak()
        run = fit(picture, folder / "fit.run")
        fitting, held = peak() - before, resident() - before
    field = sum(p.numel() * p.element_size() for p in run.field.parameters())
    seconds = run.meter.stepping / (run.at.step * run.spec.batch)
    return Growth(seconds, reading, fitting, held, field, float(run.result.made["psnr"]))


def in_a_process(path: Path, case: str, steps: int, threads: int) -> Growth:
    """`child` in a fresh process."""
    if case == "spline":
        steps = SPLINE_STEPS if steps == STEPS else QUICK_SPLINE_STEPS
    arguments = ["--child", str(path), *CASES[case], str(steps), str(threads)]
    command = [sys.executable, "-m", "benchmarks.growth", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the fit of {path.name} by {case} failed:\n{done.stderr}")
    return Growth(**json.loads(done.stdout.splitlines()[-1]))


def report(case: str, found: dict[int, list[Growth]], rows: Recorder) -> None:
    """A table on the screen, and rows."""
    print(f"\n{case}: median of {len(next(iter(found.values())))}")
    print(
        f"  {'megapixels':>10} {'ns per pixel-step':>18} {'':>6} {'floats':>9} {'reading':>9}"
        f" {'fitting':>9} {'allowed':>9}   MB"
    )
    first = statistics.median(g.seconds for g in found[SIDES[0]])
    for side, growths in found.items():
        subject = f"{side * side / 1e6:g} MP"
        floats = 12 * side * side
        seconds = rows.add(case, subject, "seconds per pixel-step", [g.seconds for g in growths])
        reading = rows.add(case, subject, "bytes while reading", [g.reading for g in growths])
        fitting = rows.add(case, subject, "bytes while fitting", [g.fitting for g in growths])
        allowed = int(MEMORY * floats) + growths[0].field
        if case == "spline":
            allowed = int(SPLINE_MEMORY * floats)
        rows.add(case, subject, "bytes of floats", [floats])
        ratio = seconds / first
        if max(reading, fitting) <= allowed:
            verdict = "memory ok"
        elif floats < 10e6:
            verdict = "(the engine's own buffers)"
        else:
            verdict = "TOO MUCH MEMORY"
        verdict += "" if ratio <= 1 + FLAT else ", NOT FLAT"
        print(
            f"  {side * side / 1e6:10.2f} {1e9 * seconds:18.1f} {ratio:5.2f}x {floats / 1e6:9.1f}"
            f" {reading / 1e6:9.1f} {fitting / 1e6:9.1f} {allowed / 1e6:9.1f}   {verdict}"
        )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few steps, once, up to 4 megapixels")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median counts")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--threads", type=int, default=usable_threads())
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        path, model, budget, steps, threads = options.child
        print(json.dumps(vars(child(Path(path), model, budget, int(steps), int(threads)))))
        return
    sides = SIDES[:3] if options.quick else SIDES
    rounds, steps = (1, QUICK_STEPS) if options.quick else (options.rounds, STEPS)

    print(f"{machine()}, {options.threads} threads, {steps} steps, {rounds} rounds")
    rows = Recorder("growth", options.threads)
    with tempfile.TemporaryDirectory() as name:
        paths = {side: Path(name) / f"{side}.png" for side in sides}
        for side, path in paths.items():
            Image.fromarray(photograph_like(side, side)).save(path, compress_level=1)
        for case in options.cases:
            found: dict[int, list[Growth]] = {side: [] for side in sides}
            for _ in range(rounds):  # sizes in turns, so that noise falls on all alike
                for side, path in paths.items():
                    found[side].append(in_a_process(path, case, steps, options.threads))
            report(case, found, rows)
    if options.record:
        rows.save()


if __name__ == "__main__":
    main()
