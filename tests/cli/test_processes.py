"""What one process has learned is drawn and continued by others.

A process that fits has loaded everything; one that draws loads what it needs, in an order of its
own.
"""

import numpy as np
import pytest
from PIL import Image
from skimage import data

import redraw
from redraw.cli import main

COMMANDS = {
    "render": ("render", "scene.redraw", "large.png", "--scale", "2"),
    "resume": ("resume", "scene.run", "--steps", "1"),
}


@pytest.fixture
def learned(tmp_path, monkeypatch):
    """A fit that has learned subpixel detail, in this process."""
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    photograph = data.chelsea()[40:136, 100:220]
    Image.fromarray(photograph).save(tmp_path / "scene.png")
    options = ("--model", "spline", "--steps", "1", "--budget", "60k", "--set", "subpixel=16")
    assert main(["fit", "scene.png", *options, "--quiet", "--frames", "2"]) == 0
    assert redraw.load("scene.redraw").encoding.subpixel.any()


@pytest.mark.parametrize("command", COMMANDS)
def test_another_process_takes_it_up(learned, child, command, tmp_path):
    process = child(*COMMANDS[command])
    _, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, ""), err
    if command == "render":
        assert main(["render", "scene.redraw", "here.png", "--scale", "2", "--quiet"]) == 0
        drawn = [np.asarray(Image.open(tmp_path / name)) for name in ("large.png", "here.png")]
        assert np.array_equal(*drawn)
