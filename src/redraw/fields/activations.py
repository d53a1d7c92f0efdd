"""The activations of the network, each with the initialisation of its own source.

One table, `DEFINITIONS`, by the names of `redraw.fields.sizes.ACTIVATIONS`. A new activation is a
name there, one function and one row here, a test and a line of documentation.

Shapes: N points, I inputs and O outputs of a layer.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Generator, Tensor, nn

Position = Literal["first", "hidden", "last"]


def sine(z: Tensor, omega: float, spread: float) -> Tensor:
    """sin(omega z). Any shape. Source: Sitzmann et al. 2020 (SIREN), eq. 4, omega_0 outside."""
    return torch.sin(omega * z)


def finer(z: Tensor, omega: float, spread: float) -> Tensor:
    """sin(omega (|z| + 1) z), the scale |z| + 1 held constant in the backward pass. Any shape.

    Source: Liu et al. 2024 (FINER), eq. 5; their code does not differentiate the scale.
    """
    scale = z.detach().abs() + 1.0
    return torch.sin(omega * scale * z)


def finer_exact(z: Tensor, omega: float, spread: float) -> Tensor:
    """The same values as `finer`, with their true derivative. Any shape."""
    return torch.sin(omega * (z.abs() + 1.0) * z)


def gauss(z: Tensor, omega: float, spread: float) -> Tensor:
    """exp(-(s z)^2). Any shape.

    Source: Ramasinghe & Lucey 2022; form and default s of the WIRE code.
    """
    return torch.exp(-((spread * z) ** 2))


def wire(z: Tensor, omega: float, spread: float) -> Tensor:
    """cos(omega z) exp(-(s z)^2), the real Gabor wavelet. Any shape.

    Source: Saragadam et al. 2023 (WIRE).
    """
    return torch.cos(omega * z) * torch.exp(-((spread * z) ** 2))


def wire_complex(z: Tensor, omega: float, spread: float) -> Tensor:
    """exp(j omega z - |s z|^2), the complex Gabor wavelet. Any shape.

    Source: Saragadam et al. 2023, eq. 4.
    """
    magnitude = z.real**2 + z.imag**2 if z.is_complex() else z**2
    return torch.exp(1j * omega * z - (spread * spread) * magnitude)


def tanh(z: Tensor, omega: float, spread: float) -> Tensor:
    """tanh z. Any shape."""
    return torch.tanh(z)


def sigmoid(z: Tensor, omega: float, spread: float) -> Tensor:
    """1 / (1 + exp(-z)). Any shape."""
    return torch.sigmoid(z)


def relu(z: Tensor, omega: float, spread: float) -> Tensor:
    """max(z, 0). Any shape. Source: Nair & Hinton 2010."""
    return torch.relu(z)


def silu(z: Tensor, omega: float, spread: float) -> Tensor:
    """z sigmoid(z). Any shape. Source: Elfwing et al. 2018."""
    return torch.nn.functional.silu(z)


def uniform(tensor: Tensor, bound: float, generator: Generator) -> None:
    """Fill `tensor` in place from U(-bound, bound); drawn on the CPU in float32."""
    real = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    drawn = torch.rand(real.shape, generator=generator, dtype=torch.float32) * 2.0 - 1.0
    real.copy_((drawn * bound).to(real.dtype))


def init_default(layer: nn.Linear, position: Position, omega: float, g: Generator) -> None:
    """U(+-1/sqrt(I)) for weights and biases, PyTorch's own default. Source: LeCun et al. 1998."""
    bound = 1.0 / math.sqrt(layer.in_features)
    uniform(layer.weight, bound, g)
    if layer.bias is not None:
        uniform(layer.bias, bound, g)


def init_siren(layer: nn.Linear, position: Position, omega: float, g: Generator) -> None:
    """First U(+-1/I), others U(+-sqrt(6/I)/omega), default biases.

    Source: Sitzmann et al. 2020, section 3.2 and their code. Without the division by omega
    each layer multiplies the gradient by omega and the network does not learn.
    """
    fan_in = layer.in_features
    bound = 1.0 / fan_in if position == "first" else math.sqrt(6.0 / fan_in) / omega
    uniform(layer.weight, bound, g)
    if layer.bias is not None:
        uniform(layer.bias, 1.0 / math.sqrt(fan_in), g)


def init_glorot(layer: nn.Linear, position: Position, omega: float, g: Generator) -> None:
    """U(+-sqrt(6 / (I + O))), zero biases. Source: Glorot & Bengio 2010, eq. 16."""
    uniform(layer.weight, math.sqrt(6.0 / (layer.in_features + layer.out_features)), g)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def init_glorot_sigmoid(layer: nn.Linear, position: Position, omega: float, g: Generator) -> None:
    """Glorot's bound times 4, because a sigmoid's slope at 0 is 1/4. Source: as `init_glorot`."""
    gain = 1.0 if position == "last" else 4.0
    uniform(layer.weight, gain * math.sqrt(6.0 / (layer.in_features + layer.out_features)), g)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def init_he(layer: nn.Linear, position: Position, omega: float, g: Generator) -> None:
    """U(+-sqrt(6 / I)), default biases; the last layer as by default. Source: He et al. 2015.

    Biases are not zero: with two inputs, zero biases put every first-layer kink through the centre.
    """
    if position == "last":
        init_default(layer, position, omega, g)
        return
    uniform(layer.weight, math.sqrt(6.0 / layer.in_features), g)
    if layer.bias is not None:
        uniform(layer.bias, 1.0 / math.sqrt(layer.in_features), g)


@dataclass(frozen=True)
class Activation:
    """One row of the table.

    Attributes:
        function: (z, omega, spread) -> activated values, same shape as z.
        initialise: Fills one layer in place.
        is_complex: Whether hidden layers are complex.
        exact: The same values with their true derivative, where training takes another; or None.
    """

    function: Callable[[Tensor, float, float], Tensor]
    initialise: Callable[[nn.Linear, Position, float, Generator], None]
    is_complex: bool = False
    exact: Callable[[Tensor, float, float], Tensor] | None = None


DEFINITIONS: dict[str, Activation] = {
    "tanh": Activation(tanh, init_glorot),
    "sigmoid": Activation(sigmoid, init_glorot_sigmoid),
    "relu": Activation(relu, init_he),
    "silu": Activation(silu, init_he),
    "sine": Activation(sine, init_siren),
    "finer": Activation(finer, init_siren, exact=finer_exact),
    "gauss": Activation(gauss, init_default),
    "wire": Activation(wire, init_default),
    "wire-complex": Activation(wire_complex, init_default, is_complex=True),
}
