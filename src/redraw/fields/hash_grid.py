"""The multiresolution hash grid: grids from coarse to fine, whose vertices hold learned features.

After Mueller, Evans, Schied and Keller 2022, "Instant neural graphics primitives with a
multiresolution hash encoding", section 3. At each level a point finds the cell that it lies in, and
interpolates the features of the cell's 2^D vertices linearly; the features of all levels are put
side by side. A level whose vertices all fit into its table has a row for each; a finer one shares
its rows among the vertices by a hash, and what the network learns sorts the collisions out.

As in tiny-cuda-nn: a level's scale is coarsest * growth^level - 1, a position is scale * u + 0.5
with u in [0, 1] (so the levels' vertices don't all lie on the same lines), the primes, the
exclusive or, and the table's start. Not as there:

- a row-major level has a vertex for every corner that a position in [0, 1] can touch, so that the
  far edge doesn't wrap around to the near one; its rows are not rounded up to a multiple of 8;
- positions outside of [-1, 1] are clamped, and get no gradient;
- `aspect` gives each axis its own resolution, so that the cells of an oblong picture are square;
- scales are rounded to float32, so that every precision and every machine has the same cells.

Shapes: N points, D dimensions, L levels, F features per level.
"""

import itertools
import math
import struct
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor, nn

from redraw.errors import UsageError
from redraw.fields.encoding import Encoding

# Section 3 of the paper; the fourth is tiny-cuda-nn's.
PRIMES = (1, 2_654_435_761, 805_459_861, 3_674_653_429)
# Bounds of the uniform distribution a table starts from: section 4 of the paper.
START = 1e-4
# Beyond it float32 positions would have less than 4 bits left inside a cell.
FINEST = 1 << 20
# Learned numbers in one table: 1 GiB of float32. A file that asks for more is refused unread.
LARGEST = 1 << 28


@dataclass(frozen=True)
class Level:
    """One of the grids.

    Attributes:
        scale: Cells between the first and the last position, per axis. (D,)
        vertices: Vertices that positions in [0, 1] can touch, per axis. (D,)
        first: Its first row in the table.
        rows: Its number of rows; a power of two where `hashed`.
        hashed: Whether vertices share rows.
    """

    scale: tuple[float, ...]
    vertices: tuple[int, ...]
    first: int
    rows: int
    hashed: bool

    @property
    def multipliers(self) -> tuple[int, ...]:
        """What the corner's coordinates are multiplied by before they are joined. (D,)

        The joint is a sum in a row-major level, and an exclusive or in a hashed one.
        """
        if self.hashed:
            return PRIMES[: len(self.scale)]
        return tuple(math.prod(self.vertices[:axis]) for axis in range(len(self.scale)))


@dataclass(frozen=True)
class HashGridConfig:
    """A multiresolution hash grid.

    Attributes:
        levels: Number of grids.
        features: Learned numbers per vertex.
        table: log2 of the largest number of rows of a level.
        coarsest: Resolution of level 0.
        growth: Each level's resolution over that of the level before.
        aspect: Factor on the resolution of each axis, or None for 1: (1, 2/3) makes the cells of a
            picture of 3 x 2 square.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "hash"
    levels: int = 16
    features: int = 2
    table: int = 15
    coarsest: float = 16.0
    growth: float = 1.5
    aspect: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("levels", 1, 32),
            ("features", 1, 16),
            ("table", 1, 24),
            ("coarsest", 2, FINEST),
            ("growth", 1, 16),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise UsageError(f"{name} of the hash grid is {value}; accepted: {low} to {high}")
        factors = (1.0,) if self.aspect is None else self.aspect
        if not factors or len(factors) > 4 or not all(1 / 1024 <= a <= 1024 for a in factors):
            raise UsageError(
                f"aspect of the hash grid is {factors[:5]}; accepted: one factor per axis,"
                " from 1/1024 to 1024"
            )
        finest = self.coarsest * max(factors)
        for _ in range(self.levels - 1):
            finest *= self.growth
        if not finest <= FINEST:
            raise UsageError(
                f"the hash grid's finest resolution is {finest:.4g}; accepted: up to {FINEST};"
                " lower levels, growth or coarsest"
            )
        if self.levels * self.features << self.table > LARGEST:
            raise UsageError(
                f"the hash grid may have {self.levels * self.features << self.table:,} parameters;"
                f" accepted: up to {LARGEST:,}; lower table, levels or features"
            )

    @classmethod
    def reaching(
        cls, finest: float, *, levels: int = 16, coarsest: float = 16.0, **others: object
    ) -> "HashGridConfig":
        """The grid whose last level's resolution is `finest`: the paper's eq. 3 for the growth."""
        growth = (max(finest, coarsest) / coarsest) ** (1 / max(levels - 1, 1))
        return cls(levels=levels, coarsest=coarsest, growth=growth, **others)  # type: ignore[arg-type]

    def grids(self, dimensions: int) -> tuple[Level, ...]:
        """The levels, coarsest first: they follow from the configuration alone.

        Raises:
            UsageError: there can be no such grid in that many dimensions.
        """
        if not 1 <= dimensions <= 4:
            raise UsageError(f"a hash grid of {dimensions} dimensions; accepted: 1 to 4")
        aspect = self.aspect or (1.0,) * dimensions
        if len(aspect) != dimensions:
            raise UsageError(
                f"aspect of the hash grid has {len(aspect)} factors; expected {dimensions},"
                " one per axis"
            )
        result = []
        first, resolution = 0, float(self.coarsest)
        for _ in range(self.levels):
            scale = tuple(float32(max(resolution * factor - 1.0, 1.0)) for factor in aspect)
            vertices = tuple(math.floor(s + 0.5) + 2 for s in scale)
            hashed = math.prod(vertices) > 1 << self.table
            rows = 1 << self.table if hashed else math.prod(vertices)
            result.append(Level(scale, vertices, first, rows, hashed))
            first += rows
            # By products, not powers: those round alike on every machine.
            resolution *= self.growth
        return tuple(result)

    def parameters(self, dimensions: int) -> int:
        """How many numbers such a grid learns."""
        last = self.grids(dimensions)[-1]
        return (last.first + last.rows) * self.features

    def build(self, dimensions: int) -> "HashGrid":
        return HashGrid(dimensions, self)


def float32(value: float) -> float:
    """`value` rounded to float32. (Without torch, whose numbers are empty on the meta device.)"""
    return struct.unpack("f", struct.pack("f", value))[0]


class HashGrid(Encoding):
    """The grid as PyTorch operations: differentiable in the table and in the positions.

    Attributes:
        table: The rows of all levels, one level after the other. (rows, F)
        levels: Where each level lies in it, and what its cells are.

    Source: Mueller et al. 2022, section 3, eq. 2-4.
    """

    def __init__(self, dimensions: int, config: HashGridConfig) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.levels = config.grids(dimensions)
        self.features = config.levels * config.features
        last = self.levels[-1]
        self.table = nn.Parameter(torch.zeros(last.first + last.rows, config.features))

    def initialise(self, generator: Generator) -> None:
        with torch.no_grad():
            drawn = torch.rand(self.table.shape, generator=generator, dtype=torch.float32)
            self.table.copy_(((2.0 * drawn - 1.0) * START).to(self.table.dtype))

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, L F): level by level, each with its F features side by side."""
        return interpolate(xy, self.table, self.levels)


def interpolate(xy: Tensor, table: Tensor, levels: tuple[Level, ...]) -> Tensor:
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


def _interpolate_level(inside: Tensor, table: Tensor, level: Level) -> Tensor:
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
