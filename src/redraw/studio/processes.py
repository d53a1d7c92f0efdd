"""The server's side of a process: starting it, sending, hearing, and noticing its end.

Each process is fed by a thread of its own and heard by another, so that one that is busy, or slow
to take what it is sent, never holds the server up.
"""

import asyncio
import multiprocessing
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from redraw.errors import RedrawError
from redraw.studio import fit_worker
from redraw.studio.messages import pack, unpack

# Orders and questions that wait to be sent; more are refused.
MOST_WAITING = 256
# Seconds until a process is started again that ended before it said a word: each time twice as
# long, as whatever keeps it from starting may stay.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0


class BusyError(RedrawError):
    """More is asked for than can be done in time."""


class Worker:
    """A process that is sent messages and sends some back.

    Args:
        target: Its main function; takes its end of the pipe.
        hear: Called on the event loop with each message.
        ended: Called on the event loop with the exit code, unless `close` was called before.
    """

    def __init__(
        self,
        target: Callable[[Connection], None],
        hear: Callable[[bytes], None],
        ended: Callable[[int], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._hear, self._ended = hear, ended
        self._closing = False
        self._out: queue.Queue[bytes | None] = queue.Queue(MOST_WAITING)
        # Not forked: threads and locks of this process must not be copied half-way through.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=target, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self._threads = [
            threading.Thread(target=self._receive, daemon=True),
            threading.Thread(target=self._send, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, header: dict[str, Any]) -> None:
        """Put a message in the queue.

        Raises:
            BusyError: too many are waiting.
        """
        try:
            self._out.put_nowait(pack(header))
        except queue.Full:
            raise BusyError("the studio is busy; try again in a moment") from None

    def close(self, patience: float) -> None:
        """Let the process end by itself, which it does when the pipe closes; then see to it.

        Args:
            patience: Seconds that it may take to save what it has.
        """
        self._closing = True
        self._out.put(pack({"do": "leave"}))
        self._out.put(None)
        try:
            self.process.join(patience)
        finally:  # a second Ctrl-C does not wait
            if self.process.is_alive():
                self.process.kill()
                self.process.join()
        for thread in self._threads:
            thread.join(1.0)
        self._pipe.close()

    def abandon(self) -> None:
        """End it now, whatever it is at, and hear no more of it."""
        self._closing = True
        self._hear = self._ended = lambda _: None
        self.process.kill()
        self._out.put(None)

    def _send(self) -> None:
        while (message := self._out.get()) is not None:
            try:
                self._pipe.send_bytes(message)
            except (OSError, ValueError):
                return

    def _receive(self) -> None:
        while True:
            try:
                message = self._pipe.recv_bytes()
            except (EOFError, OSError):
                break
            self._call(self._hear, message)
        self.process.join()
        self._pipe.close()
        if not self._closing:
            self._call(self._ended, self.process.exitcode or 0)

    def _call(self, function: Callable[[Any], None], argument: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(function, argument)
        except RuntimeError:  # the loop is closed: nobody is interested any more
            self._closing = True


class Fits:
    """The process of the fits; starts again when it was killed.

    Args:
        hear: Called with the header and the whole message of each of its news.
        lost: Called with a sentence when the process is gone.
    """

    def __init__(
        self, hear: Callable[[dict[str, Any], bytes], None], lost: Callable[[str], None]
    ) -> None:
        self._hear, self._lost = hear, lost
        self._closed = False
        self._wait = 0.0  # as its process has said nothing yet, the next one's
        self.worker = self._start()

    def _start(self) -> Worker:
        return Worker(fit_worker.main, self._heard, self._ended)

    def _heard(self, raw: bytes) -> None:
        self._wait = 0.0
        self._hear(unpack(raw)[0], raw)

    def send(self, order: dict[str, Any]) -> None:
        """Give an order. Raises BusyError."""
        self.worker.send(order)

    def close(self, patience: float = 30.0) -> None:
        """Save all fits and end."""
        self._closed = True
        self.worker.close(patience)

    def _ended(self, code: int) -> None:
        if not self._closed:
            asyncio.get_running_loop().call_later(self._wait, self._start_again)
            self._wait = min(max(FIRST_WAIT, 2.0 * self._wait), LONGEST_WAIT)
            self._lost(f"killed by signal {-code}" if code < 0 else f"exit code {code}")

    def _start_again(self) -> None:
        if not self._closed:
            self.worker = self._start()
