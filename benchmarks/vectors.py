"""Real vector art drawn larger: emoji and flags that nobody here drew.

    python -m benchmarks.vectors [--count 60] [--sizes 160] [--only twemoji flags] [--record]
    python -m benchmarks.vectors --recorded

Pictures come from npm (`benchmarks.fetching`), chosen by a seed. resvg draws each on white at eight
times the small width; the small picture and the truth are averages of the same cells. What is
measured is the picture drawn four times larger, in dB over all pixels and channels.

Rows are saved after each picture, and `--first` begins at a later one, so that a long table can be
made piece by piece; `--recorded` prints the means of what the rows say, the latest of each picture.
"""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import enlarging
from benchmarks.drawn.vector import averaged
from benchmarks.fetching import COLLECTIONS, chosen, page
from benchmarks.methods import QUICK, Job, eight_bits
from benchmarks.recording import RESULTS, Recorder, machine
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
    parser.add_argument("--first", type=int, default=0, help="leave out so many pictures of each")
    parser.add_argument("--recorded", action="store_true", help="means of the rows that are there")
    asked = parser.parse_args()
    if asked.recorded:
        recorded(RESULTS)
        return
    methods = enlarging.with_lanczos(asked.methods)
    print(f"{machine()}, {asked.threads} threads")
    enlarging.warm_up(methods, asked.threads)
    recorder = Recorder("vectors", asked.threads)
    table = enlarging.Table(methods, recorder, asked.sheets)
    for name in asked.only:
        for size in asked.sizes:
            table.head(f"{name}, {size} pixels wide drawn at {FACTOR * size}")
            for file in chosen(name, asked.count)[asked.first :]:
                job = small_and_large(file, size, COLLECTIONS[name].background)
                job = Job(*job, asked.threads, enlarging.settings(asked.set))
                table.measure(f"{name} {size} {file.stem}", job)
                if asked.record:
                    recorder.save()
            table.foot(f"{name}, {size} wide, from {asked.first} to {asked.count}")
    if asked.record:
        recorder.save()


def recorded(rows: Path) -> None:
    """Print means by collection, size and method, of pictures that have a row of each method."""
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(dict)
    with rows.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["benchmark"] == "vectors" and row["metric"] == f"dB at {FACTOR}x":
                collection, size, picture = row["subject"].split(" ", 2)
                own = found[collection, size].setdefault(picture, {})
                own[row["case"]] = float(row["value"])
    for (collection, size), pictures in sorted(found.items()):
        print(f"{collection}, {size} pixels wide")
        for method in sorted({method for own in pictures.values() for method in own}):
            both = [
                (own[method], own["Lanczos"])
                for own in pictures.values()
                if method in own and "Lanczos" in own
            ]
            values, plain = np.array(both).T
            gain = values - plain
            means = f"Lanczos{plain.mean():8.2f}{values.mean():8.2f}{gain.mean():+8.2f}"
            least = f"worst {gain.min():+.2f}, {(gain < 0).sum()} below"
            print(f"  {method:12}{len(both):4} pictures   {means}   {least}")


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
