import errno
import os
import shutil
from pathlib import Path

import pytest

from redraw.batch import places
from redraw.batch.batch import Batch
from redraw.batch.inputs import gather
from redraw.batch.manifest import NAME
from redraw.batch.task import Done, Settings
from redraw.errors import OutputError, PictureError, UsageError

from .test_batch import Crew

fsspec = pytest.importorskip("fsspec")


@pytest.fixture
def storage(monkeypatch, tmp_path):
    """Shared storage in this process' memory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "PAUSE", 0.0)
    files = fsspec.filesystem("memory")
    files.store.clear()
    return files


def test_what_is_put_is_fetched_again_and_marked_as_whole(storage, tmp_path):
    (tmp_path / "f").write_bytes(b"field")
    assert places.put(tmp_path / "f", "memory://bucket/f.redraw", force=True) == 5
    assert storage.cat_file("/bucket/f.redraw") == b"field"
    assert storage.cat_file("/bucket/f.redraw.done") == b"5"
    with places.fetched("memory://bucket/f.redraw", tmp_path) as path:
        assert Path(path).read_bytes() == b"field"
    assert not list(tmp_path.glob("*f.redraw"))
    with (  # what is wrong with it is told of the address, not of the copy
        pytest.raises(PictureError, match=r"^memory://bucket/f\.redraw is no picture$"),
        places.fetched("memory://bucket/f.redraw", tmp_path) as path,
    ):
        raise PictureError(f"{path} is no picture")


def test_what_was_put_without_its_marker_is_marked_by_the_next_command(storage, tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_text(name)
    items = gather([tmp_path / "a.png", tmp_path / "b.png"], "memory://killed/out")

    class Dying(Crew):
        """Puts the object, and is killed before the marker."""

        def outcomes(self, tasks, begun):
            for task, _ in tasks:
                begun(task)
                storage.pipe_file(task.output.removeprefix("memory:/"), b"field")
                raise KeyboardInterrupt
                yield

    batch = Batch(items, Settings(), "memory://killed/out", crew=Dying())
    with pytest.raises(KeyboardInterrupt):
        list(batch.outcomes())
    batch.close()
    assert not storage.exists("/killed/out/a.redraw.done")
    again = Batch(items, Settings(), "memory://killed/out", crew=Crew())
    assert [Path(one.item.source).name for one in again.finished] == ["a.png"]
    again.close()
    assert storage.cat_file("/killed/out/a.redraw.done") == b"5"


def test_storage_that_fails_now_and_then_is_asked_again(storage, tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(b"field")
    real, calls = type(storage).put_file, []

    def failing(self, *arguments, **options):
        calls.append(1)
        if len(calls) < places.TRIES:
            raise OSError("slow down")
        return real(self, *arguments, **options)

    monkeypatch.setattr(type(storage), "put_file", failing)
    places.put(tmp_path / "f", "memory://bucket/f", force=True)
    assert storage.cat_file("/bucket/f") == b"field"
    (tmp_path / "g").write_bytes(b"field")
    monkeypatch.setattr(
        type(storage), "put_file", lambda *_, **__: (_ for _ in ()).throw(OSError("no"))
    )
    with pytest.raises(OutputError, match="tried"):
        places.put(tmp_path / "g", "memory://bucket/g", force=True)


def test_half_of_what_arrives_is_put_again(storage, tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(b"field")
    real, calls = type(storage).put_file, []

    def halving(self, source, target, **options):
        calls.append(1)
        if len(calls) == 1:
            return self.pipe_file(target, b"fi")
        return real(self, source, target, **options)

    monkeypatch.setattr(type(storage), "put_file", halving)
    places.put(tmp_path / "f", "memory://bucket/f", force=True)
    assert storage.cat_file("/bucket/f") == b"field"
    assert len(calls) == 2


def test_what_is_not_there_or_not_known_is_refused(storage, tmp_path):
    with (
        pytest.raises(PictureError, match="does not exist"),
        places.fetched("memory://bucket/gone.png", tmp_path),
    ):
        pass
    with pytest.raises(UsageError, match="nowhere://x can't be reached"):
        places.stamp_of("nowhere://x")
    assert places.stamp_of("memory://bucket/gone.png") is None


def test_a_file_address_is_a_path_and_stays(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"x")
    with places.fetched(f"file://{path}", tmp_path) as found:
        assert found == str(path)
    assert path.exists()


def test_a_batch_on_shared_storage_goes_on_from_its_manifest(storage, tmp_path):
    for name in ("a.png", "b.png"):
        storage.pipe_file(f"/scans/{name}", name.encode())
    items = gather(["memory://scans/*.png"], "memory://fields")
    assert [item.output for item in items] == [
        "memory://fields/a.redraw",
        "memory://fields/b.redraw",
    ]

    class Storing(Crew):
        def outcomes(self, tasks, begun):
            for task, _ in tasks:
                begun(task)
                self.asked.append(task.source)
                storage.pipe_file(task.output.removeprefix("memory:/"), b"field")
                yield Done(task.place, input=places.stamp_of(task.source), bytes=5)

    crew = Storing()
    for _ in range(2):
        batch = Batch(items, Settings(), "memory://fields", crew=crew)
        list(batch.outcomes())
        batch.close()
    assert len(crew.asked) == 2
    assert storage.cat_file(f"/fields/{NAME}").count(b'"done"') == 2
    # Another machine, which has nothing but what is shared, goes on from there too.
    (batch.manifest.path).unlink()
    batch = Batch(items, Settings(), "memory://fields", crew=crew)
    assert batch.left == []
    batch.close()


def test_of_a_disk_that_fills_nothing_is_left_where_a_file_comes_from_another(
    monkeypatch, tmp_path
):
    out, moved = tmp_path / "out", os.replace
    out.mkdir()
    (tmp_path / "f").write_bytes(b"field")

    def other_disk(source, target):
        if Path(source).parent != Path(target).parent:
            raise OSError(errno.EXDEV, "another file system")
        moved(source, target)

    def full(source, target):
        Path(target).write_bytes(b"fi")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", other_disk)
    with monkeypatch.context() as disk:
        disk.setattr(shutil, "copyfile", full)
        with pytest.raises(OutputError, match="No space left"):
            places.put(tmp_path / "f", str(out / "f.redraw"), force=True)
    assert not list(out.iterdir())
    (tmp_path / "f").write_bytes(b"field")
    assert places.put(tmp_path / "f", str(out / "f.redraw"), force=True) == 5
    assert [path.name for path in out.iterdir()] == ["f.redraw"]
