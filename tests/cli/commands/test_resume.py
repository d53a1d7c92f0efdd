"""`redraw resume`: going on, extending, and what can't be continued."""

import shutil

import pytest
from tests.reading import read_about

from redraw.errors import OutputError
from redraw.storage.checkpoint import Checkpoint
from redraw.storage.run_folder import RunFolder


def test_a_finished_run_says_so_and_how_to_extend_it(redraw, fitted):
    before = (fitted / "tiny.redraw").read_bytes()
    done = redraw("resume", "tiny.run")
    assert done.code == 0
    first, second, third = done.out.splitlines()
    assert first.startswith("tiny.run is finished: 5 steps in ")
    assert second == "tiny.redraw is there"
    assert third == "To learn on:  redraw resume tiny.run --steps 5"
    assert (fitted / "tiny.redraw").read_bytes() == before


def test_a_missing_field_file_is_written_again_byte_for_byte(redraw, fitted):
    before = (fitted / "tiny.redraw").read_bytes()
    (fitted / "tiny.redraw").unlink()
    assert "tiny.redraw was missing; written again" in redraw("resume", "tiny.run").out
    assert (fitted / "tiny.redraw").read_bytes() == before


def test_a_finished_run_is_reported_as_json_too(redraw, fitted):
    (last,) = redraw("resume", "tiny.run", "--json").objects
    assert (last["event"], last["steps"], last["field"]) == ("finished", 5, "tiny.redraw")
    assert last["psnr"] == pytest.approx(read_about("tiny.redraw").made["psnr"], abs=1e-3)


def test_more_steps_extend_it(redraw, fitted):
    done = redraw("resume", "tiny.run", "--steps", 3, "--json")
    assert done.objects[0]["step"] == 5
    assert (done.objects[0]["steps"], done.objects[-1]["steps"]) == (8, 8)
    assert read_about("tiny.redraw").made["steps"] == 8
    assert RunFolder.open("tiny.run", writable=False).latest_checkpoint().step == 8


def test_more_steps_count_from_where_a_run_ended_early(redraw, picture):
    plan = ("--steps", 1000, "--frames", 0, "--set", "hidden=8", "--model", "siren")
    ended = redraw("fit", picture, *plan, "--psnr", 0.5, "--json").objects[-1]
    assert ended["reason"] == "psnr"
    assert ended["steps"] < 1000
    last = redraw("resume", "tiny.run", "--steps", 3, "--json").objects[-1]
    assert last["steps"] == ended["steps"] + 3


def test_it_says_where_it_goes_on(redraw, fitted):
    out = redraw("resume", "tiny.run", "--steps", 3).out
    assert "continuing after step 5 of 8" in out
    assert "Done: 8 steps" in out
    assert redraw("resume", "tiny.run", "--steps", 1, "--quiet").out == ""


def test_run_and_field_can_be_moved_together(redraw, fitted):
    (fitted / "elsewhere").mkdir()
    before = (fitted / "tiny.redraw").read_bytes()
    (fitted / "tiny.redraw").unlink()
    (fitted / "tiny.run").rename(fitted / "elsewhere" / "tiny.run")
    assert redraw("resume", "elsewhere/tiny.run").code == 0
    assert (fitted / "elsewhere" / "tiny.redraw").read_bytes() == before
    assert not (fitted / "tiny.redraw").exists()


def test_where_the_folder_of_the_field_is_gone_it_goes_beside_the_run(redraw, fitted):
    (fitted / "gone").mkdir()
    arguments = ("--steps", 2, "--frames", 0, "--set", "hidden=4", "-o", "gone/a.redraw")
    assert redraw("fit", "tiny.png", *arguments, "--run", "b.run").code == 0
    shutil.rmtree(fitted / "gone")
    assert redraw("resume", "b.run").code == 0
    assert (fitted / "a.redraw").exists()


def test_runs_can_be_named_from_elsewhere(redraw, fitted, monkeypatch):
    (fitted / "tiny.redraw").unlink()
    (fitted / "sub").mkdir()
    monkeypatch.chdir(fitted / "sub")
    assert redraw("resume", "../tiny.run").code == 0
    assert (fitted / "tiny.redraw").exists()
    assert not list((fitted / "sub").iterdir())


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("none.run", "none.run does not exist"),
        (".", "is no run folder"),
        ("tiny.png", "is no run folder, but a file"),
    ],
)
def test_what_is_no_run_is_refused(redraw, fitted, run, said):
    refused = redraw("resume", run)
    assert refused.code == 1
    assert said in refused.complaint


@pytest.mark.parametrize("steps", [0, -1])
def test_steps_go_forward(redraw, fitted, steps):
    refused = redraw("resume", "tiny.run", "--steps", steps)
    assert refused.code == 2
    assert f"--steps is {steps}" in refused.complaint


def test_a_run_in_use_is_refused(redraw, fitted):
    with RunFolder.open("tiny.run"):
        refused = redraw("resume", "tiny.run", "--steps", 1)
    assert refused.code == 1
    assert "is in use by process" in refused.complaint


def test_a_damaged_run_is_refused(redraw, fitted):
    for path in (fitted / "tiny.run" / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:100])
    refused = redraw("resume", "tiny.run")
    assert refused.code == 1
    assert "no checkpoint of tiny.run can be loaded" in refused.complaint


def test_a_truncated_checkpoint_is_passed_over_and_said(redraw, fitted, monkeypatch):
    # A run that has ended keeps one checkpoint; one that was killed there has two.
    monkeypatch.setattr(RunFolder, "keep_newest", lambda self: None)
    assert redraw("resume", "tiny.run", "--steps", 1).code == 0
    newest = max((fitted / "tiny.run" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:100])
    done = redraw("resume", "tiny.run")
    assert done.code == 0
    assert "passed over for the checkpoint before it" in done.out


def test_a_full_disk_says_how_to_go_on(redraw, fitted, monkeypatch):
    def full(self: RunFolder, checkpoint: Checkpoint) -> None:
        raise OutputError("can't write tiny.run: no space left on device")

    monkeypatch.setattr(RunFolder, "save_checkpoint", full)
    refused = redraw("resume", "tiny.run", "--steps", 1, "--quiet")
    assert refused.code == 1
    assert "no space left" in refused.complaint
    assert refused.complaint.endswith("; then continue with `redraw resume tiny.run`")
