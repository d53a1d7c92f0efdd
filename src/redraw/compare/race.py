"""Several fits in turns on one machine, so that whatever else it does falls on all alike.

All entrants of one seed run together: a slice of fitting time each, in turns, then the next seed.
Only one computes at a time, with all the threads it may have; its seconds are its own. Measuring
happens between slices and counts for nobody.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from redraw import memory
from redraw.compare.entrants import Entrant, Terms
from redraw.compare.results import Failure, Outcome, Point
from redraw.compare.topic import Topic
from redraw.errors import RedrawError
from redraw.fitting.run.events import Event, Finished, Planned, Started
from redraw.fitting.run.run import Run

# Seconds of fitting in one turn: long enough for warm caches, short against a machine's moods.
SLICE = 0.25
# Each fit is measured at these shares of its plan, three to an octave.
MEASURED_AT = tuple(2.0 ** (k / 3.0) for k in range(-24, 0))
# Measuring takes at most this share of the fitting time so far; what would exceed it is left out.
MEASURING = 0.5


@dataclass(frozen=True)
class Measured(Event):
    """A fit was measured over the whole signal."""

    kind: ClassVar[str] = "measured"
    step: int
    seconds: float
    value: float


@dataclass(frozen=True)
class Failed(Event):
    """A fit ended without a result."""

    kind: ClassVar[str] = "failed"
    message: str


@dataclass(frozen=True)
class Heard:
    """An event, and whose it is."""

    name: str
    seed: int
    event: Event


class Lane:
    """One entrant's fit with one seed, advanced by turns.

    Attributes:
        name: The entrant.
        seed: Of everything random.
        run: The fit.
        curve: How good it was when.
        finished: Its last event, once it came to its end.
    """

    def __init__(self, name: str, seed: int, run: Run, topic: Topic) -> None:
        self.name, self.seed, self.run = name, seed, run
        self.curve: list[Point] = []
        self.finished: Finished | None = None
        self._topic = topic
        self._events = run.events()
        self._due = list(MEASURED_AT)
        self._measuring = self._planning = 0.0

    def turn(self, seconds: float) -> Iterator[Event]:
        """Fit for about so long, and measure what is due.

        Raises:
            RedrawError: the fit failed.
        """
        began = self.run.at.seconds
        for event in self._events:
            yield event
            if isinstance(event, Started):
                self._topic.quality(self.run)  # compiles or loads what measuring needs
            if isinstance(event, Planned):
                self._planning = self.run.at.seconds
            if isinstance(event, Finished):
                self.finished = event
                self.curve.append(Point(event.steps, event.seconds, self._topic.final(event)))
                return
            measured = self._measured()
            if measured:
                yield measured
            if self.run.at.seconds - began >= seconds:
                return

    def close(self) -> None:
        """Give back threads and buffers; nothing happens if it came to its end."""
        self._events.close()  # type: ignore[attr-defined]

    def outcome(self) -> Outcome:
        """What came of it, after its end."""
        done, run = self.finished, self.run
        assert done is not None
        # The speed was measured with steps that taught nothing: they are time, but no steps.
        fitting = done.seconds - self._planning
        return Outcome(
            name=self.name,
            model=run.config.model,
            seed=self.seed,
            reason=done.reason,
            values=self._topic.judged(run, done),
            parameters=done.parameters,
            bytes=self._topic.bytes(run),
            steps=done.steps,
            seconds=done.seconds,
            points_per_second=run.batches.batch * done.steps / fitting if fitting > 0 else 0.0,
            engine=done.engine,
            refusals=dict(run.refusals),
            curve=tuple(self.curve),
        )

    def _measured(self) -> Measured | None:
        at = self.run.at
        share = at.step / at.total if at.total else 0.0
        if not self._due or share < self._due[0] or share >= 1.0:
            return None
        while self._due and share >= self._due[0]:
            self._due.pop(0)
        if self._measuring > MEASURING * at.seconds:
            return None
        began = time.perf_counter()
        value = self._topic.quality(self.run)
        self._measuring += time.perf_counter() - began
        self.curve.append(Point(at.step, at.seconds, value))
        return Measured(at.step, at.seconds, value)


class Race:
    """All fits of a comparison.

    Args:
        topic: What is learned.
        entrants: Who learns it.
        terms: What is equal for all.
        environment: Variables such as REDRAW_OMEGA, for all.
        first_seed: The others follow it.

    Attributes:
        outcomes: Of the fits that came to their end, as they did.
        failures: Of those that did not.
        stopped: Whether `stop` was called.
        device: Where the last fit ran.
    """

    def __init__(
        self,
        topic: Topic,
        entrants: Sequence[Entrant],
        terms: Terms,
        environment: Mapping[str, str] | None = None,
        *,
        first_seed: int = 0,
    ) -> None:
        self._first_seed = first_seed
        self.topic, self.entrants, self.terms = topic, tuple(entrants), terms
        self.environment = environment
        self.outcomes: list[Outcome] = []
        self.failures: list[Failure] = []
        self.stopped = False
        self.device = "cpu"
        self._lanes: list[Lane] = []

    def stop(self) -> None:
        """Ask all fits to end where they are; safe from signal handlers and threads."""
        self.stopped = True
        for lane in tuple(self._lanes):
            lane.run.stop()

    def events(self) -> Iterator[Heard]:
        """Run all to their ends, reporting. A fit that fails is told, and the others go on."""
        threads = torch.get_num_threads()
        try:
            for seed in range(self._first_seed, self._first_seed + self.terms.seeds):
                if not self.stopped:
                    yield from self._round(seed)
        finally:
            for lane in self._lanes:
                lane.close()
            torch.set_num_threads(threads)

    def _round(self, seed: int) -> Iterator[Heard]:
        """All entrants with one seed, in turns."""
        for entrant in self.entrants:
            try:
                plan = entrant.plan(self.topic.signal, self.terms, seed, self.environment)
                run = Run.start(self.topic.signal, plan)
                run.guarded = False
            except (RedrawError, MemoryError, RuntimeError) as error:
                if not expected(error):
                    raise
                yield self._failed(entrant.name, seed, error)
                continue
            self.device = run.device
            self._lanes.append(Lane(entrant.name, seed, run, self.topic))
            if self.stopped:
                run.stop()
        while self._lanes:
            for lane in tuple(self._lanes):
                yield from self._turn(lane)

    def _turn(self, lane: Lane) -> Iterator[Heard]:
        # A fit by the reference engine sets PyTorch's threads as it starts; others unset them.
        if self.terms.threads:
            torch.set_num_threads(self.terms.threads)
        try:
            for event in lane.turn(SLICE):
                yield Heard(lane.name, lane.seed, event)
            if lane.finished:
                self._lanes.remove(lane)
                self.outcomes.append(lane.outcome())
                self.topic.keep(self.outcomes[-1], lane.run)
        except (RedrawError, MemoryError, RuntimeError) as error:
            if not expected(error):
                raise
            if lane in self._lanes:
                self._lanes.remove(lane)
            with contextlib.suppress(RuntimeError):
                lane.close()
            yield self._failed(lane.name, lane.seed, error)

    def _failed(self, name: str, seed: int, error: BaseException) -> Heard:
        words = words_of(error)
        self.failures.append(Failure(name, seed, words))
        return Heard(name, seed, Failed(words))


def expected(error: BaseException) -> bool:
    """Whether a fit may fail so while others go on: what it asked for can't be done here."""
    return isinstance(error, RedrawError) or memory.ran_out(error)


def words_of(error: BaseException) -> str:
    """Why a fit failed, on a line."""
    if memory.ran_out(error):
        return "there was not enough memory for it"
    return " ".join(str(error).split())
