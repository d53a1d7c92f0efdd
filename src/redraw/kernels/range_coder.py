"""An adaptive binary range coder: bits with chances that it learns, written, read, or measured.

What it is told of is a `state`: where the interval lies and what was learned of each context. How
long the interval is, `range_`, and how many bytes it has moved on by, `size`, go from call to call
as values, so that they stay in registers. All chances are whole numbers: every machine reads what
any machine wrote.

To measure, there are no bytes (`out` is None). Numba then compiles the same functions without what
writes: a fit asks several times in each step how many bytes there would be.

Sources: Martin 1979, "Range encoding"; carries resolved as in Schindler 1998.
"""

import numpy as np

from redraw.kernels.compiling import inner

# Bits of a chance, and how quickly it follows: it moves by 1/32 of the way.
SCALE, RATE = 15, 5
TOP = 1 << 24
# What the coder remembers stands before the contexts' chances of a zero.
LOW, CACHE, PENDING, AT, CODE = range(5)
FIRST = 8
# The interval in the beginning.
WHOLE = 0xFFFFFFFF


@inner
def opened(contexts, out, decoding):
    """A state that knows nothing yet of so many contexts; their numbers begin at `FIRST`."""
    state = np.full(FIRST + contexts, 1 << (SCALE - 1), np.int64)
    state[:FIRST] = 0
    state[AT] = -1  # the first byte that comes out is nothing
    state[PENDING] = 1
    if out is not None and decoding:
        state[AT] = 0
        for _ in range(4):
            state[CODE] = (state[CODE] << 8) | _get(state, out)
    return state


@inner
def closed(state, out, size, decoding):
    """Write what is left of the interval; how many bytes there are in all."""
    if out is not None and not decoding:
        for _ in range(5):
            _shift(state, out)
    return size + 4  # the last five bytes, without the first byte, which is nothing


@inner
def coded(state, out, context, bit, range_, size, decoding):
    """Write `bit`, read one, or measure it; and learn from it.

    Both outcomes are computed and one is taken: a processor can't foretell which.

    Args:
        state: As of `opened`; changed.
        out: The bytes, or None to measure. (n,) uint8
        context: Which chance counts.
        bit: What is written; any when reading.
        range_: How long the interval is.
        size: How many bytes it has moved on by.
        decoding: Whether to read.

    Returns:
        The bit, and what has become of `range_` and `size`.
    """
    chance = state[context]
    bound = (range_ >> SCALE) * chance
    if out is not None:
        if decoding:
            bit = state[CODE] >= bound
            if bit:
                state[CODE] -= bound
        elif bit:
            state[LOW] += bound
    less, more = chance - (chance >> RATE), chance + (((1 << SCALE) - chance) >> RATE)
    rest = range_ - bound
    range_ = rest if bit else bound
    state[context] = less if bit else more
    while range_ < TOP:
        range_ <<= 8
        size += 1
        if out is not None:
            if decoding:
                state[CODE] = ((state[CODE] << 8) | _get(state, out)) & 0xFFFFFFFF
            else:
                _shift(state, out)
    return bit, range_, size


@inner
def coded_number(state, out, base, bits, number, range_, size, decoding):
    """The same for a number of some bits, the highest first; each has a chance of its own."""
    node = np.int64(1)
    for level in range(bits - 1, -1, -1):
        bit = ((number >> level) & 1) == 1
        bit, range_, size = coded(state, out, base + node, bit, range_, size, decoding)
        node = 2 * node + np.int64(bit)
    return node - (1 << bits), range_, size


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
