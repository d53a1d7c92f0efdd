import tomllib
from pathlib import Path

import pytest

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
