"""What a fit shows while it runs: in place on a terminal, in lines elsewhere."""

import dataclasses
import io
import os
import pty
import re
import select
from pathlib import Path

import pytest
from rich.console import Console
from tests.waiting import patiently

from redraw.cli import display, reporting
from redraw.cli.interrupts import StopRequests
from redraw.fitting.run.events import (
    CheckpointSaved,
    Evaluated,
    Finished,
    Finishing,
    Glance,
    Planned,
    Progress,
    RolledBack,
    Started,
)

STARTED = Started(
    *("ink", 12_737, 40_000, 200, 200, 0, 3000, "reference", {}, "cpu"),
    Path("cub.run"),
    ("the first of 2 pictures in it was taken",),
)
COLOUR = re.compile(r"\x1b\[[0-9;]*[34][0-9][0-9;]*m")


def progress(step: int, kind: type[Progress] = Progress) -> Progress:
    return kind(step, 3000, 1.5e-4, 8 + step / 100, 1.2e-3, step / 100, 30 - step / 100, 1.25e6)


class Screen:
    """A live display on a terminal of which only the text is kept."""

    def __init__(self, monkeypatch, width: int, **options) -> None:
        self.file = io.StringIO()
        terminal = {"force_terminal": True, "width": width, "height": 30, **options}
        made = Console(file=self.file, **terminal)
        monkeypatch.setattr(display, "console", lambda: made)
        # A console without a live part: that of another adds its own, as it last drew it, to
        # all that is printed.
        self.paper = Console(file=io.StringIO(), **terminal)
        self.stops = StopRequests()
        self.live = display.LiveDisplay(self.stops)
        self.console = made

    def drawn(self) -> str:
        """What the live part shows now."""
        with self.paper.capture() as captured:
            self.paper.print(self.live._drawn())
        return captured.get()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*\w", "", self.drawn()).split("\n")]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_it_fits_any_width_and_keeps_its_height(monkeypatch, width):
    screen = Screen(monkeypatch, width)
    screen.live.event(STARTED)
    heights = set()
    for step in (1, 10, 100, 1234, 3000):
        screen.live.event(progress(step))
        screen.live.event(Evaluated(step, 20.0, 0.98, 1.0))
        lines = screen.lines
        assert max(map(len, lines)) <= width
        heights.add(len(lines))
        if width >= 80:  # nothing is cut
            assert not any(line.endswith("…") or "… " in line for line in lines)
    screen.live.close()
    assert len(heights) == 1


def test_all_numbers_are_there_at_80_columns(monkeypatch):
    screen = Screen(monkeypatch, 80)
    screen.live.event(STARTED)
    for step in range(100, 1300, 100):
        screen.live.event(progress(step))
    screen.live.event(Evaluated(1000, 20.0, 0.981, 10.0))
    screen.live.event(progress(1234, Glance))
    screen.live.close()
    shown = "\n".join(screen.lines)
    for part in (
        *("41 %", "1,234 of 3,000", "0:12", "0:18", "20.34 dB", "1.500e-04", "1.20e-03"),
        *("1.25 M pixels/s", "0.981 at step 1,000", "Ctrl-C stops and saves", "▁", "█"),
    ):
        assert part in shown


def test_the_measured_quality_stands_in_for_the_ink_of_photographs(monkeypatch):
    screen = Screen(monkeypatch, 80)
    screen.live.event(progress(10))
    screen.live.event(Evaluated(9, 21.5, None, 1.0))
    assert "21.50 dB at step 9" in screen.drawn()
    assert "IoU" not in screen.drawn()


def test_it_says_what_it_is_doing(monkeypatch):
    screen = Screen(monkeypatch, 80)
    screen.live.event(Started(*[*vars(STARTED).values()][:6], 0, *[*vars(STARTED).values()][7:]))
    assert "measuring the speed" in screen.drawn()
    screen.live.event(Planned(3000, 50.0))
    assert "getting ready" in screen.drawn()
    screen.live.event(progress(1))
    assert "Ctrl-C stops and saves" in screen.drawn()
    screen.live.event(Finishing("to fly"))
    assert "learning to fly" in screen.drawn()
    screen.live.event(CheckpointSaved(3000))
    assert "drawing the whole picture" in screen.drawn()
    screen.stops.count = 1
    assert "Ctrl-C again leaves at once" in screen.drawn()
    screen.live.close()


def test_what_matters_stays_above_it(monkeypatch):
    screen = Screen(monkeypatch, 80)
    screen.live.because = "it looks like a drawing; --model takes another"
    screen.live.event(STARTED)
    assert screen.stops.display
    screen.live.event(RolledBack(50, 40, 0.5))
    screen.live.close()
    assert not screen.stops.display
    text = re.sub(r"\x1b\[[0-9;?]*\w", "", screen.file.getvalue())
    first = "preset ink: 12,737 parameters (it looks like a drawing; --model takes another)"
    assert first in text.splitlines()
    assert "note: the first of 2 pictures" in text
    assert "the loss became non-finite at step 50: back to step 40" in text


