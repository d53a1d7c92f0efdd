"""The coefficients of one block of a large picture's wavelet as bytes, and back: made for speed.

A block holds the three bands of one level within a square, of all planes. Each coefficient is told
by its neighbours in the band, by bands that come before, and by its parent, the coefficient at its
place in the next coarser level. Two contexts give a chance each, and their mean is used. The
chances begin where the file says and learn as they go; nothing else is needed to read a block but
its parent.

Shapes: C planes, h rows, w columns; arrays of coefficients have a border of BORDER zeros all
    around.
"""

import numpy as np

from redraw.kernels.binary_coder import (
    FULL,
    begin_writing,
    finish_writing,
    next_bit,
    write_bit,
)
from redraw.kernels.compiling import entry, inner
from redraw.kernels.octaves import few

BORDER = 2
# Classes of the weighted sum of all neighbours, of those in the band, and of all others.
SUMS, OWN, OTHERS = 32, 14, 14
# What all neighbours in the band weigh together.
OWN_WEIGHT = 24
# Kinds of bands: three planes (the third stands for all further ones), and two shapes.
BANDS = 6
# Unary bits of a size before the rest is written in bits of even chance.
SIZES, SIZE_CLASSES = 14, 12
# Where chances of a kind begin in the table, and how many there are.
BY_SUM = 0
BY_OWN = BY_SUM + BANDS * SUMS
BY_SIZE = BY_OWN + BANDS * OWN * OTHERS
CONTEXTS = BY_SIZE + 3 * SIZES * SIZE_CLASSES
# How many bits a chance remembers at most, and within what it stays, of 65536.
MEMORY = 160
LEAST, MOST = 24, 65512
EVEN = 32768
LARGEST = 1 << 20
# How far a chance moves after it has seen so many bits, in 1/65536.
RATES = 131072 // (2 * np.arange(MEMORY + 1) + 3)


@inner
def _learn(chances, counts, at, bit):
    """Move a chance towards what came. chances, counts (CONTEXTS,) int32"""
    n = counts[at]
    target = np.int64(65535) if bit else np.int64(0)
    chances[at] += ((target - chances[at]) * RATES[n]) >> 16
    if n < MEMORY:
        counts[at] = n + 1


@inner
def _chance(chances, first, second):
    return min(max((chances[first] + chances[second]) >> 1, LEAST), MOST)


@inner
def _around(sizes, plane, third, y, x):
    """The sum of a coefficient and of those beside it: 2 x its own, 1 x each of the four."""
    part = sizes[plane, third]
    return 2 * part[y, x] + part[y - 1, x] + part[y + 1, x] + part[y, x - 1] + part[y, x + 1]


@inner
def _gather(sizes, parents, plane, third, h, w, told):
    """What the other bands and the parent say of each number of a band, times four.

    Args:
        sizes: Of all bands of the block, as far as they are known. (C, 3, h + 4, w + 4) int32
        parents: Sizes of the next coarser level in the same square. (C, 3, h / 2 + 4, w / 2 + 4)
        plane: Of the band.
        third: Which of three it is.
        h: Rows of the band.
        w: Columns.
        told: Filled. (h, w) int32

    Returns:
        65536 over the weight of all that is asked; over that of all but the band itself; and the
        kind of the band.
    """
    weight, kind = 10, 2 * min(plane, 2) + (third == 2)
    for y in range(h):
        up = parents[plane, third, (y >> 1) + BORDER]
        side = parents[plane, third, (y >> 1) + BORDER + (1 if y & 1 else -1)]
        for x in range(w):
            at = (x >> 1) + BORDER
            beside = up[at + (1 if x & 1 else -1)]
            told[y, x] = 6 * up[at] + 2 * beside + 2 * side[at]
    for other in range(third):
        weight += 6
        for y in range(h):
            for x in range(w):
                told[y, x] += _around(sizes, plane, other, y + BORDER, x + BORDER)
    for other in range(min(plane, 2)):
        weight += 6
        for y in range(h):
            for x in range(w):
                told[y, x] += _around(sizes, other, third, y + BORDER, x + BORDER)
    return np.int64(65536) // (OWN_WEIGHT + weight), np.int64(65536) // weight, kind


