"""Threads of our own that run kernels without the GIL.

Between steps a worker looks for the next one for some microseconds before it sleeps: a small
network's step takes half a millisecond, and waking a thread costs a tenth of that.
"""

import threading

import numpy as np
from numba import typeof
from numpy.typing import NDArray

from redraw.kernels import steps, tickets

# Looks at a shared word before a thread goes to sleep: about 0.1 ms.
PATIENCE = 4000


class Pool:
    """The calling thread and `threads - 1` workers, which run training steps together.

    Args:
        threads: How many, 1 or more.
        plan: As in `redraw.kernels.steps`; it is told the patience.
        train: What `steps.train_shards` takes after its first three arguments.
        update: What `steps.update_units` takes after its first three arguments.
    """

    def __init__(self, threads: int, plan: NDArray[np.int64], train: tuple, update: tuple) -> None:
        self._control = np.zeros(tickets.WORKERS + tickets.WORDS_PER_WORKER * threads, np.int64)
        self._train, self._update = train, update
        self._ticket = 0
        self._error: BaseException | None = None
        self._finished = threading.Semaphore(0)
        plan[steps.PATIENCE] = PATIENCE
        self._wake = [threading.Semaphore(0) for _ in range(threads - 1)]
        self._threads: list[threading.Thread] = []

    def prepare(self) -> None:
        """Compile the kernels or load them from the cache, so that the first step is but a step."""
        for kernel, arguments in (
            (steps.train_shards, self._train),
            (steps.update_units, self._update),
        ):
            kernel.compile(tuple(typeof(a) for a in (0, 0, self._control, *arguments)))

    def step(self) -> None:
        """Run one training step as the arrays describe it, and wait for its end."""
        self._begin(self._ticket + 1)
        if not self._take_part(0, self._ticket):
            self._finished.acquire()
        if self._error is not None:
            raise self._error
        if not self._threads and self._wake:
            # Only now: two threads that compile at once would both do it.
            self._start()

    def _start(self) -> None:
        for i in range(len(self._wake)):
            thread = threading.Thread(
                target=self._serve, args=(i, self._ticket), name=f"redraw-{i}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _take_part(self, worker: int, ticket: int) -> bool:
        done = steps.train_shards(worker, ticket, self._control, *self._train)
        if done or worker == 0:
            return steps.update_units(worker, ticket, self._control, *self._update)
        return False

    def _begin(self, ticket: int) -> None:
        self._ticket = ticket
        asleep = tickets.publish(self._control, ticket, len(self._threads))
        for i, wake in enumerate(self._wake):
            if asleep >> i & 1:
                wake.release()

    def _serve(self, i: int, last: int) -> None:
        try:
            while True:
                ticket = tickets.next_ticket(i + 1, last, self._control, PATIENCE)
                if ticket < 0:
                    self._wake[i].acquire()
                elif ticket == tickets.STOP_TICKET:
                    return
                else:
                    last = ticket
                    if self._take_part(i + 1, ticket):
                        self._finished.release()
        except BaseException as error:  # shown by the caller's next step
            self._error = error

    def close(self) -> None:
        """End the workers."""
        if self._ticket != tickets.STOP_TICKET:
            self._begin(tickets.STOP_TICKET)
            for thread in self._threads:
                thread.join()
