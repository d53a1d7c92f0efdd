"""The CPU engine on fields with a hash grid, against the reference engine."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.engines.contract import OptimizerConfig, OptimizerState, StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.cpu.hash_grid import panels_of_a_shard
from redraw.engines.reference import ReferenceEngine
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PixelSamples

WIDTH, HEIGHT, CHANNELS = 30, 21, 3


def make_field(encoding=None, hidden=(19, 24), dtype="float64"):
    encoding = encoding or HashGridConfig(n_levels=5, log2_hashmap_size=8, base_resolution=4)
    config = FieldConfig(CHANNELS, encoding=encoding, hidden=hidden, activation="silu")
    field = Field.build(config, seed=1, dtype=getattr(torch, dtype))
    with torch.no_grad():
        field.encoding.table.mul_(3000)  # far from zero, where everything agrees
    return field


def make_samples(footprint="box", busy=True):
    rng = np.random.default_rng(2)
    count = WIDTH * HEIGHT
    return PixelSamples(
        rng.random((count, CHANNELS), dtype=np.float32), WIDTH, HEIGHT, footprint=footprint,
        samples=6 if footprint == "box" else 1,
        busy=rng.random(count) < 0.3 if footprint == "box" and busy else None,
    )  # fmt: skip


def batches(size, steps):
    rng = np.random.default_rng(3)
    return [rng.integers(0, WIDTH * HEIGHT, size) for _ in range(steps)]


def train(engine, field, samples, spec, pixels, state=None, first=0):
    session = engine.open(field, samples, spec, state)
    losses = [
        session.step(rows, first + i, rate=1e-3, sharpness=1.0).loss
        for i, rows in enumerate(pixels)
    ]
    state = session.state
    session.close()
    return losses, state


def largest_difference(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return max((a - b).abs().max().item() for a, b in pairs)


@settings(max_examples=12, deadline=None)
@given(
    levels=st.integers(1, 6),
    table=st.integers(2, 9),
    hidden=st.sampled_from([(), (1,), (17,), (33, 20)]),
    size=st.sampled_from([1, 2, 31, 300]),
    optimizer=st.sampled_from(
        [
            OptimizerConfig(eps=1e-3, encoding_rate=3.0),
            OptimizerConfig("adamw", eps=1e-3, weight_decay=0.1, encoding_rate=0.5),
            OptimizerConfig("adam", eps=1e-3, weight_decay=0.01),
            OptimizerConfig("sgd", momentum=0.9),
            OptimizerConfig("sgd", weight_decay=0.1),
        ]
    ),
    footprint=st.sampled_from(["box", "point"]),
)
def test_agrees_with_the_reference(levels, table, hidden, size, optimizer, footprint):
    encoding = HashGridConfig(levels, 2, table, base_resolution=3.3)
    check(encoding, hidden, size, optimizer, footprint)


@pytest.mark.slow  # kernels are compiled anew for every number of features
@pytest.mark.parametrize("features", [1, 3, 4])
def test_agrees_with_the_reference_for_other_numbers_of_features(features):
    encoding = HashGridConfig(3, features, 6, base_resolution=3.3)
    check(encoding, (17,), 100, OptimizerConfig(eps=1e-3), "box")


def check(encoding, hidden, size, optimizer, footprint):
    """Four steps by both engines have the same losses, parameters and optimizer state."""
    spec = StepSpec(optimizer=optimizer, precision="float64", batch=size, threads=2)
    samples = make_samples(footprint)
    fields, losses, states = [], [], []
    for engine in (CpuEngine(), ReferenceEngine()):
        fields.append(make_field(encoding, hidden))
        found, state = train(engine, fields[-1], samples, spec, batches(size, 4))
        losses.append(found)
        states.append(state)
    before = make_field(encoding, hidden)
    assert largest_difference(fields[0], before) > 1e-6
    # Updates divide by at least eps = 1e-3, which magnifies rounding by at most a thousand.
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-11)
    assert largest_difference(fields[0], fields[1]) < 1e-11
    for name, slots in states[0].slots.items():
        for key, tensor in slots.items():
            torch.testing.assert_close(tensor, states[1].slots[name][key], rtol=1e-9, atol=1e-12)


def test_float32_agrees_to_its_rounding():
    spec = StepSpec(optimizer=OptimizerConfig(eps=1e-3), batch=200, threads=2)
    one, other = make_field(dtype="float32"), make_field(dtype="float32")
    samples = make_samples()
    found, _ = train(CpuEngine(), one, samples, spec, batches(200, 5))
    expected, _ = train(ReferenceEngine(), other, samples, spec, batches(200, 5))
    np.testing.assert_allclose(found, expected, rtol=2e-6)
    # Five updates of a thousandth each, of gradients that are good to about 1e-6 of eps.
    assert largest_difference(one, other) < 2e-6


def test_the_same_bits_for_any_number_of_threads():
    samples = make_samples()
    results = []
    for threads in (1, 2, 3, 8):
        field = make_field(dtype="float32")
        spec = StepSpec(batch=400, threads=threads)
        losses, state = train(CpuEngine(), field, samples, spec, batches(400, 6))
        tensors = [*field.state_dict().values(), *state.slots["encoding.table"].values()]
        xy = np.random.default_rng(4).uniform(-1, 1, (5000, 2)).astype(np.float32)
        results.append((losses, tensors, CpuEngine().drawer(field, spec).values(xy)))
    for losses, tensors, drawn in results[1:]:
        assert losses == results[0][0]
        assert all(torch.equal(a, b) for a, b in zip(tensors, results[0][1], strict=True))
        np.testing.assert_array_equal(drawn, results[0][2])


@pytest.mark.parametrize("kind", ["adam", "sgd"])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_engine_goes_on_where_the_other_stopped(kind, order):
    engines = [CpuEngine(), ReferenceEngine()]
    optimizer = OptimizerConfig(kind, eps=1e-3, momentum=0.9 if kind == "sgd" else 0.0)
    spec = StepSpec(optimizer=optimizer, precision="float64", batch=50, threads=2)
    samples, pixels = make_samples(), batches(50, 6)
    mixed, whole = make_field(), make_field()
    _, state = train(engines[order[0]], mixed, samples, spec, pixels[:3])
    state = OptimizerState(
        state.steps,
        {name: {k: t.clone() for k, t in slot.items()} for name, slot in state.slots.items()},
    )
    train(engines[order[1]], mixed, samples, spec, pixels[3:], state, first=3)
    train(ReferenceEngine(), whole, samples, spec, pixels)
    assert largest_difference(mixed, whole) < 1e-11


def test_draws_what_the_reference_draws_and_as_it_was():
    field = make_field(dtype="float32")
    spec = StepSpec(threads=2)
    xy = np.random.default_rng(4).uniform(-1, 1, (3001, 2)).astype(np.float32)
    drawer = CpuEngine().drawer(field, spec)
    drawn = drawer.values(xy)
    np.testing.assert_allclose(drawn, ReferenceEngine().drawer(field, spec).values(xy), atol=2e-6)
    with torch.no_grad():
        field.encoding.table.zero_()
    np.testing.assert_array_equal(drawer.values(xy), drawn)
    # A point's values do not depend on the points around it.
    np.testing.assert_array_equal(drawer.values(xy[7:8]), drawn[7:8])


def test_what_it_can_not_take_it_explains():
    spec = StepSpec()
    field = make_field(dtype="float32")
    state = fresh_state(field, spec.optimizer)
    state.slots["encoding.table"]["exp_avg"] = torch.zeros(3)
    with pytest.raises(Exception, match=r"encoding\.table is \(3,\)"):
        CpuEngine().open(field, make_samples(), spec, state)


@given(
    pixels=st.integers(1, 300),
    samples=st.integers(1, 700),
    capacity=st.integers(1, 24),
    panel=st.sampled_from([4, 16, 32]),
    data=st.data(),
)
def test_kept_panels_always_have_room(pixels, samples, capacity, panel, data):
    capacity = max(capacity, -(-samples // panel))  # a pixel's samples lie in one block
    counts = data.draw(
        st.lists(st.sampled_from([1, samples]), min_size=pixels, max_size=pixels), "counts"
    )
    used = points = 0
    for count in counts:  # as the step fills its blocks
        if points + count > capacity * panel:
            used, points = used + -(-points // panel), 0
        points += count
    used += -(-points // panel)
    assert used <= panels_of_a_shard(pixels, samples, capacity, panel)
