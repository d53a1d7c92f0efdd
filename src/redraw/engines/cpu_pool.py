"""Threads of our own that run kernels without the GIL.

Between steps a worker looks for the next one for some microseconds before it sleeps: a small
network's step takes half a millisecond, and waking a thread costs a tenth of that.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from redraw.kernels import steps

# Looks at a shared word before a thread goes to sleep: about 0.1 ms.
PATIENCE = 4000


class Pool:
    """The calling thread and `threads - 1` workers, which run training steps together.

    Args:
        threads: How many, 1 or more.
        arrays: The arguments of `steps.serve` after its first three, made once. Its plan is told
            the patience.
    """

    def __init__(self, threads: int, arrays: tuple) -> None:
        words = steps.WORKERS + steps.WORDS_PER_WORKER * threads
        self._control = np.zeros(words + 8, np.int64)
        self._arrays = arrays
        self._ticket = 0
        self._error: BaseException | None = None
        self._finished = threading.Semaphore(0)
        arrays[0][steps.PATIENCE] = PATIENCE
        self._wake = [threading.Semaphore(0) for _ in range(threads - 1)]
        self._threads = [
            threading.Thread(target=self._serve, args=(i,), name=f"redraw-{i}", daemon=True)
            for i in range(threads - 1)
        ]
        for thread in self._threads:
            thread.start()

    def step(self) -> None:
        """Run one training step as the arrays describe it, and wait for its end."""
        self._begin(self._ticket + 1)
        if not steps.lead(self._ticket, self._control, *self._arrays):
            self._finished.acquire()
        if self._error is not None:
            raise self._error

    def _begin(self, ticket: int) -> None:
        self._ticket = ticket
        asleep = steps.publish(self._control, ticket, len(self._threads))
        for i, wake in enumerate(self._wake):
            if asleep >> i & 1:
                wake.release()

    def _serve(self, i: int) -> None:
        last = np.zeros(1, np.int64)
        try:
            while True:
                told = steps.serve(i + 1, last, self._control, *self._arrays)
                if told == steps.RELEASE:
                    self._finished.release()
                elif told == steps.SLEEP:
                    self._wake[i].acquire()
                else:
                    return
        except BaseException as error:  # shown by the caller's next step
            self._error = error

    def close(self) -> None:
        """End the workers."""
        if self._ticket != steps.STOP_TICKET:
            self._begin(steps.STOP_TICKET)
            for thread in self._threads:
                thread.join()


def share(kernel: Callable, arguments: Sequence[tuple[Any, ...]]) -> None:
    """Call `kernel` once for each tuple, each in a thread of its own, and wait."""
    threads = [threading.Thread(target=kernel, args=args) for args in arguments[1:]]
    for thread in threads:
        thread.start()
    kernel(*arguments[0])
    for thread in threads:
        thread.join()
