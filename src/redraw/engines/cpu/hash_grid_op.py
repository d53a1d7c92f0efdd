"""The hash grid for a network of one's own: fast on CPU, with gradients, usable with torch.compile.

    grid = HashGrid(HashGridConfig(n_levels=8), dimensions=3)
    model = nn.Sequential(grid, nn.Linear(grid.features, 64), nn.ReLU(), nn.Linear(64, 1))

`hash_grid` is a custom operator around the kernels, with gradients in the table and in the
positions; each level's gradient is summed in the order of the points by one thread, so that results
don't depend on the number of threads, which is PyTorch's (`torch.set_num_threads`). Gradients of
gradients are left to the definition, `redraw.fields.hash_grid.interpolate`.

Shapes: N points, D dimensions, L levels, F features per level.
"""

import functools
import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from redraw.errors import ShapeError
from redraw.fields import hash_grid as definition
from redraw.fields.hash_grid_config import HashGridConfig, Level

# Panels that one thread takes at a time.
SHARE = 128

# Numba is imported by the first call, not before.


class HashGrid(definition.HashGrid):
    """The encoding `redraw.fields.hash_grid.HashGrid`, run by the kernels wherever they can.

    They take tensors on the CPU of one dtype, float32 or float64; for anything else the definition
    runs. Both have the same parameters and agree to rounding.

    Args:
        config: Sizes of the grid.
        dimensions: Coordinates per point, 1 to 4.
        seed: Of the table's start.

    Example:
        >>> grid = HashGrid(HashGridConfig(n_levels=4, log2_hashmap_size=10), dimensions=3)
        >>> grid(torch.zeros(5, 3)).shape
        torch.Size([5, 8])
    """

    def __init__(
        self, config: HashGridConfig | None = None, dimensions: int = 2, *, seed: int = 0
    ) -> None:
        super().__init__(dimensions, config or HashGridConfig())
        self.initialise(Generator().manual_seed(seed))

    def forward(self, xy: Tensor) -> Tensor:
        """Features at `xy` in [-1, 1], clamped to it. (..., D) -> (..., L F)

        Raises:
            ShapeError: the last axis of `xy` is not D long.
        """
        if xy.ndim == 0 or xy.shape[-1] != self.dimensions:
            raise ShapeError(
                f"xy has shape {tuple(xy.shape)}; expected (..., {self.dimensions}),"
                " coordinates in [-1, 1]"
            )
        points = xy.reshape(-1, self.dimensions)
        taken = (
            xy.device.type == "cpu"
            and self.table.device.type == "cpu"
            and xy.dtype == self.table.dtype
            and xy.dtype in (torch.float32, torch.float64)
        )
        function = interpolate if taken else definition.interpolate
        return function(points, self.table, self.levels).reshape(*xy.shape[:-1], self.features)


def interpolate(xy: Tensor, table: Tensor, levels: Sequence[Level]) -> Tensor:
    """The fast twin of `redraw.fields.hash_grid.interpolate`, for tensors on the CPU.

    Args:
        xy: Positions in [-1, 1]. (N, D)
        table: Of the same dtype, float32 or float64. (rows, F)
        levels: Whose rows they are.

    Returns:
        (N, L F)

    Raises:
        ShapeError: the tensors don't fit the levels.
    """
    dimensions = len(levels[0].scale)
    rows = levels[-1].first + levels[-1].rows
    if xy.ndim != 2 or xy.shape[1] != dimensions:
        raise ShapeError(f"xy has shape {tuple(xy.shape)}; expected (N, {dimensions})")
    if table.ndim != 2 or table.shape[0] != rows:
        raise ShapeError(f"table has shape {tuple(table.shape)}; expected ({rows}, F)")
    if xy.dtype != table.dtype or xy.dtype not in (torch.float32, torch.float64):
        raise ShapeError(
            f"xy is {xy.dtype} and table {table.dtype}; expected both float32 or both float64"
        )
    return hash_grid(xy, table, *_flat(tuple(levels)))


def _flat(levels: tuple[Level, ...]) -> tuple[list[float], list[int], list[int], list[int]]:
    """Scales and multipliers (level by level, axis by axis), masks and first rows."""
    return (
        [scale for level in levels for scale in level.scale],
        [number for level in levels for number in level.multipliers],
        [level.rows - 1 if level.hashed else 0 for level in levels],
        [level.first for level in levels] + [levels[-1].first + levels[-1].rows],
    )


@torch.library.custom_op("redraw::hash_grid", mutates_args=(), device_types="cpu")
def hash_grid(
    xy: Tensor,
    table: Tensor,
    scales: Sequence[float],
    multipliers: Sequence[int],
    masks: Sequence[int],
    firsts: Sequence[int],
) -> Tensor:
    """Features (N, L F) at `xy` (N, D); the lists are those of `_flat`."""
    from redraw.kernels.hash_grid_calls import BLOCK, features

    call = _Call(xy, table, scales, multipliers, masks, firsts)
    out = xy.new_empty(xy.shape[0], call.rows)
    points, values, result = _array(xy), _array(table).reshape(-1), out.numpy()

    def piece(first: int, last: int) -> None:
        work = np.empty(BLOCK * (call.axes + call.rows) * call.panel, call.dtype)
        features(call.grid, values, points, result, first, last, call.panel, work)

    _share(piece, call.pieces)
    return out


