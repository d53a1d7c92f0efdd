"""Bits against a second reader that was written from docs/format.md alone, and their price."""

import numpy as np
import pytest
from numba import njit
from tests.golden.plain_stream import Stream

from redraw.kernels import binary_coder
from redraw.kernels.binary_coder import WORDS


@njit
def written(bits, chances, coder, data):
    binary_coder.begin_writing(coder)
    for i in range(len(bits)):
        binary_coder.write_bit(coder, data, bits[i], chances[i])
    return binary_coder.finish_writing(coder, data)


@njit
def read(bits, chances, coder, data):
    binary_coder.begin_reading(coder, data)
    for i in range(len(bits)):
        bits[i] = binary_coder.read_bit(coder, data, chances[i])


def drawn(count, seed):
    rng = np.random.default_rng(seed)
    chances = rng.integers(1, 65536, count)
    chances[::5] = np.where(rng.random(len(chances[::5])) < 0.5, 1, 65535)  # the most extreme
    return (rng.random(count) * 65536 < chances).astype(np.int64), chances


@pytest.mark.parametrize("count", [0, 1, 7, 5000])
def test_both_readers_read_what_was_written(count):
    bits, chances = drawn(count, count)
    data, coder = np.zeros(8 * count + 8, np.uint8), np.zeros(WORDS, np.int64)
    length = written(bits, chances, coder, data)
    seen = np.full(count, -1)
    read(seen, chances, coder, data[:length])
    np.testing.assert_array_equal(seen, bits)
    plain = Stream(data[:length].tobytes(), 0, 0)
    assert [plain.bit(int(chance)) for chance in chances] == bits.tolist()


def test_bits_take_what_their_chances_say():
    bits, chances = drawn(5000, 1)
    data, coder = np.zeros(10_000, np.uint8), np.zeros(WORDS, np.int64)
    length = written(bits, chances, coder, data)
    share = np.where(bits, chances, 65536 - chances) / 65536
    # An interval of 24 bits or more is cut: a chance is off by 2^-24 of it, or by 2^-8 at 1/65536.
    assert abs(8 * length - -np.log2(share).sum()) < 32 + 0.01 * len(bits)


def test_what_has_no_room_is_counted_and_nothing_is_written_past_the_end():
    bits, chances = drawn(5000, 2)
    coder, room = np.zeros(WORDS, np.int64), np.zeros(10_000, np.uint8)
    length = written(bits, chances, coder, room)
    small = np.zeros(100, np.uint8)
    assert written(bits, chances, coder, small[:50]) == length
    np.testing.assert_array_equal(small[:50], room[:50])
    assert not small[50:].any()
