"""The colours of labels: read for blocks of pixels, fitted to pixels of one label, and trained.

Shapes: K labels, R x S nodes of the lattice of colours, Q of them in use, C channels, blocks of L
pixels with N candidates (`redraw.kernels.labels`); H rows, W columns.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_tables import NONE, cubic_weights
from redraw.kernels.labels import AROUND, BLOCK, COUNT, FIRST, PAINT


@inner
def cell_weights(pixel, cell, out):
    """The first of the four nodes that reach a pixel's centre, and the weights of all. (4,)"""
    first = (2 * pixel + 1 + cell) // (2 * cell)
    cubic_weights(np.float32((pixel + 0.5) / cell + 0.5 - first), out)
    return first


@entry
def paint_blocks(blocks, places, names, rank, colours, cell, paint, part, parts):
    """Colours of all candidates of all blocks.

    Args:
        blocks: As of `redraw.kernels.labels.train_shards`.
        places: Row and column of each pixel. (blocks, L, 2) int32
        names: Labels of the candidates, block by block (N, L). uint8
        rank: Numbers of nodes. (K, R, S) int32
        colours: (Q, C)
        cell: Of the lattice, in pixels.
        paint: Filled, block by block (N, C, L).
    """
    channels = colours.shape[1]
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for block in range(len(blocks) * part // parts, len(blocks) * (part + 1) // parts):
        own, to = blocks[block, FIRST] // AROUND, blocks[block, PAINT]
        for lane in range(BLOCK):
            row = cell_weights(places[block, lane, 0], cell, down)
            column = cell_weights(places[block, lane, 1], cell, across)
            for k in range(blocks[block, COUNT]):
                label = names[own + k * BLOCK + lane]
                for c in range(channels):
                    total = np.float32(0.0)
                    for b in range(4):
                        start = rank[label, row + b, column]
                        line = np.float32(0.0)
                        for a in range(4):
                            line += across[a] * colours[start + a, c]
                        total += down[b] * line
                    paint[to + (k * channels + c) * BLOCK + lane] = total


@entry
def colour_slopes(blocks, places, names, known, rank, pull, cell, gradient, part, parts):
    """Add the gradient of candidates' colours to that of the nodes, and forget it.

    One worker has all nodes of a label: of every `parts`-th of them.

    Args:
        blocks: And all others: as of `paint_blocks`.
        known: Weights of pixels. (blocks, L)
        pull: Block by block (N, C, L); becomes 0.
        gradient: (Q, C)
    """
    channels = gradient.shape[1]
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for block in range(len(blocks)):
        own, source = blocks[block, FIRST] // AROUND, blocks[block, PAINT]
        for lane in range(BLOCK):
            if known[block, lane] == 0:
                continue
            row = cell_weights(places[block, lane, 0], cell, down)
            column = cell_weights(places[block, lane, 1], cell, across)
            for k in range(blocks[block, COUNT]):
                label = names[own + k * BLOCK + lane]
                if label % parts != part:
                    continue
                for b in range(4):
                    start = rank[label, row + b, column]
                    for a in range(4):
                        share = down[b] * across[a]
                        for c in range(channels):
                            at = source + (k * channels + c) * BLOCK + lane
                            gradient[start + a, c] += share * pull[at]
                for c in range(channels):
                    pull[source + (k * channels + c) * BLOCK + lane] = 0


@entry
def update_colours(
    colours, gradient, first, second, start, mass, rank, smooth, hold, rate, correction, root,
    part, parts,
):  # fmt: skip
    """Adam on colours, held to their start; the gradient becomes 0. Labels as in `colour_slopes`.

    Args:
        colours: (Q, C)
        gradient: (Q, C)
        first: Adam's moment. (Q, C)
        second: Adam's moment. (Q, C)
        start: What they are held to. (Q, C)
        mass: How firmly: pixels of that label alone around a node; negative for not to be moved.
            (Q,)
        rank: (K, R, S)
        smooth: Weight of the squared differences of neighbours' moves.
        hold: And of the moves.
        rate: Of the step.
        correction: Of the first moment's bias.
        root: Of the second's.
    """
    labels, high, wide = rank.shape
    channels = colours.shape[1]
    moved = np.empty((high, wide), np.float32)
    for label in range(part, labels, parts):
        for c in range(channels):
            for y in range(high):
                for x in range(wide):
                    i = rank[label, y, x]
                    if i >= 0:
                        moved[y, x] = colours[i, c] - start[i, c]
            for y in range(high):
                for x in range(wide):
                    i = rank[label, y, x]
                    if i < 0:
                        continue
                    if mass[i] < 0:
                        gradient[i, c] = 0
                        continue
                    own = moved[y, x]
                    pulled = (hold + mass[i]) * own
                    if y > 0 and rank[label, y - 1, x] >= 0:
                        pulled += smooth * (own - moved[y - 1, x])
                    if x > 0 and rank[label, y, x - 1] >= 0:
                        pulled += smooth * (own - moved[y, x - 1])
                    if y < high - 1 and rank[label, y + 1, x] >= 0:
                        pulled += smooth * (own - moved[y + 1, x])
                    if x < wide - 1 and rank[label, y, x + 1] >= 0:
                        pulled += smooth * (own - moved[y, x + 1])
                    slope = gradient[i, c] + 2 * pulled
                    one = np.float32(0.9) * first[i, c] + np.float32(0.1) * slope
                    two = np.float32(0.99) * second[i, c] + np.float32(0.01) * slope * slope
                    first[i, c] = one
                    second[i, c] = two
                    colours[i, c] -= (
                        rate * one * correction / (math.sqrt(two * root) + np.float32(1e-8))
                    )
                    gradient[i, c] = 0


@entry
def fit_residuals(
    values, label, flat, begins, thin, asked, colours, rank, cell, gradient, mass
):  # fmt: skip
    """How far pixels of one label are from its colours, carried to the nodes.

    Args:
        values: (H, W, C)
        label: (H, W) int, -1 for none.
        flat: Pixels of weight 1. (H, W) bool
        begins: The first of each row's other pixels that have a label. (H + 1,)
        thin: What these weigh. (T,)
        asked: Which pixels count at all. (H, W) bool
        colours: (Q, C)
        rank: (K, R, S)
        cell: Of the lattice, in pixels.
        gradient: Filled: the weighted sums of the differences. (Q, C)
        mass: Filled: the weights. (Q,)
    """
    height, width, channels = values.shape
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    difference = np.empty(channels, np.float32)
    gradient[:] = 0
    mass[:] = 0
    for y in range(height):
        row = cell_weights(y, cell, down)
        i = begins[y]
        for x in range(width):
            k = label[y, x]
            if k < 0:
                continue
            weight = np.float32(1.0)
            if not flat[y, x]:
                weight = thin[i]
                i += 1
            if not asked[y, x] or weight == 0:
                continue
            column = cell_weights(x, cell, across)
            for c in range(channels):
                difference[c] = values[y, x, c]
            for b in range(4):
                start = rank[k, row + b, column]
                for a in range(4):
                    share = down[b] * across[a]
                    for c in range(channels):
                        difference[c] -= share * colours[start + a, c]
            for b in range(4):
                start = rank[k, row + b, column]
                for a in range(4):
                    share = weight * down[b] * across[a]
                    mass[start + a] += share
                    for c in range(channels):
                        gradient[start + a, c] += share * difference[c]


@entry
def open_pixels(label, exact, rank, cell, out, first, last):
    """Which pixels have a say about their label's colour: one of its nodes is not exact yet.

    Args:
        label: (H, W) int, -1 for none.
        exact: (Q,) bool
        rank: (K, R, S)
        cell: Of the lattice, in pixels.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    for y in range(first, last):
        row = (2 * y + 1 + cell) // (2 * cell)
        for x in range(label.shape[1]):
            out[y, x] = False
            k = label[y, x]
            if k < 0:
                continue
            column = (2 * x + 1 + cell) // (2 * cell)
            for b in range(4):
                start = rank[k, row + b, column]
                for a in range(4):
                    if not exact[start + a]:
                        out[y, x] = True


@entry
def unexplained(values, owner, colours, rank, cell, tolerance, out, first, last):
    """Which pixels of one label differ from its colour by more than `tolerance`.

    Args:
        values: (H, W, C)
        owner: (H, W) uint8, `NONE` for pixels that aren't asked.
        colours: (Q, C)
        rank: (K, R, S)
        cell: Of the lattice, in pixels.
        tolerance: In any channel.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    _, width, channels = values.shape
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(first, last):
        row = cell_weights(y, cell, down)
        for x in range(width):
            out[y, x] = False
            k = owner[y, x]
            if k == NONE:
                continue
            column = cell_weights(x, cell, across)
            for c in range(channels):
                total = values[y, x, c]
                for b in range(4):
                    start = rank[k, row + b, column]
                    for a in range(4):
                        total -= down[b] * across[a] * colours[start + a, c]
                if abs(total) > tolerance:
                    out[y, x] = True


@entry
def ranges_of_nodes(values, label, counts, rank, cell, low, high):
    """The least and the largest values of the pixels of its label that each node reaches.

    Args:
        values: (H, W, C)
        label: (H, W) int, -1 for none.
        counts: Which pixels do. (H, W) bool
        rank: (K, R, S)
        cell: Of the lattice, in pixels.
        low: Lowered. (Q, C)
        high: Raised. (Q, C)
    """
    height, width, channels = values.shape
    for y in range(height):
        row = (2 * y + 1 + cell) // (2 * cell)
        for x in range(width):
            k = label[y, x]
            if k < 0 or not counts[y, x]:
                continue
            column = (2 * x + 1 + cell) // (2 * cell)
            for b in range(4):
                start = rank[k, row + b, column]
                for a in range(4):
                    for c in range(channels):
                        low[start + a, c] = min(low[start + a, c], values[y, x, c])
                        high[start + a, c] = max(high[start + a, c], values[y, x, c])
