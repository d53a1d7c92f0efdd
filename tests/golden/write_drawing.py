"""Makes the golden files of coded drawings: `python tests/golden/write_drawing.py`; never again."""

import hashlib
import json
from pathlib import Path

import numpy as np

import redraw
from redraw.storage.container import chunks_of, container_of
from redraw.storage.drawing_file import drawing_of

HERE = Path(__file__).parent / "drawings"


def discs(width, height, colours, shift=0.0):
    """Discs of some colours that overlap, averaged over pixels. (H, W, C)"""
    y, x = np.mgrid[: 8 * height, : 8 * width] / 8.0
    page = np.ones((8 * height, 8 * width, len(colours[0])))
    for i, colour in enumerate(colours):
        inside = np.hypot(x - 5 - 6 * i - shift, y - 6 - 3 * (i % 2)) < 4.5
        page[inside] = colour
    return page.reshape(height, 8, width, 8, -1).mean(axis=(1, 3))


def thin(width, height):
    """Slanted strokes, one of them pale and half a pixel wide, and a faint shade."""
    y, x = np.mgrid[: 8 * height, : 8 * width] / 8.0
    page = (
        np.ones((8 * height, 8 * width, 1))
        - 0.1 * (x / width)[..., None] * (y > height / 2)[..., None]
    )
    page[np.abs(y - 0.3 * x - 3) < 0.8] = 0.0
    page[np.abs(x - 0.5 * y - 9) < 0.25] = 0.3
    return page.reshape(height, 8, width, 8, -1).mean(axis=(1, 3))


def signature(drawing):
    """A hash of all whole numbers, labels first."""
    arrays = (drawing.places.seeds, drawing.potentials, drawing.colours, drawing.detail)
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(a, "<i4").tobytes() for a in arrays)
    ).hexdigest()


def drawing_in(path):
    chunks, _ = chunks_of(container_of(path), path.name)
    return drawing_of(chunks, path.name)[0]


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    pages = {
        "grey": (thin(26, 19), {}),
        "rgb": (discs(23, 15, [(0.9, 0.1, 0.1), (0.1, 0.2, 0.8), (0.1, 0.7, 0.2)]), {}),
        "small": (discs(23, 15, [(0.9, 0.1, 0.1), (0.1, 0.2, 0.8)], 1.3), {"bytes": 600}),
        "one": (np.full((3, 2, 1), 0.4), {}),
        "squares": (np.indices((9, 12)).sum(axis=0)[..., None] % 5 / 4.0, {"pixel_art": "keep"}),
    }
    found = {}
    for name, (values, settings) in pages.items():
        path = HERE / f"{name}.redraw"
        levels = np.rint(values * 255).astype(np.uint8)
        redraw.fit(levels, model="cel", **settings).save(path, force=True)
        found[name] = signature(drawing_in(path))
    (HERE / "numbers.json").write_text(json.dumps(found, indent=1) + "\n")
