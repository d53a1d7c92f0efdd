"""A full disk: a clear error, the older checkpoint intact, and on it goes once there is room."""

import errno
import os
import subprocess

import pytest
import torch

from redraw.errors import OutputError
from redraw.storage.checkpoint import Checkpoint
from redraw.storage.run_folder import RunFolder


def checkpoint(step, numbers=1000):
    return Checkpoint(step, {}, {"weight": torch.full((numbers,), float(step))})


def names(run):
    return sorted(os.listdir(run.path / "checkpoints"))


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of its own with room for 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_the_older_checkpoint_survives_whatever_fails(tmp_path, monkeypatch, call):
    def full(*arguments, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RunFolder.create(tmp_path / "x.run", {}) as run:
        run.append_log({"step": 1})
        run.save_checkpoint(checkpoint(1))
        with monkeypatch.context() as patch:
            patch.setattr(os, call, full)
            if call == "link":  # a file system without hard links is no error
                run.save_checkpoint(checkpoint(2))
                return
            with pytest.raises(OutputError, match=r"can't write .*: no space left on device"):
                run.save_checkpoint(checkpoint(2))
        assert names(run) == ["00000001.safetensors"]
        assert run.latest_checkpoint().step == 1
        run.save_checkpoint(checkpoint(2))
        assert run.latest_checkpoint().step == 2


def test_a_checkpoint_on_a_full_disk(small_disk):
    with RunFolder.create(small_disk / "x.run", {}) as run:
        run.append_log({"step": 1})
        run.save_checkpoint(checkpoint(1, 50_000))
        run.save_checkpoint(checkpoint(2, 50_000))
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(500_000))  # room for less than another one
        with pytest.raises(OutputError, match=r"can't write .*00000003.*: no space left on device"):
            run.save_checkpoint(checkpoint(3, 50_000))
        assert names(run) == ["00000001.safetensors", "00000002.safetensors"]
        assert run.latest_checkpoint().step == 2
        ballast.unlink()
        run.save_checkpoint(checkpoint(3, 50_000))
        assert names(run) == ["00000002.safetensors", "00000003.safetensors"]
        assert run.latest_checkpoint().step == 3


def test_a_log_on_a_full_disk(small_disk):
    with RunFolder.create(small_disk / "x.run", {}) as run:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(900_000))
        entry = {"note": "x" * 1000}
        with pytest.raises(OutputError, match=r"can't write .*log\.jsonl: no space"):
            for step in range(10_000):
                run.append_log({"step": step, **entry})
        assert (run.path / "log.jsonl").read_bytes().endswith(b"}\n")  # no half line
        assert [e["step"] for e in run.read_log()] == list(range(step))
        ballast.unlink()
        run.append_log({"step": step, **entry})
        assert run.read_log()[-1] == {"step": step, **entry}


def test_a_run_on_a_full_disk(small_disk):
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(bytes(2_000_000))
    with pytest.raises(OutputError, match=r"no space left on device"):
        RunFolder.create(small_disk / "x.run", {"a": "x" * 100_000})
    assert not (small_disk / "x.run").exists()


def test_an_append_that_is_cut_off_leaves_no_half_line(tmp_path, monkeypatch):
    """A stand-in for the small disk: every write but the first says that the disk is full."""
    resource = pytest.importorskip("resource", reason="this system has no limits on files")
    with RunFolder.create(tmp_path / "x.run", {}) as run:
        run.append_log({"step": 1})
        size = (run.path / "log.jsonl").stat().st_size
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
        try:
            with pytest.raises(OutputError, match="file too large"):
                run.append_log({"step": 2, "note": "longer than what there is room for"})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (run.path / "log.jsonl").stat().st_size == size
        run.append_log({"step": 3})
        assert [e["step"] for e in run.read_log()] == [1, 3]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    with RunFolder.create(tmp_path / "x.run", {}) as run:
        run.save_checkpoint(checkpoint(1))
        (run.path / "checkpoints").chmod(0o500)
        with pytest.raises(OutputError, match="permission denied"):
            run.save_checkpoint(checkpoint(2))
        (run.path / "checkpoints").chmod(0o700)
        assert run.latest_checkpoint().step == 1
