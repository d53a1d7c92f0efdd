"""Where the time of a fit went, what that is of the machine's best, and what would help most.

`Meter` listens while a run goes on, at the cost of a few readings of a clock; `make_profile` puts
its times, the shapes' operations and bytes, and the machine's measured limits together.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from redraw.engines import StepSpec, StepTimes
from redraw.engines.costs import Cost, costs, linear_layers
from redraw.engines.limits import Limits, measure_card_limits, measure_limits
from redraw.fields import Field

# Parts in the order of the table. Those of a step come from the engine.
IN_STEPS = ("encoding", "forward", "loss", "backward", "scatter", "optimizer", "step", "waiting")
PARTS = (*IN_STEPS, "Python", "drawing", "input/output", "resting", "starting", "finishing")
# Parts besides the steps have no row below this share of the time.
SHOWN = 1e-4
# What an engine names that can't tell two parts apart.
_HEIRS = {"encoding": "forward", "scatter": "backward"}


@dataclass(frozen=True)
class Part:
    """One row.

    Attributes:
        name: One of `PARTS`.
        seconds: Wall-clock time.
        share: Of the fit's time.
        gflops: 1e9 multiplications and additions per second; None where none are counted.
        gigabytes: 1e9 bytes read and written per second, at least.
        of_limit: The larger of these over what the machine can do.
    """

    name: str
    seconds: float
    share: float
    gflops: float | None = None
    gigabytes: float | None = None
    of_limit: float | None = None


@dataclass(frozen=True)
class Facts:
    """What a run knows of itself.

    Attributes:
        engine: What ran it.
        own_threads: Whether in threads that the engine counts.
        refusals: Why faster engines did not, the fastest first.
        forced: Whether this engine was asked for.
        device: Where it ran.
        precision: Of the numbers.
        pixels: Of the picture.
        batch: Pixels of a step.
        parameters: Learned numbers.
        frames: Pictures drawn on the way.
    """

    engine: str
    own_threads: bool
    refusals: dict[str, str]
    forced: bool
    device: str
    precision: str
    pixels: int
    batch: int
    parameters: int
    frames: int


@dataclass(frozen=True)
class Profile:
    """The table.

    Attributes:
        seconds: Of the fit, from its first event to its last.
        steps: Made in this time.
        threads: That worked on a step.
        facts: About the run.
        parts: Rows; but for what is too small for one, they add up to `seconds`.
        limits: Of the machine, or of its card; None where they were not measured.
        busy: The share of the processor time that its threads wanted and did not get, roughly.
        advice: What would help most, on one line.
    """

    seconds: float
    steps: int
    threads: int
    facts: Facts
    parts: tuple[Part, ...]
    limits: Limits | None
    busy: float
    advice: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "parts": [asdict(part) for part in self.parts]}


class Meter:
    """Wall-clock times of a run. Names are those of `PARTS`.

    Attributes:
        seconds: By part.
        stepping: Of the steps as the run sees them, for engines that can't tell their parts.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.stepping = 0.0
        self.points = self.pixels = self.steps = 0
        self.threads = 1
        self._began = time.perf_counter(), time.process_time()

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """What is done inside belongs to `part`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - began

    def take(self, times: StepTimes | None) -> None:
        """Add a session's times, once, at its end."""
        if times is None:
            return
        for part, seconds in times.seconds.items():
            self.seconds[part] += seconds
        self.points += times.points
        self.pixels += times.pixels
        self.steps += times.steps
        self.threads = times.threads

    def end(self) -> tuple[dict[str, float], float, float]:
        """Seconds by part with the rest as "Python", of all, and of all processors."""
        total = time.perf_counter() - self._began[0]
        processors = time.process_time() - self._began[1]
        seconds = dict(self.seconds)
        if not self.steps and self.stepping:
            seconds["step"] = self.stepping
        seconds["Python"] = max(total - sum(seconds.values()), 0.0)
        return seconds, total, processors


