"""Calls shared among threads, which are kept for the next ones."""

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any


class Helper:
    """A thread that waits for a call to make. Starting one takes six times as long as waking it."""

    def __init__(self) -> None:
        self._asked, self._done = threading.Lock(), threading.Lock()
        self._asked.acquire()
        self._done.acquire()
        self._call: Callable[[], object] = int
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name="share", daemon=True).start()

    def begin(self, call: Callable[[], object]) -> None:
        """Make this call, now."""
        self._call = call
        self._asked.release()

    def finish(self) -> BaseException | None:
        """Wait for its end; returns what the call raised."""
        self._done.acquire()
        error, self._error, self._call = self._error, None, int  # nothing is kept alive
        return error

    def _run(self) -> None:
        while True:
            self._asked.acquire()
            try:
                self._call()
            except BaseException as error:
                self._error = error
            self._done.release()


# Those that have nothing to do. There are as many as were ever needed at once, so nobody waits for
# one, and calls may be shared within shared calls.
_idle: list[Helper] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)


def share(kernel: Callable, arguments: Sequence[tuple[Any, ...]]) -> None:
    """Call `kernel` once for each tuple, each in a thread of its own, and wait.

    Raises what a call raised, when all have ended.
    """
    with contextlib.ExitStack() as helpers:
        for values in arguments[1:]:
            try:
                helper = _idle.pop()
            except IndexError:
                helper = Helper()
            helper.begin(functools.partial(kernel, *values))
            helpers.callback(_wait_for, helper)
        kernel(*arguments[0])


def _wait_for(helper: Helper) -> None:
    error = helper.finish()
    _idle.append(helper)  # unless Ctrl-C came: then it is still at work, and nobody's
    if error is not None:
        raise error
