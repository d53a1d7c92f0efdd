"""Lists of whole numbers: read back, in parts too, in few bytes."""

import itertools

import numpy as np
import pytest

from redraw.kernels.binary_coder import WORDS, begin, finish
from redraw.kernels.whole_numbers import CHANCES, EVEN, whole_numbers


def coded(values, data, *, reading, cuts=()):
    """Read or write, in parts; the bytes of what was written."""
    coder, chances = np.zeros(WORDS, np.int64), np.full(CHANCES, EVEN, np.int32)
    begin(coder, data, reading)
    ends = [0, *cuts, len(values)]
    for first, last in itertools.pairwise(ends):
        whole_numbers(coder, data, chances, values, first, last, reading)
    return 0 if reading else finish(coder, data)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [0],
        [-1, 1, -2, 2, 2**28, -(2**28)],
        np.rint(np.random.default_rng(11).laplace(0, 50, 3000)).astype(int).tolist(),
    ],
)
def test_what_was_written_is_read_in_any_parts(values):
    given, data = np.array(values, np.int64), np.zeros(20_000, np.uint8)
    length = coded(given.copy(), data, reading=False)
    seen = np.zeros_like(given)
    half = len(values) // 2
    coded(seen, data[:length], reading=True, cuts=(half, half))
    assert seen.tolist() == values


def test_small_numbers_take_about_their_entropy():
    values = np.rint(np.random.default_rng(12).laplace(0, 2, 20_000)).astype(np.int64)
    counts = np.unique(values, return_counts=True)[1] / len(values)
    entropy = -(counts * np.log2(counts)).sum() / 8 * len(values)
    length = coded(values.copy(), np.zeros(60_000, np.uint8), reading=False)
    # The sign costs a bit where none is needed no more than it must; chances wander.
    assert entropy < length < 1.05 * entropy
