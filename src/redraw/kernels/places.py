"""Where the kept coefficients of a spline pyramid are, as few bits: an adaptive binary range coder.

Bands come from the coarsest to the finest, so that what is known of the coarser one, of the planes
before and of the blocks above and to the left says how likely it is that a block keeps anything. A
block says whether it does; if so, which matrix it takes and which of its four coefficients are
there. All probabilities are whole numbers, so every machine reads what any machine wrote.

Shapes: C planes, H rows, W columns, B blocks.

Source of the coder: Martin 1979, "Range encoding", with carries resolved as in Schindler 1998.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Bits of a probability, and how quickly it follows: it moves by 1/32 of the way.
SCALE, RATE = 15, 5
TOP = 1 << 24
# Contexts of "keeps anything": plane, level, activity around, in the coarser band, in the plane
# before. Numbers outside of blocks have one for each band and plane.
ACTIVITIES = 10
FLAGS = 2 * 4 * ACTIVITIES * 3 * 3
# Patterns have a context more where more than this is kept around.
BUSY = 7
# What the coder remembers stands before the contexts' probabilities of a zero.
LOW, RANGE, CACHE, PENDING, AT, CODE = range(6)
FIRST = 8


@inner
def _put(state, out, byte):
    """Write a byte; what doesn't fit is counted only."""
    at = state[AT]
    if 0 <= at < len(out):
        out[at] = byte
    state[AT] = at + 1


@inner
def _shift(state, out):
    """Move the topmost byte of the interval out, once no carry can reach it any more."""
    low = state[LOW]
    if low < 0xFF000000 or low >= 1 << 32:
        carry = low >> 32
        byte = state[CACHE]
        while state[PENDING] > 0:
            _put(state, out, (byte + carry) & 0xFF)
            byte = 0xFF
            state[PENDING] -= 1
        state[CACHE] = (low >> 24) & 0xFF
    state[PENDING] += 1
    state[LOW] = (low & 0x00FFFFFF) << 8


@inner
def _get(state, out):
    """Read a byte; zeros follow the last."""
    at = state[AT]
    state[AT] = at + 1
    return np.int64(out[at]) if at < len(out) else np.int64(0)


@inner
def _code(state, out, context, bit, decoding):
    """Write `bit`, or read one; and learn from it."""
    chance = state[context]
    range_ = state[RANGE]
    bound = (range_ >> SCALE) * chance
    if decoding:
        bit = 0 if state[CODE] < bound else 1
    if bit == 0:
        range_ = bound
        state[context] = chance + (((1 << SCALE) - chance) >> RATE)
    else:
        if decoding:
            state[CODE] -= bound
        else:
            state[LOW] += bound
        range_ -= bound
        state[context] = chance - (chance >> RATE)
    if range_ < TOP:
        range_ = _renew(state, out, range_, decoding)
    state[RANGE] = range_
    return bit


@inner
def _renew(state, out, range_, decoding):
    """Make the interval large again, byte by byte."""
    while range_ < TOP:
        range_ <<= 8
        if decoding:
            state[CODE] = ((state[CODE] << 8) | _get(state, out)) & 0xFFFFFFFF
        else:
            _shift(state, out)
    return range_


@inner
def _tree(state, out, base, bits, symbol, decoding):
    """A number of some bits, the highest first; each has a probability of its own."""
    node = 1
    for level in range(bits - 1, -1, -1):
        bit = _code(state, out, base + node, (symbol >> level) & 1, decoding)
        node = 2 * node + bit
    return node - (1 << bits)


