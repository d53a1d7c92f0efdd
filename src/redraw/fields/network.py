"""The network behind the encoding: a multilayer perceptron of any list of widths."""

import itertools
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn

from redraw.fields.activations import DEFINITIONS, Position, uniform
from redraw.fields.lowering import affine_of
from redraw.fields.program import Activation, Builder


class Network(nn.Module):
    """Linear layers with one activation between them, and none after the last.

    Args:
        inputs: Features that come in.
        hidden: Widths of the hidden layers; empty for a single linear map.
        outputs: Channels that go out.
        activation: A name of `redraw.fields.sizes.ACTIVATIONS`.
        omega: Frequency of the hidden layers (sine, finer, wire).
        omega_first: Frequency of the first layer.
        spread: Inverse width of the Gaussian (gauss, wire).
        bias: Whether layers add a bias.
        first_weight: If given, the first layer's weights are drawn from U(+-first_weight).
        first_bias: If given, the first layer's biases are drawn from U(+-first_bias): FINER's way
            of choosing the frequencies it starts from.

    Source: of `first_bias`: Liu et al. 2024 (FINER), section 3.3; of what lies between layers, and
    how they begin: `redraw.fields.activations`.
    """

    def __init__(
        self,
        inputs: int,
        hidden: Sequence[int],
        outputs: int,
        *,
        activation: str = "sine",
        omega: float = 30.0,
        omega_first: float = 30.0,
        spread: float = 10.0,
        bias: bool = True,
        first_weight: float | None = None,
        first_bias: float | None = None,
    ) -> None:
        super().__init__()
        self.activation = activation
        self.omega = omega
        self.omega_first = omega_first
        self.spread = spread
        self.first_weight = first_weight
        self.first_bias = first_bias
        self._row = DEFINITIONS[activation]
        widths = [inputs, *hidden, outputs]
        layers = []
        for depth, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
            # A complex network still starts from real coordinates.
            dtype = torch.complex64 if self._row.is_complex and depth > 0 else None
            layers.append(nn.Linear(fan_in, fan_out, bias=bias, dtype=dtype))
        self.layers = nn.ModuleList(layers)

    def initialise(self, generator: Generator) -> None:
        """Draw all parameters anew, in place, from `generator` (a CPU generator)."""
        with torch.no_grad():
            for depth, layer in enumerate(self.layers):
                assert isinstance(layer, nn.Linear)
                last = depth == len(self.layers) - 1
                position: Position = "first" if depth == 0 else ("last" if last else "hidden")
                self._row.initialise(layer, position, self.omega, generator)
                if depth == 0 and self.first_weight is not None:
                    uniform(layer.weight, self.first_weight, generator)
                if depth == 0 and self.first_bias is not None and layer.bias is not None:
                    uniform(layer.bias, self.first_bias, generator)

    def forward(self, features: Tensor, *, exact: bool = False) -> Tensor:
        """Map features (N, I) to raw outputs (N, C), before the output function.

        Args:
            features: (N, I)
            exact: Whether derivatives are true ones, also where training takes others.
        """
        z = features
        function = (self._row.exact if exact else None) or self._row.function
        last = len(self.layers) - 1
        for depth, layer in enumerate(self.layers):
            z = layer(z)
            if depth < last:
                omega = self.omega_first if depth == 0 else self.omega
                z = function(z, omega, self.spread)
        return z.real if z.is_complex() else z

    def lower(self, builder: Builder, features: int) -> int:
        """Add the layers and what is between them; returns the value that holds the raw outputs.

        Complex layers become real ones on real and imaginary parts.
        """
        value, last = features, len(self.layers) - 1
        for depth, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Linear)
            halves = self._row.is_complex and depth < last
            operation = affine_of(layer, imaginary=halves)
            value = builder.add(operation, value)
            if depth < last:
                omega = self.omega_first if depth == 0 else self.omega
                name = self.activation
                value = builder.add(
                    Activation(name, float(omega), float(self.spread), operation.width), value
                )
        return value
