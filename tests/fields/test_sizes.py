"""Sizes told by configurations alone are those of what is built from them."""

import pytest

from redraw.fields import Field, FieldConfig
from redraw.fields.activations import DEFINITIONS
from redraw.fields.encoding_configs import (
    ENCODINGS,
    AxisConfig,
    FourierConfig,
    IdentityConfig,
)
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.labels_config import LabelsConfig
from redraw.fields.sizes import ACTIVATIONS, COMPLEX, parameters
from redraw.fields.spline_config import SplineConfig
from redraw.fields.wavelet_config import WaveletConfig

CONFIGS = (
    IdentityConfig(),
    FourierConfig(frequencies=7),
    AxisConfig(octaves=5),
    HashGridConfig(n_levels=5, n_features_per_level=3, log2_hashmap_size=9, aspect=(1.0, 0.6)),
)


def test_the_names_are_those_of_the_table():
    assert tuple(DEFINITIONS) == tuple(ACTIVATIONS)
    assert tuple(name for name, row in DEFINITIONS.items() if row.is_complex) == COMPLEX


@pytest.mark.parametrize("encoding", CONFIGS, ids=lambda config: config.kind)
def test_an_encoding_is_counted_without_making_it(encoding):
    made = encoding.build(2)
    assert encoding.count(2) == (made.features, made.parameter_count)
    config = FieldConfig(channels=3, encoding=encoding, hidden=(6, 4), activation="wire-complex")
    assert parameters(config) == Field.build(config).parameter_count


def test_of_a_spline_it_is_what_there_is_room_for():
    config = SplineConfig(20, 10, 3, room=200, transforms=4, subpixel=8)
    learned = config.build(2)
    assert config.count(2) == (learned.features, 200 + learned.subpixel.numel())
    assert SplineConfig(20, 10, 3, room=10, transforms=4).count(2)[1] == 4 * 16
    assert {*map(type, CONFIGS), LabelsConfig, SplineConfig, WaveletConfig} == set(
        ENCODINGS.values()
    )
