"""The 9/7 wavelet on planes and windows, against its definition in `redraw.fields.lattice`."""

import numpy as np
import pytest
import torch

from redraw.fields.lattice import joined, split
from redraw.kernels import wavelet

# Four steps of two products and two sums, and a scaling: roundings of numbers that grow by two.
ROUNDING = 16 * np.finfo(np.float32).eps * 8


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (8, 1), (16, 40), (17, 33)])
def test_low_halves_come_before_high_ones(size):
    planes = np.random.default_rng(0).standard_normal((2, *size)).astype(np.float32)
    wanted = torch.cat(split(torch.from_numpy(planes), 1), dim=1)
    wanted = torch.cat(split(wanted, 2), dim=2).numpy()
    made = planes.copy()
    for part in range(3):
        wavelet.split_columns(made, *size, part, 3)
    for part in range(3):
        wavelet.split_rows(made, *size, part, 3)
    assert np.abs(made - wanted).max() <= ROUNDING
    back = torch.from_numpy(made)
    low, high = -(-size[1] // 2), size[1] // 2
    back = joined(back[:, :, :low], back[:, :, low : low + high], 2)
    low = -(-size[0] // 2)
    back = joined(back[:, :low], back[:, low:], 1).numpy()
    assert np.abs(back - planes).max() <= 2 * ROUNDING


@pytest.mark.parametrize("corner", [(0, 0), (2, 4), (6, 10)])
def test_a_window_holds_what_is_kept_in_it(corner):
    rng = np.random.default_rng(1)
    whole = np.where(rng.random((2, 12, 18)) < 0.3, rng.standard_normal((2, 12, 18)), 0.0)
    whole = whole.astype(np.float32)
    significant = np.flatnonzero(whole).astype(np.int32)
    starts = np.searchsorted(significant, np.arange(2 * 12 + 1) * 18).astype(np.int64)
    out = np.full((2, 5, 7), 9.0, np.float32)
    values = whole.reshape(-1)[significant]
    wavelet.load(significant, values, starts, (12, 18), corner, 16, out)
    wanted = np.zeros_like(out)
    part = whole[:, corner[0] : corner[0] + 5, corner[1] : min(corner[1] + 7, 16)]
    wanted[:, : part.shape[1], : part.shape[2]] = part
    assert np.array_equal(out, wanted)


@pytest.mark.parametrize("turned", [0, 1])
def test_blocks_of_a_window_are_multiplied_by_their_matrices(turned):
    rng = np.random.default_rng(2)
    window = rng.standard_normal((1, 6, 8)).astype(np.float32)
    matrices = rng.standard_normal((3, 4, 4)).astype(np.float32)
    chosen = rng.integers(0, 3, 12).astype(np.uint8)
    wanted = window.astype(np.float64)
    for n, (by, bx) in enumerate(np.ndindex(3, 4)):
        block = wanted[0, 2 * by : 2 * by + 2, 2 * bx : 2 * bx + 2]
        block = block.T if turned else block
        made = (block.reshape(4) @ matrices[chosen[n]].astype(np.float64)).reshape(2, 2)
        wanted[0, 2 * by : 2 * by + 2, 2 * bx : 2 * bx + 2] = made.T if turned else made
    size = 8 * np.finfo(np.float32).eps * 4 * np.abs(matrices).max() * np.abs(window).max()
    band = np.array([0, 0, 6, 8, turned, 0], np.int64)
    wavelet.multiply(window, band, (0, 0), chosen, matrices)
    assert np.abs(window - wanted).max() <= size
