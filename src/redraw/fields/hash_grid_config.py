"""The configuration of a hash grid (`redraw.fields.hash_grid`), which says its size alone."""

import dataclasses
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from redraw.errors import UsageError
from redraw.fields.encoding_config import EncodingConfig, Sizing
from redraw.fields.ranges import check_ranges
from redraw.fields.sizes import largest_widths, parameters, within

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig
    from redraw.fields.hash_grid import HashGrid

# Section 3 of Mueller et al. 2022; the fourth is tiny-cuda-nn's.
PRIMES = (1, 2_654_435_761, 805_459_861, 3_674_653_429)
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
class HashGridConfig(EncodingConfig):
    """A multiresolution hash grid.

    Attributes:
        n_levels: Number of grids.
        n_features_per_level: Learned numbers per vertex.
        log2_hashmap_size: log2 of the largest number of rows of a level.
        base_resolution: Resolution of level 0.
        per_level_scale: Each level's resolution over that of the level before.
        aspect: Factor on the resolution of each axis, or None for 1: (1, 2/3) makes the cells of a
            picture of 3 x 2 square.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "hash"
    quantisable: ClassVar[bool] = True
    sized_by: ClassVar[tuple[str, ...]] = ("log2_hashmap_size",)
    stored_names: ClassVar[Mapping[str, str]] = {
        "n_levels": "levels",
        "n_features_per_level": "features",
        "log2_hashmap_size": "table",
        "base_resolution": "coarsest",
        "per_level_scale": "growth",
    }
    n_levels: int = 16
    n_features_per_level: int = 2
    log2_hashmap_size: int = 15
    base_resolution: float = 16.0
    per_level_scale: float = 1.5
    aspect: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        check_ranges(
            self,
            "hash grid",
            ("n_levels", 1, 32),
            ("n_features_per_level", 1, 16),
            ("log2_hashmap_size", 1, 24),
            ("base_resolution", 2, FINEST),
            ("per_level_scale", 1, 16),
        )
        factors = (1.0,) if self.aspect is None else self.aspect
        if not factors or len(factors) > 4 or not all(1 / 1024 <= a <= 1024 for a in factors):
            raise UsageError(
                f"aspect of the hash grid is {factors[:5]}; accepted: one factor per axis,"
                " from 1/1024 to 1024",
                setting="aspect",
            )
        finest = self.base_resolution * max(factors)
        for _ in range(self.n_levels - 1):
            finest *= self.per_level_scale
        if not finest <= FINEST:
            raise UsageError(
                f"the hash grid's finest resolution is {finest:.4g}; accepted: up to {FINEST};"
                " lower n_levels, per_level_scale or base_resolution"
            )
        most = self.n_levels * self.n_features_per_level << self.log2_hashmap_size
        if most > LARGEST:
            raise UsageError(
                f"the hash grid may have {most:,} parameters;"
                f" accepted: up to {LARGEST:,}; lower log2_hashmap_size,"
                " n_levels or n_features_per_level"
            )

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
        first, resolution = 0, float(self.base_resolution)
        for _ in range(self.n_levels):
            scale = tuple(float32(max(resolution * factor - 1.0, 1.0)) for factor in aspect)
            vertices = tuple(math.floor(s + 0.5) + 2 for s in scale)
            hashed = math.prod(vertices) > 1 << self.log2_hashmap_size
            rows = 1 << self.log2_hashmap_size if hashed else math.prod(vertices)
            result.append(Level(scale, vertices, first, rows, hashed))
            first += rows
            # By products, not powers: those round alike on every machine.
            resolution *= self.per_level_scale
        return tuple(result)

    def count(self, dimensions: int) -> tuple[int, int]:
        last = self.grids(dimensions)[-1]
        return self.n_levels * self.n_features_per_level, (
            last.first + last.rows
        ) * self.n_features_per_level

    def build(self, dimensions: int) -> "HashGrid":
        from redraw.fields.hash_grid import HashGrid

        return HashGrid(dimensions, self)

    def sized(self, config: "FieldConfig", sizing: Sizing) -> "FieldConfig":
        """Square cells from coarse to about the pixels of the picture, and the largest table."""
        config = dataclasses.replace(config, encoding=self._over(sizing))
        budget = sizing.budget
        if budget is None or within(config, budget, "log2_hashmap_size" in sizing.fixed):
            return config
        return _largest_grid(config, sizing, budget)

    def _over(self, sizing: Sizing) -> "HashGridConfig":
        """The grid with square cells, from coarse to about the pixels of the picture."""
        longest = max(sizing.extents)
        coarsest_cell, finest_cell = sizing.cells
        coarsest, fixed = self.base_resolution, sizing.fixed
        changes: dict[str, object] = {}
        if coarsest_cell is not None and "base_resolution" not in fixed:
            changes["base_resolution"] = coarsest = max(2.0, longest / coarsest_cell)
        if "aspect" not in fixed:
            changes["aspect"] = tuple(max(side / longest, 1 / 1024) for side in sizing.extents)
        if "per_level_scale" not in fixed and self.n_levels > 1:
            finest = max(longest / finest_cell, coarsest)
            changes["per_level_scale"] = (finest / coarsest) ** (1.0 / (self.n_levels - 1))
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def float32(value: float) -> float:
    """`value` rounded to float32. (Without torch, whose numbers are empty on the meta device.)"""
    return struct.unpack("f", struct.pack("f", value))[0]


def _largest_grid(config: "FieldConfig", sizing: Sizing, budget: int) -> "FieldConfig":
    """The largest table, and then the most levels of it, that the budget allows."""
    own = config.encoding
    assert isinstance(own, HashGridConfig)
    best: FieldConfig | None = None
    most = 0
    least = own.n_levels if "n_levels" in sizing.fixed else 4
    for table in range(6, 23):
        fits = False
        for levels in range(own.n_levels, least - 1, -1):
            grid = dataclasses.replace(own, log2_hashmap_size=table, n_levels=levels)._over(sizing)
            candidate = dataclasses.replace(config, encoding=grid)
            found = parameters(candidate)
            # A larger table with fewer levels is worth it only if it uses the budget better.
            if most * 1.05 < found <= budget:
                best, most = candidate, found
            if found <= budget:
                fits = True
                break  # fewer levels have fewer parameters
        if not fits:  # and a larger table has no fewer parameters, whatever the levels
            break
    if best is None:
        smallest = dataclasses.replace(own, log2_hashmap_size=6, n_levels=least)
        return largest_widths(dataclasses.replace(config, encoding=smallest), budget)
    return best
