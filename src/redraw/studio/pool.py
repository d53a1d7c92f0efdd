"""The processes that draw and read: a few lanes, each with one process and its own order of work.

    quick      tiles, what runs are: answers within a blink
    pictures   whatever decodes a picture: looking at it, its thumbnails, what a fit of it would be
    long       drawings of any size, time-lapses, archives: started when one is asked for

What comes first in a lane is not what was asked first but what somebody waits for most. A question
that nobody waits for any more, or that takes longer than it may, is dropped: if it is being
answered, its process is ended and another takes its place, for these processes hold nothing.
"""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from redraw.errors import RedrawError
from redraw.studio import drawing_worker
from redraw.studio.messages import unpack
from redraw.studio.processes import BusyError, Worker

MOST_WAITING = 128  # questions in a lane; more are refused
# Seconds after which the process of the long lane, if nothing is asked of it, is let go.
IDLE = 60.0
# A question that has been dropped gets so many seconds to end by itself before its process is.
GRACE = 2.0


@dataclass(frozen=True)
class Kind:
    """How a question is treated.

    Attributes:
        lane: Where it is answered.
        rank: What comes first in it: the lowest.
        limit: Seconds that it may take; the first of a process also waits for its imports, which on
            a busy machine take a minute.
    """

    lane: str
    rank: int
    limit: float


# Of `redraw.studio.drawing_worker`.
KINDS = {
    "list_folder": Kind("quick", 0, 240.0),
    "describe_run": Kind("quick", 0, 240.0),
    "describe_field": Kind("quick", 0, 120.0),
    "field_from_run": Kind("quick", 1, 240.0),
    "field_tile": Kind("quick", 2, 120.0),
    "layers": Kind("quick", 3, 240.0),
    "inspect": Kind("pictures", 0, 480.0),
    "fit_plan": Kind("pictures", 0, 480.0),
    "rows": Kind("pictures", 0, 120.0),
    "rows_shown": Kind("pictures", 1, 240.0),
    "crop": Kind("pictures", 1, 480.0),
    "picture_tile": Kind("pictures", 2, 120.0),
    "original": Kind("pictures", 3, 240.0),
    "thumbnail": Kind("pictures", 4, 240.0),
    "command": Kind("pictures", 2, 480.0),
    "again": Kind("pictures", 2, 480.0),
    "draw_to_file": Kind("long", 0, 7200.0),
    "timelapse": Kind("long", 0, 1800.0),
    "zipped": Kind("long", 0, 1800.0),
    "exported": Kind("long", 0, 1800.0),
}


class FullDiskError(RedrawError):
    """There is no room left on the disk."""


@dataclass(order=True)
class Item:
    """A question that waits or is being answered; in the order of a lane."""

    rank: int
    number: int
    question: dict[str, Any] = field(compare=False)
    limit: float = field(compare=False)
    future: "asyncio.Future[Any]" = field(compare=False)
    progress: Callable[[float], None] = field(compare=False)


