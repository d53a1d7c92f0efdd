"""Which pixels each step sees: shuffled without replacement, from (seed, step) alone."""

import functools
import math
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

# Pixels shuffled at once: what the caches hold (10 ns per pixel; 60 for 16 million at once). A
# larger picture is dealt into heaps of so many first, so no step waits for all of it to be
# shuffled, and the order of all of it is never held.
HEAP = 1 << 18
# Heaps take their pixels at steps of this share of the picture, which spreads them most evenly
# whatever the number of heaps (three gaps at most between neighbours; Sos 1958).
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


class Batches:
    """Consecutive pieces of an endless stream of shufflings of all pixels.

    Every pixel is seen once before any is seen twice. Step k takes positions [k B, (k + 1) B) of
    the stream; the shuffling of each epoch comes from a counter-based generator keyed with (seed,
    epoch), so any step can be had without the ones before it. An epoch of more than `HEAP` pixels
    is shuffled heap by heap, and every heap lies evenly over the whole picture.

    Args:
        pixels: How many there are (P).
        batch: Pixels per step (B), at most P.
        seed: Of the shuffling.
        named: Whether a step needs its pixels named; if not it takes all, and gets no list of them.
        ahead: How many heaps are shuffled ahead of the steps, by threads, for steps that take less
            time than the shuffling.
    """

    def __init__(
        self, pixels: int, batch: int, seed: int, *, named: bool = True, ahead: int = 0
    ) -> None:
        self.pixels = pixels
        self.batch = min(batch, pixels)
        self.seed = seed
        self._all = None if named else np.zeros(0, np.int64)
        self._heaps = -(-pixels // HEAP)
        self._stride = 1 if self._heaps == 1 else _coprime(round(GOLDEN * pixels), pixels)
        self._held = -1
        self._order = np.zeros(0, np.int64)
        self._ahead = ahead
        self._coming: dict[int, Future[NDArray[np.int64]]] = {}

    def at(self, step: int) -> NDArray[np.int64]:
        """The pixels of a step. (B,)"""
        if self.batch == self.pixels:
            if self._all is None:
                self._all = np.arange(self.pixels)
            return self._all
        first = step * self.batch
        pieces = []
        wanted = self.batch
        while wanted:
            epoch, place = divmod(first, self.pixels)
            heap, start = divmod(place, HEAP)
            piece = self._shuffled(epoch, heap)[start : start + wanted]
            pieces.append(piece)
            first += len(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _shuffled(self, epoch: int, heap: int) -> NDArray[np.int64]:
        """The pixels of one heap of an epoch, in their order."""
        number = epoch * self._heaps + heap
        if number != self._held:
            self._order = self._next(number) if self._ahead else self._heap(number)
            self._held = number
        return self._order

    def _heap(self, number: int) -> NDArray[np.int64]:
        """A heap by its number, all epochs counted."""
        generator = np.random.Generator(np.random.Philox(key=[self.seed, number]))
        first = number % self._heaps * HEAP
        order = generator.permutation(min(HEAP, self.pixels - first))
        if self._heaps > 1:
            order += first
            order *= self._stride
            order %= self.pixels
        return order

    def _next(self, number: int) -> NDArray[np.int64]:
        """A heap, which threads have begun with; and those that come after it are begun."""
        wanted = range(number, number + self._ahead + 1)
        kept = {n: coming for n, coming in self._coming.items() if n in wanted}
        for n in wanted:
            if n not in kept:
                kept[n] = _shufflers().submit(self._heap, n)
        self._coming = kept
        return kept.pop(number).result()


@functools.cache
def _shufflers() -> ThreadPoolExecutor:
    """Threads that shuffle ahead; NumPy lets others work meanwhile."""
    return ThreadPoolExecutor(4, thread_name_prefix="shuffling")


def _coprime(number: int, pixels: int) -> int:
    """The first number from `number` on that shares no factor with `pixels`."""
    while math.gcd(number, pixels) != 1:
        number += 1
    return number
