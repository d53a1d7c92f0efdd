import numpy as np
import pytest
import torch

from redraw.coding.pyramid import levels_of
from redraw.fields.bands import bands_of, blocks_of
from redraw.fields.lattice import STEPS, analyse, read_blocks, split, synthesise, with_blocks

SIZES = [(1, 1), (1, 9), (17, 2), (33, 50), (64, 40)]


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("size", SIZES)
def test_synthesis_inverts_analysis(size):
    averages = noise(2, *size)
    assert torch.allclose(synthesise(analyse(averages)), averages, rtol=0, atol=1e-13)


def test_the_filters_are_those_of_cohen_daubechies_and_feauveau():
    """Against the taps as published (Antonini et al. 1992, table III), scaled to this gain."""
    low = [0.6029490182363579, 0.2668641184428723, -0.07822326652898785]
    low += [-0.01686411844287495, 0.02674875741080976]
    impulse = torch.zeros(33, dtype=torch.float64)
    impulse[16] = 1.0
    # A low number's taps, read off from one impulse at even and one at odd distance.
    even, _ = split(impulse, 0)
    odd, _ = split(impulse.roll(1), 0)
    found = [even[8], odd[8], even[9], odd[9 + 1], even[10]]
    scale = float(even[8]) / low[0]
    assert scale == pytest.approx(np.sqrt(2), abs=1e-9)
    assert [float(v) / scale for v in found] == pytest.approx(low, abs=1e-9)
    assert len(STEPS) == 4


def test_a_constant_is_in_the_low_numbers_alone():
    coefficients = analyse(torch.ones(1, 40, 24, dtype=torch.float64))
    levels = levels_of(24, 40)
    corner = coefficients[0, : -(-40 // 2**levels), : -(-24 // 2**levels)]
    assert torch.allclose(corner, torch.full_like(corner, 2.0**levels), atol=1e-9)
    assert float((coefficients**2).sum() - (corner**2).sum()) < 1e-15


def test_squares_are_about_those_of_the_pixels():
    averages = noise(1, 256, 256)
    assert float((analyse(averages) ** 2).sum() / (averages**2).sum()) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("size", SIZES)
def test_bands_and_corner_cover_the_plane_once(size):
    height, width = size
    levels = levels_of(width, height)
    seen = np.zeros(size, int)
    seen[: -(-height // 2**levels), : -(-width // 2**levels)] += 1
    for band in bands_of(width, height, 1):
        seen[band.top : band.top + band.rows, band.left : band.left + band.columns] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("size", SIZES)
def test_blocks_are_read_and_written_in_one_order(size):
    height, width = size
    coefficients = noise(3, height, width)
    total = 0
    for band in bands_of(width, height, 3):
        blocks = read_blocks(coefficients, band)
        assert torch.equal(with_blocks(coefficients, band, blocks), coefficients)
        assert band.first == total
        total += len(blocks)
        if len(blocks):
            part = coefficients[0, band.top : band.top + 2, band.left : band.left + 2]
            part = part.T if band.turned else part
            assert torch.equal(blocks[0], part.reshape(4))
    assert total == blocks_of(width, height, 3)
