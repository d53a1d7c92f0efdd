"""Runs that an older version left half-way are told of, go on, and end where it ended.

`runs/write.py` made them, before the house was rebuilt: settings of hash grids, tensors of splines
and what checkpoints hold had other names then.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from redraw.cli.app import run as redraw_command
from redraw.fitting.run.run import Run
from redraw.storage.field_file import load_field

RUNS = Path(__file__).parent / "runs"
NAMES = sorted(path.parent.name for path in RUNS.glob("*/config.json"))
STEPS = 16
LEFT = {"spline": 2}  # the others at 7
# On the machine that wrote them they end at the same bits. Another one's vectors add up 480 points
# in another order: each of the 9 steps, of up to .01, is off by up to 480 eps of it, and a value
# changes by no more than the sum over 40 weights before it.
CLOSE = 9 * 0.01 * 480 * 2.0**-24 * 40


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def folder(name, tmp_path, monkeypatch):
    """A copy of the run."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(RUNS / name, tmp_path / f"{name}.run")
    return tmp_path / f"{name}.run"


def test_a_run_of_an_older_version_is_told_of(name, folder, capsys):
    assert redraw_command(["info", folder.name]) == 0
    told = " ".join(capsys.readouterr().out.split())
    config = json.loads((folder / "config.json").read_text())["config"]
    assert f"{config['source']} preset {name}: 2 > " in told
    assert f"stopped after step {LEFT.get(name, 7)} of {STEPS}" in told
    assert f"to continue redraw resume {folder.name}" in told


def test_a_run_of_an_older_version_goes_on_and_is_drawn_as_it_was(name, folder, capsys):
    assert redraw_command(["resume", folder.name, "--quiet"]) == 0, capsys.readouterr().err
    made = next(folder.parent.glob("*.redraw"))
    (field, about), (was, told) = load_field(made), load_field(RUNS / f"{name}.redraw")
    assert about.made["steps"] == told.made["steps"] == STEPS
    assert abs(about.made["psnr"] - told.made["psnr"]) <= 2e-4  # each rounded to four digits
    xy = torch.rand((200, 2), generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        values, wanted = field(xy), was(xy)
    assert float((values - wanted).abs().max()) <= CLOSE
    assert float(wanted.std()) > 1e-3  # a flat picture would prove nothing
    with torch.no_grad():  # and it did go on: the last checkpoint is not where it ended
        before = Run.look(RUNS / name).field(xy)
    assert float((before - wanted).abs().max()) > 50 * CLOSE

    if name == "table":  # it has no picture
        return
    assert redraw_command(["render", made.name, "drawn.png", "--size", "36x30", "--quiet"]) == 0
    with Image.open("drawn.png") as now, Image.open(RUNS / f"{name}.png") as old:
        apart = np.asarray(now).astype(int) - np.asarray(old).astype(int)
    assert np.abs(apart).max() <= 1  # where a value is at a tie
    assert (apart != 0).mean() <= 0.01


def test_they_hold_what_is_called_otherwise_today():
    config = json.loads((RUNS / "hash/config.json").read_text())["config"]
    assert {"levels", "features", "table", "coarsest", "growth"} < set(config["field"]["encoding"])
    checkpoint = (RUNS / "spline/checkpoints/00000002.safetensors").read_bytes()
    assert b"field.encoding.places" in checkpoint
    assert b"field.encoding.choices" in checkpoint
