"""The CPU engine against the reference engine, which defines the result."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redraw.engines.contract import OptimizerConfig, StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.reference import ReferenceEngine
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig
from redraw.signals.samples import PixelSamples

ACTIVATIONS = ["tanh", "sigmoid", "relu", "silu", "sine", "finer", "gauss", "wire"]
LOSSES = ["mse", "l1", "bce", "relative_l2"]
WIDTH, HEIGHT = 37, 29


def make_samples(channels, footprint="box", samples=4, seed=3, *, busy=False, holes=False):
    """Random values on a small picture, the same for the same arguments."""
    rng = np.random.default_rng(seed)
    number = WIDTH * HEIGHT
    index = np.sort(rng.permutation(number)[: number // 2]) if holes else None
    number = number if index is None else len(index)
    return PixelSamples(
        rng.random((number, channels)).astype(np.float32),
        WIDTH,
        HEIGHT,
        index=index,
        footprint=footprint,
        samples=samples,
        busy=rng.random(number) < 0.5 if busy else None,
        seed=seed,
    )


def train(engine, config, samples, spec, batches, rate=1e-3, sharpness=1.0, seed=1):
    """Steps from a fresh field; the field, the state, and all results."""
    field = Field.build(config, seed=seed, dtype=getattr(torch, spec.precision))
    session = engine.open(field, samples, spec)
    try:
        results = [
            session.step(pixels, step, rate=rate, sharpness=sharpness)
            for step, pixels in enumerate(batches)
        ]
        return field, session.state, results
    finally:
        session.close()


def batches_of(samples, size, steps, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, samples.count, size) for _ in range(steps)]


def agree(config, samples, spec, size, *, steps=3, sharpness=1.0, tolerance=1e-11):
    """Both engines, the same steps: losses, parameters and optimizer state must be equal.

    In float64 all of a step's rounding errors together stay far below 1e-11 of the largest number,
    and no formula that differs can hide there.
    """
    batches = batches_of(samples, size, steps)
    a, state_a, results_a = train(
        ReferenceEngine(), config, samples, spec, batches, sharpness=sharpness
    )
    b, state_b, results_b = train(CpuEngine(), config, samples, spec, batches, sharpness=sharpness)
    for x, y in zip(results_a, results_b, strict=True):
        assert y.loss == pytest.approx(x.loss, rel=max(tolerance, 1e-11))
        # The reference engine squares the error in float32.
        assert y.squared_error == pytest.approx(x.squared_error, rel=1e-6)
    for (name, p), q in zip(a.named_parameters(), b.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=0, atol=tolerance * max(1, p.abs().max().item())), name
    assert state_a.steps == state_b.steps == steps
    for name, slots in state_a.slots.items():
        for key, tensor in slots.items():
            other = state_b.slots[name][key]
            scale = tensor.abs().max().item()
            assert torch.allclose(tensor, other, rtol=0, atol=tolerance * scale), (name, key)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    config = FieldConfig(
        channels=3, hidden=(50, 17, 64), activation=activation, omega=10, omega_first=12, spread=2
    )
    spec = StepSpec(precision="float64", threads=2, batch=300)
    agree(config, make_samples(3), spec, 300)


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("footprint", "busy"), [("point", False), ("box", False), ("box", True)])
def test_every_loss_output_and_footprint(loss, output, footprint, busy):
    if loss == "bce" and output == "linear":
        return
    config = FieldConfig(channels=2, hidden=(24, 24), omega=8, output=output)
    spec = StepSpec(loss=loss, precision="float64", threads=2, batch=100)
    samples = make_samples(2, footprint, 6, busy=busy, holes=True)
    agree(config, samples, spec, 100, sharpness=2.5 if output == "sigmoid" else 1.0)


@pytest.mark.parametrize(
    "optimizer",
    [
        OptimizerConfig("adam", 0.9, 0.99, weight_decay=0.1),
        OptimizerConfig("adamw", weight_decay=0.1),
        OptimizerConfig("sgd"),
        OptimizerConfig("sgd", momentum=0.9, weight_decay=0.01),
    ],
    ids=lambda o: o.kind + ("-momentum" if o.momentum else ""),
)
def test_every_optimizer(optimizer):
    config = FieldConfig(channels=1, hidden=(33, 70))
    spec = StepSpec(optimizer=optimizer, precision="float64", threads=2, batch=128)
    agree(config, make_samples(1), spec, 128, steps=5)


@pytest.mark.parametrize("encoding", [FourierConfig(37, 3.0), AxisConfig(6), FourierConfig(64)])
@pytest.mark.parametrize("bias", [True, False])
def test_fourier_encodings(encoding, bias):
    config = FieldConfig(
        channels=5, hidden=(33, 70), encoding=encoding, activation="relu", bias=bias
    )
    agree(config, make_samples(5), StepSpec(precision="float64", threads=2, batch=90), 90)


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 255, 256, 257, 1000])
def test_batches_about_one_block(size):
    spec = StepSpec(precision="float64", threads=2, batch=1000)
    agree(FieldConfig(channels=1, hidden=(16, 16)), make_samples(1, "point"), spec, size)


@pytest.mark.parametrize("hidden", [(), (1,), (512,), (300, 16)])
def test_unusual_widths(hidden):
    spec = StepSpec(precision="float64", threads=2, batch=40)
    agree(FieldConfig(channels=1, hidden=hidden), make_samples(1), spec, 40)


def test_more_samples_than_a_block_holds():
    spec = StepSpec(precision="float64", threads=2, batch=5)
    agree(FieldConfig(channels=1, hidden=(8,)), make_samples(1, "box", 324), spec, 5)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    hidden=st.lists(st.integers(1, 70), max_size=4),
    channels=st.integers(1, 9),
    activation=st.sampled_from(ACTIVATIONS),
    encoding=st.sampled_from([None, FourierConfig(5, 2.0), AxisConfig(3)]),
    bias=st.booleans(),
    loss=st.sampled_from(LOSSES),
    kind=st.sampled_from(["adam", "adamw", "sgd"]),
    footprint=st.sampled_from(["box", "point"]),
    samples=st.integers(1, 12),
    busy=st.booleans(),
    size=st.integers(1, 400),
)
def test_random_configurations(
    hidden, channels, activation, encoding, bias, loss, kind, footprint, samples, busy, size
):
    config = FieldConfig(
        channels=channels,
        hidden=tuple(hidden),
        activation=activation,
        omega=5,
        omega_first=7,
        spread=1.5,
        bias=bias,
        output="sigmoid",
    )
    if encoding is not None:
        config = replace(config, encoding=encoding)
    spec = StepSpec(
        loss=loss,
        optimizer=OptimizerConfig(kind, eps=1e-3),
        precision="float64",
        threads=2,
        batch=size,
    )
    picture = make_samples(channels, footprint, samples, busy=busy)
    agree(config, picture, spec, size, steps=2, sharpness=1.5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_single_precision_errs_no_more_than_the_reference(activation):
    """One gradient in float32, by both engines, each against float64: similar errors.

    The first moment of Adam after one step is (1 - beta1) times the gradient.
    """
    config = FieldConfig(
        channels=3, hidden=(64, 64), activation=activation, omega=10, omega_first=10, spread=2
    )
    samples = make_samples(3)
    batches = batches_of(samples, 500, 1)

    def gradient(engine, precision):
        spec = StepSpec(precision=precision, threads=2, batch=500)
        _, state, _ = train(engine, config, samples, spec, batches)
        return torch.cat([s["exp_avg"].double().flatten() for s in state.slots.values()])

    exact = gradient(ReferenceEngine(), "float64")
    theirs = (gradient(ReferenceEngine(), "float32") - exact).norm()
    ours = (gradient(CpuEngine(), "float32") - exact).norm()
    assert ours <= 2 * theirs
    assert ours <= 1e-5 * exact.norm()


@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("sharpness", [30.0, 3000.0])
def test_extreme_logits_stay_finite_and_agree(loss, samples, sharpness):
    config = FieldConfig(channels=1, hidden=(16, 16), output="sigmoid")
    spec = StepSpec(loss=loss, precision="float32", threads=1, batch=200)
    footprint = "point" if samples == 1 else "box"
    picture = make_samples(1, footprint, samples)
    batches = batches_of(picture, 200, 1)
    values = []
    for engine in (ReferenceEngine(), CpuEngine()):
        field, state, results = train(engine, config, picture, spec, batches, sharpness=sharpness)
        assert all(torch.isfinite(p).all() for p in field.parameters())
        moment = torch.cat([s["exp_avg"].flatten() for s in state.slots.values()])
        values.append((results[0].loss, moment))
    assert values[1][0] == pytest.approx(values[0][0], rel=1e-4)
    # The network's rounding (about 1e-7) is multiplied by the sharpness. Where a sigmoid saturates,
    # PyTorch's y (1 - y) is off by eps, times the sharpness: hence the second term.
    error = (values[0][1] - values[1][1]).norm()
    assert error <= 3e-7 * sharpness * values[0][1].norm() + 1e-8 * sharpness


@pytest.mark.parametrize("threads", [2, 3, 8])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_results_are_bit_identical_for_any_number_of_threads(threads, precision):
    config = FieldConfig(channels=3, hidden=(50, 64, 30), output="sigmoid")
    picture = make_samples(3, "box", 5, busy=True)
    batches = batches_of(picture, 777, 6)

    def run(number):
        spec = StepSpec(loss="bce", precision=precision, threads=number, batch=777)
        return train(CpuEngine(), config, picture, spec, batches)

    one, state_one, results_one = run(1)
    many, state_many, results_many = run(threads)
    assert results_one == results_many
    for p, q in zip(one.parameters(), many.parameters(), strict=True):
        assert torch.equal(p, q)
    for name, slots in state_one.slots.items():
        for key, tensor in slots.items():
            assert torch.equal(tensor, state_many.slots[name][key])


@pytest.mark.parametrize("first", [CpuEngine, ReferenceEngine])
@pytest.mark.parametrize(
    "optimizer",
    [OptimizerConfig("adam"), OptimizerConfig("sgd", momentum=0.9)],
    ids=["adam", "sgd"],
)
def test_a_fit_changes_engines_midway(first, optimizer):
    """Three steps on one engine, three on the other: as six on the reference engine."""
    second = ReferenceEngine if first is CpuEngine else CpuEngine
    config = FieldConfig(channels=1, hidden=(20, 20))
    spec = StepSpec(optimizer=optimizer, precision="float64", threads=2, batch=64)
    picture = make_samples(1)
    batches = batches_of(picture, 64, 6)
    whole, _, _ = train(ReferenceEngine(), config, picture, spec, batches)
    field = Field.build(config, seed=1, dtype=torch.float64)
    state = None
    for engine, steps in ((first(), (0, 1, 2)), (second(), (3, 4, 5))):
        session = engine.open(field, picture, spec, copy.deepcopy(state))
        for step in steps:
            session.step(batches[step], step, rate=1e-3, sharpness=1.0)
        state = session.state
        session.close()
    for p, q in zip(whole.parameters(), field.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=0, atol=1e-12)


def test_tensors_written_from_outside_are_noticed():
    """Going back to a saved state writes to the tensors; the packed weights must follow."""
    config = FieldConfig(channels=1, hidden=(20,))
    spec = StepSpec(precision="float64", threads=2, batch=64)
    picture = make_samples(1)
    (batch,) = batches_of(picture, 64, 1)
    field = Field.build(config, seed=1, dtype=torch.float64)
    saved = copy.deepcopy(field.state_dict())
    session = CpuEngine().open(field, picture, spec)
    before = session.step(batch, 0, rate=0.1, sharpness=1.0)
    changed = session.step(batch, 0, rate=0.1, sharpness=1.0)
    field.load_state_dict(saved)
    again = session.step(batch, 0, rate=0.1, sharpness=1.0)
    session.close()
    assert changed.loss != before.loss
    assert again.loss == before.loss


def test_a_batch_larger_than_promised_is_refused():
    session = CpuEngine().open(
        Field.build(FieldConfig(hidden=(8,))), make_samples(1), StepSpec(threads=1, batch=10)
    )
    with pytest.raises(EngineError, match="batch of 11 pixels"):
        session.step(np.zeros(11, np.int64), 0, rate=0.1, sharpness=1.0)
    session.close()
