"""The lanes of the processes that draw: limits of time, by a clock that the tests set."""

import asyncio
import io
from typing import ClassVar

import pytest

from redraw.errors import RedrawError
from redraw.studio import pool, processes
from redraw.studio.messages import pack


class SetClock(asyncio.SelectorEventLoop):
    """An event loop that believes what it is told of the time."""

    now = 0.0

    def time(self) -> float:
        return self.now

    async def later(self, seconds: float) -> None:
        """So many seconds pass, and what is due is done."""
        self.now += seconds
        for _ in range(5):
            await asyncio.sleep(0)


class Silent:
    """A process that answers when the test says so.

    Attributes:
        all: Those that were started, in order.
    """

    all: ClassVar[list["Silent"]] = []

    def __init__(self, target, hear, ended):
        self.hear, self.ended, self.asked, self.gone = hear, ended, [], False
        Silent.all.append(self)

    def send(self, question):
        self.asked.append(question)

    def answer(self, found=None, **more):
        number = self.asked[-1]["number"]
        self.hear(pack({"number": number, **(more or {"found": found})}))

    def abandon(self):
        self.gone = True

    def close(self, patience):
        self.gone = True


@pytest.fixture
def drawing(monkeypatch):
    """Runs a test's coroutine with a pool of silent processes and a clock."""
    monkeypatch.setattr(pool, "Worker", Silent)
    monkeypatch.setattr(Silent, "all", [])

    def run(story):
        loop = SetClock()
        try:
            loop.run_until_complete(told(story, loop))
        finally:
            loop.close()

    async def told(story, loop):
        made = pool.DrawingPool()
        try:
            await story(made, loop)
        finally:
            made.close()

    return run


def question(made, name, **more):
    return asyncio.ensure_future(made.ask(name, **more))


@pytest.mark.parametrize("name", sorted(pool.KINDS))
def test_what_takes_longer_than_it_may_is_given_up_and_the_next_gets_its_turn(drawing, name):
    limit = pool.KINDS[name].limit

    async def story(made, loop):
        slow, next_ = question(made, name), question(made, name)
        await loop.later(0.0)
        busy = next(each for each in Silent.all if each.asked)
        started = len(Silent.all)
        await loop.later(limit - 1.0)
        assert not slow.done()
        assert len(busy.asked) == 1  # one at a time
        await loop.later(2.0)
        assert slow.done()
        with pytest.raises(RedrawError, match=f"longer than {limit:.0f} seconds and was given up"):
            slow.result()
        assert busy.gone
        assert len(Silent.all) == started + 1
        other = Silent.all[-1]
        await loop.later(limit - 1.0)  # the next has a limit of its own
        other.answer({"made": True})
        assert await next_ == {"made": True}

    drawing(story)


def test_one_that_never_starts_is_tried_when_it_is_asked(drawing):
    """A process that could not import what it needs was begun again for ever."""
    name = next(name for name, kind in pool.KINDS.items() if kind.lane == "quick")

    async def story(made, loop):
        started = list(Silent.all)
        for process in started:
            process.ended(1)
        await loop.later(1000.0)
        assert Silent.all == started
        asked = question(made, name)
        await loop.later(0.0)
        assert len(Silent.all) == len(started) + 1
        Silent.all[-1].ended(1)
        with pytest.raises(RedrawError, match="too much for the process"):
            await asked
        again = question(made, name)
        await loop.later(0.0)
        Silent.all[-1].answer({"made": True})
        assert await again == {"made": True}
        count = len(Silent.all)
        Silent.all[-1].ended(-9)
        assert len(Silent.all) == count + 1, "one that could do its work is there again at once"

    drawing(story)


def test_the_process_of_the_fits_is_begun_again_later_and_later(monkeypatch):
    monkeypatch.setattr(processes, "Worker", Silent)
    monkeypatch.setattr(Silent, "all", [])
    heard, lost = [], []

    async def story(loop):
        fits = processes.Fits(lambda news, raw: heard.append(news["event"]), lost.append)
        waits = []
        for _ in range(9):
            count, began = len(Silent.all), loop.now
            Silent.all[-1].ended(1)
            while len(Silent.all) == count:
                await loop.later(0.5)
            waits.append(round(loop.now - began))
        assert waits == [0, 1, 2, 4, 8, 16, 32, 60, 60]
        assert lost == ["exit code 1"] * 9
        Silent.all[-1].hear(pack({"event": "ready"}))
        count = len(Silent.all)
        Silent.all[-1].ended(-9)
        await loop.later(0.5)
        assert len(Silent.all) == count + 1
        assert (heard, lost[-1]) == (["ready"], "killed by signal 9")
        Silent.all[-1].ended(1)
        fits.close()
        await loop.later(100.0)
        assert len(Silent.all) == count + 1, "nothing begins after the end"

    loop = SetClock()
    try:
        loop.run_until_complete(story(loop))
    finally:
        loop.close()


