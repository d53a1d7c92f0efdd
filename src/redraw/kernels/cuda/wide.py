"""A block of points forward and back through wide layers, in one kernel.

A block goes through all layers before another one comes to its multiprocessor: each layer reads
what the same block has just stored, which the caches hold, a slice of its inputs after the other.
(A layer of 256 units as one tile took the assembler minutes, and more registers than there are.)
What is stored are the activations of each hidden layer, and the slopes of its sums, in whose place
their gradients come on the way back: both are what the gradients of the weights follow from. Those
are products over all points, which the card's library makes: a list of them in each program, as for
narrow layers (`redraw.kernels.cuda.network`), would be four bytes a weight written and read for
each block, more than all that is stored here.

Shapes: M points of a piece in blocks of N, W units of a layer, C channels; padded to powers of two.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.functions import activate
from redraw.kernels.cuda.layers import block_of
from redraw.kernels.cuda.network import bias_of, features_of, judged, located, times, weight_of


@triton.jit
def array_at(places_ptr, PLACE: tl.constexpr, TYPE: tl.constexpr, UNITS: tl.constexpr,
             N: tl.constexpr):  # fmt: skip
    """Where a program's rows of a stored array begin."""
    before = (tl.program_id(0) * N).to(tl.int64) * UNITS
    return tl.load(places_ptr + PLACE).to(tl.pointer_type(TYPE)) + before


@triton.jit
def all_of(UNITS: tl.constexpr, W: tl.constexpr, N: tl.constexpr):
    """Offsets of a program's rows from where they begin, and which columns there are. (N, W)"""
    column = tl.arange(0, W)[None, :]
    return tl.arange(0, N)[:, None] * UNITS + column, column < UNITS


@triton.jit
def through(
    rows_ptr, kept_ptr, LAYER: tl.constexpr, TYPE: tl.constexpr, PRECISION: tl.constexpr,
    OUTS: tl.constexpr, INS: tl.constexpr, W: tl.constexpr, INPUTS: tl.constexpr,
    N: tl.constexpr, SLICE: tl.constexpr, BACK: tl.constexpr,
):  # fmt: skip
    """Stored rows times a layer's weights, forward (INS of them to OUTS) or BACK. (N, W)

    Args:
        rows_ptr: Where they begin.
        OUTS, INS: Of the layer.
        W: Padded columns of the result.
        INPUTS: Padded columns of the rows.
        SLICE: Of them, taken at once.
    """
    weight_ptr = tl.load(kept_ptr + LAYER).to(tl.pointer_type(TYPE))
    UNITS: tl.constexpr = OUTS if BACK else INS
    point = tl.arange(0, N)[:, None]
    own = tl.arange(0, W)[None, :]
    total = tl.zeros((N, W), tl.float32)
    for begin in range(0, INPUTS, SLICE):
        inner = begin + tl.arange(0, SLICE)
        if BACK:
            at = weight_ptr + inner[:, None] * INS + own
            known = (inner[:, None] < OUTS) & (own < INS)
            there = inner[None, :] < OUTS
        else:
            at = weight_ptr + own * INS + inner[:, None]
            known = (inner[:, None] < INS) & (own < OUTS)
            there = inner[None, :] < INS
        part = tl.load(rows_ptr + point * UNITS + inner[None, :], mask=there, other=0.0)
        weight = tl.load(at, mask=known, other=0.0)
        total = tl.dot(part, weight, total, input_precision=PRECISION, out_dtype=tl.float32)
    return total


