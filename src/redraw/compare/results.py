"""What a comparison found: one outcome for each fit, and what they say together."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# Qualities in dB whose times are told.
TARGETS = (25.0, 30.0, 35.0, 40.0)


@dataclass(frozen=True)
class Measure:
    """A number that tells how good a fit is.

    Attributes:
        key: Its name in JSON and CSV.
        label: Its name for people.
        unit: What follows the number, or "".
        style: How it is written, as in Python's format strings.
        rising: Whether more is better.
        scale: What it is multiplied by to be shown: 100 for percent.
    """

    key: str
    label: str
    unit: str = ""
    style: str = ".2f"
    rising: bool = True
    scale: float = 1.0

    def number(self, value: float) -> str:
        """A value as people read it, without its unit."""
        return format(self.scale * value, self.style)

    @property
    def heading(self) -> str:
        """The label at the beginning of a line."""
        return self.label[:1].upper() + self.label[1:]

    def told(self, value: float) -> str:
        """A value with its unit.

        Example:
            >>> PSNR.told(38.4159)
            '38.42 dB'
        """
        return f"{self.number(value)} {self.unit}".rstrip()


PSNR = Measure("psnr", "PSNR", "dB")
SSIM = Measure("ssim", "SSIM", style=".4f")
IOU = Measure("iou", "IoU of ink", style=".4f")


@dataclass(frozen=True)
class Point:
    """How good a fit was at one moment: measured over the whole signal, outside its time.

    Attributes:
        step: Steps made.
        seconds: Fitting time of this fit alone.
        value: The main measure.
    """

    step: int
    seconds: float
    value: float


@dataclass(frozen=True)
class Outcome:
    """One fit that came to its end.

    Attributes:
        name: The entrant.
        model: The preset it started from.
        seed: Of everything random.
        reason: Why it ended: "steps", "seconds" or "stopped".
        values: Measures by key; None where one does not apply.
        parameters: Learned numbers.
        bytes: Of the field file.
        steps: Steps made.
        seconds: Fitting time.
        points_per_second: Trained on, per second of fitting.
        engine: What ran it.
        refusals: Why faster engines did not take it.
        curve: From the first measurement to the end.
    """

    name: str
    model: str
    seed: int
    reason: str
    values: dict[str, float | None]
    parameters: int
    bytes: int
    steps: int
    seconds: float
    points_per_second: float
    engine: str
    refusals: dict[str, str]
    curve: tuple[Point, ...]


@dataclass(frozen=True)
class Failure:
    """One fit that did not."""

    name: str
    seed: int
    message: str


@dataclass(frozen=True)
class Spread:
    """A median, and the extremes around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Iterable[float | None]) -> "Spread | None":
        """Of the numbers there are; None without any.

        Example:
            >>> Spread.of([3.0, None, 1.0])
            Spread(median=2.0, low=1.0, high=3.0)
        """
        known = [number for number in numbers if number is not None]
        return cls.among(known) if known else None

    @classmethod
    def among(cls, numbers: Sequence[float]) -> "Spread":
        """Of numbers that are there; at least one."""
        return cls(statistics.median(numbers), min(numbers), max(numbers))


