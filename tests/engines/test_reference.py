import numpy as np
import pytest
import torch

import redraw.engines.reference as module
from redraw.engines import OptimizerConfig, OptimizerState, StepSpec
from redraw.engines.reference import DRAW_CHUNK, ReferenceEngine
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PixelSamples

ENGINE = ReferenceEngine()
OPTIMIZERS = {
    "adam": OptimizerConfig("adam", beta1=0.8, beta2=0.95, eps=1e-4),
    "adam with decay": OptimizerConfig("adam", weight_decay=0.3),
    "adamw": OptimizerConfig("adamw", beta1=0.7, beta2=0.9, eps=1e-6, weight_decay=0.5),
    "sgd": OptimizerConfig("sgd"),
    "sgd with momentum": OptimizerConfig("sgd", momentum=0.9),
    "sgd with momentum and decay": OptimizerConfig("sgd", momentum=0.6, weight_decay=0.2),
}


def picture(width=9, height=7, channels=2, **more):
    rng = np.random.default_rng(3)
    return PixelSamples(
        rng.random((width * height, channels), np.float32), width, height, seed=4, **more
    )


def network(dtype=torch.float64, **options):
    options = {"hidden": (6, 5), "omega": 3.0, "omega_first": 3.0, "output": "sigmoid", **options}
    return Field.build(FieldConfig(channels=2, **options), 1, dtype=dtype)


def work(dtype=torch.float64, **options):
    return StepSpec(precision=str(dtype).removeprefix("torch."), **options)


def copied(field, state):
    """Field and state as a checkpoint would bring them back: equal numbers, other tensors."""
    again = Field.build(field.config, 99, dtype=next(field.parameters()).dtype)
    again.load_state_dict({k: t.clone() for k, t in field.state_dict().items()})
    slots = {n: {k: t.clone() for k, t in named.items()} for n, named in state.slots.items()}
    return again, OptimizerState(state.steps, slots)


def tensors(field, state):
    found = {**field.state_dict()}
    for name, slots in state.slots.items():
        found |= {f"{name} {slot}": tensor for slot, tensor in slots.items()}
    return found


# --- the update rules ----------------------------------------------------------------------------


class Rule:
    """The update rules from their papers, in NumPy."""

    def __init__(self, config):
        self.config = config
        self.count = 0
        self.first = self.second = 0.0

    def __call__(self, value, gradient, rate):
        c = self.config
        self.count += 1
        if c.kind == "adamw":  # Loshchilov & Hutter 2019, algorithm 2
            value = value - rate * c.weight_decay * value
        else:
            gradient = gradient + c.weight_decay * value
        if c.kind == "sgd":  # Sutskever et al. 2013, in PyTorch's form
            self.first = c.momentum * self.first + gradient
            return value - rate * self.first
        # Kingma & Ba 2015, algorithm 1
        self.first = c.beta1 * self.first + (1 - c.beta1) * gradient
        self.second = c.beta2 * self.second + (1 - c.beta2) * gradient**2
        m = self.first / (1 - c.beta1**self.count)
        v = self.second / (1 - c.beta2**self.count)
        return value - rate * m / (np.sqrt(v) + c.eps)


@pytest.mark.parametrize("config", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_updates_are_those_of_the_papers(config):
    """Least squares with a linear map, whose gradient is a matrix product."""
    field = network(hidden=(), output="linear")
    samples = picture()
    state = fresh_state(field, config)
    session = ENGINE.open(field, samples, work(optimizer=config), state)
    weight, bias = (p.detach().numpy().copy() for p in field.parameters())
    rules = Rule(config), Rule(config)
    pixels = np.arange(10, 40)
    xy = samples.points(pixels, 0)[0].astype(np.float64)
    for step, rate in enumerate([0.1, 0.05, 0.2, 0.0, 0.1]):
        error = xy @ weight.T + bias - samples.values[pixels]
        result = session.step(pixels, step, rate=rate, sharpness=1.0)
        assert result.loss == pytest.approx((error**2).mean(), rel=1e-12)
        assert result.squared_error == pytest.approx((error**2).mean(), rel=1e-12)
        slope = 2 * error / error.size
        weight = rules[0](weight, slope.T @ xy, rate)
        bias = rules[1](bias, slope.sum(0), rate)
        for found, expected in zip(field.parameters(), (weight, bias), strict=True):
            np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-11, atol=1e-13)
    # What a checkpoint keeps is the state that was passed in, without asking the session.
    assert state is session.state
    assert state.steps == 5
    for rule, slots in zip(rules, state.slots.values(), strict=True):
        kept = {"exp_avg": rule.first, "exp_avg_sq": rule.second, "momentum_buffer": rule.first}
        assert bool(slots) == (config.kind != "sgd" or config.momentum > 0)
        for name, tensor in slots.items():
            np.testing.assert_allclose(tensor.numpy(), kept[name], rtol=1e-11, atol=1e-13)


