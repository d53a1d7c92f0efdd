"""How much memory this process takes, as Linux counts it.

Not `resource.getrusage`: a process inherits the largest size of the one that started it there.
"""

from pathlib import Path


def reset_peak() -> int:
    """Forget the largest resident size so far; returns the present one, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident()


def resident() -> int:
    """Memory of this process now, in bytes."""
    return _status("VmRSS")


def peak() -> int:
    """The largest that it was since the last reset, in bytes."""
    return _status("VmHWM")


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(x.split()[1]) for x in lines if x.startswith(name + ":"))