def test_every_question_of_the_process_has_a_limit():
    from redraw.studio.drawing_worker import LONG, QUESTIONS

    assert pool.KINDS.keys() == {**QUESTIONS, **LONG}.keys()
    assert all(1.0 <= kind.limit <= 7200.0 for kind in pool.KINDS.values())


def test_what_nobody_waits_for_any_more_is_ended_after_some_seconds(drawing):
    async def story(made, loop):
        asked = question(made, "draw_to_file", job="abc")
        await loop.later(0.0)
        worker = Silent.all[-1]
        worker.answer(progress=0.5)
        assert made.jobs == {"abc": 0.5}
        asked.cancel()
        await loop.later(0.0)
        assert made.jobs == {}
        assert not worker.gone
        await loop.later(pool.GRACE + 0.1)
        assert worker.gone

    drawing(story)


def test_a_process_that_is_asked_nothing_is_let_go_unless_it_lasts(drawing):
    async def story(made, loop):
        quick, pictures = Silent.all
        asked = question(made, "timelapse")
        await loop.later(0.0)
        long = Silent.all[-1]
        long.answer({})
        await asked
        await loop.later(pool.IDLE - 1.0)
        assert not long.gone
        await loop.later(2.0)
        assert [each.gone for each in (quick, pictures, long)] == [False, False, True]

    drawing(story)


def test_pictures_that_take_long_to_decode_keep_nobody_from_the_folder_or_a_tile(drawing):
    """Twenty thumbnails of large pictures, of which not one is ever done."""

    async def story(made, loop):
        quick, pictures = Silent.all
        thumbnails = [question(made, "thumbnail", path=f"{n}.tif", side=320) for n in range(20)]
        long = question(made, "draw_to_file")
        await loop.later(0.0)
        for name in ("list_folder", "field_tile", "describe_run"):
            asked = question(made, name)
            await loop.later(0.0)
            assert quick.asked[-1]["ask"] == name
            quick.answer({"by": name})
            assert await asked == {"by": name}
        # What somebody waits for most comes before the other thumbnails.
        looked = question(made, "inspect", path="one.png")
        await loop.later(0.0)
        assert [each["ask"] for each in pictures.asked] == ["thumbnail"]
        pictures.answer({})
        await loop.later(0.0)
        assert [each["ask"] for each in pictures.asked] == ["thumbnail", "inspect"]
        assert not looked.done()
        for each in (*thumbnails, long, looked):
            each.cancel()
        await loop.later(0.0)

    drawing(story)


@pytest.mark.slow
def test_real_files_of_24_megapixels_keep_nobody_from_a_small_one(tmp_path):
    """With the processes as they are: what is asked last is there before most large ones."""
    import numpy as np
    from PIL import Image

    y, x = np.mgrid[:4000, :6000].astype(np.uint32)
    levels = np.stack([x * y >> 9, x + y, x ^ y], -1).astype(np.uint8)
    large = [str(tmp_path / f"large-{n}.png") for n in range(4)]
    for path in large:
        Image.fromarray(levels).save(path, compress_level=1)
    Image.fromarray(levels[:60, :80]).save(tmp_path / "small.png")
    order = []

    async def story():
        made = pool.DrawingPool()
        try:
            thumbnails = [made.ask("thumbnail", path=path, side=320) for path in large]
            tasks = [asyncio.ensure_future(each) for each in thumbnails]
            await asyncio.sleep(0)
            for n, task in enumerate(tasks):
                task.add_done_callback(lambda _, n=n: order.append(f"large {n}"))
            small = str(tmp_path / "small.png")
            looked = asyncio.ensure_future(made.ask("inspect", path=small, max_pixels=10**6))
            looked.add_done_callback(lambda _: order.append("small"))
            listed = await made.ask("list_folder", folder=str(tmp_path))
            assert len(listed["pictures"]) == 5
            assert (await looked)["width"] == 80
            for png in await asyncio.gather(*tasks):
                assert Image.open(io.BytesIO(png)).size == (320, 213)
        finally:
            made.close()

    asyncio.run(story())
    # One had begun when somebody looked at another picture, which comes before the other three.
    assert order == ["large 0", "small", "large 1", "large 2", "large 3"]
