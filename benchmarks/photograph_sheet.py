"""Crops of what `benchmarks.photographs --keep FOLDER` drew, side by side.

python -m benchmarks.photograph_sheet FOLDER [--pictures FOLDER] [--seconds 10]
                                      [--save docs/pictures/photographs.png]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from examples.panels import Floats, Panel, crop, enlarged, save, sheet
from PIL import Image

SHOWN = ("spline", "hash", "siren", "finer", "fourier", "wire", "tanh", "lattice")
# Where to look, in shares of the sides, and how large a part of the width.
CROPS = {"kodim23": (0.255, 0.45, 0.17), "kodim08": (0.5, 0.45, 0.17)}
ENLARGED, IN_A_ROW = 2, 5


def values_of(path: Path) -> Floats:
    """A picture's values. (H, W, C)"""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")) / 255.0


def part(path: Path, name: str) -> Floats:
    """The crop that is shown of a picture, enlarged pixel by pixel."""
    x, y, share = CROPS[name]
    return enlarged(crop(values_of(path), (x, y), share), ENLARGED)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=Path, default=Path("../shared/data/kodak"))
    parser.add_argument("--seconds", default="10")
    parser.add_argument("--save", type=Path, default=Path("docs/pictures/photographs.png"))
    args = parser.parse_args()
    found = json.loads((args.folder / "results.json").read_text("utf-8"))
    rows: list[list[Panel]] = []
    for name in CROPS:
        panels = [Panel(part(args.pictures / f"{name}.png", name), "original", name)]
        for entrant in SHOWN:
            path = args.folder / f"{args.seconds}-s-{name}-{entrant}.png"
            note = f"{found[f'{args.seconds} s {name} {entrant}']:.1f} dB"
            panels.append(Panel(part(path, name), entrant, note, strong=entrant == "spline"))
        rows += [panels[i : i + IN_A_ROW] for i in range(0, len(panels), IN_A_ROW)]
    save(sheet(rows), args.save)


if __name__ == "__main__":
    main()
