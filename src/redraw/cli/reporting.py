"""What a fit says while it runs, where there is no live display: plain lines, JSON, or nothing."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.plain_text import plain
from redraw.cli.screen import put_json, say
from redraw.cli.wording import clock, counted, duration, quality, relative_path, shown_path, speed
from redraw.signals.kinds import words_of

if TYPE_CHECKING:
    from redraw.cli.interrupts import StopRequests
    from redraw.fitting.run.events import (
        Evaluated,
        Event,
        Finished,
        Planned,
        Profiled,
        Progress,
        RolledBack,
        Started,
    )
    from redraw.signals.signal import Signal

LINE_EVERY = 5.0  # seconds between plain lines


class Reporter:
    """Says nothing: `--quiet`. Base of the others.

    Attributes:
        stops: Whether the user asked to stop.
        because: Why this preset was chosen, or "".
    """

    def __init__(self, stops: "StopRequests") -> None:
        self.stops = stops
        self.because = ""

    def signal(self, signal: "Signal") -> None:
        """The picture or table was read; PyTorch is not loaded yet."""

    def begun(self, frame: Path) -> None:
        """The first frame is there; PyTorch is not loaded yet."""

    def event(self, event: "Event") -> None:
        """The next event of the run."""

    def close(self) -> None:
        """The run ended, one way or another."""

    def finished(self, event: "Finished", lines: Sequence[tuple[str, str]]) -> None:
        """The last event, after `close`.

        Args:
            event: The event.
            lines: What to say to people, each with its style.
        """

    def profile(self, event: "Profiled | None") -> None:
        """Where the time went, at the very end, if it was asked for."""


class JsonLines(Reporter):
    """One object per event; glances are left out."""

    def __init__(self, stops: "StopRequests", *, only_last: bool = False) -> None:
        super().__init__(stops)
        self.only_last = only_last

    def begun(self, frame: Path) -> None:
        from redraw.fitting.run.events import FrameSaved

        self.event(FrameSaved(0, frame))

    def event(self, event: "Event") -> None:
        from redraw.fitting.run.events import Finished, Glance

        if not (self.only_last or isinstance(event, Glance | Finished)):
            put_json(with_paths(event))

    def finished(self, event: "Finished", lines: Sequence[tuple[str, str]]) -> None:
        put_json(with_paths(event))


class PlainLines(Reporter):
    """A line now and then, for pipes, files and simple terminals."""

    def __init__(self, stops: "StopRequests") -> None:
        super().__init__(stops)
        self._said = 0.0
        self._positions = ""
        self._measured: Evaluated | None = None
        self._stopping = False

    def signal(self, signal: "Signal") -> None:
        say(signal_line(signal))

    def begun(self, frame: Path) -> None:
        say(first_frame_line(frame))

    def event(self, event: "Event") -> None:
        from redraw.fitting.run.events import (
            Evaluated,
            Finishing,
            Planned,
            Progress,
            RolledBack,
            Started,
        )

        if self.stops.count and not self._stopping:
            self._stopping = True
            say("stopping: saving what is learned")
        if isinstance(event, Started):
            for line in started_lines(event, self.because):
                say(line)
            self._said = time.monotonic()
            self._positions = words_of(event.signal).positions
        elif isinstance(event, Planned):
            say(planned_line(event))
        elif isinstance(event, RolledBack):
            say(rollback_line(event))
        elif isinstance(event, Finishing):
            say(f"learning {event.learning}")
        elif isinstance(event, Evaluated):
            self._measured = event
        elif isinstance(event, Progress) and self._is_time(event):
            say(progress_line(event, self._measured, self._positions))

    def finished(self, event: "Finished", lines: Sequence[tuple[str, str]]) -> None:
        for _, line in lines:
            say(line)

    def profile(self, event: "Profiled | None") -> None:
        if event:
            from redraw.cli.profile import show_profile

            show_profile(event.profile)

    def _is_time(self, event: "Progress") -> bool:
        now = time.monotonic()
        if event.step < event.steps and now - self._said < LINE_EVERY:
            return False
        self._said = now
        return True


def with_paths(event: "Event") -> dict[str, object]:
    """An event as JSON, paths relative where they lie below the current folder."""
    values = event.to_json()
    for name, value in vars(event).items():
        if isinstance(value, Path):
            values[name] = relative_path(value)
    return values


def signal_line(signal: "Signal") -> str:
    """What was read: "cub.png: 200 × 200, 8-bit grey", "data.csv: 100 rows, a, b → y"."""
    return f"{plain(signal.name)}: {signal.describe()}"


def first_frame_line(frame: Path) -> str:
    """Where the first frame is."""
    return f"first picture {shown_path(frame)}: the best linear answer, before the first step"


def started_lines(event: "Started", because: str) -> list[str]:
    """With what it is learned, where, and what the user should know."""
    reason = f" ({because})" if because else ""
    lines = [f"preset {event.model}: {counted(event.parameters, 'parameter')}{reason}"]
    place = event.engine if event.device == "cpu" else f"{event.engine} on {event.device}"
    folder = f", run folder {shown_path(event.run)}" if event.run else ""
    lines.append(f"engine {place}{folder}")
    for name, reason in event.refusals.items():
        if name not in ("cuda", "mps") or event.device.startswith(name):
            lines.append(f"note: not the {name} engine: {reason}")
    if event.step:
        lines.append(f"continuing after step {event.step:,} of {event.steps:,}")
    return [*lines, *(f"note: {note}" for note in event.notes)]


def planned_line(event: "Planned") -> str:
    """The plan for `--seconds`."""
    return f"{event.steps_per_second:,.3g} steps per second: {event.steps:,} steps planned"


def rollback_line(event: "RolledBack") -> str:
    """What was done about a loss that is no number."""
    return (
        f"the loss became non-finite at step {event.step:,}: back to step {event.to_step:,},"
        f" the learning rate times {event.rate_factor:g}"
    )


def progress_line(event: "Progress", measured: "Evaluated | None", positions: str) -> str:
    """All numbers of a moment on one line; `positions` says what the signal's are called."""
    share = 100 * event.step / max(1, event.steps)
    scores, iou = (measured.scores, measured.iou) if measured else (None, None)
    return (
        f"step {event.step:,}/{event.steps:,} ({share:.0f} %)  {quality(event.psnr, iou, scores)}"
        f"  loss {event.loss:.3g}  rate {event.rate:.3g}"
        f"  {speed(event.points_per_second, positions)}"
        f"  {clock(event.seconds)} elapsed, {clock(event.remaining)} left"
    )


def result_line(event: "Finished") -> str:
    """How it ended."""
    return (
        f"{counted(event.steps, 'step')} in {duration(event.seconds)},"
        f" {quality(event.psnr, event.iou, event.scores)}"
    )
