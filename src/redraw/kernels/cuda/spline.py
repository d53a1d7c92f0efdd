"""Drawing splines on a card: B-spline weights of averages, and exact means over rectangles.

Twin of `redraw.kernels.spline`; the sources are in `redraw.fields.spline`.

Shapes: N results of a program, P points, C planes, H rows, W columns; h x w cells of a drawing, T
B-splines that reach a cell.
"""

import triton
import triton.language as tl


@triton.jit
def folded(index, side):
    """Any whole number as one of 0 to side - 1: mirrored at the edges of the picture. (N,)"""
    index = tl.where(index < 0, -1 - index, index) % (2 * side)
    return tl.minimum(index, 2 * side - 1 - index)


@triton.jit(do_not_specialize=["side", "along", "count"])
def filter_kernel(
    source_ptr, target_ptr, filter_ptr, side, along, count, REACH: tl.constexpr, N: tl.constexpr
):
    """A symmetric filter along one axis of all planes. (C, H, W) -> (C, H, W)

    Args:
        source_ptr: Samples.
        target_ptr: Another array.
        filter_ptr: The filter's middle and one side. (REACH + 1,)
        side: Samples along the axis.
        along: From one of them to the next.
        count: C H W.
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    at = (number // along) % side
    line_ptr = source_ptr + (number - at * along)
    total = tl.zeros((N,), tl.float32)
    for step in range(2 * REACH + 1):
        distance = step - REACH
        factor = tl.load(filter_ptr + tl.abs(distance))
        total += factor * tl.load(line_ptr + folded(at + distance, side) * along, mask=there)
    tl.store(target_ptr + number, total, mask=there)


@triton.jit(do_not_specialize=["first", "rows", "columns", "plane", "cells", "taps", "count"])
def along_rows_kernel(
    planes_ptr, index_ptr, shares_ptr, out_ptr, first, rows, columns, plane, cells, taps, count,
    N: tl.constexpr,
):  # fmt: skip
    """Means over the cells' widths, of some rows. (C, H, W) -> (C, rows, w)

    Args:
        planes_ptr: B-spline weights.
        index_ptr, shares_ptr: Columns that reach each cell, and their shares. (T, w)
        out_ptr: Filled.
        first, rows: The first row, and how many.
        columns: W.
        plane: From one plane to the next.
        cells: w.
        taps: T.
        count: Results: C rows w.
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    cell = number % cells
    line = number // cells
    line_ptr = planes_ptr + (line // rows) * plane + (first + line % rows) * columns
    total = tl.zeros((N,), tl.float32)
    for tap in range(taps):
        column = tl.load(index_ptr + tap * cells + cell, mask=there, other=0)
        share = tl.load(shares_ptr + tap * cells + cell, mask=there, other=0.0)
        total += share * tl.load(line_ptr + column, mask=there, other=0.0)
    tl.store(out_ptr + number, total, mask=there)


@triton.jit(do_not_specialize=["rows", "width", "cells", "taps", "count", "channels"])
def along_columns_kernel(
    narrow_ptr, index_ptr, shares_ptr, out_ptr, rows, width, cells, taps, count, channels,
    N: tl.constexpr,
):  # fmt: skip
    """Means over the cells' heights. (C, rows, w) -> (h, w, C)

    Args:
        narrow_ptr: What `along_rows_kernel` made.
        index_ptr, shares_ptr: Rows of it that reach each cell, and their shares. (T, h)
        out_ptr: Filled.
        rows, width: Of it.
        cells: h.
        taps: T.
        count: Results: h w C.
        channels: C.
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    pixel = number // channels
    cell = pixel // width
    line_ptr = narrow_ptr + (number % channels) * rows * width + pixel % width
    total = tl.zeros((N,), tl.float32)
    for tap in range(taps):
        row = tl.load(index_ptr + tap * cells + cell, mask=there, other=0).to(tl.int64)
        share = tl.load(shares_ptr + tap * cells + cell, mask=there, other=0.0)
        total += share * tl.load(line_ptr + row * width, mask=there, other=0.0)
    tl.store(out_ptr + number, total, mask=there)


@triton.jit
def cell_of(position):
    """The whole number below a position, and what is left. (N,) float64

    What is nowhere near a picture is at its first pixel, as on the processor.
    """
    cell = tl.floor(position)
    t = position - cell
    near = tl.where(tl.abs(cell) < 1.0e9, cell, 0.0)
    return near.to(tl.int32), t.to(tl.float32)


@triton.jit
def weight_of(step: tl.constexpr, t):
    """The B-spline `step` samples after the one before the cell. (N,)"""
    left = 1.0 - t
    if step == 0:
        weight = left * left * left
    elif step == 1:
        weight = 4.0 - 6.0 * t * t + 3.0 * t * t * t
    elif step == 2:
        weight = 4.0 - 6.0 * left * left + 3.0 * left * left * left
    else:
        weight = t * t * t
    return weight / 6.0


@triton.jit(do_not_specialize=["count", "width", "height", "plane", "channels"])
def at_points_kernel(
    planes_ptr, points_ptr, out_ptr, count, width, height, plane, channels, N: tl.constexpr
):
    """The spline at points. (C, H, W), (P, 2) -> (P, C)

    Args:
        planes_ptr: B-spline weights.
        points_ptr: Coordinates in [-1, 1].
        out_ptr: Filled.
        count: Results: P C.
        width, height: W and H.
        plane: From one plane to the next.
        channels: C.
    """
    number = tl.program_id(0).to(tl.int64) * N + tl.arange(0, N)
    there = number < count
    point = number // channels
    plane_ptr = planes_ptr + (number % channels) * plane
    # In float32 a position in a wide picture would be a thousandth of a pixel off.
    x = tl.load(points_ptr + 2 * point, mask=there, other=0.0).to(tl.float64)
    y = tl.load(points_ptr + 2 * point + 1, mask=there, other=0.0).to(tl.float64)
    left, across = cell_of((x + 1.0) * (0.5 * width) - 0.5)
    top, down = cell_of((y + 1.0) * (0.5 * height) - 0.5)
    total = tl.zeros((N,), tl.float32)
    for row in tl.static_range(4):
        line = folded(top + (row - 1), height)
        line_ptr = plane_ptr + line.to(tl.int64) * width
        inside = tl.zeros((N,), tl.float32)
        for column in tl.static_range(4):
            at = folded(left + (column - 1), width)
            inside += weight_of(column, across) * tl.load(line_ptr + at, mask=there, other=0.0)
        total += weight_of(row, down) * inside
    tl.store(out_ptr + number, total, mask=there)
