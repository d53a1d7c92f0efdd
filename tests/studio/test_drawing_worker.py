"""The process that draws, asked without a server: what takes long says how far it is."""

import numpy as np
import pytest

import redraw
from redraw.cli import main
from redraw.studio.drawing_worker import answer
from redraw.studio.messages import unpack


class Pipe:
    """Keeps what is told on the way."""

    def __init__(self):
        self.shares = []

    def send_bytes(self, message):
        self.shares.append(unpack(message)[0]["progress"])


def asked(name, **question):
    """What was answered, and the shares told meanwhile."""
    pipe = Pipe()
    found, _ = unpack(answer({"ask": name, "number": 7, **question}, pipe))
    assert "error" not in found, found
    return found["found"], pipe.shares


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A folder with a run of six frames and its field."""
    folder = tmp_path_factory.mktemp("learned")
    redraw.fit(
        np.random.default_rng(0).random((24, 32, 3)),
        model="siren",
        hidden=(8,),
        steps=40,
        frames=6,
        run=folder / "a.run",
        output=folder / "a.redraw",
    )
    return folder


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_a_time_lapse_tells_its_frames(learned, tmp_path, ending):
    run = learned / "a.run"
    count = len(list((run / "frames").glob("*.png")))
    _, shares = asked("timelapse", run=str(run), out=str(tmp_path / f"made.{ending}"))
    assert shares == pytest.approx([(at + 1) / count for at in range(count)])


def test_an_export_of_many_files_tells_how_far_their_archive_is(learned, tmp_path):
    out = tmp_path / "made" / "a.dzi"
    out.parent.mkdir()
    found, shares = asked("exported", path=str(learned / "a.redraw"), out=str(out), title="a")
    assert found["path"].endswith(".zip")
    assert shares == sorted(shares)
    tiles = len(list((out.parent / "a_files").rglob("*.png")))
    assert len(shares) == 1 + tiles + (tiles + 1)  # read, drawn, packed
    assert 0.0 < shares[0] < 0.5 < shares[-1] == 1.0


def test_an_export_of_one_file_is_asked_as_the_others_are(learned, tmp_path):
    """All that a page may give up is called by a job: it has to take `progress`."""
    found, shares = asked(
        "exported", path=str(learned / "a.redraw"), out=str(tmp_path / "a.html"), title="a"
    )
    assert found["path"] == str(tmp_path / "a.html")
    assert len(shares) == 1
    assert 0.0 < shares[0] < 0.5


def test_a_page_that_plays_tells_the_frames_that_it_packed(learned, tmp_path):
    run = learned / "a.run"
    more = {"out": str(tmp_path / "a.html"), "title": "a", "animate": str(run)}
    _, shares = asked("exported", path=str(learned / "a.redraw"), **more)
    assert len(shares) == 1 + len(list((run / "frames").glob("*.png")))
    assert shares == sorted(shares)
    assert shares[-1] < 1.0


def test_a_drawing_as_paths_tells_how_far_it_is(tmp_path):
    levels = np.full((32, 32, 3), 255, np.uint8)
    levels[8:20, 10:25] = (200, 30, 40)
    redraw.fit(levels, model="cel", steps=10).save(tmp_path / "a.redraw")
    path, out = str(tmp_path / "a.redraw"), str(tmp_path / "a.svg")
    _, shares = asked("exported", path=path, out=out, title="a")
    assert len(shares) >= 4
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.9)
    # What Save gives is what the command line writes of the same file.
    (tmp_path / "line").mkdir()
    asked("exported", path=path, out=str(tmp_path / "a.wgsl"), title="a")
    for ending in ("svg", "wgsl"):
        line = tmp_path / "line" / f"a.{ending}"
        assert main(["export", path, str(line)]) == 0
        assert (tmp_path / line.name).read_bytes() == line.read_bytes()
