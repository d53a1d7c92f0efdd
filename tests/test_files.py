"""Whatever happens while a file is written, what was there before survives."""

import errno
import os
import stat
import threading

import pytest

from redraw import files
from redraw.errors import OutputError
from redraw.files import atomic_output, check_output, write_atomically


def leftovers(folder):
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".redraw-")]


def test_writes_the_content_and_leaves_nothing_else(tmp_path):
    write_atomically(tmp_path / "a.bin", lambda file: file.write(b"new"))
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_the_writer_may_seek_and_read_back(tmp_path):
    with atomic_output(tmp_path / "a.bin") as file:
        file.write(b"xbc")
        file.seek(0)
        file.write(b"a")
        assert file.read() == b"bc"
    assert (tmp_path / "a.bin").read_bytes() == b"abc"


def test_what_exists_is_kept_without_force(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"a\.bin exists already.*--force"):
        write_atomically(path, lambda file: pytest.fail("the writer must not be called"))
    assert path.read_bytes() == b"old"


def test_force_replaces_and_keeps_the_permissions(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, lambda file: file.write(b"new"), force=True)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("failure", [KeyError("a bug"), KeyboardInterrupt()])
def test_a_failing_writer_changes_nothing_and_its_error_passes(tmp_path, force, failure):
    path = tmp_path / "a.bin"
    if force:
        path.write_bytes(b"old")

    def writer(file):
        file.write(b"half of the new content")
        raise failure

    with pytest.raises(type(failure)):
        write_atomically(path, writer, force=force)
    assert path.exists() == force
    assert not force or path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_ctrl_c_as_soon_as_the_file_is_there_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(path, mode):
        open(path, mode).close()
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "open", interrupted, raising=False)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", lambda file: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_full_disk_is_an_output_error_and_the_old_content_survives(tmp_path, monkeypatch, broken):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, broken, full)
    with pytest.raises(OutputError, match=r"can't write .*a\.bin: no space left on device"):
        write_atomically(path, lambda file: file.write(b"new"), force=True)
    assert path.read_bytes() == b"old"
    assert leftovers(tmp_path) == []


def test_the_path_changes_only_once_the_content_is_on_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    seen = []
    real = {name: getattr(os, name) for name in ("fsync", "replace")}
    for name, call in real.items():

        def spy(*arguments, name=name, call=call):
            seen.append((name, path.read_bytes()))
            return call(*arguments)

        monkeypatch.setattr(files.os, name, spy)
    write_atomically(path, lambda file: file.write(b"new"), force=True)
    assert seen == [("fsync", b"old"), ("replace", b"old"), ("fsync", b"new")]  # file, name, folder


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/a.bin", "the folder .*missing does not exist"),
        ("folder", "it is a folder"),
        ("pipe", "not an ordinary file"),
        ("file/a.bin", "not a directory"),
        ("n" * 300, "name too long"),
        ("nul\0.bin", "NUL"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_impossible_outputs_are_refused_before_the_work(tmp_path, name, reason, force):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match=reason) as refusal:
        check_output(tmp_path / name, force=force)
    assert "\n" not in str(refusal.value)
    with pytest.raises(OutputError, match=reason):
        write_atomically(tmp_path / name, lambda file: file.write(b"x"), force=force)
    assert leftovers(tmp_path) == []


def test_a_folder_that_takes_no_files(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(OutputError, match=r"can't write .*a\.bin: permission denied"):
        write_atomically(tmp_path / "a.bin", lambda file: file.write(b"x"))


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.bin").write_bytes(b"old")
    (tmp_path / "link.bin").symlink_to(tmp_path / "real.bin")
    write_atomically(tmp_path / "link.bin", lambda file: file.write(b"new"), force=True)
    assert (tmp_path / "link.bin").is_symlink()
    assert (tmp_path / "real.bin").read_bytes() == b"new"


@pytest.mark.parametrize("hard_links", [True, False])
def test_a_file_that_appears_meanwhile_survives(tmp_path, monkeypatch, hard_links):
    path = tmp_path / "a.bin"
    if not hard_links:

        def unsupported(*_):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(files.os, "link", unsupported)

    with pytest.raises(OutputError, match="--force"), atomic_output(path) as file:
        file.write(b"mine")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert leftovers(tmp_path) == []


def test_without_hard_links_a_new_file_is_still_written(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(files.os, "link", unsupported)
    write_atomically(tmp_path / "a.bin", lambda file: file.write(b"new"))
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert leftovers(tmp_path) == []


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.bin"
    ready = threading.Barrier(2)

    def write(content):
        def writer(file):
            for _ in range(50):
                file.write(content)
            ready.wait(timeout=600)

        write_atomically(path, writer, force=True)

    threads = [threading.Thread(target=write, args=(c * 1000,)) for c in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in (b"a" * 50_000, b"b" * 50_000)
    assert leftovers(tmp_path) == []
