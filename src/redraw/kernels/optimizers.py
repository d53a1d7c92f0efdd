"""Adam, AdamW and SGD, as torch.optim computes them, on gradients that lie in shards.

Sources: Kingma & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; for SGD with
momentum, the documentation of `torch.optim.SGD`.
"""

import math

import numpy as np
from numba import carray

from redraw.kernels.atomics import numbers_at
from redraw.kernels.compiling import inner
from redraw.kernels.names import SGD
from redraw.kernels.network import (
    BIAS_SUMS,
    INPUT_ROWS,
    INPUTS,
    OUTPUT_ROWS,
    OUTPUTS,
    PACK,
    PACK_BACK,
    SHAPE,
    SUMS,
    THIN_INPUTS,
    TILES,
)
from redraw.kernels.tiles import ROWS

# Columns of `addresses`: where a layer's weight and bias and their two moments lie, 0 if nowhere.
WEIGHT, WEIGHT_FIRST, WEIGHT_SECOND, BIAS, BIAS_FIRST, BIAS_SECOND = 0, 1, 2, 3, 4, 5

# Entries of `rates`, computed in float64 for every step.
RATE, FIRST_SHARE, SECOND_KEEP, SECOND_SHARE, EPS = 0, 1, 2, 3, 4
DECAY, STEP_SIZE, ROOT_CORRECTION, MOMENTUM, SHRINK = 5, 6, 7, 8, 9


@inner
def update(rule, parameter, first, second, start, gradient, at, count, rates):
    """Update parameter[start : start + count] from gradient[at : at + count]."""
    decay = rates[DECAY]
    # Slices, because an index that might be negative keeps LLVM from using vectors: a quarter of
    # the time for a grid of 700,000 parameters.
    parameter, gradient = parameter[start : start + count], gradient[at : at + count]
    if rule == SGD:
        rate, momentum = rates[RATE], rates[MOMENTUM]
        if momentum != 0:
            first = first[start : start + count]
        for i in range(count):
            p = parameter[i]
            g = gradient[i] + decay * p
            if momentum != 0:
                g = momentum * first[i] + g
                first[i] = g
            parameter[i] = p - rate * g
        return
    first, second = first[start : start + count], second[start : start + count]
    share, keep, square_share = rates[FIRST_SHARE], rates[SECOND_KEEP], rates[SECOND_SHARE]
    eps, size, root = rates[EPS], rates[STEP_SIZE], rates[ROOT_CORRECTION]
    shrink = rates[SHRINK]
    for i in range(count):
        p = parameter[i] * shrink
        g = gradient[i] + decay * p
        m = first[i]
        m = m + share * (g - m)
        v = keep * second[i] + square_share * g * g
        first[i] = m
        second[i] = v
        parameter[i] = p - size * (m / (math.sqrt(v) / root + eps))


@inner
def gather_lanes(sums, at, shards, stride, lanes, parts):
    """The sum over shards, then lanes, of one number; `parts` (lanes,) is overwritten."""
    for lane in range(lanes):
        parts[lane] = 0
    for shard in range(shards):
        begin = shard * stride + at
        # Slices here and below: see `update`. (Assigning to one takes a second to compile.)
        given = sums[begin : begin + lanes]
        for lane in range(lanes):
            parts[lane] += given[lane]
    total = sums.dtype.type(0.0)
    for lane in range(lanes):
        total += parts[lane]
    return total


