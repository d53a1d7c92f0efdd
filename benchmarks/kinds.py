"""Which pictures are taken for drawings: the rule of `signals.picture.kind`, and its confusion.

    python -m benchmarks.kinds --photographs FOLDER [FOLDER ...] [--only "JPEG 75" grey]

Drawings: vector art from npm (`benchmarks.fetching`) at 16 to 400 pixels, and the pages of these
benchmarks; as they are, and after JPEG, WebP, blur, noise of .01 and .03, in grey and as a scan.
Photographs: 220 of those in the folders (BSDS500 is what the rule was fitted to), those of
scikit-image, scikit-learn and Matplotlib, and Kodak ones: whole, JPEG, with noise, grey, at half
size, thumbnails, crops to 16 x 16, framed in white, overexposed. Those in doubt are tried at half
their size, as a fit tries them. Every other picture is kept from the fit that is printed. With
`--only` each picture is changed in these ways, and nothing is fitted.
"""

import argparse
import importlib.util
import io
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.drawn import paper
from benchmarks.drawn.vector import averaged
from benchmarks.fetching import chosen, page
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import KODAK, PAGES, kodak
from redraw.fitting.plan.presets import best_preset
from redraw.signals.picture import kind
from redraw.signals.picture.footprints import named
from redraw.signals.picture.picture import Picture

Levels = NDArray[np.uint8]
Change = Callable[[Levels, random.Random], Levels]
COUNTS = {"twemoji": 90, "flags": 70, "devicon": 50, "simple": 40}
SIZES = (16, 24, 32, 48, 64, 96, 128, 200, 256, 400)
DRAWINGS = ("cel", "ink")  # the presets of drawings
SHIPPED = {
    "skimage": (
        "data",
        ["astronaut", "brick", "camera", "cell", "chelsea", "coffee", "coins", "moon"],
    ),
    "sklearn": ("datasets/images", ["china", "flower"]),
    "matplotlib": ("mpl-data/sample_data", ["grace_hopper"]),
}


def _file(kind_of_file: str, quality: int) -> Change:
    def change(levels: Levels, _: random.Random) -> Levels:
        file = io.BytesIO()
        Image.fromarray(levels).save(file, kind_of_file, quality=quality)
        return np.asarray(Image.open(file).convert("RGB"))

    return change


def _blur(levels: Levels, _: random.Random) -> Levels:
    return np.asarray(Image.fromarray(levels).filter(ImageFilter.GaussianBlur(0.7)))


def _noise(levels: Levels, chance: random.Random, deviation: float = 2.55) -> Levels:
    noise = np.random.default_rng(chance.randrange(2**31)).normal(0, deviation, levels.shape)
    return np.clip(np.rint(levels + noise), 0, 255).astype(np.uint8)


def _strong_noise(levels: Levels, chance: random.Random) -> Levels:
    return _noise(levels, chance, 7.65)


def _scan(levels: Levels, chance: random.Random) -> Levels:
    """Yellowish paper that is darker on one side, blurred, with noise."""
    light = (0.92 + 0.06 * np.linspace(0, 1, levels.shape[1]))[None, :, None]
    seen = _blur(levels, chance) * light * np.array([1, 0.98, 0.94])
    return _noise(seen.astype(np.uint8), chance, 4)


def _grey(levels: Levels, _: random.Random) -> Levels:
    return np.asarray(Image.fromarray(levels).convert("L").convert("RGB"))


def _half(levels: Levels, _: random.Random) -> Levels:
    return np.asarray(Image.fromarray(levels).reduce(2))


def _crop(levels: Levels, chance: random.Random) -> Levels:
    side = min(chance.choice((16, 32, 48, 64, 96, 128, 200)), *levels.shape[:2])
    y, x = (chance.randrange(whole - side + 1) for whole in levels.shape[:2])
    return np.ascontiguousarray(levels[y : y + side, x : x + side])


def _thumbnail(levels: Levels, chance: random.Random) -> Levels:
    side = chance.choice((16, 24, 32, 48, 64, 96, 128))
    least = min(levels.shape[:2])
    square = Image.fromarray(np.ascontiguousarray(levels[:least, :least]))
    return np.asarray(square.resize((side, side), Image.Resampling.BOX))


