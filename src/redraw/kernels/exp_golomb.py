"""Whole numbers that no model tells of: in Exp-Golomb, with chances that follow what was seen.

A code is a length in ones and a zero, then that many digits; each place of either has a chance of
its own. The low coefficients of the coarsest level are written so, and what is left of very large
ones.

Source: T. Teuhola, A compression method for clustered bit-vectors, 1978 (Exp-Golomb of order 0).

Shapes: see `redraw.kernels.coefficients`; `escapes` holds the chances. (2 LENGTHS,) int32
"""

import numpy as np

from redraw.kernels.binary_coder import coded_bit
from redraw.kernels.compiling import inner

# Bits of the Exp-Golomb code have chances of their own: of its length, and of its digits.
LENGTHS = 32


@inner
def _plain_bit(coder, data, bit, escapes, at, reading):
    """A bit of an escaped number."""
    chance = np.int64(escapes[at])
    within = min(max(chance, 500), 65000)
    bit = coded_bit(coder, data, within, bit, reading)
    escapes[at] = chance + (((65535 if bit else 0) - chance) >> 5)
    return bit


@inner
def exp_golomb(coder, data, value, escapes, reading):
    """A number of at least 0 in Exp-Golomb."""
    length = 0
    if not reading:
        while (value + 1) >> (length + 1):
            length += 1
    n = 0
    while n < LENGTHS - 2:
        if not _plain_bit(coder, data, np.int64(n < length), escapes, n, reading):
            break
        n += 1
    result = np.int64(1)
    for k in range(n - 1, -1, -1):
        bit = ((value + 1) >> k) & 1
        result = 2 * result + _plain_bit(coder, data, bit, escapes, LENGTHS + k, reading)
    return result - 1
