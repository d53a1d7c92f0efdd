"""`redraw info`: fields and runs, for people and for programs."""

import json
import re

import pytest
import torch
from tests.reading import read_tensors

from redraw import load
from redraw.cli.architecture import architecture
from redraw.fields import FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fitting.api import fit
from redraw.storage.run_folder import RunFolder
from redraw.storage.tensor_file import write_tensors


def test_a_field_for_people(redraw, fitted):
    shown = redraw("info", "tiny.redraw")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert lines[0] == "tiny.redraw: a field"
    told = {line[2:14].strip(): line[14:] for line in lines[1:]}
    assert told["picture"] == "8 × 8, 8-bit grey"
    assert told["network"].startswith("2 > 64 > 64 > 64 > 64 > 1, sine, omega ")
    assert told["parameters"] == "12,737 numbers in float32"
    assert told["stored"].endswith("bits per pixel")
    assert "from tiny.png with the preset ink in 5 steps" in told["made"]
    assert "by the reference engine (seed 0)" in told["made"]
    assert "dB, typically " in told["quality"]


def test_a_field_as_json(redraw, fitted):
    (found,) = redraw("info", "tiny.redraw", "--json").objects
    stored = (fitted / "tiny.redraw").stat().st_size
    assert found["bytes"] == stored
    assert found["bits_per_pixel"] == 8 * stored / 64
    assert found["parameters"] == load("tiny.redraw").parameter_count == 12_737
    assert (found["kind"], found["width"], found["height"]) == ("field", 8, 8)
    assert found["made"]["model"] == "ink"
    assert found["config"]["hidden"] == [64, 64, 64, 64]


def test_a_field_of_float64_whose_maker_says_strange_things(redraw, tmp_path):
    plan = {"model": "siren", "steps": 1, "hidden": (4,), "engine": "reference"}
    field = fit([[0.0, 1.0]], **plan, precision="float64")
    strange = {"psnr": 1e300, "steps": -1, "seconds": "long", "source": "a\x1b[2J" * 50, "iou": []}
    field.about.made.clear()
    field.about.made.update(strange)
    field.save("strange.redraw")
    shown = redraw("info", "strange.redraw")
    assert shown.code == 0
    assert "float64" in shown.out
    assert "\x1b" not in shown.out
    assert max(map(len, shown.out.splitlines())) < 120
    assert redraw("info", "strange.redraw", "--json").objects[0]["made"]["psnr"] == 1e300


def test_a_run_for_people(redraw, fitted):
    lines = redraw("info", "tiny.run").out.splitlines()
    assert lines[0] == "tiny.run: a run"
    told = {line[2:15].strip(): line[15:] for line in lines[1:]}
    assert told["picture"] == "tiny.png"
    assert told["preset"].startswith("ink: 2 > 64")
    assert told["state"].startswith("finished after 5 steps, ")
    assert re.fullmatch(r"[\d.]+ dB", told["quality"])
    assert told["frames"] == "4"
    assert told["field"] == "tiny.redraw"
    assert told["to continue"] == "redraw resume tiny.run --steps 5"


def test_what_was_not_measured_is_about_so_good(redraw, picture):
    said = redraw("fit", picture, "--steps", 3, "--frames", 0).out
    assert "redraw timelapse" not in said  # of what?
    assert "quality      about " in redraw("info", "tiny.run").out


def test_a_run_as_json(redraw, fitted):
    (found,) = redraw("info", "tiny.run", "--json").objects
    assert (found["kind"], found["state"], found["reason"]) == ("run", "finished", "steps")
    assert (found["step"], found["steps"], found["frames"]) == (5, 5, 4)
    assert found["psnr"] == pytest.approx(load("tiny.redraw").made["psnr"], abs=1e-3)
    assert found["config"] == RunFolder.open("tiny.run", writable=False).config


