"""How much memory a fit takes, before it takes it."""

import os
from pathlib import Path

from redraw.errors import UsageError
from redraw.fields.sizes import parameters
from redraw.fitting.plan.config import RunConfig

# Bytes per parameter of float32: itself, its gradient and that of each part of the work, two
# moments of the optimizer, and the good state that a run goes back to (three of these again).
PER_PARAMETER = 4 * (1 + 8 + 2 + 3)
# Bytes per value of the signal: as samples, and as drawn and compared while it is measured.
PER_VALUE = 16
# The share of the memory that is free now which a fit may plan with.
SHARE = 0.8


def needed(config: RunConfig, values: int) -> int:
    """Bytes that a run takes beside the program itself, about.

    Args:
        config: Of the run.
        values: Of the signal.
    """
    wide = 2 if config.precision == "float64" else 1
    return wide * PER_PARAMETER * parameters(config.field) + PER_VALUE * values


def available() -> int | None:
    """Bytes that are free on this machine, or left to this group of processes; None if unknown."""
    found = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(1024 * int(line.split()[1]))
        group = Path("/sys/fs/cgroup")
        limit = (group / "memory.max").read_text().strip()
        if limit != "max":
            found.append(int(limit) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    if not found and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    return min(found) if found else None


def check_memory(config: RunConfig, values: int) -> None:
    """Refuse a fit that can't be held.

    Args:
        config: Of the run.
        values: Of the signal.

    Raises:
        UsageError: it takes more than is free.
    """
    free, wanted = available(), needed(config, values)
    if free is not None and wanted > SHARE * free:
        raise UsageError(
            f"{parameters(config.field):,} parameters and the fit's work would take about"
            f" {wanted / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free; take smaller sizes"
        )
