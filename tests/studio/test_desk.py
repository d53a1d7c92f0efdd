"""What the server makes of what several pages do at once; without its processes."""

import asyncio
import os
import time
from types import SimpleNamespace

import pytest

pytest.importorskip("uvicorn", reason="the studio needs the extra of that name")

from redraw.errors import PictureError, RedrawError, RunError, UsageError
from redraw.storage.run_folder import RunFolder
from redraw.studio import desk as studio_desk
from redraw.studio.album import Album
from redraw.studio.asking import list_folder
from redraw.studio.desk import Desk
from redraw.studio.fit import Fit
from redraw.studio.library import SCRATCH, Library
from redraw.studio.live import Sockets, state
from redraw.studio.processes import BusyError
from redraw.studio.requests import body, known
from redraw.studio.shelf import Shelf
from redraw.studio.web import guarded


class Fits:
    """The process of the fits, which does nothing."""

    def __init__(self, hear, lost):
        self.sent = []

    def send(self, order):
        self.sent.append(order)

    def close(self):
        pass


class Pool:
    """Processes that answer when the test says so: `answers` by the names of questions."""

    def __init__(self):
        self.jobs, self.answers = {}, {}

    async def ask(self, name, **question):
        return await self.answers[name](**question)

    def close(self):
        pass


@pytest.fixture
def desk(monkeypatch, tmp_path):
    monkeypatch.setattr(studio_desk, "Fits", Fits)
    monkeypatch.setattr(studio_desk, "DrawingPool", Pool)
    made = Desk(tmp_path, {})
    made.ready = True
    yield made
    made.close()


def asked_for(desk, *names, picture="a.png"):
    """A fit or a race that waits."""
    for name in names:
        asked = {"picture": picture, "model": "siren"}
        desk.fits[name] = Fit(name, asked=asked, race=list(names) if len(names) > 1 else [])
    desk.queue.append(list(names))


def orders(desk):
    return [[job["fit"] for job in o["jobs"]] for o in desk.workers.sent if o["do"] == "fit"]


def test_a_picture_that_is_removed_while_its_fit_waits_holds_nobody_up(desk, tmp_path):
    """Its job could not be made, and no other was ever begun."""
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    asked_for(desk, "first")
    desk._next_job()
    asked_for(desk, "second", picture="b.png")
    asked_for(desk, "third")
    (tmp_path / "b.png").unlink()
    desk.hear({"event": "idle"}, b"")
    assert orders(desk) == [["first"], ["third"]]
    assert desk.fits["second"].state == "failed"
    assert "there is no picture 'b.png'" in desk.fits["second"].error
    assert desk.fits["third"].state == "starting"


def test_one_of_a_race_that_has_ended_may_be_removed(desk, tmp_path):
    """What asks whether the others are at work must not look for it."""
    (tmp_path / "a.png").write_bytes(b"")
    asked_for(desk, "one", "two")
    desk._next_job()
    del desk.fits["one"]
    asked_for(desk, "three")
    desk._next_job()
    desk.lost("killed by signal 9")
    assert desk.fits["two"].state == "failed"


def test_a_run_that_is_let_learn_on_while_another_page_opens_it_stays_so(desk, tmp_path):
    """The answer on what lay in the folder came late, and said of a fit at work that it stopped."""
    (tmp_path / "old.run").mkdir()
    found = {"state": "stopped", "rate_factor": 1.0, "step": 5, "frames": [], "log": []}
    found |= {"source": "a.png", "reason": None}

    async def both():
        answers = []

        async def describe_run(path):
            answers.append(asyncio.get_running_loop().create_future())
            return await answers[-1]

        desk.drawing.answers["describe_run"] = describe_run
        resuming, opening = (
            asyncio.ensure_future(x) for x in (desk.resume("old"), desk.open("old"))
        )
        await asyncio.sleep(0)
        answers[0].set_result(found)
        await resuming
        assert desk.fits["old"].state == "starting"
        answers[1].set_result(found)
        assert (await opening).state == "starting"

        asking = asyncio.ensure_future(desk.open("new"))
        (tmp_path / "new.run").mkdir()
        await asyncio.sleep(0)
        (tmp_path / "new.run").rmdir()
        answers[2].set_result(found)
        with pytest.raises(RunError, match="there is no run 'new'"):
            await asking

    asyncio.run(both())


