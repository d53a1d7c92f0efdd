"""From positions to the features that a network sees, a block of points at a time.

Features are the columns of a tile, so that each is computed by the lanes that will multiply it. Of a
hash grid that means: the cell of a level is found once for each of the level's features, which are
read side by side.

Shapes: N points of a block, D dimensions, F features padded to a power of two.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.functions import sincos

# What features are made of; `KIND` of the kernels.
IDENTITY, FOURIER, GRID = 0, 1, 2
# Gradients of a table are added up as whole numbers of this part of one: in any order the sum is
# the same. 2^-36 is finer than float32 of any gradient that matters, and sums up to 2^27 fit.
FRACTION = 36
# Words that describe a level for each of its features: rows, first row, hashed, then of each axis
# the multiplier; and of each axis the scale, as the bits of a float32.
LEVEL_WORDS = tl.constexpr(12)


@triton.jit
def coordinates(xy, F: tl.constexpr, D: tl.constexpr):
    """Positions themselves as features. D times (N,) -> (N, F)"""
    column = tl.arange(0, F)[None, :]
    out = tl.where(column == 0, xy[0][:, None], 0.0)
    for axis in tl.static_range(1, D):
        out = tl.where(column == axis, xy[axis][:, None], out)
    return out


@triton.jit
def waves(xy, matrix_ptr, ROWS: tl.constexpr, F: tl.constexpr, D: tl.constexpr):
    """Cosines, then sines, of ROWS frequencies. D times (N,) -> (N, F)"""
    column = tl.arange(0, F)
    row = tl.where(column < ROWS, column, column - ROWS)
    known = column < 2 * ROWS
    phase = tl.zeros((1, F), tl.float32)
    for axis in tl.static_range(D):
        frequency = tl.load(matrix_ptr + row * D + axis, mask=known, other=0.0)
        phase += (3.141592653589793 * (xy[axis] + 1.0))[:, None] * frequency[None, :]
    s, c = sincos(phase)
    return tl.where(known[None, :], tl.where((column < ROWS)[None, :], c, s), 0.0)


@triton.jit
def corner(
    xy, levels_ptr, column, known, CORNER: tl.constexpr, D: tl.constexpr
):
    """Rows of the table, and weights, of one corner of the cells that points lie in.

    Returns:
        (N, F) int32 and (N, F) float32, for each feature those of its level.
    """
    about = levels_ptr + column * LEVEL_WORDS
    rows = tl.load(about, mask=known, other=1)
    first = tl.load(about + 1, mask=known, other=0)
    hashed = tl.load(about + 2, mask=known, other=0)
    added = tl.zeros((1, 1), tl.int32)
    mixed = tl.zeros((1, 1), tl.int32)
    weight = tl.full((1, 1), 1.0, tl.float32)
    for axis in tl.static_range(D):
        multiplier = tl.load(about + 3 + axis, mask=known, other=0)
        bits = tl.load(about + 7 + axis, mask=known, other=0)
        scale = bits.to(tl.float32, bitcast=True)
        unit = (xy[axis] + 1.0) * 0.5
        # Neither comparison holds for a number that isn't one: it goes through to the weights.
        unit = tl.where(unit < 0.0, 0.0, unit)
        unit = tl.where(unit > 1.0, 1.0, unit)
        position = unit[:, None] * scale[None, :] + 0.5
        cell = tl.where(position > 0.0, tl.floor(position), 0.0)
        right = position - cell
        near = cell.to(tl.int32) * multiplier[None, :]
        if (CORNER >> (D - 1 - axis)) & 1:
            near += multiplier[None, :]
            weight = weight * right
        else:
            weight = weight * (1.0 - right)
        added = added + near
        mixed = mixed ^ near
    row = tl.where(hashed[None, :] != 0, mixed & (rows - 1)[None, :], added)
    return row + first[None, :], weight


@triton.jit
def grid_features(
    xy, table_ptr, levels_ptr,
    COUNT: tl.constexpr, WIDTH: tl.constexpr, F: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    """Interpolated rows of a hash grid. D times (N,) -> (N, F)

    Args:
        COUNT: Features there are.
        WIDTH: Of a level.
    """
    column = tl.arange(0, F)
    known = column < COUNT
    own = (column % WIDTH)[None, :]
    out = tl.zeros((1, F), tl.float32)
    for number in tl.static_range(1 << D):
        row, weight = corner(xy, levels_ptr, column, known, number, D)
        value = tl.load(table_ptr + row * WIDTH + own, mask=known[None, :], other=0.0)
        out = out + weight * value
    return out


@triton.jit
def scatter(
    slopes, valid, xy, sums_ptr, levels_ptr,
    COUNT: tl.constexpr, WIDTH: tl.constexpr, F: tl.constexpr, D: tl.constexpr,
    UNIT: tl.constexpr,
):  # fmt: skip
    """Add the gradient of features to that of the table, in whole numbers.

    Args:
        slopes: (N, F)
        valid: Which points count. (N,)
        sums_ptr: (rows * WIDTH,) int64
        UNIT: What 1.0 is.
    """
    column = tl.arange(0, F)
    known = column < COUNT
    own = (column % WIDTH)[None, :]
    mask = valid[:, None] & known[None, :]
    for number in tl.static_range(1 << D):
        row, weight = corner(xy, levels_ptr, column, known, number, D)
        given = weight * slopes
        # Beyond this the fit has diverged; what isn't a number shows in the loss.
        given = tl.minimum(tl.maximum(given, -4194304.0), 4194304.0)
        whole = (given * UNIT).to(tl.int64)
        tl.atomic_add(sums_ptr + row * WIDTH + own, whole, mask=mask, sem="relaxed")
