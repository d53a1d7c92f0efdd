"""The clock of a fit that has so many seconds: those on the wall, from the command's beginning.

Reading, planning, measuring, drawing and saving count. What does not is start-up: Python, the
libraries and the kernels, which are loaded once and told apart.
"""

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
        starting: Seconds spent on start-up and on pauses that were asked for: they do not count.
        ending: What the end of the fit is expected to take, once the last step is made: the last
            drawing, measuring and saving. It is kept free.
    """

    def __init__(self, seconds: float, began: float | None = None) -> None:
        self.seconds = seconds
        self.starting = 0.0
        self.ending = 0.0
        self._began = time.monotonic() if began is None else began

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
        began = time.monotonic()
        try:
            yield
        finally:
            self.starting += time.monotonic() - began
