"""What the CPU engine does not take, and that it says why."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from redraw.engines import choose
from redraw.engines.contract import OptimizerConfig, StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.solvers import fresh_state
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.signals.samples import PixelSamples

SMALL = FieldConfig(channels=1, hidden=(8, 8))


def reason(field, spec=None):
    return CpuEngine().refuse(field, spec or StepSpec())


def test_an_ordinary_field_is_taken():
    assert reason(Field.build(SMALL)) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (StepSpec(device="cuda"), "not on cuda"),
        (StepSpec(precision="bfloat16"), "not in bfloat16"),
        (StepSpec(precision="float64"), "float32, but float64 was asked for"),
        (StepSpec(loss="bce"), "bce needs a sigmoid output"),
    ],
)
def test_work_that_is_not_taken(spec, words):
    assert words in (reason(Field.build(SMALL), spec) or "")


def test_complex_networks():
    config = replace(SMALL, activation="wire-complex")
    assert "'wire-complex'" in (reason(Field.build(config)) or "")


def test_classes():
    config = replace(SMALL, output="softmax", channels=3)
    assert "SoftmaxOutput" in (reason(Field.build(config)) or "")
    assert "cross_entropy" in (reason(Field.build(SMALL), StepSpec(loss="cross_entropy")) or "")


def test_frozen_parameters():
    field = Field.build(SMALL)
    field.network.layers[1].weight.requires_grad_(False)
    assert "network.layers.1.weight is frozen" in (reason(field) or "")


def test_foreign_modules():
    field = Field.build(SMALL)
    field.network.layers[1] = nn.Sequential(nn.Linear(8, 8))
    assert "not a plain nn.Linear" in (reason(field) or "")
    field = Field.build(SMALL)
    field.output = nn.Tanh()  # type: ignore[assignment]
    assert "no kernel for the output Tanh" in (reason(field) or "")
    field = Field.build(SMALL)
    field.encoding = nn.Identity()  # type: ignore[assignment]
    assert "no kernel for the encoding Identity" in (reason(field) or "")


def test_hooks():
    field = Field.build(SMALL)
    field.network.register_forward_hook(lambda *args: None)
    assert "hooks" in (reason(field) or "")


def test_weights_that_are_not_contiguous():
    field = Field.build(SMALL)
    field.network.layers[1].weight.data = torch.zeros(8, 8).T[:, ::1].t().T
    assert "not contiguous" in (reason(field) or "")


def test_forcing_the_engine_raises_with_the_reason():
    with pytest.raises(EngineError, match="the cpu engine can't run this: it computes in float32"):
        choose("cpu", Field.build(SMALL), StepSpec(precision="bfloat16"))


def test_an_optimizer_state_of_other_shapes_is_an_error():
    other = fresh_state(Field.build(replace(SMALL, hidden=(8, 9))), OptimizerConfig())
    samples = PixelSamples(np.zeros((4, 1), np.float32), 2, 2)
    with pytest.raises(
        EngineError, match=r"optimizer state of network.layers.1.weight is \(9, 8\)"
    ):
        CpuEngine().open(Field.build(SMALL), samples, StepSpec(), other)
