"""Drawings as paths, against tracers and against the page: `redraw trace`, vtracer and potrace.

    python -m benchmarks.paths [--count 4] [--size 72] [--only twemoji flags cub] [--record]

Real vector art (`benchmarks.fetching`) drawn small on white; what is measured is the SVG file that
is made of that, rasterised by resvg four times larger, in dB against the page itself: of redraw, of
vtracer (the best of eight settings, judged by the page, as no user could), of the cub by potrace.
Nodes and bytes of the files, the original's beside them; the field's own drawing; and pixels where
the background shines through between neighbours when drawn 16 times larger.
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

import redraw
from benchmarks import tracing
from benchmarks.drawn.vector import rasterised
from benchmarks.fetching import COLLECTIONS, chosen
from benchmarks.methods import TRACED_AT, VTRACER
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import SUBJECTS
from benchmarks.vectors import FACTOR, small_and_large
from redraw.engines.threads import usable_threads
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture

# Of vtracer: bits of colours, smallest patch, how far colours may be apart; and how much larger the
# picture is made by Lanczos's filter beforehand.
SETTINGS = tuple(itertools.product(VTRACER, (1, TRACED_AT)))
CRACKS = 16
# What is equal counts as this.
EQUAL = 60.0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=4, help="pictures of each collection")
    parser.add_argument("--size", type=int, default=72, help="width learned")
    parser.add_argument("--only", nargs="+", default=["twemoji", "flags", "cub"])
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args()
    print(machine())
    recorder = Recorder("paths", usable_threads())
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only:
            rows = []
            for job in jobs(name, asked.count, asked.size):
                rows.append(measure(*job, Path(folder), recorder))
            print(f"{name}: mean of {len(rows)}: {told(mean(rows))}", flush=True)
    if asked.record:
        recorder.save()


def jobs(name: str, count: int, size: int):
    """What is measured of a collection: name, picture, the same four times larger, the original."""
    if name in SUBJECTS:
        subject = SUBJECTS[name]
        own = subject.picture()
        large = subject.draw(FACTOR * own.width)
        yield name, own, large.reshape(*large.shape[:2], -1), None
        return
    for file in chosen(name, count):
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
    found["svg dB"] = min(psnr(drawn(text, width, large.shape[2]), large), EQUAL)
    found["svg nodes"], found["svg bytes"] = nodes(text), len(text.encode())
    found["pictures"] = text.count("<image")
    if original is not None:
        found["original nodes"], found["original bytes"] = nodes(original), len(original.encode())
    traced = [by_vtracer(picture, setting, folder) for setting in SETTINGS]
    values = [min(psnr(drawn(one, width, large.shape[2]), large), EQUAL) for one in traced]
    best = int(np.argmax(values))
    found["vtracer dB"], found["vtracer nodes"] = values[best], nodes(traced[best])
    if tracing.refusal(picture.values) is None:
        found["potrace dB"] = tracing.trace(picture.values, large).psnr
    found["cracks"] = cracks(text, CRACKS * picture.width, field)
    for metric, value in found.items():
        recorder.add("svg", name, metric, [value])
    print(f"{name:40} {told(found)}", flush=True)
    return found


def drawn(text: str, width: int, channels: int) -> NDArray[np.float32]:
    """A file as resvg draws it on white. (H, W, C)"""
    values = rasterised(text, width, "#ffffff").astype(np.float32) / 255.0
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


def cracks(text: str, width: int, field: Any) -> int:
    """Pixels far off white where the file on black and on white differ: something shines through.

    Only of pictures without alpha, which cover all of the page; its rim aside.
    """
    on_white, on_black = (
        rasterised(text, width, colour).astype(np.int64) for colour in ("#ffffff", "#000000")
    )
    return int((np.abs(on_white - on_black).max(axis=2)[2:-2, 2:-2] > 8).sum())


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
