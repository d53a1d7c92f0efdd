"""Choosing what a spline pyramid keeps, on a card: the passes of an alternating step.

Twin of `redraw.kernels.sparse`, and of `engines.spline.alternating_passes.PlainPasses`, which says
what each pass is for. Blocks are found by a list: where the first coefficient of each is, or the
bitwise complement of that for one that is read column by column. Sums are made program by program,
and then in the programs' order: two runs agree to the bit.

What one launch finds and the next one needs stays in a list of words on the card (`WORDS`), floats
by their bits: the host is not asked.

Shapes: C planes, H rows, W columns, M matrices, B blocks, K kept coefficients, N of a program.
"""

import triton
import triton.language as tl

# Of the absolute values' bits, counted by at once.
BINS = tl.constexpr(1 << 11)
# Words on the card: how many of the largest are still to be passed over, the bits found so far, how
# many shall be kept, and the bits of the threshold below the smallest kept.
LEFT, FOUND, KEEP, LEAST = (tl.constexpr(n) for n in range(4))
WORDS = 4


@triton.jit
def corners_of(blocks_ptr, number, there, width):
    """Offsets of the four coefficients of blocks, in the order that matrices take them. 4 x (N,)"""
    told = tl.load(blocks_ptr + number, mask=there, other=0)
    turned = told < 0
    first = tl.where(turned, ~told, told)
    second = tl.where(turned, width, 1)
    third = tl.where(turned, 1, width)
    return first, first + second, first + third, first + width + 1


@triton.jit
def block_at(source_ptr, blocks_ptr, number, there, width):
    """The four coefficients of blocks. 4 x (N,)"""
    a, b, c, d = corners_of(blocks_ptr, number, there, width)
    return (
        tl.load(source_ptr + a, mask=there, other=0.0),
        tl.load(source_ptr + b, mask=there, other=0.0),
        tl.load(source_ptr + c, mask=there, other=0.0),
        tl.load(source_ptr + d, mask=there, other=0.0),
    )


@triton.jit
def times_column(p, q, r, s, matrix_ptr, J: tl.constexpr, TURNED: tl.constexpr):
    """A column of row times matrix; of its transpose if TURNED says so. (N,)"""
    if TURNED:
        at = matrix_ptr + 4 * J
        step: tl.constexpr = 1
    else:
        at = matrix_ptr + J
        step: tl.constexpr = 4
    return (
        p * tl.load(at) + q * tl.load(at + step) + r * tl.load(at + 2 * step)
        + s * tl.load(at + 3 * step)
    )  # fmt: skip


@triton.jit(do_not_specialize=["count"])
def least_kernel(values_ptr, significant_ptr, leasts_ptr, count, N: tl.constexpr):
    """The smallest absolute value kept that is not zero, of each program. (K,) -> (programs,)"""
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < count
    size = tl.abs(tl.load(values_ptr + number, mask=there, other=0.0))
    used = tl.load(significant_ptr + number, mask=there, other=-1) >= 0
    tl.store(
        leasts_ptr + tl.program_id(0),
        tl.min(tl.where(used & (size > 0.0), size, float("inf")), axis=0),
    )


@triton.jit(do_not_specialize=["programs"])
def threshold_kernel(leasts_ptr, significant_ptr, words_ptr, programs, N: tl.constexpr):
    """The number just below the smallest kept; 0 where nothing is."""
    least = tl.full((N,), float("inf"), tl.float32)
    for first in range(0, programs, N):
        number = first + tl.arange(0, N)
        found = tl.load(leasts_ptr + number, mask=number < programs, other=float("inf"))
        least = tl.minimum(least, found)
    below = tl.min(least, axis=0).to(tl.int32, bitcast=True) - 1
    some = tl.load(significant_ptr) >= 0
    tl.store(words_ptr + LEAST, tl.where(some, below, 0))


