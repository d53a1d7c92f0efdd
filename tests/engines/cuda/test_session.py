"""Sessions whose kernels Triton's interpreter runs: they agree with the formulas.

The judge is that of the conformance tests, with its derived tolerances.
"""

import copy

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.test_conformance import (
    ACTIVATIONS,
    UPDATES,
    Judge,
    batch_of,
    built,
    cases,
    check,
    samples_of,
)

from redraw.engines import OptimizerConfig, StepSpec
from redraw.engines.cuda.card import Host
from redraw.engines.cuda.session import CudaSession
from redraw.engines.cuda.wide import WideSession
from redraw.engines.reference import ReferenceSession
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig, IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PixelSamples, PointSamples

pytestmark = pytest.mark.skipif(
    not interpreted.AVAILABLE, reason="there is a card: the conformance tests run on it"
)
EPS = torch.finfo(torch.float32).eps


def opened(field, samples, spec, *, wide=False, state=None, card=None, points=None):
    made = WideSession if wide else CudaSession
    state = state or fresh_state(field, spec.optimizer)
    return made(field, samples, spec, state, card or Host(), points=points)


def agree(case, *, wide=False, steps=2):
    field = built(case, "float32", "cpu")
    samples = samples_of(case["footprint"], case["channels"])
    spec = StepSpec(loss=case["loss"], optimizer=case["optimizer"], batch=case["batch"])
    judge = Judge(field, samples, case["loss"], case["optimizer"], EPS)
    session = opened(field, samples, spec, wide=wide, points=256 if wide else None)
    for step in range(steps):
        pixels = batch_of(samples, case["batch"], step)
        rate = 0.003 / (1 + step)
        found = session.step(pixels, step, rate=rate, sharpness=case["sharpness"])
        loss, squared = judge.step(pixels, step, rate, case["sharpness"])
        assert found.loss == pytest.approx(loss[0], rel=0, abs=loss[1])
        assert found.squared_error == pytest.approx(squared[0], rel=0, abs=squared[1])
        check(field, judge)
    assert session.state.steps == steps


def case_of(**changes):
    return {
        "activation": "sine", "loss": "mse", "output": "sigmoid", "encoding": IdentityConfig(),
        "optimizer": UPDATES[0], "hidden": (9,), "batch": 33, "footprint": "point", "channels": 2,
        "bias": True, "sharpness": 3.0,
    } | changes  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("wide", [False, True], ids=["fused", "wide"])
@pytest.mark.parametrize("case", list(cases()))
def test_all_that_conforms(case, wide):
    if case["activation"] == "wire-complex":
        pytest.skip("the cuda engine refuses complex layers")
    agree(case, wide=wide)


@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a != "wire-complex"])
def test_activations(activation):
    agree(case_of(activation=activation), steps=1)


@pytest.mark.parametrize("footprint", ["point", "busy 6"])
@pytest.mark.parametrize(
    ("loss", "output"),
    [("mse", "linear"), ("l1", "sigmoid"), ("bce", "sigmoid"), ("relative_l2", "linear")],
)
def test_losses_over_footprints(loss, output, footprint):
    agree(case_of(loss=loss, output=output, footprint=footprint, batch=70), steps=1)


# A block has 64 points, or seven pixels of nine samples.
@pytest.mark.parametrize("batch", [1, 64, 65])
def test_block_borders_of_points(batch):
    agree(case_of(batch=batch), steps=1)


@pytest.mark.parametrize("batch", [1, 7, 8])
def test_block_borders_of_pixels_with_samples(batch):
    agree(case_of(footprint="box 9", batch=batch), steps=1)


@pytest.mark.parametrize("optimizer", UPDATES, ids=lambda o: f"{o.kind}-{o.weight_decay}")
def test_update_rules(optimizer):
    agree(case_of(optimizer=optimizer, hidden=(), batch=5), steps=3)


GRID = HashGridConfig(3, 2, 6, 4.0, 2.0)


