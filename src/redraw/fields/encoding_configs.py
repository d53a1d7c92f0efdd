"""The table of encodings, and those that are a few lines each.

`ENCODINGS` maps the names used in files and on the command line to classes of configurations; what
is asked of one, `redraw.fields.encoding_config` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from redraw.fields.encoding_config import EncodingConfig, Searched
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.labels_config import LabelsConfig
from redraw.fields.ranges import check_ranges
from redraw.fields.sizes import WIDEST
from redraw.fields.spline_config import SplineConfig
from redraw.fields.wavelet_config import WaveletConfig
from redraw.registry import Registry

if TYPE_CHECKING:
    from redraw.fields.encodings import AxisFourier, GaussianFourier, Identity


@dataclass(frozen=True)
class IdentityConfig(EncodingConfig):
    """No encoding."""

    kind: ClassVar[str] = "identity"
    quantisable: ClassVar[bool] = True

    def describe(self) -> str:
        return ""

    def count(self, dimensions: int) -> tuple[int, int]:
        return dimensions, 0

    def build(self, dimensions: int) -> "Identity":
        from redraw.fields.encodings import Identity

        return Identity(dimensions)


@dataclass(frozen=True)
class FourierConfig(EncodingConfig):
    """Random Fourier features.

    Attributes:
        frequencies: How many; each is a vector from N(0, sigma^2).
        sigma: Their deviation, in periods across the picture.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "fourier"
    quantisable: ClassVar[bool] = True
    scales: ClassVar[tuple[str, ...]] = ("frequencies",)
    frequencies: int = 256
    sigma: float = 10.0

    def __post_init__(self) -> None:
        check_ranges(self, "encoding", ("frequencies", 1, WIDEST), ("sigma", 0, 1_000_000))

    def count(self, dimensions: int) -> tuple[int, int]:
        return 2 * self.frequencies, 0

    def build(self, dimensions: int) -> "GaussianFourier":
        from redraw.fields.encodings import GaussianFourier

        return GaussianFourier(dimensions, self.frequencies, self.sigma)

    def searched(self) -> Mapping[str, Searched]:
        return {"sigma": Searched(self.sigma)}


@dataclass(frozen=True)
class AxisConfig(EncodingConfig):
    """Positional encoding.

    Attributes:
        octaves: Frequencies per axis, each twice the one before.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "axis"
    quantisable: ClassVar[bool] = True
    octaves: int = 8

    def __post_init__(self) -> None:
        # Float32 positions know no more than 24 binary places.
        check_ranges(self, "encoding", ("octaves", 1, 24))

    def count(self, dimensions: int) -> tuple[int, int]:
        return 2 * self.octaves * dimensions, 0

    def build(self, dimensions: int) -> "AxisFourier":
        from redraw.fields.encodings import AxisFourier

        return AxisFourier(dimensions, self.octaves)

    def searched(self) -> Mapping[str, Searched]:
        return {"octaves": Searched(self.octaves, max(1, self.octaves - 4), self.octaves + 4)}


ENCODINGS: Registry[type[EncodingConfig]] = Registry(
    "encoding",
    {
        config.kind: config
        for config in (
            IdentityConfig,
            FourierConfig,
            AxisConfig,
            HashGridConfig,
            SplineConfig,
            LabelsConfig,
            WaveletConfig,
        )
    },
)
