from pathlib import Path

import pytest

import redraw
from redraw.batch.inputs import gather
from redraw.errors import UsageError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b.jpg", "scans/c.tif", "scans/deep/d.PNG", "scans/notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "scans/.hidden.png").touch()
    return tmp_path


def outputs(items):
    return [item.output for item in items]


def test_files_keep_their_order_and_name(here):
    assert outputs(gather(["b.jpg", "a.png"], "out")) == ["out/b.redraw", "out/a.redraw"]


def test_what_lies_in_a_folder_keeps_its_place_below_it(here):
    assert outputs(gather(["scans"], "out")) == ["out/c.redraw"]
    deep = gather(["scans"], "out", recursive=True)
    assert outputs(deep) == ["out/c.redraw", "out/deep/d.redraw"]


def test_a_pattern_is_one_only_where_no_file_has_that_name(here):
    assert outputs(gather(["*.png"], "out")) == ["out/a.redraw"]
    (here / "[x].png").touch()
    assert [item.source for item in gather(["[x].png"], "out")] == ["[x].png"]


def test_a_picture_named_twice_is_taken_once(here):
    assert len(gather(["a.png", "./a.png", "*.png"], "out")) == 1


def test_a_list_begins_beside_itself_and_may_hold_remarks(here):
    (here / "scans/list.txt").write_text("# two of them\nc.tif\n\n../a.png\n")
    assert outputs(gather([], "out", listing="scans/list.txt")) == ["out/c.redraw", "out/a.redraw"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["gone.png"], "does not exist"),
        (["*.webp"], "no file fits"),
        (["scans/deep/.."], None),
        ([], "no picture is named"),
    ],
)
def test_names_that_mean_nothing_are_refused(here, names, told):
    if told is None:
        assert gather(names, "out")
        return
    with pytest.raises(UsageError, match=told):
        gather(names, "out")


def test_a_folder_without_pictures_says_what_looks_deeper(here):
    (here / "empty/below").mkdir(parents=True)
    (here / "empty/below/e.png").touch()
    with pytest.raises(UsageError, match="--recursive"):
        gather(["empty"], "out")


@pytest.mark.parametrize("other", ["a.jpg", "A.png"])
def test_two_results_of_one_name_are_refused_before_anything_is_fitted(here, other):
    (here / other).touch()
    if Path("a.png").samefile(other):
        pytest.skip("this file system knows no capital letters")
    with pytest.raises(UsageError, match=r"a\.png and .* would both become"):
        gather(["a.png", other], "out")


def test_a_list_of_names_of_any_kind(here):
    """With the mark of some editors, and names with what Python takes for ends of lines."""
    (here / "a\u2028b.png").touch()
    (here / "c\x0cd.png").touch()
    (here / "list.txt").write_bytes("\ufeffa.png\r\na\u2028b.png\rc\x0cd.png\n".encode())
    places = outputs(gather([], "out", listing="list.txt"))
    assert places == ["out/a.redraw", "out/a\u2028b.redraw", "out/c\x0cd.redraw"]


@pytest.mark.parametrize("one", ["cub", Path("cub.png"), 5])
def test_one_signal_is_not_many(one):
    """The letters of its name were taken for names."""
    with pytest.raises(UsageError, match="give a list of them, or call redraw"):
        next(redraw.fit_many(one))