def make_profile(meter: Meter, field: Field, spec: StepSpec, facts: Facts) -> Profile:
    """The table of a run that has just ended; measures the machine's limits."""
    seconds, total, processors = meter.end()
    limits = None
    if spec.device == "cpu":
        limits = measure_limits(
            threads=meter.threads,
            precision=spec.precision,
            touched=_touched(field, meter),
            own=facts.own_threads,
        )
    elif spec.device.startswith("cuda"):
        limits = measure_card_limits(spec.device, spec.precision)
    work_done = {}
    if meter.steps:
        work_done = costs(
            field, spec.optimizer, points=meter.points, pixels=meter.pixels, steps=meter.steps
        )
    parts = _parts(seconds, total, _told_apart(work_done, seconds), limits)
    busy = _busy(seconds, total, processors, meter.threads if facts.own_threads else 1)
    advice = advise(seconds, total, busy if spec.device == "cpu" else 0.0, parts, facts, meter)
    return Profile(total, meter.steps, meter.threads, facts, parts, limits, busy, advice)


def _touched(field: Field, meter: Meter) -> int:
    """Bytes of a step's long arrays: parameters, gradients, moments, and a grid's gradients."""
    size = linear_layers(field)[0].weight.element_size()
    kept = 0
    if field.encoding.scatters:
        kept = field.encoding.features * meter.points // max(meter.steps, 1)
    return (4 * field.parameter_count + kept) * size


def _told_apart(work: dict[str, Cost], seconds: dict[str, float]) -> dict[str, Cost]:
    """The work of each part that has a time: what is not told apart is added up."""
    found: dict[str, Cost] = {}
    for name, cost in work.items():
        place = name if name in seconds else _HEIRS.get(name, "step")
        place = place if place in seconds else "step"
        found[place] = found.get(place, Cost(0, 0)) + cost
    return found


def _parts(
    seconds: dict[str, float], total: float, work: dict[str, Cost], limits: Limits | None
) -> tuple[Part, ...]:
    parts = []
    for name in PARTS:
        spent, cost = seconds.get(name, 0.0), work.get(name)
        if spent <= (0.0 if name in IN_STEPS else SHOWN * total):
            continue
        share = spent / total
        if cost is None:
            parts.append(Part(name, spent, share))
            continue
        operations, moved = cost.operations / spent, cost.bytes / spent
        reached = None
        if limits:
            # What a block needs stays in the caches; updates go through all that there is.
            bandwidth = limits.far if name in ("scatter", "optimizer") else limits.near
            reached = max(operations / limits.multiply, moved / bandwidth)
        gflops = operations / 1e9 if cost.operations else None
        parts.append(Part(name, spent, share, gflops, moved / 1e9, reached))
    return tuple(parts)


def _busy(seconds: dict[str, float], total: float, processors: float, threads: int) -> float:
    """The share of the wanted processor time that others had.

    Wanted is one processor whenever the run is not asleep or waiting for a disk, and all threads
    during the steps (a waiting thread soon sleeps: it may go without).
    """
    asleep = seconds.get("input/output", 0.0) + seconds.get("resting", 0.0)
    working = sum(seconds.get(name, 0.0) for name in IN_STEPS if name != "waiting")
    wanted = max(total - asleep, 0.0) + (threads - 1) * working
    return min(max(1.0 - processors / wanted, 0.0), 1.0) if wanted > 0.0 else 0.0


def percent(share: float) -> str:
    """ "51 %"."""
    return f"{100 * share:.0f} %"


# --- advice -----------------------------------------------------------------------------------

# Gains below this share of the fit are not worth a line.
WORTH = 0.1


def advise(
    seconds: dict[str, float],
    total: float,
    busy: float,
    parts: tuple[Part, ...],
    facts: Facts,
    meter: Meter,
) -> str:
    """What would save the most time, on one line."""
    found = list(_advice(seconds, total, busy, facts, meter))
    gain, text = max(found, default=(0.0, ""))
    if gain >= WORTH * total:
        return text
    return _nothing_stands_out(parts, facts)


