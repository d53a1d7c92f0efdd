"""Drawings and networks in few bytes: real bytes of files, dB at own size and drawn 4x larger.

    python -m benchmarks.few_bytes [--kinds drawings networks] [--pages cub logo ...]
                                   [--models siren ...] [--bits 8 6 mixed] [--record]

Pages of 200 x 200 pixels in 8 bits, drawn at 800 x 800 and compared with the page itself. Drawings
made of labels in floats, as they are written unasked, and of fewer bytes: `fit --bytes`, and
`quantize --bytes` of a finished file; beside them PNG, WebP and JPEG XL without loss, enlarged by
Lanczos. Networks: the cub by every preset that has one, its bits a weight, what was lost by them,
and processor seconds of drawing 800 x 800 on one thread, floats and whole numbers, medians of
three in turns.
"""

import argparse
import io
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import redraw
from benchmarks.recording import Recorder, machine
from benchmarks.subjects import LEARNED, PAGES
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.result.converting import converted
from redraw.fitting.result.quantising import quantise
from redraw.metrics import psnr
from redraw.render import Canvas, draw
from redraw.storage.codecs.network import save_network
from redraw.storage.opening import drawer_of

FACTOR = 4
SIDE = LEARNED * FACTOR
OWN = ("cub", "logo", "cartoon", "chart", "weather")
KEPT = 99.0  # dB that stand for exact pixels in rows
# Of the bytes that a drawing takes unasked.
SHARES = (0.6, 0.4)
Floats = NDArray[np.floating]


def quality(drawn: Floats, own: Floats, page: str) -> tuple[float, float]:
    """dB at a page's own size, and four times larger."""
    truth = PAGES[page].draw(SIDE)
    exact = PAGES[page].picture().values
    return min(psnr(own, exact), KEPT), psnr(drawn, truth)


def by_pillow(picture: Image.Image, kind: str, **options: Any) -> int:
    """Bytes of a picture without loss."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.tell()


def by_cjxl(picture: Image.Image) -> int:
    """Bytes of JPEG XL without loss, by libjxl's own program."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "it.png", Path(folder) / "it.jxl"
        picture.save(source)
        command = ["cjxl", "-d", "0", "-e", "7", source, target]
        subprocess.run(command, check=True, capture_output=True)
        return target.stat().st_size


def rivals(page: str) -> Iterator[tuple[str, int, float, float]]:
    """Name, bytes, dB at own size and enlarged, of files without loss."""
    picture = PAGES[page].picture()
    levels = np.rint(picture.values * 255).astype(np.uint8)
    image = Image.fromarray(levels.squeeze())
    large = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS), np.float32) / 255
    enlarged = psnr(large.reshape(SIDE, SIDE, -1), PAGES[page].draw(SIDE))
    yield "PNG, Lanczos", by_pillow(image, "PNG", optimize=True), KEPT, enlarged
    yield "WebP, Lanczos", by_pillow(image, "WEBP", lossless=True, method=6), KEPT, enlarged
    if shutil.which("cjxl"):
        yield "JPEG XL, Lanczos", by_cjxl(image), KEPT, enlarged


def of_file(path: Path, page: str, threads: int) -> tuple[int, float, float]:
    """Bytes of a field file, dB at own size and drawn larger."""
    field = redraw.load(path)
    drawn, own = (field.render(side, side, threads=threads).values for side in (SIDE, LEARNED))
    return path.stat().st_size, *quality(drawn, own, page)


def drawings(page: str, folder: Path, threads: int) -> Iterator[tuple[str, int, float, float]]:
    """The same of a drawing made of labels."""
    picture = PAGES[page].picture()

    def fitted(name: str, **options: Any) -> tuple[int, float, float]:
        path = folder / f"{page}-{name}.redraw"
        redraw.fit(picture, model="cel", threads=threads, **options).save(path)
        return of_file(path, page, threads)

    yield "cel, floats", *fitted("floats", coding="float")
    unasked = fitted("unasked")
    yield "cel", *unasked
    half = round(SHARES[0] * unasked[0])
    yield f"cel --bytes {SHARES[0]:.0%}", *fitted("fewer", bytes=half)
    for share in SHARES:
        path = folder / f"{page}-{share}.redraw"
        source = folder / f"{page}-unasked.redraw"
        converted(source, path, to="whole", most_bytes=round(share * unasked[0]))
        yield f"quantize --bytes {share:.0%}", *of_file(path, page, threads)


def seconds(drawers: list[Any], canvas: Canvas) -> list[list[float]]:
    """Processor seconds of drawing, three times in turns after one that does not count."""
    took: list[list[float]] = [[] for _ in drawers]
    for turn in range(4):
        for drawer, own in zip(drawers, took, strict=True):
            began = time.process_time()
            draw(drawer, canvas)
            if turn:
                own.append(time.process_time() - began)
    return took


def networks(model: str, bits: list[str], folder: Path, threads: int, add: Callable) -> None:
    """A preset's network in floats and whole numbers, printed and recorded."""
    picture = PAGES["cub"].picture()
    source = folder / f"{model}.redraw"
    redraw.fit(picture, model=model, threads=threads).save(source)
    field = redraw.load(source)
    size, own, larger = of_file(source, "cub", threads)
    in_floats = field.drawer(engine="cpu", threads=1)
    canvas = Canvas.of(field.about.size, field.about.detail, width=SIDE, height=SIDE)
    add(f"{model}, floats", "cub", size, own, larger, seconds([in_floats], canvas)[0])
    for kind in bits:
        path = folder / f"{model}-{kind}.redraw"
        made = quantise(field, bits=kind if kind == "mixed" else int(kind))
        save_network(path, made.data, force=True)
        found = drawer_of(path, 1)
        assert found is not None
        took = seconds([in_floats, found[0]], canvas)[1]
        fewer, near, at_4x = of_file(path, "cub", threads)
        lost = f"{own - near:+.2f} dB lost"
        add(f"{model}, {kind} bits", "cub", fewer, near, at_4x, took, lost)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kinds", nargs="+", default=["drawings", "networks"])
    parser.add_argument("--pages", nargs="+", choices=OWN, default=OWN, metavar="NAME")
    parser.add_argument("--models", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument("--bits", nargs="+", default=["8", "6", "mixed"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("few_bytes", args.threads)
    print(f"{machine()}, {args.threads} threads")

    def add(
        case: str, page: str, size: int, own: float, larger: float, took=(), note: str = ""
    ) -> None:
        recorder.add(case, page, "bytes", [size])
        recorder.add(case, page, "own pixels, dB", [own])
        recorder.add(case, page, "dB at 4x", [larger])
        if took:
            recorder.add(case, page, "CPU seconds of 800 x 800", took)
            note = f"{np.median(took):6.2f} CPU s {note}"
        print(f"  {page:8} {case:24} {size:9,} B {own:6.2f} {larger:6.2f} dB {note}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for page in args.pages if "drawings" in args.kinds else ():
            found = (*rivals(page), *drawings(page, folder, args.threads))
            for case, size, own, larger in found:
                add(case, page, size, own, larger)
        for model in args.models if "networks" in args.kinds else ():
            try:
                networks(model, args.bits, folder, args.threads, add)
            except redraw.RedrawError as error:
                print(f"  {model}: {error}", flush=True)
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
