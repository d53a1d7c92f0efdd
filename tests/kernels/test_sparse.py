"""What a pyramid keeps: each pass against NumPy, block by block in float64."""

import numpy as np
import pytest

from redraw.fields.bands import bands_of
from redraw.fields.spline_config import SplineConfig
from redraw.kernels import sparse

MATRICES = 5
SIZES = [(1, 1, 1), (9, 12, 3), (33, 50, 2)]  # height, width, planes
SHARDS = 3
EPS = np.finfo(np.float32).eps


def drawn(size, seed=0):
    """A configuration, float32 coefficients, and orthonormal matrices."""
    height, width, planes = size
    rng = np.random.default_rng(seed)
    config = SplineConfig(width, height, planes, transforms=MATRICES)
    coefficients = rng.standard_normal((planes, height, width)).astype(np.float32)
    matrices = np.linalg.qr(rng.standard_normal((MATRICES, 4, 4)))[0].astype(np.float32)
    chosen = rng.integers(0, MATRICES, config.blocks).astype(np.uint8)
    return config, coefficients, matrices, chosen


def places(config):
    """Where the four coefficients of each block are in (C, H, W), as flat indices. (B, 4)"""
    found = []
    for band in bands_of(config.width, config.height, config.planes):
        for plane in range(config.planes):
            for by, bx in np.ndindex(band.down, band.across):
                y, x = band.top + 2 * by, band.left + 2 * bx
                four = [(y, x), (y, x + 1), (y + 1, x), (y + 1, x + 1)]
                if band.turned:
                    four[1], four[2] = four[2], four[1]
                found.append([(plane * config.height + y) * config.width + x for y, x in four])
    return np.array(found, np.int64).reshape(-1, 4)


@pytest.mark.parametrize("size", SIZES)
def test_blocks_are_multiplied_by_their_matrices(size):
    config, coefficients, matrices, chosen = drawn(size)
    wanted, at = coefficients.astype(np.float64).reshape(-1), places(config)
    wanted[at] = np.einsum("bi,bij->bj", wanted[at], matrices[chosen].astype(np.float64))
    for part in range(2):
        sparse.multiply(coefficients, config.bands, matrices, chosen, part, 2)
    # Four products and three sums of numbers up to the block's norm.
    assert np.abs(coefficients.reshape(-1) - wanted).max(initial=0.0) <= 8 * EPS * 8.0


@pytest.mark.parametrize("size", SIZES)
def test_each_block_takes_the_matrix_that_costs_least(size):
    config, coefficients, matrices, _ = drawn(size)
    threshold, costs = 1.5, np.linspace(0.0, 0.4, MATRICES).astype(np.float32)
    blocks = coefficients.astype(np.float64).reshape(-1)[places(config)]
    squares = np.einsum("bi,mij->bmj", blocks, matrices.astype(np.float64)) ** 2
    kept = (squares > threshold**2).any(axis=2)
    total = np.minimum(squares, threshold**2).sum(axis=2) + np.where(kept, costs, 0.0)
    found = np.full(config.blocks, 255, np.uint8)
    turned = np.ascontiguousarray(matrices.transpose(1, 2, 0))
    square = np.float32(threshold**2)
    for part in range(2):
        sparse.choose(coefficients, config.bands, turned, square, costs, found, part, 2)
    hopeless = (blocks**2).sum(axis=1) <= threshold**2
    assert not found[hopeless].any()
    own = total[np.arange(len(found)), found][~hopeless]
    # Not the same where two cost the same to rounding, but as little. A square near the threshold
    # may count or not: those blocks are left out.
    near = np.abs(squares - threshold**2).min(axis=(1, 2), initial=np.inf)[~hopeless] < 64 * EPS
    assert (own - total.min(axis=1, initial=np.inf)[~hopeless] <= 64 * EPS)[~near].all()


@pytest.mark.parametrize("size", SIZES)
def test_sums_that_matrices_follow_from(size):
    config, coefficients, matrices, chosen = drawn(size)
    threshold = 1.0
    blocks = coefficients.astype(np.float64).reshape(-1)[places(config)]
    made = np.einsum("bi,bij->bj", blocks, matrices[chosen].astype(np.float64))
    kept = np.where(np.abs(made) > threshold, made, 0.0)
    some = kept.any(axis=1)
    sums, counts = np.zeros((SHARDS, MATRICES, 4, 4)), np.zeros((SHARDS, MATRICES), np.int64)
    for part in range(SHARDS):
        sparse.correlate(
            coefficients, config.bands, matrices, chosen, threshold, sums, counts, part
        )
    for m in range(MATRICES):
        own = (chosen == m) & some
        wanted = np.einsum("bi,bj->ij", blocks[own], kept[own])
        assert counts[:, m].sum() == own.sum()
        # A product's rounding in float32, and then sums in float64.
        size_of = np.einsum("bi,bj->ij", np.abs(blocks[own]), np.abs(kept[own]))
        assert (np.abs(sums[:, m].sum(axis=0) - wanted) <= 16 * EPS * (size_of + 1.0)).all()


def test_what_is_kept_stands_in_order_and_the_rest_is_counted():
    values = np.array([0.0, -3.0, 2.0, -1.0, 2.0, 5.0], np.float32)
    significant, kept = np.empty(5, np.int32), np.empty(5, np.float32)
    sparse.collect(values, 1.5, significant, kept)
    assert significant.tolist() == [1, 2, 4, 5, -1]
    assert kept.tolist() == [-3.0, 2.0, 2.0, 5.0, 0.0]
    assert sparse.left_out(values, 2.0) == (2, 0.0 + 4.0 + 1.0 + 4.0)
    few = np.empty(2, np.int32), np.empty(2, np.float32)
    sparse.collect(values, 1.5, *few)  # no more than there is room for
    assert few[0].tolist() == [1, 2]


def test_bits_of_values_are_counted_under_what_comes_before_them():
    values = np.random.default_rng(2).standard_normal(1000).astype(np.float32)
    bits = values.view(np.int32) & 0x7FFFFFFF
    counts = np.zeros((3, sparse.BINS), np.int64)
    for part in range(3):
        sparse.histogram(values.view(np.int32), 0, 31, 20, counts, part)
    assert np.array_equal(counts.sum(axis=0), np.bincount(bits >> 20, minlength=sparse.BINS))
    high = int(np.bincount(bits >> 20).argmax())
    counts[:] = 0
    for part in range(3):
        sparse.histogram(values.view(np.int32), high, 20, 10, counts, part)
    own = bits[bits >> 20 == high] >> 10 & 1023
    assert np.array_equal(counts.sum(axis=0), np.bincount(own, minlength=sparse.BINS))
