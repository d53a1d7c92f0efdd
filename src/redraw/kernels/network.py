"""A block of points through the network and back.

A block is up to `capacity` panels of points. `layers` describes the linear layers, one row each,
with the columns below; offsets are in elements of the thread's own buffer (`work`), of the packed
weights (`packs`) or of the shard's gradients (`sums`).
"""

import numpy as np

from redraw.kernels.compiling import inner
from redraw.kernels.functions import activate, sincos_rows
from redraw.kernels.tiles import (
    ROWS,
    outer_full,
    outer_half,
    product4,
    product8,
    slope_rows,
    sum_rows,
    thin,
    turn,
)

# Columns of `layers`.
INPUTS = 0  # features that come in
OUTPUTS = 1  # features that go out
INPUT_ROWS = 2  # rows of a panel of inputs, with padding
OUTPUT_ROWS = 3  # rows of a panel of outputs, with padding
PACK = 4  # in packs: weights for the forward product
PACK_BACK = 5  # in packs: transposed weights, or -1 where inputs need no gradient
SHAPE = 6  # of the weight gradient: TILES, THIN_INPUTS or THIN_OUTPUTS
SUMS = 7  # in sums: weight gradient
BIAS_SUMS = 8  # in sums: bias gradient, (OUTPUT_ROWS, lanes)
X = 9  # in work: inputs
Y = 10  # in work: outputs
SLOPE = 11  # in work: derivative of the activation after this layer
COLUMNS = 12

TILES, THIN_INPUTS, THIN_OUTPUTS = 0, 1, 2
# Inputs or outputs of a layer up to which lane-by-lane sums beat tiles that hold mostly padding.
THIN = 4


@inner
def multiply(packs, pack, inputs, x, out, y, terms, results, panel):
    """One panel: out (results rows) = weights times inputs (terms rows) plus bias."""
    for row in range(0, results, ROWS):
        weights = pack + row * (terms + 1)
        if results - row > 4:
            product8(packs, weights, inputs, x, out, y + row * panel, terms)
        else:
            product4(packs, weights, inputs, x, out, y + row * panel, terms)


@inner
def forward(layers, packs, work, panels, panel, lanes, kind, reals, keep):
    """Inputs of the first layer to outputs of the last, for `panels` panels.

    Args:
        keep: Whether to keep the slopes of every panel, or overwrite them (drawing).
        reals: omega of the first layer, omega of the others, spread.
    """
    depth = layers.shape[0]
    for layer in range(depth):
        terms, results = layers[layer, INPUTS], layers[layer, OUTPUTS]
        x, x_step = layers[layer, X], layers[layer, INPUT_ROWS] * panel
        y, y_step = layers[layer, Y], layers[layer, OUTPUT_ROWS] * panel
        slope = layers[layer, SLOPE]
        omega = reals[0] if layer == 0 else reals[1]
        vectors = results * (panel // lanes)
        for p in range(panels):
            at = y + p * y_step
            multiply(
                packs, layers[layer, PACK], work, x + p * x_step, work, at, terms, results, panel
            )
            if layer < depth - 1:
                activate(
                    kind,
                    work,
                    at,
                    work,
                    slope + (p * y_step if keep else 0),
                    vectors,
                    omega,
                    reals[2],
                )


@inner
def weight_gradient(row, work, delta, turned, sums, base, panels, panel, lanes):
    """Add one layer's weight gradient over the block to the shard's sums."""
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    x, x_step = row[X], row[INPUT_ROWS] * panel
    d_step = row[OUTPUT_ROWS] * panel
    into = base + row[SUMS]
    if row[SHAPE] != TILES:
        # The side with many rows in fours, the thin one row by row.
        many, many_step, one, one_step, longs, shorts = delta, d_step, x, x_step, outputs, inputs
        if row[SHAPE] == THIN_OUTPUTS:
            many, many_step, one, one_step = x, x_step, delta, d_step
            longs, shorts = inputs, outputs
        rows = many_step // panel
        for k in range(shorts):
            for m in range(0, longs, 4):
                at = into + (k * rows + m) * lanes
                thin(
                    work, many + m * panel, work, one + k * panel, sums, at, panels, many_step,
                    one_step,
                )  # fmt: skip
        return
    tile = ROWS * panel
    tiles = (outputs + ROWS - 1) // ROWS
    for k in range(0, inputs, panel):
        blocks = min((inputs - k + lanes - 1) // lanes, panel // lanes)
        for p in range(panels):
            turn(work, x + p * x_step + k * panel, work, turned + p * panel * panel, blocks)
        at = into + (k // panel) * tiles * tile
        for m in range(tiles):
            d = delta + m * tile
            if blocks * lanes == panel:
                outer_full(work, d, work, turned, sums, at + m * tile, panels, d_step)
            else:
                outer_half(work, d, work, turned, sums, at + m * tile, panels, d_step)


@inner
def backward(layers, packs, work, sums, base, delta, other, turned, panels, panel, lanes):
    """Gradients of all parameters over the block, added to the shard's sums.

    Args:
        base: Where this shard's sums begin.
        delta: In work: the gradient of the last layer's outputs.
        other: In work: a second buffer of the same size.
        turned: In work: a buffer of (panels, panel, panel).

    Returns:
        Where in work the gradient of the first layer's inputs is, if it has one.
    """
    depth = layers.shape[0]
    last = layers[depth - 1]
    for p in range(panels):
        at = delta + p * last[OUTPUT_ROWS] * panel
        sum_rows(work, at, sums, base + last[BIAS_SUMS], last[OUTPUTS])
    for layer in range(depth - 1, -1, -1):
        row = layers[layer]
        weight_gradient(row, work, delta, turned, sums, base, panels, panel, lanes)
        if row[PACK_BACK] < 0:
            return delta
        x_step, d_step = row[INPUT_ROWS] * panel, row[OUTPUT_ROWS] * panel
        for p in range(panels):
            at = other + p * x_step
            multiply(
                packs,
                row[PACK_BACK],
                work,
                delta + p * d_step,
                work,
                at,
                row[OUTPUTS],
                row[INPUTS],
                panel,
            )
            if layer > 0:
                before = layers[layer - 1]
                slope = before[SLOPE] + p * x_step
                slope_rows(work, at, work, slope, sums, base + before[BIAS_SUMS], row[INPUTS])
        delta, other = other, delta
    return delta


@inner
def fourier(frequencies, count, axes, work, xy, features, features_step, panels, panel, lanes):
    """[cos, sin] of the phases `frequencies` times (pi (xy + 1)), for `panels` panels.

    Args:
        frequencies: The matrix packed for the forward product.
        count: Its rows.
        axes: Its columns.
        xy: In work: (panels, axes, panel), replaced by pi (xy + 1).
        features: In work: rows of cosines, then rows of sines.
    """
    pi = work.dtype.type(3.141592653589793)
    one = work.dtype.type(1.0)
    for p in range(panels):
        start = xy + p * axes * panel
        for i in range(start, start + axes * panel):
            work[i] = pi * (work[i] + one)
        cosine = features + p * features_step
        sine = cosine + count * panel
        multiply(frequencies, np.int64(0), work, start, work, sine, axes, count, panel)
        sincos_rows(work, sine, work, cosine, count * (panel // lanes))
