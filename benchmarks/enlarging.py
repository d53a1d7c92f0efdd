"""What the programs that draw pictures larger have in common: a table, its rows, and sheets."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import redraw
from benchmarks.methods import RIVALS, Drawn, Job, Refused, draw
from benchmarks.recording import Recorder
from examples import panels
from redraw.engines.threads import usable_threads
from redraw.fitting.plan.presets import PRESETS
from redraw.metrics import iou_of_ink, psnr
from redraw.signals.picture.picture import Picture

Floats = NDArray[np.floating]
SHOWN = 320  # pixels a side of a sheet's panels


@dataclass
class Table:
    """Methods as columns, pictures as rows.

    Attributes:
        methods: In order; gains are over Lanczos, which is always among them.
        recorder: What the rows go to.
        folder: Where sheets go, or None.
        quality: dB by method, of all pictures so far.
    """

    methods: Sequence[str]
    recorder: Recorder
    folder: Path | None = None
    quality: dict[str, list[float]] = field(default_factory=dict)

    def head(self, title: str) -> None:
        """Start a table; the means begin afresh."""
        self.quality = {}
        print(f"\n{title}\n  {'':22}" + "".join(f"{name:>11}" for name in self.methods), flush=True)

    def measure(self, name: str, job: Job, *, focus: tuple[float, float] | None = None) -> None:
        """One picture by all methods: a line, rows and a sheet."""
        drawn: dict[str, Drawn] = {}
        refused: dict[str, str] = {}
        for method in self.methods:
            try:
                drawn[method] = draw(method, job)
            except (Refused, redraw.RedrawError) as error:
                refused[method] = str(error)
        found = {method: psnr(one.values, job.truth) for method, one in drawn.items()}
        cells = []
        for method in self.methods:
            if method in found:
                self.quality.setdefault(method, []).append(found[method])
                self.recorder.add(method, name, f"dB at {job.factor}x", [found[method]])
                self.recorder.add(method, name, "own pixels, dB", [min(drawn[method].own, 99)])
                self.recorder.add(method, name, "seconds", [drawn[method].seconds])
                if job.truth.shape[2] == 1:
                    ink = iou_of_ink(job.truth, np.clip(drawn[method].values, 0, 1))
                    self.recorder.add(method, name, "IoU", [ink])
            cells.append(f"{found[method]:11.2f}" if method in found else f"{'-':>11}")
        ours = [m for m in self.methods if m == "redraw" or m in PRESETS]
        gain = max((found[m] for m in ours if m in found), default=np.nan) - found["Lanczos"]
        times = " ".join(f"{drawn[m].seconds:.1f}s/{drawn[m].own:.0f}" for m in ours if m in drawn)
        print(f"  {name[:22]:22}{''.join(cells)}  {gain:+6.2f}  {times}", flush=True)
        for method, why in refused.items():
            if not any(row["case"] == f"{method} refused" for row in self.recorder.rows):
                self.recorder.add(f"{method} refused", name, why[:80], [0])
                print(f"    {method}: {why}")
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            sheet(name, job, drawn, found, focus).save(self.folder / f"{_file(name)}.png")

    def foot(self, label: str) -> None:
        """The means, gains over Lanczos, and how many pictures stayed below it."""
        if not self.quality:
            return
        lanczos = np.array(self.quality["Lanczos"])
        means, gains, below = [], [], []
        for method in self.methods:
            values = np.array(self.quality.get(method, []))
            if len(values) != len(lanczos):
                for cells in (means, gains, below):
                    cells.append(f"{'-':>11}")
                continue
            means.append(f"{values.mean():11.2f}")
            gains.append(f"{(values - lanczos).mean():+11.2f}")
            below.append(f"{int((values < lanczos).sum()):11d}")
            self.recorder.add(method, label, "mean dB", values)
            self.recorder.add(
                method, label, "mean gain over Lanczos, dB", [(values - lanczos).mean()]
            )
            self.recorder.add(method, label, "pictures below Lanczos", [(values < lanczos).sum()])
        for title, cells in (("mean", means), ("gain", gains), ("below Lanczos", below)):
            print(f"  {title + f' of {len(lanczos)}':22}" + "".join(cells), flush=True)


def sheet(
    name: str,
    job: Job,
    drawn: dict[str, Drawn],
    found: dict[str, float],
    focus: tuple[float, float] | None = None,
) -> Any:
    """The same part of every drawing, four to a row."""
    height, width = job.truth.shape[:2]
    share = min(1.0, SHOWN / width, SHOWN / height)
    centre = focus or (0.5, 0.5)

    def part(values: Floats) -> Floats:
        return panels.crop(np.clip(values, 0, 1), centre, share) if share < 1 else values

    pixels = panels.enlarged(job.picture.values, job.factor)
    shown = [panels.Panel(part(pixels), f"{name}: its pixels", "{}x{}".format(*job.picture.size))]
    for method, one in drawn.items():
        ours = method == "redraw" or method in PRESETS
        note = f"{found[method]:.2f} dB, {one.seconds:.1f} s"
        shown.append(panels.Panel(part(one.values), method, note, strong=ours))
    shown.append(panels.Panel(part(job.truth), "the page itself", f"{width}x{height}"))
    return panels.sheet([shown[at : at + 4] for at in range(0, len(shown), 4)])


def options(
    about: str | None, methods: Sequence[str], only: Sequence[str]
) -> argparse.ArgumentParser:
    """What all of these programs are asked for."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    known = [*RIVALS, "redraw", *PRESETS]
    parser.add_argument("--methods", nargs="+", choices=known, default=methods, metavar="NAME",
                        help=f"of {', '.join(known)}")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=only, default=list(only), metavar="NAME",
                        help=f"of {', '.join(only)}")  # fmt: skip
    parser.add_argument("--threads", type=int, default=usable_threads())
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE",
                        help="settings of redraw's presets")  # fmt: skip
    parser.add_argument("--sheets", type=Path, help="write a sheet a picture into this folder")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    return parser


def settings(pairs: Sequence[str]) -> dict[str, Any]:
    """`--set` as arguments of `redraw.fit`."""
    return {"settings": dict(pair.split("=", 1) for pair in pairs)} if pairs else {}


def with_lanczos(methods: Sequence[str]) -> list[str]:
    """Lanczos is always among them: gains are over it."""
    return list(methods) if "Lanczos" in methods else ["Lanczos", *methods]


def warm_up(methods: Sequence[str], threads: int) -> None:
    """Compile or load the kernels, so that no picture's seconds hold that."""
    square = np.full((24, 24, 3), 255, np.uint8)
    square[6:18, 6:18] = (200, 30, 40)
    for name in methods:
        if name == "redraw" or name in PRESETS:
            model = None if name == "redraw" else name
            redraw.fit(Picture.from_array(square), model=model, threads=threads, steps=3)


def _file(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in name)
