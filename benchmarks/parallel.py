"""What it costs in bytes that a photograph's file is read by several threads at once.

    python -m benchmarks.parallel FOLDER [--numbers 5 13 23] [--psnr 40] [--record]

A file has two streams, the brightness and the colours, each with a coder and a model of its own, so
that two threads read it. Beside it the same coefficients in one stream, which one thread would have
to read: with models that have learned nothing, as the ones that files begin with were learned from
streams that are two. A picture of four million pixels and more has tiles of 1024 besides; cut into
tiles of 256 and of 512 pixels, what is asked for is the same quality. Asked for: 1 % at most.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.recording import Recorder
from redraw.coding import search, streams
from redraw.coding.analysis import Analysis
from redraw.coding.picture import Quantised
from redraw.coding.streams import Stream
from redraw.coding.tables import Model
from redraw.kernels import binary_coder, coefficients

TILES = (8, 9)


def in_two_streams(found: Quantised) -> int:
    """Bytes of a picture's coefficients as files have them, from models that know nothing."""
    pyramid = found.about.pyramid
    h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
    corners = np.ascontiguousarray(found.coefficients[:, :h, :w])
    _, data, _ = streams.write(
        pyramid, corners, found.coefficients.astype(np.float32), 0.0, threads=1
    )
    return sum(map(len, data))


def in_one_stream(found: Quantised) -> int:
    """The same by one coder and one model: bands in the same order, plane after plane."""
    pyramid = found.about.pyramid
    h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
    stream = Stream(np.empty(4 * found.coefficients.size + 4096, np.uint8), Model.of(0, 0))
    own, exact = np.zeros(pyramid.count, np.int32), found.coefficients.astype(np.float32)
    binary_coder.begin(stream.coder, stream.data, False)
    for plane in found.coefficients[:, :h, :w]:
        corner = np.ascontiguousarray(plane)
        coefficients.corner(stream.coder, stream.data, stream.model.escapes, corner, False)
    for level in range(pyramid.levels - 1, -1, -1):
        for third in range(3):
            for plane in range(pyramid.planes):
                streams.band(stream, own, pyramid, plane, level, third, exact, 0.0, False)
    return binary_coder.finish(stream.coder, stream.data)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--numbers", nargs="*", type=int, default=[5, 13, 23])
    parser.add_argument("--psnr", type=float, default=40.0)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("parallel", 1)
    means: dict[str, list[float]] = {}

    def add(case: str, subject: str, more: int, less: int) -> None:
        percent = 100.0 * (more / less - 1.0)
        means.setdefault(case, []).append(percent)
        recorder.add(f"{case}, {args.psnr:g} dB", subject, "% more bytes", [percent])
        print(f"{subject} {case:28} {less:9,} {more:9,} bytes {percent:+.2f} %", flush=True)

    for number in args.numbers:
        name = f"kodim{number:02d}"
        pixels = np.array(Image.open(args.folder / f"{name}.png").convert("RGB")).astype(np.uint16)
        whole = search.with_psnr(Analysis.of(pixels, 8), args.psnr)[0]
        found = whole.quantised
        add("two streams over one", name, in_two_streams(found), in_one_stream(found))
        for tile in TILES:
            cut = search.with_psnr(Analysis.of(pixels, 8, tile=tile), args.psnr)[0]
            add(f"tiles of {1 << tile} over none", name, cut.coded.size, whole.coded.size)
    for case, found in means.items():
        print(f"mean    {case:28} {np.mean(found):+.2f} %")
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
