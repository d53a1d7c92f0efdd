"""Drawings drawn larger: what is fitted at 200 x 200, drawn at 800 x 800, against the page itself.

    python -m benchmarks.larger [--quick] [--pictures] [--record]

Every method sees the drawing in 8 bits at 200 x 200. The truth is the same drawing made by its own
code at the larger size. dB over all pixels and channels. Tracing takes the best of nine settings,
chosen by the truth, as no user could; it has no answer for colour.
"""

import argparse
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import redraw
from benchmarks import tracing
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import LEARNED, SUBJECTS, Subject
from examples import panels
from redraw.engines.threads import usable_threads
from redraw.metrics import iou_of_ink, psnr
from redraw.signals.picture.picture import Picture

SIZES = (400, 800)
MOST_PARAMETERS = 15_451  # of the original author's own network: what the cub may take
PICTURES = Path("docs/pictures")
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bicubic": Image.Resampling.BICUBIC,
    "Lanczos": Image.Resampling.LANCZOS,
}
CLOSE = 0.34  # share of the page's side that the pictures show


@dataclass
class Found:
    """What one method made of one subject.

    Attributes:
        values: Its drawing at the largest size. (H, W, C)
        quality: dB by size; several where there are several seeds.
        note: What to say beside it.
    """

    values: NDArray[np.floating]
    quality: dict[int, list[float]]
    note: str = ""


@dataclass
class Outcome:
    """All methods on one subject.

    Attributes:
        truth: The page itself by size.
        methods: By name.
        refused: Why tracing has no answer, or None.
    """

    truth: dict[int, NDArray[np.floating]]
    methods: dict[str, Found] = field(default_factory=dict)
    refused: str | None = None


def resampled(values: NDArray[np.floating], size: int, how: Image.Resampling) -> NDArray:
    """By one of Pillow's filters in float, each channel by itself. (size, size, C)"""
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((size, size), how))
        for plane in np.moveaxis(values, 2, 0)
    ]
    return np.stack(planes, axis=2)


@dataclass(frozen=True)
class Limit:
    """How long a fit may take: seconds of fitting, or steps, which give the same on any machine.

    Attributes:
        seconds: Of fitting, or None.
        steps: Of fitting, or None.
    """

    seconds: float | None = None
    steps: int | None = None

    def __str__(self) -> str:
        return f"{self.seconds:g} s" if self.seconds else f"{self.steps} steps"


def fit(picture: Picture, limit: Limit, seed: int, threads: int) -> redraw.FittedField:
    """By the preset `ink`, as `redraw fit --model ink --seconds N` does it.

    Raises:
        SystemExit: The cub's network is larger than agreed.
    """
    fitted = redraw.fit(
        picture,
        model="ink",
        seconds=limit.seconds,
        steps=limit.steps,
        seed=seed,
        threads=threads,
    )
    if picture.name == "cub" and fitted.parameter_count > MOST_PARAMETERS:
        raise SystemExit(f"ink has {fitted.parameter_count} parameters; agreed: {MOST_PARAMETERS}")
    return fitted


def measure(subject: Subject, limits: list[Limit], seeds: list[int], threads: int) -> Outcome:
    """All methods on one subject."""
    picture = subject.picture()
    outcome = Outcome({size: subject.draw(size) for size in SIZES})
    largest = SIZES[-1]
    for name, how in FILTERS.items():
        drawn = {size: resampled(picture.values, size, how) for size in SIZES}
        quality = {size: [psnr(drawn[size], outcome.truth[size])] for size in SIZES}
        outcome.methods[name] = Found(drawn[largest], quality)
    outcome.refused = tracing.refusal(picture.values)
    if outcome.refused is None:
        traced = {size: tracing.trace(picture.values, outcome.truth[size]) for size in SIZES}
        best = traced[largest]
        outcome.methods["tracing"] = Found(
            best.values,
            {size: [one.psnr] for size, one in traced.items()},
            "alphamax {:g}, opttolerance {:g}, turdsize {}".format(*best.settings)
            + f"; {best.seconds:.1f} s",
        )
    for limit in limits:
        outcome.methods[f"ink {limit}"] = _ink(picture, outcome.truth, limit, seeds, threads)
    return outcome