def test_the_cursor_comes_back(monkeypatch):
    screen = Screen(monkeypatch, 80)
    screen.live.event(STARTED)
    screen.live.close()
    shown = screen.file.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_no_color_means_no_colour(monkeypatch):
    for no_color in (False, True):
        screen = Screen(monkeypatch, 80, no_color=no_color, color_system="standard")
        screen.live.event(progress(10))
        screen.live.event(progress(20))
        assert bool(COLOUR.search(screen.drawn())) is not no_color


def test_engines_that_refused_are_named_unless_their_device_is_not_used():
    refusals = {"cuda": "there is no CUDA device", "cpu": "it knows no float64"}
    started = dataclasses.replace(STARTED, refusals=refusals)
    lines = reporting.started_lines(started, "")
    assert "note: not the cpu engine: it knows no float64" in lines
    assert not any("CUDA" in line for line in lines)
    on_gpu = dataclasses.replace(started, device="cuda:0")
    assert "note: not the cuda engine: there is no CUDA device" in reporting.started_lines(
        on_gpu, ""
    )


# --- plain lines -----------------------------------------------------------------------------


def test_plain_lines_come_every_few_seconds_and_at_the_end(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now[0])
    plain = reporting.PlainLines(StopRequests())
    plain.event(STARTED)
    for step in range(100, 3001, 100):
        now[0] += 1.0
        plain.event(progress(step))
    steps = re.findall(r"step ([\d,]+)/", capsys.readouterr().out)
    assert steps == ["500", "1,000", "1,500", "2,000", "2,500", "3,000"]


def test_a_plain_line_holds_all_numbers(capsys):
    plain = reporting.PlainLines(StopRequests())
    plain.event(STARTED)
    capsys.readouterr()
    plain.event(Evaluated(1000, 20.0, 0.981, 10.0))
    plain.event(Planned(3000, 49.96))
    plain.event(RolledBack(50, 40, 0.5))
    plain.event(Finishing("to fly"))
    plain._said = -1e9
    plain.event(progress(1234))
    planned, rolled_back, finishing, line = capsys.readouterr().out.splitlines()
    assert planned == "50 steps per second: 3,000 steps planned"
    assert rolled_back.endswith("back to step 40, the learning rate times 0.5")
    assert finishing == "learning to fly"
    assert line == (
        "step 1,234/3,000 (41 %)  20.34 dB, IoU of ink 0.981  loss 0.00015  rate 0.0012"
        "  1.25 M pixels/s  0:12 elapsed, 0:18 left"
    )


def test_json_knows_no_infinity(capsys):
    lines = reporting.JsonLines(StopRequests())
    lines.event(Evaluated(1, float("inf"), None, 1.0))
    lines.event(progress(5, Glance))
    finished = Finished("steps", 30.0, None, 5, 1.0, 33, "reference", Path("a"), None)
    lines.finished(finished, [])
    first, last = capsys.readouterr().out.splitlines()
    assert '"psnr": null' in first
    assert '"field": "a", "run": null' in last


# --- a whole fit on a terminal ---------------------------------------------------------------


def on_a_terminal(child, *arguments: object, **environment: str) -> str:
    """All that `redraw` writes to a terminal of 80 columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
    variables = {**os.environ, "TERM": "xterm-256color", **environment}
    process = child(*arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=variables)
    os.close(theirs)
    seen = b""
    for _ in patiently(300, 0.0):
        if select.select([ours], [], [], 0.1)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:  # the other side was closed
                break
    os.close(ours)
    assert process.wait(timeout=600) == 0
    return seen.decode()


@pytest.mark.usefixtures("quick_children")
def test_a_fit_on_a_terminal(child, picture):
    plan = ("--steps", 300, "--set", "hidden=8", "--frames", 2)
    seen = on_a_terminal(child, "fit", picture, *plan)
    assert "\x1b[?25l" in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    assert "━" in seen
    assert COLOUR.search(seen)
    assert re.search(r"Done: 300 steps in [\d.]+ s, ", seen)
    assert "Traceback" not in seen


@pytest.mark.slow
def test_no_color_and_dumb_terminals(child, picture):
    plan = ("--steps", 30, "--set", "hidden=8", "--frames", 2, "--force")
    assert not COLOUR.search(on_a_terminal(child, "fit", picture, *plan, NO_COLOR="1"))
    seen = on_a_terminal(child, "fit", picture, *plan, TERM="dumb")
    assert "\x1b" not in seen
    assert "step 30/30 (100 %)" in seen
