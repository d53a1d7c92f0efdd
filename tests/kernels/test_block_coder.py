"""A block of coefficients as bytes: back to what it was, whatever it was."""

import numpy as np
import pytest

from redraw.kernels.binary_coder import WORDS
from redraw.kernels.block_coder import BORDER, CONTEXTS, EVEN, LARGEST, read, write

PLANES, SIDE = 2, 8
SHAPES = np.array([[8, 8], [8, 7], [7, 8]], np.int64)


def coded(coefficients, parents, data, *, reading):
    """The length of what was written, or nothing."""
    chances, counts = np.full(CONTEXTS, EVEN, np.int32), np.zeros(CONTEXTS, np.int32)
    coder = np.zeros(WORDS, np.int64)
    if reading:
        return read(coefficients, SHAPES, parents, chances, counts, data)
    return write(coefficients, SHAPES, parents, chances, counts, coder, data)


def block(spread, seed=0):
    """Coefficients with their border, and those of the coarser level."""
    rng = np.random.default_rng(seed)
    coefficients = np.zeros((PLANES, 3, SIDE + 2 * BORDER, SIDE + 2 * BORDER), np.int32)
    for third, (h, w) in enumerate(SHAPES):
        inside = np.rint(rng.laplace(0.0, spread, (PLANES, h, w)))
        coefficients[:, third, BORDER : BORDER + h, BORDER : BORDER + w] = inside
    parents = np.zeros((PLANES, 3, SIDE // 2 + 2 * BORDER, SIDE // 2 + 2 * BORDER), np.int32)
    inside = np.abs(np.rint(rng.laplace(0.0, spread, (PLANES, 3, SIDE // 2, SIDE // 2))))
    parents[:, :, BORDER:-BORDER, BORDER:-BORDER] = inside
    return coefficients, parents


@pytest.mark.parametrize("spread", [0.1, 1.0, 30.0, 2e5])
def test_what_was_written_is_read(spread):
    coefficients, parents = block(spread)
    coefficients = coefficients.clip(-LARGEST, LARGEST)
    data = np.zeros(8192, np.uint8)
    length = coded(coefficients.copy(), parents, data, reading=False)
    seen = np.zeros_like(coefficients)
    coded(seen, parents, data[:length], reading=True)
    assert np.array_equal(seen, coefficients)


def test_zeros_take_next_to_nothing_and_more_takes_more():
    lengths = []
    for spread in (0.0, 0.3, 3.0):
        data = np.zeros(8192, np.uint8)
        lengths.append(coded(*block(spread), data, reading=False))
    assert lengths[0] <= 1  # a bit for each of six bands
    assert lengths[0] < lengths[1] < lengths[2]


def test_too_little_room_is_counted_only():
    coefficients, parents = block(3.0)
    data = np.zeros(8192, np.uint8)
    length = coded(coefficients, parents, data, reading=False)
    few = np.full(64, 7, np.uint8)
    assert coded(coefficients, parents, few[:32], reading=False) == length
    assert (few[32:] == 7).all()


def test_any_bytes_are_read_as_something_within_bounds():
    data = np.random.default_rng(1).integers(0, 256, 4096).astype(np.uint8)
    seen = np.zeros_like(block(0.0)[0])
    coded(seen, block(1.0)[1], data, reading=True)
    assert np.abs(seen.astype(np.int64)).max() <= LARGEST
    border = np.ones(seen.shape, bool)
    for third, (h, w) in enumerate(SHAPES):
        border[:, third, BORDER : BORDER + h, BORDER : BORDER + w] = False
    assert not seen[border].any()