def test_the_encoding_has_a_rate_of_its_own():
    moved = []
    for factor in (1.0, 10.0):
        config = OptimizerConfig("sgd", encoding_rate=factor)
        field = network(
            encoding=HashGridConfig(n_levels=2, log2_hashmap_size=5, base_resolution=4.0)
        )
        before = {k: t.clone() for k, t in field.state_dict().items()}
        session = ENGINE.open(field, picture(), work(optimizer=config))
        session.step(np.arange(20), 0, rate=0.5, sharpness=1.0)
        moved.append({k: t - before[k] for k, t in field.state_dict().items()})
    assert moved[0]["encoding.table"].abs().max() > 0
    for name in moved[0]:
        factor = 10.0 if name == "encoding.table" else 1.0
        torch.testing.assert_close(moved[1][name], factor * moved[0][name], rtol=1e-9, atol=1e-12)


def test_a_fresh_state_is_zeros_shaped_like_the_parameters():
    field = network(torch.float32)
    for config, names in (
        (OPTIMIZERS["adam"], {"exp_avg", "exp_avg_sq"}),
        (OPTIMIZERS["adamw"], {"exp_avg", "exp_avg_sq"}),
        (OPTIMIZERS["sgd"], set()),
        (OPTIMIZERS["sgd with momentum"], {"momentum_buffer"}),
    ):
        state = fresh_state(field, config)
        assert state.steps == 0
        assert state.slots.keys() == dict(field.named_parameters()).keys()
        for name, parameter in field.named_parameters():
            assert state.slots[name].keys() == names
            for tensor in state.slots[name].values():
                assert tensor.shape == parameter.shape
                assert tensor.dtype == parameter.dtype
                assert not tensor.any()
                assert not tensor.requires_grad


