"""Starting quickly."""

import gc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.cli.collecting import without_collecting


def test_collecting_is_off_meanwhile_and_on_again_even_after_an_error():
    with pytest.raises(KeyError), without_collecting():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_who_had_turned_it_off_keeps_it_off():
    gc.disable()
    try:
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_first_frame_is_told_before_the_run_starts_and_once(redraw, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    options = ("--model", "spline", "--steps", "3", "--budget", "3k", "--set", "subpixel=0")
    values = np.random.default_rng(0).random((30, 40, 3)) * 255
    Image.fromarray(values.astype(np.uint8)).save("noise.png")
    events = redraw("fit", "noise.png", "--json", *options).objects
    assert [event["event"] for event in events[:2]] == ["frame", "started"]
    frames = [event for event in events if event["event"] == "frame"]
    assert [event["step"] for event in frames] == [0, 1, 2, 3]
    assert all(Path(event["path"]).is_file() for event in frames)
    said = redraw("fit", "noise.png", "--force", *options).out.splitlines()
    assert said[:2] == [
        "noise.png: 40 × 30, 8-bit RGB",
        "first picture noise.run/frames/000000.png: the best linear answer, before the first step",
    ]
    assert redraw("resume", "noise.run", "--steps", "2").code == 0


def test_an_error_before_the_run_starts_leaves_no_folder(redraw, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    outcome = redraw("fit", "cub", "--model", "spline", "--set", "room=10", "--set", "transforms=1")
    assert "no room" in outcome.complaint
    assert not list(Path().iterdir())
