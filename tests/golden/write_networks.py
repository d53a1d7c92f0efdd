"""Writes the golden files of networks in whole numbers that are missing, and the hashes of all.

`python -m tests.golden.write_networks`. Of each preset with a network one, fitted for a few steps,
and its weights plainly rounded.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

import redraw
from redraw.fitting.result.quantising import quantise
from redraw.render import Canvas, draw
from redraw.storage.codecs.network import save_network
from redraw.storage.opening import drawer_of

HERE = Path(__file__).parent / "networks"
SIZE = (17, 13)
# By preset, or by activation: bits of its weights, and what it is fitted with.
CASES = {
    "siren": (8, {"hidden": (9, 13)}),
    "finer": (7, {"hidden": (9, 13)}),
    "wire": (8, {"hidden": (9, 13)}),
    "gauss": (6, {"hidden": (16, 5)}),
    "relu": (8, {"hidden": (9, 13)}),
    "tanh": (8, {"hidden": (9, 13)}),
    "ink": (8, {"hidden": (11, 8)}),
    "hash": (5, {"hidden": (8, 8)}),
    "silu": (8, {"hidden": (9, 13), "activation": "silu"}),
    "sigmoid": (8, {"hidden": (9, 13), "activation": "sigmoid"}),
}


def drawn(path, threads=1):
    """What a file shows at its own size, opened without PyTorch. (H, W, C) float32"""
    drawer, about = drawer_of(path, threads)
    assert about.size == SIZE
    return draw(drawer, Canvas.of(about.size)).astype("<f4")


def main():
    """Write what is missing, and the hashes of all."""
    HERE.mkdir(exist_ok=True)
    y, x, c = np.mgrid[: SIZE[1], : SIZE[0], :3]
    page = 0.5 + 0.4 * np.sin(x / 3 + c) * np.cos(y / 4)
    for name, (bits, settings) in CASES.items():
        path = HERE / f"{name}.redraw"
        if not path.exists():
            model = "siren" if "activation" in settings else name
            values = page if model != "ink" else page[..., :1].round()
            field = redraw.fit(values, model=model, steps=20, settings=settings)
            save_network(path, quantise(field, bits=bits, steps=0).data)
    paths = sorted(HERE.glob("*.redraw"))
    hashes = {path.stem: hashlib.sha256(drawn(path).tobytes()).hexdigest() for path in paths}
    (HERE / "drawn.json").write_text(json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()
