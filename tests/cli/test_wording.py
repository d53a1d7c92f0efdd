"""Numbers, times and paths as people read them."""

import math
import os
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import pytest
from rich.text import Text

from redraw.cli.app import complain
from redraw.cli.options import PictureOptions, TableOptions, words
from redraw.cli.plain_text import plain
from redraw.cli.screen import console, put_json, say
from redraw.cli.summary import finished_lines
from redraw.cli.wording import (
    clock,
    counted,
    duration,
    off_by,
    quality,
    quoted,
    shown_path,
    size_of,
    sparkline,
    speed,
)
from redraw.fields.labels_config import LabelsConfig
from redraw.fitting.run.events import Finished
from redraw.metrics import BEST_PSNR, psnr
from redraw.signals.kinds import words_of


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (52_484, "52.5 KB"),
        (99_960, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1 MB"),
        (1_234_567, "1.23 MB"),
        (3.2e9, "3.2 GB"),
        (4.5e15, "4500 TB"),
    ],
)
def test_sizes(count, text):
    assert size_of(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (59.4, "0:59"),
        (59.6, "1:00"),
        (3599.6, "1:00:00"),
        (7384, "2:03:04"),
        (-1, "0:00"),
    ],
)
def test_clocks(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4211, "0.42 s"),
        (9.999, "10.0 s"),
        (31.52, "31.5 s"),
        (99.96, "1 min 40 s"),
        (3599.7, "1 h 0 min"),
        (10_920, "3 h 2 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_speeds_and_counts():
    assert speed(950.4) == "950 pixels/s"
    assert speed(1.254e6) == "1.25 M pixels/s"
    assert speed(2.5e9) == "2.5 G pixels/s"
    assert counted(1, "frame") == "1 frame"
    assert counted(1234, "frame") == "1,234 frames"
    assert counted(0, "frame") == "0 frames"


def test_decibels_in_levels():
    words = words_of("picture")
    a = np.full((4, 4), 100 / 255)
    assert off_by(psnr(a, a + 3 / 255), words) == "typically 3.0 of 255 levels off"
    assert off_by(psnr(a, a + 0.5 / 255), words) == "typically 0.50 of 255 levels off"
    assert off_by(psnr(a, a + 40 / 255), words) == "typically 40 of 255 levels off"
    assert off_by(BEST_PSNR, words) == "every pixel is exact"
    assert off_by(20.0, words_of("table")) == ""
    assert quality(38.456, 0.98765) == "38.46 dB, IoU of ink 0.988"


def test_paths_are_short_where_they_can_be(tmp_path, monkeypatch):
    (tmp_path / "here" / "sub").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert shown_path(tmp_path / "here" / "a.redraw") == "a.redraw"
    assert shown_path("sub/../a.redraw") == "a.redraw"
    assert shown_path("sub/a.redraw") == "sub/a.redraw"
    assert shown_path(tmp_path / "a.redraw") == str(tmp_path / "a.redraw")


def test_sparklines_rise_and_fall_with_their_values():
    rising = [(step, math.sqrt(step)) for step in range(0, 101, 5)]
    bars = sparkline(rising, 10)
    assert len(bars) == 10
    assert list(bars) == sorted(bars)
    assert (bars[0], bars[-1]) == ("▃", "█")
    assert sparkline([(0, 1.0), (1, 1.0)], 4) == "▁▁▁▁"
    assert sparkline([(0, 0.0), (9, 0.0), (10, 1.0)], 10) == "▁▁▁▁▁▁▁▁▁█"
    assert sparkline([(0, 1.0)], 4) == sparkline([], 4) == sparkline(rising, 0) == ""


NAMES = [
    "b c.png",
    "-x.png",
    "--force",
    "it's.png",
    'a"b.png',
    "a\\b.png",
    "$HOME.png",
    "`id`.png",
    "a\nb.png",
    "tab\there",
    "\x1b[31mred.png",
    "*.png",
    "~a.png",
    "#a.png",
    "!a",
    "Zoë 日本.png",
    "a;b&c|d.png",
    " a ",
    "\udcff.png",
    "\u202egnp.png",
    "👩‍🔬.png",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash to paste into")
def test_a_name_pasted_into_a_shell_is_that_name(name):
    line = quoted(name)
    assert "\n" not in line
    assert line == plain(line)
    said = subprocess.run(["bash", "-c", f"printf %s {line}"], capture_output=True, check=True)
    assert os.fsdecode(said.stdout).removeprefix("./") == name
    assert not said.stdout.startswith(b"-")


@pytest.mark.parametrize("name", ["=ls", "=", "=a b.png"])
def test_zsh_looks_for_no_program_of_that_name(name):
    """It takes =ls for the path of ls; quotes keep it from that, in every shell."""
    assert quoted(name) == f"'{name}'"
    assert quoted("a=b.png") == "a=b.png"


def test_options_and_their_values_as_they_are_typed():
    """Whatever begins with a dash would be taken for another option."""
    options = PictureOptions(layer="-left", max_side=64), TableOptions(function="-x", domain=["x"])
    assert words(*options) == [
        "--max-side",
        "64",
        "--layer=-left",
        "--function=-x",
        "--domain",
        "x",
    ]


def test_what_is_left_out_on_purpose_is_said_beside_the_error():
    finished = Finished("steps", 30.6, None, 5, 1.0, 33, "cpu", None, None)
    signal = SimpleNamespace(kind="picture")
    left = LabelsConfig(footprint="box+noise:0.03").left_out()
    assert LabelsConfig(footprint="gauss:0.6").left_out() == LabelsConfig().left_out() == ""
    told = [line.strip() for _, line in finished_lines(finished, None, signal, left_out=left)]
    assert "typically 7.5 of 255 levels off, its noise of 0.03 left out on purpose" in told
    told = [line.strip() for _, line in finished_lines(finished, None, signal)]
    assert "typically 7.5 of 255 levels off" in told


def test_what_files_say_reaches_the_terminal_as_text(capfd):
    complain("a.csv: no column '\x1b]0;owned\x07\x9b31m'\nsecond", 1)
    say("\x1b[2Jgone\u202e\tand\nmore")
    console().print(Text("\x1b[2Jgone\x07"))
    put_json({"name": "\x9b31m\u202e"})
    out, err = capfd.readouterr()
    assert err == "redraw: a.csv: no column '\\x1b]0;owned\\x07\\x9b31m' second\n"
    assert not set(out) & set("\x1b\x07\x9b\u202e")
    assert "\\x1b[2Jgone\\u202e\tand\nmore" in out
