"""Whole-number lifting: exact back and forth, near the 9/7 wavelet, within its bounds."""

import numpy as np
import pytest

from redraw.coding.pyramid import halvings, levels_of
from redraw.fields.lattice import GAIN
from redraw.kernels.lifting import LARGEST, STEPS, analyse, synthesise

SIDES = [(1, 1), (1, 8), (9, 1), (2, 2), (17, 23), (64, 40)]


def sides(shape):
    levels = levels_of(shape[1], shape[0])
    return tuple(np.array(halvings(side, levels), np.int64) for side in shape)


@pytest.mark.parametrize("shape", [*SIDES, (33, 9)])
def test_going_back_undoes_going_forth(shape):
    plane = np.random.default_rng(0).integers(-30_000, 30_000, shape).astype(np.int32)
    made = plane.copy()
    analyse(made, *sides(shape))
    if max(shape) > 8:
        assert not np.array_equal(made, plane)
    synthesise(made, *sides(shape), 0)
    assert np.array_equal(made, plane)


def test_it_is_the_wavelet_of_the_float_lattice():
    """One level of a large plane against `fields.lattice`, whose numbers are scaled by its gain."""
    import torch

    from redraw.fields.lattice import split

    plane = np.random.default_rng(1).integers(-(1 << 20), 1 << 20, (32, 48)).astype(np.int32)
    wanted = torch.from_numpy(plane.astype(np.float64))[None]
    wanted = torch.cat(split(wanted, 1), dim=1)
    wanted = torch.cat(split(wanted, 2), dim=2)[0].numpy()
    scale = np.ones((32, 48))
    scale[:16] /= GAIN
    scale[16:] *= GAIN
    scale[:, :24] /= GAIN
    scale[:, 24:] *= GAIN
    made = plane.copy()
    analyse(made, np.array([32, 16]), np.array([48, 24]))
    # Factors are rounded to 2^-15 of samples below 2^21, four steps along each axis.
    assert np.abs(made - wanted * scale).max() < 2**21 * 2**-15 * 16


def test_nothing_leaves_32_bits():
    """The largest sum of absolute weights times the largest number, twice over, is below 2^31."""
    low = high = 1.0
    for step in (3, 2, 1, 0):
        factor = abs(STEPS[step]) / 16384
        if step % 2:
            low += 2 * factor * high
        else:
            high += 2 * factor * low
    assert max(low, high) ** 2 < 139.5
    assert 139.5 * LARGEST + 64 < 2**31
    rng = np.random.default_rng(2)
    wild = np.where(rng.random((24, 40)) < 0.5, -LARGEST, LARGEST).astype(np.int32)
    synthesise(wild, *sides((24, 40)), 0)
    assert np.abs(wild.astype(np.int64)).max() <= LARGEST