@triton.jit(do_not_specialize=["count", "width"])
def correlate_kernel(
    coefficients_ptr, blocks_ptr, transforms_ptr, chosen_ptr, words_ptr, sums_ptr, counts_ptr,
    count, width,
    MATRICES: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """By transform, sums of block times kept coefficients, and how many blocks keep any.

    Args:
        coefficients_ptr: Before any block is multiplied. (C, H, W)
        transforms_ptr: The matrices; blocks are multiplied by their inverses. (M, 4, 4)
        chosen_ptr: (B,) uint8
        sums_ptr: Of each program. (programs, MATRICES, 16) float64
        counts_ptr: (programs, MATRICES) float64
        count: Blocks there are.
        MATRICES: A power of two, 16 or more.
    """
    program, programs = tl.program_id(0), tl.num_programs(0)
    threshold = tl.load(words_ptr + LEAST).to(tl.float32, bitcast=True)
    matrix = tl.arange(0, MATRICES)
    quarter = tl.arange(0, 4)
    sums = tl.zeros((MATRICES, 16), tl.float64)
    counts = tl.zeros((MATRICES,), tl.float64)
    for begin in range(program * N, count, programs * N):
        number = begin + tl.arange(0, N)
        there = number < count
        told = tl.load(blocks_ptr + number, mask=there, other=0)
        own = tl.load(chosen_ptr + number, mask=there, other=0).to(tl.int32)
        turned = (told < 0)[:, None]
        first = tl.where(told < 0, ~told, told)[:, None]
        right = tl.where(turned, quarter // 2, quarter % 2)
        down = tl.where(turned, quarter % 2, quarter // 2)
        block = tl.load(coefficients_ptr + first + right + down * width, mask=there[:, None],
                        other=0.0)  # fmt: skip
        # The inverse is the transpose: entry (i, j) of it stands at 4 j + i.
        at = own[:, None, None] * 16 + quarter[None, None, :] * 4 + quarter[None, :, None]
        kept = tl.sum(block[:, :, None] * tl.load(transforms_ptr + at), axis=1)
        kept = tl.where(tl.abs(kept) > threshold, kept, 0.0)
        some = there & (tl.max(tl.abs(kept), axis=1) > 0.0)
        products = tl.reshape(block[:, :, None] * kept[:, None, :], (N, 16))
        owners = ((own[None, :] == matrix[:, None]) & some[None, :]).to(tl.float32)
        sums += tl.dot(owners, products, input_precision="ieee").to(tl.float64)
        counts += tl.sum(owners, axis=1).to(tl.float64)
    place = (program * MATRICES + matrix).to(tl.int64)
    tl.store(sums_ptr + place[:, None] * 16 + tl.arange(0, 16)[None, :], sums)
    tl.store(counts_ptr + place, counts)


@triton.jit(do_not_specialize=["programs"])
def gather_kernel(sums_ptr, counts_ptr, out_ptr, programs, MATRICES: tl.constexpr):
    """All programs' sums and counts of one matrix, added up in their order. (M, 17) float64"""
    matrix, entry = tl.program_id(0), tl.arange(0, 16)
    total = tl.zeros((16,), tl.float64)
    count = 0.0
    count = count + tl.zeros((1,), tl.float64)
    for program in range(programs):
        place = (program * MATRICES + matrix).to(tl.int64)
        total += tl.load(sums_ptr + place * 16 + entry)
        count += tl.load(counts_ptr + place + tl.arange(0, 1))
    tl.store(out_ptr + matrix * 17 + entry, total)
    tl.store(out_ptr + matrix * 17 + 16 + tl.arange(0, 1), count)


@triton.jit(do_not_specialize=["count", "width", "matrices"])
def choose_kernel(
    coefficients_ptr, blocks_ptr, inverses_ptr, costs_ptr, square_ptr, chosen_ptr, count, width,
    matrices,
    N: tl.constexpr,
):  # fmt: skip
    """For each block the matrix with the least cost; see `redraw.kernels.sparse.choose`.

    Args:
        inverses_ptr: (M, 4, 4)
        costs_ptr: (M,)
        square_ptr: The square of the threshold. (1,)
        chosen_ptr: Filled. (B,) uint8
    """
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < count
    p, q, r, s = block_at(coefficients_ptr, blocks_ptr, number, there, width)
    square = tl.load(square_ptr)
    best = tl.zeros((N,), tl.int32)
    least = tl.full((N,), float("inf"), tl.float32)
    for matrix in range(matrices):
        total = tl.zeros((N,), tl.float32)
        largest = tl.zeros((N,), tl.float32)
        for j in tl.static_range(4):
            value = times_column(p, q, r, s, inverses_ptr + matrix * 16, j, False)
            value *= value
            total += tl.minimum(value, square)
            largest = tl.maximum(largest, value)
        cost = total + tl.where(largest > square, tl.load(costs_ptr + matrix), 0.0)
        best = tl.where(cost < least, matrix, best)
        least = tl.minimum(least, cost)
    # Nothing can lift any of these above the threshold.
    best = tl.where(p * p + q * q + r * r + s * s <= square, 0, best)
    tl.store(chosen_ptr + number, best.to(tl.uint8), mask=there)


@triton.jit(do_not_specialize=["count", "width"])
def multiply_kernel(
    source_ptr, target_ptr, blocks_ptr, matrices_ptr, chosen_ptr, count, width,
    TURNED: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """Each block times its matrix, or times its transpose if TURNED says so. (C, H, W)

    Args:
        source_ptr: May be `target_ptr`.
        chosen_ptr: Which of the matrices (M, 4, 4). (B,) uint8
    """
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < count
    own = tl.load(chosen_ptr + number, mask=there, other=0).to(tl.int32)
    corners = corners_of(blocks_ptr, number, there, width)
    p, q, r, s = block_at(source_ptr, blocks_ptr, number, there, width)
    for j in tl.static_range(4):
        value = times_column(p, q, r, s, matrices_ptr + own * 16, j, TURNED)
        tl.store(target_ptr + corners[j], value, mask=there)


@triton.jit(do_not_specialize=["count"])
def histogram_kernel(
    coefficients_ptr, words_ptr, counts_ptr, count,
    TOP: tl.constexpr, LOW: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """How often each value of bits LOW to TOP of the absolute values comes up, of those whose
    higher bits are what was found so far. (BINS,) int32, added to.
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    value = tl.load(coefficients_ptr + number, mask=there, other=0.0)
    bits = value.to(tl.int32, bitcast=True) & 0x7FFFFFFF
    if TOP < 31:
        there = there & ((bits >> TOP) == tl.load(words_ptr + FOUND))
    place = (bits >> LOW) & ((1 << (TOP - LOW)) - 1)
    found = tl.histogram(place, BINS, mask=there)
    tl.atomic_add(counts_ptr + tl.arange(0, BINS), found, mask=found > 0, sem="relaxed")


@triton.jit(do_not_specialize=["count"])
def pick_kernel(words_ptr, counts_ptr, count, TOP: tl.constexpr, LOW: tl.constexpr):
    """Which of the bins the threshold is in; the counts are zero again afterwards.

    Args:
        count: Of all coefficients: where no fewer shall be kept, the threshold is zero.
    """
    size: tl.constexpr = 1 << (TOP - LOW)
    bins = tl.arange(0, size)
    if TOP == 31:
        left, found = tl.load(words_ptr + KEEP), 0
    else:
        left, found = tl.load(words_ptr + LEFT), tl.load(words_ptr + FOUND)
    above = tl.cumsum(tl.load(counts_ptr + size - 1 - bins), axis=0)
    passed = above <= left
    at = tl.sum(passed.to(tl.int32), axis=0)
    left -= tl.max(tl.where(passed, above, 0), axis=0)
    found = (found << (TOP - LOW)) | (size - 1 - at)
    if LOW == 0:
        found = tl.where(tl.load(words_ptr + KEEP) >= count, 0, found)
    tl.store(words_ptr + LEFT, left)
    tl.store(words_ptr + FOUND, found)
    tl.store(counts_ptr + bins, bins * 0)


@triton.jit(do_not_specialize=["count"])
def mark_kernel(
    coefficients_ptr, words_ptr, mask_ptr, kept_ptr, squares_ptr, count, N: tl.constexpr
):
    """Which coefficients lie above the threshold, how many, and the squares of the others.

    Args:
        mask_ptr: (C, H, W) uint8
        kept_ptr: Of each program. (programs,) int32
        squares_ptr: The same. (programs,) float64
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    threshold = tl.load(words_ptr + FOUND).to(tl.float32, bitcast=True)
    value = tl.load(coefficients_ptr + number, mask=there, other=0.0)
    kept = tl.abs(value) > threshold
    wide = tl.where(kept, 0.0, value).to(tl.float64)
    tl.store(mask_ptr + number, kept.to(tl.uint8), mask=there)
    tl.store(kept_ptr + tl.program_id(0), tl.sum(kept.to(tl.int32), axis=0))
    tl.store(squares_ptr + tl.program_id(0), tl.sum(wide * wide, axis=0))


@triton.jit(do_not_specialize=["count", "width"])
def used_kernel(mask_ptr, blocks_ptr, chosen_ptr, used_ptr, count, width, N: tl.constexpr):
    """The transforms of blocks that keep anything, 0 for the others. (B,) uint8"""
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < count
    a, b, c, d = corners_of(blocks_ptr, number, there, width)
    some = (
        tl.load(mask_ptr + a, mask=there, other=0) | tl.load(mask_ptr + b, mask=there, other=0)
        | tl.load(mask_ptr + c, mask=there, other=0) | tl.load(mask_ptr + d, mask=there, other=0)
    )  # fmt: skip
    own = tl.load(chosen_ptr + number, mask=there, other=0)
    tl.store(used_ptr + number, tl.where(some > 0, own, 0).to(tl.uint8), mask=there)


@triton.jit(do_not_specialize=["programs"])
def before_kernel(kept_ptr, before_ptr, programs, N: tl.constexpr):
    """How many coefficients the programs before each one keep. (programs,) int32"""
    total = 0
    for first in range(0, programs, N):
        number = first + tl.arange(0, N)
        kept = tl.load(kept_ptr + number, mask=number < programs, other=0)
        tl.store(before_ptr + number, total + tl.cumsum(kept, axis=0) - kept,
                 mask=number < programs)  # fmt: skip
        total += tl.sum(kept, axis=0)


@triton.jit(do_not_specialize=["count", "room"])
def collect_kernel(
    coefficients_ptr, mask_ptr, before_ptr, significant_ptr, values_ptr, count, room,
    N: tl.constexpr,
):  # fmt: skip
    """The marked coefficients in their order, as many as there is room for. (K,) and (K,)"""
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    kept = tl.load(mask_ptr + number, mask=there, other=0).to(tl.int32)
    place = tl.load(before_ptr + tl.program_id(0)) + tl.cumsum(kept, axis=0) - kept
    known = (kept > 0) & (place < room)
    value = tl.load(coefficients_ptr + number, mask=known, other=0.0)
    tl.store(significant_ptr + place, number.to(tl.int32), mask=known)
    tl.store(values_ptr + place, value, mask=known)


@triton.jit(do_not_specialize=["count"])
def spread_kernel(significant_ptr, values_ptr, target_ptr, count, N: tl.constexpr):
    """The kept coefficients where they belong, in planes of zeros. (K,), (K,) -> (C, H, W)"""
    number = tl.program_id(0) * N + tl.arange(0, N)
    at = tl.load(significant_ptr + number, mask=number < count, other=-1)
    value = tl.load(values_ptr + number, mask=at >= 0, other=0.0)
    tl.store(target_ptr + at, value, mask=at >= 0)
