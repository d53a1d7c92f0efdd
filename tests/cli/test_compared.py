"""What is said where plain interpolation would have been better."""

import shlex
from pathlib import Path

from redraw.cli.compared import compared_lines

WORSE_OWN = {
    "worse_own": True,
    "worse_between": False,
    "psnr": 28.25,
    "linear": 31.5,
    "better": "linear",
    "numbers": 1200,
}
WORSE_BETWEEN = {
    "worse_own": False,
    "worse_between": True,
    "between": 24.06,
    "interpolation": 25.5,
    "better": "spline",
    "numbers": 900,
}


def test_nothing_is_said_of_a_fit_that_is_no_worse():
    assert compared_lines(None, ["a.png"], Path("a.redraw")) == []
    fine = {"worse_own": False, "worse_between": False}
    assert compared_lines(fine, ["a.png"], Path("a.redraw")) == []


def test_a_fit_below_the_linear_answer_is_told_both_and_the_command_that_is_better():
    (_, note), (style, line) = compared_lines(WORSE_OWN, ["'a b.png'"], Path("a b.redraw"))
    assert style == "yellow"
    assert note == (
        "note: its pixels are 28.2 dB; the best linear answer of equal size has 31.5 dB"
    )
    assert shlex.split(line) == [
        *("redraw", "fit", "a b.png", "--model", "linear", "--budget", "1200"),
        *("-o", "a b-linear.redraw", "--run", "a b-linear.run"),
    ]


def test_an_answer_that_holds_every_pixel_is_called_so():
    (_, note), _ = compared_lines({**WORSE_OWN, "linear": 140.0}, ["a.png"], Path("a.redraw"))
    assert note.endswith("the best linear answer of equal size has all pixels")


def test_a_fit_below_interpolation_between_its_pixels_is_told_on_what():
    (_, note), (_, line) = compared_lines(WORSE_BETWEEN, ["-"], None)
    assert note == (
        "note: drawn larger it is likely below plain interpolation: 24.1 dB, and 25.5, on averages"
        " held out"
    )
    assert line.strip() == "redraw fit - --model spline --budget 900"


def test_of_a_picture_without_a_file_only_the_choice_is_told():
    (_, line) = compared_lines(WORSE_BETWEEN, [], Path("a.redraw"))[-1]
    assert line.strip() == "fit it with --model spline --budget 900"
