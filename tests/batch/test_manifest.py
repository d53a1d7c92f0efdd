import json

import pytest

from redraw.batch.manifest import NAME, Entry, Manifest, stamp
from redraw.errors import OutputError, RunError

STARTED = Entry("a.redraw", "a.png", "started", "feed", input=(7, 10**18 + 1))
DONE = Entry("a.redraw", "a.png", "done", "feed", (7, 10**18 + 1), None, 42.5, 900, 0.25, 64, "m")


def test_the_last_line_of_a_picture_counts(tmp_path):
    manifest = Manifest(tmp_path / "out")
    manifest.add(STARTED)
    manifest.add(DONE)
    manifest.close()
    lines = (tmp_path / "out" / NAME).read_text().splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["started", "done"]
    again = Manifest(tmp_path / "out")
    assert again.entries == {"a.redraw": DONE}
    again.close()


@pytest.mark.parametrize("kept", range(1, 12))
def test_a_line_that_was_cut_short_is_passed_over_and_ended(tmp_path, kept):
    manifest = Manifest(tmp_path)
    manifest.add(STARTED)
    manifest.close()
    path = tmp_path / NAME
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])
    manifest = Manifest(tmp_path)
    assert manifest.entries == {"a.redraw": STARTED}
    manifest.add(DONE)
    manifest.close()
    manifest = Manifest(tmp_path)
    assert manifest.entries == {"a.redraw": DONE}
    manifest.close()


@pytest.mark.parametrize(
    "line", ["[]", "3", '{"state":"done"}', '{"state":"lost"}', '"', "[" * 9999]
)
def test_foreign_lines_are_passed_over(tmp_path, line):
    (tmp_path / NAME).write_text(line + "\n")
    manifest = Manifest(tmp_path)
    assert manifest.entries == {}
    manifest.close()


def test_one_command_at_a_time(tmp_path):
    manifest = Manifest(tmp_path)
    with pytest.raises(RunError, match="another command"):
        Manifest(tmp_path)
    manifest.close()
    Manifest(tmp_path).close()


def test_what_a_killed_command_had_begun_to_write_is_taken_away(tmp_path):
    manifest = Manifest(tmp_path)
    (manifest.working / "3-77.redraw").write_bytes(b"half")
    manifest.close()
    assert [path.name for path in manifest.working.iterdir()] == ["lock"]


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(OutputError, match="out"):
        Manifest(tmp_path / "out")


def test_stamps_tell_a_change(tmp_path):
    path = tmp_path / "p"
    assert stamp(path) is None
    path.write_bytes(b"12")
    first = stamp(path)
    path.write_bytes(b"123")
    assert first is not None
    assert first[0] == 2
    assert stamp(path) != first


def test_what_a_killed_command_left_is_thrown_away(tmp_path):
    first = Manifest(tmp_path)
    first.close()
    (first.working / "fetched-1").mkdir()
    (first.working / "fetched-1" / "a.png").write_text("half")
    (first.working / "0-1.redraw").write_text("half")
    second = Manifest(tmp_path)
    assert [left.name for left in second.working.iterdir()] == ["lock"]
    second.close()
