"""The hash grid inside the CPU engine's training step.

A block's features are read as the block comes through; its positions and the gradients of its
features are kept. When all shards are done, one thread after the other takes a level, adds up its
gradient over the whole batch, shard by shard and point by point, and updates it while it is in the
cache. A level's result does not depend on which thread took it, or on how many there are.

What the kernels need (`Encoder`) is a tuple, or None for a field without a grid:

    grid       see `redraw.kernels.hash_grid.Grid`
    home       the table (rows * F,), and its two moments where the update rule has any, else (1,)
    positions  (panels, D, panel), flat; a share of the panels belongs to each shard
    slopes     gradients of the features: (L, panels, F, panel), flat
    gradients  (threads, numbers of the largest level)
    rates      see `redraw.kernels.optimizers`
    used       panels that each shard has filled: (shards,)

Drawing needs the first two alone.
"""

from redraw.kernels.clock import OPTIMIZER, SCATTER, lap
from redraw.kernels.compiling import inner
from redraw.kernels.hash_grid import encode, scatter_level
from redraw.kernels.optimizers import update


@inner
def grid_features(encoder, work, xy, xy_step, features, features_step, panels, panel):
    """Positions of a block, at `xy` in work, to its features, at `features`."""
    if encoder is not None:
        encode(
            encoder[0], encoder[1][0], work, xy, xy_step, work, features, features_step, panels,
            panel,
        )  # fmt: skip


@inner
def forget(encoder, shard):
    """Begin a shard: nothing is kept yet."""
    if encoder is not None:
        encoder[6][shard] = 0


@inner
def copy(source, start, target, at, count):
    """Copy `count` numbers. (By slices, because indices that might be negative are slow.)"""
    given, taken = source[start : start + count], target[at : at + count]
    for i in range(count):
        taken[i] = given[i]


@inner
def keep(encoder, shard, work, xy, xy_step, slopes, slopes_step, panels, panel, times, tick):
    """Keep a block's positions and the gradients of its features, which are in work.

    Args and returns as `update_level` for `times` and `tick`.
    """
    if encoder is not None:
        axes, f, levels = len(encoder[0][0]), len(encoder[0][4]), encoder[0][2].shape[0]
        positions, kept, used = encoder[2], encoder[3], encoder[6]
        total = positions.shape[0] // (axes * panel)
        first = total // used.shape[0] * shard + used[shard]
        for p in range(panels):
            source = xy + p * xy_step
            copy(work, source, positions, (first + p) * axes * panel, axes * panel)
            size = f * panel
            for level in range(levels):
                source = slopes + p * slopes_step + level * size
                copy(work, source, kept, (level * total + first + p) * size, size)
        used[shard] += panels
        tick = lap(times, SCATTER, tick)
    return tick


@inner
def update_level(encoder, level, worker, rule, panel, times, tick):
    """Sum one level's gradient over the batch, and update its rows.

    Args:
        times: This thread's, by part. (clock.ROW,)
        tick: What the time before it counts from.

    Returns:
        What the time after it counts from.
    """
    if encoder is not None:
        grid, home, used = encoder[0], encoder[1], encoder[6]
        axes, f = len(grid[0]), len(grid[4])
        start = grid[3][level] * f
        count = grid[3][level + 1] * f - start
        tick = lap(times, OPTIMIZER, tick)
        gradient = encoder[4][worker]
        gradient[:count] = 0
        total = encoder[2].shape[0] // (axes * panel)
        share = total // used.shape[0]
        for shard in range(used.shape[0]):
            first = shard * share
            scatter_level(
                grid, level, gradient, encoder[2], first * axes * panel, axes * panel, encoder[3],
                (level * total + first) * f * panel, f * panel, used[shard],
            )  # fmt: skip
        tick = lap(times, SCATTER, tick)
        update(rule, home[0], home[1], home[2], start, gradient, 0, count, encoder[5])
    return tick
