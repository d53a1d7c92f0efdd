"""A fit that memory does not hold is refused before it takes any, whoever asks for it."""

import json

import numpy as np
import pytest

import redraw
from redraw import memory
from redraw.cli.app import run
from redraw.errors import TooLargeError
from redraw.fitting.plan.memory import check_memory
from redraw.fitting.plan.planning import prepare

VAST = "20000,20000,20000"


@pytest.fixture
def little(monkeypatch):
    """As if 4 GB were free."""
    monkeypatch.setattr(memory, "available", lambda: 4_000_000_000)


def picture_file(tmp_path, name="a.png"):
    redraw.Picture.from_array(np.random.default_rng(0).random((16, 16, 3))).save(tmp_path / name)
    return tmp_path / name


def test_the_command_line_refuses_it_with_the_numbers(tmp_path, monkeypatch, capsys, little):
    """Two layers of 20,000 x 20,000, seven float32 of each number: itself, its two moments, a copy
    of these to go back to, and its gradient.
    """
    monkeypatch.chdir(tmp_path)
    picture_file(tmp_path)
    learned = 2 * 20_000 + 20_000 + 2 * (20_000**2 + 20_000) + 3 * 20_000 + 3
    assert run(["fit", "a.png", "--model", "siren", "--set", f"hidden={VAST}"]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert f"learning {learned:,} parameters would take about {28 * learned / 1e9:.1f} GB" in said
    assert "4.0 GB are free; take smaller sizes" in said
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_so_does_python(little):
    with pytest.raises(TooLargeError, match=r"22\.4 GB of memory, and 4\.0 GB are free"):
        redraw.fit(np.zeros((4, 4)), model="siren", hidden=(20000, 20000, 20000), steps=1)


def test_so_do_several_pictures_and_comparisons(tmp_path, monkeypatch, capsys, little):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.png"):
        picture_file(tmp_path, name)
    several = ["fit", "a.png", "b.png", "-o", "out/", "--jobs", "1"]
    assert run([*several, "--model", "siren", "--set", f"hidden={VAST}"]) == 1
    assert "22.4 GB of memory" in "".join(capsys.readouterr())
    (tmp_path / "wide.toml").write_text(f'model = "siren"\nhidden = [{VAST}]\n')
    entrants = ["--models", "relu", "--config", "wide.toml", "--steps", "2"]
    run(["compare", "a.png", *entrants])
    told = json.loads((tmp_path / "a-compare.json").read_text())
    assert [o["name"] for o in told["outcomes"]] == ["relu"]
    assert "22.4 GB of memory" in told["failures"][0]["message"]


def test_resume_asks_again(tmp_path, monkeypatch, capsys):
    """A run may come from a larger machine."""
    monkeypatch.chdir(tmp_path)
    picture_file(tmp_path)
    fit = ["fit", "a.png", "--model", "siren", "--set", "hidden=64,64", "--steps", "2", "--quiet"]
    assert run(fit) == 0
    monkeypatch.setattr(memory, "UNASKED", 1000)
    monkeypatch.setattr(memory, "available", lambda: 100_000)
    assert run(["resume", "a.run", "--steps", "2"]) == 1
    assert "parameters would take about" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["hash", "siren", "relu", "fourier", "linear"])
def test_large_pictures_are_not_refused(model, monkeypatch):
    """24 megapixels by presets as they are: 1.5 GB beside the picture are enough to begin."""
    monkeypatch.setattr(memory, "available", lambda: 1_500_000_000)
    large = redraw.Picture.from_array(np.zeros((4000, 6000, 3), np.uint8))
    check_memory(prepare(large, model=model), large.numbers)
