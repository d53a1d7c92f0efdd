"""The time of the CPU engine's steps, from what its threads noted by the processor's counter."""

from time import perf_counter

import numpy as np

from redraw.engines.contract import StepTimes
from redraw.kernels import clock


class Times:
    """Adds up steps, and turns ticks into seconds.

    Attributes:
        clock: What the kernels write to: each thread's ticks by part. (threads, clock.ROW) int64
    """

    def __init__(self, threads: int) -> None:
        self.clock = np.zeros((threads, clock.ROW), np.int64)
        self._threads = threads
        self._wall = 0.0
        self._pixels = self._steps = 0
        # The first step, in which the caller works alone and kernels may be compiled.
        self._first_wall = 0.0
        self._first = np.zeros(clock.ROW, np.int64)
        self._began = clock.now(), perf_counter()

    def add(self, wall: float, pixels: int) -> None:
        """A step took `wall` seconds."""
        self._steps += 1
        self._pixels += pixels
        self._wall += wall
        if self._steps == 1:
            self._first_wall = wall
            self._first = self.clock.sum(axis=0)

    def of_steps(self) -> StepTimes:
        """All steps so far; parts are not told apart on a machine without a counter."""
        later = self.clock.sum(axis=0) - self._first
        names = len(clock.PARTS)
        rate = self._seconds_per_tick()
        alone = self._first[:names] * rate
        shared = later[:names] * rate / self._threads
        starting = min(max(self._first_wall - float(alone.sum()), 0.0), self._wall)
        seconds = {name: float(s) for name, s in zip(clock.PARTS, alone + shared, strict=True)}
        waiting = max(self._wall - starting - sum(seconds.values()), 0.0)
        seconds |= {"waiting": waiting, "starting": starting}
        if not rate:
            seconds = {"step": self._wall}
        points = int(later[clock.POINTS] + self._first[clock.POINTS])
        return StepTimes(seconds, points, self._pixels, self._steps, self._threads)

    def _seconds_per_tick(self) -> float:
        """By the system's clock since this was made; 0 where the counter stands still."""
        ticks, seconds = clock.now() - self._began[0], perf_counter() - self._began[1]
        return seconds / ticks if ticks > 0 else 0.0
