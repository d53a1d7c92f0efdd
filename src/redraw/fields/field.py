"""The field: encoding -> network -> output, a function of (x, y) that is the picture."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Generator, Tensor, nn

from redraw.errors import ShapeError, UsageError
from redraw.fields.config import FieldConfig
from redraw.fields.encoding import Encoding
from redraw.fields.network import Network
from redraw.fields.outputs import LinearOutput, SigmoidOutput, SoftmaxOutput
from redraw.fields.program import Builder, Program

DERIVATIVES = ("true", "authors")
OUTPUTS = {kind.kind: kind for kind in (LinearOutput, SigmoidOutput, SoftmaxOutput)}


class Field(nn.Module):
    """A coordinate network.

    Args:
        encoding: (N, D) coordinates in [-1, 1] to (N, F) features.
        network: (N, F) features to (N, C) raw numbers.
        output: (N, C) raw numbers to (N, C) values.
        config: The configuration it was built from, if any; only such a field can be saved.

    Example:
        >>> field = Field.build(FieldConfig(channels=3, hidden=(8, 8)), seed=1)
        >>> field(torch.zeros(5, 2)).shape
        torch.Size([5, 3])
    """

    def __init__(
        self,
        encoding: Encoding,
        network: Network,
        output: LinearOutput | SigmoidOutput | SoftmaxOutput,
        config: FieldConfig | None = None,
    ) -> None:
        super().__init__()
        self.encoding = encoding
        self.network = network
        self.output = output
        self.config = config

    @classmethod
    def empty(cls, config: FieldConfig) -> "Field":
        """The field that `config` describes, its parameters not yet drawn.

        Under `torch.device("meta")` nothing is allocated: that is how a file's shapes are checked.
        """
        encoding = config.encoding.build(config.dimensions)
        network = Network(
            encoding.features,
            config.hidden,
            config.channels,
            activation=config.activation,
            omega=config.omega,
            omega_first=config.omega_first,
            spread=config.spread,
            bias=config.bias,
            first_weight=config.first_weight,
            first_bias=config.first_bias,
        )
        output = OUTPUTS[config.output]()
        return cls(encoding, network, output, config)

    @classmethod
    def build(
        cls, config: FieldConfig, seed: int = 0, *, dtype: torch.dtype = torch.float32
    ) -> "Field":
        """A new field with parameters drawn from `seed`: the same on every machine.

        PyTorch's default device and type don't matter, and its global random state is left alone.
        """
        # nn.Linear draws its own initialisation, which is not used, from the global state.
        with torch.random.fork_rng(devices=[]), torch.device("cpu"), torch.no_grad():
            field = cls.empty(config)._apply(lambda tensor: in_precision(tensor, dtype))
            generator = Generator("cpu").manual_seed(seed)
            field.encoding.initialise(generator)
            field.network.initialise(generator)
        return field

    @property
    def sharpness(self) -> float:
        """Of a sigmoid output; 1.0 otherwise."""
        return self.output.sharpness

    @sharpness.setter
    def sharpness(self, value: float) -> None:
        if isinstance(self.output, SigmoidOutput):
            self.output.sharpness = float(value)

    @property
    def parameter_count(self) -> int:
        """Learned numbers, a complex one counting as two; see also the encoding."""
        network = sum(p.numel() * (2 if p.is_complex() else 1) for p in self.network.parameters())
        return network + self.encoding.parameter_count

    def raw(self, xy: Tensor) -> Tensor:
        """What the network gives before the output function, as it is trained. (N, D) -> (N, C).

        FINER's authors hold a part of their activation constant in the backward pass; so does this,
        while `forward` has true derivatives, or these if asked for `derivatives="authors"`.
        """
        return self.network(self.encoding(xy))

    def forward(
        self, xy: ArrayLike | Tensor, *, derivatives: Literal["true", "authors"] = "true"
    ) -> Tensor:
        """Values at `xy`, differentiable in it, not clipped. (..., D) -> (..., C).

        Coordinates of any type of number, and arrays, are taken in the field's own precision and on
        its device; `field.double()` is a field of float64.

        Args:
            xy: Coordinates in [-1, 1].
            derivatives: What autograd gives: the true ones; or those that the preset's authors
                train by, which differ where their code holds a part constant (`finer`: the scale
                |z| + 1). Values are the same.

        Raises:
            ShapeError: the last axis of `xy` is not D long.
            UsageError: derivatives of another name.
        """
        if derivatives not in DERIVATIVES:
            raise UsageError(
                f"derivatives is {derivatives!r}; accepted: {' or '.join(DERIVATIVES)}",
                setting="derivatives",
            )
        xy = self._coordinates(xy)
        if self.config is not None and xy.shape[-1:] != (self.config.dimensions,):
            raise ShapeError(
                f"xy has shape {tuple(xy.shape)}; expected (..., {self.config.dimensions}),"
                " coordinates in [-1, 1]"
            )
        points = xy.flatten(0, -2) if xy.ndim > 1 else xy[None]
        raw = self.network(self.encoding(points), exact=derivatives == "true")
        values = self.output(raw)
        return values.reshape(*xy.shape[:-1], values.shape[-1])

    def _coordinates(self, xy: ArrayLike | Tensor) -> Tensor:
        """As a tensor of the parameters' real type; an array on their device, too."""
        weight = self.network.layers[0].weight  # real even in a complex network
        assert isinstance(weight, Tensor)
        if isinstance(xy, Tensor):
            return xy if xy.dtype == weight.dtype or xy.is_complex() else xy.to(weight.dtype)
        try:
            array = np.asarray(xy)
        except ValueError as error:
            raise ShapeError("xy has rows of different lengths; expected (..., D)") from error
        if array.dtype.kind not in "fiub":
            raise ShapeError(f"xy holds {array.dtype}; expected numbers, coordinates in [-1, 1]")
        return torch.tensor(array.astype(np.float64), dtype=weight.dtype, device=weight.device)

    def lower(self) -> Program:
        """The field as a list of array operations, with its parameters as they are now.

        Raises:
            UsageError: a part of it doesn't say how it is lowered.
        """
        with torch.no_grad():
            # Only a field built by hand has no configuration; its first layer says what comes in.
            dimensions = self.config.dimensions if self.config else 2
            builder = Builder(dimensions)
            raw = self.network.lower(builder, self.encoding.lower(builder, 0))
            channels = builder.steps[-1].operation.width if builder.steps else dimensions
            self.output.lower(builder, raw, channels)
            return builder.finish()


def in_precision(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """`tensor` in the real type `dtype`, or where it is complex in the complex type to match.

    Any shape.
    `Module.to` would make complex parameters real.
    """
    if tensor.is_complex():
        return tensor.to(torch.complex128 if dtype == torch.float64 else torch.complex64)
    return tensor.to(dtype) if tensor.is_floating_point() else tensor
