"""Photographs: how good after 1, 10 and 60 seconds, against the peers on the reference engine.

    python -m benchmarks.photographs [--pictures FOLDER] [--seconds 1 10 60] [--budget 300000]
                                     [--models hash siren ...] [--number N] [--tune S] [--record]

Each entrant has the same budget of parameters, the same seconds of fitting and a plan of its own
for them. The peers run on the reference engine; each takes the best of three learning rates, found
by fits of the first picture, of the same length or of that given by `--tune`. `lattice` is a
bicubic grid of colours, trained by Adam: a baseline without a network.
"""

import argparse
import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.recording import Recorder, machine
from redraw.fitting.budget import parse_budget, sized
from redraw.fitting.config import RunConfig, Stops
from redraw.fitting.events import Finished
from redraw.fitting.presets import preset
from redraw.fitting.run import Run
from redraw.metrics import psnr
from redraw.signals.picture import Picture
from redraw.signals.reading import read

PEERS = ("siren", "finer", "wire", "fourier", "hash")
RATES = {"siren": 1e-3, "finer": 1e-3, "wire": 2e-3, "fourier": 2e-3, "hash": 1e-2, "lattice": 0.1}
STEP = 3.0  # rates tried: the one above, and this factor up and down


def fit(
    picture: Picture, model: str, seconds: float, budget: int, threads: int, **changes: object
) -> float:
    """PSNR of one fit of a preset."""
    base = preset(model)
    engine = str(changes.pop("engine", "auto"))
    field = sized(dataclasses.replace(base.field, channels=picture.channels), picture.size, budget)
    config = RunConfig(
        model,
        field,
        dataclasses.replace(base.train, **changes),  # type: ignore[arg-type]
        Stops(seconds=seconds),
        engine=engine,
        threads=threads,
        frames=0,
    )
    *_, last = Run.start(picture, config).events()
    assert isinstance(last, Finished)
    return last.psnr


def lattice(picture: Picture, seconds: float, budget: int, rate: float) -> float:
    """PSNR of a bicubic lattice of colours, all pixels in every step, cosine to zero."""
    truth = picture.fitted()
    height, width, channels = truth.shape
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

    began = time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        optimizer.param_groups[0]["lr"] = rate * 0.5 * (1.0 + math.cos(math.pi * spent / seconds))
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(drawn(), target).backward()
        optimizer.step()
    with torch.no_grad():
        return psnr(truth, drawn()[0].permute(1, 2, 0).numpy())


def entrants(names: list[str], budget: int, threads: int) -> dict[str, Callable[..., float]]:
    """Functions of (picture, seconds, rate) by name; the rate of `hash` is the preset's own."""
    table: dict[str, Callable[..., float]] = {}
    for name in names:
        if name == "hash":
            table["hash (cpu)"] = lambda p, s, r: fit(p, "hash", s, budget, threads)
        elif name == "lattice":
            table["lattice (reference)"] = lambda p, s, r: lattice(p, s, budget, r)
        else:
            model = name.removesuffix("-reference")
            table[f"{model} (reference)"] = lambda p, s, r, m=model: fit(
                p, m, s, budget, threads, engine="reference", lr_max=r
            )
    return table


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    everyone = ["hash", *(f"{p}-reference" for p in PEERS), "lattice"]
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--number", type=int, default=None, help="only the first so many")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1.0, 10.0, 60.0])
    parser.add_argument("--models", nargs="+", default=everyone, choices=everyone)
    parser.add_argument("--budget", default="300000")
    parser.add_argument("--tune", type=float, help="seconds of the fits that look for a rate")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    pictures = [read(path) for path in sorted(args.pictures.glob("*.png"))[: args.number]]
    if not pictures:
        raise SystemExit(f"no pictures in {args.pictures}; name their folder with --pictures")
    budget = parse_budget(args.budget, pictures[0].values.size)
    table = entrants(args.models, budget, args.threads)
    recorder = Recorder("photographs", args.threads)
    print(f"{machine()}, {args.threads} threads, at most {budget:,} parameters, dB")
    rates: dict[str, float] = {}
    for seconds in args.seconds:
        for name, run in table.items():
            start = RATES[name.split(" ")[0]]
            if name == "hash (cpu)":
                rates[name] = start
            elif name not in rates or args.tune is None:
                tried = (start / STEP, start, start * STEP)
                trial = args.tune or seconds
                rates[name] = max(tried, key=lambda r, run=run: run(pictures[0], trial, r))
        found: dict[str, list[float]] = {name: [] for name in table}
        for picture in pictures:  # picture by picture, so that noise falls on all entrants alike
            for name, run in table.items():
                found[name].append(run(picture, seconds, rates[name]))
        print(f"\nafter {seconds:g} s of fitting")
        print("  mean  " + "".join(f"{p.name.removesuffix('.png')[-8:]:>9}" for p in pictures))
        for name, values in found.items():
            row = "".join(f"{v:9.2f}" for v in values)
            print(f"{np.mean(values):6.2f}  {row}   {name}, rate {rates[name]:.2g}", flush=True)
            subject = f"{name} rate={rates[name]:.2g}"
            for picture, value in zip(pictures, values, strict=True):
                recorder.add(f"{picture.name} {budget}", subject, f"psnr at {seconds:g} s", [value])
            recorder.add(f"mean {budget}", subject, f"psnr at {seconds:g} s", [np.mean(values)])
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
