"""The wavelet of a spline pyramid: an axis of a level, forward or back, from array to array.

Twin of `redraw.fields.lattice`, which has the sources. Each pair of results is made of the samples
around it alone: nine of them, which the caches hold, so that all four lifting steps are one launch.
A sample beyond an end is the one mirrored there: lifting then gives the same, to the bit, as with
values mirrored in between.

Shapes: N pairs of a program, C planes, H rows, W columns.
"""

import triton
import triton.language as tl

# The lifting steps, and the scaling: as in `redraw.fields.lattice`.
A = tl.constexpr(-1.586134342059924)
B = tl.constexpr(-0.052980118572961)
C = tl.constexpr(0.882911075530934)
D = tl.constexpr(0.443506852043971)
GAIN = tl.constexpr(1.149604398860241)


@triton.jit
def pair_of(number, side, lines, along, across, ALONG_FIRST: tl.constexpr):
    """Which pair a number is: k, whether there is one, and where its line begins.

    Args:
        number: Of the pair in its plane. (N,)
        side: Samples along the axis.
        lines: Of samples.
        along: From one sample to the next.
        across: From one line to the next.
        ALONG_FIRST: Whether pairs of a line follow one another; else those of a row of lines.
    """
    half = (side + 1) // 2
    if ALONG_FIRST:
        k = number % half
        line = number // half
    else:
        k = number // lines
        line = number % lines
    return k, number < half * lines, line * across


@triton.jit
def sample_at(source_ptr, index, side, along, there):
    """Sample `index` of a line, mirrored at the first and the last. (N,)"""
    period = tl.maximum(2 * side - 2, 1)
    within = tl.abs(index) % period
    within = tl.where(within < side, within, period - within)
    return tl.load(source_ptr + within * along, mask=there, other=0.0)


@triton.jit(do_not_specialize=["side", "lines", "along", "across", "plane"])
def split_kernel(
    source_ptr, target_ptr, side, lines, along, across, plane,
    N: tl.constexpr, ALONG_FIRST: tl.constexpr,
):  # fmt: skip
    """Low and high halves along an axis of the top left of all planes. (C, H, W) -> (C, H, W)

    Args:
        source_ptr: Samples.
        target_ptr: The low ones, then the high ones; another array.
        side, lines, along, across, ALONG_FIRST: As of `pair_of`.
        plane: From one plane to the next.
    """
    number = tl.program_id(0) * N + tl.arange(0, N)
    k, there, start = pair_of(number, side, lines, along, across, ALONG_FIRST)
    offset = tl.program_id(1).to(tl.int64) * plane
    line_ptr = source_ptr + offset + start
    middle = 2 * k
    e0 = sample_at(line_ptr, middle - 4, side, along, there)
    o0 = sample_at(line_ptr, middle - 3, side, along, there)
    e1 = sample_at(line_ptr, middle - 2, side, along, there)
    o1 = sample_at(line_ptr, middle - 1, side, along, there)
    e2 = sample_at(line_ptr, middle, side, along, there)
    o2 = sample_at(line_ptr, middle + 1, side, along, there)
    e3 = sample_at(line_ptr, middle + 2, side, along, there)
    o3 = sample_at(line_ptr, middle + 3, side, along, there)
    e4 = sample_at(line_ptr, middle + 4, side, along, there)
    single = e2
    o0 += A * (e0 + e1)
    o1 += A * (e1 + e2)
    o2 += A * (e2 + e3)
    o3 += A * (e3 + e4)
    e1 += B * (o0 + o1)
    e2 += B * (o1 + o2)
    e3 += B * (o2 + o3)
    o1 += C * (e1 + e2)
    o2 += C * (e2 + e3)
    e2 += D * (o1 + o2)
    low = tl.where(side == 1, single, e2 * GAIN)
    half = (side + 1) // 2
    tl.store(target_ptr + offset + start + k * along, low, mask=there)
    both = there & (middle + 1 < side)
    tl.store(target_ptr + offset + start + (half + k) * along, o2 / GAIN, mask=both)


@triton.jit
def low_at(source_ptr, k, side, along, there):
    """Low coefficient `k` of a line, without its scaling. (N,)"""
    value = coefficient_at(source_ptr, 2 * k, side, along, there)
    return tl.where(side == 1, value, value / GAIN)


@triton.jit
def high_at(source_ptr, k, side, along, there):
    """High coefficient `k` of a line, without its scaling. (N,)"""
    return coefficient_at(source_ptr, 2 * k + 1, side, along, there) * GAIN


@triton.jit
def coefficient_at(source_ptr, index, side, along, there):
    """What belongs to sample `index`, mirrored at the first and the last. (N,)"""
    period = tl.maximum(2 * side - 2, 1)
    within = tl.abs(index) % period
    within = tl.where(within < side, within, period - within)
    at = within // 2 + (within % 2) * ((side + 1) // 2)
    return tl.load(source_ptr + at * along, mask=there & (at < side), other=0.0)


@triton.jit(do_not_specialize=["side", "lines", "along", "across", "plane"])
def join_kernel(
    source_ptr, target_ptr, side, lines, along, across, plane,
    N: tl.constexpr, ALONG_FIRST: tl.constexpr,
):  # fmt: skip
    """Undo `split_kernel`: samples from low and high halves. (C, H, W) -> (C, H, W)"""
    number = tl.program_id(0) * N + tl.arange(0, N)
    k, there, start = pair_of(number, side, lines, along, across, ALONG_FIRST)
    offset = tl.program_id(1).to(tl.int64) * plane
    line_ptr = source_ptr + offset + start
    o0 = high_at(line_ptr, k - 2, side, along, there)
    e1 = low_at(line_ptr, k - 1, side, along, there)
    o1 = high_at(line_ptr, k - 1, side, along, there)
    e2 = low_at(line_ptr, k, side, along, there)
    o2 = high_at(line_ptr, k, side, along, there)
    e3 = low_at(line_ptr, k + 1, side, along, there)
    o3 = high_at(line_ptr, k + 1, side, along, there)
    e4 = low_at(line_ptr, k + 2, side, along, there)
    o4 = high_at(line_ptr, k + 2, side, along, there)
    single = e2
    e1 -= D * (o0 + o1)
    e2 -= D * (o1 + o2)
    e3 -= D * (o2 + o3)
    e4 -= D * (o3 + o4)
    o1 -= C * (e1 + e2)
    o2 -= C * (e2 + e3)
    o3 -= C * (e3 + e4)
    e2 -= B * (o1 + o2)
    e3 -= B * (o2 + o3)
    o2 -= A * (e2 + e3)
    even = tl.where(side == 1, single, e2)
    at = target_ptr + offset + start + 2 * k * along
    tl.store(at, even, mask=there)
    tl.store(at + along, o2, mask=there & (2 * k + 1 < side))


@triton.jit(do_not_specialize=["count", "plane"])
def set_at_kernel(values_ptr, index_ptr, target_ptr, count, plane, N: tl.constexpr):
    """Values of known pixels into planes of all. (C, P), (P,) int32 -> (C, plane)"""
    number = tl.program_id(0) * N + tl.arange(0, N)
    there = number < count
    which = tl.program_id(1).to(tl.int64)
    at = tl.load(index_ptr + number, mask=there, other=0)
    value = tl.load(values_ptr + which * count + number, mask=there, other=0.0)
    tl.store(target_ptr + which * plane + at, value, mask=there)