@inner
def _pattern(mask, band, plane, by, bx):
    """Which coefficients of a block are kept, as four bits."""
    y, x = band[0] + 2 * by, band[1] + 2 * bx
    right, below = np.int64(mask[plane, y, x + 1]), np.int64(mask[plane, y + 1, x])
    if band[4]:
        right, below = below, right
    return (
        np.int64(mask[plane, y, x])
        | right << 1
        | below << 2
        | np.int64(mask[plane, y + 1, x + 1]) << 3
    )


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
def _blocks(state, out, mask, choices, counts, bands, k, plane, bits, decoding):
    """The blocks of one band of one plane. `counts` says how many coefficients each keeps. (B,)"""
    band = bands[k]
    level = k // 3
    down, across = band[2] // 2, band[3] // 2
    coarser = _coarser(bands, k, plane)
    start = FIRST + (min(plane, 1) * 4 + min(level, 3)) * ACTIVITIES * 9
    patterns = FIRST + FLAGS
    trees = patterns + (32 << bits)
    for by in range(down):
        line = band[5] + (plane * down + by) * across
        for bx in range(across):
            at = line + bx
            around, near = _near(counts, at, by, bx, down, across, plane, coarser)
            context = start + near
            pattern = np.int64(0) if decoding else _pattern(mask, band, plane, by, bx)
            some = _code(state, out, context, np.int64(pattern > 0), decoding)
            if some == 0:
                choices[at] = 0
                continue
            family = min(level, 2) * 2 + (1 if k % 3 == 2 else 0)
            choice = _tree(
                state, out, trees + (family << bits), bits, np.int64(choices[at]), decoding
            )
            base = patterns + ((choice * 2 + (1 if around > BUSY else 0)) << 4)
            pattern = _tree(state, out, base, 4, pattern, decoding)
            counts[at] = (pattern & 1) + (pattern >> 1 & 1) + (pattern >> 2 & 1) + (pattern >> 3)
            if decoding:
                choices[at] = choice
                y, x = band[0] + 2 * by, band[1] + 2 * bx
                right, below = pattern >> 1 & 1, pattern >> 2 & 1
                if band[4]:
                    right, below = below, right
                mask[plane, y, x], mask[plane, y, x + 1] = pattern & 1, right
                mask[plane, y + 1, x], mask[plane, y + 1, x + 1] = below, pattern >> 3


