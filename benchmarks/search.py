"""Which rate, batch and widths? A small search over the development pictures.

    python -m benchmarks.search CLASS MODEL [KEY=V1/V2/...]... [--seconds S | --steps N] [--seeds N]

fits every combination of the values given to every picture of a size class, and prints the table
from best to worst: mean PSNR over the pictures, and the worst of them. `--record` appends rows.
Classes: `drawing` (the cub, grey and two-tone, at 200 x 200), `small` (the astronaut at
256 x 256), `photo` (photographs of 768 x 512 in a folder given by --pictures), `large` (eight of
the same as one picture of 3 megapixels: as much detail in each pixel as in the small ones).

    python -m benchmarks.search drawing siren lr_max=1e-3/2e-3 batch=4096/8192 --steps 1500
"""

import argparse
import dataclasses
import itertools
from pathlib import Path

import numpy as np

from benchmarks.recording import Recorder, machine
from redraw.fitting.plan.budget import parse_budget, sized
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.presets import preset
from redraw.fitting.plan.settings import apply_settings
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read


def pictures(kind: str, folder: Path, number: int | None) -> list[Picture]:
    """The development pictures of a size class."""
    if kind == "drawing":
        return [read(bundled("cub")), read(bundled("cub-two-tone"))]
    if kind == "small":
        import skimage.data

        return [Picture.from_array(skimage.data.astronaut(), name="astronaut").resized(256, 256)]
    found = [read(path) for path in sorted(folder.glob("*.png"))[:number]]
    if not found:
        raise SystemExit(f"no pictures in {folder}; give their folder with --pictures")
    if kind == "large":
        if len(found) < 8:
            raise SystemExit(f"{folder} has {len(found)} pictures; a large one is made of 8")
        lying = [p.values if p.width > p.height else np.rot90(p.values) for p in found[:8]]
        rows = [np.concatenate(lying[first : first + 4], axis=1) for first in (0, 4)]
        return [Picture.from_array(np.concatenate(rows), name="eight")]
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("drawing", "small", "photo", "large"))
    parser.add_argument("model")
    parser.add_argument("values", nargs="*", help="KEY=V1/V2/..., values separated by slashes")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--budget", default=None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--number", type=int, default=None, help="only so many pictures")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    keys = [item.split("=")[0] for item in args.values]
    choices = [item.split("=", 1)[1].split("/") for item in args.values]
    subjects = pictures(args.kind, args.pictures, args.number)
    recorder = Recorder("search", args.threads)
    table = []
    print(f"{machine()}; {args.kind}, {args.model}, {args.seconds or args.steps or 'own length'}")
    for combination in itertools.product(*choices):
        settings = dict(zip(keys, combination, strict=True))
        quality, pace = [], []
        for picture, seed in itertools.product(subjects, range(args.seeds)):
            base = preset(args.model)
            field, train = apply_settings(base.field, base.train, settings)
            field = dataclasses.replace(field, channels=picture.channels)
            budget = args.budget and parse_budget(args.budget, picture.values.size)
            field = sized(field, picture.size, budget, frozenset(settings))
            config = RunConfig(
                args.model,
                field,
                train,
                Stops(steps=args.steps, seconds=args.seconds),
                seed=seed,
                threads=args.threads,
                frames=0,
            )
            *_, last = Run.start(picture, config).events()
            assert isinstance(last, Finished)
            quality.append(last.psnr)
            pace.append(1e3 * last.seconds / last.steps)
        label = " ".join(f"{k}={v}" for k, v in settings.items()) or "as it is"
        row = (sum(quality) / len(quality), min(quality), sum(pace) / len(pace), label)
        table.append(row)
        print(
            f"{row[0]:6.2f} dB  worst {row[1]:6.2f}  {row[2]:7.2f} ms a step  {label}", flush=True
        )
        recorder.add(
            args.kind, f"{args.model} {label}", f"psnr at {args.seconds or args.steps}", quality
        )
    print("\nfrom the best:")
    for row in sorted(table, reverse=True):
        print(f"{row[0]:6.2f} dB  worst {row[1]:6.2f}  {row[2]:7.2f} ms a step  {row[3]}")
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