@torch.library.custom_op("redraw::hash_grid_table_gradient", mutates_args=(), device_types="cpu")
def hash_grid_table_gradient(
    gradient: Tensor,
    xy: Tensor,
    table: Tensor,
    scales: Sequence[float],
    multipliers: Sequence[int],
    masks: Sequence[int],
    firsts: Sequence[int],
) -> Tensor:
    """From the gradient of the features (N, L F) to that of the table (rows, F)."""
    from redraw.kernels.hash_grid_calls import by_level, scatter

    call = _Call(xy, table, scales, multipliers, masks, firsts)
    out = torch.zeros_like(table, memory_format=torch.contiguous_format)
    points, slopes, sums = _array(xy), _array(gradient), out.numpy().reshape(-1)
    positions = np.empty(call.panels * call.axes * call.panel, call.dtype)
    kept = np.empty(call.panels * call.rows * call.panel, call.dtype)
    _share(
        lambda first, last: by_level(
            call.grid, points, slopes, positions, kept, first, last, call.panel
        ),
        call.pieces,
    )
    _share(
        lambda level: scatter(call.grid, level, sums, positions, kept, call.panel),
        [(level,) for level in range(len(masks))],
    )
    return out


@torch.library.custom_op("redraw::hash_grid_position_gradient", mutates_args=(), device_types="cpu")
def hash_grid_position_gradient(
    gradient: Tensor,
    xy: Tensor,
    table: Tensor,
    scales: Sequence[float],
    multipliers: Sequence[int],
    masks: Sequence[int],
    firsts: Sequence[int],
) -> Tensor:
    """From the gradient of the features (N, L F) to that of the positions (N, D)."""
    from redraw.kernels.hash_grid_calls import BLOCK, moves

    call = _Call(xy, table, scales, multipliers, masks, firsts)
    out = torch.empty_like(xy, memory_format=torch.contiguous_format)
    points, values, slopes = _array(xy), _array(table).reshape(-1), _array(gradient)
    result = out.numpy()

    def piece(first: int, last: int) -> None:
        work = np.empty(BLOCK * (2 * call.axes + call.rows) * call.panel, call.dtype)
        moves(call.grid, values, points, slopes, result, first, last, call.panel, work)

    _share(piece, call.pieces)
    return out


@hash_grid.register_fake
def _(xy, table, scales, multipliers, masks, firsts):
    return xy.new_empty(xy.shape[0], len(masks) * table.shape[1])


@hash_grid_table_gradient.register_fake
def _(gradient, xy, table, scales, multipliers, masks, firsts):
    return torch.empty_like(table, memory_format=torch.contiguous_format)


@hash_grid_position_gradient.register_fake
def _(gradient, xy, table, scales, multipliers, masks, firsts):
    return torch.empty_like(xy, memory_format=torch.contiguous_format)


def _remember(ctx: Any, inputs: tuple, output: Tensor) -> None:
    xy, table, *ctx.lists = inputs
    ctx.save_for_backward(xy, table)


def _backward(ctx: Any, gradient: Tensor) -> tuple:
    xy, table = ctx.saved_tensors
    by_xy = by_table = None
    if ctx.needs_input_grad[0]:
        by_xy = hash_grid_position_gradient(gradient, xy, table, *ctx.lists)
    if ctx.needs_input_grad[1]:
        by_table = hash_grid_table_gradient(gradient, xy, table, *ctx.lists)
    return by_xy, by_table, None, None, None, None


hash_grid.register_autograd(_backward, setup_context=_remember)


def _array(tensor: Tensor) -> Any:
    """A tensor's numbers as a contiguous array."""
    return tensor.detach().contiguous().numpy()


class _Call:
    """What all three operators need to know about their arguments."""

    def __init__(
        self,
        xy: Tensor,
        table: Tensor,
        scales: Sequence[float],
        multipliers: Sequence[int],
        masks: Sequence[int],
        firsts: Sequence[int],
    ) -> None:
        from redraw.kernels.vectors import panel

        self.axes = xy.shape[1]
        self.rows = len(masks) * table.shape[1]
        self.dtype = np.dtype(str(table.dtype)[6:])
        self.panel = panel(self.dtype.itemsize)
        self.panels = -(-xy.shape[0] // self.panel)
        self.pieces = [
            (first, min(first + SHARE, self.panels)) for first in range(0, self.panels, SHARE)
        ]
        self.grid = grid_arrays(
            self.dtype, table.shape[1], tuple(scales), tuple(multipliers), tuple(masks),
            tuple(firsts),
        )  # fmt: skip


@functools.lru_cache(maxsize=64)
def grid_arrays(
    dtype: np.dtype,
    features: int,
    scales: tuple[float, ...],
    multipliers: tuple[int, ...],
    masks: tuple[int, ...],
    firsts: tuple[int, ...],
) -> tuple:
    """The `redraw.kernels.hash_grid.Grid` of the lists of `_flat`."""
    by_axis = np.array(scales, dtype).reshape(len(masks), -1).T
    numbers = np.array(multipliers, np.int64).reshape(len(masks), -1).T
    return (
        tuple(np.ascontiguousarray(row) for row in by_axis),
        tuple(np.ascontiguousarray(row) for row in numbers),
        np.array(masks, np.int64),
        np.array(firsts, np.int64),
        (0,) * features,
    )


def grid_of(levels: Sequence[Level], features: int, dtype: np.dtype) -> tuple:
    """The `redraw.kernels.hash_grid.Grid` of a definition's levels."""
    return grid_arrays(dtype, features, *(tuple(part) for part in _flat(tuple(levels))))


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="redraw-grid")


# A forked process has no threads but the one that forked.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)


def _share(function: Callable[..., None], pieces: Sequence[tuple]) -> None:
    """Call `function` with each of the pieces, on as many threads as PyTorch would use."""
    following = itertools.count()

    def work() -> None:
        while (number := next(following)) < len(pieces):
            function(*pieces[number])

    helpers = min(torch.get_num_threads(), len(pieces)) - 1
    futures = [_pool().submit(work) for _ in range(helpers)]
    try:
        work()
    finally:
        for future in futures:
            future.result()