@inner
def gather(row, sums, shards, stride, tile, k, scratch, at, panel, lanes):
    """The gradient of 8 outputs by `panel` inputs from input k, to scratch (8, panel).

    Scratch has room for a further row, which is overwritten.
    """
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    size = ROWS * panel
    if row[SHAPE] == TILES:
        tiles = (outputs + ROWS - 1) // ROWS
        source = row[SUMS] + ((k // panel) * tiles + tile) * size
        total = scratch[at : at + size]
        for i in range(size):
            total[i] = 0
        for shard in range(shards):
            begin = shard * stride + source
            given = sums[begin : begin + size]
            for i in range(size):
                total[i] += given[i]
        return
    parts = scratch[at + size : at + size + lanes]
    for r in range(min(ROWS, outputs - tile * ROWS)):
        m = tile * ROWS + r
        for j in range(min(panel, inputs - k)):
            if row[SHAPE] == THIN_INPUTS:
                place = (k + j) * row[OUTPUT_ROWS] + m
            else:
                place = m * row[INPUT_ROWS] + k + j
            source = row[SUMS] + place * lanes
            scratch[at + r * panel + j] = gather_lanes(sums, source, shards, stride, lanes, parts)


@inner
def pack_row(row, weight, m, k, count, packs):
    """Copy weight[m, k : k + count] to where the forward and the backward product read it."""
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    forward = row[PACK] + (m // ROWS) * ROWS * (inputs + 1) + m % ROWS
    for j in range(k, k + count):
        packs[forward + (j + 1) * ROWS] = weight[m * inputs + j]
    if row[PACK_BACK] >= 0:
        for j in range(k, k + count):
            at = row[PACK_BACK] + (j // ROWS) * ROWS * (outputs + 1) + j % ROWS
            packs[at + (m + 1) * ROWS] = weight[m * inputs + j]


@inner
def gather_bias(row, sums, shards, stride, tile, scratch, at, lanes):
    """The gradient of 8 biases, to scratch (8,), of which a further row is overwritten."""
    parts = scratch[at + ROWS : at + ROWS + lanes]
    for r in range(min(ROWS, row[OUTPUTS] - tile * ROWS)):
        source = row[BIAS_SUMS] + (tile * ROWS + r) * lanes
        scratch[at + r] = gather_lanes(sums, source, shards, stride, lanes, parts)


@inner
def update_weights(row, home, tile, k, gradient, at, rule, rates, packs, panel):
    """Update and pack 8 outputs by `panel` inputs from input k; gradient (8, panel) from `at`."""
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    size = (inputs * outputs,)
    weight = carray(numbers_at(home[WEIGHT], packs), size)
    first = carray(numbers_at(home[WEIGHT_FIRST], packs), size)
    second = carray(numbers_at(home[WEIGHT_SECOND], packs), size)
    count = min(panel, inputs - k)
    for r in range(min(ROWS, outputs - tile * ROWS)):
        m = tile * ROWS + r
        begin = m * inputs + k
        update(rule, weight, first, second, begin, gradient, at + r * panel, count, rates)
        pack_row(row, weight, m, k, count, packs)


@inner
def update_bias(row, home, tile, gradient, at, rule, rates, packs):
    """Update and pack 8 biases; gradient (8,) from `at`."""
    outputs = row[OUTPUTS]
    start = tile * ROWS
    count = min(ROWS, outputs - start)
    bias = carray(numbers_at(home[BIAS], packs), (outputs,))
    first = carray(numbers_at(home[BIAS_FIRST], packs), (outputs,))
    second = carray(numbers_at(home[BIAS_SECOND], packs), (outputs,))
    update(rule, bias, first, second, start, gradient, at, count, rates)
    for r in range(count):
        packs[row[PACK] + start * (row[INPUTS] + 1) + r] = bias[start + r]


@inner
def pack_layer(row, home, packs):
    """Pack a layer's weights and bias as PyTorch holds them."""
    inputs, outputs = row[INPUTS], row[OUTPUTS]
    weight = carray(numbers_at(home[WEIGHT], packs), (inputs * outputs,))
    for m in range(outputs):
        pack_row(row, weight, m, np.int64(0), inputs, packs)
    if home[BIAS]:
        bias = carray(numbers_at(home[BIAS], packs), (outputs,))
        for m in range(outputs):
            packs[row[PACK] + (m // ROWS) * ROWS * (inputs + 1) + m % ROWS] = bias[m]
