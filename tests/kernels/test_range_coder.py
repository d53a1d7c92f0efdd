"""The range coder: bytes read back, their number foretold, chances that are learned."""

import numpy as np
import pytest
from numba import njit

from redraw.kernels import range_coder


@njit
def written(bits, contexts, out):
    state = range_coder.opened(4, out, False)
    range_, size = range_coder.WHOLE, 0
    for i in range(len(bits)):
        _, range_, size = range_coder.coded(
            state, out, range_coder.FIRST + contexts[i], bits[i], range_, size, False
        )
    return range_coder.closed(state, out, size, False)


@njit
def measured(bits, contexts):
    state = range_coder.opened(4, None, False)
    range_, size = range_coder.WHOLE, 0
    for i in range(len(bits)):
        _, range_, size = range_coder.coded(
            state, None, range_coder.FIRST + contexts[i], bits[i], range_, size, False
        )
    return range_coder.closed(state, None, size, False)


@njit
def read(bits, contexts, out):
    state = range_coder.opened(4, out, True)
    range_, size = range_coder.WHOLE, 0
    for i in range(len(bits)):
        bits[i], range_, size = range_coder.coded(
            state, out, range_coder.FIRST + contexts[i], False, range_, size, True
        )


def drawn(count):
    rng = np.random.default_rng(10)
    contexts = rng.integers(0, 4, count)
    return rng.random(count) < np.array([0.5, 0.1, 0.99, 0.0])[contexts], contexts


@pytest.mark.parametrize("count", [0, 1, 50, 20_000])
def test_bits_come_back_and_their_bytes_are_foretold(count):
    bits, contexts = drawn(count)
    out = np.zeros(count // 4 + 16, np.uint8)
    length = written(bits, contexts, out)
    assert length == measured(bits, contexts)
    seen = np.zeros(count, np.bool_)
    read(seen, contexts, out[:length])
    assert np.array_equal(seen, bits)


def test_each_context_learns_its_own_chance():
    bits, contexts = drawn(20_000)
    entropy = 0.0
    for context in range(4):
        share = bits[contexts == context].mean()
        entropy -= (contexts == context).sum() * sum(
            p * np.log2(p) for p in (share, 1 - share) if p > 0
        )
    length = 8 * measured(bits, contexts)
    # A chance that moves by 1/32 of the way wanders about the true one: 1/64 of a nat a bit.
    assert entropy - 64 < length < entropy + 20_000 / 64 / np.log(2) + 200


def test_carries_go_through_any_run_of_full_bytes():
    """The least likely symbol again and again keeps the interval's low end near a carry."""
    bits, contexts = np.ones(400, np.bool_), np.zeros(400, np.int64)
    bits[::7] = False
    for start in range(7):
        own = np.roll(bits, start)
        out = np.zeros(400, np.uint8)
        length = written(own, contexts, out)
        seen = np.zeros(400, np.bool_)
        read(seen, contexts, out[:length])
        assert np.array_equal(seen, own)
