"""The live display of a fit on a terminal: progress, quality and speed, in place."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from redraw.cli.reporting import (
    Reporter,
    first_frame_line,
    planned_line,
    rollback_line,
    signal_line,
    started_lines,
)
from redraw.cli.screen import console
from redraw.cli.wording import IOU, clock, sparkline, speed
from redraw.signals.kinds import words_of
from redraw.signals.words import Words

if TYPE_CHECKING:
    from redraw.cli.interrupts import StopRequests
    from redraw.fitting.run.events import Evaluated, Event, Finished, Profiled, Progress, Started
    from redraw.signals.signal import Signal

FRAMES_PER_SECOND = 8
WIDEST = 88  # wider is not easier to read
CURVE = 20  # columns


class LiveDisplay(Reporter):
    """Redraws a few lines in place, and takes them away at the end."""

    def __init__(self, stops: "StopRequests") -> None:
        super().__init__(stops)
        self._console = console()
        self._live: Live | None = None
        self._doing = ""
        self._words = Words()
        self._steps = 0
        self._now: Progress | None = None
        self._measured: Evaluated | None = None
        self._curve: list[tuple[float, float]] = []

    def signal(self, signal: "Signal") -> None:
        name, rest = signal_line(signal).split(": ", 1)
        self._console.print(Text.assemble((name, "bold"), "  ", rest))

    def begun(self, frame: Path) -> None:
        self._console.print(Text(first_frame_line(frame), style="dim"))

    def event(self, event: "Event") -> None:
        from redraw.fitting.run.events import (
            CheckpointSaved,
            Evaluated,
            Finishing,
            Planned,
            Progress,
            RolledBack,
            Started,
        )

        if isinstance(event, Started):
            self._begin(event)
        elif isinstance(event, Planned):
            self._steps = event.steps
            self._doing = "getting ready; Ctrl-C stops"
            self._console.print(Text(planned_line(event), style="dim"))
        elif isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, Finishing):
            self._doing = f"learning {event.learning}"
        elif isinstance(event, Evaluated):
            self._measured = event
        elif isinstance(event, RolledBack):
            self._console.print(Text(rollback_line(event), style="yellow"))
        elif isinstance(event, CheckpointSaved) and (self.stops.count or event.step >= self._steps):
            self._doing = f"drawing {self._words.whole} to measure it"

    def close(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None
            self.stops.display = False

    def finished(self, event: "Finished", lines: Sequence[tuple[str, str]]) -> None:
        self._console.print()
        for style, line in lines:
            self._console.print(Text(line, style=style), soft_wrap=True)

    def profile(self, event: "Profiled | None") -> None:
        if event:
            from redraw.cli.profile import show_profile

            show_profile(event.profile)

    def _begin(self, event: "Started") -> None:
        for line in started_lines(event, self.because):
            first, rest = line.split(" ", 1)
            style = "yellow" if first == "note:" else "dim"
            self._console.print(Text.assemble((first, style), " ", rest))
        self._words = words_of(event.signal)
        self._steps = event.steps
        self._doing = "measuring the speed, to plan for the time given"
        if event.steps:
            self._doing = "getting ready; Ctrl-C stops"
        self._live = Live(
            console=self._console,
            get_renderable=self._drawn,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
        )
        self.stops.display = True
        self._live.start()

    def _progress(self, event: "Progress") -> None:
        from redraw.fitting.run.events import Glance

        self._now = event
        self._doing = ""
        if not isinstance(event, Glance):
            self._curve.append((event.step, event.psnr))

    def _drawn(self) -> RenderableType:
        """The display as it stands. Called by rich's own thread."""
        width = min(WIDEST, self._console.width) - 4
        step = self._now.step if self._now else 0
        waiting = self._now is None  # for the speed to be measured, or kernels to be compiled
        bar = ProgressBar(total=self._steps or 1, completed=step, width=width - 6, pulse=waiting)
        top = Table.grid(padding=(0, 1))
        share = 100 * step / self._steps if self._steps else 0.0
        top.add_row(bar, f"{share:3.0f} %")
        parts: list[RenderableType] = ["", top]
        if self._now:
            parts += ["", self._numbers(self._now, width)]
        parts += ["", Text(self._hint(), style="dim", no_wrap=True, overflow="ellipsis")]
        return Padding(Group(*parts), (0, 0, 0, 2))

    def _numbers(self, now: "Progress", width: int) -> Table:
        """Names and numbers in two columns, each at its place."""
        left = width // 2
        grid = Table.grid(padding=(0, 1))
        for column, style in enumerate(("dim", "", "dim", "")):
            grid.add_column(
                style=style,
                no_wrap=True,
                overflow="ellipsis",
                width=max(1, (11, left - 13, 10, width - left - 12)[column]),
            )
        told = f"{now.psnr:.2f} dB"
        room = 0 if self._console.options.ascii_only else min(CURVE, left - 16 - len(told))
        psnr = Text.assemble((told, "bold"), "  ", (sparkline(self._curve, room), "cyan"))
        grid.add_row("step", f"{now.step:,} of {now.steps:,}", "elapsed", clock(now.seconds))
        grid.add_row(self._words.decibels, psnr, "remaining", clock(now.remaining))
        grid.add_row("loss", f"{now.loss:.3e}", "rate", f"{now.rate:.2e}")
        pace = ("speed", speed(now.points_per_second, self._words.positions))
        grid.add_row(*(_measured(self._measured) if self._measured else ()), *pace)
        return grid

    def _hint(self) -> str:
        if self.stops.count:
            return "stopping: saving what is learned; Ctrl-C again leaves at once"
        return self._doing or "Ctrl-C stops and saves; nothing is lost"


def _measured(event: "Evaluated") -> tuple[str, str]:
    """The name of what was measured last, and how much it was, and when."""
    if event.scores is not None:
        from redraw.scores import main_score

        name, _, told = main_score(event.scores)
        name, _, where = name.partition(", ")
        told = f"{told} {where}".rstrip()
    elif event.iou is not None:
        name, told = IOU, f"{event.iou:.3f}"
    else:
        name, told = "measured", f"{event.psnr:.2f} dB"
    return name, f"{told} at step {event.step:,}"