class Lane:
    """One process and the questions that wait for it.

    Args:
        lasting: Whether the process is started at once and kept.
    """

    def __init__(self, *, lasting: bool) -> None:
        self._lasting = lasting
        self._waiting: list[Item] = []
        self._at: Item | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False
        self._spoke = False  # has the process said anything?
        self._worker: Worker | None = self._start() if lasting else None

    def _start(self) -> Worker:
        self._spoke = False
        return Worker(drawing_worker.main, self._heard, self._ended)

    def put(self, item: Item) -> None:
        """Let a question wait for its turn.

        Raises:
            BusyError: too many wait already.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError("too many drawings are asked for at once; try again in a moment")
        heapq.heappush(self._waiting, item)
        self._next()

    def drop(self, item: Item) -> None:
        """Nobody waits for this one any more."""
        if item in self._waiting:
            self._waiting.remove(item)
            heapq.heapify(self._waiting)
        elif item is self._at:
            self._set_alarm(GRACE)

    def refuse(self) -> None:
        """Answer all that is open with an error: the studio is about to end."""
        self._closed = True
        for item in [*self._waiting, *([self._at] if self._at else [])]:
            if not item.future.done():
                item.future.set_exception(BusyError("the studio is ending"))
        self._waiting.clear()

    def close(self) -> None:
        """End at once; nothing would be lost."""
        self._closed = True
        self._silence()
        if self._worker is not None:
            self._worker.close(0.5)
            self._worker = None

    def _next(self) -> None:
        if self._at is not None or self._closed:
            return
        while self._waiting:
            item = heapq.heappop(self._waiting)
            if item.future.done():
                continue
            if self._worker is None:
                self._worker = self._start()
            self._at = item
            self._set_alarm(item.limit)
            self._worker.send({"number": item.number, **item.question})
            return
        self._silence()
        if not self._lasting and self._worker is not None:
            self._alarm = asyncio.get_running_loop().call_later(IDLE, self._let_go)

    def _heard(self, raw: bytes) -> None:
        header, payload = unpack(raw)
        item, self._spoke = self._at, True
        if item is None or header["number"] != item.number:
            return
        if "progress" in header:
            if not item.future.done():
                item.progress(header["progress"])
            return
        if not item.future.done():
            if "error" in header:
                kind = FullDiskError if header.get("full") else RedrawError
                item.future.set_exception(kind(header["error"]))
            else:
                item.future.set_result(header.get("found", payload))
        self._at = None
        self._next()

    def _ended(self, code: int) -> None:
        if self._closed:
            return
        if self._at is not None and not self._at.future.done():
            self._at.future.set_exception(
                RedrawError("this was too much for the process that draws; it was started anew")
            )
        self._at = None
        # One that ended before it said a word may never start: the next question tries.
        self._worker = self._start() if self._lasting and self._spoke else None
        self._next()

    def _set_alarm(self, seconds: float) -> None:
        self._silence()
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._too_long)

    def _silence(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _too_long(self) -> None:
        """What is being answered took its time, or nobody wants it: begin anew with the next."""
        item, self._at = self._at, None
        if item is not None and not item.future.done():
            item.future.set_exception(
                RedrawError(f"it took longer than {item.limit:.0f} seconds and was given up")
            )
        self._replace()
        self._next()

    def _let_go(self) -> None:
        self._alarm = None
        if self._at is None and not self._waiting:
            self._replace()

    def _replace(self) -> None:
        if self._worker is not None:
            self._worker.abandon()
        self._worker = self._start() if self._lasting else None


class DrawingPool:
    """All lanes; asked as one."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._lanes = {name: Lane(lasting=name != "long") for name in ("quick", "pictures", "long")}
        self._closed = False
        self.jobs: dict[str, float] = {}  # by what pages call them: how far they are, 0 to 1
        self.changed: Callable[[], None] = lambda: None

    async def ask(self, name: str, *, job: str = "", **question: Any) -> Any:
        """The answer to a question of `redraw.studio.drawing_worker`: JSON values, or bytes.

        Args:
            name: Of the question.
            job: What a page calls it, which is then told how far it is.
            **question: Its arguments.

        Raises:
            RedrawError: the answer is an error, or it took too long.
            BusyError: too many questions are open.
        """
        if self._closed:
            raise BusyError("the studio is ending")
        kind = KINDS[name]
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        with self._telling(job) as told:
            item = Item(
                kind.rank,
                next(self._numbers),
                {"ask": name, **question},
                kind.limit,
                future,
                told,
            )
            lane = self._lanes[kind.lane]
            lane.put(item)
            try:
                return await future
            finally:
                if not future.done() or future.cancelled():
                    lane.drop(item)

    @contextlib.contextmanager
    def _telling(self, job: str) -> Iterator[Callable[[float], None]]:
        if not job:
            yield lambda _: None
            return

        def tell(share: float) -> None:
            if share - self.jobs[job] >= 0.01 or share >= 1.0:
                self.jobs[job] = share
                self.changed()

        self.jobs[job] = 0.0
        self.changed()
        try:
            yield tell
        finally:
            del self.jobs[job]
            self.changed()

    def refuse(self) -> None:
        """Answer all that is still open with an error: the studio is about to end."""
        self._closed = True
        for lane in self._lanes.values():
            lane.refuse()

    def close(self) -> None:
        """End at once; nothing would be lost."""
        self._closed = True
        for lane in self._lanes.values():
            lane.close()
