"""The parts of a step by themselves, for layers too wide to stay in registers.

Between them are products of whole matrices, which PyTorch makes. Points lie in blocks as in
`redraw.kernels.cuda.network`, so that a block's pixels are all in it; what is no point has a
gradient of zero.

Shapes: M points of a piece in blocks of N, W units of a layer, C channels.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.encodings import scatter
from redraw.kernels.cuda.functions import activate
from redraw.kernels.cuda.network import features_of, judged, located, part_of


@triton.jit
def block_of(
    order_ptr, steps_ptr, cursor_ptr, first,
    SAMPLES: tl.constexpr, PART: tl.constexpr, N: tl.constexpr, PIXELS: tl.constexpr,
    STEP_WORDS: tl.constexpr,
):  # fmt: skip
    """The points of a program's block: rows of the samples, which of the pixel's, whether there."""
    step = tl.load(cursor_ptr)
    key, begin, count = part_of(steps_ptr + step * STEP_WORDS, PART)
    block = first + tl.program_id(0)
    point = tl.arange(0, N)
    which, sample = point // SAMPLES, point % SAMPLES
    slot = block * PIXELS + which
    there = (which < PIXELS) & (slot < count)
    row = tl.load(order_ptr + begin + slot, mask=there, other=0)
    return step, key, begin, count, block, which, sample, there, row


@triton.jit(do_not_specialize=["width", "height", "first"])
def features_kernel(
    order_ptr, index_ptr, positions_ptr, steps_ptr, cursor_ptr, matrix_ptr, table_ptr, levels_ptr,
    out_ptr, width, height, first,
    FEATURES: tl.constexpr, F: tl.constexpr, ENCODING: tl.constexpr, LEVEL_WIDTH: tl.constexpr,
    D: tl.constexpr, SAMPLES: tl.constexpr, ACROSS: tl.constexpr, DOWN: tl.constexpr,
    JITTERED: tl.constexpr, PLACED: tl.constexpr, INDEXED: tl.constexpr, PART: tl.constexpr,
    N: tl.constexpr, PIXELS: tl.constexpr, STEP_WORDS: tl.constexpr,
):  # fmt: skip
    """Features of the points of a piece that begins with block `first`. (M, FEATURES)"""
    if (PART == 0) and (tl.program_id(0) == 0):
        tl.store(cursor_ptr + 1, tl.load(cursor_ptr))
    _, key, _, _, _, _, sample, there, row = block_of(
        order_ptr, steps_ptr, cursor_ptr, first, SAMPLES, PART, N, PIXELS, STEP_WORDS
    )
    xy = located(
        row, sample, there, key, index_ptr, positions_ptr, width, height, ACROSS, DOWN, JITTERED,
        PLACED, INDEXED, D,
    )  # fmt: skip
    features = features_of(
        xy, matrix_ptr, table_ptr, levels_ptr, ENCODING, FEATURES, LEVEL_WIDTH, F, D
    )
    at = tl.program_id(0) * N + tl.arange(0, N)
    column = tl.arange(0, F)[None, :]
    tl.store(
        out_ptr + at[:, None] * FEATURES + column,
        features.to(out_ptr.dtype.element_ty),
        mask=column < FEATURES,
    )


@triton.jit
def activate_kernel(
    sums_ptr, bias_ptr, out_ptr,
    UNITS: tl.constexpr, W: tl.constexpr, BIAS: tl.constexpr, KIND: tl.constexpr,
    OMEGA: tl.constexpr, SPREAD: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """The activation of a layer's sums. (M, UNITS)"""
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)[:, None]
    column = tl.program_id(1) * W + tl.arange(0, W)
    known = column < UNITS
    z = tl.load(sums_ptr + row * UNITS + column[None, :], mask=known[None, :], other=0.0)
    z = z.to(tl.float32)
    if BIAS:
        z += tl.load(bias_ptr + column, mask=known, other=0.0)[None, :]
    h, _ = activate(z, OMEGA, SPREAD, KIND)
    at = out_ptr + row * UNITS + column[None, :]
    tl.store(at, h.to(out_ptr.dtype.element_ty), mask=known[None, :])


