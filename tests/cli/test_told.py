"""What is told where hands err: outputs that are no runs, sizes, variables, pipes, plans."""

import json
import shutil
import subprocess
import sys

import pytest

from redraw.cli.app import with_bare_ray


def test_a_field_file_is_not_resumed_but_its_run_is_named(redraw, picture):
    redraw("fit", picture, "--model", "siren", "--steps", "2", "--quiet")
    told = redraw("resume", "tiny.redraw")
    assert told.code == 1
    assert "`redraw resume tiny.run`" in told.complaint
    assert redraw("resume", "tiny.run").code == 0


def test_info_of_a_folder_tells_of_all_in_it(redraw, picture, tmp_path):
    redraw("fit", picture, "--model", "siren", "--steps", "2", "--quiet")
    told = redraw("info", ".")
    assert told.code == 0
    assert "tiny.redraw: " in told.out
    assert "tiny.run: " in told.out
    (tmp_path / "empty").mkdir(exist_ok=True)
    assert "no field file (.redraw) and no run folder (.run)" in redraw("info", "empty").err


def test_a_drawing_of_terabytes_is_asked_for_twice(redraw, picture, tmp_path):
    redraw("fit", picture, "--model", "siren", "--steps", "2", "--quiet")
    told = redraw("render", "tiny.redraw", "big.png", "--size", "1000000x1000000")
    assert told.code == 2
    assert "TB" in told.complaint
    assert " to draw; say --yes" in told.complaint
    assert not (tmp_path / "big.png").exists()


def test_a_field_of_another_size_is_compared_with_a_note(redraw, picture):
    redraw("fit", picture, "--model", "siren", "--steps", "2", "--max-side", "4", "--quiet")
    told = redraw("diff", picture, "tiny.redraw")
    assert told.code == 0
    assert "note: tiny.redraw was learned at 4 × 4 and is drawn at 8 × 8 here" in told.out


def test_variables_that_are_no_settings_are_told(redraw, picture, monkeypatch, caplog):
    monkeypatch.setenv("REDRAW_OMEAG", "3")
    monkeypatch.setenv("REDRAW_TRACEBACK", "1")
    assert redraw("fit", picture, "--model", "siren", "--steps", "2").code == 0
    assert [r.getMessage() for r in caplog.records if "setting" in r.getMessage()] == [
        "REDRAW_OMEAG is no setting; REDRAW_OMEGA is"
    ]


@pytest.mark.parametrize(
    ("name", "text"), [("c.json", '{"omega": 3, "omega": 4}'), ("c.toml", "omega = 3\nomega = 4\n")]
)
def test_a_key_that_is_there_twice_is_told(redraw, picture, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    told = redraw("fit", picture, "--config", name)
    assert told.code == 2
    assert "omega" in told.complaint or "overwrite" in told.complaint


def test_a_dry_run_says_what_it_takes_and_writes_nothing(redraw, picture, tmp_path):
    before = sorted(tmp_path.iterdir())
    told = redraw("fit", picture, "--model", "siren", "--steps", "7", "--dry-run")
    assert told.code == 0
    for part in ("preset", "siren", "7 steps", "time", "about ", "memory", "tiny.redraw"):
        assert part in told.out
    (plan,) = redraw("fit", picture, "--model", "siren", "--dry-run", "--json").objects
    assert plan["event"] == "plan"
    assert plan["memory"] > 0
    assert plan["seconds"] > 0.0
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("more", [[], ["--seconds", "1"]])
def test_a_preset_of_the_environment_is_told_as_such(redraw, picture, monkeypatch, more):
    """And not as the picture's: nothing about the picture has decided."""
    told = redraw("fit", picture, "--dry-run", *more)
    assert "--model takes another" in told.out
    assert "REDRAW_MODEL" not in told.out
    monkeypatch.setenv("REDRAW_MODEL", "siren")
    told = redraw("fit", picture, "--dry-run", *more)
    assert "siren (from REDRAW_MODEL; --model takes another)" in " ".join(told.out.split())
    told = redraw("fit", picture, "--dry-run", *more, "--model", "tanh")
    assert "REDRAW_MODEL" not in told.out
    assert "--model takes another" not in told.out


@pytest.mark.usefixtures("quick_children")
def test_a_reader_that_leaves_does_not_end_the_fit(picture, tmp_path):
    words = ["-m", "redraw", "fit", str(picture), "--model", "siren", "--steps", "3", "--json"]
    with subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
    ) as process:
        assert json.loads(process.stdout.readline())
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(120) == 0
    assert (tmp_path / "tiny.redraw").is_file()
    assert "nobody reads what is said; the fit goes on" in said


