"""Following a run to its end: what `fit` and `resume` share."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.interrupts import StopRequests
from redraw.cli.reporting import Reporter
from redraw.cli.summary import finished_lines, stopped_lines
from redraw.cli.wording import quoted
from redraw.errors import OutputError

if TYPE_CHECKING:
    from redraw.fitting.run.run import Run


def follow(
    run: "Run",
    reporter: Reporter,
    stops: StopRequests,
    source: Path | None = None,
    fit: Sequence[str] = (),
) -> int:
    """Let `run` go to its end, reporting; returns the exit code.

    Args:
        run: What to follow.
        reporter: Hears every event.
        stops: Ctrl-C and SIGTERM.
        source: The picture's file, for the summary.
        fit: The words of the fit, as they are pasted, for another like it.

    Raises:
        RedrawError: the run failed.
    """
    from redraw.fitting.run.events import Finished, Profiled

    go_on = f"`redraw resume {quoted(run.folder.path)}`" if run.folder else ""
    if go_on:
        stops.parting = f"left at once; continue from the last checkpoint with {go_on}"
    stops.attach(run)
    last: Finished | None = None
    profiled: Profiled | None = None
    events = run.events()
    try:
        for event in events:
            if isinstance(event, Finished):
                last = event
            if isinstance(event, Profiled):
                profiled = event
            reporter.event(event)
    except OutputError as error:
        raise OutputError(
            f"{error}; then continue with {go_on}" if go_on else str(error)
        ) from error
    finally:
        reporter.close()
    assert last is not None  # a run that ends without an error says so
    if last.reason == "stopped":
        reporter.finished(last, stopped_lines(last, run.at.total))
        reporter.profile(profiled)
        return INTERRUPTED
    left_out = run.config.field.encoding.left_out()
    reporter.finished(last, finished_lines(last, source, run.signal, fit, left_out))
    reporter.profile(profiled)
    return 0
