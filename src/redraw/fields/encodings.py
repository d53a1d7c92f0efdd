"""Encodings: coordinates in [-1, 1] to the features that the network sees.

Each encoding has a frozen configuration (what the field file stores) that builds its module.
`ENCODINGS` maps the names used in files and on the command line to configurations.
Shapes: N points, D dimensions, F features.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Generator, Tensor

from redraw.errors import UsageError
from redraw.fields.encoding import Encoding
from redraw.fields.hash_grid import HashGridConfig
from redraw.fields.spline import SplineConfig


class Identity(Encoding):
    """The coordinates themselves."""

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.features = dimensions

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        return xy


@dataclass(frozen=True)
class IdentityConfig:
    """No encoding."""

    kind: ClassVar[str] = "identity"

    def build(self, dimensions: int) -> Identity:
        return Identity(dimensions)


class Fourier(Encoding):
    """[cos(2 pi B u), sin(2 pi B u)] of u = (xy + 1) / 2, with a fixed matrix B of frequencies.

    u runs over [0, 1], so that frequencies count periods across the picture as in the source:
    Tancik et al. 2020, eq. 5 (Gaussian) and their positional encoding (axis).
    """

    matrix: Tensor

    def __init__(self, dimensions: int, rows: int) -> None:
        super().__init__()
        self.features = 2 * rows
        self.register_buffer("matrix", torch.zeros(rows, dimensions))

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, F)."""
        phase = (math.pi * (xy + 1.0)) @ self.matrix.T
        return torch.cat([torch.cos(phase), torch.sin(phase)], dim=-1)


class GaussianFourier(Fourier):
    """Frequencies drawn from N(0, sigma^2)."""

    def __init__(self, dimensions: int, frequencies: int, sigma: float) -> None:
        super().__init__(dimensions, frequencies)
        self.sigma = sigma

    def initialise(self, generator: Generator) -> None:
        drawn = torch.randn(self.matrix.shape, generator=generator, dtype=torch.float32)
        self.matrix.copy_((drawn * self.sigma).to(self.matrix.dtype))


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
        between("frequencies", self.frequencies, 1, 65_536)
        between("sigma", self.sigma, 0.0, 1e6)

    def build(self, dimensions: int) -> GaussianFourier:
        return GaussianFourier(dimensions, self.frequencies, self.sigma)


class AxisFourier(Fourier):
    """Octaves along each axis: 1/2, 1, 2, 4, ... periods across the picture."""

    def __init__(self, dimensions: int, octaves: int) -> None:
        super().__init__(dimensions, dimensions * octaves)
        self.octaves = octaves

    def initialise(self, generator: Generator) -> None:
        self.matrix.zero_()
        dimensions = self.matrix.shape[1]
        for axis in range(dimensions):
            for octave in range(self.octaves):
                self.matrix[axis * self.octaves + octave, axis] = 2.0 ** (octave - 1)


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
        between("octaves", self.octaves, 1, 24)

    def build(self, dimensions: int) -> AxisFourier:
        return AxisFourier(dimensions, self.octaves)


def between(name: str, value: float, low: float, high: float) -> None:
    """Check one number of an encoding.

    Raises:
        UsageError: it is outside, or not a number.
    """
    if not low <= value <= high:
        raise UsageError(f"{name} of the encoding is {value:g}; accepted: {low:g} to {high:g}")


ENCODINGS: dict[str, type] = {
    config.kind: config
    for config in (IdentityConfig, FourierConfig, AxisConfig, HashGridConfig, SplineConfig)
}
