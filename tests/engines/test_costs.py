"""The work of a step, by hand and by PyTorch's own counter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from redraw.engines.contract import OptimizerConfig
from redraw.engines.costs import costs, products
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig

ADAM = OptimizerConfig()


def test_a_tiny_network_by_hand():
    field = Field.build(FieldConfig(channels=1, hidden=(3,)))  # 2 -> 3 -> 1, 13 parameters
    work = costs(field, ADAM, points=10, pixels=5, steps=4)
    # A multiplication and an addition per weight: 6 + 3 weights.
    assert work["forward"].operations == 10 * 2 * (6 + 3)
    # Weight gradients of both layers, the input's of the second alone.
    assert work["backward"].operations == 10 * (2 * 6 + 2 * 2 * 3)
    # Three hidden features (written, read, slope written), two inputs, one output; 4 bytes each.
    assert work["forward"].bytes == 10 * 4 * (3 * 3 + 2 + 1)
    assert work["backward"].bytes == 10 * 4 * (5 * 3 + 2 + 1)
    # Parameter, two moments: read and written.
    assert work["optimizer"].bytes == 4 * 13 * 6 * 4
    # A prediction and a gradient per point, a target per pixel.
    assert work["loss"].bytes == 4 * (2 * 10 + 5)
    assert work["encoding"].operations == work["scatter"].operations == 0


def test_a_hash_grid_by_hand():
    grid = HashGridConfig(n_levels=3, n_features_per_level=2)
    field = Field.build(FieldConfig(channels=1, hidden=(4,), encoding=grid))
    work = costs(field, ADAM, points=7, pixels=7, steps=1)
    # Three levels of four corners of two features, each weighted and added; a product per weight.
    assert work["encoding"].operations == 7 * 3 * 4 * (2 * 2 + 1)
    assert work["encoding"].bytes == 7 * 4 * (3 * 4 * 2 + 3 * 2 + 2)
    assert work["scatter"].bytes == 7 * 4 * (2 * 3 * 4 * 2 + 3 * 2 + 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": (16, 8)},
        {"hidden": ()},
        {"hidden": (16, 8), "bias": False, "activation": "relu"},
        {"hidden": (8,), "encoding": HashGridConfig(n_levels=2)},
    ],
    ids=str,
)
def test_products_are_what_pytorch_counts(changes):
    field = Field.build(FieldConfig(channels=3, **changes))
    features = field.encoding(torch.rand(5, 2) * 2 - 1)
    with FlopCounterMode(display=False) as forward:
        raw = field.network(features)
    with FlopCounterMode(display=False) as backward:
        raw.sum().backward()
    assert products(field) == (
        forward.get_total_flops() / 5,
        backward.get_total_flops() / 5,
    )


def test_fourier_features_are_products():
    field = Field.build(FieldConfig(channels=1, hidden=(4,), encoding=FourierConfig(6)))
    work = costs(field, ADAM, points=3, pixels=3, steps=1)
    assert work["encoding"].operations == 3 * 2 * 6 * 2


def test_float64_moves_twice_the_bytes():
    config = FieldConfig(channels=2, hidden=(5,))
    single, double = (
        costs(Field.build(config, dtype=kind), ADAM, points=9, pixels=9, steps=2)
        for kind in (torch.float32, torch.float64)
    )
    for name, cost in single.items():
        assert double[name].operations == cost.operations
        assert double[name].bytes == 2 * cost.bytes


def test_complex_products_are_four():
    real = Field.build(FieldConfig(channels=1, hidden=(4, 4), activation="wire"))
    twice = Field.build(FieldConfig(channels=1, hidden=(4, 4), activation="wire-complex"))
    # The first layer is real in both.
    assert products(twice)[0] - 16 == 4 * (products(real)[0] - 16)


def test_rules_differ():
    field = Field.build(FieldConfig(channels=1, hidden=(3,)))
    moved = [
        costs(field, rule, points=1, pixels=1, steps=1)["optimizer"].bytes // (4 * 13)
        for rule in (ADAM, OptimizerConfig("sgd"), OptimizerConfig("sgd", momentum=0.9))
    ]
    assert moved == [6, 3, 5]
