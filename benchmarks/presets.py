"""Every preset as it is, on a drawing and on a photograph: the table of the README.

    python -m benchmarks.presets [--models siren ...] [--record]

The drawing is the grey cub, 200 x 200; the photograph scikit-image's astronaut at 256 x 256.
"above" is how far a fit stands above the best picture of a single colour.
"""

import argparse
import math

import skimage.data

from benchmarks.recording import Recorder, machine
from redraw.engines.threads import usable_threads
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read


def above_one_colour(picture: Picture, psnr: float) -> float:
    """dB above the best picture of a single colour."""
    fitted = picture.fitted().reshape(-1, picture.channels).astype("float64")
    return psnr + 10.0 * math.log10(fitted.var(axis=0).mean())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument("--threads", type=int, default=usable_threads())
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    astronaut = Picture.from_array(skimage.data.astronaut(), name="astronaut").resized(256, 256)
    pictures = {"cub 200 x 200": read(bundled("cub")), "astronaut 256 x 256": astronaut}
    recorder = Recorder("presets", args.threads)
    print(f"{machine()}, {args.threads} threads, each preset as it is")
    for model in args.models:
        for case, picture in pictures.items():
            config = prepare(picture, model=model, threads=args.threads, frames=0)
            *_, last = Run.start(picture, config).events()
            assert isinstance(last, Finished)
            above = above_one_colour(picture, last.psnr)
            print(
                f"{model:8} {case:20} {last.parameters:8,} parameters {last.psnr:6.2f} dB"
                f" ({above:+.1f} above one colour) in {last.seconds:5.1f} s, {last.steps:,} steps",
                flush=True,
            )
            recorder.add(case, model, "psnr", [last.psnr])
            recorder.add(case, model, "dB above one colour", [above])
            recorder.add(case, model, "seconds", [last.seconds])
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