@entry
def code(mask, choices, bands, corner, bits, out, decoding):
    """Write places and choices, or read them.

    Args:
        mask: 1 where a number is kept. (C, H, W) uint8
        choices: Set to 0 where a block keeps nothing. (B,) uint8
        bands: See `redraw.kernels.wavelet`.
        corner: Rows and columns of the low coefficients of the last level.
        bits: Of a choice.
        out: The bytes. Writing fills it as far as there is room; to reading, any bytes are some
            places. (n,) uint8
        decoding: Whether to read: then mask and choices, all zero before, are filled.

    Returns:
        How many bytes there are, when writing.
    """
    singles = FIRST + FLAGS + (40 << bits)
    state = np.full(singles + 2 * (len(bands) + 3), 1 << (SCALE - 1), np.int64)
    state[:FIRST] = 0
    state[RANGE] = 0xFFFFFFFF
    if decoding:
        for _ in range(4):
            state[CODE] = (state[CODE] << 8) | _get(state, out)
    else:
        state[AT] = -1  # the first byte that comes out is nothing
        state[PENDING] = 1
    counts = np.zeros(len(choices), np.uint8)
    for k in range(len(bands) // 3, -1, -1):
        for third in range(_thirds(bands, k)):
            top, left, rows, columns, down, across = _area(bands, corner, k, third)
            for plane in range(mask.shape[0]):
                if k < len(bands) // 3:
                    at = 3 * k + third
                    _blocks(state, out, mask, choices, counts, bands, at, plane, bits, decoding)
                context = singles + 2 * (3 * k + third) + min(plane, 1)
                for y in range(rows):
                    for x in range(0 if y >= 2 * down else 2 * across, columns):
                        kept = np.int64(mask[plane, top + y, left + x])
                        mask[plane, top + y, left + x] = _code(state, out, context, kept, decoding)
    if not decoding:
        for _ in range(5):
            _shift(state, out)
    return state[AT]


@inner
def _spent(chances, context, bit, range_, size):
    """Interval and bytes after `bit`, as `_code` and `_renew` would have them; learns as they do.

    Both outcomes are computed and one is taken: a processor can't foretell which.
    """
    chance = chances[context]
    bound = (range_ >> SCALE) * chance
    less, more = chance - (chance >> RATE), chance + (((1 << SCALE) - chance) >> RATE)
    rest = range_ - bound
    range_ = rest if bit else bound
    chances[context] = less if bit else more
    while range_ < TOP:
        range_ <<= 8
        size += 1
    return range_, size


@inner
def _spent_tree(chances, base, bits, symbol, range_, size):
    """The same for a number of some bits, as `_tree` writes it."""
    node = 1
    for level in range(bits - 1, -1, -1):
        bit = (symbol >> level) & 1
        range_, size = _spent(chances, base + node, bit, range_, size)
        node = 2 * node + bit
    return range_, size


@inner
def _spent_blocks(
    chances, coefficients, threshold, choices, counts, bands, k, plane, bits, range_, size
):
    """The same for the blocks of one band of one plane, as `_blocks` writes them."""
    band = bands[k]
    level = k // 3
    down, across = band[2] // 2, band[3] // 2
    coarser = _coarser(bands, k, plane)
    start = FIRST + (min(plane, 1) * 4 + min(level, 3)) * ACTIVITIES * 9
    patterns = FIRST + FLAGS
    tree = patterns + (32 << bits) + ((min(level, 2) * 2 + (1 if k % 3 == 2 else 0)) << bits)
    for by in range(down):
        line = band[5] + (plane * down + by) * across
        y = band[0] + 2 * by
        for bx in range(across):
            at, x = line + bx, band[1] + 2 * bx
            first, last = (
                abs(coefficients[plane, y, x]) > threshold,
                abs(coefficients[plane, y + 1, x + 1]) > threshold,
            )
            right, below = (
                abs(coefficients[plane, y, x + 1]) > threshold,
                abs(coefficients[plane, y + 1, x]) > threshold,
            )
            if band[4]:
                right, below = below, right
            count = np.int64(first) + np.int64(right) + np.int64(below) + np.int64(last)
            around, near = _near(counts, at, by, bx, down, across, plane, coarser)
            range_, size = _spent(chances, start + near, count > 0, range_, size)
            if count == 0:
                choices[at] = 0
                continue
            counts[at] = count
            choice = np.int64(choices[at])
            range_, size = _spent_tree(chances, tree, bits, choice, range_, size)
            base = patterns + ((choice * 2 + (1 if around > BUSY else 0)) << 4)
            pattern = (
                np.int64(first) | np.int64(right) << 1 | np.int64(below) << 2 | np.int64(last) << 3
            )
            range_, size = _spent_tree(chances, base, 4, pattern, range_, size)
    return range_, size


@entry
def bytes_needed(coefficients, threshold, choices, bands, corner, bits):
    """How many bytes `code` writes where all above a threshold are kept; none is written.

    A fit asks this several times in each step. What matters is how long the interval is, not where.

    Args:
        coefficients: (C, H, W)
        threshold: Coefficients with a larger absolute value are kept.
        choices: Set to 0 where a block keeps nothing. (B,) uint8
        bands: As for `code`.
        corner: As for `code`.
        bits: As for `code`.
    """
    singles = FIRST + FLAGS + (40 << bits)
    chances = np.full(singles + 2 * (len(bands) + 3), 1 << (SCALE - 1), np.int64)
    counts = np.zeros(len(choices), np.uint8)
    # The last four bytes of the interval, and the first byte, which is nothing.
    range_, size = 0xFFFFFFFF, 4
    for k in range(len(bands) // 3, -1, -1):
        for third in range(_thirds(bands, k)):
            top, left, rows, columns, down, across = _area(bands, corner, k, third)
            for plane in range(coefficients.shape[0]):
                if k < len(bands) // 3:
                    at = 3 * k + third
                    range_, size = _spent_blocks(
                        chances,
                        coefficients,
                        threshold,
                        choices,
                        counts,
                        bands,
                        at,
                        plane,
                        bits,
                        range_,
                        size,
                    )
                context = singles + 2 * (3 * k + third) + min(plane, 1)
                for y in range(rows):
                    for x in range(0 if y >= 2 * down else 2 * across, columns):
                        kept = abs(coefficients[plane, top + y, left + x]) > threshold
                        range_, size = _spent(chances, context, kept, range_, size)
    return size
