"""Fields in few bits: what plain rounding costs, and what learning on gives back."""

import numpy as np
import pytest
import torch

from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fitting.result.whole_learning import bits_of, error_of, quantised, refuse
from redraw.storage.codecs.network_fields import field_of


def field(**changes):
    values = {"hidden": (16, 16), "output": "sigmoid"} | changes
    return Field.build(FieldConfig(**values), seed=3)


@pytest.mark.parametrize(
    "changes",
    [
        {"activation": "sine"},
        {"activation": "finer", "first_bias": 1.0},
        {"activation": "wire", "omega": 20.0, "omega_first": 20.0},
        {"activation": "gauss", "spread": 15.0},
        {"activation": "relu", "encoding": AxisConfig(4)},
        {"activation": "relu", "encoding": FourierConfig(8, 3.0)},
        {"activation": "tanh", "first_weight": 20.0, "first_bias": 20.0},
        {"activation": "silu"},
        {"activation": "sine", "output": "linear", "channels": 3},
    ],
    ids=lambda changes: "-".join(map(str, list(changes.values())[:1])),
)
def test_many_bits_give_what_the_field_gives(changes):
    own = field(**changes)
    layers = sum(step.operation.kind == "affine" for step in own.lower().steps)
    made = quantised(own, [16] + [12] * (layers - 1), steps=0)
    # Inputs of 11 bits and more, weights of 12: some 2^-10 of each layer's range.
    assert error_of(made, own) < 1e-4
    # And the field of floats that is made of it gives the same.
    assert own.config is not None
    again = field_of(made, own.config.to_json())
    xy = torch.rand(200, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found = made.values(xy.numpy())
    assert np.abs(found - again(xy).detach().numpy()).max() < 0.05


def test_grids_are_in_whole_numbers_too():
    config = HashGridConfig(n_levels=4, log2_hashmap_size=7, base_resolution=4.0)
    own = field(encoding=config, activation="relu", output="linear", channels=3)
    with torch.no_grad():
        drawn = torch.randn(own.encoding.table.shape, generator=torch.Generator().manual_seed(0))
        own.encoding.table.copy_(drawn * 0.3)
    fine, coarse = (quantised(own, bits_of(own.lower(), bits), steps=0) for bits in (12, 4))
    assert error_of(fine, own) < 1e-5
    assert error_of(coarse, own) > 10 * error_of(fine, own)
    learned = quantised(own, bits_of(own.lower(), 4), steps=60)
    assert error_of(learned, own) < 0.8 * error_of(coarse, own)
    again = field_of(fine, own.config.to_json())
    xy = torch.rand(200, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert np.abs(fine.values(xy.numpy()) - again(xy).detach().numpy()).max() < 0.02


def test_learning_on_gives_back_what_rounding_costs():
    own = field(hidden=(24, 24))
    own.sharpness = 40.0
    rounded = quantised(own, [16, 3, 10], steps=0)
    learned = quantised(own, [16, 3, 10], steps=100)
    assert error_of(learned, own) < 0.5 * error_of(rounded, own)


def test_the_same_seed_gives_the_same_numbers():
    own = field()
    one, two = (quantised(own, bits_of(own.lower(), 6), steps=3, seed=5) for _ in range(2))
    for a, b in zip(one.layers, two.layers, strict=True):
        assert np.array_equal(a.weights, b.weights)


def test_what_is_no_chain_of_layers_is_refused():
    own = field(activation="wire-complex")
    assert refuse(own.lower()) == "whole numbers have no table for wire-complex"
    with pytest.raises(UsageError, match="no table for wire-complex"):
        quantised(own, [8, 8, 8])
