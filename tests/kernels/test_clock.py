"""The processor's counter runs, and each part of a step has a place of its own."""

import time

import numpy as np
from numba import njit

from redraw.kernels import clock


@njit
def lapped(times):
    before = clock.ticks()
    between = clock.lap(times, clock.LOSS, before)
    after = clock.lap(times, clock.BACKWARD, between)
    return after - before


def test_it_runs_forward():
    first = clock.now()
    time.sleep(0.01)
    assert clock.now() > first


def test_laps_add_up_to_what_has_passed():
    times = np.zeros(clock.ROW, np.int64)
    total = lapped(times) + lapped(times)
    assert total >= 0
    assert times.sum() == total
    assert times[clock.LOSS] + times[clock.BACKWARD] == total


def test_each_part_has_a_place_and_points_have_one_behind_them():
    numbers = [getattr(clock, name.upper()) for name in clock.PARTS]
    assert numbers == list(range(len(clock.PARTS)))
    assert clock.POINTS == len(clock.PARTS) < clock.ROW
