"""Which pixels each step sees: shuffled without replacement, from (seed, step) alone."""

import numpy as np
from numpy.typing import NDArray


class Batches:
    """Consecutive pieces of an endless stream of shufflings of all pixels.

    Every pixel is seen once before any is seen twice. Step k takes positions [k B, (k + 1) B) of
    the stream; the shuffling of each epoch comes from a counter-based generator keyed with (seed,
    epoch), so any step can be had without the ones before it.

    Args:
        pixels: How many there are (P).
        batch: Pixels per step (B), at most P.
        seed: Of the shuffling.
    """

    def __init__(self, pixels: int, batch: int, seed: int) -> None:
        self.pixels = pixels
        self.batch = min(batch, pixels)
        self.seed = seed
        self._all = np.arange(pixels)
        self._epoch = -1
        self._order = self._all

    def at(self, step: int) -> NDArray[np.int64]:
        """The pixels of a step. (B,)"""
        if self.batch == self.pixels:
            return self._all
        first = step * self.batch
        pieces = []
        wanted = self.batch
        while wanted:
            epoch, start = divmod(first, self.pixels)
            piece = self._shuffled(epoch)[start : start + wanted]
            pieces.append(piece)
            first += len(piece)
            wanted -= len(piece)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        if epoch != self._epoch:
            generator = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
            self._order = generator.permutation(self.pixels)
            self._epoch = epoch
        return self._order
