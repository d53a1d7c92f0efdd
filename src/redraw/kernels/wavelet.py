"""The 9/7 wavelet on whole planes and on windows of them; twin of `redraw.fields.lattice`.

Analysis works on a whole picture in place. Synthesis gives any window of the pixels from the kept
coefficients alone, and every pixel comes out the same, to the bit, whichever window it was asked
in: a window is widened by what the lifting steps reach, and beyond the picture's edges the same
coefficients come again, mirrored.

Shapes: C planes, H rows, W columns, K kept coefficients.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# As in `redraw.fields.lattice`, which has the sources.
STEPS = (-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971)
GAIN = 1.149604398860241
# Columns lifted together: a vector or two.
STRIP = 16
# Samples that the four lifting steps reach on either side.
REACH = 4


@inner
def _split(work, count, lanes):
    """Lift rows of `work` (rows, lanes), the first `count`, in place: low even, high odd."""
    kind = work.dtype.type
    for step in range(4):
        factor = kind(STEPS[step])
        for row in range(1 - step % 2, count, 2):
            before = row - 1 if row > 0 else 1
            after = row + 1 if row + 1 < count else row - 1
            for lane in range(lanes):
                work[row, lane] += factor * (work[before, lane] + work[after, lane])


@entry
def split_columns(planes, height, width, part, parts):
    """Low rows above high rows, in the top left `height` x `width` of all planes.

    Args:
        planes: Changed in place. (C, H, W)
        part: This call's share of the strips, of `parts`.
    """
    if height == 1:
        return
    kind = planes.dtype.type
    gain, loss = kind(GAIN), kind(1.0 / GAIN)
    work = np.empty((height, STRIP), planes.dtype)
    strips = -(-width // STRIP)
    low = -(-height // 2)
    for strip in range(part, strips * planes.shape[0], parts):
        plane = planes[strip // strips]
        left = strip % strips * STRIP
        lanes = min(STRIP, width - left)
        for row in range(height):
            for lane in range(lanes):
                work[row, lane] = plane[row, left + lane]
        _split(work, height, lanes)
        for row in range(height):
            to = row // 2 if row % 2 == 0 else low + row // 2
            factor = gain if row % 2 == 0 else loss
            for lane in range(lanes):
                plane[to, left + lane] = work[row, lane] * factor


@entry
def split_rows(planes, height, width, part, parts):
    """Low columns left of high columns; as `split_columns`, by strips of rows. (C, H, W)"""
    if width == 1:
        return
    kind = planes.dtype.type
    gain, loss = kind(GAIN), kind(1.0 / GAIN)
    work = np.empty((width, STRIP), planes.dtype)
    strips = -(-height // STRIP)
    low = -(-width // 2)
    for strip in range(part, strips * planes.shape[0], parts):
        plane = planes[strip // strips]
        top = strip % strips * STRIP
        lanes = min(STRIP, height - top)
        for lane in range(lanes):
            for column in range(width):
                work[column, lane] = plane[top + lane, column]
        _split(work, width, lanes)
        for lane in range(lanes):
            for column in range(width):
                if column % 2 == 0:
                    plane[top + lane, column // 2] = work[column, lane] * gain
                else:
                    plane[top + lane, low + column // 2] = work[column, lane] * loss


@inner
def _mirrored(index, side):
    """Where sample `index` of `side` is found: mirrored at the first and the last."""
    if side == 1:
        return 0
    index = abs(index) % (2 * side - 2)
    return index if index < side else 2 * side - 2 - index


@entry
def load(significant, values, starts, size, corner, right, out):
    """The kept coefficients of a window, and zeros.

    Args:
        significant: Where they are in (C, H, W), rising. (K,) int32
        values: (K,)
        starts: The first number of each row of the planes. (C H + 1,)
        size: H and W.
        corner: The window's first row and column.
        right: Column of the planes from which on the window is left zero.
        out: Filled. (C, rows, columns)
    """
    out[:] = 0
    for plane in range(out.shape[0]):
        for row in range(min(out.shape[1], size[0] - corner[0])):
            line = plane * size[0] + corner[0] + row
            begin = line * size[1] + corner[1]
            end = min(line * size[1] + right, begin + out.shape[2])
            low, high = starts[line], starts[line + 1]
            while low < high:  # bisection for the first one in the window
                middle = (low + high) // 2
                if significant[middle] < begin:
                    low = middle + 1
                else:
                    high = middle
            while low < starts[line + 1] and significant[low] < end:
                out[plane, row, significant[low] - begin] = values[low]
                low += 1


@entry
def multiply(window, band, corner, block_transforms, transforms):
    """Multiply the blocks of a band's window by their matrices, in place.

    Args:
        window: (C, rows, columns)
        band: top, left, rows, columns, turned, first block. (6,)
        corner: The window's first row and column within the band, both even.
        block_transforms: (B,)
        transforms: (M, 4, 4)
    """
    down, across = band[2] // 2, band[3] // 2
    rows = min(window.shape[1] // 2, down - corner[0] // 2)
    columns = min(window.shape[2] // 2, across - corner[1] // 2)
    for plane in range(window.shape[0]):
        for row in range(rows):
            base = band[5] + (plane * down + corner[0] // 2 + row) * across + corner[1] // 2
            for column in range(columns):
                y, x = 2 * row, 2 * column
                a, d = window[plane, y, x], window[plane, y + 1, x + 1]
                b, c = window[plane, y, x + 1], window[plane, y + 1, x]
                if a == 0 and b == 0 and c == 0 and d == 0:
                    continue
                if band[4]:
                    b, c = c, b
                m = transforms[block_transforms[base + column]]
                p = a * m[0, 0] + b * m[1, 0] + c * m[2, 0] + d * m[3, 0]
                q = a * m[0, 1] + b * m[1, 1] + c * m[2, 1] + d * m[3, 1]
                r = a * m[0, 2] + b * m[1, 2] + c * m[2, 2] + d * m[3, 2]
                s = a * m[0, 3] + b * m[1, 3] + c * m[2, 3] + d * m[3, 3]
                if band[4]:
                    q, r = r, q
                window[plane, y, x], window[plane, y, x + 1] = p, q
                window[plane, y + 1, x], window[plane, y + 1, x + 1] = r, s


@entry
def interleave(source, start, parity, corner, size, out):
    """Put coefficients of a band where they belong among the samples of a window of the next level.

    Args:
        source: A window of the band. (C, rows, columns)
        start: Its first row and column.
        parity: Of the samples' rows and columns that the band holds: 0 for low coefficients.
        corner: The first row and column of `out`; may be before the first sample.
        size: Rows and columns of the level.
        out: (C, rows, columns)
    """
    for y in range(out.shape[1]):
        row = _mirrored(corner[0] + y, size[0])
        if row % 2 != parity[0]:
            continue
        for x in range(out.shape[2]):
            column = _mirrored(corner[1] + x, size[1])
            if column % 2 == parity[1]:
                for plane in range(out.shape[0]):
                    out[plane, y, x] = source[plane, row // 2 - start[0], column // 2 - start[1]]


@entry
def join(work, corner, size, out):
    """Undo the lifting: first along the rows, then along the columns.

    Args:
        work: Low and high coefficients, interleaved; overwritten. (C, rows + 8, columns + 8)
        corner: Its first row and column.
        size: Rows and columns of the level.
        out: The samples. (C, rows, columns)
    """
    kind = work.dtype.type
    loss, gain = kind(1.0 / GAIN), kind(GAIN)
    rows, columns = work.shape[1], work.shape[2]
    for plane in range(work.shape[0]):
        part = work[plane]
        if size[1] > 1:
            for row in range(rows):
                for column in range(columns):
                    part[row, column] *= loss if (column + corner[1]) % 2 == 0 else gain
                for step in range(3, -1, -1):
                    factor, edge = kind(STEPS[step]), 4 - step
                    first = edge + (edge + 1 + step + corner[1]) % 2
                    for column in range(first, columns - edge, 2):
                        part[row, column] -= factor * (
                            part[row, column - 1] + part[row, column + 1]
                        )
        if size[0] > 1:
            for row in range(rows):
                factor = loss if (row + corner[0]) % 2 == 0 else gain
                for column in range(columns):
                    part[row, column] *= factor
            for step in range(3, -1, -1):
                factor, edge = kind(STEPS[step]), 4 - step
                for row in range(edge + (edge + 1 + step + corner[0]) % 2, rows - edge, 2):
                    for column in range(columns):
                        part[row, column] -= factor * (
                            part[row - 1, column] + part[row + 1, column]
                        )
        for row in range(out.shape[1]):
            for column in range(out.shape[2]):
                out[plane, row, column] = part[row + REACH, column + REACH]
