"""Whether pixels came out of a JPEG, and of which quality: their cosines lie on its steps.

A JPEG rounds the cosine coefficients of blocks of 8 x 8 pixels to whole numbers of steps. Pixels
that were decoded from it, a screenshot of it included, still have coefficients near these, blurred
only by the rounding of pixels. What is asked of each quality is how well they lie on its steps,
among those that are not on step 0.

Source: Fan & de Queiroz 2003, "Identification of bitmap compression history"; the tables are those
of ITU-T T.81, K.1 and K.2, scaled as the Independent JPEG Group's library does.

Shapes: H rows, W columns, C channels, n blocks.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

SIDE = 8
LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
)  # fmt: skip
TO_Y = (0.299, 0.587, 0.114)
QUALITIES = range(10, 93)  # beyond, steps are as small as the rounding of pixels
COARSEST = 3  # cosines (u, v) with u + v up to this are looked at: others are mostly 0
# Coefficients that are needed; how well they have to lie on steps (undamaged drawings: .02 to .05,
# JPEG of quality 50 to 90: .06 to .37), and by how many deviations of what chance gives.
FEWEST, SURE, BY_CHANCE = 40, 0.05, 5.0
MOST_BLOCKS = 4096
# Pixels whose blocks are made at once, about eight times as many.
STRIP = 1 << 17
# Share of equal neighbours in blocks that are not flat: drawings that were never coded have flat
# areas beside their edges; a JPEG ripples all over a block.
EQUAL = 0.35


def tables(quality: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The steps of brightness and of colour, in levels of 255. (8, 8) each"""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = [np.clip((np.array(base) * scale + 50) // 100, 1, 255) for base in (LUMA, CHROMA)]
    luma, chroma = (table.reshape(SIDE, SIDE).astype(np.float32) for table in steps)
    return luma, chroma


def cosines() -> NDArray[np.float64]:
    """The orthonormal transform of 8 values. (8, 8)"""
    k = np.arange(SIDE)
    waves = np.cos((2 * k[None] + 1) * k[:, None] * np.pi / (2 * SIDE))
    return waves * np.where(k == 0, np.sqrt(1 / SIDE), 0.5)[:, None]


def quality_of(values: Floats) -> int | None:
    """The quality of the JPEG that pixels came from; None if they don't look so.

    Args:
        values: In [0, 1]; blocks begin at the first pixel. (H, W, C)
    """
    rows, columns = values.shape[0] // SIDE, values.shape[1] // SIDE
    if not rows or not columns:
        return None
    blocks = _blocks(values[: rows * SIDE, : columns * SIDE])
    if not len(blocks) or float((np.diff(blocks, axis=2) == 0.0).mean()) > EQUAL:
        return None
    waves = cosines()
    coefficients = waves @ blocks @ waves.T
    best, score = None, SURE
    for quality in QUALITIES:
        found, count = _on_steps(coefficients, tables(quality)[0])
        if found > max(score, BY_CHANCE / np.sqrt(2.0 * max(1, count))):
            best, score = quality, found
    return best


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
