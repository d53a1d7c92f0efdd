"""Waiting for other processes: longer where more of them share the machine."""

import os
import time


def crowd():
    """How many processes want each core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def patiently(seconds, pause=0.05):
    """Turns of a loop that waits: `for _ in patiently(300): if there: break`.

    They end after so many seconds of a machine that does nothing else; where seven processes want
    each core, after seven times as many. So what hangs is found, and what is slow is waited for.
    """
    left, last = seconds, time.monotonic()
    while left > 0:
        yield
        time.sleep(pause)
        now = time.monotonic()
        left -= (now - last) / crowd()
        last = now
