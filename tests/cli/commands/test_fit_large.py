"""`redraw fit` of pictures above --max-pixels, and what draws them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.fitting.large.conftest import picture

from redraw import read

pytest.importorskip("pyvips", reason="redraw[large] is not installed")


@pytest.fixture
def scan():
    pixels = picture(420, 390)
    Image.fromarray(pixels).save("scan.png")
    return pixels


def test_a_picture_above_the_limit_is_fitted_in_strips(redraw, scan):
    done = redraw("fit", "scan.png", "--max-pixels", 100_000, "--psnr", 40, "--json")
    assert done.code == 0, done.err
    last = done.objects[-1]
    assert last["event"] == "finished"
    assert abs(last["psnr"] - 40) < 0.1
    assert not Path("scan.parts").exists()
    assert redraw("render", "scan.redraw", "part.png", "--region", "30,40,130,90").code == 0
    error = read("part.png").values - scan[40:90, 30:130] / 255
    assert -10 * np.log10(np.mean(error**2)) > 37
    done = redraw("diff", "scan.png", "scan.redraw", "--json")
    assert done.code == 0, done.err
    compared = done.objects[0]
    assert abs(compared["psnr"] - last["psnr"]) < 0.1
    told = redraw("info", "scan.redraw", "--json").objects[0]
    assert (told["width"], told["height"]) == (420, 390)


def test_deep_zoom_there_and_back(redraw, scan):
    redraw("fit", "scan.png", "--max-pixels", 100_000, "-q")
    assert redraw("export", "scan.redraw", "tiles.dzi", "--levels", 0).code == 0
    done = redraw("fit", "tiles.dzi", "-o", "again.redraw")
    assert done.code == 0, done.err
    assert "420 × 390" in done.out
    refused = redraw("export", "scan.redraw", "scan.py")
    assert "larger than memory" in refused.complaint


@pytest.mark.parametrize(
    "options", [("--steps", 5), ("--model", "siren"), ("--max-side", 20), ("--set", "omega=3")]
)
def test_what_such_a_fit_does_not_take(redraw, scan, options):
    refused = redraw("fit", "scan.png", "--max-pixels", 100_000, *options)
    assert refused.code == 2
    assert "in strips" in refused.complaint


def test_without_the_extra_it_is_named(redraw, scan, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyvips", None)
    refused = redraw("fit", "scan.png", "--max-pixels", 100_000)
    assert refused.code == 1
    assert "redraw[large]" in refused.complaint


def test_one_of_many(redraw, scan):
    Path("in").mkdir()
    Path("scan.png").rename("in/scan.png")
    Image.fromarray(picture(400, 300)).save("in/second.png")
    done = redraw(
        "fit",
        "in",
        "-o",
        "out",
        "--max-pixels",
        100_000,
        "--model",
        "wavelet",
        "--set",
        "quality=40",
        "--jobs",
        1,
    )
    assert done.code == 0, done.err + done.out
    assert sorted(path.name for path in Path("out").glob("*.redraw")) == [
        "scan.redraw",
        "second.redraw",
    ]
    redraw("fit", "in/scan.png", "-o", "alone.redraw", "--max-pixels", 100_000, "--psnr", 40)
    assert Path("alone.redraw").read_bytes() == Path("out/scan.redraw").read_bytes()
