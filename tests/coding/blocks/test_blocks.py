"""Blocks of large pictures: windows of the wavelet, and coefficients as bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.coding.blocks import block
from redraw.coding.blocks.block import BORDER, Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.coding.blocks.windows import GAIN, joined, split, widened
from redraw.errors import FileFormatError
from redraw.kernels import block_coder, lifting


def whole(samples):
    """One level over the whole picture: what windows are compared with."""
    result = samples.copy()
    h, w = samples.shape[1:]
    for plane in result:
        lifting.analyse(plane, np.array([h, -(-h // 2)]), np.array([w, -(-w // 2)]))
    return result


@pytest.mark.parametrize("size", [(700, 900), (513, 641), (37, 600), (256, 256), (1, 300), (2, 2)])
@pytest.mark.parametrize("side", [64, 256])
def test_windows_of_the_wavelet_are_parts_of_the_whole(size, side):
    h, w = size
    samples = np.random.default_rng(1).integers(-20000, 20000, (2, h, w)).astype(np.int32)
    expected, n, m = whole(samples), -(-h // 2), -(-w // 2)
    found = np.full_like(expected, -1)
    for y in range(0, h, side):
        for x in range(0, w, side):
            wanted = y, min(y + side, h), x, min(x + side, w)
            held = widened(wanted, size)
            part = samples[:, held[0] : held[1], held[2] : held[3]].copy()
            low, bands = split(part, held, wanted)
            corners = (0, 0), (0, m), (n, 0), (n, m)
            for part, (top, left) in zip((low, *bands), corners, strict=True):
                rows = slice(top + y // 2, top + y // 2 + part.shape[1])
                found[:, rows, left + x // 2 : left + x // 2 + part.shape[2]] = part
    assert np.array_equal(found, expected)
    thirds = expected[:, :n, m:], expected[:, n:, :m], expected[:, n:, m:]
    for y in range(0, h, side):
        for x in range(0, w, side):
            wanted = y, min(y + side, h), x, min(x + side, w)
            made = joined(
                lambda at: expected[:, at[0] : at[1], at[2] : at[3]],
                lambda third, at: thirds[third][:, at[0] : at[1], at[2] : at[3]],
                wanted,
                size,
                2,
            )
            assert np.array_equal(made, samples[:, wanted[0] : wanted[1], wanted[2] : wanted[3]])


def test_the_gain_is_that_of_the_filters():
    flat = np.full((1, 64, 64), 10000, np.int32)
    low, bands = split(flat.copy(), (0, 64, 0, 64), (0, 64, 0, 64))
    assert np.abs(low - 10000 * GAIN**2).max() <= 4  # a rounding of a half in each of eight steps
    assert max(np.abs(band).max() for band in bands) <= 4


def coefficients_of(seed, channels, shapes, spread):
    random = np.random.default_rng(seed)
    coefficients = block.empty(channels)
    for third, (h, w) in enumerate(shapes):
        laplace = random.laplace(0, spread, (channels, h, w))
        values = np.clip(np.rint(laplace), -(1 << 20), 1 << 20)
        coefficients[:, third, BORDER : BORDER + h, BORDER : BORDER + w] = values
    return coefficients


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**31), st.integers(1, 4), st.sampled_from([0.05, 0.6, 4.0, 3e5]),
    st.integers(0, SIDE), st.integers(0, SIDE), st.booleans(),
)  # fmt: skip
def test_what_is_written_is_read(seed, channels, spread, h, w, parented):
    shapes = np.array([(h, w), (SIDE, w), (h, SIDE)], np.int64)
    coefficients = coefficients_of(seed, channels, shapes, spread)
    parent = block.without_parent(channels)
    if parented:
        parent = block.parent_part(coefficients[:, :, BORDER:-BORDER, BORDER:-BORDER], 1, 0)
    content = block.write(coefficients, shapes, parent, *Chances.even().of(0))
    found = block.empty(channels)
    block.read(content, shapes, parent, *Chances.even().of(0), found)
    assert np.array_equal(found, coefficients)


@settings(max_examples=15, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_some_coefficients(content):
    shapes = np.full((3, 2), 16, np.int64)
    found = block.empty(3)
    block.read(content, shapes, block.without_parent(3), *Chances.even().of(0), found)
    assert np.abs(found).max() <= block_coder.LARGEST
    outside = found.copy()
    outside[:, :, BORDER : BORDER + 16, BORDER : BORDER + 16] = 0
    assert not outside.any()


def test_a_parent_tells_only_its_own_square():
    coefficients = np.arange(3 * SIDE * SIDE).reshape(1, 3, SIDE, SIDE) % 250
    for row in (0, 1):
        for column in (0, 1):
            part = block.parent_part(coefficients, row, column)
            y, x = row * SIDE // 2, column * SIDE // 2
            square = coefficients[:, :, y : y + SIDE // 2, x : x + SIDE // 2]
            assert np.array_equal(part[:, :, BORDER:-BORDER, BORDER:-BORDER], square)
            assert not (part[:, :, : BORDER * (1 - row)]).any()


def test_chances_come_back_and_foreign_ones_are_refused():
    chances = Chances.even()
    chances.chances[:] = np.random.default_rng(0).integers(16, 65520, chances.chances.shape)
    again = Chances.from_bytes(chances.to_bytes())
    assert np.abs(again.chances - chances.chances).max() < 16
    with pytest.raises(FileFormatError, match="accepted"):
        Chances.from_bytes(b"\0" * 100)


@pytest.mark.parametrize("size", [(1, 1), (5000, 3), (1000, 1000), (300, 40000)])
def test_every_coefficient_of_every_band_lies_in_one_block(size):
    layout = Layout(*size, 3, 8, min(12, (max(size) - 1).bit_length()))
    seen = set()
    for level in range(layout.levels - 1, -1, -1):
        down, across = layout.blocks(level)
        shapes = np.array(
            [[layout.shapes(level, r, c) for c in range(across)] for r in range(down)]
        )
        for third, (h, w) in enumerate(layout.bands(level)):
            assert shapes[:, 0, third, 0].sum() == h or w == 0
            assert shapes[0, :, third, 1].sum() == w or h == 0
        seen |= {layout.number(level, r, c) for r in range(down) for c in range(across)}
    assert seen == set(range(layout.count))