@pytest.mark.parametrize(
    ("encoding", "wide"),
    [
        (FourierConfig(7, 1.5), False),
        (FourierConfig(7, 1.5), True),
        (GRID, False),
        (GRID, True),
        (HashGridConfig(2, 4, 5, 3.0, 2.0), False),
    ],
)
def test_encodings(encoding, wide):
    agree(case_of(encoding=encoding, activation="relu"), wide=wide, steps=1)


@pytest.mark.parametrize("bias", [True, False])
def test_no_hidden_layers_and_no_bias(bias):
    agree(case_of(hidden=(), bias=bias))


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4])
def test_grids_over_points_of_any_dimensions(dimensions):
    rng = np.random.default_rng(dimensions)
    config = FieldConfig(
        channels=1, dimensions=dimensions, hidden=(8,), activation="silu",
        encoding=HashGridConfig(2, 2, 5, 3.0, 2.0),
    )  # fmt: skip
    field = Field.build(config, 3)
    with torch.no_grad():
        field.encoding.table.mul_(1e3)
    twin = copy.deepcopy(field)
    samples = PointSamples(
        rng.random((50, 1), np.float32), rng.uniform(-1.1, 1.1, (50, dimensions)).astype(np.float32)
    )
    spec = StepSpec(optimizer=OptimizerConfig("sgd"), batch=50)
    pixels = np.arange(50)
    before = [p.detach().clone() for p in field.parameters()]
    found = opened(field, samples, spec).step(pixels, 0, rate=1.0, sharpness=1.0)
    state = fresh_state(twin, spec.optimizer)
    expected = ReferenceSession(twin, samples, spec, state).step(pixels, 0, rate=1.0, sharpness=1.0)
    assert found.loss == pytest.approx(expected.loss, rel=8 * EPS * 50**0.5)
    for start, a, b in zip(before, field.parameters(), twin.parameters(), strict=True):
        # A step of rate 1 is the gradient: sums of 50 terms, and the parameter's own rounding.
        change = (b - start).abs().max()
        assert (a - b).abs().max() <= 8 * EPS * (50**0.5 * change + start.abs().max())
        assert change > 0


def test_classes_by_softmax():
    rng = np.random.default_rng(5)
    field = Field.build(FieldConfig(channels=3, hidden=(6,), activation="tanh", output="softmax"))
    twin = copy.deepcopy(field)
    values = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 40)]
    samples = PointSamples(values, rng.uniform(-1, 1, (40, 2)).astype(np.float32))
    spec = StepSpec(loss="cross_entropy", optimizer=OptimizerConfig("sgd"), batch=40)
    found = opened(field, samples, spec).step(np.arange(40), 0, rate=0.5, sharpness=1.0)
    state = fresh_state(twin, spec.optimizer)
    other = ReferenceSession(twin, samples, spec, state)
    expected = other.step(np.arange(40), 0, rate=0.5, sharpness=1.0)
    assert found.loss == pytest.approx(expected.loss, rel=8 * EPS * 40**0.5)
    for a, b in zip(field.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=8 * EPS * 40**0.5)


class Fixed:
    def __init__(self, batches):
        self.batches = batches

    def at(self, step):
        return self.batches[step]


def test_chunks_are_the_same_steps_to_the_bit_and_state_goes_from_engine_to_engine():
    samples = samples_of("busy 4", 2)
    spec = StepSpec(batch=20)
    batches = [batch_of(samples, 20, step) for step in range(3)]
    fields = [built(case_of(), "float32", "cpu") for _ in range(2)]
    one, many = (opened(field, samples, spec) for field in fields)
    rates, sharpness = [0.01 / (1 + k) for k in range(3)], [1.0 + k for k in range(3)]
    single = [one.step(batches[k], k, rate=rates[k], sharpness=sharpness[k]) for k in range(3)]
    together = many.steps(Fixed(batches), 0, rates=rates, sharpness=sharpness)
    assert single == together
    for a, b in zip(fields[0].parameters(), fields[1].parameters(), strict=True):
        assert torch.equal(a, b)
    # The reference goes on from here, with the same tensors.
    reference = ReferenceSession(fields[0], samples, spec, one.state)
    twin = opened(fields[1], samples, spec, state=many.state)
    a = reference.step(batches[0], 3, rate=0.01, sharpness=2.0)
    b = twin.step(batches[0], 3, rate=0.01, sharpness=2.0)
    assert a.loss == pytest.approx(b.loss, rel=8 * EPS * 20**0.5)
    assert one.state.steps == many.state.steps == 4


