"""How much memory there is; and work that would take more is refused before it takes any.

What reads, unpacks or draws says what that takes: it knows how many numbers it will hold.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

from redraw.errors import TooLargeError

# The share of the memory that is free now which one piece of work may plan with.
SHARE = 0.8
# Pieces of work below this size are not asked about: any machine has as much.
UNASKED = 1 << 27
# What is said where memory ran out all the same; and how PyTorch tells of it, in RuntimeErrors.
RAN_OUT = "there is not enough memory for this; try something smaller"
OF_PYTORCH = ("can't allocate memory", "DefaultCPUAllocator", "out of memory")
# Of glibc's malloc.h; and bytes from which on a block goes back to the system when it is freed.
M_MMAP_THRESHOLD = -3
LARGE = 1 << 20
# Where Linux tells of the group of processes that this one belongs to.
GROUP = Path("/sys/fs/cgroup")


def available() -> int | None:
    """Bytes that are free: on this machine, to this group of processes, to this process.

    None if unknown.
    """
    found = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(1024 * int(line.split()[1]))
        limit = (GROUP / "memory.max").read_text().strip()
        if limit != "max":
            used = int((GROUP / "memory.current").read_text())
            found.append(int(limit) - used + _cached())
    except (OSError, ValueError):
        pass
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    own = _left_to_process()
    return min([*found, *([] if own is None else [own])], default=None)


def _cached() -> int:
    """Bytes that count as the group's, and hold files that were read: given back when asked for."""
    told = (line.split() for line in (GROUP / "memory.stat").read_text().splitlines())
    return sum(int(size) for name, size in told if name == "inactive_file")


def _left_to_process() -> int | None:
    """What `ulimit -v` leaves; None where there is no such limit."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return max(0, limit - pages * resource.getpagesize())
    except (ImportError, OSError, ValueError):
        return None


def ask(wanted: int, what: str, remedy: str) -> None:
    """Refuse work that would take more memory than may be taken.

    Args:
        wanted: Bytes that it takes at most, beside the program itself.
        what: What takes it, with its size: "unpacking a.redraw, 20000x20000,".
        remedy: The way out.

    Raises:
        TooLargeError: It does.

    Example:
        >>> ask(1 << 60, "drawing 1000000x1000000", "name a smaller size")
        Traceback (most recent call last):
        ...
        redraw.errors.TooLargeError: drawing 1000000x1000000 would take about ...
    """
    if wanted < UNASKED:
        return
    free = available()
    if free is not None and wanted > SHARE * free:
        raise TooLargeError(
            f"{what} would take about {wanted / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB"
            f" are free; {remedy}"
        )


def ran_out(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, PyTorch's and its GPUs' included.

    Example:
        >>> ran_out(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
        True
    """
    if isinstance(error, RuntimeError):
        return any(words in str(error) for words in OF_PYTORCH)
    return isinstance(error, MemoryError)


def give_large_blocks_back() -> None:
    """Ask the C library to give every large block back to the system as soon as it is freed.

    By itself glibc raises the size from which on it does so up to 32 MiB, as blocks are freed; then
    the arrays of strips stay in the heaps of whichever threads made them. (Of 16,000 pixels wide,
    26 megapixels: 833 MiB at most without, 553 with; 256 megapixels: 1,633 without.) Where there is
    no glibc nothing happens.
    """
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE)
