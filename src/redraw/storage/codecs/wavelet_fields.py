"""Coded pictures as fields, and back."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.coding.description import Coded, Description
from redraw.coding.picture import Quantised
from redraw.engines.coded.stored import quantised_of
from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.wavelet import Wavelet
from redraw.fields.wavelet_config import WaveletConfig


def coded_of(field: Field, *, alone: bool = False) -> Coded:
    """The bytes of a field's whole numbers.

    Args:
        field: With the encoding of coded pictures.
        alone: Without a learned model, which its reader would need to have.

    Raises:
        UsageError: the field has more than those.
    """
    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    about = replace(encoding.about, model=0) if alone else encoding.about
    layers = field.network.layers
    mix = torch.tensor(about.mix, dtype=torch.float64).reshape(about.channels, -1) / 16384.0
    layer = layers[0]
    assert isinstance(layer, torch.nn.Linear)
    plain = len(layers) == 1 and (layer.bias is None or not bool(layer.bias.any()))
    if not plain or not torch.equal(layer.weight.detach().cpu(), mix.to(layer.weight.dtype)):
        raise UsageError(
            "a field with the encoding wavelet is stored as its pixels alone, and this one's layers"
            " were changed; store its state_dict()"
        )
    found = quantised_of(encoding)
    return replace(found, about=about).coded()


def network_in(field: Field) -> tuple[NDArray[np.float32], int] | None:
    """The network for subpixel detail, and its units; None if it says nothing. (count,)"""
    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    return encoding.detail()


def config_of(coded: Coded, units: int = 0) -> FieldConfig:
    """The configuration of the field that shows a coded picture."""
    about = coded.about
    exact = coded.exact
    encoding = WaveletConfig(
        about.width,
        about.height,
        about.channels,
        about.depth,
        subpixel=units,
        tile=about.tile,
        most_off=-1 if exact is None else exact.off,
        straight=exact is not None and exact.straight,
        filtered=bool(about.filter_weights),
    )
    return FieldConfig(channels=about.channels, hidden=(), bias=False, encoding=encoding)


def field_of(coded: Coded, network: tuple[NDArray[np.float32], int] | None = None) -> Field:
    """The field that shows a coded picture, on the CPU.

    Raises:
        UsageError: its levels are not those that fields have.
    """
    own = coded.about
    fresh = Description.fresh(own.width, own.height, own.channels, own.depth, own.tile)
    if own.levels != fresh.levels:
        raise UsageError(f"it has {own.levels} levels; a field of its size has {fresh.levels}")
    with torch.device("meta"):
        field = Field.empty(config_of(coded, network[1] if network else 0))
    found = Quantised.of(coded)
    about = found.about
    mix = torch.tensor(about.mix, dtype=torch.float64).reshape(about.channels, -1) / 16384.0
    state = {
        "encoding.coefficients": torch.from_numpy(found.coefficients),
        "encoding.step": torch.tensor(about.step, dtype=torch.int64),
        "encoding.places": torch.tensor(about.places, dtype=torch.int64),
        "network.layers.0.weight": mix.float(),
    }
    if about.channels > 2:
        state["encoding.colours"] = torch.tensor(about.colours or (0,) * 9, dtype=torch.int64)
    if about.filter_weights:
        state["encoding.filter_weights"] = torch.tensor(about.filter_weights, dtype=torch.int64)
    if found.exact is not None:
        state["encoding.pixels"] = torch.from_numpy(found.exact.pixels.astype(np.int32))
        state["encoding.weights"] = torch.from_numpy(found.exact.weights)
    if network:
        state["encoding.subpixel"] = torch.from_numpy(network[0])
    field.load_state_dict(state, assign=True)
    return field