@inner
def _contexts(here, above, higher, others, kind, plane, at, total, other):
    """Which two chances say whether a coefficient is zero, and where those of its size begin.

    Args:
        here: Sizes of the coefficient's row, as far as they are known. (w + 4,) int32
        above: Of the row above it. (w + 4,)
        higher: Of the row above that. (w + 4,)
        others: What `_gather` says of the coefficient.
        kind: Of the band.
        plane: Of the band.
        at: The coefficient's place in its row.
        total: 65536 over the weight of all that is asked.
        other: 65536 over the weight of all but the band itself.
    """
    near = (
        6 * (here[at - 1] + above[at])
        + 3 * (above[at - 1] + above[at + 1])
        + 2 * (here[at - 2] + higher[at])
        + higher[at - 1]
        + higher[at + 1]
    )
    # Means of sizes, in 1/16.
    level = few(((near + others) * total) >> 12, SUMS - 1)
    first = BY_SUM + kind * SUMS + level
    second = BY_OWN + (
        (kind * OWN + few((near * 2) // 3, OWN - 1)) * OTHERS
        + few((others * other) >> 12, OTHERS - 1)
    )
    size = min(plane, 2) * SIZE_CLASSES + min(level // 2, SIZE_CLASSES - 1)
    return first, second, BY_SIZE + size * SIZES


@entry
def write(coefficients, shapes, parents, chances, counts, coder, data):
    """Write a block.

    Args:
        coefficients: (C, 3, h + 4, w + 4) int32
        shapes: Rows and columns of each of the three bands within the block. (3, 2) int64
        parents: Sizes in the next coarser level, zeros where there are none.
            (C, 3, h / 2 + 4, w / 2 + 4) int32
        chances: Where they begin; they learn. (CONTEXTS,) int32
        counts: How many bits each has seen. (CONTEXTS,) int32
        coder: (WORDS,) int64
        data: Room for the block's bytes. (n,) uint8

    Returns:
        Bytes that were written; if more than `data` has room for, it must be done again with more.
    """
    planes, rows, columns = coefficients.shape[0], coefficients.shape[2], coefficients.shape[3]
    sizes = np.zeros((planes, 3, rows, columns), np.int32)
    told = np.empty((rows, columns), np.int32)
    begin_writing(coder)
    for plane in range(planes):
        for third in range(3):
            for y in range(shapes[third, 0]):
                for x in range(shapes[third, 1]):
                    at = plane, third, y + BORDER, x + BORDER
                    sizes[at] = abs(coefficients[at])
    for plane in range(planes):
        for third in range(3):
            h, w = shapes[third]
            if h == 0 or w == 0:
                continue
            own, values = sizes[plane, third], coefficients[plane, third]
            some = np.int64(0)
            for y in range(h):
                for x in range(w):
                    some |= values[y + BORDER, x + BORDER] != 0
            # A band of zeros alone is one bit.
            write_bit(coder, data, some, EVEN)
            if not some:
                continue
            total, other, kind = _gather(sizes, parents, plane, third, h, w, told)
            for y in range(h):
                here, above, higher = own[y + BORDER], own[y + BORDER - 1], own[y + BORDER - 2]
                for x in range(w):
                    at = x + BORDER
                    first, second, base = _contexts(
                        here, above, higher, told[y, x], kind, plane, at, total, other
                    )
                    size = here[at]
                    bit = np.int64(size != 0)
                    write_bit(coder, data, bit, _chance(chances, first, second))
                    _learn(chances, counts, first, bit)
                    _learn(chances, counts, second, bit)
                    if bit:
                        negative = np.int64(values[y + BORDER, at] < 0)
                        write_bit(coder, data, negative, EVEN)
                        _write_size(coder, data, chances, counts, base, size)
    return finish_writing(coder, data)


@entry
def read(coefficients, shapes, parents, chances, counts, data):
    """Read a block: undoes `write`.

    Args:
        coefficients: Filled; it holds zeros before. (C, 3, h + 4, w + 4) int32
        shapes: As of `write`, and the others too.
        parents: (C, 3, h / 2 + 4, w / 2 + 4) int32
        chances: (CONTEXTS,) int32
        counts: (CONTEXTS,) int32
        data: The block's bytes; any bytes are some coefficients. (n,) uint8
    """
    planes, rows, columns = coefficients.shape[0], coefficients.shape[2], coefficients.shape[3]
    sizes = np.zeros((planes, 3, rows, columns), np.int32)
    told = np.empty((rows, columns), np.int32)
    # The coder's words are variables here, not an array: that reads twice as fast.
    low, high, code, place = np.int64(0), np.int64(FULL), np.int64(0), np.int64(0)
    for _ in range(4):
        code <<= 8
        if place < len(data):
            code |= np.int64(data[place])
        place += 1
    for plane in range(planes):
        for third in range(3):
            h, w = shapes[third]
            if h == 0 or w == 0:
                continue
            own, values = sizes[plane, third], coefficients[plane, third]
            some, low, high, code, place = next_bit(low, high, code, place, data, EVEN)
            if not some:
                continue
            total, other, kind = _gather(sizes, parents, plane, third, h, w, told)
            for y in range(h):
                here, above, higher = own[y + BORDER], own[y + BORDER - 1], own[y + BORDER - 2]
                for x in range(w):
                    at = x + BORDER
                    first, second, base = _contexts(
                        here, above, higher, told[y, x], kind, plane, at, total, other
                    )
                    chance = _chance(chances, first, second)
                    bit, low, high, code, place = next_bit(low, high, code, place, data, chance)
                    _learn(chances, counts, first, bit)
                    _learn(chances, counts, second, bit)
                    if not bit:
                        continue
                    negative, low, high, code, place = next_bit(low, high, code, place, data, EVEN)
                    size = np.int64(1)
                    more = np.int64(1)
                    while size <= SIZES:
                        context = base + size - 1
                        chance = min(max(chances[context], LEAST), MOST)
                        more, low, high, code, place = next_bit(
                            low, high, code, place, data, chance
                        )
                        _learn(chances, counts, context, more)
                        if not more:
                            break
                        size += 1
                    if more:  # the rest: how many bits, and these
                        length = 0
                        while length < 20:
                            more, low, high, code, place = next_bit(
                                low, high, code, place, data, EVEN
                            )
                            if not more:
                                break
                            length += 1
                        rest = np.int64(1)
                        for _ in range(length):
                            bit, low, high, code, place = next_bit(
                                low, high, code, place, data, EVEN
                            )
                            rest = (rest << 1) | bit
                        size = min(size + rest - 1, LARGEST)
                    here[at] = size
                    values[y + BORDER, at] = -size if negative else size


@inner
def _write_size(coder, data, chances, counts, base, size):
    for m in range(1, SIZES + 1):
        at = base + m - 1
        more = np.int64(size > m)
        write_bit(coder, data, more, min(max(chances[at], LEAST), MOST))
        _learn(chances, counts, at, more)
        if not more:
            return
    rest = min(np.int64(size), LARGEST) - SIZES
    length = 0
    while rest >> (length + 1):
        length += 1
    for _ in range(length):
        write_bit(coder, data, np.int64(1), EVEN)
    if length < 20:
        write_bit(coder, data, np.int64(0), EVEN)
    for k in range(length - 1, -1, -1):
        write_bit(coder, data, (rest >> k) & 1, EVEN)
