"""A kind of signal of another package on the command line: told and drawn in its own words."""

import json
import math
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from tests.extending.sounds import FIXTURE, installed

import redraw
from redraw.cli.app import run as redraw_command
from redraw.signals.kinds import KINDS, Kind

# Words of pictures, which no line about a sound holds.
PICTURES = ("pixel", "picture", "255", ".png", "ink", "PSNR", "colour")
FIT = ("--model", "siren", "--steps", "60", "--set", "hidden=16,16", "--set", "omega_first=20")


@pytest.fixture
def sound(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with installed(monkeypatch) as package:
        yield package


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A folder with tone.wav, tone.redraw and tone.run of a fit of `FIT`. Not to be changed."""
    folder = tmp_path_factory.mktemp("tone")
    with pytest.MonkeyPatch.context() as patch, installed(patch) as package:
        patch.chdir(folder)
        package.tone().save(folder / "tone.wav")
        assert redraw_command(["fit", "tone.wav", *FIT, "--quiet"]) == 0
    return folder


@pytest.fixture
def fitted(learned, tmp_path):
    """A copy of it in the current folder."""
    shutil.copytree(learned, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def told(capsys):
    """What a command says, with its exit code."""

    def command(*words):
        capsys.readouterr()
        code = redraw_command([str(word) for word in words])
        found = capsys.readouterr()
        return code, found.out, found.err

    return command


def heard(path):
    with wave.open(str(path)) as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return values / 32767, file.getframerate()


def test_a_fit_is_told_in_the_kind_s_own_words_and_its_next_steps_work(sound, told, tmp_path):
    tone = sound.tone()
    tone.save(tmp_path / "tone.wav")
    code, said, wrong = told("fit", "tone.wav", *FIT)
    assert (code, wrong) == (0, "")
    assert "tone.wav: 400 samples, 0.05 s at 8,000 Hz" in said
    assert " samples/s " in said
    assert not [word for word in PICTURES if word in said]

    # Its numbers are those of the sound, by their definition.
    learned = tmp_path / "tone-learned.wav"
    assert f"redraw render tone.redraw {learned.name}" in said
    assert told("render", "tone.redraw", learned.name)[0] == 0
    values, rate = heard(learned)
    assert (len(values), rate) == (400, 8000)
    off = np.sqrt(np.mean((values - tone.heard) ** 2))
    assert f"typically {32767 * off:.0f} of 32767 levels off" in said
    bits = 8 * (tmp_path / "tone.redraw").stat().st_size / 400
    assert f"{bits:.3g} bits per sample" in said

    commands = [line.split("#")[0].split() for line in said.split("Next:")[1].splitlines()]
    for command in (words for words in commands if words):
        assert command.pop(0) == "redraw"
        assert told(*command, *(["--force"] if command[0] == "render" else ["--quiet"]))[0] == 0


def test_info_says_what_it_is(sound, told, fitted, tmp_path):
    code, said, wrong = told("info", "tone.redraw")
    assert (code, wrong) == (0, "")
    assert " sound " in said
    assert " 400 samples, Hz 8000\n" in said
    assert not [word for word in PICTURES if word in said]
    assert "tone.wav" in told("info", "tone.run")[1]
    found = json.loads(told("info", "tone.redraw", "--json")[1])
    facts = [found[name] for name in ("signal", "positions", "meaning", "width", "bits_per_pixel")]
    assert facts == ["sound", 400, {"Hz": 8000}, None, None]

    # Where its package is gone, it is told in words that fit any signal.
    KINDS.withdraw("sound")
    code, said, wrong = told("info", "tone.redraw")
    assert (code, wrong) == (0, "")
    assert " 400 points, Hz 8000\n" in said
    assert "levels" not in said
    code, _, wrong = told("render", "tone.redraw", "again.wav")
    assert code == 2
    assert "unknown kind of signal 'sound'" in wrong


def test_in_whole_numbers_it_is_what_it_was(sound, told, tmp_path):
    """As many as a batch makes, and a field of a network in few bits."""
    for name in ("a", "b"):
        sound.tone(60).save(tmp_path / f"{name}.wav")
    few = ("--model", "siren", "--steps", "2", "--set", "hidden=4")
    code, said, wrong = told("fit", "a.wav", "b.wav", "-o", "out", *few, "--dry-run")
    assert (code, wrong) == (0, "")
    assert said.startswith("2 files into out/;")
    assert told("fit", "a.wav", *few, "--quiet")[0] == 0
    assert told("quantize", "a.redraw", "small.redraw")[0] == 0
    code, said, wrong = told("info", "small.redraw")
    assert (code, wrong) == (0, "")
    assert "a field in whole numbers" in said
    assert " 60 samples, Hz 8000\n" in said
    assert not [word for word in PICTURES if word in said]
    assert told("render", "small.redraw", "small.wav")[0] == 0
    assert len(heard(tmp_path / "small.wav")[0]) == 60


def test_entrants_are_compared_in_its_own_words(sound, told, tmp_path):
    sound.tone(60).save(tmp_path / "a.wav")
    code, said, wrong = told("compare", "a.wav", "--models", "siren,tanh", "--steps", "2")
    assert (code, wrong) == (0, "")
    assert " fidelity" in said
    assert "PSNR" not in said
    page = (tmp_path / "a-compare.html").read_text(encoding="utf-8")
    assert "PSNR" not in page


def test_its_exporter_writes_it_and_refuses_others(sound, told, tmp_path):
    sound.tone(60).save(tmp_path / "a.wav")
    few = ("--model", "siren", "--steps", "2", "--set", "hidden=4", "--quiet")
    assert told("fit", "a.wav", *few)[0] == 0
    assert "a sound's samples, 16 bits each" in told("export", "--list")[1]
    code, said, wrong = told("export", "a.redraw", "a.raw")
    assert (code, wrong) == (0, "")
    assert "note: it is heard at 8000 Hz" in said
    assert told("render", "a.redraw", "b.wav")[0] == 0
    with wave.open(str(tmp_path / "b.wav")) as file:
        assert (tmp_path / "a.raw").read_bytes() == file.readframes(60)
    assert told("fit", "cub", *few, "--max-side", "8")[0] == 0
    code, _, wrong = told("export", "cub.redraw", "cub.raw")
    assert code == 2
    assert "can't export to cub.raw: it is a picture's, and .raw holds a sound" in wrong


def test_it_is_there_in_a_process_of_its_own(tmp_path):
    """As users have it: the package is installed, and nothing else is done."""
    here = [str(Path(redraw.__file__).parents[1]), str(FIXTURE)]
    (tmp_path / "make.py").write_text("import redraw_sound; redraw_sound.tone(60).save('a.wav')")

    def python(*words):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(here)}
        command = [sys.executable, *words]
        found = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert found.returncode == 0, found.stderr
        return found.stdout

    python("make.py")
    python("-m", "redraw", "fit", "a.wav", "--model", "siren", "--steps", "2", "--quiet")
    assert " 60 samples, Hz 8000\n" in python("-m", "redraw", "info", "a.redraw")
    python("-m", "redraw", "render", "a.redraw", "b.wav")
    assert len(heard(tmp_path / "b.wav")[0]) == 60


def test_its_painter_is_asked_for_what_it_takes(sound, told, fitted, tmp_path):
    assert told("render", "tone.redraw", "more.wav", "--size", "800x")[0] == 0
    values, rate = heard(tmp_path / "more.wav")
    assert (len(values), rate) == (800, 16000)
    before = (tmp_path / "more.wav").read_bytes()
    for words, why in (
        (["x.wav", "--scale", "2"], "the field of a sound is drawn without a scale"),
        (["x.wav", "--region", "0,0,1,1"], "the field of a sound is drawn without a region"),
        (["x.wav", "--size", "x3"], "the field of a sound is drawn without a height"),
        (["x.wav", "--depth", "8"], "a sound, which takes no --depth"),
        (["x.png"], "x.png has the ending '.png'; the field of a sound is drawn to .wav"),
        (["more.wav"], "more.wav exists already"),
    ):
        code, _, wrong = told("render", "tone.redraw", *words)
        assert code in (1, 2)
        assert why in wrong
        assert wrong.count("\n") == 1
    assert not (tmp_path / "x.wav").exists()
    assert not (tmp_path / "x.png").exists()
    assert (tmp_path / "more.wav").read_bytes() == before


def test_what_is_for_pictures_is_refused_in_a_line(sound, told, fitted, tmp_path):
    (tmp_path / "rows.csv").write_text("t\n0.5\n")
    for words, why in (
        (["diff", "cub", "tone.redraw"], "tone.redraw is the field of a sound, no picture"),
        (["diff", "tone.redraw", "tone.redraw"], "is the field of a sound, no picture"),
        (["export", "tone.redraw", "x.html"], "a page shows pictures"),
        (["export", "tone.redraw", "x.svg"], "it is the field of a sound, and paths show"),
        (["export", "tone.redraw", "x.dzi"], "that of a sound, and .dzi shows a picture"),
        (["export", "tone.redraw", "x.glsl"], "a shader draws pictures"),
        (
            ["predict", "tone.redraw", "rows.csv", "x.csv"],
            "this field is a sound's, without columns",
        ),
        (["fit", "tone.wav", "--force", "--footprint", "box"], "a sound has no pixels"),
        (["fit", "tone.wav", "--force", "--max-side", "9"], "is a sound; it takes no max-side"),
    ):
        code, _, wrong = told(*words)
        assert code in (1, 2), words
        assert why in wrong, words
        assert wrong.count("\n") == 1, words
    # Code has no words but about it.
    assert told("export", "tone.redraw", "tone.py")[0] == 0
    text = (tmp_path / "tone.py").read_text()
    assert "a small neural network that is a sound" in text
    assert "Fitted to 400 samples; takes 1 coordinates in [-1, 1]." in text
    assert "pixel" not in text


def test_a_kind_that_says_nothing_is_told_in_neutral_words(sound, told, tmp_path, monkeypatch):
    KINDS.withdraw("sound")
    bare = Kind("sound", signal="redraw_sound:Sound", opener="redraw_sound:open_sound")
    KINDS.register("sound", bare)
    sound.tone().save(tmp_path / "tone.wav")
    code, said, wrong = told("fit", "tone.wav", *FIT)
    assert (code, wrong) == (0, "")
    assert " points/s " in said
    assert not [word for word in (*PICTURES, "levels", "bits per", "render") if word in said]
    code, _, wrong = told("render", "tone.redraw", "x.wav")
    assert code == 2
    assert "a sound, which has no drawing of its own; ask it at coordinates" in wrong
    assert math.isfinite(json.loads(told("info", "tone.redraw", "--json")[1])["made"]["psnr"])
