"""Real vector art drawn larger: emoji and flags that nobody here drew.

    python -m benchmarks.vectors [--count 60] [--sizes 160] [--only twemoji flags] [--record]

Pictures come from npm (`benchmarks.fetching`), chosen by a seed. resvg draws each on white at eight
times the small width; the small picture and the truth are averages of the same cells. What is
measured is the picture drawn four times larger, in dB over all pixels and channels.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import enlarging
from benchmarks.drawn.vector import averaged
from benchmarks.fetching import COLLECTIONS, chosen, page
from benchmarks.methods import QUICK, Job, eight_bits
from benchmarks.recording import Recorder, machine
from redraw.signals.picture.picture import Picture

FACTOR = 4
CELLS = 8  # a small pixel's side, at least; the truth's pixels are two cells wide
SETS = ("twemoji", "flags")


def main() -> None:
    """The command line."""
    parser = enlarging.options(__doc__, QUICK, list(COLLECTIONS))
    parser.set_defaults(only=list(SETS))
    parser.add_argument("--count", type=int, default=60, help="pictures of each collection")
    parser.add_argument("--sizes", type=int, nargs="+", default=[160], help="widths learned")
    asked = parser.parse_args()
    methods = enlarging.with_lanczos(asked.methods)
    print(f"{machine()}, {asked.threads} threads")
    enlarging.warm_up(methods, asked.threads)
    recorder = Recorder("vectors", asked.threads)
    table = enlarging.Table(methods, recorder, asked.sheets)
    for name in asked.only:
        for size in asked.sizes:
            table.head(f"{name}, {size} pixels wide drawn at {FACTOR * size}")
            for file in chosen(name, asked.count):
                job = small_and_large(file, size, COLLECTIONS[name].background)
                job = Job(*job, asked.threads, enlarging.settings(asked.set))
                table.measure(f"{name} {size} {file.stem}", job)
            table.foot(f"{name}, {size} wide")
    if asked.record:
        recorder.save()


def small_and_large(file: Path, size: int, background: str) -> tuple[Picture, int, NDArray]:
    """A picture file as (what a user has, factor, the same four times larger)."""
    cells = page(file, size * CELLS, background)
    rows = cells.shape[0] // CELLS * CELLS
    if rows == 0:
        raise SystemExit(f"{file.name} is not a pixel high at {size} wide")
    cells = np.ascontiguousarray(cells[:rows])
    return eight_bits(averaged(cells, CELLS), file.stem), FACTOR, averaged(cells, CELLS // FACTOR)


if __name__ == "__main__":
    main()
