"""Encodings: coordinates in [-1, 1] to the features that the network sees.

Each has a frozen configuration that builds it, in `redraw.fields.encoding_configs`.
Shapes: N points, D dimensions, F features.
"""

import math

import torch
from torch import Generator, Tensor

from redraw.fields.encoding import Encoding, Work
from redraw.fields.lowering import as_array
from redraw.fields.program import Builder, waves


class Identity(Encoding):
    """The coordinates themselves."""

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.features = dimensions

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        return xy

    def lower(self, builder: Builder, xy: int) -> int:
        return xy


class Fourier(Encoding):
    """[cos(2 pi B u), sin(2 pi B u)] of u = (xy + 1) / 2, with a fixed matrix B of frequencies.

    u runs over [0, 1], so that frequencies count periods across the picture, as in the source.

    Source: Tancik et al. 2020, "Fourier features let networks learn high frequency functions in
    low dimensional domains", eq. 5 (Gaussian) and their positional encoding (axis).
    """

    matrix: Tensor

    def __init__(self, dimensions: int, rows: int) -> None:
        super().__init__()
        self.features = 2 * rows
        self.register_buffer("matrix", torch.zeros(rows, dimensions))

    def work(self, size: int) -> tuple[Work, Work]:
        rows, axes = self.matrix.shape
        return Work(2 * rows * axes, (2 * rows + axes) * size), Work(0, 0)

    def forward(self, xy: Tensor) -> Tensor:
        """(N, D) -> (N, F)."""
        phase = (math.pi * (xy + 1.0)) @ self.matrix.T
        return torch.cat([torch.cos(phase), torch.sin(phase)], dim=-1)

    def take_layer(self, weight: Tensor) -> None:
        self.matrix.copy_(weight[: len(self.matrix)] / math.pi)

    def lower(self, builder: Builder, xy: int) -> int:
        return waves(builder, as_array(self.matrix), xy)


class GaussianFourier(Fourier):
    """Frequencies drawn from N(0, sigma^2)."""

    def __init__(self, dimensions: int, frequencies: int, sigma: float) -> None:
        super().__init__(dimensions, frequencies)
        self.sigma = sigma

    def initialise(self, generator: Generator) -> None:
        drawn = torch.randn(self.matrix.shape, generator=generator, dtype=torch.float32)
        self.matrix.copy_((drawn * self.sigma).to(self.matrix.dtype))


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
