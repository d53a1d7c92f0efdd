"""From the shell: a second of fitting in all, and the first frame of a photograph.

    python -m benchmarks.shell [--quick] [--record]

`redraw fit cub.png --seconds 1` and where its wall time goes; and the time to the first frame of a
photograph of 768 x 512, which is about what will be found.

The kernels' machine code is in its cache and Python's bytecode beside its source, as they are from
the second use on, whatever PYTHONDONTWRITEBYTECODE says here. Stages are told by the
moments at which the program's own events arrive; the imports are timed in a process of their own.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.recording import Recorder, machine
from benchmarks.subjects import photograph
from redraw.engines.threads import usable_threads
from redraw.signals.picture.bundled import bundled

LIMIT = 3.5  # seconds that are allowed for one second of fitting
FIRST = 2.5  # seconds that are allowed until the first frame of a photograph
MODULES = ("numpy", "PIL.Image", "torch", "llvmlite.binding", "numba", "redraw.fitting.run.run")

# Python keeps its bytecode unless it is told not to.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def once(folder: Path, seconds: float, options: list[str]) -> dict[str, float]:
    """Wall seconds of each stage of one fit, in order, and of all."""
    shutil.copy(bundled("cub"), folder / "cub.png")
    command = [
        sys.executable, "-m", "redraw", "fit", "cub.png", "--seconds", f"{seconds:g}",
        "--force", "--json", *options,
    ]  # fmt: skip
    stages: dict[str, float] = defaultdict(float)
    began = last = time.perf_counter()
    stage = "start, imports, reading"
    fitted = 0.0
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event, now = json.loads(line), time.perf_counter()
            kind = event["event"]
            if kind == "planned":
                stage = "kernels, measuring the rate"
            elif kind in ("evaluation", "frame"):
                stage = "frames drawn, measured, written"
            elif kind == "checkpoint":
                stage = "checkpoints"
            elif kind == "finished":
                stage = "last measurement, field file"
                fitted = event["seconds"]
            elif kind != "started":
                stage = "fitting"
            stages[stage] += now - last
            last = now
        process.wait()
    if process.returncode:
        raise SystemExit(f"`{' '.join(command)}` failed")
    stages["exit"] = time.perf_counter() - last
    stages["(fitting seconds by its own clock)"] = fitted
    stages["all"] = time.perf_counter() - began
    return dict(stages)


def plain(folder: Path, seconds: float) -> float:
    """Wall seconds of the command as a user gives it, nothing read from it."""
    shutil.copy(bundled("cub"), folder / "cub.png")
    command = [sys.executable, "-m", "redraw", "fit", "cub.png", "--seconds", f"{seconds:g}"]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--force"], cwd=folder, check=True, capture_output=True, env=ENVIRONMENT
    )
    return time.perf_counter() - began


def first_frame(folder: Path, picture: str) -> float:
    """Wall seconds until the first frame of a fit lies in its run folder."""
    command = [
        sys.executable, "-m", "redraw", "fit", picture, "--seconds", "1", "--force", "--json",
    ]  # fmt: skip
    began = time.perf_counter()
    found = 0.0
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "frame" and not found:
                found = time.perf_counter() - began
                assert (folder / event["path"]).is_file()
    if process.returncode or not found:
        raise SystemExit(f"`{' '.join(command)}` failed")
    return found


def imports() -> dict[str, float]:
    """Seconds that importing takes, by module, what it imports included."""
    modules = ("cli.commands.fit", "fitting.run.run", "engines.cpu.pool", "engines.cpu.layout")
    code = "; ".join(f"import redraw.{module}" for module in modules)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    found = re.findall(r"\|\s*(\d+) \|\s*([\w.]+)$", done.stderr, re.MULTILINE)
    seconds = {name: int(micro) * 1e-6 for micro, name in found}
    return {name: seconds[name] for name in MODULES if name in seconds}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two runs instead of seven")
    parser.add_argument("--runs", type=int, default=7, help="how many of each")
    parser.add_argument("--seconds", type=float, default=1.0, help="of fitting")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    options = parser.parse_args()
    runs = 2 if options.quick else options.runs
    threads = usable_threads()

    print(f"{machine()}, {threads} threads; redraw fit cub.png --seconds {options.seconds:g}")
    rows = Recorder("shell", threads)
    subject = f"fit cub.png --seconds {options.seconds:g}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain(folder, options.seconds)  # warm the caches
        picture = photograph(folder)
        first_frame(folder, picture)
        walls, stages, frames = [], [], []
        for _ in range(runs):
            walls.append(plain(folder, options.seconds))
            stages.append(once(folder, options.seconds, []))
            frames.append(first_frame(folder, picture))
    median = rows.add("wall", subject, "seconds", walls)
    verdict = "" if options.seconds != 1.0 else "  ok" if median <= LIMIT else "  TOO SLOW"
    print(
        f"\n  wall time: {median:.2f} s (from {min(walls):.2f} to {max(walls):.2f});"
        f" allowed {LIMIT} s{verdict}\n"
    )
    middle = rows.add("first frame", f"fit {picture} --seconds 1", "seconds", frames)
    print(
        f"  first frame of {picture}: {middle:.2f} s (from {min(frames):.2f} to"
        f" {max(frames):.2f}); allowed {FIRST} s  {'ok' if middle <= FIRST else 'TOO SLOW'}\n"
    )
    for stage in stages[0]:
        values = [each.get(stage, 0.0) for each in stages]
        rows.add(stage, subject, "seconds", values)
        print(f"  {stage:36} {statistics.median(values):6.2f} s")
    print("\n  imports, each with what it imports itself:")
    for module, seconds in imports().items():
        print(f"  {module:36} {seconds:6.2f} s")
    if options.record:
        rows.save()


if __name__ == "__main__":
    main()
