"""From positions to the features that a network sees, a block of points at a time.

Shapes: N points of a block, D dimensions, F features padded to a power of two, L levels of a grid
likewise.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.functions import sincos

# What features are made of; `KIND` of the kernels.
IDENTITY, FOURIER, GRID = 0, 1, 2
# Gradients of a table are added up as whole numbers of this part of one: in any order the sum is
# the same. 2^-36 is finer than float32 of any gradient that matters, and sums up to 2^27 fit.
FRACTION = 36
# Words that describe a level: rows, first row, hashed, then of each axis the multiplier; and of
# each axis the scale, as the bits of a float32.
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
def cells(xy, levels_ptr, known, level, D: tl.constexpr):
    """Of each level: the near corner's terms, what far ones add, and how far points are from it.

    Returns:
        D times (N, L) int32, D times (1, L) int32, D times (N, L) float32.
    """
    near, steps, right = (), (), ()
    about = levels_ptr + level * LEVEL_WORDS
    for axis in tl.static_range(D):
        multiplier = tl.load(about + 3 + axis, mask=known, other=0)
        scale = tl.load(about + 7 + axis, mask=known, other=0).to(tl.float32, bitcast=True)
        unit = (xy[axis] + 1.0) * 0.5
        # Neither comparison holds for a number that isn't one: it goes through to the weights.
        unit = tl.where(unit < 0.0, 0.0, unit)
        unit = tl.where(unit > 1.0, 1.0, unit)
        position = unit[:, None] * scale[None, :] + 0.5
        cell = tl.where(position > 0.0, tl.floor(position), 0.0)
        near = near + (cell.to(tl.int32) * multiplier[None, :],)
        steps = steps + (multiplier[None, :],)
        right = right + (position - cell,)
    return near, steps, right


@triton.jit
def corner(near, steps, right, hashed, mask, first, NUMBER: tl.constexpr, D: tl.constexpr):
    """Rows of the table, and weights, of one corner. (N, L) each

    Args:
        NUMBER: Which corner: a bit for each axis.
    """
    for axis in tl.static_range(D):
        if (NUMBER >> (D - 1 - axis)) & 1:
            term = near[axis] + steps[axis]
            share = right[axis]
        else:
            term = near[axis]
            share = 1.0 - right[axis]
        if axis == 0:
            added, mixed, weight = term, term, share
        else:
            added, mixed, weight = added + term, mixed ^ term, weight * share
    return tl.where(hashed, mixed & mask, added) + first, weight


@triton.jit
def levels_of(levels_ptr, level, known):
    """Whether levels are hashed, the masks of those that are, and their first rows. (1, L)"""
    about = levels_ptr + level * LEVEL_WORDS
    rows = tl.load(about, mask=known, other=1)
    first = tl.load(about + 1, mask=known, other=0)
    hashed = tl.load(about + 2, mask=known, other=0)
    return (hashed != 0)[None, :], (rows - 1)[None, :], first[None, :]


@triton.jit
def grid_features(
    xy, table_ptr, levels_ptr,
    COUNT: tl.constexpr, WIDTH: tl.constexpr, F: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    """Interpolated rows of a hash grid. D times (N,) -> (N, F)

    Args:
        COUNT: Features there are.
        WIDTH: Of a level; a power of two.
    """
    level = tl.arange(0, F // WIDTH)
    known = level < COUNT // WIDTH
    own = tl.arange(0, WIDTH)[None, None, :]
    hashed, mask, first = levels_of(levels_ptr, level, known)
    near, steps, right = cells(xy, levels_ptr, known, level, D)
    for number in tl.static_range(1 << D):
        row, weight = corner(near, steps, right, hashed, mask, first, number, D)
        at = table_ptr + (row[:, :, None] * WIDTH + own)
        value = tl.load(at, mask=known[None, :, None], other=0.0) * weight[:, :, None]
        if number == 0:
            out = value
        else:
            out += value
    return tl.reshape(out, (out.shape[0], F))


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
    level = tl.arange(0, F // WIDTH)
    known = level < COUNT // WIDTH
    own = tl.arange(0, WIDTH)[None, None, :]
    there = valid[:, None, None] & known[None, :, None]
    given = tl.reshape(slopes, (slopes.shape[0], F // WIDTH, WIDTH))
    # Beyond this the fit has diverged; what isn't a number shows in the loss.
    given = tl.minimum(tl.maximum(given, -4194304.0), 4194304.0) * UNIT
    hashed, mask, first = levels_of(levels_ptr, level, known)
    near, steps, right = cells(xy, levels_ptr, known, level, D)
    for number in tl.static_range(1 << D):
        row, weight = corner(near, steps, right, hashed, mask, first, number, D)
        whole = (given * weight[:, :, None]).to(tl.int64)
        at = sums_ptr + (row[:, :, None] * WIDTH + own)
        tl.atomic_add(at, whole, mask=there, sem="relaxed")
