"""Drawings as paths, against tracers and against the page: `redraw trace`, vtracer and potrace.

    python -m benchmarks.paths [--count 4] [--skip 0] [--size 72] [--only twemoji cub comic]
        [--record]

Real vector art (`benchmarks.fetching`) drawn small on white, and this project's own pages; what is
measured is the SVG file that is made of that, drawn by resvg four times larger as the page itself
is (at twice the size, averaged over squares of four: by itself resvg knows sixteen degrees of
cover), in dB against the page: of redraw, of vtracer (the best of six settings, judged by the page,
as no user could), of the cub by potrace. Also with resvg's own smoothing alone ("once").
Nodes and bytes of the files, the original's beside them; the field's own drawing; and pixels where
what lies beneath, or the first shape of all, shines through between neighbours when drawn 16 times
larger ("cracks"; neither the page nor the field has the first shape's colour there).
"""

import argparse
import itertools
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

import redraw
from benchmarks import tracing
from benchmarks.drawn.vector import rasterised
from benchmarks.fetching import COLLECTIONS, chosen
from benchmarks.methods import TRACED_AT, VTRACER
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import COLOURED, SUBJECTS
from benchmarks.vectors import FACTOR, small_and_large
from redraw.engines.threads import usable_threads
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture

# Of vtracer: bits of colours, smallest patch, how far colours may be apart; and how much larger the
# picture is made by Lanczos's filter beforehand.
SETTINGS = tuple(itertools.product(VTRACER[:3], (1, TRACED_AT)))
PAGES = {**SUBJECTS, **COLOURED}
# How much larger cracks are looked for. What another drawing has within so many of these pixels is
# there, if its colour is so near.
CRACKS, WITHIN, ALIKE = 16, 4, 0.1
# What is equal counts as this.
EQUAL = 60.0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=4, help="pictures of each collection")
    parser.add_argument("--skip", type=int, default=0, help="of these leave out the first")
    parser.add_argument("--size", type=int, default=72, help="width learned")
    parser.add_argument("--only", nargs="+", default=["twemoji", "flags", "cub"])
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only:
            rows = []
            for job in jobs(name, asked.count, asked.size, asked.skip):
                recorder = Recorder("paths", usable_threads())
                rows.append(measure(*job, Path(folder), recorder))
                if asked.record:
                    recorder.save()
            print(f"{name}: mean of {len(rows)}: {told(mean(rows))}", flush=True)


def jobs(name: str, count: int, size: int, skip: int = 0):
    """What is measured of a collection: name, picture, the same four times larger, the original."""
    if name in PAGES:
        subject = PAGES[name]
        own = subject.picture()
        large = subject.draw(FACTOR * own.width)
        yield name, own, large.reshape(*large.shape[:2], -1), None
        return
    for file in chosen(name, count)[skip:]:
        picture, _, large = small_and_large(file, size, COLLECTIONS[name].background)
        yield f"{name} {file.stem}", picture, large, file.read_text(encoding="utf-8")


def measure(
    name: str, picture: Picture, large: NDArray, original: str | None, folder: Path,
    recorder: Recorder,
) -> dict[str, float]:  # fmt: skip
    """All figures of one picture."""
    found: dict[str, float] = {}
    field = redraw.fit(picture, model="cel")
    found["field dB"] = psnr(field.render(scale=FACTOR).values, large)
    path = folder / "it.svg"
    field.export(path, force=True)
    text = path.read_text()
    width = large.shape[1]
    found["svg dB"] = against(text, large)
    once = rasterised(text, width, "#ffffff").astype(np.float32) / 255.0
    once = once if large.shape[2] == 3 else once.mean(axis=2, keepdims=True)
    found["svg once dB"] = min(psnr(once, large), EQUAL)
    found["svg nodes"], found["svg bytes"] = nodes(text), len(text.encode())
    found["pictures"] = text.count("<image")
    if original is not None:
        found["original nodes"], found["original bytes"] = nodes(original), len(original.encode())
    traced = [by_vtracer(picture, setting, folder) for setting in SETTINGS]
    values = [against(one, large) for one in traced]
    best = int(np.argmax(values))
    found["vtracer dB"], found["vtracer nodes"] = values[best], nodes(traced[best])
    if tracing.refusal(picture.values) is None:
        found["potrace dB"] = tracing.trace(picture.values, large).psnr
    seen = shining(text, CRACKS * picture.width)
    if seen.any():
        seen &= ~own(text, field.render(scale=CRACKS).values)
        seen &= ~own(text, pages(name, original, CRACKS * picture.width))
    found["cracks"] = int(seen.sum())
    for metric, value in found.items():
        recorder.add("svg", name, metric, [value])
    print(f"{name:40} {told(found)}", flush=True)
    return found


def against(text: str, large: NDArray) -> float:
    """A file beside the page, in dB; what is equal counts as `EQUAL`."""
    return min(psnr(drawn(text, large.shape), large), EQUAL)


