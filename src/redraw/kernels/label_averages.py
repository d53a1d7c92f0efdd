"""Colours of labels everywhere: averages of their pixels, coarser ones where there are few.

They are nodes of cubic splines on cells of `CELL` pixels, and begin two cells outside of the
picture. Only what lies near pixels of a label is kept, in tiles of `TILE` nodes a side; elsewhere
one average stands for each tile. All of it is a tuple `field`: the number of each tile, -1 for none
(K, A, B) int32; the tiles (n, TILE, TILE, C); the averages (K, A, B, C).

Shapes: H rows, W columns, C channels, K labels, R x S nodes of a lattice, A x B tiles of it.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_tables import cubic_weights

# Pixels of a cell, and cells of a tile (a power of two), along each axis.
CELL, TILE = 2, 8
# Nodes before the picture's first.
BEFORE = 2


@entry
def sums_of_cells(values, label, flat, begins, thin, own, out, near):
    """Weighted sums of the colours of a label over cells, and of the weights.

    Args:
        values: (H, W, C)
        label: (H, W) int, -1 for none.
        flat: Pixels of weight 1. (H, W) bool
        begins: The first of each row's other pixels that have a label. (H + 1,)
        thin: What these weigh. (T,)
        own: The label.
        out: Filled. (R, S, C + 1)
        near: Filled: tiles that hold any of its pixels. (A, B) bool
    """
    height, width, channels = values.shape
    out[:] = 0
    near[:] = False
    for y in range(height):
        i = begins[y]
        for x in range(width):
            k = label[y, x]
            if k < 0:
                continue
            weight = np.float32(1.0)
            if not flat[y, x]:
                weight = thin[i]
                i += 1
            if k != own:
                continue
            row, column = y // CELL + BEFORE, x // CELL + BEFORE
            near[row // TILE, column // TILE] = True
            to = out[row, column]
            for c in range(channels):
                to[c] += weight * values[y, x, c]
            to[channels] += weight


@entry
def halved(sums, out):
    """Sums over squares of 2 x 2 cells. (R, S, C + 1)"""
    rows, columns, channels = sums.shape
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for c in range(channels):
                total = np.float32(0.0)
                for a in range(2):
                    for b in range(2):
                        if 2 * y + b < rows and 2 * x + a < columns:
                            total += sums[2 * y + b, 2 * x + a, c]
                out[y, x, c] = total


@inner
def _between(coarse, y, x, c):
    """Twice as many cells, interpolated: the one at (y, x)."""
    rows, columns = coarse.shape[:2]
    row, column = y // 2, x // 2
    other = min(row + 1, rows - 1) if y % 2 else max(row - 1, 0)
    beside = min(column + 1, columns - 1) if x % 2 else max(column - 1, 0)
    near, far = np.float32(0.75), np.float32(0.25)
    one = near * coarse[row, column, c] + far * coarse[other, column, c]
    two = near * coarse[row, beside, c] + far * coarse[other, beside, c]
    return near * one + far * two


@entry
def means(sums, coarse, full, coarser):
    """Means from sums, in place; the coarser ones count where there is little weight.

    Args:
        sums: And weights, its last channel. (R, S, C + 1)
        coarse: Means of squares of 2 x 2. (R / 2, S / 2, C + 1)
        full: The weight of a cell whose pixels all count.
        coarser: What the coarser ones weigh.
    """
    rows, columns, channels = sums.shape
    share = np.float32(1.0 / full)
    for y in range(rows):
        for x in range(columns):
            weight = share * sums[y, x, channels - 1] + np.float32(coarser)
            for c in range(channels - 1):
                found = share * sums[y, x, c] + np.float32(coarser) * _between(coarse, y, x, c)
                sums[y, x, c] = found / weight


@entry
def tiles_of(sums, coarse, full, coarser, number, out):
    """As `means`, of some tiles, from the finest sums.

    Args:
        sums: (R, S, C + 1)
        coarse: (R / 2, S / 2, C + 1)
        full: As of `means`.
        coarser: As of `means`.
        number: Of each tile in `out`, -1 for those that are left out. (A, B)
        out: Filled where it has a number. (n, TILE, TILE, C)
    """
    rows, columns, channels = sums.shape
    share = np.float32(1.0 / full)
    for y in range(rows):
        for x in range(columns):
            at = number[y // TILE, x // TILE]
            if at < 0:
                continue
            weight = share * sums[y, x, channels - 1] + np.float32(coarser)
            for c in range(channels - 1):
                found = share * sums[y, x, c] + np.float32(coarser) * _between(coarse, y, x, c)
                out[at, y % TILE, x % TILE, c] = found / weight


@inner
def node(field, k, row, column, c):
    """One number of a node."""
    index, tiles, averages = field
    a, b = row // TILE, column // TILE
    at = index[k, a, b]
    if at < 0:
        return averages[k, a, b, c]
    return tiles[at, row % TILE, column % TILE, c]


@inner
def colour_at(field, k, y, x, down, across, out):
    """The colour of label k at a pixel's centre; `down` and `across` are overwritten. (C,)"""
    index, tiles, averages = field
    v = np.float32(y + np.float32(0.5)) / CELL - np.float32(0.5)
    u = np.float32(x + np.float32(0.5)) / CELL - np.float32(0.5)
    row, column = int(np.floor(v)), int(np.floor(u))
    cubic_weights(np.float32(v - row), down)
    cubic_weights(np.float32(u - column), across)
    for c in range(len(out)):
        out[c] = 0
    for a in range(4):
        for b in range(4):
            share = down[a] * across[b]
            i, j = row + a + BEFORE - 1, column + b + BEFORE - 1
            at = index[k, i // TILE, j // TILE]
            for c in range(len(out)):
                if at < 0:
                    out[c] += share * averages[k, i // TILE, j // TILE, c]
                else:
                    out[c] += share * tiles[at, i % TILE, j % TILE, c]


@entry
def amid_four(field, rows, columns, rank, out):
    """Nodes of a lattice twice as coarse: the means of the four that lie around each.

    Args:
        field: See the module.
        rows: Of the fine lattice (R).
        columns: Of the fine lattice (S).
        rank: Numbers of the coarse nodes, -1 for those that are left out. (K, R', S')
        out: Filled. (Q, C)
    """
    labels, high, wide = rank.shape
    for k in range(labels):
        for y in range(high):
            for x in range(wide):
                at = rank[k, y, x]
                if at < 0:
                    continue
                for c in range(out.shape[1]):
                    total = np.float32(0.0)
                    for b in range(2):
                        i = min(max(2 * y - BEFORE + b, 0), rows - 1)
                        for a in range(2):
                            j = min(max(2 * x - BEFORE + a, 0), columns - 1)
                            total += node(field, k, i, j, c)
                    out[at, c] = total / 4