# --- continuing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("activation", ["sine", "wire-complex"])
@pytest.mark.parametrize("config", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_reopened_session_continues_bit_for_bit(config, activation, at):
    samples = picture(footprint="box", samples=4)
    what = work(torch.float32, optimizer=config)
    ends = []
    for reopen in (None, at):
        field = network(torch.float32, activation=activation)
        state = fresh_state(field, config)
        session = ENGINE.open(field, samples, what, state)
        results = []
        for step in range(6):
            if step == reopen:
                session.close()
                field, state = copied(field, state)
                session = ENGINE.open(field, samples, what, state)
            pixels = (np.arange(20) * 3 + step) % samples.count
            results.append(session.step(pixels, step, rate=0.01 * (step + 1), sharpness=1.0 + step))
        ends.append((results, tensors(field, state)))
    assert ends[0][0] == ends[1][0]
    assert state.steps == 6
    for name, tensor in ends[0][1].items():
        assert torch.equal(tensor, ends[1][1][name]), name
        assert tensor.any(), name


# --- the step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 7, 8, 25])
@pytest.mark.parametrize("loss", ["mse", "l1", "bce", "relative_l2"])
def test_taking_a_batch_in_pieces_changes_rounding_only(loss, chunk, monkeypatch):
    """Pieces of fewer positions than one pixel has (8), of exactly one pixel, and odd ones."""
    busy = np.random.default_rng(0).random(63) < 0.5
    samples = picture(footprint="box", samples=8, busy=busy)
    found = []
    for size in (module.CHUNK, chunk):
        monkeypatch.setattr(module, "CHUNK", size)
        field = network()
        session = ENGINE.open(field, samples, work(loss=loss, optimizer=OPTIMIZERS["sgd"]))
        result = session.step(np.arange(63)[::-1], 2, rate=1.0, sharpness=2.0)
        found.append([result.loss, result.squared_error, *field.state_dict().values()])
    for whole, pieces in zip(*found, strict=True):
        # Sums of 63 pixels, in another order.
        torch.testing.assert_close(
            torch.as_tensor(whole), torch.as_tensor(pieces), rtol=1e-13, atol=1e-13
        )


def test_pieces_are_no_larger_than_asked(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 20)
    field, sizes = network(), []
    raw = field.raw
    monkeypatch.setattr(field, "raw", lambda xy: sizes.append(len(xy)) or raw(xy))
    samples = picture(footprint="box", samples=8)
    ENGINE.open(field, samples, work()).step(np.arange(5), 0, rate=0.1, sharpness=1.0)
    assert sizes == [16, 16, 8]  # whole pixels


def test_a_step_reports_the_loss_before_its_update_and_sets_the_sharpness():
    field, samples = network(), picture()
    pixels = np.array([5, 0, 62])
    session = ENGINE.open(field, samples, work(loss="l1"))
    field.sharpness = 3.0
    xy, _ = samples.points(pixels, 7)
    error = field(torch.from_numpy(xy).double()).detach().numpy() - samples.values[pixels]
    field.sharpness = 1.0
    result = session.step(pixels, 7, rate=0.1, sharpness=3.0)
    assert field.sharpness == 3.0
    assert result.loss == pytest.approx(np.abs(error).mean(), rel=1e-12)
    assert result.squared_error == pytest.approx((error**2).mean(), rel=1e-12)


def test_a_rate_of_zero_moves_nothing():
    field = network()
    before = {k: t.clone() for k, t in field.state_dict().items()}
    ENGINE.open(field, picture(), work()).step(np.arange(9), 0, rate=0.0, sharpness=1.0)
    for name, tensor in field.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_bfloat16_computes_in_it_and_keeps_float32_parameters():
    results = {}
    for precision in ("float32", "bfloat16"):
        field = network(torch.float32, omega=1.0, omega_first=1.0)
        session = ENGINE.open(field, picture(), StepSpec(precision=precision))
        results[precision] = session.step(np.arange(63), 0, rate=0.01, sharpness=1.0).loss
        assert {t.dtype for t in tensors(field, session.state).values()} == {torch.float32}
        drawn = ENGINE.drawer(field, StepSpec(precision=precision)).values(
            np.zeros((3, 2), np.float32)
        )
        assert drawn.dtype == np.float32
    assert results["bfloat16"] != results["float32"]
    # bfloat16 has 8 bits; some tens of roundings average out over 63 pixels.
    assert results["bfloat16"] == pytest.approx(results["float32"], rel=2**-8)


# --- drawing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, DRAW_CHUNK - 1, DRAW_CHUNK, 2 * DRAW_CHUNK + 5])
@pytest.mark.parametrize("activation", ["sine", "wire-complex"])
def test_drawing_evaluates_the_field(activation, count):
    xy = np.random.default_rng(0).uniform(-1.2, 1.2, (count, 2)).astype(np.float32)
    for dtype in (torch.float32, torch.float64):
        field = network(dtype, activation=activation, encoding=FourierConfig(4, 1.0))
        found = ENGINE.drawer(field, work(dtype)).values(xy)
        assert found.dtype == np.float32
        assert found.shape == (count, 2)
        with torch.no_grad():
            expected = field(torch.from_numpy(xy).to(dtype)).float().numpy()
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_a_point_does_not_depend_on_its_neighbours():
    field = network(torch.float32, hidden=(33, 17))
    drawer = ENGINE.drawer(field, work(torch.float32))
    xy = np.random.default_rng(0).uniform(-1, 1, (DRAW_CHUNK + 300, 2)).astype(np.float32)
    whole = drawer.values(xy)
    for count in (1, 5, 300, DRAW_CHUNK, DRAW_CHUNK + 1):
        assert np.array_equal(drawer.values(xy[:count]), whole[:count])
    other = np.ascontiguousarray(xy[::-1])
    other[:7] = xy[:7]
    assert np.array_equal(drawer.values(other)[:7], whole[:7])


# --- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "asked", "reason"),
    [
        ({"output": "linear"}, {"loss": "bce"}, "bce needs a sigmoid output"),
        ({}, {"precision": "float64", "device": "mps"}, "mps has no float64"),
        ({"activation": "wire-complex"}, {"precision": "bfloat16"}, "no complex numbers"),
    ],
)
def test_what_can_not_be_done_is_explained(options, asked, reason):
    field = network(torch.float32, **options)
    assert reason in ENGINE.refuse(field, StepSpec(**asked))
    assert ENGINE.refuse(field, StepSpec()) is None