def drawn(text: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A file as resvg draws it on white, at twice the size and averaged. (H, W, C)"""
    high, wide, channels = shape
    values = rasterised(text, 2 * wide, "#ffffff").astype(np.float32) / 255.0
    if len(values) < 2 * high:  # a fraction of a row, rounded off
        values = np.pad(values, ((0, 2 * high - len(values)), (0, 0), (0, 0)), mode="edge")
    values = values[: 2 * high].reshape(high, 2, wide, 2, 3).mean(axis=(1, 3))
    return values if channels == 3 else values.mean(axis=2, keepdims=True)


def by_vtracer(picture: Picture, setting: Any, folder: Path) -> str:
    """What vtracer makes of a picture."""
    import vtracer

    (bits, patch, apart), larger = setting
    small, out = folder / "small.png", folder / "traced.svg"
    levels = np.rint(picture.values * 255).astype(np.uint8)
    image = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels).convert("RGB")
    size = image.width * larger, image.height * larger
    image.resize(size, Image.Resampling.LANCZOS).save(small)
    vtracer.convert_image_to_svg_py(
        str(small), str(out), colormode="color", hierarchical="stacked", mode="spline",
        filter_speckle=patch, color_precision=bits, layer_difference=apart,
    )  # fmt: skip
    return out.read_text()


def nodes(text: str) -> int:
    """Ends of curves and lines in all paths; four of other shapes."""
    paths = re.findall(r'\bd="([^"]*)"', text)
    count = 0
    for path in paths:
        for letter, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
            given = len(re.findall(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", numbers))
            takes = {"m": 2, "l": 2, "t": 2, "h": 1, "v": 1, "c": 6, "s": 4, "q": 4, "a": 7}
            count += given // takes.get(letter.lower(), 1 << 30)
    return count + 4 * len(re.findall(r"<(?:circle|ellipse|rect|polygon)\b", text))


def shining(text: str, width: int) -> NDArray[np.bool_]:
    """Where something shines through in slivers: the page, or the first shape. (H, W)

    An opaque drawing's first shape is the whole page, beneath all others: where it is seen in
    slivers, and not in areas of its own, two neighbours may part; or it ends in a tip. The rim is
    left aside.
    """
    first = re.search(r'(id="r0" fill=")[^"]*', text)
    seen = _differing([(text, "#ffffff"), (text, "#000000")], width)
    if first:
        one, other = (text.replace(first[0], first[1] + each, 1) for each in ("#f0f", "#0f0"))
        shown = _differing([(one, "#ffffff"), (other, "#ffffff")], width)
        areas = ndimage.binary_dilation(ndimage.binary_erosion(shown, iterations=2), iterations=5)
        seen |= shown & np.logical_not(areas)
    seen[:2] = seen[-2:] = seen[:, :2] = seen[:, -2:] = False
    return seen


def own(text: str, drawn: NDArray) -> NDArray[np.bool_]:
    """Where another drawing of the same picture has the first shape's colour, or nearly, within
    `WITHIN`: it ends in a tip there, or is thin, and that is no crack. (H, W)

    Args:
        text: The file.
        drawn: The other drawing, `CRACKS` times as large as the picture. (H, W, C)
    """
    if 'id="r0"' not in text:
        return np.zeros(drawn.shape[:2], np.bool_)
    end = text.index("\n", text.index('id="r0"'))
    alone = rasterised(text[:end] + "</svg>", drawn.shape[1], "#ffffff").astype(np.float32) / 255.0
    rows = min(len(alone), len(drawn))
    alike = np.zeros(alone.shape[:2], np.bool_)
    alike[:rows] = np.abs(alone[:rows] - drawn[:rows]).max(axis=2) <= ALIKE
    near = ndimage.binary_dilation(alike, np.ones((3, 3)), iterations=WITHIN)
    return np.asarray(near, np.bool_)


def pages(name: str, original: str | None, width: int) -> NDArray[np.float32]:
    """What a picture was made of, at a width. (H, W, C)"""
    if original is None:
        return PAGES[name].draw(width)
    background = COLLECTIONS[name.split()[0]].background
    return rasterised(original, width, background).astype(np.float32) / np.float32(255.0)


def _differing(files: list[tuple[str, str]], width: int) -> NDArray[np.bool_]:
    """Where two files, each on a ground, are drawn in clearly different colours. (H, W)"""
    one, other = (rasterised(text, width, ground).astype(np.int64) for text, ground in files)
    return np.abs(one - other).max(axis=2) > 8


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure, over the pictures that have it."""
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}


def told(found: dict[str, float]) -> str:
    """One line."""
    return "  ".join(f"{key} {value:,.1f}" if "dB" in key else f"{key} {value:,.0f}"
                     for key, value in found.items())  # fmt: skip


if __name__ == "__main__":
    main()
