"""Which coefficients of a spline pyramid are kept, and by which transforms, as few bits: the model.

Bands come from the coarsest to the finest, so that what is known of the coarser one, of the planes
before and of the blocks above and to the left says how likely it is that a block keeps anything. A
block says whether it does; if so, which transform it takes and which of its four coefficients are
there. Each of these bits is one of `redraw.kernels.range_coder`, with a context of its own.

The model stands here once: to write, to read, and to say how many bytes there would be.

Shapes: C planes, H rows, W columns, B blocks, L levels.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.range_coder import FIRST, WHOLE, closed, coded, coded_number, opened

# Contexts of "keeps anything": plane, level, activity around, in the coarser band, in the plane
# before. Coefficients outside of blocks have one for each band and plane.
ACTIVITIES = 10
FLAGS = 2 * 4 * ACTIVITIES * 3 * 3
# Patterns have a context more where more than this is kept around.
BUSY = 7


@inner
def _pattern(planes, threshold, band, plane, by, bx):
    """Which coefficients of a block are above the threshold, as four bits."""
    y, x = band[0] + 2 * by, band[1] + 2 * bx
    first, last = (
        np.int64(abs(planes[plane, y, x]) > threshold),
        np.int64(abs(planes[plane, y + 1, x + 1]) > threshold),
    )
    right, below = (
        np.int64(abs(planes[plane, y, x + 1]) > threshold),
        np.int64(abs(planes[plane, y + 1, x]) > threshold),
    )
    if band[4]:
        right, below = below, right
    return first | right << 1 | below << 2 | last << 3


@inner
def _fill(planes, band, plane, by, bx, pattern):
    """Mark the coefficients of a block that a pattern says are kept."""
    y, x = band[0] + 2 * by, band[1] + 2 * bx
    right, below = pattern >> 1 & 1, pattern >> 2 & 1
    if band[4]:
        right, below = below, right
    planes[plane, y, x], planes[plane, y, x + 1] = pattern & 1, right
    planes[plane, y + 1, x], planes[plane, y + 1, x + 1] = below, pattern >> 3


@inner
def _thirds(bands, k):
    """How many areas level `k` has: three bands, or after the last level the low coefficients."""
    return 3 if k < len(bands) // 3 else 1


@inner
def _area(bands, corner, k, third):
    """Top, left, rows and columns of an area of the planes, and how many blocks down and across."""
    if k == len(bands) // 3:
        return 0, 0, corner[0], corner[1], 0, 0
    band = bands[3 * k + third]
    return band[0], band[1], band[2], band[3], band[2] // 2, band[3] // 2


@inner
def _coarser(bands, k, plane):
    """Blocks down, blocks across and the first block of the next coarser band of a plane."""
    if k + 3 >= len(bands):
        return 0, 0, 0
    down, across = bands[k + 3, 2] // 2, bands[k + 3, 3] // 2
    return down, across, bands[k + 3, 5] + plane * down * across


@inner
def _near(counts, at, by, bx, down, across, plane, coarser):
    """What is known of a block beforehand: how much is kept around it, and its context.

    Args:
        counts: How many coefficients each block keeps. (B,)
        at: The block, which is block (by, bx) of down x across of the band in this plane.
        coarser: As `_coarser` says.
    """
    left = np.int64(counts[at - 1]) if bx else 0
    above = np.int64(counts[at - across]) if by else 0
    beyond = np.int64(counts[at - across + 1]) if by and bx + 1 < across else 0
    around = 2 * (left + above) + beyond
    activity = min(around, 5) if around < 6 else min(4 + around // 3, ACTIVITIES - 1)
    parent = 0
    if by // 2 < coarser[0] and bx // 2 < coarser[1]:
        count = np.int64(counts[coarser[2] + by // 2 * coarser[1] + bx // 2])
        parent = min((count + 1) // 2, 2)
    before = min((np.int64(counts[at - down * across]) + 1) // 2, 2) if plane else 0
    return around, (activity * 3 + parent) * 3 + before


@inner
def _blocks(
    state,
    out,
    planes,
    threshold,
    block_transforms,
    counts,
    bands,
    k,
    plane,
    bits,
    range_,
    size,
    decoding,
):
    """The blocks of one band of one plane. `counts` says how many coefficients each keeps. (B,)"""
    band = bands[k]
    level = k // 3
    down, across = band[2] // 2, band[3] // 2
    coarser = _coarser(bands, k, plane)
    start = FIRST + (min(plane, 1) * 4 + min(level, 3)) * ACTIVITIES * 9
    patterns = FIRST + FLAGS
    family = min(level, 2) * 2 + (1 if k % 3 == 2 else 0)
    transforms = patterns + (32 << bits) + (family << bits)
    for by in range(down):
        line = band[5] + (plane * down + by) * across
        for bx in range(across):
            at = line + bx
            around, near = _near(counts, at, by, bx, down, across, plane, coarser)
            pattern = np.int64(0)
            if not decoding:
                pattern = _pattern(planes, threshold, band, plane, by, bx)
            some, range_, size = coded(
                state, out, start + near, pattern > 0, range_, size, decoding
            )
            if not some:
                block_transforms[at] = 0
                continue
            number = np.int64(block_transforms[at])
            number, range_, size = coded_number(
                state, out, transforms, bits, number, range_, size, decoding
            )
            base = patterns + ((number * 2 + (1 if around > BUSY else 0)) << 4)
            pattern, range_, size = coded_number(
                state, out, base, 4, pattern, range_, size, decoding
            )
            counts[at] = (pattern & 1) + (pattern >> 1 & 1) + (pattern >> 2 & 1) + (pattern >> 3)
            if out is not None and decoding:
                block_transforms[at] = number
                _fill(planes, band, plane, by, bx, pattern)
    return range_, size


@inner
def _pyramid(planes, threshold, block_transforms, bands, corner, bits, out, decoding):
    """All bands of all planes, and at last the low coefficients; how many bytes they are."""
    singles = FIRST + FLAGS + (40 << bits)
    state = opened(singles - FIRST + 2 * (len(bands) + 3), out, decoding)
    counts = np.zeros(len(block_transforms), np.uint8)
    range_, size = np.int64(WHOLE), np.int64(0)
    for k in range(len(bands) // 3, -1, -1):
        for third in range(_thirds(bands, k)):
            top, left, rows, columns, down, across = _area(bands, corner, k, third)
            for plane in range(planes.shape[0]):
                if k < len(bands) // 3:
                    range_, size = _blocks(
                        state, out, planes, threshold, block_transforms, counts, bands,
                        3 * k + third, plane, bits, range_, size, decoding,
                    )  # fmt: skip
                context = singles + 2 * (3 * k + third) + min(plane, 1)
                for y in range(rows):
                    for x in range(0 if y >= 2 * down else 2 * across, columns):
                        kept = abs(planes[plane, top + y, left + x]) > threshold
                        kept, range_, size = coded(
                            state, out, context, kept, range_, size, decoding
                        )
                        if out is not None and decoding:
                            planes[plane, top + y, left + x] = kept
    return closed(state, out, size, decoding)


@entry
def code(mask, block_transforms, bands, corner, bits, out, decoding):
    """Write what is kept and the blocks' transforms, or read them.

    Args:
        mask: 1 where a coefficient is kept. (C, H, W) uint8
        block_transforms: Which transform each block takes; set to 0 where it keeps nothing.
            (B,) uint8
        bands: See `redraw.kernels.wavelet`. (3 L, 6)
        corner: Rows and columns of the low coefficients of the last level.
        bits: Of a transform's number.
        out: The bytes. Writing fills it as far as there is room; to reading, any bytes mean
            something. (n,) uint8
        decoding: Whether to read: then mask and transforms, all zero before, are filled.

    Returns:
        How many bytes there are, when writing.
    """
    return _pyramid(mask, 0, block_transforms, bands, corner, bits, out, decoding)


@entry
def bytes_needed(coefficients, threshold, block_transforms, bands, corner, bits):
    """How many bytes `code` writes where all above a threshold are kept; none is written.

    Args:
        coefficients: (C, H, W)
        threshold: Coefficients with a larger absolute value are kept.
        block_transforms: Which transform each block takes; set to 0 where it keeps nothing.
            (B,) uint8
        bands: As for `code`. (3 L, 6)
        corner: As for `code`.
        bits: As for `code`.
    """
    return _pyramid(coefficients, threshold, block_transforms, bands, corner, bits, None, False)
