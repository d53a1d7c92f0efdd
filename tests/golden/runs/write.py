"""Runs as a version from before the rooms (df31b60) left them half-way, and what they end with.

Run by that version: PYTHONPATH=its src, this file's argument the folder to write.
"""

import sys
from pathlib import Path

import numpy as np

from redraw.fitting.planning import prepare
from redraw.fitting.run import Run
from redraw.signals.picture import Picture
from redraw.signals.table import Table

STEPS = 16
y, x = np.mgrid[:20, :24] / 24
planes = (0.5 + 0.4 * np.sin(9 * x + 4 * y), np.hypot(x - 0.4, y - 0.4) < 0.25, y)
waves = Picture.from_array(
    np.rint(255 * np.stack(planes, -1).astype(float)).astype(np.uint8), name="waves"
)
inputs = np.random.default_rng(1).uniform(-1.0, 1.0, (40, 2))
table = Table.from_arrays(inputs, inputs[:, :1] * inputs[:, 1:], held_out=0.25, name="products")
grid = {"hidden": "8", "levels": "3", "table": "6"}
RUNS = {
    "tanh": (waves, {"model": "tanh", "settings": {"hidden": "8,8"}, "engine": "cpu"}),
    "siren": (waves, {"model": "siren", "settings": {"hidden": "8"}, "engine": "reference"}),
    "hash": (waves, {"model": "hash", "settings": grid, "engine": "cpu"}),
    "spline": (waves, {"model": "spline", "budget": 300}),
    "table": (table, {"model": "table", "settings": {"hidden": "8"}, "keep": "best", "frames": 0}),
}


def run(folder: Path, name: str, last: int) -> Run:
    signal, options = RUNS[name]
    plan = prepare(
        signal,
        **{"steps": STEPS, "frames": 2, "checkpoint_every": 0.0, "threads": 1} | options,
        device="cpu",
    )
    made = Run.start(signal, plan, folder / f"{name}.run")
    for _ in made.events():
        if made.at.step >= last:
            made.save()
            break
    return made


for name in RUNS:
    run(Path(sys.argv[1]), name, 3 if name == "spline" else STEPS // 2)  # it is soon done
    (Path(sys.argv[1]) / f"{name}.run/lock").unlink(missing_ok=True)
    whole = run(Path(sys.argv[1]) / "whole", name, 2 * STEPS)
    whole.result.save(Path(sys.argv[1]) / f"{name}.redraw")
