import shlex
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SMALL = ("--model", "siren", "--steps", "5", "--threads", "1", "--budget", "500", "--trials")


def test_a_search_ends_with_settings_to_use(redraw, picture):
    done = redraw("tune", picture, *SMALL, "2")
    assert done.code == 0, done.err
    assert "trial 1: " in done.out
    assert "the preset's own settings" in done.out
    assert "--config tiny-siren.toml" in done.out
    settings = tomllib.loads(Path("tiny-siren.toml").read_text())
    assert settings["model"] == "siren"
    assert settings["steps"] == 5
    fitted = redraw("fit", picture, "--config", "tiny-siren.toml", "-q", "--json")
    assert fitted.code == 0, fitted.err
    assert fitted.objects[-1]["parameters"] <= 500
    compared = redraw(
        "compare", picture, "--config", "tiny-siren.toml", "--steps", "3", "-q", "--json"
    )
    assert [o["name"] for o in compared.objects[-1]["outcomes"]] == ["tiny-siren"]

    refused = redraw("tune", picture, *SMALL, "2")
    assert refused.code == 1
    assert "--resume" in refused.complaint
    more = redraw("tune", picture, *SMALL, "3", "--resume", "--json")
    assert more.code == 0, more.err
    *trials, last = more.objects
    assert [t["number"] for t in trials] == [2]
    assert last["event"] == "tuned"
    assert last["config"] == "tiny-siren.toml"
    assert set(last["check"]) == {"tuned", "own"}


def test_the_next_commands_that_it_names_learn_the_same(redraw, tmp_path):
    Image.fromarray(np.arange(192, dtype=np.uint8).reshape(12, 16)).save(tmp_path / "a b.png")
    shrunk = ("--max-side", "8", "--threshold", "0.4")
    done = redraw("tune", "a b.png", *shrunk, *SMALL, "1")
    assert done.code == 0, done.err
    fit, compare = (shlex.split(line) for line in done.out.splitlines() if "redraw " in line)
    source = ["a b.png", *shrunk, "--threads", "1"]
    assert fit == ["redraw", "fit", *source, "--config", "a b-siren.toml"]
    assert compare[:9] == ["redraw", "compare", *source]
    assert compare[-4:] == ["--steps", "5", "--seeds", "3"]
    assert redraw(*fit[1:], "--json").objects[0]["width"] == 8
    assert redraw(*compare[1:], "-q").code == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--model", "sirn"], 2, "did you mean 'siren'"),
        (["--trials", "0"], 2, "trials is 0"),
        (["--steps", "3", "--seconds", "3"], 2, "both --seconds and --steps"),
        (["--model", "siren", "--budget", "2"], 2, "the smallest such field"),
        (["--resume"], 1, "no study"),
        (["-o", "nowhere/x.toml"], 1, "the folder nowhere does not exist"),
    ],
)
def test_what_is_wrong_is_said_before_time_is_spent(redraw, picture, options, code, said):
    refused = redraw("tune", picture, *options)
    assert refused.code == code
    assert said in refused.complaint
    assert not list(Path().glob("*.toml"))
