"""Where a comparison ran: the processor, and the versions of what it stands on."""

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("redraw", "torch", "numba", "numpy")


def machine(device: str = "cpu") -> str:
    """The processor's name and its number of cores, and the GPU where that is what runs."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")  # Linux leaves the processor's name to this
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    told = f"{name}, {os.cpu_count()} cores"
    if device.startswith("cuda"):
        import torch

        return f"{torch.cuda.get_device_name(device)}; {told}"
    return told


def versions() -> dict[str, str]:
    """Of the packages that decide how fast and how well a fit goes."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def now() -> str:
    """The moment, in local time with its offset, to the second: ISO 8601."""
    return datetime.datetime.now().astimezone().isoformat(" ", "seconds")
