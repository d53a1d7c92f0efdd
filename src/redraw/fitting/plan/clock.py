"""The clock of a fit that has so many seconds: those on the wall, from the command's beginning.

Reading, planning, measuring, drawing and saving count. What does not is start-up: Python, the
libraries and the kernels, which are loaded once and told apart.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Seconds that a fit may take by the clock.

    Args:
        seconds: How many.
        began: When, by `time.monotonic`; now by default.

    Attributes:
        seconds: The same.
        ending: What the end of the fit is expected to take, once the last step is made: the last
            drawing, measuring and saving. It is kept free.
    """

    def __init__(self, seconds: float, began: float | None = None) -> None:
        self.seconds = seconds
        self.ending = 0.0
        self._began = time.monotonic() if began is None else began
        self._paused = -compiled()

    @property
    def starting(self) -> float:
        """Seconds spent on start-up, on kernels wherever they were compiled, and on pauses that
        were asked for: they do not count.
        """
        return self._paused + compiled()

    @property
    def spent(self) -> float:
        """Seconds that counted until now."""
        return time.monotonic() - self._began - self.starting

    @property
    def left(self) -> float:
        """Seconds until the end has to begin; never below 0."""
        return max(0.0, self.seconds - self.ending - self.spent)

    @contextmanager
    def starting_up(self) -> Iterator[None]:
        """What is done meanwhile does not count."""
        began = time.monotonic() - compiled()
        try:
            yield
        finally:
            self._paused += time.monotonic() - compiled() - began


def compiled() -> float:
    """Seconds in which this process compiled kernels; most never do, and never load what does."""
    compiling = sys.modules.get("redraw.kernels.compiling")
    return compiling.seconds() if compiling else 0.0
