"""Any signal in the hands of a run: judged at its samples, drawn as a curve or a surface.

What a kind gets that brings no subject of its own. Values are read in pieces: the signal may be
larger than memory.
"""

import numpy as np

from redraw.engines import Drawer
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.subject.subject import Quality, Subject, asking_of, refuse_best
from redraw.metrics import psnr_of
from redraw.signals.signal import Signal

# Positions that are read and judged at once.
PIECE = 1 << 16


class SampledSubject(Subject):
    """Every position with a value is learned, and judged where it is asked first.

    Args:
        signal: What is learned.
        config: How.

    Raises:
        UsageError: the best state on held-out values is asked for; there are none.
    """

    def __init__(self, signal: Signal, config: RunConfig) -> None:
        refuse_best(signal, config)
        self._signal = signal
        self.samples = signal.samples(asking_of(config.train, config.seed))

    @property
    def signal(self) -> Signal:
        return self._signal

    def measure(self, drawer: Drawer) -> Quality:
        samples, total = self.samples, 0.0
        for first in range(0, samples.count, PIECE):
            some = np.arange(first, min(first + PIECE, samples.count))
            xy, counts = samples.points(some, 0)
            drawn = np.nan_to_num(drawer.values(xy))
            starts = np.cumsum(counts) - counts
            means = np.add.reduceat(drawn, starts, axis=0) / counts[:, None]
            total += float(np.square(means.astype(np.float64) - samples.read(some)).sum())
        return Quality(psnr_of(total / (samples.count * samples.channels)))

    def png(self, drawer: Drawer) -> bytes:
        from redraw.figures.table_plots import png_of, view_of_samples

        return png_of(view_of_samples(self.samples, drawer))
