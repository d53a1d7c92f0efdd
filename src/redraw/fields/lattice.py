"""The pyramid of lattices: which coefficients there are, and the pixels they stand for.

A plane of H x W pixel averages is turned by lifting into the biorthogonal wavelet of Cohen,
Daubechies and Feauveau with 9 and 7 taps: low and high halves along each axis, and again of what is
low in both, level by level. The coefficients lie in the plane itself, the low ones of the last
level in its top left corner. Level 0 is the finest. The scaling makes the wavelet nearly
orthonormal, so that a coefficient's square is about the squared error that leaving it out costs.

The coefficients of a level's three bands are taken in blocks of 2 x 2, and each block is multiplied
by one of a few 4 x 4 matrices. A coefficient of the bands that is in no block (the last row or
column of an odd side) stays as it is.

Shapes: C planes, H rows, W columns, L levels, M matrices, B blocks.

Sources: Daubechies & Sweldens 1998, "Factoring wavelet transforms into lifting steps", section
7.7; blocks with one of several orthonormal matrices: Sezer, Guleryuz & Altunbasak 2015,
"Approximation and compression with sparse orthonormal transforms".
"""

import torch
from torch import Tensor

from redraw.coding.pyramid import halvings, levels_of
from redraw.fields.bands import Band

# The lifting steps of the 9/7 wavelet, in the order of the analysis: odd, even, odd, even.
STEPS = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)
# Makes low coefficients of a constant the square root of two times it: nearly orthonormal.
GAIN = 1.149604398860241


def mirrored(index: Tensor, side: int) -> Tensor:
    """Any whole number as one of 0 to side - 1: the lattice goes on mirrored. Any shape."""
    within = index.remainder(2 * side)
    return torch.minimum(within, 2 * side - 1 - within)


def analyse(averages: Tensor) -> Tensor:
    """The coefficients of pixel averages, before any block is multiplied. (C, H, W) -> (C, H, W)"""
    height, width = averages.shape[1:]
    levels = levels_of(width, height)
    result = averages.clone()
    down, across = halvings(height, levels), halvings(width, levels)
    for level in range(levels):
        part = result[:, : down[level], : across[level]]
        part = torch.cat(split(part, 1), dim=1)
        result[:, : down[level], : across[level]] = torch.cat(split(part, 2), dim=2)
    return result


def synthesise(coefficients: Tensor) -> Tensor:
    """The pixel averages of coefficients: the inverse of `analyse`. (C, H, W) -> (C, H, W)"""
    height, width = coefficients.shape[1:]
    levels = levels_of(width, height)
    down, across = halvings(height, levels), halvings(width, levels)
    low = coefficients[:, : down[levels], : across[levels]]
    for level in reversed(range(levels)):
        high, wide = down[level], across[level]
        middle, centre = down[level + 1], across[level + 1]
        top = joined(low, coefficients[:, :middle, centre:wide], 2)
        bottom = joined(
            coefficients[:, middle:high, :centre], coefficients[:, middle:high, centre:wide], 2
        )
        low = joined(top, bottom, 1)
    return low


def split(signal: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Low and high halves along an axis; the signal goes on mirrored at its first and last.

    (C, H, W) -> (C, ceil(H / 2), W) and (C, H // 2, W) along axis 1; so along each.
    """
    if signal.shape[axis] == 1:
        return signal, signal.narrow(axis, 0, 0)
    even, odd = _halves(signal, axis)
    for step, factor in enumerate(STEPS):
        if step % 2 == 0:
            odd = odd + factor * _beside_odd(even, odd.shape[axis], axis)
        else:
            even = even + factor * _beside_even(odd, even.shape[axis], axis)
    return even * GAIN, odd / GAIN


def joined(low: Tensor, high: Tensor, axis: int) -> Tensor:
    """The signal of low and high coefficients along an axis: the inverse of `split`.

    (C, ceil(H / 2), W) and (C, H // 2, W) -> (C, H, W) along axis 1; so along each.
    """
    if high.shape[axis] == 0:
        return low
    even, odd = low / GAIN, high * GAIN
    for step, factor in reversed(list(enumerate(STEPS))):
        if step % 2 == 0:
            odd = odd - factor * _beside_odd(even, odd.shape[axis], axis)
        else:
            even = even - factor * _beside_even(odd, even.shape[axis], axis)
    count = even.shape[axis] + odd.shape[axis]
    if even.shape[axis] > odd.shape[axis]:
        odd = torch.cat([odd, odd.narrow(axis, 0, 1)], axis)  # its last is cut off again
    return torch.stack([even, odd], axis + 1).flatten(axis, axis + 1).narrow(axis, 0, count)


def _halves(signal: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Every second sample from the first on, and the others."""
    moved = signal.movedim(axis, 0)
    return moved[0::2].movedim(0, axis), moved[1::2].movedim(0, axis)


def _beside_odd(even: Tensor, count: int, axis: int) -> Tensor:
    """The sum of both neighbours of each odd sample; mirrored after the last even one."""
    after = torch.cat([even, even.narrow(axis, even.shape[axis] - 1, 1)], axis)
    return after.narrow(axis, 0, count) + after.narrow(axis, 1, count)


def _beside_even(odd: Tensor, count: int, axis: int) -> Tensor:
    """The sum of both neighbours of each even sample; mirrored before the first odd one."""
    last = odd.shape[axis] - 1
    both = torch.cat([odd.narrow(axis, 0, 1), odd, odd.narrow(axis, last, 1)], axis)
    return both.narrow(axis, 0, count) + both.narrow(axis, 1, count)


def read_blocks(coefficients: Tensor, band: Band) -> Tensor:
    """The blocks of a band, plane after plane. (C, H, W) -> (B, 4)"""
    part = (
        coefficients[
            :, band.top : band.top + 2 * band.down, band.left : band.left + 2 * band.across
        ]
        .unflatten(1, (band.down, 2))
        .unflatten(3, (band.across, 2))
    )
    order = (0, 1, 3, 4, 2) if band.turned else (0, 1, 3, 2, 4)
    return part.permute(order).reshape(-1, 4)


def with_blocks(coefficients: Tensor, band: Band, blocks: Tensor) -> Tensor:
    """`coefficients` with the blocks of a band replaced. (C, H, W), (B, 4) -> (C, H, W)"""
    part = blocks.reshape(coefficients.shape[0], band.down, band.across, 2, 2)
    order = (0, 1, 4, 2, 3) if band.turned else (0, 1, 3, 2, 4)
    part = part.permute(order).reshape(coefficients.shape[0], 2 * band.down, 2 * band.across)
    result = coefficients.clone()
    result[:, band.top : band.top + 2 * band.down, band.left : band.left + 2 * band.across] = part
    return result
