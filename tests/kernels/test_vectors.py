"""Expressions of vectors, against NumPy; every lane alike, in both precisions."""

import numpy as np
import pytest
from numba import njit, types

from redraw.kernels.vectors import VECTOR_BITS, kernel, lanes, panel


@kernel(2, 1, 1)
def expression(e, source, target, count, scalar):
    def of_vector(i):
        at = e.times(i, e.lanes)
        x = e.load(e.at(source, at))
        y = e.where(x < 0.0, -x, x * 2.0)
        z = e.fma(y, scalar, 1.0) / 4.0 - e.root(e.absolute(x))
        e.store(e.polynomial(z, 1.0, -2.0, 0.5), e.at(target, at))

    e.repeat(count, of_vector)


@njit
def computed(source, target, count, scalar):
    expression(source, 0, target, 0, count, scalar)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_expressions_are_computed_in_every_lane(dtype):
    width = lanes(np.dtype(dtype).itemsize)
    x = np.random.default_rng(31).standard_normal(3 * width).astype(dtype)
    out = np.full(4 * width, 9, dtype)
    computed(x, out, 3, dtype(3.0))
    y = np.where(x < 0, -x, x * 2).astype(np.longdouble)
    z = (3 * y + 1) / 4 - np.sqrt(np.abs(x).astype(np.longdouble))
    # A dozen roundings of numbers up to 30.
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(out[: 3 * width], 1 - 2 * z + z * z / 2, rtol=0, atol=12 * 30 * eps)
    assert (out[3 * width :] == 9).all()


def test_a_panel_is_whole_vectors_and_a_power_of_two():
    for size in (4, 8):
        assert lanes(size) * size * 8 == VECTOR_BITS
        assert panel(size) % lanes(size) == 0
        assert panel(size).bit_count() == 1  # positions are found by masks


@kernel(3, 1, element=types.float64)
def from_any(e, source, words, target, count):
    def of_vector(i):
        at = e.times(i, e.lanes)
        target.at(at).put(e.floor(source.at(at).load() * 0.5).value)
        target.at(e.plus(e.times(count, e.lanes), at)).put(
            e.builder.sitofp(words.at(e.times(at, 2)).words(), e.type)
        )

    e.repeat(count, of_vector)


@njit
def read(source, words, target, count):
    from_any(source, 0, words, 0, target, 0, count)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_lines_widen_what_they_hold(dtype):
    width = 3 * lanes(8)
    source = np.arange(-width // 2, width // 2).astype(dtype)
    words, target = np.arange(-width, width).astype(np.int16), np.full(2 * width + 1, 9.0)
    read(source, words, target, 3)
    np.testing.assert_array_equal(target[:width], np.arange(-width // 2, width // 2) // 2)
    np.testing.assert_array_equal(target[width:-1], words.view(np.int32))
    assert target[-1] == 9.0