class Asked:
    """Values that are read when they are asked for."""

    def __init__(self, values):
        self.values, self.shape = values, values.shape

    def __getitem__(self, indices):
        return self.values[indices]


@pytest.mark.parametrize("kind", ["pixels", "points"])
def test_samples_that_are_not_in_memory(kind):
    rng = np.random.default_rng(2)
    values = rng.random((60, 1), np.float32)
    if kind == "pixels":
        held = PixelSamples(values, 10, 6, footprint="box", samples=4, busy=rng.random(60) < 0.5)
        asked = PixelSamples(Asked(values), 10, 6, footprint="box", samples=4, busy=held.busy)
    else:
        positions = rng.uniform(-1, 1, (60, 2)).astype(np.float32)
        held, asked = PointSamples(values, positions), PointSamples(Asked(values), Asked(positions))
    results = []
    for samples in (held, asked):
        field = built(case_of(channels=1), "float32", "cpu")
        session = opened(field, samples, StepSpec(batch=25))
        order = Fixed([batch_of(samples, 25, step) for step in range(3)])
        results.append(session.steps(order, 0, rates=[0.01] * 3, sharpness=[1.0] * 3))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("precision", "wide"),
    [("tf32", False), ("bfloat16", False), ("float16", False), ("bfloat16", True)],
)
def test_lower_precisions_keep_float32_parameters(precision, wide):
    field = built(case_of(hidden=(16, 16)), "float32", "cpu")
    spec = StepSpec(batch=30, precision=precision)
    samples = samples_of("point", 2)
    session = opened(field, samples, spec, wide=wide)
    exact = built(case_of(hidden=(16, 16)), "float32", "cpu")
    other = opened(exact, samples, StepSpec(batch=30))
    pixels = batch_of(samples, 30, 0)
    a = session.step(pixels, 0, rate=0.01, sharpness=1.0)
    b = other.step(pixels, 0, rate=0.01, sharpness=1.0)
    # Two layers of 16 products in 8 bits or more.
    assert a.loss == pytest.approx(b.loss, rel=2 * 16**0.5 * 2.0**-8)
    assert all(p.dtype == torch.float32 for p in field.parameters())


def test_what_is_no_number_shows_in_the_loss():
    field = built(case_of(), "float32", "cpu")
    with torch.no_grad():
        field.network.layers[0].weight[0, 0] = float("nan")
    session = opened(field, samples_of("point", 2), StepSpec(batch=8))
    assert not np.isfinite(session.step(np.arange(8), 0, rate=0.1, sharpness=1.0).loss)


def test_steps_of_all_pixels_are_told_once():
    samples = PixelSamples(
        np.random.default_rng(1).random((30, 2), np.float32), 6, 5, footprint="box", samples=4,
        busy=np.arange(30) % 3 == 0,
    )  # fmt: skip
    field = built(case_of(), "float32", "cpu")
    session = opened(field, samples, StepSpec(batch=30))
    found = session.steps(Fixed([np.arange(30)] * 3), 0, rates=[0.01] * 3, sharpness=[1.0] * 3)
    twin = built(case_of(), "float32", "cpu")
    state = fresh_state(twin, OptimizerConfig())
    reference = ReferenceSession(twin, samples, StepSpec(batch=30), state)
    for step, one in enumerate(found):
        expected = reference.step(np.arange(30), step, rate=0.01, sharpness=1.0)
        assert one.loss == pytest.approx(expected.loss, rel=64 * EPS * 30**0.5)
