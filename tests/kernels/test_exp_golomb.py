"""Numbers that no model tells of, against the second reader of docs/format.md."""

import numpy as np
import pytest
from numba import njit
from tests.golden.plain_stream import Stream

from redraw.kernels import exp_golomb
from redraw.kernels.binary_coder import WORDS, begin, finish


@njit
def coded(coder, data, values, escapes, reading):
    for i in range(len(values)):
        values[i] = exp_golomb.exp_golomb(coder, data, values[i], escapes, reading)


def fresh():
    return np.zeros(WORDS, np.int64), np.full(2 * exp_golomb.LENGTHS, 32768, np.int32)


@pytest.mark.parametrize(
    "values",
    [[0], [0, 1, 2, 3, 4, 5, 6, 7, 8], [2**29, 0, 2**30 - 2], list(range(0, 4000, 37)), [1] * 500],
)
def test_both_readers_read_what_was_written(values):
    given, data = np.array(values, np.int64), np.zeros(65_536, np.uint8)
    coder, escapes = fresh()
    begin(coder, data, False)
    coded(coder, data, given.copy(), escapes, False)
    length = finish(coder, data)
    seen = np.zeros(len(values), np.int64)
    coder, escapes = fresh()
    begin(coder, data[:length], True)
    coded(coder, data[:length], seen, escapes, True)
    assert seen.tolist() == values
    plain = Stream(data[:length].tobytes(), 0, 0)
    assert [plain.rest() for _ in values] == values


def test_a_number_that_comes_again_becomes_cheap():
    data = np.zeros(65_536, np.uint8)
    coder, escapes = fresh()
    begin(coder, data, False)
    coded(coder, data, np.full(2000, 5, np.int64), escapes, False)
    # Its five bits would take 1,250 bytes; no chance says less than 536 of 65536.
    assert finish(coder, data) < 100
