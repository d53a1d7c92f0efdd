"""The multiresolution hash grid: grids from coarse to fine, whose vertices hold learned features.

After Mueller, Evans, Schied and Keller 2022, "Instant neural graphics primitives with a
multiresolution hash encoding", section 3. At each level a point finds the cell that it lies in, and
interpolates the features of the cell's 2^D vertices linearly; the features of all levels are put
side by side. A level whose vertices all fit into its table has a row for each; a finer one shares
its rows among the vertices by a hash, and what the network learns sorts the collisions out.

As in tiny-cuda-nn: the scale of level l is base_resolution * per_level_scale^l - 1, a position is
scale * u + 0.5 with u in [0, 1] (so the levels' vertices don't all lie on the same lines), the
primes, the exclusive or, and the table's start. Not as there:

- a row-major level has a vertex for every corner that a position in [0, 1] can touch, so that the
  far edge doesn't wrap around to the near one; its rows are not rounded up to a multiple of 8;
- positions outside of [-1, 1] are clamped, and get no gradient;
- `aspect` gives each axis its own resolution, so that the cells of an oblong picture are square;
- scales are rounded to float32, so that every precision and every machine has the same cells.

Shapes: N points, D dimensions, L levels, F features per level.
"""

import itertools
from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor, nn

from redraw.errors import UsageError
from redraw.fields.encoding import Encoding, Work
from redraw.fields.lowering import as_array
from redraw.fields.program import Builder, Lookup

if TYPE_CHECKING:
    from redraw.fields.hash_grid_config import HashGridConfig, Level

# Bounds of the uniform distribution a table starts from: section 4 of the paper.
START = 1e-4


class HashGrid(Encoding):
    """The grid as PyTorch operations: differentiable in the table and in the positions.

    Attributes:
        table: The rows of all levels, one level after the other. (rows, F)
        levels: Where each level lies in it, and what its cells are.

    Source: Mueller et al. 2022, section 3, eq. 2-4.
    """

    def __init__(self, dimensions: int, config: "HashGridConfig") -> None:
        super().__init__()
        self.dimensions = dimensions
        self.levels = config.grids(dimensions)
        self.features = config.n_levels * config.n_features_per_level
        last = self.levels[-1]
        self.table = nn.Parameter(torch.zeros(last.first + last.rows, config.n_features_per_level))

    scatters = True

    def work(self, size: int) -> tuple[Work, Work]:
        corners = len(self.levels) << self.dimensions
        # A corner's weight is a product of one factor per axis.
        weighing = corners * (self.dimensions - 1)
        numbers = corners * self.features // len(self.levels)
        moved = self.features + self.dimensions
        # Each corner is read; and on the way back read, added to and written.
        return (
            Work(2 * numbers + weighing, (numbers + moved) * size),
            Work(2 * numbers + weighing, (2 * numbers + moved) * size),
        )

    def initialise(self, generator: Generator) -> None:
        with torch.no_grad():
            drawn = torch.rand(self.table.shape, generator=generator, dtype=torch.float32)
            self.table.copy_(((2.0 * drawn - 1.0) * START).to(self.table.dtype))

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, L F): level by level, each with its F features side by side."""
        return interpolate(xy, self.table, self.levels)

    def take_grid(self, cells: Tensor, table: Tensor) -> None:
        own = torch.tensor([level.scale for level in self.levels])
        if own.shape != cells.shape or not torch.equal(own, cells.to(own.dtype)):
            raise UsageError("its grid has other levels than its field")
        if table.shape != self.table.shape:
            raise UsageError(f"its grid is {tuple(table.shape)}, not {tuple(self.table.shape)}")
        self.table.copy_(table)

    def lower(self, builder: Builder, xy: int) -> int:
        return builder.add(Lookup(as_array(self.table), self.levels), xy)


def interpolate(xy: Tensor, table: Tensor, levels: "tuple[Level, ...]") -> Tensor:
    """The features at `xy`: what the fast kernels are tested against.

    Args:
        xy: Positions in [-1, 1]. (N, D)
        table: (rows, F)
        levels: Whose rows they are.

    Returns:
        (N, L F); a position that isn't a number has features that aren't.
    """
    inside = ((xy + 1.0) * 0.5).clamp(0.0, 1.0)
    tables = table.split([level.rows for level in levels])
    return torch.cat(
        [_interpolate_level(inside, *pair) for pair in zip(tables, levels, strict=True)], dim=-1
    )


def _interpolate_level(inside: Tensor, table: Tensor, level: "Level") -> Tensor:
    """One level's features at positions in [0, 1]. (N, D), (rows, F) -> (N, F)"""
    scale = torch.tensor(level.scale, dtype=inside.dtype, device=inside.device)
    position = inside * scale + 0.5
    cell = position.detach().floor()
    right = position - cell
    left = 1.0 - right
    near = cell.nan_to_num().long()
    rows, weights = [], []
    for corner in itertools.product((0, 1), repeat=len(level.scale)):
        row = torch.zeros_like(near[:, 0])
        weight = torch.ones_like(right[:, 0])
        for axis, (bit, multiplier) in enumerate(zip(corner, level.multipliers, strict=True)):
            term = (near[:, axis] + bit) * multiplier
            row = row ^ term if level.hashed else row + term
            weight = weight * (right if bit else left)[:, axis]
        rows.append(row & (level.rows - 1) if level.hashed else row)
        weights.append(weight)
    values = _look_up(table, torch.cat(rows)).unflatten(0, (len(rows), -1))
    return (torch.stack(weights)[:, :, None] * values).sum(0)


def _look_up(table: Tensor, rows: Tensor) -> Tensor:
    """table[rows], whose gradient is summed in a fixed order. (M,) -> (M, F)

    That of indexing isn't. On the CPU index_select's is, several times faster than embedding's
    (37 against 150 ms for 4 million rows); on a GPU only embedding's is.
    """
    if table.device.type == "cpu":
        return table.index_select(0, rows)
    return nn.functional.embedding(rows, table)
