"""Outputs that would replace what they are made from, or are called as files of another kind."""

import errno
import os

import pytest

from redraw.cli.ends import ended

FAST = ("--model", "siren", "--steps", "2", "--quiet")


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (("export", "tiny.redraw", "tiny.redraw", "--as", "py"), "tiny.redraw"),
        (("export", "tiny.redraw", "link", "--as", "py"), "tiny.redraw"),
        (("fit", "tiny.png", "-o", "same", *FAST), "tiny.png"),
        (("diff", "tiny.png", "tiny.redraw", "--map", "tiny.png"), "tiny.png"),
        (("csv", "decode", "pixels.csv", "pixels.csv"), "pixels.csv"),
        (
            ("compare", "pixels.csv", "-o", "pixels.html", "--models", "siren", "--steps", "1"),
            "pixels.csv",
        ),
        (("tune", "tiny.png", "-o", "tiny.png", *FAST[:4], "--trials", "1"), "tiny.png"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value,
)
def test_nothing_that_is_read_is_replaced_with_force_or_without(redraw, fitted, command, kept):
    (fitted / "link").symlink_to("tiny.redraw")
    os.link("tiny.png", "same")
    assert redraw("csv", "encode", "tiny.png", "pixels.csv").code == 0
    before = (fitted / kept).read_bytes()
    for force in ((), ("--force",)):
        refused = redraw(*command, *force)
        assert refused.code in (1, 2)
        assert not refused.out
        if force:
            assert "would be replaced" in refused.complaint
            assert refused.complaint.endswith("name another output")
        assert (fitted / kept).read_bytes() == before


@pytest.mark.parametrize("ending", ["png", "jpg", "svg", "html", "csv", "py", "onnx", "json"])
def test_a_field_is_not_called_as_other_files_are(redraw, fitted, ending):
    before = sorted(fitted.rglob("*"))
    for command in (
        ("fit", "tiny.png", "-o", f"o.{ending}", "--run", "o.run", *FAST),
        ("quantize", "tiny.redraw", f"o.{ending}", "--steps", "0"),
        ("trace", "tiny.png", "o.pdf", "--field", f"o.{ending}"),
    ):
        said = redraw(*command, "--force").complaint
        assert f"o.{ending} would be a field file" in said
        assert "call it o.redraw" in said
    assert sorted(fitted.rglob("*")) == before


def test_a_table_is_not_called_as_pictures_are(redraw, picture):
    assert "end the name in .csv" in redraw("csv", "encode", picture, "o.png").complaint
    assert redraw("csv", "encode", picture, "o.txt").code == 0


def test_what_is_replaced_in_place_is_told_with_the_size_it_had(redraw, fitted, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "auto")
    before = os.stat("tiny.redraw").st_size
    told = redraw("quantize", "tiny.redraw", "tiny.redraw", "--steps", "0", "--force").out
    assert os.stat("tiny.redraw").st_size < before / 2
    assert f"instead of {before / 1000:.3g} KB" in told
    small = os.stat("tiny.redraw").st_size
    told = redraw("convert", "tiny.redraw", "tiny.redraw", "--force").out
    assert f"instead of {small / 1000:.3g} KB" in told


def test_a_link_into_a_folder_that_is_not_there_names_that_folder(redraw, fitted):
    (fitted / "o.png").symlink_to("gone/o.png")
    said = redraw("render", "tiny.redraw", "o.png").complaint
    assert f"the folder {fitted / 'gone'} does not exist" in said


def test_settings_and_trials_of_a_search_are_two_files(redraw, picture):
    command = ("tune", picture, *FAST[:4], "--trials", "1", "-o", "a.toml", "--study", "a.toml")
    assert "both a.toml" in redraw(*command).complaint


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EFBIG"])
def test_a_full_disk_is_no_fault_of_redraw(capsys, name):
    def full():
        raise OSError(getattr(errno, name), "no more")

    assert ended(full) == 1
    assert "no space is left where it writes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ("quantize", "tiny.redraw", "shut/o.redraw"),
        ("convert", "tiny.redraw", "shut/o.redraw"),
        ("trace", "tiny.png", "shut/o.svg"),
    ],
    ids=lambda command: command[0],
)
def test_a_folder_that_takes_no_file_is_noticed_before_any_work(
    redraw, fitted, monkeypatch, command
):
    (fitted / "shut").mkdir()
    real = open

    def shut(path, *options, **named):
        if "shut" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return real(path, *options, **named)

    monkeypatch.setattr("redraw.files.open", shut, raising=False)
    refused = redraw(*command)
    assert refused.code == 1
    assert not refused.out
    assert refused.complaint == f"can't write {command[-1]}: permission denied"
