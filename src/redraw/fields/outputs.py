"""From the network's raw numbers to values."""

import torch
from torch import Tensor, nn

from redraw.fields.program import Builder, Sigmoid, Softmax


class LinearOutput(nn.Module):
    """The raw numbers are the values. Drawing clips them to [0, 1]."""

    kind = "linear"
    sharpness = 1.0

    def forward(self, raw: Tensor) -> Tensor:
        """(N, C) -> (N, C)."""
        return raw

    def lower(self, builder: Builder, raw: int, channels: int) -> int:
        """Add the output's operation, if it has one; returns the value that holds the result."""
        return raw


class SigmoidOutput(nn.Module):
    """sigmoid(sharpness * raw): values stay inside (0, 1); a sharp one draws crisp edges.

    `sharpness` is not learned: a fit raises it on a schedule that depends on the step alone.
    """

    kind = "sigmoid"

    def __init__(self, sharpness: float = 1.0) -> None:
        super().__init__()
        self.sharpness = sharpness

    def logits(self, raw: Tensor) -> Tensor:
        """What the sigmoid is taken of: the loss uses this form, safe in float32. (N, C)"""
        return raw * self.sharpness

    def forward(self, raw: Tensor) -> Tensor:
        """(N, C) -> (N, C)."""
        return torch.sigmoid(self.logits(raw))

    def lower(self, builder: Builder, raw: int, channels: int) -> int:
        """As of `LinearOutput`."""
        return builder.add(Sigmoid(float(self.sharpness), channels), raw)


class SoftmaxOutput(nn.Module):
    """softmax(raw): one probability for each class, which add up to 1."""

    kind = "softmax"
    sharpness = 1.0

    def forward(self, raw: Tensor) -> Tensor:
        """(N, C) -> (N, C)."""
        return torch.softmax(raw, dim=-1)

    def lower(self, builder: Builder, raw: int, channels: int) -> int:
        """As of `LinearOutput`."""
        return builder.add(Softmax(channels), raw)
