"""The strong rival for two-tone drawings: enlarge, cut at one half, trace outlines with potrace.

It knows ink and paper only: no grey, no colour, no soft shading.
"""

import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.metrics import psnr
from redraw.signals.picture.resampling import lanczos

ENLARGED = 8  # the picture is enlarged by this before it is cut at one half
FINE = 4  # pixels that potrace draws for one of the result's, along each axis
# Corner threshold, curve tolerance and speckle size: nine settings in which each of three values of
# each meets each of the others' once. Potrace's own are 1.0, 0.2 and 2.
SETTINGS = (
    (0.6, 0.1, 0), (0.8, 0.1, 2), (1.0, 0.1, 20),
    (0.6, 0.2, 20), (0.8, 0.2, 0), (1.0, 0.2, 2),
    (0.6, 0.5, 2), (0.8, 0.5, 20), (1.0, 0.5, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Traced:
    """The best of all settings, judged by the truth, as no user could.

    Attributes:
        values: The drawing. (H, W, 1)
        psnr: In dB.
        settings: Corner threshold, curve tolerance, speckle size.
        seconds: Of one tracing, enlarging and drawing included.
    """

    values: NDArray[np.float32]
    psnr: float
    settings: tuple[float, float, int]
    seconds: float


def refusal(values: NDArray[np.floating]) -> str | None:
    """Why a picture (H, W, C) can't be traced here, or None."""
    if values.shape[2] != 1:
        return "tracing knows ink and paper only: it has no answer for colour and soft shading"
    if shutil.which("potrace") is None:
        return "potrace is not installed (apt-get install potrace)"
    return None


def version() -> str:
    """Of the potrace that is installed."""
    found = subprocess.run(["potrace", "--version"], capture_output=True, text=True, check=True)
    return found.stdout.split(".  ")[0].split("\n")[0].split(". C")[0]


def trace(values: NDArray[np.floating], truth: NDArray[np.floating]) -> Traced:
    """Trace a drawing and draw the outlines at the truth's size.

    Args:
        values: The small drawing, 1 = paper. (h, w, 1)
        truth: What decides which setting is best. (H, W, 1), H a multiple of h
    """
    best: Traced | None = None
    for settings in SETTINGS:
        began = time.perf_counter()
        drawn = outlines(values, truth.shape[0], settings)
        seconds = time.perf_counter() - began
        quality = psnr(drawn, truth)
        if best is None or quality > best.psnr:
            best = Traced(drawn, quality, settings, seconds)
    assert best is not None
    return best


def outlines(
    values: NDArray[np.floating], size: int, settings: tuple[float, float, int]
) -> NDArray[np.float32]:
    """The drawing traced with one setting, area-averaged at `size` rows. (size, W, 1)"""
    height, width = values.shape[:2]
    large = lanczos(values, width * ENLARGED, height * ENLARGED)[:, :, 0]
    corner, tolerance, speckle = settings
    scale = size * FINE / (height * ENLARGED)
    with tempfile.TemporaryDirectory() as name:
        bitmap, greymap = Path(name) / "in.pbm", Path(name) / "out.pgm"
        Image.fromarray(large >= 0.5).save(bitmap)
        command = [
            "potrace", "--backend", "pgm", "--scale", f"{scale:g}", "--gamma", "1",
            "--alphamax", f"{corner:g}", "--opttolerance", f"{tolerance:g}",
            "--turdsize", str(speckle), "--output", str(greymap), str(bitmap),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        drawn = np.asarray(Image.open(greymap), np.float32) / 255
    rows, columns = (side // FINE for side in drawn.shape)
    blocks = drawn[: rows * FINE, : columns * FINE].reshape(rows, FINE, columns, FINE)
    return blocks.mean(axis=(1, 3), dtype=np.float32)[:, :, None]
