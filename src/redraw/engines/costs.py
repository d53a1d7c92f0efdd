"""What training steps have to do at least, told by the shapes alone: operations and bytes.

Operations are multiplications and additions; a sine or a root counts as none, so that a rate is
that of the useful arithmetic. Bytes are those that leave the registers and the first cache when
each number is kept until it was used: they are a lower bound, and what a phase reads again counts
again.
"""

from dataclasses import dataclass

from torch import nn

from redraw.engines.contract import OptimizerConfig
from redraw.engines.solvers import SOLVERS
from redraw.fields import Field


@dataclass(frozen=True)
class Cost:
    """Work.

    Attributes:
        operations: Multiplications and additions of real numbers.
        bytes: Read and written.
    """

    operations: int
    bytes: int

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.operations + other.operations, self.bytes + other.bytes)


def linear_layers(field: Field) -> list[nn.Linear]:
    """The network's layers, first to last."""
    return list(field.network.layers)  # type: ignore[return-value]


def products(field: Field) -> tuple[int, int]:
    """Operations per point of the network's matrix products: forward, and backward."""
    learned_below = any(True for _ in field.encoding.parameters())
    forward = backward = 0
    for depth, layer in enumerate(linear_layers(field)):
        # A product of complex numbers is four of real ones.
        once = (8 if layer.weight.is_complex() else 2) * layer.in_features * layer.out_features
        forward += once
        backward += once * (2 if depth > 0 or learned_below else 1)
    return forward, backward


def costs(
    field: Field, optimizer: OptimizerConfig, *, points: int, pixels: int, steps: int
) -> dict[str, Cost]:
    """The work of `steps` steps by part, as in `StepTimes`.

    Args:
        points: Positions trained on in all of them.
        pixels: Pixels trained on in all of them.

    Returns:
        Nothing for a solver whose work depends on the numbers.
    """
    update = SOLVERS[optimizer.kind].update_work(optimizer)
    if update is None:
        return {}
    layers = linear_layers(field)
    size = layers[0].weight.element_size()
    hidden = sum(layer.out_features * layer.weight.element_size() for layer in layers[:-1])
    channels = layers[-1].out_features
    features = layers[0].in_features
    parameters = field.parameter_count
    forward, backward = products(field)
    encoding, scatter = (Cost(*work) for work in field.encoding.work(size))
    operations, numbers = update
    return {
        "encoding": _times(encoding, points),
        # Each hidden feature is written and read, and its slope is written.
        "forward": Cost(forward * points, (3 * hidden + (features + channels) * size) * points),
        "loss": Cost(
            4 * channels * points, size * channels * (2 * points + pixels)
        ),  # predictions in, gradients out, targets in
        # Feature and slope are read, the gradient is written and read by two products.
        "backward": Cost(backward * points, (5 * hidden + (features + channels) * size) * points),
        "scatter": _times(scatter, points),
        "optimizer": Cost(operations * parameters * steps, numbers * size * parameters * steps),
    }


def _times(cost: Cost, count: int) -> Cost:
    return Cost(cost.operations * count, cost.bytes * count)
