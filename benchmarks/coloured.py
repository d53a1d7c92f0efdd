"""Our own pages drawn larger: coloured ones of every kind, and the grey ones.

    python -m benchmarks.coloured [--only comic logo ...] [--methods ...] [--sheets out] [--record]

What is learned has 200 x 200 pixels in 8 bits, averages of the page; it is drawn at 800 x 800
(`--factor` takes others) and compared with the page itself at that size.
"""

from benchmarks import enlarging
from benchmarks.methods import QUICK, Job
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import COLOURED, LEARNED, PAGES, SUBJECTS


def main() -> None:
    """The command line."""
    parser = enlarging.options(__doc__, QUICK, list(PAGES))
    parser.add_argument("--factor", type=int, default=4, help="how many times larger")
    asked = parser.parse_args()
    methods = enlarging.with_lanczos(asked.methods)
    print(f"{machine()}, {asked.threads} threads")
    enlarging.warm_up(methods, asked.threads)
    recorder = Recorder("coloured", asked.threads)
    table = enlarging.Table(methods, recorder, asked.sheets)
    kinds = (("coloured pages", COLOURED), ("this project's older pages", SUBJECTS))
    for title, pages in kinds:
        names = [name for name in pages if name in asked.only]
        if not names:
            continue
        table.head(f"{title}, {LEARNED} x {LEARNED} drawn {asked.factor} times larger")
        for name in names:
            truth = pages[name].draw(LEARNED * asked.factor)
            job = Job(
                pages[name].picture(), asked.factor, truth, asked.threads,
                enlarging.settings(asked.set),
            )  # fmt: skip
            table.measure(name, job, focus=pages[name].focus)
        table.foot(title)
    if asked.record:
        recorder.save()


if __name__ == "__main__":
    main()
