"""Drawing with the CPU engine."""

import numpy as np
import pytest

from redraw.engines.contract import StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.reference import ReferenceEngine
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig


def points(number):
    return np.random.default_rng(0).uniform(-1, 1, (number, 2)).astype(np.float32)


CONFIGS = [
    FieldConfig(channels=3, hidden=(50, 33), output="sigmoid", omega=10, omega_first=10),
    FieldConfig(channels=1, hidden=(64,), activation="relu", encoding=FourierConfig(20, 2.0)),
    FieldConfig(channels=4, hidden=()),
]


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("number", [0, 1, 255, 256, 257, 5000])
def test_values_agree_with_the_reference(config, number):
    field = Field.build(config, seed=2)
    field.sharpness = 2.0
    ours = CpuEngine().drawer(field, StepSpec(threads=2)).values(points(number))
    theirs = ReferenceEngine().drawer(field, StepSpec()).values(points(number))
    assert ours.dtype == np.float32
    assert ours.shape == theirs.shape == (number, config.channels)
    # omega times the width's rounding, through two layers.
    assert np.allclose(ours, theirs, rtol=0, atol=100 * 64**0.5 * 1.2e-7)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_point_does_not_depend_on_its_neighbours(threads):
    field = Field.build(CONFIGS[0], seed=2)
    xy = points(6000)
    whole = CpuEngine().drawer(field, StepSpec(threads=threads)).values(xy)
    other = CpuEngine().drawer(field, StepSpec(threads=1))
    for first, last in ((0, 1), (17, 300), (1000, 6000), (5999, 6000)):
        assert np.array_equal(other.values(xy[first:last]), whole[first:last])
    assert np.array_equal(other.values(xy[::-1]), whole[::-1])


def test_a_drawer_keeps_the_field_as_it_was():
    field = Field.build(CONFIGS[2], seed=2)
    drawer = CpuEngine().drawer(field, StepSpec(threads=1))
    before = drawer.values(points(10))
    field.network.layers[0].weight.data.zero_()
    assert np.array_equal(drawer.values(points(10)), before)


def test_what_can_not_be_drawn_is_an_error():
    with pytest.raises(EngineError, match="can't draw this"):
        CpuEngine().drawer(Field.build(FieldConfig(activation="wire-complex")), StepSpec())
