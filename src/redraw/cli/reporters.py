"""Which way of reporting a fit takes: a live display, plain lines, JSON, or none."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.reporting import JsonLines, PlainLines, Reporter
from redraw.cli.screen import console, drop_output, is_live

if TYPE_CHECKING:
    from redraw.cli.interrupts import StopRequests
    from redraw.fitting.run.events import Event, Finished, Profiled
    from redraw.signals.signal import Signal


def make_reporter(stops: "StopRequests", *, as_json: bool, quiet: bool) -> Reporter:
    """The way to report that fits the options and standard output."""
    if as_json:
        return WhileHeard(JsonLines(stops, only_last=quiet))
    if quiet:
        return Reporter(stops)
    if is_live(console()):
        from redraw.cli.display import LiveDisplay

        return LiveDisplay(stops)
    return WhileHeard(PlainLines(stops))


class WhileHeard(Reporter):
    """Reports until nobody reads any more (`| head -1`); the fit goes on, which is said once.

    Args:
        inner: Says it.
    """

    def __init__(self, inner: Reporter) -> None:
        self.inner: Reporter | None = inner
        super().__init__(inner.stops)

    def signal(self, signal: "Signal") -> None:
        self._tell(lambda inner: inner.signal(signal))

    def begun(self, frame: Path) -> None:
        self._tell(lambda inner: inner.begun(frame))

    def event(self, event: "Event") -> None:
        self._tell(lambda inner: inner.event(event))

    def close(self) -> None:
        self._tell(lambda inner: inner.close())

    def finished(self, event: "Finished", lines: Sequence[tuple[str, str]]) -> None:
        self._tell(lambda inner: inner.finished(event, lines))

    def profile(self, event: "Profiled | None") -> None:
        self._tell(lambda inner: inner.profile(event))

    def _tell(self, what: Callable[[Reporter], None]) -> None:
        if self.inner is None:
            return
        self.inner.because = self.because
        try:
            what(self.inner)
        except BrokenPipeError:
            self.inner = None
            drop_output()
            print(
                "redraw: nobody reads what is said; the fit goes on, and saves what it learns",
                file=sys.stderr,
                flush=True,
            )
