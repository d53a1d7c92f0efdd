"""Networks in whole numbers as fields of floats."""

from typing import Any

import numpy as np
import torch

from redraw.coding.grids import WholeGrid
from redraw.coding.networks import WholeNetwork
from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field, FieldConfig


def field_of(network: WholeNetwork, config: dict[str, Any]) -> Field:
    """The field whose parameters are what the whole numbers stand for, on the CPU.

    It gives what the network gives, but for the rounding between layers.

    Raises:
        UsageError: the network is not one of such a field.
        FileFormatError: the configuration is none.
    """
    field = Field.build(FieldConfig.from_json(config))
    field.sharpness = network.sharpness or 1.0
    weights = [layer.weights * layer.scales.astype(np.float64)[:, None] for layer in network.layers]
    biases = [layer.biases.astype(np.float64) for layer in network.layers]
    own = list(field.network.layers)
    with torch.no_grad():
        if network.grid is not None:
            field.encoding.take_grid(*_floats(network.grid))
        if len(weights) == len(own) + 1:
            field.encoding.take_layer(torch.from_numpy(weights.pop(0)))
            biases.pop(0)
        if len(weights) != len(own):
            raise UsageError(f"it has {len(weights)} layers; its field has {len(own)}")
        for layer, weight, bias in zip(own, weights, biases, strict=True):
            assert isinstance(layer, torch.nn.Linear)
            if layer.weight.is_complex() or tuple(layer.weight.shape) != weight.shape:
                raise UsageError(f"a layer is {weight.shape}, not {tuple(layer.weight.shape)}")
            layer.weight.copy_(torch.from_numpy(weight))
            if layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(bias))
            elif bias.any():
                raise FileFormatError("it has biases where its field has none")
    return field


def stands_for(network: WholeNetwork, field: Field) -> bool:
    """Whether a field's parameters are what a network's whole numbers stand for."""
    if field.config is None or field.sharpness != (network.sharpness or 1.0):
        return False
    own, wanted = field.state_dict(), field_of(network, field.config.to_json()).state_dict()
    return own.keys() == wanted.keys() and all(
        own[name].shape == tensor.shape and torch.equal(own[name].cpu(), tensor.to(own[name].dtype))
        for name, tensor in wanted.items()
    )


def _floats(grid: WholeGrid) -> tuple[torch.Tensor, torch.Tensor]:
    """Cells and rows of a grid as floats. (L, 2), (R, F)"""
    rows = [own * float(step) for own, step in zip(grid.by_level, grid.steps, strict=True)]
    return torch.from_numpy(grid.cells), torch.from_numpy(np.concatenate(rows))
