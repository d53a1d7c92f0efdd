"""Many pictures: one command against a process each, memory over time, and kill -9 on the way.

    python -m benchmarks.batch [--small 1000] [--photographs 100] [--jobs 1 2] [--quick] [--record]

Pictures of 128 x 128 and of Kodak's size (768 x 512), crops of the development photographs, turned
and mirrored so that no two are alike. "A process each" is `redraw fit` for one after another;
"a shell loop" two of them at once, as `xargs -P` does. Both are timed on a part of the pictures
(how many is said), for they take a second and more each. The command is killed three times by
SIGKILL, workers and all, and started again; the manifest then says whether anything was lost, or
done twice. `--jobs` asks instead how many processes at once are quickest, of a fifth of the
pictures, each number twice, in turns.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.recording import Recorder, machine
from benchmarks.subjects import KODAK, kodak
from redraw.engines.threads import usable_threads

# Of those that are timed alone.
ALONE, LOOP = 3, 4
KILLS = 3


def make(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """Crops of the photographs. (width, height)"""
    folder.mkdir(parents=True)
    loaded = [np.rint(kodak(n).values * 255).astype(np.uint8) for n in KODAK]
    choose = np.random.default_rng(0)
    width, height = size
    paths = []
    for number in range(count):
        picture = loaded[number % len(loaded)]
        if picture.shape[1] < width:
            picture = picture.swapaxes(0, 1)
        y, x = (
            choose.integers(0, n - m + 1)
            for n, m in zip(picture.shape, (height, width), strict=False)
        )
        part = picture[y : y + height, x : x + width]
        part = part[:: choose.choice([1, -1]), :: choose.choice([1, -1])]
        part = np.roll(part, int(choose.integers(height)), 0)
        path = folder / f"{number:04}.png"
        Image.fromarray(np.ascontiguousarray(part)).save(path)
        paths.append(path)
    return paths


def command(*names: object) -> list[str]:
    """`redraw fit`, quietly."""
    return [sys.executable, "-m", "redraw", "fit", "-q", *map(str, names)]


class Memory:
    """Resident bytes of a process and all below it, as time goes on."""

    def __init__(self, process: int) -> None:
        self.seen: list[int] = []
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            self.seen.append(sum(map(resident, family(self._process))))

    def close(self) -> None:
        """No more."""
        self._over.set()
        self._thread.join()


def family(process: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return [process]
    return [process, *(one for child in children for one in family(int(child)))]


def resident(process: int) -> int:
    """Its resident bytes."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def together(folder: Path, out: Path, *more: object) -> tuple[float, list[int]]:
    """Seconds of one command for all of a folder, and its memory."""
    began = time.perf_counter()
    with subprocess.Popen(command(folder, "-o", out, *more)) as process:
        memory = Memory(process.pid)
        process.wait()
        memory.close()
    assert process.returncode == 0
    return time.perf_counter() - began, memory.seen


def alone(paths: list[Path], out: Path, at_once: int) -> float:
    """Seconds for each of a process for each picture, so many at once."""
    out.mkdir()

    def one(path: Path) -> None:
        field = out / f"{path.stem}.redraw"
        subprocess.run(command(path, "-o", field, "--run", field.with_suffix(".run")), check=True)

    began = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, paths))
    return (time.perf_counter() - began) / len(paths)


def killed(folder: Path, out: Path, count: int, seconds: float) -> tuple[int, int, int]:
    """Kill the command thrice on the way; how many fields there are, and lines that say so."""
    choose = random.Random(0)
    for _ in range(KILLS):
        process = subprocess.Popen(command(folder, "-o", out), start_new_session=True)
        time.sleep(seconds * choose.uniform(0.15, 0.25))
        for one in reversed(family(process.pid)):
            os.kill(one, signal.SIGKILL)
        process.wait()
    subprocess.run(command(folder, "-o", out), check=True)
    lines = (out / "redraw-batch.jsonl").read_text().splitlines()
    done = Counter(e["output"] for e in map(entry_of, lines) if e.get("state") == "done")
    fields = len(list(out.glob("*.redraw")))
    return fields, count - len(done), sum(times - 1 for times in done.values())


def by_jobs(home: Path, count: int, jobs: list[int]) -> dict[int, list[float]]:
    """Pictures a second with so many processes at once, each number twice, in turns."""
    found: dict[int, list[float]] = {one: [] for one in jobs}
    for turn in range(2):
        for one in jobs:
            seconds, _ = together(home / "in", home / f"{one}-{turn}", "--jobs", one)
            found[one].append(count / seconds)
    return found


def entry_of(line: str) -> dict:
    """A line of the manifest; nothing of one that a kill cut short."""
    try:
        return json.loads(line)
    except ValueError:
        return {}


def main() -> None:
    """Measure, print, and record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--photographs", type=int, default=100)
    parser.add_argument("--jobs", type=int, nargs="+", help="numbers of processes to try")
    parser.add_argument("--quick", action="store_true", help="a tenth of them")
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    share = (10 if options.quick else 1) * (5 if options.jobs else 1)
    recorder = Recorder("batch", usable_threads())
    print(machine())
    for name, count, size in (
        ("128 x 128", options.small // share, (128, 128)),
        ("768 x 512", options.photographs // share, (768, 512)),
    ):
        if not count:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            home = Path(temporary)
            paths = make(home / "in", count, size)
            if options.jobs:
                for jobs, paces in by_jobs(home, count, options.jobs).items():
                    print(f"{name}: {jobs} at once, {min(paces):.2f} to {max(paces):.2f} a second")
                    recorder.add(f"{jobs} at once", name, "pictures a second", paces)
                continue
            single = alone(paths[:ALONE], home / "alone", 1)
            loop = alone(paths[:LOOP], home / "loop", 2)
            seconds, memory = together(home / "in", home / "out")
            half = len(memory) // 2
            first, last = max(memory[:half], default=0), max(memory[half:], default=0)
            print(
                f"{name}: {count} pictures in {seconds:.1f} s, {count / seconds:.2f} a second; a"
                f" process each {1 / single:.2f} (of {min(ALONE, count)}), two at once"
                f" {1 / loop:.2f} (of {min(LOOP, count)}): {count / seconds * single:.1f} and"
                f" {count / seconds * loop:.1f} times as fast; memory {first / 2**20:.0f} MiB in"
                f" the first half, {last / 2**20:.0f} MiB in the second",
                flush=True,
            )
            fields, lost, twice = killed(home / "in", home / "killed", count, seconds)
            print(f"{name}: killed {KILLS} times: {fields} fields, {lost} lost, {twice} twice")
            for metric, value in (
                ("pictures a second", count / seconds),
                ("pictures a second, a process each", 1 / single),
                ("pictures a second, two processes at once", 1 / loop),
                ("memory of the first half, MiB", first / 2**20),
                ("memory of the second half, MiB", last / 2**20),
                ("lost after kills", lost),
                ("done twice after kills", twice),
            ):
                recorder.add(f"{count} pictures", name, metric, [value])
    if options.record:
        recorder.save()


if __name__ == "__main__":
    main()