def test_names_of_files_stay_on_their_lines(redraw, picture, tmp_path):
    """Lines end where sentences do, whatever a file is called."""
    name = "a\nb\x1b[31m"
    folder = tmp_path / "in\nside"
    folder.mkdir()
    shutil.copy(picture, folder / f"{name}.png")
    field, run = folder / f"{name}.redraw", folder / f"{name}.run"
    said = [
        redraw("fit", folder / f"{name}.png", "--steps", "1", "-o", field, "--run", run).out,
        redraw("info", run).out,
        redraw("info", field).out,
        redraw("diff", folder / f"{name}.png", field).out,
        redraw("fit", folder, "-o", tmp_path / "out\nside", "--steps", "1").out,
        redraw("render", field, folder / f"{name}-2.png").out,
    ]
    for text in said:
        assert "a\\x0ab\\x1b[31m" in text
        assert not any(line.startswith(("b\\x1b", "b\x1b", "side")) for line in text.split("\n"))
    as_json = redraw("fit", folder / f"{name}.png", "--steps", "1", "--json", "--force").out
    assert f"{name}.redraw" in json.loads(as_json.splitlines()[-1])["field"]


@pytest.mark.parametrize("more", [[], ["-o", "out/"]])
def test_a_second_setting_after_set_is_no_picture(redraw, picture, more):
    told = redraw("fit", picture, "--set", "hidden=8", "omega=20", "--model", "siren", *more)
    assert told.code == 2
    assert "omega=20 is a setting, and no file is called so; each has its own --set: --set" in (
        told.complaint
    )


def test_a_setting_that_is_given_twice_is_told(redraw, picture):
    told = redraw("fit", picture, "--set", "omega=20", "--set", "omega=30")
    assert told.code == 2
    assert "--set omega is given twice, as 20 and 30" in told.complaint


def test_an_empty_place_is_none(redraw, picture):
    """As of `-o "$OUT"` where the variable is not set: it went to the default place."""
    told = redraw("fit", picture, "-o", "")
    assert (told.code, "--output is empty" in told.complaint) == (2, True)
    told = redraw("render", "a.redraw", "b.png", "--size", "")
    assert (told.code, "size '' is not WIDTHxHEIGHT" in told.complaint) == (2, True)


@pytest.mark.parametrize(
    ("command", "what"),
    [(["render", "a", "a"], "a"), (["predict", "f", "t.csv", "t.csv"], "t.csv")],
)
def test_no_output_is_what_it_is_made_of(redraw, tmp_path, command, what):
    (tmp_path / what).write_text("x,y\n1,2\n")
    told = redraw(*command, "--force")
    assert told.code == 1
    assert f"{what} is what is read here, and would be replaced" in told.complaint
    assert (tmp_path / what).read_text() == "x,y\n1,2\n"


def test_a_folder_is_opened_by_the_command_that_is_said(redraw, tmp_path):
    pytest.importorskip("uvicorn", reason="the studio needs the extra of that name")
    (tmp_path / "a b").mkdir()
    for name, typed in ((".", "."), ("..", ".."), ("a b", "'a b'")):
        told = redraw("studio", name)
        assert told.code == 2
        assert f"is a folder; open it with `redraw studio --folder {typed}`" in told.complaint


def test_a_file_with_a_colon_is_no_cluster(tmp_path):
    assert with_bare_ray(["fit", "--ray", "a:1"]) == ["fit", "--ray", "a:1"]
    (tmp_path / "a:1").touch()
    assert with_bare_ray(["fit", "--ray", "a:1"]) == ["fit", "--ray=local", "a:1"]
