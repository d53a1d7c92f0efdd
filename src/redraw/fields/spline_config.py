"""The configuration of a spline pyramid, which says its size without PyTorch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from redraw.errors import UsageError
from redraw.fields.bands import blocks_of, halvings, levels_of
from redraw.fields.ranges import check_ranges
from redraw.fields.sizes import in_subpixel_detail

if TYPE_CHECKING:
    from redraw.fields.spline import Spline

# Values in one picture: places are 32-bit numbers.
LARGEST = 2**31 - 1
# Matrices that a block can choose from.
MOST_TRANSFORMS = 256
# Units in a layer of the network for the insides of pixels.
MOST_UNITS = 512
# Numbers in one of them.
MATRIX = 16


@dataclass(frozen=True)
class SplineConfig:
    """A spline pyramid.

    Attributes:
        width: Of the picture, in pixels.
        height: Of the picture.
        planes: Values per pixel.
        room: Parameters it may have besides the network's: kept numbers, matrices, and other bits
            over 32.
        transforms: Matrices that each block of four numbers chooses from.
        subpixel: Units in each of two hidden layers of the network for the insides of pixels; 0
            for no such network.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "spline"
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
        """The most numbers that there is room for. (K)"""
        values = self.width * self.height * self.planes
        return min(max(0, self.room - MATRIX * self.transforms), values)

    @property
    def blocks(self) -> int:
        """Blocks of numbers that choose a matrix."""
        return blocks_of(self.width, self.height, self.planes)

    @property
    def corner(self) -> tuple[int, int]:
        """Rows and columns of the low numbers of the last level."""
        levels = levels_of(self.width, self.height)
        return halvings(self.height, levels)[-1], halvings(self.width, levels)[-1]

    @property
    def choice_bits(self) -> int:
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


def _check_flat(dimensions: int) -> None:
    if dimensions != 2:
        raise UsageError(f"a spline of {dimensions} dimensions; accepted: 2")