def _ink(
    picture: Picture, truth: dict[int, NDArray], limit: Limit, seeds: list[int], threads: int
) -> Found:
    """The median over the seeds, and the drawing of the median seed."""
    quality: dict[int, list[float]] = {size: [] for size in SIZES}
    drawings, notes = [], []
    for seed in seeds:
        fitted = fit(picture, limit, seed, threads)
        began = time.perf_counter()
        drawn = {size: fitted.render(size, size, threads=threads).values for size in SIZES}
        drawing = time.perf_counter() - began
        for size in SIZES:
            quality[size].append(psnr(drawn[size], truth[size]))
        drawings.append(drawn[SIZES[-1]])
        made = fitted.made
        notes.append(
            f"{fitted.parameter_count:,} parameters, {made['steps']:,} steps in"
            f" {made['seconds']:.1f} s, {made['psnr']:.1f} dB at {LEARNED};"
            f" both drawn in {drawing:.2f} s"
        )
    order = np.argsort(quality[SIZES[-1]])
    middle = int(order[(len(order) - 1) // 2])
    return Found(drawings[middle], quality, notes[middle])


def report(subject: Subject, outcome: Outcome, recorder: Recorder) -> None:
    """A table on the screen, and rows."""
    print(f"\n{subject.name}: {subject.about}")
    print(f"  {'':12}" + "".join(f"{f'{s} x {s}':>12}" for s in SIZES))
    lanczos = outcome.methods["Lanczos"].quality[SIZES[-1]][0]
    for name, found in outcome.methods.items():
        cells = []
        for size in SIZES:
            values = found.quality[size]
            cells.append(f"{statistics.median(values):9.2f} dB")
            recorder.add(name, subject.name, f"dB at {size}", values)
        gain = statistics.median(found.quality[SIZES[-1]]) - lanczos
        spread = found.quality[SIZES[-1]]
        worst = f"  worst of {len(spread)}: {min(spread):.2f}" if len(spread) > 1 else ""
        print(f"  {name:12}{''.join(cells)}   {gain:+6.2f}{worst}  {found.note}")
        if outcome.truth[SIZES[-1]].shape[2] == 1:
            iou = iou_of_ink(outcome.truth[SIZES[-1]], found.values)
            recorder.add(name, subject.name, f"IoU at {SIZES[-1]}", [iou])
    if outcome.refused:
        print(f"  {'tracing':12}{'no answer':>12}: {outcome.refused}")


def picture_sheet(subject: Subject, outcome: Outcome) -> Image.Image:
    """The same part of every drawing, as large as it was drawn."""
    size = SIZES[-1]
    ours = [name for name in outcome.methods if name.startswith("ink")][-1]
    # Six of the learned picture's pixels fewer or more: whole squares in the enlarged one.
    share = round(CLOSE * LEARNED) / LEARNED

    def part(values: NDArray, title: str, note: str, *, strong: bool = False) -> panels.Panel:
        return panels.Panel(panels.crop(values, subject.focus, share), title, note, strong)

    def measured(name: str) -> str:
        return f"{statistics.median(outcome.methods[name].quality[size]):.1f} dB"

    row = [part(outcome.methods["nearest"].values, f"learned: {LEARNED} x {LEARNED}", "its pixels")]
    row.append(part(outcome.methods["Lanczos"].values, "Lanczos", measured("Lanczos")))
    if "tracing" in outcome.methods:
        row.append(part(outcome.methods["tracing"].values, "tracing", measured("tracing")))
    row.append(
        part(outcome.methods[ours].values, "redraw", f"{measured(ours)} ({ours})", strong=True)
    )
    row.append(part(outcome.truth[size], "the page itself", f"drawn at {size} x {size}"))
    return panels.sheet([row])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="2 s, one seed, no rows worth keeping")
    parser.add_argument("--seconds", type=float, nargs="+", help="fitting times; 2 5 10 by default")
    parser.add_argument("--steps", type=int, nargs="+", help="steps instead of seconds")
    parser.add_argument("--seeds", type=int, default=3, help="how many; the median counts")
    parser.add_argument("--threads", type=int, default=usable_threads())
    parser.add_argument("--subjects", nargs="+", choices=SUBJECTS, default=list(SUBJECTS))
    parser.add_argument("--pictures", action="store_true", help=f"write sheets into {PICTURES}/")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    options = parser.parse_args()
    if options.steps:
        limits = [Limit(steps=steps) for steps in sorted(options.steps)]
    else:
        seconds = options.seconds or ([2.0] if options.quick else [2.0, 5.0, 10.0])
        limits = [Limit(seconds=each) for each in sorted(seconds)]
    seeds = list(range(1 if options.quick else options.seeds))

    print(f"{machine()}, {options.threads} threads, seeds {seeds}")
    redraw.fit(SUBJECTS["cub"].picture(), model="ink", steps=3)  # compile or load the kernels
    recorder = Recorder("larger", options.threads)
    for name in options.subjects:
        subject = SUBJECTS[name]
        outcome = measure(subject, limits, seeds, options.threads)
        report(subject, outcome, recorder)
        if options.pictures:
            panels.save(picture_sheet(subject, outcome), PICTURES / f"larger-{name}.png")
    if options.record:
        recorder.save()


if __name__ == "__main__":
    main()
