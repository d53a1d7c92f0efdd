"""Which pixels each step sees: shuffled without replacement, from (seed, step) alone."""

import math

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
    """

    def __init__(self, pixels: int, batch: int, seed: int, *, named: bool = True) -> None:
        self.pixels = pixels
        self.batch = min(batch, pixels)
        self.seed = seed
        self._all = None if named else np.zeros(0, np.int64)
        self._heaps = -(-pixels // HEAP)
        self._stride = 1 if self._heaps == 1 else _coprime(round(GOLDEN * pixels), pixels)
        self._held = -1
        self._order = np.zeros(0, np.int64)

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
            generator = np.random.Generator(np.random.Philox(key=[self.seed, number]))
            order = generator.permutation(min(HEAP, self.pixels - heap * HEAP))
            if self._heaps > 1:
                order += heap * HEAP
                order *= self._stride
                order %= self.pixels
            self._order = order
            self._held = number
        return self._order


def _coprime(number: int, pixels: int) -> int:
    """The first number from `number` on that shares no factor with `pixels`."""
    while math.gcd(number, pixels) != 1:
        number += 1
    return number
