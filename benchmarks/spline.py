"""The spline preset against the bound of transform coding, at equal numbers of parameters.

    python -m benchmarks.spline [--pictures FOLDER] [--number N] [--budgets 5 12.5 25 50]
                                [--seconds 1 60] [--chosen] [--record]

The bound: of the CDF 9/7 wavelet's coefficients, after an orthonormal transform of the colours, the
largest are kept. It stands here twice: without counting where the kept ones are, as it is usually
told, and with their places counted as a field's are, bits over 32, by the same coder. What the
preset has at a given number of seconds is the whole fit: analysis, choice, learning. A field that
has ended its plan of steps before is what it was at its end.

Last comes what a fit takes that is told no budget: the size chosen for 42 dB, and the quality in
the end. `--chosen` measures that alone.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.recording import Recorder, machine
from redraw.engines.planes import decorrelation
from redraw.fields.lattice import analyse, synthesise
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import preset
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.render import Canvas, draw
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

FREE, COUNTED, DRAWN = "bound, places free", "bound, places counted", "drawn 3840x2160"


def bound(picture: Picture, budget: int) -> float:
    """PSNR of the largest `budget` wavelet coefficients, wherever they are."""
    truth = picture.fitted().astype(np.float64)
    mixing = torch.from_numpy(decorrelation(picture.channels))
    planes = torch.einsum("cd,hwd->chw", mixing, torch.from_numpy(truth))
    numbers = analyse(planes)
    cut = numbers.abs().flatten().sort(descending=True).values[min(budget, numbers.numel()) - 1]
    kept = synthesise(torch.where(numbers.abs() >= cut, numbers, 0.0))
    drawn = torch.einsum("cd,chw->hwd", mixing, kept).numpy()
    return psnr(truth.astype(np.float32), drawn.clip(0.0, 1.0).astype(np.float32))


def chosen(pictures: list[Picture], threads: int, recorder: Recorder) -> None:
    """Print and record what fits take without a budget, and reach."""
    shares, reached, linear = [], [], []
    for picture in pictures:
        run = Run.start(picture, prepare(picture, model="spline", threads=threads, frames=0))
        for _ in run.events():
            pass
        budget = run.field.parameter_count
        start = fit(picture, budget, 1e3, threads, transforms=1, subpixel=0, steps=0)
        shares.append(100.0 * budget / picture.values.size)
        reached.append(float(run.result.made["psnr"]))
        linear.append(float(start.result.made["psnr"]))
    print("\nno budget: the size chosen for 42 dB")
    for name, metric, values in (
        ("parameters, % of the values", "% of the values", shares),
        (COUNTED, "psnr", linear),
        ("spline, at its end", "psnr", reached),
    ):
        line = "".join(f"{value:8.2f}" for value in values)
        print(f"{np.mean(values):7.2f}  {line}   {name}", flush=True)
        recorder.add("chosen", name, metric, values)


def fit(picture: Picture, budget: int, seconds: float, threads: int, **spline: int) -> Run:
    """A fit by the preset; with `steps=0` what it starts from."""
    row = preset("spline")
    steps = spline.pop("steps", None)
    field = dataclasses.replace(row.field, channels=picture.channels)
    field = dataclasses.replace(field, encoding=dataclasses.replace(field.encoding, **spline))
    field = sized(field, picture.size, budget)
    config = RunConfig(
        "spline", field, row.train, Stops(seconds=seconds), threads=threads, frames=0
    )
    run = Run.start(picture, config)
    if steps == 0:
        run.stop()
    for _ in run.events():
        pass
    return run


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--number", type=int, default=None, help="only the first so many")
    parser.add_argument("--budgets", type=float, nargs="+", default=[5.0, 12.5, 25.0, 50.0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 60.0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--chosen", action="store_true", help="only what is chosen for 42 dB")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    pictures = [read(path) for path in sorted(args.pictures.glob("*.png"))[: args.number]]
    if not pictures:
        raise SystemExit(f"no pictures in {args.pictures}; name their folder with --pictures")
    recorder = Recorder("spline", args.threads)
    fit(pictures[0], 50_000, 0.1, args.threads)  # kernels are compiled or loaded once
    print(f"{machine()}, {args.threads} threads, dB")
    for share in () if args.chosen else args.budgets:
        found: dict[str, list[float]] = {}
        for picture in pictures:
            budget = int(share / 100.0 * picture.values.size)
            row = {FREE: bound(picture, budget)}
            start = fit(picture, budget, 1e3, args.threads, transforms=1, subpixel=0, steps=0)
            row[COUNTED] = start.result.made["psnr"]
            for seconds in args.seconds:
                run = fit(picture, budget, seconds, args.threads)
                assert run.field.parameter_count <= budget
                row[f"spline, {seconds:g} s"] = run.result.made["psnr"]
                took = f"seconds of fitting at {seconds:g} s"
                found.setdefault(took, []).append(run.at.seconds)
            began = time.perf_counter()
            draw(run.drawer(), Canvas.of(picture.size, width=3840, height=2160))
            found.setdefault(DRAWN, []).append(time.perf_counter() - began)
            for name, value in row.items():
                found.setdefault(name, []).append(value)
        print(f"\n{share:g} % of the values")
        for name, values in found.items():
            line = "".join(f"{value:8.2f}" for value in values)
            print(f"{np.mean(values):7.2f}  {line}   {name}", flush=True)
            seconds = name.startswith("seconds") or name == DRAWN
            recorder.add(
                f"{share:g} %", name, "seconds" if seconds else "mean psnr",
                values if seconds else [np.mean(values)],
            )  # fmt: skip
    chosen(pictures, args.threads, recorder)
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
