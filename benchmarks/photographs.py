"""Photographs: how good after 1, 10 and 60 seconds, every preset and the peers.

    python -m benchmarks.photographs [--pictures FOLDER] [--seconds 1 10 60] [--budget 300000]
                                     [--models spline hash siren siren-reference ...] [--number N]
                                     [--tune S] [--keep FOLDER] [--measure] [--record]

Each entrant has the same budget of parameters, the same seconds of fitting and a plan of its own
for them. `NAME-reference` is the same network in eager PyTorch, as its authors run it; `lattice` is
a bicubic grid of colours, trained by Adam: a baseline without a network.

A second of fitting is what an entrant does in it on a quiet machine: the steps per second of all
are measured first, in turns, and then each fit makes as many steps as its seconds hold. So no
result depends on what else the machine does meanwhile. `spline` ends its plan within seconds and is
timed as it runs, with the measurements. `--measure` does only these. Each entrant takes the best
of three learning rates, found on the first picture by fits as long as `--tune` says.

With `--keep`, what is done is kept in that folder and not done again; drawings lie there too.
"""

import argparse
import dataclasses
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.photograph_sheet import CROPS
from benchmarks.recording import Recorder, machine
from redraw.fitting.plan.budget import parse_budget, sized
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.presets import preset
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.render import Canvas, draw
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

PRESETS = ("spline", "hash", "siren", "finer", "wire", "fourier", "relu", "gauss", "tanh", "ink")
PEERS = ("siren", "finer", "wire", "fourier", "hash")
EVERYONE = (*PRESETS, *(f"{name}-reference" for name in PEERS), "lattice")
LATTICE_RATE = 0.1
STEP = 3.0  # rates tried: the preset's, and this factor up and down
TURNS, TURN = 3, 1.5  # how often and how many seconds steps are counted


@dataclasses.dataclass(frozen=True)
class Result:
    """PSNR, steps and seconds of a fit, and what draws it: (height, width, channels)."""

    psnr: float
    steps: int
    seconds: float
    drawn: Callable[[], np.ndarray]


def fit(picture: Picture, entrant: str, stops: Stops, rate: float, args: Any) -> Result:
    """One fit of a preset."""
    model = entrant.removesuffix("-reference")
    base = preset(model)
    budget = parse_budget(args.budget, picture.values.size)
    field = sized(dataclasses.replace(base.field, channels=picture.channels), picture.size, budget)
    config = RunConfig(
        model,
        field,
        dataclasses.replace(base.train, lr_max=rate, most_steps=None),
        stops,
        engine="reference" if entrant != model else "auto",
        threads=args.threads,
        frames=0,
    )
    run = Run.start(picture, config)
    for _ in run.events():
        pass
    assert run.field.parameter_count <= budget
    return Result(
        run.result.made["psnr"],
        run.at.step,
        run.at.seconds,
        lambda: draw(run.drawer(), Canvas.of(picture.size)),
    )


def lattice(picture: Picture, stops: Stops, rate: float, args: Any) -> Result:
    """A bicubic lattice of colours, all pixels in every step, cosine to zero."""
    truth = picture.fitted()
    height, width, channels = truth.shape
    budget = parse_budget(args.budget, picture.values.size)
    side = math.sqrt(budget / channels / (width * height))
    grid = torch.full((1, channels, int(height * side), int(width * side)), 0.5, requires_grad=True)
    optimizer = torch.optim.Adam([grid], lr=rate)
    target = torch.from_numpy(truth).permute(2, 0, 1)[None]
    y, x = ((torch.arange(n) + 0.5) * 2.0 / n - 1.0 for n in (height, width))
    at = torch.stack([x[None].expand(height, -1), y[:, None].expand(-1, width)], -1)[None]

    def drawn() -> torch.Tensor:
        return torch.nn.functional.grid_sample(
            grid, at, mode="bicubic", padding_mode="border", align_corners=False
        )

    began, step = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < (stops.seconds or math.inf):
        progress = step / stops.steps if stops.steps else spent / (stops.seconds or 1.0)
        if progress >= 1.0:
            break
        optimizer.param_groups[0]["lr"] = rate * 0.5 * (1.0 + math.cos(math.pi * progress))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(drawn(), target).backward()
        optimizer.step()
        step += 1
    spent = time.perf_counter() - began
    with torch.no_grad():
        made = drawn()[0].permute(1, 2, 0).numpy().clip(0.0, 1.0)
    return Result(psnr(truth, made), step, spent, lambda: made)


def run_one(picture: Picture, entrant: str, stops: Stops, rate: float, args: Any) -> Result:
    """A fit of any entrant."""
    if entrant == "lattice":
        return lattice(picture, stops, rate, args)
    return fit(picture, entrant, stops, rate, args)


class Kept:
    """What was found so far, in `results.json` of a folder; without a folder, in memory."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.found: dict[str, float] = {}
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / "results.json").exists():
                self.found = json.loads((folder / "results.json").read_text("utf-8"))

    def add(self, key: str, value: float) -> float:
        """Keep a number."""
        self.found[key] = value
        if self.folder:
            text = json.dumps(self.found, indent=1)
            (self.folder / "results.tmp").write_text(text, "utf-8")
            (self.folder / "results.tmp").replace(self.folder / "results.json")
        return value

    def result(self, key: str, result: Result) -> float:
        """Keep a fit's PSNR, and what it drew of the pictures that `photograph_sheet` shows."""
        if self.folder and any(name in key for name in CROPS):
            values = np.round(np.clip(result.drawn(), 0.0, 1.0) * 255.0).astype(np.uint8)
            Image.fromarray(values.squeeze()).save(self.folder / f"{key.replace(' ', '-')}.png")
        return self.add(key, result.psnr)


