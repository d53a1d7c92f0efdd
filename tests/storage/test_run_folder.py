"""Run folders: made, opened, resumed; never lost, never somebody else's."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from redraw.errors import FileFormatError, OutputError, RedrawError, RunError
from redraw.storage.checkpoint import Checkpoint
from redraw.storage.run_config import is_run_folder
from redraw.storage.run_folder import RunFolder

CONFIG = {"model": "siren", "steps": 1000, "rate": 1e-3, "name": "Löwe"}


def checkpoint(step):
    return Checkpoint(step, {"plan": 1000}, {"weight": torch.full((50,), float(step))})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cub.run"


@pytest.fixture
def run(path):
    with RunFolder.create(path, CONFIG) as run:
        yield run


def saved(path):
    return sorted(int(p.stem) for p in (path / "checkpoints").iterdir())


def content(path):
    """Every file below `path` but the lock, with its bytes."""
    files = [p for p in sorted(path.rglob("*")) if p.is_file() and p.name != "lock"]
    return {str(p.relative_to(path)): p.read_bytes() for p in files}


# --- the life of a run --------------------------------------------------------------------------


def test_a_run_is_made_and_opened_again(run, path):
    assert run.config == CONFIG
    assert run.notes == ()
    assert run.latest_checkpoint() is None
    assert run.read_log() == run.frames() == []
    run.close()
    assert is_run_folder(path)
    with RunFolder.open(path) as again:
        assert again.config == CONFIG


def test_the_last_two_checkpoints_are_kept(run, path):
    for step in (0, 10, 20, 999_999_999):
        assert run.save_checkpoint(checkpoint(step)).name == f"{step:08d}.safetensors"
        found = run.latest_checkpoint()
        assert found.step == step
        assert found.header == {"plan": 1000}
        assert torch.equal(found.tensors["weight"], torch.full((50,), float(step)))
        assert found.notes == ()
    assert saved(path) == [20, 999_999_999]


def test_a_step_can_be_saved_again(run, path):
    run.save_checkpoint(checkpoint(1))
    run.save_checkpoint(checkpoint(2))
    run.save_checkpoint(Checkpoint(2, {"again": True}, {}))
    assert saved(path) == [1, 2]
    assert run.latest_checkpoint().header == {"again": True}


def test_a_rollback_removes_what_it_left_behind(run, path):
    for step in (100, 200, 150):
        run.save_checkpoint(checkpoint(step))
    assert saved(path) == [100, 150]
    assert run.latest_checkpoint().step == 150


def test_frames_are_numbered_by_step(run, path):
    for step in (2_000_000, 0, 999, 1_000_000):
        run.frame_path(step).write_bytes(b"png")
    (path / "frames" / "notes.txt").write_text("not a frame")
    assert [step for step, _ in run.frames()] == [0, 999, 1_000_000, 2_000_000]
    assert run.frames()[0][1] == path / "frames" / "000000.png"


def test_resuming_goes_back_to_the_checkpoint(run, path):
    for step in range(1, 8):
        run.append_log({"step": step, "loss": 1 / step})
        run.frame_path(step).write_bytes(b"png")
        if step in (2, 4):
            run.save_checkpoint(checkpoint(step))
    run.close()
    with open(path / "log.jsonl", "ab") as file:
        file.write(b'{"step":8,"lo')  # torn by a crash
    with RunFolder.open(path) as again:
        assert [e["step"] for e in again.read_log()] == [1, 2, 3, 4, 5, 6, 7]
        again.rewind(again.latest_checkpoint())
        assert [e["step"] for e in again.read_log()] == [1, 2, 3, 4]
        assert [step for step, _ in again.frames()] == [1, 2, 3, 4]
        again.append_log({"step": 5})
        assert [e["step"] for e in again.read_log()] == [1, 2, 3, 4, 5]
        again.rewind(None)
        assert again.read_log() == again.frames() == []
        assert again.latest_checkpoint() is None


def test_appending_goes_on_after_a_torn_line(run, path):
    run.append_log({"step": 1})
    run.close()
    with open(path / "log.jsonl", "ab") as file:
        file.write(b'{"step":2,"lo')
    with RunFolder.open(path) as again:
        again.append_log({"step": 2})
        assert again.read_log() == [{"step": 1}, {"step": 2}]


def test_looking_changes_nothing_and_needs_no_lock(run, path):
    run.append_log({"step": 1})
    run.save_checkpoint(checkpoint(1))
    (path / "checkpoints" / ".redraw-0123.part").write_bytes(b"being written")
    with open(path / "log.jsonl", "ab") as file:
        file.write(b"{")
    before = content(path)
    with RunFolder.open(path, writable=False) as looker:
        assert looker.config == CONFIG
        assert looker.latest_checkpoint().step == 1
        assert looker.read_log() == [{"step": 1}]
        for write in (
            lambda: looker.append_log({"step": 2}),
            lambda: looker.save_checkpoint(checkpoint(2)),
            lambda: looker.rewind(None),
            lambda: looker.frame_path(3),
        ):
            with pytest.raises(RunError, match="open for reading only"):
                write()
    assert content(path) == before


# --- damage -------------------------------------------------------------------------------------


def test_a_truncated_checkpoint_is_passed_over(run, path):
    run.save_checkpoint(checkpoint(1))
    newest = run.save_checkpoint(checkpoint(2))
    size = newest.stat().st_size
    for length in (size - 1, size // 2, 9, 8, 0):
        os.truncate(newest, length)
        found = run.latest_checkpoint()
        assert found.step == 1
        assert torch.equal(found.tensors["weight"], torch.ones(50))
        (note,) = found.notes
        assert str(newest) in note
        assert "passed over" in note
    run.rewind(found)
    assert saved(path) == [1]
    run.save_checkpoint(checkpoint(2))
    assert run.latest_checkpoint().notes == ()


def test_a_checkpoint_under_another_name_is_passed_over(run, path):
    run.save_checkpoint(checkpoint(1))
    shutil.copy(
        path / "checkpoints" / "00000001.safetensors", path / "checkpoints/00000007.safetensors"
    )
    found = run.latest_checkpoint()
    assert found.step == 1
    assert "holds step 1" in found.notes[0]


def test_only_damaged_checkpoints(run):
    for step in (1, 2):
        os.truncate(run.save_checkpoint(checkpoint(step)), 100)
    with pytest.raises(RunError, match=r"no checkpoint of .* can be loaded: .*00000002"):
        run.latest_checkpoint()


def test_a_checkpoint_of_another_configuration(run, path, tmp_path):
    run.save_checkpoint(checkpoint(5))
    with RunFolder.create(tmp_path / "other.run", {**CONFIG, "steps": 1001}) as other:
        shutil.copytree(path / "checkpoints", other.path / "checkpoints", dirs_exist_ok=True)
        with pytest.raises(RunError, match=r"00000005.* belongs to another configuration"):
            other.latest_checkpoint()
    assert run.latest_checkpoint().step == 5


@pytest.mark.parametrize("again", [False, True], ids=["gone", "replaced"])
def test_a_folder_that_vanishes(run, path, again):
    run.save_checkpoint(checkpoint(1))
    shutil.rmtree(path)
    if again:
        RunFolder.create(path, CONFIG).close()
        before = content(path)
    for write in (
        lambda: run.append_log({"step": 2}),
        lambda: run.save_checkpoint(checkpoint(2)),
        lambda: run.rewind(None),
        lambda: run.frame_path(2),
    ):
        with pytest.raises(RunError, match="vanished while in use"):
            write()
    if again:
        assert content(path) == before
    else:
        assert not path.exists()


def test_a_folder_that_vanishes_in_the_middle_of_a_write(run, path, monkeypatch):
    import redraw.storage.checkpoint as module

    def save(target, checkpoint, *, force):
        shutil.rmtree(path)
        return original(target, checkpoint, force=force)

    original = module.save_checkpoint
    monkeypatch.setattr(module, "save_checkpoint", save)
    with pytest.raises(RunError, match="vanished while in use"):
        run.save_checkpoint(checkpoint(1))


def test_folders_inside_that_vanish_are_made_again(run, path):
    shutil.rmtree(path / "checkpoints")
    shutil.rmtree(path / "frames")
    run.save_checkpoint(checkpoint(1))
    run.frame_path(1).write_bytes(b"png")
    assert run.latest_checkpoint().step == 1


def test_what_a_killed_writer_left_is_cleaned_up(run, path):
    run.close()
    old = time.time() - 3600
    for folder in (path, path / "checkpoints", path / "frames"):
        (folder / ".redraw-0123456789ab.part").write_bytes(b"half")
        os.utime(folder / ".redraw-0123456789ab.part", (old, old))
    (path / ".redraw-of-now.part").write_bytes(b"somebody plots into the folder")
    RunFolder.open(path).close()
    assert list(content(path)) == [".redraw-of-now.part", "config.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "can't read"),
        ("[]", "no JSON object"),
        ("{}", "not one of redraw"),
        ('{"format": "redraw run", "version": 2, "config": {}}', "upgrade redraw"),
        ('{"format": "redraw run", "version": 1}', "damaged"),
        ('{"format": "redraw run", "version": 1, "config": []}', "damaged"),
        ('{"format": "redraw run", "version": 1, "config": {}, "more": 1}', "damaged"),
        ('{"format": "redraw run", "version": 1, "config": {"a": NaN}}', "NaN"),
        ('{"format": ' + "[" * 10_000, "nested"),
        (" " * (16 * 2**20 + 1), "more than"),
    ],
)
def test_configurations_that_cannot_be(run, path, text, message):
    run.close()
    (path / "config.json").write_text(text)
    with pytest.raises(RunError, match=message) as caught:
        RunFolder.open(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_run_folder(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for name, message in [
        ("missing", "does not exist"),
        ("file", "no run folder, but a file"),
        ("folder", "it has no config.json"),
        ("nul\0", "does not exist"),
    ]:
        with pytest.raises(RunError, match=message):
            RunFolder.open(tmp_path / name)
        if "\0" not in name:
            assert not is_run_folder(tmp_path / name)
    assert not any((tmp_path / "folder").iterdir())


WRITE_FOR_EVER = """
import sys, torch
from redraw.storage.checkpoint import Checkpoint
from redraw.storage.run_folder import RunFolder
run = RunFolder.open(sys.argv[1])
for step in range(10**6):
    run.append_log({"step": step})
    run.save_checkpoint(Checkpoint(step, {}, {"weight": torch.full((50,), float(step))}))
    print(step, flush=True)
"""


def test_looking_at_a_run_while_another_process_writes(run, path):
    run.close()
    command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            child.stdout.readline()
            with pytest.raises(RunError, match=f"in use by process {child.pid}"):
                RunFolder.open(path)
            last, looks = -1, 0
            while looks < 100 or last < 3:
                looks += 1
                with RunFolder.open(path, writable=False) as looker:
                    try:
                        found = looker.latest_checkpoint()
                    except RedrawError as error:
                        raise AssertionError(f"a checkpoint was lost: {error}") from error
                    assert found.step >= last
                    last = found.step
                    assert len(looker.read_log()) >= last
        finally:
            child.send_signal(signal.SIGKILL)
    with RunFolder.open(path) as again:
        assert again.latest_checkpoint().step >= last


def test_reading_what_is_no_checkpoint_folder(run, path):
    (path / "checkpoints").rmdir()
    (path / "checkpoints").write_text("a file")
    assert run.latest_checkpoint() is None
    with pytest.raises((OutputError, FileFormatError)):
        run.save_checkpoint(checkpoint(1))