@triton.jit(do_not_specialize=["width", "height", "first"])
def wide_kernel(
    order_ptr, index_ptr, values_ptr, positions_ptr, steps_ptr, reals_ptr, cursor_ptr,
    addresses_ptr, kept_ptr, places_ptr, matrix_ptr, totals_ptr, width, height, first,
    WIDTHS: tl.constexpr, PADDED: tl.constexpr, BIAS: tl.constexpr, KIND: tl.constexpr,
    OMEGA_FIRST: tl.constexpr, OMEGA: tl.constexpr, SPREAD: tl.constexpr, OUTPUT: tl.constexpr,
    LOSS: tl.constexpr, ENCODING: tl.constexpr, D: tl.constexpr,
    SAMPLES: tl.constexpr, ACROSS: tl.constexpr, DOWN: tl.constexpr, JITTERED: tl.constexpr,
    PLACED: tl.constexpr, INDEXED: tl.constexpr, PART: tl.constexpr,
    N: tl.constexpr, P: tl.constexpr, PIXELS: tl.constexpr, FIRST_PRECISION: tl.constexpr,
    TYPE: tl.constexpr, PRECISION: tl.constexpr, STEP_WORDS: tl.constexpr,
    STEP_REALS: tl.constexpr, SLICE: tl.constexpr,
):  # fmt: skip
    """Forward, loss and backward of a piece that begins with block `first`.

    Args:
        order_ptr, index_ptr, values_ptr, positions_ptr, steps_ptr, reals_ptr, cursor_ptr,
            addresses_ptr, matrix_ptr: As of `redraw.kernels.cuda.network.train_kernel`.
        kept_ptr: Addresses of each layer's weights in the type of its products. int64
        places_ptr: Addresses of what is stored, int64: of each layer's inputs (M, W), the first's
            in float32; then of the gradients of each layer's sums (M, W).
        SLICE: Of a layer's inputs, taken at once.
        totals_ptr: Loss and squared error of each block, added to. (M / N, 2)
    """
    depth: tl.constexpr = len(WIDTHS) - 1
    if (PART == 0) and (tl.program_id(0) == 0):
        tl.store(cursor_ptr + 1, tl.load(cursor_ptr))
    step, key, begin, count, block, which, sample, there, row = block_of(
        order_ptr, steps_ptr, cursor_ptr, first, SAMPLES, PART, N, PIXELS, STEP_WORDS
    )
    sharpness = tl.load(reals_ptr + step * STEP_REALS + 20)
    xy = located(
        row, sample, there, key, index_ptr, positions_ptr, width, height, ACROSS, DOWN, JITTERED,
        PLACED, INDEXED, D,
    )  # fmt: skip
    h = features_of(xy, matrix_ptr, matrix_ptr, index_ptr, ENCODING, WIDTHS[0], 1, PADDED[0], D)
    at, known = all_of(WIDTHS[0], PADDED[0], N)
    rows_ptr = array_at(places_ptr, 0, tl.float32, WIDTHS[0], N)
    tl.store(rows_ptr + at, h, mask=known)
    for layer in tl.static_range(depth):
        if layer == 0:
            weight = weight_of(addresses_ptr, 0, PADDED[1], PADDED[0], WIDTHS[1], WIDTHS[0])
            z = times(h, tl.trans(weight), tl.float32, FIRST_PRECISION)
        else:
            # What one thread has stored, another may read.
            tl.debug_barrier()
            z = through(
                rows_ptr, kept_ptr, layer, TYPE, PRECISION, WIDTHS[layer + 1], WIDTHS[layer],
                PADDED[layer + 1], PADDED[layer], N, min(SLICE, PADDED[layer]), False,
            )  # fmt: skip
        if BIAS:
            z = z + bias_of(addresses_ptr, layer, PADDED[layer + 1], WIDTHS[layer + 1])
        if layer < depth - 1:
            if layer == 0:
                y, slope = activate(z, OMEGA_FIRST, SPREAD, KIND)
            else:
                y, slope = activate(z, OMEGA, SPREAD, KIND)
            at, known = all_of(WIDTHS[layer + 1], PADDED[layer + 1], N)
            rows_ptr = array_at(places_ptr, layer + 1, TYPE, WIDTHS[layer + 1], N)
            tl.store(rows_ptr + at, y.to(TYPE), mask=known)
            slopes_ptr = array_at(places_ptr, depth + layer, TYPE, WIDTHS[layer + 1], N)
            tl.store(slopes_ptr + at, slope.to(TYPE), mask=known)
    loss, square, gradient = judged(
        z, row, which, there, order_ptr + begin, values_ptr, block, count, sharpness,
        WIDTHS[depth], PADDED[depth], SAMPLES, LOSS, OUTPUT, P, PIXELS,
    )  # fmt: skip
    total_ptr = totals_ptr + 2 * tl.program_id(0)
    tl.store(total_ptr, tl.load(total_ptr) + loss)
    tl.store(total_ptr + 1, tl.load(total_ptr + 1) + square)
    at, known = all_of(WIDTHS[depth], PADDED[depth], N)
    rows_ptr = array_at(places_ptr, 2 * depth - 1, TYPE, WIDTHS[depth], N)
    tl.store(rows_ptr + at, gradient.to(TYPE), mask=known)
    for layer in tl.static_range(depth - 1, 0, -1):
        tl.debug_barrier()
        below = through(
            rows_ptr, kept_ptr, layer, TYPE, PRECISION, WIDTHS[layer + 1], WIDTHS[layer],
            PADDED[layer], PADDED[layer + 1], N, min(SLICE, PADDED[layer + 1]), True,
        )  # fmt: skip
        at, known = all_of(WIDTHS[layer], PADDED[layer], N)
        rows_ptr = array_at(places_ptr, depth + layer - 1, TYPE, WIDTHS[layer], N)
        slope = tl.load(rows_ptr + at, mask=known, other=0.0)
        tl.store(rows_ptr + at, (below * slope.to(tl.float32)).to(TYPE), mask=known)
