"""The hash grid as functions that Python calls: positions and features one point after the other.

They turn points into panels and back, a block at a time. See `redraw.kernels.hash_grid` for both.

Shapes: N points, D dimensions, L levels, F features per level, P panels.
"""

from redraw.kernels.compiling import entry, inner
from redraw.kernels.hash_grid import encode, move_level, scatter_level

# Panels of a block: the features of 16 levels of 2 take half of a 256 KiB cache.
BLOCK = 32


@inner
def _gather(points, first, rows, panels, panel, out, at, step):
    """Turn points (N, rows) from `first` on into panels; padding is zero."""
    number = points.shape[0]
    for p in range(panels):
        for row in range(rows):
            to = at + p * step + row * panel
            for lane in range(panel):
                point = first + p * panel + lane
                out[to + lane] = points[point, row] if point < number else 0


@inner
def _spread(panels_in, step, first, rows, panels, panel, out):
    """Turn panels back into points (N, rows) from `first` on."""
    number = out.shape[0]
    for p in range(panels):
        for lane in range(min(panel, number - first - p * panel)):
            for row in range(rows):
                out[first + p * panel + lane, row] = panels_in[p * step + row * panel + lane]


@entry
def features(grid, table, xy, out, first, last, panel, work):
    """The features of panels `first` to `last`.

    Args:
        grid: See `redraw.kernels.hash_grid.Grid`.
        table: (rows * F,)
        xy: (N, D)
        out: (N, L F)
        panel: Points per panel.
        work: This thread's own: BLOCK * (D + L F) * panel numbers.
    """
    axes = len(grid[0])
    rows = out.shape[1]
    source = BLOCK * axes * panel
    for block in range(first, last, BLOCK):
        panels = min(BLOCK, last - block)
        _gather(xy, block * panel, axes, panels, panel, work, 0, axes * panel)
        encode(
            grid, table, work, 0, axes * panel, work, source, rows * panel, panels, panel
        )  # fmt: skip
        _spread(work[source:], rows * panel, block * panel, rows, panels, panel, out)


@entry
def by_level(grid, xy, slopes, positions, sorted_slopes, first, last, panel):
    """Turn panels `first` to `last` into what `scatter` reads.

    Args:
        xy: (N, D)
        slopes: Gradient of the features. (N, L F)
        positions: Is filled with panels of D rows. (P * D * panel,)
        sorted_slopes: Is filled level by level, with panels of F rows. (L * P * F * panel,)
    """
    axes, f, levels = len(grid[0]), len(grid[4]), grid[2].shape[0]
    total = positions.shape[0] // (axes * panel)
    _gather(
        xy, first * panel, axes, last - first, panel, positions, first * axes * panel, axes * panel
    )
    for p in range(first, last):
        for level in range(levels):
            _gather(
                slopes[:, level * f : (level + 1) * f], p * panel, f, 1, panel, sorted_slopes,
                (level * total + p) * f * panel, f * panel,
            )  # fmt: skip


@entry
def scatter(grid, level, gradient, positions, sorted_slopes, panel):
    """Add one level's gradient to `gradient` (rows * F,), the table's. See `by_level`."""
    axes, f = len(grid[0]), len(grid[4])
    total = positions.shape[0] // (axes * panel)
    start = grid[3][level] * f
    scatter_level(
        grid, level, gradient[start:], positions, 0, axes * panel, sorted_slopes,
        level * total * f * panel, f * panel, total,
    )  # fmt: skip


@entry
def moves(grid, table, xy, slopes, out, first, last, panel, work):
    """The gradient with respect to the positions, of panels `first` to `last`.

    Args:
        xy: (N, D)
        slopes: Gradient of the features. (N, L F)
        out: (N, D)
        work: This thread's own: BLOCK * (2 D + L F) * panel numbers.
    """
    axes, f, levels = len(grid[0]), len(grid[4]), grid[2].shape[0]
    rows = slopes.shape[1]
    size = BLOCK * axes * panel
    for block in range(first, last, BLOCK):
        panels = min(BLOCK, last - block)
        _gather(xy, block * panel, axes, panels, panel, work, 0, axes * panel)
        work[size : 2 * size] = 0
        _gather(slopes, block * panel, rows, panels, panel, work, 2 * size, rows * panel)
        for level in range(levels):
            move_level(
                grid, level, table, work, 0, axes * panel, work, 2 * size + level * f * panel,
                rows * panel, work, size, axes * panel, panels,
            )  # fmt: skip
        _spread(work[size:], axes * panel, block * panel, axes, panels, panel, out)
