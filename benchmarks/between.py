"""Between the pixels: learned from averages over 2 x 2 and 4 x 4 pixels, drawn at full size.

    python -m benchmarks.between [--pictures FOLDER] [--models spline hash siren] [--factors 2 4]
                                 [--numbers 1 5 8 13 15 20 23] [--save SHEET] [--record]

The floor is the cubic spline whose pixel averages are the small picture's, at the middles of the
larger pixels. `spline` has as many parameters as the small picture has values, so it is that
spline, drawn as means over the larger pixels, and what its network says of subpixel detail;
`spline-linear` is without that network. The networks have as many. Speckle is the standard
deviation of the drawing over 8 x 8 pixels where that of the picture itself is least (the flattest
tenth), as a ratio to the picture's own. Inside leaves out the `BORDER` pixels beside the edges:
these pictures have dark lines there, which no answer draws between the pixels.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from examples.panels import Panel, crop, enlarged, save, sheet
from PIL import Image

import redraw
from benchmarks.recording import Recorder, machine
from redraw.fields.spline import cubic, spline_from_averages
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

BORDER = 8  # pixels
# What is shown: where to look, in shares of the sides; which part of the width; how enlarged.
CROPS = {("kodim05", 2): (0.4, 0.4), ("kodim23", 2): (0.255, 0.45), ("kodim20", 4): (0.5, 0.5)}
SHARE, ENLARGED = 0.125, 2
SHOWN = ("Lanczos", "averages' cubic spline", "spline")
FILTERS = {"bicubic": Image.Resampling.BICUBIC, "Lanczos": Image.Resampling.LANCZOS}


def averaged(values: np.ndarray, factor: int) -> np.ndarray:
    """Means over squares of pixels. (H, W, C) -> (H / f, W / f, C)"""
    height, width, channels = values.shape
    squares = values.reshape(height // factor, factor, width // factor, factor, channels)
    return squares.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)


def floor(small: np.ndarray, factor: int) -> np.ndarray:
    """The cubic spline with these averages, at the middles of the larger picture's pixels."""
    weights = spline_from_averages(torch.from_numpy(small.astype(np.float64)).permute(2, 0, 1))
    height, width = small.shape[0] * factor, small.shape[1] * factor
    y, x = (torch.arange(n) * 2.0 / n + 1.0 / n - 1.0 for n in (height, width))
    xy = torch.stack(torch.meshgrid(x, y, indexing="xy"), -1).reshape(-1, 2).double()
    return cubic(weights, xy).reshape(height, width, -1).numpy().clip(0.0, 1.0).astype(np.float32)


def speckle(drawn: np.ndarray, truth: np.ndarray) -> float:
    """Standard deviation in flat squares, over the truth's own."""

    def deviations(values: np.ndarray) -> np.ndarray:
        height, width = (n // 8 * 8 for n in values.shape[:2])
        squares = values[:height, :width].mean(axis=2).reshape(height // 8, 8, width // 8, 8)
        return squares.std(axis=(1, 3)).reshape(-1)

    own = deviations(truth)
    flat = own <= np.quantile(own, 0.1)
    return float(deviations(drawn)[flat].mean() / max(1e-6, own[flat].mean()))


def panels(
    truth: np.ndarray, small: np.ndarray, drawn: dict[str, np.ndarray], at: tuple[float, float]
) -> list[Panel]:
    """What was learned, what was drawn of it, and the original, where `at` says."""
    factor = len(truth) // len(small)
    row = [Panel(enlarged(crop(small, at, SHARE), ENLARGED * factor), "learned", "")]
    for name in SHOWN:
        if name in drawn:
            part = enlarged(crop(drawn[name], at, SHARE), ENLARGED)
            note = f"{psnr(truth, drawn[name]):.1f} dB"
            row.append(Panel(part, name, note, strong=name == "spline"))
    return [*row, Panel(enlarged(crop(truth, at, SHARE), ENLARGED), "original", "")]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--numbers", type=int, nargs="+", default=[1, 5, 8, 13, 15, 20, 23])
    parser.add_argument("--models", nargs="*", default=["spline", "spline-linear", "hash", "siren"])
    parser.add_argument("--factors", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--seconds", type=float, default=10.0, help="of fitting")
    parser.add_argument("--save", type=Path, default=None, help="show crops, as a picture")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    paths = [args.pictures / f"kodim{number:02d}.png" for number in args.numbers]
    recorder = Recorder("between", 2)
    print(f"{machine()}, {args.seconds:g} s of fitting, dB")
    shown: list[list[Panel]] = []
    for factor in args.factors:
        found: dict[str, list[tuple[float, float, float]]] = {}
        for path in paths:
            truth = read(path).values
            small = averaged(truth, factor)
            size = (truth.shape[1], truth.shape[0])
            drawn = {"averages' cubic spline": floor(small, factor)}
            for name, kind in FILTERS.items():
                planes = [Image.fromarray(small[:, :, c]) for c in range(3)]
                larger = [np.asarray(plane.resize(size, kind)) for plane in planes]
                drawn[name] = np.stack(larger, axis=-1).clip(0.0, 1.0)
            for model in args.models:
                field = redraw.fit(
                    Picture.from_array(small),
                    model=model.removesuffix("-linear"),
                    settings={"subpixel": 0} if model == "spline-linear" else None,
                    seconds=args.seconds,
                    budget="112%",  # places of all numbers, and matrices, count too
                )
                drawn[model] = field.render(*size).values
            for name, values in drawn.items():
                inside = psnr(*(v[BORDER:-BORDER, BORDER:-BORDER] for v in (truth, values)))
                row = psnr(truth, values), inside, speckle(values, truth)
                found.setdefault(name, []).append(row)
            if (path.stem, factor) in CROPS:
                shown.append(panels(truth, small, drawn, CROPS[path.stem, factor]))
        print(f"\n{factor} times larger{'':12}  mean  inside speckle")
        for name, values in found.items():
            mean, inside, flat = np.mean(values, axis=0)
            line = "".join(f"{value:7.2f}" for value, _, _ in values)
            print(f"{name:24} {mean:7.2f} {inside:7.2f} {flat:7.2f}   {line}", flush=True)
            recorder.add(f"{factor}x", name, "mean psnr", [mean])
            recorder.add(f"{factor}x", name, "mean psnr inside", [inside])
            recorder.add(f"{factor}x", name, "speckle", [flat])
    if args.save:
        save(sheet(shown), args.save)
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
