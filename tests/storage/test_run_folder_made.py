"""Making run folders: what is replaced, what never is, and what is left when it fails."""

import pytest
from tests.storage.test_run_folder import CONFIG, checkpoint, content
from tests.storage.test_run_folder import path as path
from tests.storage.test_run_folder import run as run

from redraw.errors import OutputError, RunError
from redraw.storage.run_config import is_run_folder, write_config
from redraw.storage.run_folder import RunFolder
from redraw.storage.run_lock import RunLock


def test_an_existing_run_stays_without_force(run, path):
    run.save_checkpoint(checkpoint(1))
    run.close()
    before = content(path)
    with pytest.raises(RunError, match=r"holds a run already.*redraw resume.*--force"):
        RunFolder.create(path, CONFIG)
    assert content(path) == before


def test_force_replaces_a_run_and_nothing_else(run, path):
    run.append_log({"step": 1})
    run.save_checkpoint(checkpoint(1))
    run.frame_path(1).write_bytes(b"png")
    (path / "notes.txt").write_text("mine")
    (path / "checkpoints" / "best.safetensors").write_text("mine")
    (path / "frames" / "000001.txt").write_text("mine")
    run.close()
    with RunFolder.create(path, {"other": 1}, force=True) as replaced:
        assert replaced.config == {"other": 1}
        assert replaced.latest_checkpoint() is None
        assert replaced.read_log() == replaced.frames() == []
    assert set(content(path)) == {
        "config.json",
        "notes.txt",
        "checkpoints/best.safetensors",
        "frames/000001.txt",
    }


def test_force_does_not_take_a_run_in_use(run, path):
    run.save_checkpoint(checkpoint(1))
    with pytest.raises(RunError, match="in use by process"):
        RunFolder.create(path, CONFIG, force=True)
    with pytest.raises(RunError, match="in use by process"):
        RunFolder.open(path)
    assert run.latest_checkpoint().step == 1


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_that_is_no_run_is_never_touched(tmp_path, force):
    for name, inner in [
        ("thesis", "chapter.tex"),
        ("almost", "config.json"),
        ("logs", "log.jsonl"),
        ("frames", "frames/000001.png"),
        ("checks", "checkpoints/00000001.safetensors"),
    ]:
        file = tmp_path / name / inner
        file.parent.mkdir(parents=True)
        file.write_text("{}")
        with pytest.raises(RunError, match="is no run folder"):
            RunFolder.create(tmp_path / name, CONFIG, force=force)
        assert content(tmp_path / name) == {inner: b"{}"}
        assert not (tmp_path / name / "lock").exists()


@pytest.mark.parametrize("force", [False, True])
def test_a_file_is_never_replaced_by_a_run(tmp_path, force):
    (tmp_path / "picture").write_text("mine")
    with pytest.raises(RunError, match="a file of that name exists"):
        RunFolder.create(tmp_path / "picture", CONFIG, force=force)
    assert (tmp_path / "picture").read_text() == "mine"


def test_a_run_that_another_process_makes_at_the_same_time(path, monkeypatch):
    import redraw.storage.run_folder as module

    class SlowLock(RunLock):
        def __init__(self, lock):
            monkeypatch.undo()
            RunFolder.create(path, {"other": 1}).close()
            super().__init__(lock)

    path.mkdir()
    monkeypatch.setattr(module, "RunLock", SlowLock)
    with pytest.raises(RunError, match="holds a run already"):
        RunFolder.create(path, CONFIG)
    with RunFolder.open(path) as run:
        assert run.config == {"other": 1}


def test_an_empty_folder_becomes_a_run(path):
    path.mkdir()
    RunFolder.create(path, CONFIG).close()
    assert is_run_folder(path)


def test_a_folder_whose_making_was_interrupted_is_taken_over(path):
    path.mkdir()
    (path / "frames").mkdir()
    (path / "picture.safetensors").write_bytes(b"half")
    write_config(path, {"old": 1}, unfinished=True)
    assert not is_run_folder(path)
    with pytest.raises(RunError, match="interrupted while it was made; give the command"):
        RunFolder.open(path)
    with RunFolder.create(path, CONFIG, fill=lambda folder: None) as run:
        assert run.config == CONFIG
    assert is_run_folder(path)


def test_nothing_is_left_when_a_run_cannot_be_filled(path):
    def full(folder):
        (folder / "table.safetensors").write_bytes(b"half")
        raise OutputError("no space left on device")

    with pytest.raises(OutputError, match="no space"):
        RunFolder.create(path, CONFIG, fill=full)
    assert not path.exists()


def test_a_missing_parent(tmp_path):
    with pytest.raises(OutputError, match="does not exist; make it first"):
        RunFolder.create(tmp_path / "missing" / "cub.run", CONFIG)


def test_nothing_is_left_when_a_run_cannot_be_made(path, monkeypatch):
    def full(*arguments, **options):
        raise OutputError("no space left on device")

    monkeypatch.setattr("redraw.storage.run_folder.write_config", full)
    with pytest.raises(OutputError, match="no space"):
        RunFolder.create(path, CONFIG)
    assert not path.exists()
    with pytest.raises(ValueError, match="JSON"):
        monkeypatch.undo()
        RunFolder.create(path, {"rate": float("nan")})
    assert not path.exists()
