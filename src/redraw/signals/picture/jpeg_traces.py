"""Whether pixels came out of a JPEG, and of which quality: their cosines lie on its steps.

A JPEG rounds the cosine coefficients of blocks of 8 x 8 pixels to whole numbers of steps. Pixels
that were decoded from it, a screenshot of it included, still have coefficients near these, blurred
only by the rounding of pixels. What is asked of each quality is how well they lie on its steps,
among those that are not on step 0.

Source: Fan & de Queiroz 2003, "Identification of bitmap compression history".

Shapes: H rows, W columns, C channels, n blocks.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.jpeg_steps import SIDE, JpegSteps, tables

Floats = NDArray[np.floating]

TO_Y = (0.299, 0.587, 0.114)
QUALITIES = range(10, 93)  # beyond, steps are as small as the rounding of pixels
COARSEST = 3  # cosines (u, v) with u + v up to this are looked at: others are mostly 0
# Coefficients that are needed; how well they have to lie on steps (undamaged drawings: .02 to .05,
# JPEG of quality 50 to 90: .06 to .37), and by how many deviations of what chance gives.
FEWEST, SURE, BY_CHANCE = 40, 0.05, 5.0
MOST_BLOCKS = 4096
# Those that a file says lie at least so well, against the best: neighbours share many steps.
MUCH = 0.5
# Pixels whose blocks are made at once, about eight times as many.
STRIP = 1 << 17
# Share of equal neighbours in blocks that are not flat: drawings that were never coded have flat
# areas beside their edges; a JPEG ripples all over a block.
EQUAL = 0.35


def cosines() -> NDArray[np.float64]:
    """The orthonormal transform of 8 values. (8, 8)"""
    k = np.arange(SIDE)
    waves = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / (2 * SIDE))
    return waves * np.where(k == 0, np.sqrt(1 / SIDE), 0.5)[:, None]


def steps_of(values: Floats, said: JpegSteps | None = None) -> JpegSteps | None:
    """The steps of the JPEG that pixels came from; None if they don't look so.

    Args:
        values: In [0, 1]; blocks begin at the first pixel. (H, W, C)
        said: What the file said that they were read from: taken if they lie on these, or on others
            of the library's not much better.
    """
    coefficients = _coefficients(values)
    if coefficients is None:
        return None
    best, score = None, 0.0
    for quality in QUALITIES:
        found, count = _on_steps(coefficients, tables(quality)[0])
        if found > score and _sure(found, count):
            best, score = JpegSteps(quality), found
    if said is not None:
        found, count = _on_steps(coefficients, said.tables[0])
        if _sure(found, count) or (best is not None and found > MUCH * score):
            return said
    return best


def _sure(found: float, count: int) -> bool:
    """Whether coefficients lie on steps by more than chance: as `_on_steps` says."""
    return found > max(SURE, BY_CHANCE / np.sqrt(2.0 * max(1, count)))


def _coefficients(values: Floats) -> Floats | None:
    """Cosines of blocks that are not flat, if they look as a JPEG's. (n, 8, 8)"""
    rows, columns = values.shape[0] // SIDE, values.shape[1] // SIDE
    if not rows or not columns:
        return None
    blocks = _blocks(values[: rows * SIDE, : columns * SIDE])
    if not len(blocks) or float((np.diff(blocks, axis=2) == 0.0).mean()) > EQUAL:
        return None
    waves = cosines()
    return waves @ blocks @ waves.T


def _blocks(values: Floats) -> Floats:
    """Brightness of those that are not flat, in levels of 255, each once. (H, W, C) -> (n, 8, 8)"""
    found = []
    strip = max(1, STRIP // values.shape[1]) * SIDE
    for top in range(0, len(values), strip):
        part = values[top : top + strip]
        if values.shape[2] >= 3:
            grey = part[..., :3] @ np.array(TO_Y, np.float32)
        else:
            grey = part[..., 0]
        rows, columns = (side // SIDE for side in grey.shape)
        blocks = grey.reshape(rows, SIDE, columns, SIDE).transpose(0, 2, 1, 3)
        blocks = blocks.reshape(-1, SIDE, SIDE)
        found.append(blocks[np.ptp(blocks, axis=(1, 2)) > 0.02])
    blocks = np.concatenate(found)
    # Where a decoder cut values off, cosines have moved.
    inside = (blocks.min(axis=(1, 2)) > 0.0) & (blocks.max(axis=(1, 2)) < 1.0)
    blocks = blocks[inside] if inside.sum() >= 32 else blocks
    blocks = blocks[:: max(1, -(-len(blocks) // MOST_BLOCKS))]
    return 255.0 * np.unique(blocks.astype(np.float64), axis=0)


def _on_steps(coefficients: Floats, steps: Floats) -> tuple[float, int]:
    """How near coefficients are to whole steps: 1 for on them, 0 for anywhere; and how many are."""
    u = np.arange(SIDE)
    low = (u[:, None] + u <= COARSEST) & (u[:, None] + u > 0)
    parts = coefficients[:, low] / steps[low]
    moved = np.abs(parts) > 0.5
    count = int(moved.sum())
    if count < FEWEST:
        return 0.0, count
    return float(np.cos(2.0 * np.pi * parts[moved]).mean()), count