def _framed(levels: Levels, _: random.Random) -> Levels:
    return np.pad(levels, ((30, 30), (30, 30), (0, 0)), constant_values=255)


def _overexposed(levels: Levels, _: random.Random) -> Levels:
    return np.clip(levels * 1.5 - 20, 0, 255).astype(np.uint8)


TO_DRAWINGS: dict[str, Change] = {
    "JPEG 75": _file("JPEG", 75), "JPEG 50": _file("JPEG", 50), "WebP 75": _file("WEBP", 75),
    "blur": _blur, "scan": _scan, "noise": _noise, "noise .03": _strong_noise,
    "grey": _grey,
}  # fmt: skip
TO_PHOTOGRAPHS: dict[str, Change] = {
    "JPEG 75": _file("JPEG", 75), "grey": _grey, "half size": _half, "thumbnail": _thumbnail,
    "noise": _noise, "noise .03": _strong_noise, "crop": _crop, "framed": _framed,
    "overexposed": _overexposed,
}  # fmt: skip
CHANGES = {**TO_DRAWINGS, **TO_PHOTOGRAPHS}


def drawings(share: float) -> Iterator[tuple[str, Levels]]:
    """Names and pictures."""
    chance = random.Random(3)
    for name, count in COUNTS.items():
        for file in chosen(name, max(2, round(share * count))):
            across = chance.choice(SIZES)
            try:
                cells = page(file, 4 * across)
            except ValueError:  # resvg can't read it
                continue
            values = averaged(cells, 4)
            if min(values.shape[:2]) >= 8:
                yield f"{name}/{file.stem}", np.rint(values * 255).astype(np.uint8)
    for name, subject in PAGES.items():
        for size in (100, 200, 400, 800):
            yield f"{name}/{size}", np.rint(_rgb(subject.draw(size)) * 255).astype(np.uint8)
    for name in paper.PAGES:
        for dpi in (75, 150):
            yield f"{name}/{dpi} dpi", np.rint(_rgb(paper.draw(name, dpi)) * 255).astype(np.uint8)


