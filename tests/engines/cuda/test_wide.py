"""Wide layers in a kernel of our own, by Triton's interpreter: they agree with the formulas."""

import dataclasses

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.cuda.test_session import EPS, Fixed, case_of
from tests.engines.test_conformance import UPDATES, Judge, batch_of, built, check, samples_of

from redraw.engines import StepSpec
from redraw.engines.cuda.card import Host
from redraw.engines.cuda.engine import CudaEngine
from redraw.engines.cuda.opening import FUSED_WIDE, can_be_fused
from redraw.engines.cuda.opening import opened as opened_as_asked
from redraw.engines.cuda.wide import FusedWideSession, WideSession
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig

pytestmark = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")


def opened(field, samples, spec, kind=FusedWideSession, points=256):
    return kind(field, samples, spec, fresh_state(field, spec.optimizer), Host(), points=points)


# Slices of 64 inputs: less than one, more than one, one and a bit. A block has 64 points.
@pytest.mark.parametrize(
    "changes",
    [
        {"hidden": (9,), "batch": 1},
        {"hidden": (65, 9), "batch": 65, "activation": "tanh"},
        {"hidden": (9,), "footprint": "busy 6", "loss": "bce", "batch": 70, "bias": False},
        {"hidden": (20, 9), "encoding": FourierConfig(7, 1.5), "output": "linear", "batch": 300},
        {"hidden": (), "batch": 33},
    ],
    ids=lambda c: str(c["hidden"]),
)
def test_in_float32_it_is_within_the_tolerances_of_all_engines(changes):
    case = case_of(**changes)
    field, samples = built(case, "float32", "cpu"), samples_of(case["footprint"], case["channels"])
    spec = StepSpec(loss=case["loss"], optimizer=case["optimizer"], batch=case["batch"])
    judge = Judge(field, samples, case["loss"], case["optimizer"], EPS)
    pixels = batch_of(samples, case["batch"], 0)
    found = opened(field, samples, spec).step(pixels, 0, rate=0.003, sharpness=3.0)
    loss, squared = judge.step(pixels, 0, 0.003, 3.0)
    assert found.loss == pytest.approx(loss[0], rel=0, abs=loss[1])
    assert found.squared_error == pytest.approx(squared[0], rel=0, abs=squared[1])
    check(field, judge)


@pytest.mark.parametrize("precision", ["bfloat16", pytest.param("float16", marks=pytest.mark.slow)])
def test_in_16_bits_it_does_what_layers_one_by_one_do(precision):
    case = case_of(hidden=(65, 9), optimizer=dataclasses.replace(UPDATES[0], kind="sgd"))
    samples, spec = samples_of("point", 2), StepSpec(batch=40, precision=precision)
    spec = dataclasses.replace(spec, optimizer=case["optimizer"])
    ends, losses = [], []
    for kind in (FusedWideSession, WideSession):
        field = built(case, "float32", "cpu")
        session = opened(field, samples, spec, kind)
        batch = batch_of(samples, 40, 0)
        losses.append(session.steps(Fixed([batch]), 0, rates=[1.0], sharpness=[3.0])[0].loss)
        ends.append([p.detach() for p in field.parameters()])
    start = list(built(case, "float32", "cpu").parameters())
    # Of factors and sums that are rounded to so many bits, three times on the way back.
    unit = 2.0 ** {"bfloat16": -8, "float16": -11}[precision]
    assert losses[0] == pytest.approx(losses[1], rel=2 * 65**0.5 * unit)
    for begin, one, two in zip(start, *ends, strict=True):
        change = (two - begin).norm()
        assert change > 0
        assert (one - two).norm() <= 3 * 65**0.5 * unit * change


def test_it_is_taken_when_it_was_asked_for_and_can_be(monkeypatch):
    low = StepSpec(precision="bfloat16", batch=4)
    field = Field.build(FieldConfig(hidden=(130,)))
    samples, state = samples_of("point", 1), fresh_state(field, low.optimizer)
    assert not FUSED_WIDE  # until it is measured
    for how, kind in (({}, WideSession), ({"fused_wide": True}, FusedWideSession)):
        monkeypatch.setattr(kind, "_prepare", lambda self: None)
        assert type(opened_as_asked(field, samples, low, state, Host(), **how)) is kind
    assert CudaEngine().fused_wide is None
    assert can_be_fused(field, low)
    assert not can_be_fused(field, StepSpec())
    assert not can_be_fused(Field.build(FieldConfig(hidden=(257,))), low)
    wide = FieldConfig(hidden=(200,), encoding=FourierConfig(65, 1.0))
    assert not can_be_fused(Field.build(wide), low)
    grid = FieldConfig(hidden=(200,), encoding=HashGridConfig(2, 2, 5, 3.0, 2.0))
    assert not can_be_fused(Field.build(grid), low)


def test_pieces_are_the_same_to_the_bit():
    case, samples = case_of(hidden=(20,)), samples_of("point", 2)
    spec = StepSpec(batch=300)
    results = []
    for points in (64, 1024):
        field = built(case, "float32", "cpu")
        found = opened(field, samples, spec, points=points)
        results.append(found.step(np.arange(300), 0, rate=0.01, sharpness=3.0))
        assert torch.isfinite(next(field.parameters())).all()
    # Losses are added up in another order.
    assert results[0].loss == pytest.approx(results[1].loss, rel=300**0.5 * EPS)
