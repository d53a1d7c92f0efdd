"""Ctrl-C, SIGTERM and SIGHUP during a fit: the first asks to stop, the second leaves at once.

Python runs signal handlers between two of its own instructions, so that a step of many seconds in
one matrix product would hold them up. A thread listens instead: the system writes the number of
each signal to a socket as it arrives (`signal.set_wakeup_fd`).
"""

import contextlib
import os
import signal
import socket
import threading
from types import TracebackType
from typing import NoReturn, Protocol

from redraw.cli.exit_codes import INTERRUPTED

# Ctrl-C, the system's request to end, and a terminal that was closed or a connection that dropped.
ENDING = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))
SHOW_CURSOR = b"\x1b[?25h"


class Stoppable(Protocol):
    """A run, or several together."""

    def stop(self) -> None:
        """Ask for an end after the present step; safe from threads."""


class StopRequests:
    """While its `with` block lasts, interrupts become requests.

    Before anything is written (`begin` was not called) the first one leaves at once. From then on
    it stops the run after the step it is in. The second one always leaves at once; what is on the
    disk is whole then too, for files appear complete or not at all.

    Attributes:
        count: Requests so far.
        display: Whether a live display is on, whose terminal has to be put in order on leaving.
        parting: What to say when leaving at once.
    """

    def __init__(self) -> None:
        self.count = 0
        self.display = False
        self.parting = "interrupted"
        self._begun = False
        self._run: Stoppable | None = None
        self._undo = contextlib.ExitStack()

    def __enter__(self) -> "StopRequests":
        if threading.current_thread() is threading.main_thread():
            self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._undo.close()

    def begin(self) -> None:
        """From now on something is written, and an interrupt has to wait for a step's end."""
        self._begun = True

    def attach(self, run: Stoppable) -> None:
        """Which run to stop."""
        self._run = run
        if self.count:
            run.stop()

    def _listen(self) -> None:
        """Install the handlers and start the thread; `_undo` takes all back, the last first."""
        ours, systems = socket.socketpair()
        systems.setblocking(False)
        numbers = set()
        for number in ENDING:
            before = signal.getsignal(number)
            # A shell starts background jobs with SIGINT ignored; so it stays.
            if before != signal.SIG_IGN:
                numbers.add(int(number))
                signal.signal(number, lambda *_: None)
                self._undo.callback(signal.signal, number, before)
        listener = threading.Thread(target=self._hear, args=(ours, numbers), daemon=True)
        listener.start()
        self._undo.callback(listener.join)
        self._undo.callback(systems.close)  # which ends the thread
        before_fd = signal.set_wakeup_fd(systems.fileno(), warn_on_full_buffer=False)
        self._undo.callback(signal.set_wakeup_fd, before_fd)

    def _hear(self, ours: socket.socket, numbers: set[int]) -> None:
        with ours:
            while heard := ours.recv(64):
                for number in heard:
                    if number in numbers:
                        self._asked()

    def _asked(self) -> None:
        self.count += 1
        if not self._begun or self.count > 1:
            self._leave()
        if self._run is not None:
            self._run.stop()

    def _leave(self) -> NoReturn:
        """End the process here and now, without unwinding."""
        texts = [(2, f"redraw: {self.parting}\n".encode(errors="replace"))]
        if self.display:
            texts.insert(0, (1, SHOW_CURSOR + b"\r\n"))
        for descriptor, text in texts:
            with contextlib.suppress(OSError):
                os.write(descriptor, text)
        os._exit(INTERRUPTED)