@dataclass(frozen=True)
class Standing:
    """What the fits of one entrant say together.

    Attributes:
        name: The entrant.
        outcomes: One for each seed that came to its end; never empty.
        typical: The outcome with the median of the main measure (the lower of two in the middle).
        values: Spreads of the measures, by key.
        seconds: Of fitting.
        times: Seconds to each of `TARGETS`: median and extremes over the seeds that reached it,
            None if none did.
        reached: How many seeds did, for each target.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    typical: Outcome
    values: dict[str, Spread | None]
    seconds: Spread
    times: dict[float, Spread | None]
    reached: dict[float, int]


@dataclass
class Comparison:
    """Everything that a report is made of.

    Attributes:
        signal: Name of what was learned.
        about: Facts about it, by name, for people.
        measures: Which numbers were taken; the first is what counts.
        terms: What was equal for all.
        order: Names of the entrants as they were asked for.
        whole: What was measured, in words.
        targets: Values of the main measure whose times are told.
        outcomes: Fits that came to their end.
        failures: Fits that did not.
        machine: Where it ran.
        versions: Of redraw and what it stands on.
        date: When, ISO 8601.
        stopped: Whether the user ended it early.
    """

    signal: str
    about: dict[str, str]
    measures: tuple[Measure, ...]
    terms: dict[str, Any]
    order: tuple[str, ...]
    whole: str = "all of it"
    targets: tuple[float, ...] = TARGETS
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    machine: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    date: str = ""
    stopped: bool = False

    @property
    def main(self) -> Measure:
        """What counts."""
        return self.measures[0]

    def standings(self) -> list[Standing]:
        """From the best median to the worst; who never came to an end is not among them."""
        by_name = {name: [o for o in self.outcomes if o.name == name] for name in self.order}
        found = [self._standing(name, fits) for name, fits in by_name.items() if fits]
        worst = -math.inf if self.main.rising else math.inf

        def median(standing: Standing) -> float:
            spread = standing.values[self.main.key]
            return worst if spread is None or math.isnan(spread.median) else spread.median

        return sorted(found, key=median, reverse=self.main.rising)

    def _standing(self, name: str, fits: Sequence[Outcome]) -> Standing:
        worst = -math.inf if self.main.rising else math.inf
        ranked = sorted(fits, key=lambda fit: _main(fit, self.main, worst))
        times = {
            target: [time_to(fit.curve, target, rising=self.main.rising) for fit in fits]
            for target in self.targets
        }
        return Standing(
            name,
            tuple(fits),
            ranked[(len(ranked) - 1) // 2],
            {m.key: Spread.of(fit.values.get(m.key) for fit in fits) for m in self.measures},
            Spread.among([fit.seconds for fit in fits]),
            {target: Spread.of(found) for target, found in times.items()},
            {target: sum(t is not None for t in found) for target, found in times.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values: all outcomes, and the summary from best to worst."""
        return {
            "event": "comparison",
            "signal": self.signal,
            "about": self.about,
            "terms": self.terms,
            "machine": self.machine,
            "versions": self.versions,
            "date": self.date,
            "stopped": self.stopped,
            "summary": [_summary(standing) for standing in self.standings()],
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
            "failures": [asdict(failure) for failure in self.failures],
        }

    def rows(self) -> list[dict[str, Any]]:
        """One flat row for each fit, failed ones included: what the CSV holds."""
        rows: list[dict[str, Any]] = []
        for outcome in self.outcomes:
            times = {
                f"seconds_to_{target:g}": time_to(outcome.curve, target, rising=self.main.rising)
                for target in self.targets
            }
            rows.append(
                {
                    "name": outcome.name,
                    "model": outcome.model,
                    "seed": outcome.seed,
                    **{m.key: outcome.values.get(m.key) for m in self.measures},
                    **times,
                    "parameters": outcome.parameters,
                    "bytes": outcome.bytes,
                    "steps": outcome.steps,
                    "seconds": outcome.seconds,
                    "points_per_second": outcome.points_per_second,
                    "engine": outcome.engine,
                    "ended": outcome.reason,
                    "failure": None,
                }
            )
        for failure in self.failures:
            rows.append({"name": failure.name, "seed": failure.seed, "failure": failure.message})
        return rows


def time_to(curve: Sequence[Point], target: float, *, rising: bool = True) -> float | None:
    """Seconds until a measure first reached `target`; None if it never did.

    Between two measurements it is taken to change evenly with the logarithm of time, which is
    about how fits improve. What the first measurement has already reached is given its time.

    Args:
        curve: Measurements in order.
        target: The value to reach.
        rising: Whether more is better.

    Example:
        >>> time_to([Point(1, 1.0, 10.0), Point(4, 4.0, 30.0)], 20.0)
        2.0
    """
    before: Point | None = None
    for point in curve:
        if point.value >= target if rising else point.value <= target:
            if before is None or before.seconds <= 0.0:
                return point.seconds
            share = (target - before.value) / (point.value - before.value)
            return before.seconds * (point.seconds / before.seconds) ** share
        before = point
    return None


def _main(outcome: Outcome, measure: Measure, worst: float) -> float:
    value = outcome.values.get(measure.key)
    return worst if value is None or math.isnan(value) else value


def _summary(standing: Standing) -> dict[str, Any]:
    typical = standing.typical
    return {
        "name": standing.name,
        "model": typical.model,
        "seeds": len(standing.outcomes),
        **{key: asdict(spread) if spread else None for key, spread in standing.values.items()},
        "seconds": asdict(standing.seconds),
        "seconds_to": {
            f"{target:g}": {**asdict(spread), "seeds": standing.reached[target]} if spread else None
            for target, spread in standing.times.items()
        },
        "parameters": typical.parameters,
        "bytes": typical.bytes,
        "steps": statistics.median_low(o.steps for o in standing.outcomes),
        "points_per_second": statistics.median(o.points_per_second for o in standing.outcomes),
        "engine": typical.engine,
    }
