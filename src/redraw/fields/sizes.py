"""How many parameters networks have, by their configuration alone: without PyTorch.

Shapes: U units.
"""

import itertools
from collections.abc import Sequence

# The rows of `redraw.fields.activations.ACTIVATIONS`, in its order; and those of complex networks.
ACTIVATIONS = (
    "tanh", "sigmoid", "relu", "silu", "sine", "finer", "gauss", "wire", "wire-complex",
)  # fmt: skip
COMPLEX = ("wire-complex",)
# Of the network for the insides of pixels (`redraw.fields.subpixel`): pixels that it sees around
# the middle one, on each side; numbers that come in; numbers that go out; its activation.
AROUND = 2
INPUTS = (2 * AROUND + 1) ** 2
PARTS = 3
ACTIVATION = "silu"


def in_network(
    inputs: int, hidden: Sequence[int], outputs: int, *, activation: str, bias: bool = True
) -> int:
    """Learned numbers of a network (`redraw.fields.network.Network`); a complex one counts as two.

    Example:
        >>> in_network(2, (8,), 3, activation="sine")
        51
    """
    total = 0
    for depth, (fan_in, fan_out) in enumerate(itertools.pairwise([inputs, *hidden, outputs])):
        parts = 2 if activation in COMPLEX and depth > 0 else 1
        total += parts * fan_out * (fan_in + bias)
    return total


def in_subpixel_detail(units: int) -> int:
    """Parameters of the network for the insides of pixels, 0 without units.

    Example:
        >>> in_subpixel_detail(32)
        1987
    """
    return in_network(INPUTS, (units, units), PARTS, activation=ACTIVATION) if units else 0
