"""Drawing splines: weights from kept coefficients, and exact means over rectangles.

Twin of `redraw.fields.spline`; there are the sources.

Shapes: C planes, H rows, W columns; h x w cells of a drawing, T B-splines that reach a cell.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner


@inner
def _folded(index, side):
    """Any whole number as one of 0 to side - 1: mirrored at the edges of the picture."""
    within = index % (2 * side)
    return min(within, 2 * side - 1 - within)


@entry
def filtered(averages, filter_, start, corner, size, out):
    """The B-splines' weights of a window from the averages around it.

    Args:
        averages: All that the filter reaches inside of the picture. (C, rows, columns)
        filter_: Middle and one side of the inverse of the B-spline's averages. (R + 1,)
        start: First row and column of `averages`.
        corner: First row and column of the window.
        size: H and W.
        out: Filled. (C, rows, columns)
    """
    reach = len(filter_) - 1
    planes, rows, columns = out.shape
    wide = np.empty(columns + 2 * reach, averages.dtype)
    inside = max(0, reach - corner[1]), min(len(wide), size[1] - corner[1] + reach)
    for plane in range(planes):
        for row in range(rows):
            for x in range(inside[0], inside[1]):
                wide[x] = 0
            for distance in range(-reach, reach + 1):
                source = averages[plane, _folded(corner[0] + row + distance, size[0]) - start[0]]
                factor = filter_[abs(distance)]
                shift = corner[1] - reach - start[1]
                for x in range(inside[0], inside[1]):
                    wide[x] += factor * source[x + shift]
            # Beyond the picture's edges the same comes again, mirrored.
            for x in range(inside[0]):
                wide[x] = wide[_folded(x + corner[1] - reach, size[1]) - corner[1] + reach]
            for x in range(inside[1], len(wide)):
                wide[x] = wide[_folded(x + corner[1] - reach, size[1]) - corner[1] + reach]
            line = out[plane, row]
            for x in range(columns):
                line[x] = 0
            for distance in range(2 * reach + 1):
                factor = filter_[abs(distance - reach)]
                for x in range(columns):
                    line[x] += factor * wide[x + distance]


@entry
def along_rows(planes, first, index, shares, out, part, parts):
    """Means over the cells' widths, from row `first` on.

    (C, H, W), index and shares (w, T) -> (C, h, w)
    """
    rows = out.shape[1]
    cells, taps = index.shape
    for line in range(part, planes.shape[0] * rows, parts):
        source = planes[line // rows, first + line % rows]
        to = out[line // rows, line % rows]
        for cell in range(cells):
            total = source[index[cell, 0]] * shares[cell, 0]
            for tap in range(1, taps):
                total += source[index[cell, tap]] * shares[cell, tap]
            to[cell] = total


@entry
def along_columns(planes, index, shares, out, part, parts):
    """Means over the cells' heights. (C, H, w), index and shares (h, T) -> (h, w, C)"""
    channels, _, width = planes.shape
    cells, taps = index.shape
    line = np.empty(width, planes.dtype)
    for cell in range(part, cells, parts):
        for channel in range(channels):
            for x in range(width):
                line[x] = 0
            for tap in range(taps):
                source = planes[channel, index[cell, tap]]
                share = shares[cell, tap]
                for x in range(width):
                    line[x] += share * source[x]
            for x in range(width):
                out[cell, x, channel] = line[x]


@entry
def at_points(planes, xy, out, part, parts):
    """The spline at positions in [-1, 1]. (C, H, W), (N, 2) -> (N, C)"""
    channels, height, width = planes.shape
    share = -(-len(xy) // parts)
    columns, rows = np.empty(4, np.int64), np.empty(4, np.int64)
    across, down = np.empty(4), np.empty(4)
    for point in range(part * share, min(len(xy), (part + 1) * share)):
        _taps((xy[point, 0] + 1.0) * (0.5 * width) - 0.5, width, columns, across)
        _taps((xy[point, 1] + 1.0) * (0.5 * height) - 0.5, height, rows, down)
        for channel in range(channels):
            total = 0.0
            for row in range(4):
                line = planes[channel, rows[row]]
                inside = 0.0
                for column in range(4):
                    inside += across[column] * line[columns[column]]
                total += down[row] * inside
            out[point, channel] = total


@inner
def _taps(position, side, index, shares):
    """Indices and weights of the four B-splines that reach a position."""
    cell = np.floor(position)
    t = position - cell
    left = 1.0 - t
    near = np.int64(cell) if abs(cell) < 2.0**40 else 0
    for step in range(4):
        index[step] = _folded(near + step - 1, side)
    shares[0] = left * left * left / 6.0
    shares[1] = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0
    shares[2] = (4.0 - 6.0 * left * left + 3.0 * left * left * left) / 6.0
    shares[3] = t * t * t / 6.0
