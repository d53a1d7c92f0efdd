"""The demo, whole: what `make demo` promises to leave behind."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

DEMO = Path(__file__).parents[2] / "examples/demo.py"


def demo(folder, *options):
    return subprocess.run(
        [sys.executable, DEMO, "--folder", folder, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_demo_leaves_what_it_promises_and_is_quick_the_second_time(tmp_path):
    folder = tmp_path / "demo"
    first = demo(folder)
    assert first.returncode == 0, first.stderr
    for size in (50, 512, 1024):
        with Image.open(folder / f"cub-{size}.png") as picture:
            assert picture.size == (size, size)
    with Image.open(folder / "timelapse.gif") as animation:
        assert animation.n_frames > 20
    for name in ("cub.redraw", "error-map.png", "learning-curve.png", "cub.run"):
        assert (folder / name).exists()
        assert name in first.stdout
    measured = first.stdout[first.stdout.index("Measured:") :]
    assert "dB" in measured

    began = time.monotonic()
    second = demo(folder)
    assert second.returncode == 0, second.stderr
    assert "Nothing has changed" in second.stdout
    assert measured in second.stdout
    assert time.monotonic() - began < 10.0


def test_a_file_in_the_folders_place_is_left_alone(tmp_path):
    (tmp_path / "demo").write_text("precious")
    done = demo(tmp_path / "demo")
    assert done.returncode == 2
    assert "is not a folder" in done.stderr
    assert (tmp_path / "demo").read_text() == "precious"