def _advice(
    seconds: dict[str, float], total: float, busy: float, facts: Facts, meter: Meter
) -> Iterator[tuple[float, str]]:
    """Seconds that might be saved, and how. Estimates: they only put the advice in an order."""
    learning = sum(seconds.get(name, 0.0) for name in IN_STEPS)
    if busy > 0.25:
        yield (
            busy * total,
            f"the machine was busy with other work: this fit got only {percent(1 - busy)} of the"
            " processor time it could use; it is quicker when that has ended",
        )
    if facts.precision == "float64":
        yield (
            learning / 2,
            "float64 was asked for; float32, the default, takes about half the time"
            " and pictures look the same",
        )
    if not facts.own_threads and facts.device == "cpu":
        if facts.forced:
            reason = "it was asked for; leave --engine away and the fastest is chosen"
        else:
            faster, refusal = next(reversed(facts.refusals.items()), ("faster", "not there"))
            reason = f"the {faster} engine can't take this: {refusal}"
        yield 0.7 * learning, f"the {facts.engine} engine ran, the slowest: {reason}"
    if facts.frames > 2 and seconds.get("drawing", 0.0) > 0.2 * total:
        yield (
            0.8 * seconds["drawing"],
            f"drawing the picture {facts.frames} times on the way took"
            f" {percent(seconds['drawing'] / total)} of the time;"
            " --frames 2 draws its start and its end",
        )
    if seconds.get("input/output", 0.0) > 0.2 * total:
        yield (
            seconds["input/output"],
            "writing files took long: put the run on a faster disk with --run, or save less often"
            " with --checkpoint-every and --frames",
        )
    if seconds.get("starting", 0.0) > 2.0:
        yield (
            seconds["starting"],
            "the kernels were compiled for this machine: that happens once, the next fit starts"
            " at once",
        )
    yield from _about_batches(seconds, learning, facts, meter)


def _about_batches(
    seconds: dict[str, float], learning: float, facts: Facts, meter: Meter
) -> Iterator[tuple[float, str]]:
    """Steps that are too small: for the threads, for Python, or for what must be updated."""
    waiting, python = seconds.get("waiting", 0.0), seconds.get("Python", 0.0)
    updating = seconds.get("optimizer", 0.0)
    larger = (
        f"try --set batch={_larger(facts)} with fewer --steps"
        if facts.batch < facts.pixels
        else "there are no more of them"
    )
    if meter.threads > 1 and waiting > 0.2 * learning:
        remedy = larger if facts.batch < facts.pixels else "try --threads 1"
        yield (
            waiting,
            f"steps of {facts.batch:,} pixels are too small for {meter.threads} threads, which"
            f" wait for each other {percent(waiting / learning)} of a step: {remedy}",
        )
    if python > 0.2 * (learning + python):
        yield (
            python,
            f"Python around the steps takes {percent(python / (learning + python))} of them,"
            f" so short are steps of {facts.batch:,} pixels: {larger}",
        )
    if updating > 0.5 * learning:
        yield (
            updating / 2,
            f"half of a step updates {facts.parameters:,} parameters after only"
            f" {facts.batch:,} pixels: {larger}",
        )


def _larger(facts: Facts) -> int:
    return min(4 * facts.batch, facts.pixels)


def _nothing_stands_out(parts: tuple[Part, ...], facts: Facts) -> str:
    working = [part for part in parts if part.name in IN_STEPS and part.name != "waiting"]
    largest = max(working, key=lambda part: part.seconds, default=None)
    if largest is None:
        return "no step was made"
    reached = (
        f", at {percent(largest.of_limit)} of what this machine can do" if largest.of_limit else ""
    )
    return (
        f"nothing is in the way. Most time of a step goes to {largest.name}{reached}; shorter is"
        f" a smaller field (it has {facts.parameters:,} parameters; --budget) or fewer --steps"
    )
