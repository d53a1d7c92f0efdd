"""Which way of reporting a fit takes: a live display, plain lines, JSON, or none."""

from typing import TYPE_CHECKING

from redraw.cli.reporting import JsonLines, PlainLines, Reporter
from redraw.cli.screen import console, is_live

if TYPE_CHECKING:
    from redraw.cli.interrupts import StopRequests


def make_reporter(stops: "StopRequests", *, as_json: bool, quiet: bool) -> Reporter:
    """The way to report that fits the options and standard output."""
    if as_json:
        return JsonLines(stops, only_last=quiet)
    if quiet:
        return Reporter(stops)
    if is_live(console()):
        from redraw.cli.display import LiveDisplay

        return LiveDisplay(stops)
    return PlainLines(stops)
