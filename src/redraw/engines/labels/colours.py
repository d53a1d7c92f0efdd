"""Colours of labels everywhere, from their pixels: one label after another, kept near its pixels.

Shapes: H rows, W columns, C channels, K labels, T thin pixels, A x B tiles, Q nodes.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.kernels import label_averages
from redraw.kernels.label_averages import BEFORE, CELL, TILE

# How much the next coarser average counts.
COARSER = 0.002

Field = tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class Thin:
    """What pixels with a label that are not flat say about its colour.

    Attributes:
        begins: The first of each row, and their end. (H + 1,) int64
        weight: Of flat pixels it is 1. (T,)
    """

    begins: NDArray[np.int64]
    weight: NDArray[np.float32]


def begins_of(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where the chosen pixels of each row begin among all of them, and their end. (H + 1,)"""
    return np.concatenate([[0], np.cumsum(chosen.sum(axis=1))]).astype(np.int64)


def lattice_shape(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of a lattice that begins and ends two cells outside of the picture."""
    down, across = ((2 * side - 1 + CELL) // (2 * CELL) + 2 * BEFORE for side in (height, width))
    return down, across


def colours_of(
    values: NDArray[np.float32],
    label: NDArray[np.int8],
    flat: NDArray[np.bool_],
    thin: Thin,
    labels: int,
) -> Field:
    """Colours of labels everywhere: see `redraw.kernels.label_averages`.

    Args:
        values: (H, W, C)
        label: -1 for none. (H, W)
        flat: (H, W)
        thin: Weights of those that are not flat.
        labels: K.
    """
    rows, columns = lattice_shape(*label.shape)
    channels = values.shape[2]
    shape = -(-rows // TILE), -(-columns // TILE)
    index = np.full((labels, *shape), -1, np.int32)
    averages = np.empty((labels, *shape, channels), np.float32)
    sums, near = np.empty((rows, columns, channels + 1), np.float32), np.empty(shape, bool)
    tiles, count = [], 0
    for own in range(labels):
        label_averages.sums_of_cells(values, label, flat, thin.begins, thin.weight, own, sums, near)
        levels = coarser(sums)
        padded = np.pad(near, 1)
        wide = padded[:, :-2] | padded[:, 1:-1] | padded[:, 2:]
        kept = np.flatnonzero(wide[:-2] | wide[1:-1] | wide[2:])
        number = np.full(near.size, -1, np.int32)
        number[kept] = np.arange(len(kept))
        found = np.zeros((len(kept), TILE, TILE, channels), np.float32)
        label_averages.tiles_of(
            sums, levels[min(1, len(levels) - 1)], float(CELL * CELL), COARSER,
            number.reshape(shape), found,
        )  # fmt: skip
        tiles.append(found)
        averages[own] = levels[min(int(math.log2(TILE)), len(levels) - 1)][..., :-1]
        index[own] = np.where(number < 0, -1, number + count).reshape(shape)
        count += len(kept)
    return index, np.concatenate(tiles), averages


def coarser(sums: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Sums, and means of ever larger squares: each half as many as those before, the last one.

    The first are left as sums.

    Args:
        sums: And weights, the last channel. (R, S, C + 1)
    """
    levels = [sums]
    while max(levels[-1].shape[:2]) > 1:
        last = levels[-1]
        out = np.empty((-(-last.shape[0] // 2), -(-last.shape[1] // 2), last.shape[2]), np.float32)
        label_averages.halved(last, out)
        levels.append(out)
    levels[-1][..., :-1] /= np.maximum(levels[-1][..., -1:], np.float32(1e-9))
    for level in range(len(levels) - 2, 0, -1):
        full = float(CELL * CELL * 4**level)
        label_averages.means(levels[level], levels[level + 1], full, COARSER)
    return levels


def amid(
    field: Field, shape: tuple[int, int], rank: NDArray[np.int32], count: int
) -> NDArray[np.float32]:
    """Nodes of a lattice of cells twice as wide. (Q, C)

    Args:
        field: Colours.
        shape: Of the picture: (H, W).
        rank: Numbers of the nodes. (K, R', S')
        count: How many there are (Q).
    """
    out = np.empty((count, field[1].shape[3]), np.float32)
    label_averages.amid_four(field, *lattice_shape(*shape), rank, out)
    return out
