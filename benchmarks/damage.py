"""Damaged drawings drawn larger: JPEG, blur, noise, other ways of shrinking, pixel art.

    python -m benchmarks.damage [--only jpeg75] [--pages comic] [--sheets out]

Each page is averaged, damaged as named, kept in 8 bits (or in the JPEG or WebP file itself),
learned at 200 x 200 and drawn at 800 x 800.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import enlarging
from benchmarks.methods import QUICK, Job, eight_bits, reread, resampled
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import LEARNED, PAGES, Subject
from redraw.signals.picture.picture import Picture

FACTOR = 4
SOME = ("cartoon", "anime", "logo", "comic", "street_map", "chart")
Floats = NDArray[np.floating]


def _plain(page: Subject) -> Picture:
    return page.picture()


def _lossy(kind: str, **options: int) -> Callable[[Subject], Picture]:
    return lambda page: reread(page.draw(LEARNED), kind, page.name, **options)


def _screenshot(quality: int) -> Callable[[Subject], Picture]:
    """The pixels of a JPEG, without its file."""

    def damage(page: Subject) -> Picture:
        picture = reread(page.draw(LEARNED), "JPEG", page.name, quality=quality)
        return eight_bits(picture.values, page.name)

    return damage


def _blurred(sigma: float) -> Callable[[Subject], Picture]:
    """A Gaussian of `sigma` small pixels before the averages."""

    def damage(page: Subject) -> Picture:
        fine = page.draw(LEARNED * FACTOR)
        from scipy import ndimage  # of scikit-image's requirements

        wide = ndimage.gaussian_filter(fine, (sigma * FACTOR, sigma * FACTOR, 0), mode="nearest")
        blocks = wide.reshape(LEARNED, FACTOR, LEARNED, FACTOR, -1)
        return eight_bits(blocks.mean(axis=(1, 3)), page.name)

    return damage


def _noisy(deviation: float, sigma: float = 0.0) -> Callable[[Subject], Picture]:
    """Gaussian noise, the same at every run; after a blur where `sigma` is not 0."""

    def damage(page: Subject) -> Picture:
        picture = _blurred(sigma)(page) if sigma else page.picture()
        noise = np.random.default_rng(1).normal(0, deviation, picture.values.shape)
        return eight_bits(picture.values + noise, page.name)

    return damage


def _shrunk(how: Image.Resampling) -> Callable[[Subject], Picture]:
    """By a filter with overshoot, from 8 times the size."""

    def damage(page: Subject) -> Picture:
        fine = page.draw(LEARNED * 8)
        return eight_bits(resampled(fine, LEARNED, LEARNED, how), page.name)

    return damage


def _sampled(page: Subject) -> Picture:
    """The page at the centre of each pixel: an average over a sixteenth of its side."""
    fine = page.draw(LEARNED * 16)
    return eight_bits(fine[8::16, 8::16], page.name)


DAMAGES: dict[str, Callable[[Subject], Picture]] = {
    "none": _plain,
    "jpeg90": _lossy("JPEG", quality=90),
    "jpeg75": _lossy("JPEG", quality=75),
    "jpeg50": _lossy("JPEG", quality=50),
    "jpeg75-444": _lossy("JPEG", quality=75, subsampling=0),
    "webp75": _lossy("WebP", quality=75),
    "screenshot75": _screenshot(75),
    "blur0.6": _blurred(0.6),
    "blur1.0": _blurred(1.0),
    "noise.01": _noisy(0.01),
    "noise.03": _noisy(0.03),
    "scan": _noisy(0.02, 0.6),
    "bicubic": _shrunk(Image.Resampling.BICUBIC),
    "lanczos": _shrunk(Image.Resampling.LANCZOS),
    "sampled": _sampled,
}


def main() -> None:
    """The command line."""
    parser = enlarging.options(__doc__, QUICK, list(DAMAGES))
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(SOME), metavar="NAME")
    asked = parser.parse_args()
    methods = enlarging.with_lanczos(asked.methods)
    print(f"{machine()}, {asked.threads} threads")
    enlarging.warm_up(methods, asked.threads)
    recorder = Recorder("damage", asked.threads)
    table = enlarging.Table(methods, recorder, asked.sheets)
    for damage in asked.only:
        table.head(f"{damage}, {LEARNED} x {LEARNED} drawn {FACTOR} times larger")
        for name in asked.pages:
            page = PAGES[name]
            truth = page.draw(LEARNED * FACTOR)
            job = Job(
                DAMAGES[damage](page), FACTOR, truth, asked.threads, enlarging.settings(asked.set)
            )
            table.measure(f"{name} {damage}", job, focus=page.focus)
        table.foot(damage)
    if asked.record:
        recorder.save()


if __name__ == "__main__":
    main()
