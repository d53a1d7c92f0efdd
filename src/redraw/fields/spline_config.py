"""The configuration of a spline pyramid, which says its size without PyTorch."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import halvings, levels_of
from redraw.errors import UsageError
from redraw.fields.bands import band_table, blocks_of
from redraw.fields.encoding_config import EncodingConfig, Sizing
from redraw.fields.ranges import check_ranges
from redraw.fields.sizes import parameters
from redraw.fields.subpixel_size import MOST_UNITS, in_subpixel_detail

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig
    from redraw.fields.spline import Spline

# Values in one picture: where they are is a 32-bit number.
LARGEST = 2**31 - 1
# Matrices that a block can choose from.
MOST_TRANSFORMS = 256
# Numbers in one of them.
MATRIX = 16
# Its matrices take at most this part of its room.
MATRIX_SHARE = 32
# The network for subpixel detail takes at most this part of the budget; a smaller one than of
# so many units is not worth having.
NETWORK_SHARE, FEWEST_UNITS = 32, 16


@dataclass(frozen=True)
class SplineConfig(EncodingConfig):
    """A spline pyramid.

    Attributes:
        width: Of the picture, in pixels.
        height: Of the picture.
        planes: Values per pixel.
        room: Parameters it may have besides the network's: kept coefficients, matrices, and other
            bits over 32.
        transforms: Matrices that each block of four coefficients chooses from.
        subpixel: Units in each of two hidden layers of the network for subpixel detail; 0
            for no such network.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "spline"
    codec: ClassVar[str] = "spline"
    solver: ClassVar[str] = "alternating"
    of_signal: ClassVar[tuple[str, ...]] = ("width", "height", "planes")
    sized_by: ClassVar[tuple[str, ...]] = ("room",)
    width: int = 1
    height: int = 1
    planes: int = 1
    room: int = 1024
    transforms: int = 32
    subpixel: int = 0

    def __post_init__(self) -> None:
        check_ranges(
            self,
            "spline",
            ("width", 1, LARGEST),
            ("height", 1, LARGEST),
            ("planes", 1, 4096),
            ("room", 0, LARGEST),
            ("transforms", 1, MOST_TRANSFORMS),
            ("subpixel", 0, MOST_UNITS),
        )
        values = self.width * self.height * self.planes
        if values > LARGEST:
            raise UsageError(f"the spline has {values:,} values; accepted: up to {LARGEST:,}")

    @property
    def kept(self) -> int:
        """The most coefficients that there is room for. (K)"""
        values = self.width * self.height * self.planes
        return min(max(0, self.room - MATRIX * self.transforms), values)

    @property
    def blocks(self) -> int:
        """Blocks of coefficients that choose a matrix."""
        return blocks_of(self.width, self.height, self.planes)

    @property
    def bands(self) -> NDArray[np.int64]:
        """The bands as kernels take them. (3 L, 6)"""
        return band_table(self.width, self.height, self.planes)

    @property
    def corner(self) -> tuple[int, int]:
        """Rows and columns of the low coefficients of the last level."""
        levels = levels_of(self.width, self.height)
        return halvings(self.height, levels)[-1], halvings(self.width, levels)[-1]

    @property
    def transform_bits(self) -> int:
        """Bits that name a matrix."""
        return (self.transforms - 1).bit_length()

    def count(self, dimensions: int) -> tuple[int, int]:
        """As of other encodings; how many parameters it may have."""
        _check_flat(dimensions)
        most = max(self.room, MATRIX * self.transforms)
        return self.planes, most + in_subpixel_detail(self.subpixel)

    def build(self, dimensions: int) -> "Spline":
        """Raises UsageError if there aren't two dimensions."""
        _check_flat(dimensions)
        from redraw.fields.spline import Spline

        return Spline(self)

    def refuse(self, signal: str) -> str | None:
        if signal == "picture":
            return None
        return f"a spline lies over the pixels of a picture; a {signal} has none"

    def sized(self, config: "FieldConfig", sizing: Sizing) -> "FieldConfig":
        """The spline of a picture, with room for what the budget leaves besides the network."""
        width, height = sizing.extents
        changes: dict[str, int] = {"width": width, "height": height, "planes": config.channels}
        budget, fixed = sizing.budget, sizing.fixed
        if budget is not None and "room" not in fixed:
            if "subpixel" not in fixed:
                changes["subpixel"] = units_within(self.subpixel, budget)
            # Nothing but a network of that many inputs is there to be counted.
            detail = changes.get("subpixel", self.subpixel)
            bare = SplineConfig(1, 1, config.channels, room=0, transforms=1, subpixel=detail)
            room = budget - parameters(dataclasses.replace(config, encoding=bare)) + MATRIX
            if room < MATRIX + 1:
                raise UsageError(
                    f"the smallest such field has {budget - room + MATRIX + 1} parameters;"
                    f" the budget is {budget}",
                    setting="budget",
                )
            changes["room"] = room
            if "transforms" not in fixed:
                count = self.transforms
                while count > 1 and MATRIX * count * MATRIX_SHARE > room:
                    count //= 2
                changes["transforms"] = count
        return dataclasses.replace(config, encoding=dataclasses.replace(self, **changes))


def _check_flat(dimensions: int) -> None:
    if dimensions != 2:
        raise UsageError(f"a spline of {dimensions} dimensions; accepted: 2")


def units_within(units: int, budget: int) -> int:
    """How large a network for subpixel detail a budget allows.

    Args:
        units: At most.
        budget: Of the whole field, in parameters.
    """
    while units and in_subpixel_detail(units) * NETWORK_SHARE > budget:
        units = units // 2 if units > FEWEST_UNITS else 0
    return units
