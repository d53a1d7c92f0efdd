"""What pages are told while it happens: over a WebSocket, or by asking again and again.

A page gets the state of all fits when it has changed, at most a few times a second, and the
newest frame of each fit it shows. It says when it has shown a frame, and gets no other before: a
slow page gets fewer frames, and nothing piles up for it.
"""

import asyncio
import contextlib
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from redraw.shell import as_text
from redraw.studio.desk import Desk
from redraw.studio.fit import Fit
from redraw.studio.messages import unpack
from redraw.studio.processes import BusyError

MOST_SOCKETS = 24
MESSAGE_LIMIT = 4096  # bytes of what a page may say
MOST_WATCHED = 4
STATE_PERIOD = 0.4  # seconds between states, at least
# A page without a WebSocket that has not asked for so many seconds is gone.
ASKS_AGAIN = 3.0
# Why a socket is closed.
TRY_LATER, NOT_UNDERSTOOD = 1013, 1003


def state(desk: Desk, known: dict[str, list[int]]) -> dict[str, Any]:
    """What a page has to know, with the points of curves that it lacks.

    Args:
        desk: The studio.
        known: Per fit, its version, epoch and number of points as the page has them; brought up to
            date. Fits of the same version are left out.
    """
    fits = []
    for fit in desk.fits.values():
        version, epoch, count = known.get(fit.name, [-1, -1, 0])
        fresh = epoch != fit.epoch
        if version == fit.version and not fresh:
            continue
        points = fit.curve if fresh else fit.curve[count:]
        known[fit.name] = [fit.version, fit.epoch, len(fit.curve)]
        fits.append({**fit.brief(), "points": points, "fresh": fresh})
    return {
        "ready": desk.ready,
        "pace": desk.pace,
        "queue": desk.queue,
        "jobs": desk.drawing.jobs,
        "fits": fits,
        "folder": as_text(desk.library.folder.name),
        "known": known,
    }


def full(fit: Fit) -> dict[str, Any]:
    """One fit with all points of its curves, for a page that knows nothing of it."""
    return {**fit.brief(), "points": fit.curve, "fresh": True}


class Sockets:
    """All pages that listen.

    Args:
        desk: The studio.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.listeners: set[Listener] = set()
        self._asking: asyncio.TimerHandle | None = None
        desk.changed = self.wake

    def wake(self) -> None:
        """Something has changed."""
        for listener in self.listeners:
            listener.news.set()

    async def serve(self, socket: WebSocket) -> None:
        """One page, until it leaves."""
        if len(self.listeners) >= MOST_SOCKETS:
            await socket.close(TRY_LATER)
            return
        await socket.accept()
        listener = Listener(self.desk, socket)
        self.listeners.add(listener)
        telling = asyncio.create_task(listener.tell())
        try:
            await listener.hear(self.count)
        finally:
            self.listeners.discard(listener)
            telling.cancel()
            self.count()

    def count(self) -> None:
        """Let the fits know whether anybody looks."""
        looking = sum(bool(listener.watched) for listener in self.listeners)
        with contextlib.suppress(BusyError):  # it is told with the next change
            self.desk.watch(looking + (self._asking is not None))

    def asked(self) -> None:
        """A page without a WebSocket has asked, and is taken to look until it does so no more."""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = asyncio.get_running_loop().call_later(ASKS_AGAIN, self._asks_no_more)
        self.count()

    def _asks_no_more(self) -> None:
        self._asking = None
        self.count()


class Listener:
    """One page."""

    def __init__(self, desk: Desk, socket: WebSocket) -> None:
        self.desk, self.socket = desk, socket
        self.news = asyncio.Event()
        self.news.set()
        self.watched: list[str] = []
        self.sent: dict[str, int] = {}  # number of the last frame
        self.unseen: set[str] = set()  # fits whose last frame has not been shown yet
        self.known: dict[str, list[int]] = {}

    async def hear(self, count: Any) -> None:
        """Take what the page says, until it leaves or says something that makes no sense."""
        try:
            while True:
                message = await self.socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                text = message.get("text")
                if text is None or not self._obey(text):
                    await self.socket.close(NOT_UNDERSTOOD)
                    return
                count()
                self.news.set()
        except (WebSocketDisconnect, RuntimeError):
            return

    def _obey(self, text: str) -> bool:
        """{"watch": [names]} or {"seen": name}; False for anything else."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return False
        if not isinstance(said, dict) or len(said) != 1:
            return False
        if isinstance(seen := said.get("seen"), str):
            self.unseen.discard(seen)
            return True
        names = said.get("watch")
        if not isinstance(names, list) or len(names) > MOST_WATCHED:
            return False
        if not all(isinstance(name, str) for name in names):
            return False
        self.watched = names
        self.sent, self.unseen = {}, set()
        return True

    async def tell(self) -> None:
        """Send what is new, as fast as the page takes it."""
        loop = asyncio.get_running_loop()
        due, versions = 0.0, ""
        try:
            while True:
                left = due - loop.time()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.news.wait(), None if left <= 0 else left)
                self.news.clear()
                for name in list(self.watched):
                    if (fit := self.desk.fits.get(name)) and fit.picture:
                        await self._show(fit)
                now = _versions(self.desk)
                if now != versions and loop.time() >= due:
                    versions, due = now, loop.time() + STATE_PERIOD
                    await self.socket.send_text(json.dumps(state(self.desk, self.known)))
                elif now == versions:
                    due = 0.0
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    async def _show(self, fit: Fit) -> None:
        """The newest frame, unless the page is still busy or has it already."""
        last = self.sent.get(fit.name, -1)
        if fit.name in self.unseen or fit.number == last:
            return
        header, _ = unpack(fit.picture)
        if header["kind"] == "part" and fit.number != last + 1:
            if fit.name not in self.sent or self.sent[fit.name] >= 0:
                with contextlib.suppress(BusyError):  # asked again with the next frame
                    self.desk.want_key(fit.name)
                    self.sent[fit.name] = -2
            return
        self.sent[fit.name] = fit.number
        self.unseen.add(fit.name)
        await self.socket.send_bytes(fit.picture)


def _versions(desk: Desk) -> str:
    parts = [f"{fit.name}:{fit.version}:{fit.epoch}" for fit in desk.fits.values()]
    return f"{desk.pace} {desk.ready} {desk.queue} {desk.drawing.jobs} {parts}"
