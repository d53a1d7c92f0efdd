"""What a spline keeps, in few bits: one model writes, reads and measures; a plain reader agrees."""

import numpy as np
import pytest
from tests.golden.plain_spline import Decoder

from redraw.fields.bands import bands_of
from redraw.fields.spline_config import SplineConfig
from redraw.kernels.significance import bytes_needed, code

SIZES = [(1, 1, 1), (9, 12, 3), (40, 60, 3), (33, 17, 4), (64, 64, 1)]  # height, width, planes
TRANSFORMS = 20


def drawn(size, threshold, seed=1):
    """A configuration, coefficients, a matrix for each block, and which coefficients are kept."""
    rng = np.random.default_rng(seed)
    height, width, planes = size
    config = SplineConfig(width, height, planes, transforms=TRANSFORMS)
    coefficients = rng.standard_normal((planes, height, width)).astype(np.float32)
    coefficients[:, : height // 2] *= 3.0
    chosen = rng.integers(0, TRANSFORMS, config.blocks).astype(np.uint8)
    return config, coefficients, chosen, (np.abs(coefficients) > threshold).astype(np.uint8)


def written(config, mask, chosen):
    """The bytes; transforms of blocks that keep nothing become 0."""
    spec = config.bands, config.corner, config.transform_bits
    size = code(mask, chosen.copy(), *spec, np.zeros(0, np.uint8), False)
    out = np.zeros(size, np.uint8)
    assert code(mask, chosen, *spec, out, False) == size
    return out


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.5, 9.0])
def test_its_bytes_are_known_without_writing_them(size, threshold):
    """And forgets the same transforms."""
    config, coefficients, chosen, mask = drawn(size, threshold)
    others = chosen.copy()
    spec = config.bands, config.corner, config.transform_bits
    out = written(config, mask, chosen)
    assert bytes_needed(coefficients, threshold, others, *spec) == len(out)
    assert np.array_equal(chosen, others)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threshold", [0.0, 1.5, 9.0])
def test_what_was_written_is_read(size, threshold):
    config, _, chosen, mask = drawn(size, threshold)
    out = written(config, mask, chosen)
    read, transforms = np.zeros_like(mask), np.zeros_like(chosen)
    code(read, transforms, config.bands, config.corner, config.transform_bits, out, True)
    assert np.array_equal(read, mask)
    assert np.array_equal(transforms, chosen)


@pytest.mark.parametrize("size", [(1, 1, 1), (9, 12, 3), (33, 17, 4)])
def test_a_plain_reader_reads_the_same(size):
    """Written from the description of the format alone, in Python without kernels."""
    config, _, chosen, mask = drawn(size, 1.5)
    out = written(config, mask, chosen)
    bands = {}
    for k, band in enumerate(bands_of(config.width, config.height, config.planes)):
        bands[k // 3, k % 3] = (band.top, band.left, band.rows, band.columns)
    kept, transforms = Decoder(out, TRANSFORMS).read(
        config.planes, mask.shape[1:], config.corner, bands
    )
    assert np.array_equal(kept, mask > 0)
    named = [at for at in transforms.values() if at]
    assert sorted(named) == sorted(int(at) for at in chosen if at)


def test_few_of_many_take_few_bits():
    """Not more than the entropy of independent ones by much."""
    config = SplineConfig(256, 256, 1, transforms=1)
    mask = (np.random.default_rng(0).random((1, 256, 256)) < 0.05).astype(np.uint8)
    bits = 8 * len(written(config, mask, np.zeros(config.blocks, np.uint8)))
    p = mask.mean()
    entropy = -(p * np.log2(p) + (1 - p) * np.log2(1 - p)) * mask.size
    assert entropy < bits < 1.1 * entropy


def test_the_coder_costs_what_its_chances_say():
    """The sum of -log2 of the chances that each bit had, and four bytes for the end.

    The interval is cut off below 2^-9 of its length at most (24 bits left, 15 of them a chance's):
    log2(1 / (1 - 2^-9)) bits for each bit that is coded.
    """
    rng = np.random.default_rng(3)
    side = 64
    config = SplineConfig(8, 8, side, transforms=1)  # no band: one flag each, two contexts
    mask = (rng.random((side, 8, 8)) < 0.07).astype(np.uint8)
    size = len(written(config, mask, np.zeros(0, np.uint8)))
    odds, bits = {0: 2**14, 1: 2**14}, 0.0
    for plane in range(side):
        for bit in mask[plane].reshape(-1):
            context = min(plane, 1)
            chance = odds[context] / 2**15
            bits -= np.log2(1.0 - chance if bit else chance)
            step = -(odds[context] >> 5) if bit else (2**15 - odds[context]) >> 5
            odds[context] += step
    loss = mask.size * np.log2(1.0 / (1.0 - 2.0**-9))
    assert bits / 8 <= size <= (bits + loss) / 8 + 5