def test_a_page_gets_all_points_of_another_fit_of_the_same_name(desk):
    """Deleted, and begun again: the page kept the old curve, and lacked as much of the new one."""
    first = desk.fits["a"] = Fit("a", curve=[[1, 0.1, 1.0, 10.0, 0.1]] * 3)
    said = state(desk, {})["known"]
    second = desk.fits["a"] = Fit("a", curve=[[1, 0.1, 2.0, 5.0, 0.1]] * 4, version=first.version)
    (told,) = state(desk, said)["fits"]
    assert (told["points"], told["fresh"]) == (second.curve, True)
    assert state(desk, said)["fits"] == []


def test_two_parts_that_are_cut_at_once_are_two_pictures(desk, tmp_path):
    (tmp_path / "a.png").write_bytes(b"")

    async def crop(path, out, box, **more):
        await asyncio.sleep(0)
        with open(out, "w") as file:
            file.write(str(box))
        return {}

    desk.drawing.answers["crop"] = crop
    album = Album(desk.library, desk.drawing)

    async def both():
        return await asyncio.gather(*(album.crop("a.png", [0, 0, k, k], 0) for k in (1, 2)))

    names = [made["name"] for made in asyncio.run(both())]
    assert sorted((tmp_path / name).read_text() for name in names) == [
        "[0, 0, 1, 1]",
        "[0, 0, 2, 2]",
    ]


def test_a_run_that_another_process_writes_is_neither_removed_nor_renamed(desk, tmp_path):
    with RunFolder.create(tmp_path / "far.run", {"a": 1}):
        for change in (lambda s: s.delete("fit", "far"), lambda s: s.rename("far", "near")):
            with pytest.raises(UsageError, match="at work in another process"):
                change(Shelf(desk))
    Shelf(desk).delete("fit", "far")
    assert not (tmp_path / "far.run").exists()


def test_a_listener_outlives_a_moment_in_which_too_much_is_asked(desk):
    def busy(order):
        raise BusyError("the studio is busy")

    desk.workers.send = busy
    Sockets(desk).count()


def test_a_folder_is_listed_whatever_lies_in_it(tmp_path, monkeypatch):
    """Names that are no text broke the page's answer, and so did what went away meanwhile."""
    for name in ("a.png", "b.png", "\udcff.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "locked.run").mkdir()
    from redraw.storage import run_config

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(run_config, "is_run_folder", refused)
    listed = list_folder(str(tmp_path))
    assert sorted(picture["name"] for picture in listed["pictures"]) == ["a.png", "b.png"]
    assert listed["runs"] == []


# --- what requests say ----------------------------------------------------------------------------


class Said:
    """A request with a body."""

    method = "POST"

    def __init__(self, content):
        self.headers, self.content = {}, content

    async def stream(self):
        yield self.content


@pytest.mark.parametrize(
    "content",
    [b'{"text": "\\ud800"}', b'{"pace": ' + b"1" * 400 + b"}", b'{"a": [1e999]}', b"\xff", b"[1]"],
)
def test_a_body_that_no_answer_could_hold_is_refused(content):
    with pytest.raises(UsageError, match="the request is no"):
        asyncio.run(body(Said(content)))
    assert asyncio.run(body(Said(b'{"text": "\xc3\xa9\\ud83d\\ude00"}'))) == {"text": "é😀"}


def test_what_a_page_says_it_knows_may_be_anything():
    assert known('{"a": [1, 2, Infinity]}') == known('{"a": [1, 2, NaN]}') == known("[[") == {}
    assert known('{"a": [1, 2, 3]}') == {"a": [1, 2, 3]}


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/secret/a.png"),
            500,
            b"a.png can't be",
        ),
        (OSError(28, "No space left on device"), 507, b"no room left"),
        (PictureError("why"), 400, b"why"),
        (RedrawError("why"), 400, b"why"),
    ],
)
def test_what_goes_wrong_is_told_without_the_places_of_files(error, code, said):
    async def handler(request):
        raise error

    answer = asyncio.run(guarded(handler)(SimpleNamespace(method="POST")))
    assert answer.status_code == code
    assert said in answer.body
    assert b"secret" not in answer.body


def test_what_a_killed_studio_left_goes_but_not_what_another_one_writes(tmp_path):
    old, fresh = tmp_path / f"{SCRATCH}1.png", tmp_path / f"{SCRATCH}2.png"
    for path in (old, fresh):
        path.write_bytes(b"half of it")
    day = time.time() - 24 * 3600
    os.utime(old, (day, day))
    Library(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [fresh.name]
