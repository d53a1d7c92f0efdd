"""One kernel that updates all parameters, by the rules of torch.optim.

A program takes a piece of a parameter. The gradient of a network's parameter is the sum of the
lists that the programs of `redraw.kernels.cuda.network` left, in their order; that of a hash grid's
table is a whole number, which is zero again afterwards. Where parameter and moments lie in memory
says a table of addresses. The last program adds up the losses, and moves the cursor on.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.names import SGD

# Words of a piece: which parameter, the first of its numbers, how many.
PIECE_WORDS = 3
# Words of a parameter: the addresses of it and its two moments, where its gradient begins in a list
# (or -1 for a table).
HOME_WORDS = 4


@triton.jit
def updated(p, g, m, v, rates_ptr, RULE: tl.constexpr, MOMENTUM: tl.constexpr):
    """A parameter and its moments after an update."""
    g = g + tl.load(rates_ptr + 5) * p
    if RULE == SGD:
        if MOMENTUM:
            g = tl.load(rates_ptr + 8) * m + g
            m = g
        return p - tl.load(rates_ptr) * g, m, v
    else:
        p = p * tl.load(rates_ptr + 9)
        m = m + tl.load(rates_ptr + 1) * (g - m)
        v = tl.load(rates_ptr + 2) * v + tl.load(rates_ptr + 3) * g * g
        root = tl.sqrt_rn(v) / tl.load(rates_ptr + 7) + tl.load(rates_ptr + 4)
        return p - tl.load(rates_ptr + 6) * (m / root), m, v


@triton.jit
def change(
    home_ptr, rates_ptr, gradient, offsets, mask, RULE: tl.constexpr, MOMENTUM: tl.constexpr
):
    """Update some numbers of a parameter where they are."""
    parameter_ptr = tl.load(home_ptr).to(tl.pointer_type(tl.float32))
    p = tl.load(parameter_ptr + offsets, mask=mask, other=0.0)
    m, v = p, p
    if RULE != SGD or MOMENTUM:
        first_ptr = tl.load(home_ptr + 1).to(tl.pointer_type(tl.float32))
        m = tl.load(first_ptr + offsets, mask=mask, other=0.0)
    if RULE != SGD:
        second_ptr = tl.load(home_ptr + 2).to(tl.pointer_type(tl.float32))
        v = tl.load(second_ptr + offsets, mask=mask, other=0.0)
    p, m, v = updated(p, gradient, m, v, rates_ptr, RULE, MOMENTUM)
    tl.store(parameter_ptr + offsets, p, mask=mask)
    if RULE != SGD or MOMENTUM:
        tl.store(first_ptr + offsets, m, mask=mask)
    if RULE != SGD:
        tl.store(second_ptr + offsets, v, mask=mask)


@triton.jit
def listed(partials_ptr, offsets, mask, lists, total, LISTS: tl.constexpr, SIZE: tl.constexpr):
    """The sum over lists of some of their numbers. (SIZE,)"""
    sums = tl.zeros((SIZE,), tl.float32)
    own = tl.arange(0, LISTS)[:, None]
    for first in range(0, lists, LISTS):
        at = (first + own).to(tl.int64) * total + offsets[None, :]
        there = (first + own < lists) & mask[None, :]
        sums += tl.sum(tl.load(partials_ptr + at, mask=there, other=0.0), axis=0)
    return sums


@triton.jit(do_not_specialize=["programs", "losses", "total"])
def update_kernel(
    pieces_ptr, homes_ptr, partials_ptr, table_sums_ptr, totals_ptr, steps_ptr, reals_ptr,
    cursor_ptr, results_ptr, programs, losses, total,
    RULE: tl.constexpr, MOMENTUM: tl.constexpr, PIXELS: tl.constexpr, SINGLES: tl.constexpr,
    PARTS: tl.constexpr, ALL: tl.constexpr, LISTS: tl.constexpr, SIZE: tl.constexpr,
    TABLE_SIZE: tl.constexpr, UNIT: tl.constexpr, STEP_WORDS: tl.constexpr,
    STEP_REALS: tl.constexpr, PIECE_WORDS: tl.constexpr, HOME_WORDS: tl.constexpr,
):  # fmt: skip
    """Update a piece of the parameters; the last program: the losses.

    Args:
        pieces_ptr, homes_ptr: See the module; one piece for each program but the last.
        partials_ptr, totals_ptr: What programs left. (2 programs, total) and (2 programs, 2)
        table_sums_ptr: int64
        steps_ptr, reals_ptr, cursor_ptr: As in `redraw.kernels.cuda.network`.
        results_ptr: Mean loss and squared error of each step. (steps, 2)
        programs: That the parts of the batch were given to: the lists of a part.
        losses: Rows of `totals_ptr`, where ALL of them and all lists count.
        RULE: Place in `redraw.kernels.names.RULES`.
        PIXELS: In a block of the first part.
        SINGLES: In a block of the second.
        PARTS: How many parts there are.
        ALL: Whether every list counts, however few pixels there were.
        LISTS: Looked at together.
        SIZE: Of a piece of the network's.
        TABLE_SIZE: Of a piece of a table.
        UNIT: What 1.0 is in the table's sums.
    """
    program = tl.program_id(0)
    step = tl.load(cursor_ptr + 1)
    about = steps_ptr + step * STEP_WORDS
    busy, pixels = tl.load(about + 2), tl.load(about + 3)
    first = tl.minimum(programs, tl.cdiv(busy, PIXELS))
    second = first * 0
    rows = PARTS * programs
    if ALL:
        first = programs
        rows = losses
    if PARTS == 2:
        second = tl.minimum(programs, tl.cdiv(pixels - busy, SINGLES))
    rates_ptr = reals_ptr + step * STEP_REALS
    factor = tl.load(rates_ptr + 21)
    if program == tl.num_programs(0) - 1:
        place = tl.arange(0, 512)
        loss, square = tl.zeros((512,), tl.float64), tl.zeros((512,), tl.float64)
        for block in range(0, rows, 512):
            number = block + place
            counted = (number < first) | ((number >= programs) & (number < programs + second))
            if ALL:
                counted = number < losses
            loss += tl.load(totals_ptr + 2 * number, mask=counted, other=0.0).to(tl.float64)
            square += tl.load(totals_ptr + 2 * number + 1, mask=counted, other=0.0).to(tl.float64)
        tl.store(results_ptr + 2 * step, tl.sum(loss, axis=0) * factor)
        tl.store(results_ptr + 2 * step + 1, tl.sum(square, axis=0) * factor)
        tl.store(cursor_ptr, step + 1)
    else:
        piece_ptr = pieces_ptr + program * PIECE_WORDS
        home_ptr = homes_ptr + tl.load(piece_ptr) * HOME_WORDS
        begin, count = tl.load(piece_ptr + 1), tl.load(piece_ptr + 2)
        start = tl.load(home_ptr + 3)
        if start >= 0:
            own = begin + tl.arange(0, SIZE)
            mask = own < begin + count
            gradient = listed(partials_ptr, start + own, mask, first, total, LISTS, SIZE)
            if PARTS == 2:
                others_ptr = partials_ptr + programs.to(tl.int64) * total
                gradient += listed(others_ptr, start + own, mask, second, total, LISTS, SIZE)
            change(home_ptr, rates_ptr, gradient * factor, own, mask, RULE, MOMENTUM)
        else:
            row = begin + tl.arange(0, TABLE_SIZE)
            there = row < begin + count
            whole = tl.load(table_sums_ptr + row, mask=there, other=0)
            tl.store(table_sums_ptr + row, whole * 0, mask=there)
            sums = (whole.to(tl.float64) * (1.0 / UNIT)).to(tl.float32)
            change(home_ptr, rates_ptr + 10, sums * factor, row, there, RULE, MOMENTUM)
