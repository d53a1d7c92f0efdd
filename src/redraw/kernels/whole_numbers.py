"""Lists of whole numbers in few bytes: adaptive chances of sizes, then signs and digits.

A number is folded (0, -1, 1, -2, ... become 0, 1, 2, 3, ...); of one more than that, the count of
binary digits is written in ones and a zero, and then the digits below the highest one, each with a
chance that its place and those above it have learned. Shapes: n numbers.
"""

import numpy as np

from redraw.kernels.binary_coder import coded_bit
from redraw.kernels.compiling import entry, inner

# Digits that a number may have, and of them those whose chances know the ones above.
DIGITS, KNOWN = 30, 3
CHANCES = DIGITS + DIGITS * (1 << KNOWN)
EVEN, RATE = 1 << 15, 5


@inner
def _bit(coder, data, bit, chances, at, reading):
    chance = np.int64(chances[at])
    bit = coded_bit(coder, data, chance, bit, reading)
    moved = chance + (((65535 if bit else 0) - chance) >> RATE)
    chances[at] = min(max(moved, 64), 65472)
    return bit


@entry
def whole_numbers(coder, data, chances, values, first, last, reading):
    """Write or read a part of a list, going on with what was learned.

    Args:
        coder: (WORDS,) int64
        data: (n,) uint8
        chances: Of bits, of 65536. (CHANCES,) int32
        values: Between -2^28 and 2^28. (n,) int64
        first: Of them.
        last: The one after the last.
        reading: Whether to read.
    """
    for i in range(first, last):
        value = np.int64(values[i])
        whole = (2 * value if value >= 0 else -2 * value - 1) + 1
        length = 0
        if not reading:
            while whole >> (length + 1):
                length += 1
        n = 0
        while n < DIGITS - 1:
            if not _bit(coder, data, np.int64(n < length), chances, n, reading):
                break
            n += 1
        made = np.int64(1)
        for k in range(n - 1, -1, -1):
            # The lowest digit is the sign: it knows nothing but the length.
            above = made & ((1 << KNOWN) - 1) if n - k <= KNOWN and k > 0 else 0
            at = DIGITS + (n if k else 0) * (1 << KNOWN) + above
            if k and n - k > KNOWN:
                bit = np.int64((whole >> k) & 1)
                bit = coded_bit(coder, data, np.int64(EVEN), bit, reading)
            else:
                bit = _bit(coder, data, np.int64((whole >> k) & 1), chances, at, reading)
            made = 2 * made + bit
        made -= 1
        values[i] = made >> 1 if made % 2 == 0 else -(made >> 1) - 1
