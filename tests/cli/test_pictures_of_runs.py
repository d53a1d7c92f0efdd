"""`redraw timelapse` and `redraw plot`."""

import pytest
from PIL import Image


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_a_timelapse_in_each_format(redraw, fitted, suffix):
    done = redraw("timelapse", "tiny.run", f"a{suffix}", "--size", 32)
    assert done.code == 0
    assert done.out.startswith(f"a{suffix}: 4 frames, ")
    with Image.open(fitted / f"a{suffix}") as image:
        assert getattr(image, "n_frames", 1) == (1 if suffix == ".png" else 4)


def test_the_seconds_of_a_timelapse(redraw, fitted):
    redraw("timelapse", "tiny.run", "a.gif", "--seconds", 2, "--size", 16)
    with Image.open(fitted / "a.gif") as image:
        assert image.info["duration"] == 500


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_plot_in_each_format(redraw, fitted, suffix):
    done = redraw("plot", "tiny.run", f"a{suffix}")
    assert done.code == 0
    assert (fitted / f"a{suffix}").stat().st_size > 1000


@pytest.mark.parametrize("command", ["timelapse", "plot"])
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tiny.run", "a.txt"), 2, "can't be written as a.txt"),
        (("none.run", "a.png"), 1, "none.run does not exist"),
        (("tiny.run", "tiny.png"), 1, "tiny.png exists already"),
        (("tiny.run", "none/a.png"), 1, "make it first"),
    ],
)
def test_refusals(redraw, fitted, command, arguments, code, said):
    refused = redraw(command, *arguments)
    assert refused.code == code
    assert said in refused.complaint
    assert not (fitted / "a.png").exists()


def test_fields_are_refused(redraw, fitted):
    """A table's field has a plot; a picture's is drawn by another command, and no run."""
    refused = redraw("timelapse", "tiny.redraw", "a.png")
    assert refused.code == 1
    assert "tiny.redraw is no run folder" in refused.complaint
    refused = redraw("plot", "tiny.redraw", "a.png")
    assert refused.code == 2
    assert "draw it with `redraw render`" in refused.complaint
    assert not (fitted / "a.png").exists()


def test_force_and_quiet(redraw, fitted):
    for command in ("plot", "timelapse"):
        done = redraw(command, "tiny.run", "tiny.png", "--force", "--quiet")
        assert (done.code, done.out) == (0, "")


@pytest.mark.parametrize("option", [("--seconds", 0), ("--seconds", -1), ("--size", 0)])
def test_impossible_numbers_are_refused(redraw, fitted, option):
    refused = redraw("timelapse", "tiny.run", "a.gif", *option)
    assert refused.code == 2


def test_a_run_in_progress_can_be_looked_at(redraw, fitted):
    from redraw.storage.run_folder import RunFolder

    with RunFolder.open("tiny.run"):
        assert redraw("timelapse", "tiny.run", "a.gif").code == 0
        assert redraw("plot", "tiny.run", "a.png").code == 0


def test_a_run_without_frames_says_how_to_get_some(redraw, picture):
    plan = ("--steps", 2, "--frames", 0, "--set", "hidden=4")
    redraw("fit", picture, *plan)
    assert "--frames" in redraw("timelapse", "tiny.run", "a.gif").complaint
    assert redraw("plot", "tiny.run", "a.png").code == 0
