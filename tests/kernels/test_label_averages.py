"""Colours of labels near their pixels and far from them, against averages by NumPy."""

import numpy as np
import pytest

from redraw.engines.labels.colours import COARSER, Thin, begins_of, colours_of, lattice_shape
from redraw.kernels.label_averages import BEFORE, CELL, TILE


def drawing(shape, labels=3, channels=2):
    """Pixels, their labels in blobs, and which are flat."""
    random = np.random.default_rng(0)
    height, width = shape
    y, x = np.mgrid[:height, :width]
    label = ((y // 9 + x // 13) % (labels + 1) - 1).astype(np.int8)
    label[:, width // 2 :][label[:, width // 2 :] == labels - 1] = -1  # the last one is on one side
    values = random.random((height, width, channels), np.float32)
    return values, label, random.random(shape) < 0.6


def plain(values, label, weight, labels):
    """All nodes of all labels, and averages of tiles, in doubles. (K, R, S, C), (K, A, B, C)"""
    rows, columns = lattice_shape(*label.shape)
    out, averages = [], []
    for own in range(labels):
        sums = np.zeros((rows, columns, values.shape[2] + 1))
        for y, x in np.argwhere(label == own):
            to = sums[y // CELL + BEFORE, x // CELL + BEFORE]
            to += weight[y, x] * np.append(values[y, x], 1.0)
        out.append(filled(sums, float(CELL * CELL)))
        side = 1
        while side < TILE and max(sums.shape[:2]) > 1:
            sums, side = halved(sums), 2 * side
        averages.append(filled(sums, float(CELL * CELL * side * side)))
    return np.stack(out), np.stack(averages)


def halved(sums):
    """Over squares of 2 x 2."""
    even = np.pad(sums, ((0, sums.shape[0] % 2), (0, sums.shape[1] % 2), (0, 0)))
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def filled(sums, full):
    """Means of cells, coarser ones mixed in where there is little weight."""
    if max(sums.shape[:2]) == 1:
        return sums[..., :-1] / max(float(sums[..., -1].sum()), 1e-9)
    coarse = filled(halved(sums), 4 * full)
    for axis in (0, 1):
        side = np.arange(2 * coarse.shape[axis])
        other = np.clip(side // 2 + np.where(side % 2, 1, -1), 0, coarse.shape[axis] - 1)
        coarse = 0.75 * coarse.take(side // 2, axis) + 0.25 * coarse.take(other, axis)
    coarse = coarse[: sums.shape[0], : sums.shape[1]]
    return (sums[..., :-1] / full + COARSER * coarse) / (sums[..., -1:] / full + COARSER)


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (37, 90), (70, 41)])
def test_colours_are_those_of_all_levels(shape):
    values, label, flat = drawing(shape)
    flat &= label >= 0
    begins = begins_of((label >= 0) & ~flat)
    thin = Thin(begins, np.linspace(0.05, 0.3, begins[-1], dtype=np.float32))
    weight = np.ones(shape)
    weight[(label >= 0) & ~flat] = thin.weight
    index, tiles, averages = colours_of(values, label, flat, thin, 3)
    wanted, far = plain(values, label, weight, 3)
    for own, y, x in np.ndindex(*wanted.shape[:3]):
        at = index[own, y // TILE, x // TILE]
        if at >= 0:
            assert np.abs(tiles[at, y % TILE, x % TILE] - wanted[own, y, x]).max() < 1e-5
    assert np.abs(averages - far).max() < 1e-5
    # All nodes near a pixel of the label are kept.
    for own in range(3):
        for y, x in np.argwhere(label == own):
            rows = slice((y // CELL + BEFORE) // TILE, (y // CELL + BEFORE) // TILE + 1)
            columns = slice((x // CELL + BEFORE) // TILE, (x // CELL + BEFORE) // TILE + 1)
            assert (index[own, rows, columns] >= 0).all()
    if shape == (37, 90):
        assert (index < 0).any()
