"""Is it slower than it was? An older commit beside this one, in turns.

    python -m benchmarks.before COMMIT [--rounds N] [--case NAME] [--record]

A worktree of the older commit is made in a temporary folder. Each round runs every case with both,
in a process of its own each, the older first in one round and second in the next: so other work on
the machine falls on both alike. Told are the medians and the median of the rounds' ratios, new over
old: 1 is as quick, less is quicker.

The seconds are those of fitting alone by the fit's own clock, for as many steps each; or the wall
time of the command until the first frame of a photograph, and until its end. The photograph is of
the Kodak pictures where these are there. The drawn scene has the statistics of a photograph and
the edges of a drawing, which is what both take it for where they know drawings.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.recording import Recorder
from benchmarks.subjects import photograph, photograph_like

ROOT = Path(__file__).parents[1]
FIT = """
import sys, warnings
warnings.simplefilter("ignore")
import redraw
options = dict(threads=2, {options})
redraw.fit({signal!r}, **(options | dict(steps=2)))  # kernels loaded
print(redraw.fit({signal!r}, **options).about.made["seconds"])
"""
# Fits by the public interface, which both commits have.
FITS = {
    "siren, cub": ("cub", "model='siren', steps=300"),
    "ink, cub": ("cub", "model='ink', steps=150"),
    "hash, photograph": ("scene.png", "model='hash', steps=150"),
    "spline, photograph": ("scene.png", "model='spline', budget='12.5%'"),
    "two-spirals": ("two-spirals", "steps=600"),
}
# Wall times of the command: the picture, and whether only until the first frame.
SHELL = {
    "first frame, photograph": ("photograph.png", True),
    "fit, photograph": ("photograph.png", False),
    "first frame, drawn scene": ("scene.png", True),
    "fit, drawn scene": ("scene.png", False),
}


def environment(house: Path) -> dict[str, str]:
    """That of a process that imports the project from `house`."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(house / "src")}


def fitted(house: Path, folder: Path, case: str) -> float:
    """Seconds of fitting."""
    signal, options = FITS[case]
    code = FIT.format(signal=signal, options=options)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment(house), check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return float(done.stdout.split()[-1])


def from_shell(house: Path, folder: Path, case: str) -> float:
    """Wall seconds of `redraw fit`: to its first frame, or to its end."""
    picture, only_first = SHELL[case]
    command = [sys.executable, "-m", "redraw", "fit", picture, "--seconds", "1"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--force", "--json"], cwd=folder, env=environment(house),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        first = 0.0
        for line in process.stdout:
            if '"frame"' in line and not first:
                first = time.perf_counter() - began
    if process.returncode or not first:
        raise SystemExit(f"`{' '.join(command)}` failed with {house}")
    return first if only_first else time.perf_counter() - began


def main() -> None:
    """Measure, print and record."""
    cases = [*FITS, *SHELL]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--case", choices=cases, action="append")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, old = Path(name), Path(name) / "old"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(old), options.commit], check=True)
        try:
            (folder / photograph(folder)).rename(folder / "photograph.png")
            Image.fromarray(photograph_like(768, 512)).save(folder / "scene.png")
            print(f"{'':24}{'old, s':>10}{'new, s':>10}{'new / old':>12}")
            for case in options.case or cases:
                measure = fitted if case in FITS else from_shell
                found: dict[Path, list[float]] = {old: [], ROOT: []}
                for house in (old, ROOT):
                    measure(house, folder, case)  # kernels compiled, bytecode written
                for round_ in range(options.rounds):
                    for house in (old, ROOT) if round_ % 2 else (ROOT, old):
                        found[house].append(measure(house, folder, case))
                ratios = [new / was for new, was in zip(found[ROOT], found[old], strict=True)]
                was, new = (statistics.median(found[house]) for house in (old, ROOT))
                print(
                    f"{case:24}{was:10.3f}{new:10.3f}{statistics.median(ratios):12.3f}", flush=True
                )
                if options.record:  # case by case: what is cut off later loses none
                    rows = Recorder("before", 2)
                    rows.add(case, options.commit, "new / old", ratios)
                    rows.save()
        finally:
            subprocess.run([*git, "remove", "--force", str(old)], check=True)


if __name__ == "__main__":
    main()