@triton.jit
def slope_kernel(
    sums_ptr, bias_ptr, gradient_ptr,
    UNITS: tl.constexpr, W: tl.constexpr, BIAS: tl.constexpr, KIND: tl.constexpr,
    OMEGA: tl.constexpr, SPREAD: tl.constexpr, ROWS: tl.constexpr,
):  # fmt: skip
    """A gradient of activations becomes that of the sums, in place. (M, UNITS)"""
    row = (tl.program_id(0) * ROWS + tl.arange(0, ROWS)).to(tl.int64)[:, None]
    column = tl.program_id(1) * W + tl.arange(0, W)
    known = column < UNITS
    at = row * UNITS + column[None, :]
    z = tl.load(sums_ptr + at, mask=known[None, :], other=0.0).to(tl.float32)
    if BIAS:
        z += tl.load(bias_ptr + column, mask=known, other=0.0)[None, :]
    _, slope = activate(z, OMEGA, SPREAD, KIND)
    gradient = tl.load(gradient_ptr + at, mask=known[None, :], other=0.0).to(tl.float32)
    changed = (gradient * slope).to(gradient_ptr.dtype.element_ty)
    tl.store(gradient_ptr + at, changed, mask=known[None, :])


@triton.jit(do_not_specialize=["first"])
def loss_kernel(
    order_ptr, values_ptr, steps_ptr, reals_ptr, cursor_ptr, raw_ptr, bias_ptr, gradient_ptr,
    totals_ptr, first,
    CHANNELS: tl.constexpr, C: tl.constexpr, BIAS: tl.constexpr, LOSS: tl.constexpr,
    OUTPUT: tl.constexpr, SAMPLES: tl.constexpr, PART: tl.constexpr, N: tl.constexpr,
    P: tl.constexpr, PIXELS: tl.constexpr, STEP_WORDS: tl.constexpr, STEP_REALS: tl.constexpr,
):  # fmt: skip
    """Losses of a piece, added to those of each block before, and the gradient. (M, CHANNELS)"""
    step, _, begin, count, block, which, _, there, row = block_of(
        order_ptr, steps_ptr, cursor_ptr, first, SAMPLES, PART, N, PIXELS, STEP_WORDS
    )
    sharpness = tl.load(reals_ptr + step * STEP_REALS + 20)
    channel = tl.arange(0, C)
    known = (channel < CHANNELS)[None, :]
    at = (tl.program_id(0) * N + tl.arange(0, N))[:, None] * CHANNELS + channel[None, :]
    raw = tl.load(raw_ptr + at, mask=known, other=0.0).to(tl.float32)
    if BIAS:
        raw += tl.load(bias_ptr + channel, mask=channel < CHANNELS, other=0.0)[None, :]
    loss, square, gradient = judged(
        raw, row, which, there, order_ptr + begin, values_ptr, block, count, sharpness, CHANNELS,
        C, SAMPLES, LOSS, OUTPUT, P, PIXELS,
    )  # fmt: skip
    tl.store(gradient_ptr + at, gradient.to(gradient_ptr.dtype.element_ty), mask=known)
    total_ptr = totals_ptr + 2 * tl.program_id(0)
    tl.store(total_ptr, tl.load(total_ptr) + loss)
    tl.store(total_ptr + 1, tl.load(total_ptr + 1) + square)


@triton.jit(do_not_specialize=["width", "height", "first"])
def scatter_kernel(
    order_ptr, index_ptr, positions_ptr, steps_ptr, cursor_ptr, slopes_ptr, table_sums_ptr,
    levels_ptr, width, height, first,
    FEATURES: tl.constexpr, F: tl.constexpr, LEVEL_WIDTH: tl.constexpr,
    D: tl.constexpr, SAMPLES: tl.constexpr, ACROSS: tl.constexpr, DOWN: tl.constexpr,
    JITTERED: tl.constexpr, PLACED: tl.constexpr, INDEXED: tl.constexpr, PART: tl.constexpr,
    N: tl.constexpr, PIXELS: tl.constexpr, STEP_WORDS: tl.constexpr, UNIT: tl.constexpr,
):  # fmt: skip
    """The gradient of a grid's features, into that of its table. (M, FEATURES)"""
    _, key, _, _, _, _, sample, there, row = block_of(
        order_ptr, steps_ptr, cursor_ptr, first, SAMPLES, PART, N, PIXELS, STEP_WORDS
    )
    xy = located(
        row, sample, there, key, index_ptr, positions_ptr, width, height, ACROSS, DOWN, JITTERED,
        PLACED, INDEXED, D,
    )  # fmt: skip
    at = tl.program_id(0) * N + tl.arange(0, N)
    column = tl.arange(0, F)[None, :]
    slopes = tl.load(
        slopes_ptr + at[:, None] * FEATURES + column, mask=column < FEATURES, other=0.0
    )
    scatter(
        slopes.to(tl.float32), there, xy, table_sums_ptr, levels_ptr, FEATURES, LEVEL_WIDTH, F, D,
        UNIT,
    )  # fmt: skip
