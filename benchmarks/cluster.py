"""A Ray cluster: what scheduling costs, and how far it would go.

    python -m benchmarks.cluster [--record]

First what is measured on a cluster on this machine: a batch whose tasks sleep two seconds against
the sum of their sleeps; how many tasks a second the driver hands over and takes back when they do
nothing; how long the two lines of a picture take in its manifest. Then 100,000 pictures on 64
machines of 16 cores are played through, event by event, with these numbers, with task times that
spread as those of a batch of photographs do, and with machines that are lost.
"""

import argparse
import heapq
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.recording import Recorder, machine
from redraw.batch.manifest import Entry, Manifest
from redraw.batch.task import Settings, Task
from redraw.cluster.joining import AHEAD, LOCAL
from redraw.cluster.pictures import RayCrew
from redraw.engines.threads import usable_threads

SLEEP, TASKS = 2.0, 24
PICTURES, MACHINES, CORES = 100_000, 64, 16
# Of the logarithm of a task's seconds, as photographs of one size spread in a batch.
SPREAD = 0.35
# A machine is lost once in so many hours on average, and is back after so many minutes.
HOURS, BACK = 24.0, 5.0


def asleep(task: dict, settings: dict) -> dict:
    """What stands for a fit."""
    time.sleep(settings["options"]["sleep"])
    return {"place": task["place"], "bytes": 1}


def crew_time(count: int, sleep: float) -> float:
    """Seconds that so many tasks take, the start of the cluster and of its processes aside."""
    crew = RayCrew(Settings(options={"sleep": sleep}), LOCAL, usable_threads(), lambda: False)
    crew._remote = crew._ray.remote(max_retries=5)(asleep)
    try:
        tasks = [(Task(n, "a", "b", ""), 10_000) for n in range(usable_threads())]
        list(crew.outcomes(iter(tasks), lambda _: None))
        tasks = [(Task(n, "a", "b", ""), 10_000) for n in range(count)]
        began = time.perf_counter()
        assert len(list(crew.outcomes(iter(tasks), lambda _: None))) == count
        return time.perf_counter() - began
    finally:
        crew.close()


def line_time(count: int = 200) -> float:
    """Seconds that the two lines of a picture take, on the disk when it returns."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Manifest(Path(folder))
        began = time.perf_counter()
        for number in range(count):
            entry = Entry(f"{number}.redraw", f"{number}.png", "started", "settings")
            manifest.add(entry)
            manifest.add(replace(entry, state="done", bytes=1))
        took = (time.perf_counter() - began) / count
        manifest.close()
    return took


def played(seconds: float, driver: float) -> dict[str, float]:
    """Play 100,000 pictures through; hours, share of the cores at work, tasks done again.

    Args:
        seconds: A task's, on average.
        driver: Seconds that the driver needs for each task, one after another.
    """
    random = np.random.default_rng(0)
    mean = np.log(seconds) - SPREAD**2 / 2
    times = np.exp(random.normal(mean, SPREAD, PICTURES)).tolist()
    waiting, again, done = list(range(PICTURES)), 0, 0
    events: list[tuple[float, int, int, int]] = []  # moment, kind, machine, task
    free = [CORES] * MACHINES
    busy: list[dict[int, float]] = [{} for _ in range(MACHINES)]
    for machine_ in range(MACHINES):
        heapq.heappush(events, (random.exponential(HOURS * 3600), 1, machine_, 0))
    now = handed = working = 0.0
    most = AHEAD * MACHINES * CORES
    while done < PICTURES:
        for machine_ in range(MACHINES):
            while free[machine_] and waiting and sum(map(len, busy)) < most:
                handed = max(handed, now) + driver  # the driver does one thing at a time
                task = waiting.pop()
                end = handed + times[task]
                busy[machine_][task] = end
                free[machine_] -= 1
                heapq.heappush(events, (end, 0, machine_, task))
                if handed - now > 5.0:
                    break
        now, kind, machine_, task = heapq.heappop(events)
        if kind == 0 and busy[machine_].get(task) == now:
            del busy[machine_][task]
            free[machine_] += 1
            done += 1
            working += times[task]
        elif kind == 1:  # lost, and all that it did
            waiting += busy[machine_]
            again += len(busy[machine_])
            busy[machine_].clear()
            free[machine_] = 0
            heapq.heappush(events, (now + BACK * 60, 2, machine_, 0))
        elif kind == 2:
            free[machine_] = CORES
            heapq.heappush(events, (now + random.exponential(HOURS * 3600), 1, machine_, 0))
    return {
        "hours": now / 3600,
        "cores at work": working / (now * MACHINES * CORES),
        "done again": again,
    }


def main() -> None:
    """Measure, play, print, and record if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    recorder = Recorder("cluster", usable_threads())
    print(machine())
    ideal = SLEEP * TASKS / usable_threads()
    took = crew_time(TASKS, SLEEP)
    share = took / ideal - 1
    print(f"{TASKS} tasks of {SLEEP:g} s: {took:.2f} s for {ideal:g} s: {100 * share:.2f} % more")
    each = crew_time(400, 0.0) / 400
    lines = line_time()
    print(f"a task that does nothing: {1000 * each:.2f} ms; its two lines: {1000 * lines:.2f} ms")
    recorder.add("tasks of 2 s", f"{TASKS} tasks", "overhead", [share])
    recorder.add("tasks of 0 s", "400 tasks", "seconds a task", [each])
    recorder.add("manifest", "200 pictures", "seconds a picture", [lines])
    held = AHEAD * MACHINES * CORES
    longest = Task(0, "s3://scans/" + "x" * 80, "s3://fields/" + "x" * 80, "")
    one = len(json.dumps(vars(longest)))
    print(f"the driver holds {held:,} tasks under way, {held * 6 * one / 2**20:.0f} MiB of them,")
    print(f"and a line for each picture: {PICTURES * 600 / 2**20:.0f} MiB for {PICTURES:,}")
    for seconds in (2.0, 10.0, 60.0):
        found = played(seconds, each + lines)
        print(
            f"tasks of {seconds:g} s: {found['hours']:.2f} hours,"
            f" {100 * found['cores at work']:.1f} % of {MACHINES * CORES} cores at work,"
            f" {found['done again']:.0f} tasks done again"
        )
        for metric, value in found.items():
            recorder.add(f"played, tasks of {seconds:g} s", f"{PICTURES} pictures", metric, [value])
    print(f"the driver is busy all the time below {(each + lines) * MACHINES * CORES:.1f} s a task")
    if options.record:
        recorder.save()


if __name__ == "__main__":
    main()
