"""The fixed set: what no change of labels may make worse without a word.

    python -m benchmarks.labels [--kinds pages twemoji flags] [--pages NAME ...] [--note FILE]
        [--against FILE] [--record]

All pages at 200 x 200 drawn at 800 x 800, six pictures each of two collections of vector art at 160
pixels drawn at 640: dB of Lanczos, of the labels, and of their own pixels. `--note` keeps what was
measured, `--against` compares with such a file: run it once before a change and once after it.
"""

import json
import time
from pathlib import Path

import numpy as np

import redraw
from benchmarks import enlarging
from benchmarks.fetching import COLLECTIONS, chosen
from benchmarks.methods import Job, box, draw
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import LEARNED, PAGES
from benchmarks.vectors import SETS, small_and_large
from redraw.metrics import psnr

OWN = (
    "cub", "lettering", "hatching", "plan", "cartoon", "anime", "logo", "street_map", "chart",
    "comic", "weather", "subway", "interface", "glass", "watercolour",
)  # fmt: skip
FACTOR, SIZE, COUNT = 4, 160, 6


def cases(kinds, pages):
    """(name, picture, the page itself at four times the size) of each."""
    if "pages" in kinds:
        for name in pages:
            yield name, PAGES[name].picture(), PAGES[name].draw(LEARNED * FACTOR)
    for kind in SETS:
        for file in chosen(kind, COUNT) if kind in kinds else ():
            picture, _, truth = small_and_large(file, SIZE, COLLECTIONS[kind].background)
            yield f"{kind} {file.stem}", picture, truth


def main() -> None:
    """The command line."""
    parser = enlarging.options(__doc__, ("cel",), ["cel"])
    parser.add_argument("--kinds", nargs="+", default=["pages", *SETS], help="of the set")
    parser.add_argument("--pages", nargs="+", choices=OWN, default=OWN, metavar="NAME")
    parser.add_argument("--note", type=Path, help="a file that keeps what was measured")
    parser.add_argument("--against", type=Path, help="such a file of an earlier state")
    asked = parser.parse_args()
    enlarging.warm_up(["cel"], asked.threads)
    print(f"{machine()}, {asked.threads} threads")
    before = json.loads(asked.against.read_text()) if asked.against else {}
    recorder = Recorder("labels", asked.threads)
    found: dict[str, tuple[float, float, float]] = {}
    for name, picture, truth in cases(asked.kinds, asked.pages):
        plain = psnr(draw("Lanczos", Job(picture, FACTOR, truth, asked.threads, {})).values, truth)
        began = time.process_time()
        options = enlarging.settings(asked.set)
        fitted = redraw.fit(picture, model="cel", threads=asked.threads, **options)
        seconds = time.process_time() - began
        drawn = fitted.render(truth.shape[1], truth.shape[0], threads=asked.threads).values
        own = min(psnr(box(drawn, FACTOR), picture.values), 99.0)
        found[name] = psnr(drawn, truth), own, seconds
        recorder.add("cel", name, "dB at 4x", [found[name][0]])
        recorder.add("Lanczos", name, "dB at 4x", [plain])
        change = f"{found[name][0] - before[name][0]:+7.2f}" if name in before else ""
        print(
            f"  {name:30}{plain:8.2f}{found[name][0]:8.2f}{found[name][0] - plain:+8.2f}{own:8.2f}"
            f"{seconds:7.1f} CPU s {change}",
            flush=True,
        )
        if asked.note:
            asked.note.write_text(json.dumps(found))
    changes = [found[name][0] - before[name][0] for name in found if name in before]
    if changes:
        print(f"  {'mean change':30}{np.mean(changes):+8.2f}   worst {min(changes):+.2f}")
    if asked.record:
        recorder.save()


if __name__ == "__main__":
    main()
