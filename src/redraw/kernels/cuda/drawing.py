"""Drawing: a field at points, or the pixels of a drawing of which the axes alone are told.

Shapes: N points of a block, D dimensions, C channels; padded to powers of two.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.functions import sigmoids
from redraw.kernels.cuda.names import SIGMOIDAL, SOFTMAX
from redraw.kernels.cuda.network import features_of, forward


@triton.jit(do_not_specialize=["count", "columns"])
def draw_kernel(
    x_ptr, y_ptr, positions_ptr, out_ptr, addresses_ptr, matrix_ptr, table_ptr, levels_ptr,
    count, columns, sharpness,
    WIDTHS: tl.constexpr, PADDED: tl.constexpr, BIAS: tl.constexpr, KIND: tl.constexpr,
    OMEGA_FIRST: tl.constexpr, OMEGA: tl.constexpr, SPREAD: tl.constexpr, OUTPUT: tl.constexpr,
    ENCODING: tl.constexpr, LEVEL_WIDTH: tl.constexpr, D: tl.constexpr,
    ACROSS: tl.constexpr, DOWN: tl.constexpr, ON_GRID: tl.constexpr, N: tl.constexpr,
    FIRST_TYPE: tl.constexpr, FIRST_PRECISION: tl.constexpr, TYPE: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """Values at points; or means over the positions of each pixel of a drawing, clipped to [0, 1].

    Args:
        x_ptr, y_ptr: Coordinates of the positions along the axes of a drawing (ON_GRID), ACROSS and
            DOWN of them for each pixel.
        positions_ptr: Else the points. (count, D)
        out_ptr: (count, channels)
        count: Points or pixels.
        columns: Of the drawing.
    """
    channels: tl.constexpr = WIDTHS[len(WIDTHS) - 1]
    c: tl.constexpr = PADDED[len(WIDTHS) - 1]
    point = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = point < count
    total = tl.zeros((N, c), tl.float32)
    for sample in range(ACROSS * DOWN):
        if ON_GRID:
            row = point // columns
            column = point - row * columns
            across, down = sample % ACROSS, sample // ACROSS
            xy = (
                tl.load(x_ptr + column * ACROSS + across, mask=there, other=0.0),
                tl.load(y_ptr + row * DOWN + down, mask=there, other=0.0),
            )
        else:
            xy = ()
            for axis in tl.static_range(D):
                at = positions_ptr + point * D + axis
                xy = xy + (tl.load(at, mask=there, other=0.0),)
        features = features_of(
            xy, matrix_ptr, table_ptr, levels_ptr, ENCODING, WIDTHS[0], LEVEL_WIDTH, PADDED[0], D
        )
        values = forward(
            features, addresses_ptr, out_ptr, WIDTHS, PADDED, BIAS, KIND, OMEGA_FIRST, OMEGA,
            SPREAD, FIRST_TYPE, FIRST_PRECISION, TYPE, PRECISION, False, N,
        )  # fmt: skip
        if OUTPUT == SIGMOIDAL:
            values, _ = sigmoids(values * sharpness)
        elif OUTPUT == SOFTMAX:
            known = (tl.arange(0, c) < channels)[None, :]
            logits = tl.where(known, values, -float("inf"))
            powers = tl.exp(logits - tl.max(logits, axis=1)[:, None])
            values = powers / tl.sum(powers, axis=1)[:, None]
        if ON_GRID:
            values = tl.where(values < 0.0, 0.0, tl.where(values > 1.0, 1.0, values))
        total += values
    if ON_GRID:
        total = total * (1.0 / (ACROSS * DOWN))
    channel = tl.arange(0, c)[None, :]
    tl.store(
        out_ptr + point[:, None] * channels + channel,
        total,
        mask=there[:, None] & (channel < channels),
    )
