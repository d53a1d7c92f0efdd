"""A page learned for two steps: prints the most memory above what there was, in its floats.

Run by `test_memory.py` in a process of its own.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks import scans
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.run import Run
from redraw.signals.picture.picture import Picture


def kilobytes(name: str) -> int:
    """A line of what Linux says of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in status if line.startswith(name)).split()[1])


def learned(levels):
    """The end of two steps."""
    picture = Picture.from_array(levels, name="page")
    run = Run.start(picture, prepare(picture, model="cel", steps=2, frames=0, threads=2))
    run.guarded = False  # which fits parts of it again
    return list(run.events())[-1], run


def main() -> None:
    """The command line: kind of page, dots per inch, share of its sides."""
    page = scans.page(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
    levels = np.asarray(page.convert("RGB" if page.mode == "RGB" else "L"))
    learned(levels[:60, :60].copy())  # kernels are loaded
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    before = kilobytes("VmRSS")
    _, run = learned(levels)
    most = (kilobytes("VmHWM") - before) * 1024 / (4 * levels.size)
    config = run.field.encoding.config
    sys.stdout.write(f"{most:.2f} {config.listed / (config.width * config.height):.4f}\n")


if __name__ == "__main__":
    main()
