"""An arithmetic coder of single bits, each with a chance that the caller names.

The interval is [low, high], both 32 bits. A bit takes the part of it that its chance says; leading
bytes that low and high share come out. There are no carries, all products stay below 2^48, and past
the last byte zeros follow, so any bytes decode to something.

Source: Mahoney 2005, "Adaptive weighing of context models for lossless data compression" (the
coder of PAQ6); docs/format.md has it as a reader needs it.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# What a coder remembers. (WORDS,) int64
LOW, HIGH, CODE, AT = range(4)
WORDS = 4
FULL = 0xFFFFFFFF


@inner
def begin_reading(coder, data):
    """Take the first four bytes. (WORDS,), (n,) uint8"""
    coder[LOW], coder[HIGH], coder[CODE], coder[AT] = 0, FULL, 0, 0
    for _ in range(4):
        coder[CODE] = (coder[CODE] << 8) | _next(coder, data)


@inner
def begin_writing(coder):
    """Nothing is written yet. (WORDS,)"""
    coder[LOW], coder[HIGH], coder[CODE], coder[AT] = 0, FULL, 0, 0


@inner
def _next(coder, data):
    at = coder[AT]
    coder[AT] = at + 1
    return np.int64(data[at]) if at < len(data) else np.int64(0)


@inner
def next_bit(low, high, code, at, data, chance):
    """As `read_bit`, for who keeps the coder's words in variables, which is twice as fast.

    Returns the bit and the four words.
    """
    middle = low + (((high - low) * chance) >> 16)
    bit = np.int64(code <= middle)
    if bit:
        high = middle
    else:
        low = middle + 1
    while (low ^ high) < 0x1000000:
        code = (code << 8) & FULL
        if at < len(data):
            code |= np.int64(data[at])
        at += 1
        low = (low << 8) & FULL
        high = ((high << 8) & FULL) | 255
    return bit, low, high, code, at


@inner
def read_bit(coder, data, chance):
    """The next bit, if 1 has the chance `chance` of 65536 (1 to 65535)."""
    bit, low, high, code, at = next_bit(
        coder[LOW], coder[HIGH], coder[CODE], coder[AT], data, chance
    )
    coder[LOW], coder[HIGH], coder[CODE], coder[AT] = low, high, code, at
    return bit


@inner
def write_bit(coder, data, bit, chance):
    """Write a bit; what does not fit into `data` is counted only."""
    low, high = coder[LOW], coder[HIGH]
    middle = low + (((high - low) * chance) >> 16)
    if bit:
        high = middle
    else:
        low = middle + 1
    while (low ^ high) < 0x1000000:
        at = coder[AT]
        if at < len(data):
            data[at] = high >> 24
        coder[AT] = at + 1
        low = (low << 8) & FULL
        high = ((high << 8) & FULL) | 255
    coder[LOW], coder[HIGH] = low, high


@inner
def finish_writing(coder, data):
    """Write as few bytes as name a number of the interval, zeros after them; returns the length."""
    for count in range(1, 5):
        shift = 32 - 8 * count
        code = (coder[HIGH] >> shift) << shift
        if code >= coder[LOW]:
            for n in range(count):
                at = coder[AT]
                if at < len(data):
                    data[at] = (code >> (24 - 8 * n)) & 255
                coder[AT] = at + 1
            break
    while 0 < coder[AT] <= len(data) and data[coder[AT] - 1] == 0:
        coder[AT] -= 1
    return coder[AT]


@inner
def coded_bit(coder, data, chance, bit, reading):
    """A bit of that chance of 65536: the one that is read, or written."""
    if reading:
        return read_bit(coder, data, chance)
    write_bit(coder, data, bit, chance)
    return np.int64(bit)


@entry
def begin(coder, data, reading):
    """Begin a stream. (WORDS,), (n,) uint8"""
    if reading:
        begin_reading(coder, data)
    else:
        begin_writing(coder)


@entry
def finish(coder, data):
    """End a stream that is written; returns its length in bytes. (WORDS,), (n,) uint8"""
    return finish_writing(coder, data)
