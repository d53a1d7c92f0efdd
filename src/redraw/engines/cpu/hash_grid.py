"""The hash grid's part of the CPU engine: what `redraw.kernels.hash_grid_training` works on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import OptimizerState, StepSpec
from redraw.engines.cpu.hash_grid_op import grid_of
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.hash_grid import HashGrid
from redraw.kernels import steps

TABLE = "encoding.table"


def panels_of_a_shard(pixels: int, samples: int, capacity: int, panel: int) -> int:
    """The most panels that a shard fills.

    Args:
        pixels: The most that it has.
        samples: The most that a pixel takes; a pixel's lie in one block.
        capacity: Panels of a block.
        panel: Points of a panel.
    """
    each = max(capacity * panel // samples, 1)
    return -(-pixels // each) * capacity


def grid_levels(field: Field) -> int:
    """Levels of the field's grid, 0 without one."""
    return len(field.encoding.levels) if isinstance(field.encoding, HashGrid) else 0


def drawing_encoder(field: Field) -> Any:
    """The encoder for drawing: the grid and a copy of its table; None for a field without one."""
    if not isinstance(field.encoding, HashGrid):
        return None
    table = _array(field.encoding.table).copy()
    return _grid(field.encoding), (table,)


def training_encoder(
    field: Field,
    state: OptimizerState,
    moments: tuple[str, ...],
    spec: StepSpec,
    plan: NDArray[np.int64],
    rates: NDArray,
    *,
    threads: int,
) -> Any:
    """The encoder for training, or None for a field without a grid.

    Args:
        moments: Names of the optimizer's tensors.
        plan: See `redraw.kernels.steps`.
        rates: What the update rule needs for the table, filled in before every step. (10,)

    Raises:
        EngineError: the optimizer's state does not fit the table.
    """
    if not isinstance(field.encoding, HashGrid):
        return None
    grid, table = _grid(field.encoding), field.encoding.table
    home = [_array(table), *(_moment(state.slots[TABLE][name], table) for name in moments)]
    dtype = home[0].dtype
    home += [np.zeros(1, dtype)] * (3 - len(home))
    capacity, panel, shards = (
        int(plan[entry]) for entry in (steps.CAPACITY, steps.PANEL, steps.SHARDS)
    )
    pixels = -(-max(spec.batch, 1) // shards)
    panels = shards * panels_of_a_shard(pixels, int(plan[steps.SAMPLES]), capacity, panel)
    largest = max(level.rows for level in field.encoding.levels) * table.shape[1]
    return (
        grid,
        tuple(home),
        np.zeros(panels * field.encoding.dimensions * panel, dtype),
        np.zeros(panels * field.encoding.features * panel, dtype),
        np.zeros((threads, largest), dtype),
        rates,
        np.zeros(shards, np.int64),
    )


def _grid(encoding: HashGrid) -> tuple:
    table = _array(encoding.table)
    return grid_of(encoding.levels, encoding.table.shape[1], table.dtype)


def _array(tensor: Tensor) -> Any:
    """A tensor's numbers as the kernels see them: flat, in place."""
    return tensor.detach().numpy().reshape(-1)


def _moment(moment: Tensor, table: Tensor) -> Any:
    if moment.shape != table.shape or moment.dtype != table.dtype or not moment.is_contiguous():
        raise EngineError(
            f"optimizer state of {TABLE} is {tuple(moment.shape)} {moment.dtype};"
            f" expected {tuple(table.shape)} {table.dtype}, contiguous in memory"
        )
    return _array(moment)
