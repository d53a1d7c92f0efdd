"""The lock: one holder at a time, and none that outlives its process."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from redraw.errors import OutputError, RunError
from redraw.storage import run_lock
from redraw.storage.run_lock import RunLock, is_held

HOLD = """
import sys, time
from pathlib import Path
from redraw.storage.run_lock import RunLock, is_held
lock = RunLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_one_at_a_time(tmp_path):
    first = RunLock(tmp_path / "lock")
    with pytest.raises(RunError, match=f"in use by process {os.getpid()} on"):
        RunLock(tmp_path / "lock")
    first.release()
    first.release()
    second = RunLock(tmp_path / "lock")
    assert second.notes == ()
    second.release()


def test_a_lock_that_nobody_keeps_is_released(tmp_path):
    RunLock(tmp_path / "lock")
    RunLock(tmp_path / "lock").release()


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"in use by process {child.pid} on"):
            RunLock(tmp_path / "lock")
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert f"process {child.pid}" in (tmp_path / "lock").read_text()
    RunLock(tmp_path / "lock").release()
    assert f"process {os.getpid()}" in (tmp_path / "lock").read_text()


def test_asking_whether_a_lock_is_held(tmp_path):
    path = tmp_path / "lock"
    assert not is_held(path)
    lock = RunLock(path)
    assert is_held(path)
    lock.release()
    assert not is_held(path)
    assert not is_held(tmp_path / "missing" / "lock")


def test_a_lock_that_is_released_in_a_moment_is_waited_for(tmp_path, monkeypatch):
    first = RunLock(tmp_path / "lock")
    monkeypatch.setattr(run_lock.time, "sleep", lambda seconds: first.release())
    RunLock(tmp_path / "lock").release()


def test_a_lock_file_that_vanished_or_was_replaced(tmp_path):
    path = tmp_path / "lock"
    lock = RunLock(path)
    assert lock.still_there()
    path.unlink()
    assert not lock.still_there()
    path.write_text("another one")
    assert not lock.still_there()
    lock.release()
    assert not lock.still_there()


def test_a_file_system_without_locks_is_said_and_used(tmp_path, monkeypatch):
    def unsupported(descriptor):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(run_lock, "_lock", unsupported)
    lock = RunLock(tmp_path / "lock")
    assert "has no locks" in lock.notes[0]
    lock.release()


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="can't lock"):
        RunLock(tmp_path / "missing" / "lock")
