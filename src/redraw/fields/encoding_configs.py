"""What the field file stores of each encoding, and what it is built from.

`ENCODINGS` maps the names used in files and on the command line to configurations. They are
plain values: PyTorch is imported when one is built.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.ranges import check_ranges
from redraw.fields.spline_config import SplineConfig

if TYPE_CHECKING:
    from redraw.fields.encoding import Encoding
    from redraw.fields.encodings import AxisFourier, GaussianFourier, Identity


class EncodingConfig(Protocol):
    """What a configuration of an encoding can do."""

    kind: ClassVar[str]

    def count(self, dimensions: int) -> tuple[int, int]:
        """Features and parameters of the module, which need not be made for it.

        Raises:
            UsageError: it can't be made for so many dimensions.
        """
        ...

    def build(self, dimensions: int) -> "Encoding":
        """Make the module, its parameters not yet drawn."""
        ...


@dataclass(frozen=True)
class IdentityConfig:
    """No encoding."""

    kind: ClassVar[str] = "identity"

    def count(self, dimensions: int) -> tuple[int, int]:
        return dimensions, 0

    def build(self, dimensions: int) -> "Identity":
        from redraw.fields.encodings import Identity

        return Identity(dimensions)


@dataclass(frozen=True)
class FourierConfig:
    """Random Fourier features.

    Attributes:
        frequencies: How many; each is a vector from N(0, sigma^2).
        sigma: Their deviation, in periods across the picture.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "fourier"
    frequencies: int = 256
    sigma: float = 10.0

    def __post_init__(self) -> None:
        check_ranges(self, "encoding", ("frequencies", 1, 65_536), ("sigma", 0, 1_000_000))

    def count(self, dimensions: int) -> tuple[int, int]:
        return 2 * self.frequencies, 0

    def build(self, dimensions: int) -> "GaussianFourier":
        from redraw.fields.encodings import GaussianFourier

        return GaussianFourier(dimensions, self.frequencies, self.sigma)


@dataclass(frozen=True)
class AxisConfig:
    """Positional encoding.

    Attributes:
        octaves: Frequencies per axis, each twice the one before.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "axis"
    octaves: int = 8

    def __post_init__(self) -> None:
        # Float32 positions know no more than 24 binary places.
        check_ranges(self, "encoding", ("octaves", 1, 24))

    def count(self, dimensions: int) -> tuple[int, int]:
        return 2 * self.octaves * dimensions, 0

    def build(self, dimensions: int) -> "AxisFourier":
        from redraw.fields.encodings import AxisFourier

        return AxisFourier(dimensions, self.octaves)


ENCODINGS: dict[str, type] = {
    config.kind: config
    for config in (IdentityConfig, FourierConfig, AxisConfig, HashGridConfig, SplineConfig)
}
