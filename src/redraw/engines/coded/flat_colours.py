"""The quality at which a coded picture keeps the colours that it has exactly over areas.

At the usual quality even a ground of one colour may come out a few levels off, and wherever
something ends on an empty ground there are ripples of it. Where these are no more than what a
drawing of the field mends (`redraw.signals.picture.flats`), all is well; else finer steps are
tried, as long as they cost little.

Shapes: H rows, W columns, C channels.
"""

import numpy as np
from numpy.typing import NDArray

from redraw.coding import search
from redraw.coding.analysis import Analysis
from redraw.coding.picture import pixels_of
from redraw.fields.wavelet_config import WaveletConfig
from redraw.signals.picture.flats import Flat, flats_of, missed_by

# Tried beside the usual one, in dB.
FINER = (48.0, 54.0, 60.0, 66.0, 76.0, 96.0)
# Pictures of more pixels, and those of which less is flat, are taken as they are.
MOST_PIXELS, LEAST_FLAT = 1 << 22, 0.25
# Bytes that may come of it: so many times as many as usual, or so many.
DEARER, CHEAP = 3.0, 1 << 14
# Of a colour's reach, how much may be missed: all of it, but for rounding.
SAFE = 1.001
_USUAL_MOST = 255


def quality_for(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    config: WaveletConfig,
    threads: int,
) -> float:
    """The least quality in dB at which all of them are kept; the usual one where none does.

    Args:
        values: What is learned. (H, W, C)
        known: Where there are values; None for everywhere. (H, W)
        config: Of the field.
        threads: How many work on it.
    """
    usual = config.quality
    if known is not None or values.shape[0] * values.shape[1] > MOST_PIXELS:
        return usual
    flats = flats_of(values, None)
    share = sum(
        float((values == np.array(flat.values, np.float32)).all(2).mean()) for flat in flats
    )
    if share < LEAST_FLAT:
        return usual
    most = 2**config.depth - 1
    pixels = np.rint(np.clip(values, 0, 1) * np.float32(most)).astype(np.uint16)
    allowed = 0.0
    for quality in (usual, *FINER):
        step = search.step_of_psnr(quality)
        analysis = Analysis.of(pixels, config.depth, tile=config.tile, step=step)
        written, _ = search.with_psnr(analysis, quality, threads=threads)
        size = written.coded.size
        allowed = allowed or max(DEARER * size, CHEAP)
        made = pixels_of(written.quantised.about, written.quantised.planes(threads=threads))
        drawn = made.astype(np.float32) / np.float32(most)
        if size > allowed:
            return usual
        if _kept(flats, values, drawn, most):
            return quality
    return usual


def _kept(
    flats: tuple[Flat, ...], values: NDArray[np.float32], drawn: NDArray[np.float32], most: int
) -> bool:
    missed = missed_by(flats, values, drawn)
    half = 0.5 / min(most, _USUAL_MOST)
    return all(off < max(half, SAFE * flat.reach) for flat, off in zip(flats, missed, strict=True))
