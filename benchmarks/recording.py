"""Rows for `benchmarks/results.csv`, and the machine that they were measured on.

Every benchmark appends what it measured, wins and losses alike. Columns:
date, commit, machine, threads, torch, numba, benchmark, case, subject, metric, value, low, high,
runs, where `value` is the median of `runs` and `low` and `high` their extremes.
"""

import csv
import datetime
import importlib.metadata
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results.csv"
COLUMNS = [
    *("date", "commit", "machine", "threads", "torch", "numba"),
    *("benchmark", "case", "subject", "metric", "value", "low", "high", "runs"),
]


def machine() -> str:
    """The processor's name and its number of cores."""
    name = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        name = next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")
    return f"{name or 'unknown'} x{os.cpu_count()}"


def commit() -> str:
    """The commit that is checked out, with a plus where the tree differs from it."""
    here = Path(__file__).parent
    run = ["git", "-C", str(here)]
    try:
        name = subprocess.run(
            [*run, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            [*run, "status", "--porcelain", "-uno", "--", "../src"], capture_output=True, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + ("+" if changed else "")


def version(package: str) -> str:
    """Of an installed package, or an empty text."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


class Recorder:
    """Collects the rows of one benchmark and appends them at the end.

    Args:
        benchmark: Its name.
        threads: CPU threads that it used.
        machine: What measured, if it is not the processor.
        rows: Where they go.
    """

    def __init__(
        self, benchmark: str, threads: int, *, machine: str = "", rows: Path = RESULTS
    ) -> None:
        self.benchmark = benchmark
        self.threads = threads
        self.machine = machine
        self.file = rows
        self.rows: list[dict[str, str]] = []

    def add(self, case: str, subject: str, metric: str, values: Iterable[float]) -> float:
        """One row: the median of `values`, which is returned, and their extremes."""
        numbers = [float(v) for v in values]
        middle = statistics.median(numbers)
        self.rows.append(
            {
                "date": datetime.date.today().isoformat(),
                "commit": commit(),
                "machine": self.machine or machine(),
                "threads": str(self.threads),
                "torch": version("torch"),
                "numba": version("numba"),
                "benchmark": self.benchmark,
                "case": case,
                "subject": subject,
                "metric": metric,
                "value": f"{middle:.6g}",
                "low": f"{min(numbers):.6g}",
                "high": f"{max(numbers):.6g}",
                "runs": str(len(numbers)),
            }
        )
        return middle

    def save(self) -> None:
        """Append the rows to `results.csv`."""
        new = not self.file.exists()
        with self.file.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if new:
                writer.writeheader()
            writer.writerows(self.rows)
        print(f"{len(self.rows)} rows appended to {self.file.name}")
        self.rows.clear()


def interleaved(
    subjects: Sequence[Callable[[], object]], rounds: int, warm_up: int = 1
) -> list[list[float]]:
    """Seconds of each call of each subject, taken in turns, so that noise falls on all alike.

    Args:
        subjects: What to time.
        rounds: Calls of each that count.
        warm_up: Calls of each before that.
    """
    times: list[list[float]] = [[] for _ in subjects]
    for turn in range(warm_up + rounds):
        for subject, kept in zip(subjects, times, strict=True):
            began = time.perf_counter()
            subject()
            if turn >= warm_up:
                kept.append(time.perf_counter() - began)
    return times
