"""Files of another kind than a command takes: what they are is said, and what to do."""

import os

import pytest

from redraw.cli import main

FIELDS = [  # commands that take a field
    ("render", "{}", "o.png"),
    ("quantize", "{}", "o.redraw"),
    ("convert", "{}", "o.redraw"),
    ("export", "{}", "o.html"),
    ("predict", "{}", "rows.csv", "o.csv"),
]
RUNS = [("resume", "{}"), ("timelapse", "{}", "o.gif")]
PICTURES = [
    ("fit", "{}", "-o", "o.redraw", "--run", "o.run"),
    ("trace", "{}", "o.svg"),
    ("compare", "{}", "-o", "o.html"),
    ("diff", "{}", "tiny.png"),
    ("csv", "encode", "{}", "o.csv"),
]
TABLES = [("csv", "decode", "{}", "o.png")]


@pytest.fixture
def refused(redraw, fitted, tmp_path):
    """What is said of `name`; nothing may be left behind."""
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "field.png").write_bytes((tmp_path / "tiny.redraw").read_bytes())
    cut = (tmp_path / "tiny.redraw").read_bytes()
    (tmp_path / "cut.redraw").write_bytes(cut[: len(cut) * 2 // 3])
    before = sorted(tmp_path.rglob("*"))

    def said(command, name):
        result = redraw(*(part.format(name) for part in command))
        assert result.code in (1, 2)
        assert not result.out
        assert sorted(tmp_path.rglob("*")) == before
        assert name in result.complaint
        return result.complaint

    return said


@pytest.mark.parametrize("command", FIELDS, ids=lambda c: c[0])
def test_what_is_no_field_is_told(refused, command):
    assert refused(command, "tiny.run").endswith("not its field; that is tiny.redraw")
    assert "is a folder; name a field file in it" in refused(command, "folder")
    assert "is not an ordinary file; save the field to one first" in refused(command, "pipe")
    assert "is empty; a field file was expected" in refused(command, "empty")
    assert "get a whole copy" in refused(command, "cut.redraw")
    assert refused(command, "tiny").endswith("does not exist; did you mean tiny.redraw?")
    assert "does not exist; name a field file" in refused(command, "gone")
    assert "but a PNG picture" in refused(command, "tiny.png")


@pytest.mark.parametrize("command", RUNS, ids=lambda c: c[0])
def test_what_is_no_run_is_told(refused, command):
    assert refused(command, "tiny.png").endswith("but a file; did you mean tiny.run?")
    for part in ("config.json", "frames", "frames/000000.png"):
        assert refused(command, f"tiny.run/{part}").endswith("did you mean tiny.run?")
    assert "name one that `redraw fit` wrote" in refused(command, "folder")
    assert "name one that `redraw fit` wrote" in refused(command, "pipe")
    assert "does not exist; name one that" in refused(command, "gone.run")


@pytest.mark.parametrize("command", PICTURES, ids=lambda c: c[0])
def test_what_a_file_is_is_decided_by_its_bytes(refused, command):
    if command[0] != "diff":  # which takes fields
        assert "is a field already; draw it" in refused(command, "field.png")
    assert "is empty; a picture was expected" in refused(command, "empty")


def test_a_field_is_compared_whatever_its_name(redraw, fitted):
    (fitted / "field.png").write_bytes((fitted / "tiny.redraw").read_bytes())
    (fitted / "picture.redraw").write_bytes((fitted / "tiny.png").read_bytes())
    assert redraw("diff", "field.png", "tiny.redraw").out.count("infinite") == 1
    assert redraw("diff", "picture.redraw", "tiny.png").out.count("infinite") == 1


@pytest.mark.parametrize("command", TABLES, ids=lambda c: c[0])
def test_what_is_no_table_of_pixels_is_told(refused, command):
    assert "redraw render tiny.redraw out.png" in refused(command, "tiny.redraw")
    assert "is a folder; name a table in it" in refused(command, "tiny.run")
    assert "line 1: the header is" in refused(command, "empty")
    assert "does not exist; name a table of pixels" in refused(command, "gone.csv")


def test_a_pipe_where_settings_are_wanted_does_not_hold_anything_up(redraw, picture, tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    assert "not an ordinary file" in redraw("fit", picture, "--config", "pipe.toml").complaint
    (tmp_path / "a.run").mkdir()
    os.mkfifo(tmp_path / "a.run" / "config.json")
    assert "not an ordinary file" in redraw("resume", "a.run").complaint
    assert "no text in UTF-8" in redraw("fit", picture, "--config", picture).complaint


def test_a_name_that_looks_like_a_list_is_a_name(redraw, fitted):
    for name in ("[tiny].redraw", "{tiny}.redraw"):
        os.rename("tiny.redraw", name)
        result = redraw("info", name)
        assert (result.code, result.err) == (0, "")
        os.rename(name, "tiny.redraw")


def test_bytes_that_are_no_text_in_names(redraw, picture, tmp_path):
    odd = os.fsdecode(b"\xff\xfe.png")
    os.rename(picture, odd)
    fast = ("--model", "siren", "--steps", "2", "--quiet")
    assert redraw("fit", odd, *fast).code == 0  # under a name that is text
    assert (tmp_path / "\ufffd\ufffd.redraw").is_file()
    kept = redraw("fit", odd, "-o", os.fsdecode(b"\xff.redraw"), "--run", "o.run", *fast)
    assert "no UTF-8" in kept.complaint
    assert not (tmp_path / "o.run").exists()
    page = os.fsdecode(b"\xff.html")
    assert main(["compare", odd, "--models", "siren", "--steps", "1", "-o", page, "-q"]) == 0
    assert "\ufffd" in (tmp_path / page).read_text(encoding="utf-8")


def test_paths_from_a_picture_whose_name_is_no_text(redraw, picture, monkeypatch, tmp_path):
    monkeypatch.setenv("REDRAW_ENGINE", "auto")
    odd = os.fsdecode(b"\xff.svg")
    assert redraw("trace", picture, odd, "--quiet").code == 0
    assert "\ufffd" in (tmp_path / odd).read_text(encoding="utf-8")