def photographs(folders: list[Path], share: float) -> Iterator[tuple[str, Levels]]:
    """Names and pictures."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.[jp][pn]g"))]
    random.Random(3).shuffle(files)
    files = files[: round(share * 220)]
    for module, (folder, names) in SHIPPED.items():
        found = importlib.util.find_spec(module)
        if found and found.origin:
            root = Path(found.origin).parent / folder
            files += [file for name in names for file in root.glob(f"{name}.*")]
    for file in files:
        yield file.stem, np.asarray(Image.open(file).convert("RGB"))
    for number in KODAK:
        yield f"kodim{number}", np.rint(kodak(number).values * 255).astype(np.uint8)


def _rgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photographs", type=Path, nargs="*", default=[], metavar="FOLDER")
    parser.add_argument("--count", type=float, default=1.0, help="share of the pictures to take")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    parser.add_argument("--only", nargs="+", choices=CHANGES, help="each picture so, and no fit")
    asked = parser.parse_args()
    print(machine())
    if asked.only:
        _only(asked.only, asked.photographs, asked.count, asked.record)
        return
    measures, taken, drawn, kept, variants, names = [], [], [], [], [], []
    coded, of_coded = [], []
    seconds = 0.0
    pixels = tried = 0
    chance = random.Random(4)
    both = (
        (True, drawings(asked.count), TO_DRAWINGS, 2),
        (False, photographs(asked.photographs, asked.count), TO_PHOTOGRAPHS, 4),
    )
    for is_drawing, pictures, changes, more in both:
        for number, (name, levels) in enumerate(pictures):
            for variant in ("as it is", *chance.sample(list(changes), more)):
                seen = levels if variant == "as it is" else changes[variant](levels, chance)
                values = seen.astype(np.float32) / 255
                began = time.process_time()
                found = kind.evidence(values)
                picture = Picture.from_array(seen)
                if variant.startswith("JPEG "):
                    picture = _as_told(picture, variant)
                    if found.edges >= kind.FEWEST_WINDOWS:
                        steps = named(picture.footprint).steps
                        coded.append(kind.jpeg_measures(values, found, steps))
                        of_coded.append((is_drawing, number % 2 == 1))
                look = kind.look_of(picture)
                seconds += time.process_time() - began
                measures.append(found), taken.append(_taken(picture, look))
                tried += look == "doubtful"
                pixels += values.shape[0] * values.shape[1]
                drawn.append(is_drawing), kept.append(number % 2 == 1)
                variants.append(variant), names.append(name)
    scores = np.array([each.score for each in measures])
    usable = np.array([each.edges >= kind.FEWEST_WINDOWS for each in measures])
    table = np.array([each.measures for each in measures])
    _fit("fitted", table[usable], np.array(drawn)[usable], np.array(kept)[usable])
    _fit("fitted to JPEGs", np.array(coded), *np.array(of_coded).T)
    recorder = Recorder("kinds", 1)
    print(f"{1e3 * seconds / len(measures):.1f} ms of CPU a picture, {pixels / 1e6:.0f} MP in all")
    print(f"{tried} of {len(measures)} left doubt, and were tried at half their size")
    _confusion(np.array(taken), np.array(drawn), variants, recorder)
    for at in np.argsort(-np.where(drawn, -np.inf, scores))[:12]:
        if taken[at]:
            print(f"    taken for a drawing: {names[at]}, {variants[at]} ({scores[at]:.1f})")
    if asked.record:
        recorder.save()


def _only(variants: list[str], folders: list[Path], share: float, record: bool) -> None:
    """Print and record who is mistaken where each picture is changed in these ways."""
    recorder, chance = Recorder("kinds", 1), random.Random(4)
    taken, drawn, of = [], [], []
    for is_drawing, pictures in ((True, drawings(share)), (False, photographs(folders, share))):
        for name, levels in pictures:
            for variant in variants:
                picture = Picture.from_array(CHANGES[variant](levels, chance))
                if variant.startswith("JPEG "):
                    picture = _as_told(picture, variant)
                look = kind.look_of(picture)
                taken.append(_taken(picture, look)), drawn.append(is_drawing), of.append(variant)
                if look == "doubtful" or (taken[-1] and not is_drawing):
                    what = "drawing" if taken[-1] else "photograph"
                    print(f"    {name}, {variant}: {look}, taken for a {what}", flush=True)
    _confusion(np.array(taken), np.array(drawn), of, recorder, together=False)
    if record:
        recorder.save()


def _as_told(picture: Picture, variant: str) -> Picture:
    """With what the file of a JPEG says of it."""
    return replace(picture, footprint=f"jpeg:{variant.removeprefix('JPEG ')}")


def _taken(picture: Picture, look: kind.Look) -> bool:
    """Whether a fit takes it for a drawing: where there is doubt, as a trial says."""
    return best_preset(picture)[0] in DRAWINGS if look == "doubtful" else look == "drawn"


def _fit(
    what: str, table: NDArray[np.float64], drawn: NDArray[np.bool_], kept: NDArray[np.bool_]
) -> None:
    """Print the weights that these measures give."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(table[~kept])
    model = LogisticRegression(C=3, max_iter=5000, class_weight="balanced")
    model.fit(scaler.transform(table[~kept]), drawn[~kept])
    weights = model.coef_[0] / scaler.scale_
    offset = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    print(f"{what}:", " ".join(f"{weight:.2f}" for weight in weights), f"and {offset:.2f}")


def _confusion(
    taken: NDArray[np.bool_],
    drawn: NDArray[np.bool_],
    variants: list[str],
    recorder: Recorder,
    *,
    together: bool = True,
) -> None:
    """Print and record how many of each variant were mistaken."""
    rows: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    for is_drawing, variant, one in zip(drawn, variants, taken, strict=True):
        rows[bool(is_drawing), variant].append(bool(one) != bool(is_drawing))
        if together:
            rows[bool(is_drawing), "all"].append(bool(one) != bool(is_drawing))
    for (is_drawing, variant), wrong in sorted(rows.items()):
        what = "drawings" if is_drawing else "photographs"
        print(f"  {what:12} {variant:12} {sum(wrong):4d} of {len(wrong):4d} mistaken")
        recorder.add(what, variant, "share mistaken", [np.mean(wrong)])


if __name__ == "__main__":
    main()
