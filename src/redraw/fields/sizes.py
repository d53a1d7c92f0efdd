"""How many parameters networks have, by their configuration alone: without PyTorch.

Shapes: U units.
"""

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redraw.errors import UsageError

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig

# The activations there are, with the settings that each has a meaning for; and those of complex
# networks. What they compute is in `redraw.fields.activations`; tests compare the names.
ACTIVATIONS: dict[str, tuple[str, ...]] = {
    "tanh": (),
    "sigmoid": (),
    "relu": (),
    "silu": (),
    "sine": ("omega",),
    "finer": ("omega",),
    "gauss": ("spread",),
    "wire": ("omega", "spread"),
    "wire-complex": ("omega", "spread"),
}
COMPLEX = ("wire-complex",)
WIDEST = 65_536
# What a picture decides by its size alone is at least this, so that a tiny one works too.
LEAST_SHARE = 6000


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


def parameters(config: "FieldConfig") -> int:
    """Learned numbers of a field of that configuration; none is made."""
    features, own = config.encoding.count(config.dimensions)
    return own + in_network(
        features, config.hidden, config.channels, activation=config.activation, bias=config.bias
    )


def largest_widths(
    config: "FieldConfig", budget: int | None, fixed: frozenset[str] = frozenset()
) -> "FieldConfig":
    """The widths in the configuration's proportions that come closest to a budget from below.

    Args:
        config: Of a field; its encoding is scaled with the widths.
        budget: The most parameters, or None to leave all as it is.
        fixed: Names of settings given by the user: a `hidden` among them stays.

    Raises:
        UsageError: not even the smallest fit, or there are none to size.
    """
    if budget is None or within(config, budget, "hidden" in fixed):
        return config
    if not config.hidden:
        raise UsageError(
            "a budget needs hidden layers to size; this field has none", setting="budget"
        )
    low, high = 0.0, 2.0
    while parameters(_scaled(config, high)) <= budget and high < 1e5:
        high *= 2.0
    if parameters(_scaled(config, low)) > budget:
        least = parameters(_scaled(config, low))
        raise UsageError(
            f"the smallest such field has {least} parameters; the budget is {budget}",
            setting="budget",
        )
    for _ in range(40):
        middle = (low + high) / 2.0
        if parameters(_scaled(config, middle)) <= budget:
            low = middle
        else:
            high = middle
    return _scaled(config, low)


def within(config: "FieldConfig", budget: int, given: bool) -> bool:
    """Whether sizes that are given stay within a budget; False if none are given.

    Raises:
        UsageError: they do not.
    """
    found = parameters(config) if given else 0
    if found > budget:
        raise UsageError(
            f"the sizes given make {found:,} parameters, more than the budget of {budget:,}",
            setting="budget",
        )
    return given


def _scaled(config: "FieldConfig", factor: float) -> "FieldConfig":
    """Widths times `factor`, at least 1; the encoding with them."""
    hidden = tuple(max(1, min(WIDEST, int(width * factor))) for width in config.hidden)
    return dataclasses.replace(config, hidden=hidden, encoding=config.encoding.scaled(factor))
