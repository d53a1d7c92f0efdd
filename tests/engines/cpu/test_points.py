"""Points of any number of coordinates, and classes: the engines against formulas and each other."""

import dataclasses

import numpy as np
import pytest
import torch

from redraw.engines import StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.reference import ReferenceEngine
from redraw.engines.solvers import fresh_state
from redraw.errors import EngineError, ShapeError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig, IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PointSamples

ENCODINGS = {
    "identity": IdentityConfig(),
    "fourier": FourierConfig(frequencies=5, sigma=1.0),
    "axis": AxisConfig(octaves=2),
    "hash": HashGridConfig(n_levels=2, log2_hashmap_size=5, base_resolution=2.0),
}


def points(count, dimensions, channels, seed=3):
    draw = np.random.default_rng(seed)
    return PointSamples(
        draw.uniform(0, 1, (count, channels)).astype(np.float32),
        draw.uniform(-1, 1, (count, dimensions)).astype(np.float32),
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("dimensions", [1, 2, 3, 5, 16])
def test_the_cpu_engine_agrees_with_the_reference(encoding, dimensions):
    if encoding == "hash" and dimensions > 4:
        pytest.skip("a hash grid has up to four dimensions")
    config = FieldConfig(
        channels=2,
        dimensions=dimensions,
        encoding=ENCODINGS[encoding],
        hidden=(9, 6),
        omega=2.0,
        omega_first=2.0,
    )
    samples = points(301, dimensions, 2)
    found = []
    for engine in (CpuEngine(), ReferenceEngine()):
        field = Field.build(config, 4, dtype=torch.float64)
        spec = StepSpec(precision="float64", batch=301, threads=2)
        session = engine.open(field, samples, spec, fresh_state(field, spec.optimizer))
        order = np.random.default_rng(1).permutation(301)
        results = [
            session.step(order[:size], step, rate=1e-2, sharpness=1.0)
            for step, size in enumerate((301, 1, 33, 300))
        ]
        session.close()
        drawn = engine.drawer(field, spec).values(samples.positions[:77])
        found.append((results, [p.detach().numpy().copy() for p in field.parameters()], drawn))
    (ours, parameters, drawn), (theirs, expected, truth) = found
    for one, other in zip(ours, theirs, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-9)
        assert one.squared_error == pytest.approx(other.squared_error, rel=1e-9)
    for one, other in zip(parameters, expected, strict=True):
        # Adam divides by roots of squared gradients: rounding of tiny ones grows.
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(drawn, truth, rtol=1e-5, atol=1e-6)


def test_positions_are_those_given():
    samples = points(7, 3, 1)
    xy, counts = samples.points(np.array([4, 0]), 99)
    assert np.array_equal(xy, samples.positions[[4, 0]])
    assert counts.tolist() == [1, 1]
    assert (samples.count, samples.channels, samples.dimensions) == (7, 1, 3)
    with pytest.raises(ShapeError, match=r"expected \(P, C\) and \(P, D\)"):
        PointSamples(samples.values[:3], samples.positions)


def test_points_of_other_dimensions_are_refused():
    field = Field.build(FieldConfig(dimensions=2, hidden=(4,)))
    with pytest.raises(EngineError, match="3 coordinates, the field takes 2"):
        CpuEngine().open(field, points(5, 3, 1), StepSpec())


def test_cross_entropy_is_that_of_torch():
    config = FieldConfig(channels=4, dimensions=3, hidden=(8,), output="softmax")
    field = Field.build(config, 2, dtype=torch.float64)
    samples = points(50, 3, 4)
    classes = np.random.default_rng(5).integers(0, 4, 50)
    samples = dataclasses.replace(samples, values=np.eye(4, dtype=np.float32)[classes])
    raw = field.raw(torch.from_numpy(samples.positions).double())
    expected = torch.nn.functional.cross_entropy(raw, torch.from_numpy(classes))
    expected.backward()
    gradients = [p.grad.clone() for p in field.parameters()]
    before = [p.detach().clone() for p in field.parameters()]
    spec = StepSpec(loss="cross_entropy", precision="float64", batch=50)
    spec = dataclasses.replace(spec, optimizer=dataclasses.replace(spec.optimizer, kind="sgd"))
    session = ReferenceEngine().open(field, samples, spec)
    result = session.step(np.arange(50), 0, rate=1.0, sharpness=1.0)
    # The loss is a mean over channels as well.
    assert result.loss == pytest.approx(expected.item() / 4, rel=1e-7)
    for old, parameter, gradient in zip(before, field.parameters(), gradients, strict=True):
        torch.testing.assert_close(old - parameter.detach(), gradient / 4, rtol=1e-7, atol=1e-10)
    chances = torch.softmax(raw.detach(), 1) - torch.from_numpy(samples.values)
    assert result.squared_error == pytest.approx((chances**2).mean().item(), rel=1e-6)


def test_cross_entropy_is_finite_however_sure_it_is():
    config = FieldConfig(channels=3, dimensions=1, hidden=(), output="softmax")
    field = Field.build(config, 2)
    with torch.no_grad():
        field.network.layers[0].weight.mul_(1e6)
    samples = PointSamples(np.eye(3, dtype=np.float32), np.ones((3, 1), np.float32))
    session = ReferenceEngine().open(field, samples, StepSpec(loss="cross_entropy", batch=3))
    result = session.step(np.arange(3), 0, rate=0.1, sharpness=1.0)
    assert np.isfinite(result.loss)
    assert all(bool(torch.isfinite(p).all()) for p in field.parameters())


def test_cross_entropy_needs_a_softmax():
    field = Field.build(FieldConfig(hidden=(4,), output="sigmoid"))
    reason = ReferenceEngine().refuse(field, StepSpec(loss="cross_entropy"))
    assert "needs a softmax output (--set output=softmax)" in (reason or "")