def test_a_run_in_use_and_one_without_its_field(redraw, fitted):
    (fitted / "tiny.redraw").unlink()
    assert "tiny.redraw (missing)" in redraw("info", "tiny.run").out
    with RunFolder.open("tiny.run"):
        assert "running; step 5 of 5 is saved" in redraw("info", "tiny.run").out
        assert redraw("info", "tiny.run", "--json").objects[0]["state"] == "running"
    assert redraw("info", "tiny.run", "--json").objects[0]["state"] == "finished"


def test_looking_at_a_run_changes_nothing(redraw, fitted):
    def state() -> dict:
        files = [path for path in (fitted / "tiny.run").rglob("*") if path.is_file()]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before = state()
    redraw("info", "tiny.run")
    assert state() == before


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("none", "none does not exist; name a field file or a run folder"),
        ("empty", "empty holds no field file (.redraw) and no run folder (.run)"),
        (
            "tiny.png",
            "tiny.png is no file of redraw but a PNG picture; learn it with `redraw fit tiny.png`",
        ),
        ("pixels.csv", "pixels.csv is no file of redraw but a CSV table of pixels;"),
        ("other", "other is no file of redraw: it begins with"),
    ],
)
def test_what_is_neither_is_refused(redraw, fitted, path, said):
    (fitted / "pixels.csv").write_text("x,y,pixel_value\n0,0,1\n")
    (fitted / "other").write_bytes(b"\xff" * 100)
    (fitted / "empty").mkdir()
    refused = redraw("info", path)
    assert refused.code == 1
    assert said in refused.complaint


def test_a_run_of_a_foreign_configuration_is_refused(redraw, fitted):
    path = fitted / "tiny.run" / "config.json"
    document = json.loads(path.read_text())
    document["config"]["colour"] = "blue"
    path.write_text(json.dumps(document))
    refused = redraw("info", "tiny.run")
    assert refused.code == 1
    assert "run has the foreign key 'colour'" in refused.complaint


def test_architectures_in_a_line():
    plain = FieldConfig(hidden=(5, 6), omega=12.0, output="sigmoid")
    assert architecture(plain) == "2 > 5 > 6 > 1, sine, omega 12, sigmoid output"
    fourier = FieldConfig(3, hidden=(5,), activation="relu", encoding=FourierConfig(64, 10.0))
    assert architecture(fourier).endswith(" > 5 > 3, relu, linear output")
    assert "fourier (frequencies 64, sigma 10)" in architecture(fourier)
    grid = FieldConfig(
        hidden=(5,), encoding=HashGridConfig(per_level_scale=1.12345, aspect=(1.0, 2 / 3))
    )
    assert "per_level_scale 1.123, aspect 1x0.6667)" in architecture(grid)
    gabor = FieldConfig(hidden=(4,), activation="wire")
    assert architecture(gabor) == "2 > 4 > 1, wire, omega 30, spread 10, linear output"
    assert architecture(FieldConfig(hidden=())) == "2 > 1, linear output"


def test_a_spline_is_told_without_being_unpacked(redraw, tmp_path, monkeypatch):
    """Of whatever size it says to be: what is printed stands in the file."""
    field = fit([[0.0, 0.5, 1.0]] * 3, model="spline", steps=1, budget=200, engine="reference")
    field.save("small.redraw")

    def unpacked(*_):
        raise AssertionError("the field was unpacked")

    monkeypatch.setattr("redraw.storage.spline_file.unpacked", unpacked)
    (found,) = redraw("info", "small.redraw", "--json").objects
    assert found["parameters"] == field.parameter_count
    assert found["precision"] == "float32"
    header, tensors = read_tensors("small.redraw")
    header["field"]["encoding"] |= {"width": 20_000, "height": 20_000}
    header["about"]["size"] = [20_000, 20_000]
    tensors["encoding.code"] = torch.zeros(17_000, dtype=torch.uint8)
    write_tensors("large.redraw", tensors, header)
    shown = redraw("info", "large.redraw")
    assert shown.code == 0
    assert "20000 × 20000" in shown.out