def own_rate(entrant: str) -> float:
    """The learning rate around which others are tried."""
    if entrant == "lattice":
        return LATTICE_RATE
    return preset(entrant.removesuffix("-reference")).train.lr_max


def measure(kept: Kept, pictures: list[Picture], args: Any) -> None:
    """Steps per second of all, in turns; all fits of `spline`."""
    missing = [m for m in args.models if m != "spline" and f"{m} steps/s" not in kept.found]
    counted: dict[str, list[float]] = {m: [] for m in missing}
    for turn in range(1 + TURNS):
        for entrant in missing:
            seconds = TURN if turn else 0.3  # the first loads kernels
            done = run_one(pictures[0], entrant, Stops(seconds=seconds), own_rate(entrant), args)
            if not done.steps:  # a step is longer than that
                done = run_one(pictures[0], entrant, Stops(steps=2), own_rate(entrant) / STEP, args)
            if turn:
                counted[entrant].append(done.steps / done.seconds)
    for entrant, values in counted.items():
        kept.add(f"{entrant} steps/s", statistics.median(values))
    if "spline" in args.models:
        run_one(pictures[0], "spline", Stops(seconds=0.1), own_rate("spline"), args)
        for seconds, picture in ((s, p) for s in sorted(args.seconds) for p in pictures):
            key, shorter = key_of(seconds, picture, "spline"), f"ended {picture.name}"
            if key in kept.found:
                continue
            if kept.found.get(shorter, math.inf) <= seconds:  # its plan was at its end before
                kept.add(key, kept.found[f"{shorter} psnr"])
                continue
            done = run_one(picture, "spline", Stops(seconds=seconds), own_rate("spline"), args)
            kept.result(key, done)
            if done.seconds < seconds:
                kept.add(shorter, done.seconds)
                kept.add(f"{shorter} psnr", done.psnr)


def key_of(seconds: float, picture: Picture, entrant: str) -> str:
    """The name of a fit."""
    return f"{seconds:g} s {picture.name.removesuffix('.png')} {entrant}"


def tuned(kept: Kept, picture: Picture, entrant: str, args: Any) -> float:
    """The best of three learning rates."""
    key, start = f"{entrant} rate", own_rate(entrant)
    if entrant == "spline" or not args.tune:
        return start
    if key not in kept.found:
        stops = Stops(steps=steps_in(kept, entrant, args.tune))
        rates = [start / STEP, start, start * STEP]
        kept.add(key, max(rates, key=lambda r: run_one(picture, entrant, stops, r, args).psnr))
    return kept.found[key]


def steps_in(kept: Kept, entrant: str, seconds: float) -> int:
    """The steps that so many seconds hold."""
    return max(1, round(kept.found[f"{entrant} steps/s"] * seconds))


def results(kept: Kept, pictures: list[Picture], args: Any) -> Iterator[tuple[float, str]]:
    """Fit everything that is not yet kept; after each row of a table, its seconds and entrant."""
    for seconds in args.seconds:
        for entrant in args.models:
            rate = tuned(kept, pictures[0], entrant, args)
            for picture in pictures:
                key = key_of(seconds, picture, entrant)
                if key not in kept.found:
                    stops = Stops(steps=steps_in(kept, entrant, seconds))
                    kept.result(key, run_one(picture, entrant, stops, rate, args))
            yield seconds, entrant


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--number", type=int, default=None, help="only the first so many")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 10.0, 60.0])
    parser.add_argument("--models", nargs="+", default=EVERYONE, choices=EVERYONE)
    parser.add_argument("--budget", default="300000")
    parser.add_argument("--tune", type=float, help="seconds of the fits that look for a rate")
    parser.add_argument("--keep", type=Path, help="a folder for what is done")
    parser.add_argument("--measure", action="store_true", help="only measure the speeds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    pictures = [read(path) for path in sorted(args.pictures.glob("*.png"))[: args.number]]
    if not pictures:
        raise SystemExit(f"no pictures in {args.pictures}; name their folder with --pictures")
    recorder = Recorder("photographs", args.threads)
    print(f"{machine()}, {args.threads} threads, at most {args.budget} parameters, dB")
    kept = Kept(args.keep)
    measure(kept, pictures, args)
    for entrant in args.models:
        if entrant != "spline":
            print(f"{kept.found[f'{entrant} steps/s']:9.2f} steps/s   {entrant}")
    if args.measure:
        return
    last = None
    for seconds, entrant in results(kept, pictures, args):
        if seconds != last:
            print(f"\nafter {seconds:g} s of fitting")
            print("  mean  " + "".join(f"{p.name.removesuffix('.png')[-8:]:>9}" for p in pictures))
        last = seconds
        values = [kept.found[key_of(seconds, picture, entrant)] for picture in pictures]
        rate = tuned(kept, pictures[0], entrant, args)
        row = "".join(f"{v:9.2f}" for v in values)
        print(f"{np.mean(values):6.2f}  {row}   {entrant}, rate {rate:.2g}", flush=True)
        subject = f"{entrant} rate={rate:.2g}"
        for picture, value in zip(pictures, values, strict=True):
            recorder.add(
                f"{picture.name} {args.budget}", subject, f"psnr at {seconds:g} s", [value]
            )
        recorder.add(f"mean {args.budget}", subject, f"psnr at {seconds:g} s", [np.mean(values)])
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
