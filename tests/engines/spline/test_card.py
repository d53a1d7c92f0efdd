"""Splines on a card, whose kernels Triton's interpreter runs: they agree with the definition."""

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.spline.test_alternating import ALTERNATING, NOTHING, built, samples_of, scene

from redraw.engines import OptimizerState, StepSpec
from redraw.engines.cuda.card import Host
from redraw.engines.solvers import fresh_state
from redraw.engines.spline.alternating import AlternatingSession
from redraw.engines.spline.alternating_passes import PlainPasses
from redraw.engines.spline.card_passes import CardPasses, all_averages, analyse
from redraw.engines.spline.card_session import CardSession
from redraw.engines.spline.session import spline_session
from redraw.errors import EngineError

pytestmark = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")
# A side of one sample; odd sides; planes of several tiles; levels that end at different times.
SLOW = pytest.param((70, 41, 3), marks=pytest.mark.slow)
SIZES = [(1, 1, 1), (1, 30, 1), (9, 7, 2), (41, 35, 3), SLOW]
SPEC = StepSpec(optimizer=ALTERNATING, threads=1)
EPS = torch.finfo(torch.float32).eps


def planes_of(size):
    return np.ascontiguousarray(scene(*size).transpose(2, 0, 1)) - np.float32(0.5)


def rounding(size):
    """Of coefficients: along each axis of each level four steps of three roundings and a factor,
    of numbers that grow by two with each level.
    """
    levels = max(1, int(np.ceil(np.log2(max(size) / 8))))
    return 2 * 13 * EPS * sum(2.0**level for level in range(levels + 1))


@pytest.mark.parametrize("size", SIZES)
def test_each_pass_does_what_its_definition_says(size):
    field = built(size, transforms=5)
    encoding, config = field.encoding, field.encoding.config
    plain, passes = PlainPasses(config), CardPasses(encoding, Host())
    one, bound = planes_of(size), rounding(size)
    passes.original.copy_(torch.from_numpy(one))
    plain.analyse(one)
    analyse(passes.original, passes.turned, config)
    assert np.abs(passes.original.numpy() - one).max() <= bound
    one = passes.original.numpy().copy()  # the same numbers for what follows
    # What the definition is told: some coefficients kept, some matrices taken.
    inverses = encoding.transforms.detach().numpy().transpose(0, 2, 1).copy()
    picks = np.random.default_rng(1).integers(0, 5, config.blocks).astype(np.uint8)
    encoding.block_transforms.copy_(torch.from_numpy(picks))
    if config.kept:
        encoding.significant[0] = 0
        with torch.no_grad():
            encoding.values[0] = -0.03
    sums, counts, threshold = passes.learned()
    assert threshold == np.nextafter(np.float32(0.03), np.float32(0))
    expected = plain.correlate(one, inverses, picks, threshold)
    # A sum of 128 products in float32, and of the largest there are.
    assert np.abs(sums - expected[0]).max() <= 128 * EPS * np.abs(expected[0]).max()
    assert np.array_equal(counts, expected[1])
    costs, picks = np.linspace(1e-5, 3e-5, 5).astype(np.float32), picks * 0
    plain.choose(one, inverses, threshold, costs, picks)
    passes.choose(inverses, threshold * threshold, costs)
    picked = passes.picked.numpy()
    assert (picked != picks).sum() <= 0.002 * len(picks)  # what costs nearly as little
    plain.multiply(one, inverses, picked)
    assert np.abs(passes.turned.numpy() - one).max() <= 8 * EPS * max(1.0, np.abs(one).max())
    turned = passes.turned.numpy()
    for keep in {0, 1, one.size // 3, one.size - 1, one.size, one.size + 5}:
        found, count, left_out = passes.taken(keep)
        assert found == plain.largest(turned, keep)
        kept = np.abs(turned) > found
        assert np.array_equal(passes.mask, kept)
        assert count == kept.sum()
        assert left_out == pytest.approx((turned[~kept].astype(float) ** 2).sum(), rel=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_averages_are_the_definitions(size):
    field = built(size)
    config = field.encoding.config
    rng = np.random.default_rng(3)
    values = config.width * config.height * config.planes
    kept = np.sort(rng.permutation(values)[: config.kept])
    field.encoding.significant[: len(kept)] = torch.from_numpy(kept.astype(np.int32))
    with torch.no_grad():
        field.encoding.values[: len(kept)] = torch.from_numpy(rng.normal(0, 1, len(kept))).float()
        expected = field.encoding.averages().numpy()
    picks = rng.integers(0, config.transforms, config.blocks).astype(np.uint8)
    field.encoding.block_transforms.copy_(torch.from_numpy(picks))
    with torch.no_grad():
        expected = field.double().encoding.averages().numpy()
    found = all_averages(field.float().encoding, Host()).numpy()
    assert np.abs(found - expected).max() <= 4 * rounding(size) * max(1.0, np.abs(expected).max())


def plain_session(field, samples, spec, state):
    return AlternatingSession(field, samples, spec, state, PlainPasses(field.encoding.config))


def card_session(field, samples, spec, state):
    return CardSession(field, samples, spec, state, Host())


def trained(size, opened, steps=2):
    field, samples = built(size), samples_of(scene(*size))
    opened(field, samples, SPEC, OptimizerState()).start()
    session = opened(field, samples, SPEC, fresh_state(field, ALTERNATING))
    losses = [session.step(NOTHING, k, rate=1.0, sharpness=1.0).loss for k in range(steps)]
    session.close()
    return field, losses


@pytest.mark.parametrize("size", SIZES[2:])
def test_steps_reach_what_the_reference_does(size):
    """Near ties may fall either way, and are nearly equal: see the test of the cpu engine."""
    field, losses = trained(size, card_session)
    twin, expected = trained(size, plain_session)
    apart = np.abs(np.sqrt(losses) - np.sqrt(expected))
    assert (apart <= rounding(size) * np.arange(1, 1 + len(losses))).all()
    assert field.encoding.parameter_count <= field.encoding.config.room
    with torch.no_grad():
        errors = [
            ((f.encoding.averages().numpy() - planes_of(size)) ** 2).mean() for f in (field, twin)
        ]
    assert abs(np.sqrt(errors[0]) - np.sqrt(errors[1])) <= len(losses) * rounding(size)


def test_holes_have_what_the_field_says():
    """From there on steps go to and fro on any engine: what is compared is what they begin from."""
    size = (13, 11, 2)
    known = np.random.default_rng(0).random(size[:2]) < 0.7
    samples = samples_of(scene(*size), known)
    field = built(size)
    session = card_session(field, samples, SPEC, OptimizerState())
    session.start()
    twin = plain_session(built(size), samples, SPEC, OptimizerState())
    twin.start()
    for name, tensor in twin.field.state_dict().items():
        if tensor.is_floating_point():
            assert (tensor - field.state_dict()[name]).abs().max() <= rounding(size), name
        else:
            assert torch.equal(tensor, field.state_dict()[name]), name
    before = session.passes.original.numpy().copy()
    session._renew()
    found, expected = session.passes.original.numpy(), twin._coefficients()
    # There and back again.
    assert np.abs(found - expected).max() <= 3 * rounding(size)
    assert np.abs(found - before).max() > 0.01  # they were filled otherwise at first


def test_a_fit_goes_from_engine_to_engine():
    size, steps = (13, 11, 1), 2
    samples = samples_of(scene(*size))
    ends = []
    for opened in ((card_session,) * 2, (card_session, None), (card_session, plain_session),
                   (plain_session, card_session), (card_session, spline_cpu)):  # fmt: skip
        field, state = built(size), fresh_state(built(size), ALTERNATING)
        left_out = []
        for k in range(steps):
            if opened[k] is not None:
                session = opened[k](field, samples, SPEC, state)
            if k == 0:
                session.start()
            left_out.append(session.step(NOTHING, k, rate=1.0, sharpness=1.0).loss ** 0.5)
        assert state.steps == steps
        ends.append((field.state_dict(), left_out))
    # To the bit on one engine, however it was cut.
    assert all(torch.equal(ends[0][0][name], ends[1][0][name]) for name in ends[0][0])
    for _, left_out in ends[2:4]:
        assert abs(left_out[1] - ends[0][1][1]) <= steps * rounding(size)
    # The cpu engine takes other ties, and goes on from there.
    assert ends[4][1][0] == ends[0][1][0]
    assert ends[4][1][1] < ends[4][1][0]


def spline_cpu(field, samples, spec, state):
    return spline_session(field, samples, spec, state, 1)


def test_a_table_is_refused_and_memory_that_is_full_is_told(monkeypatch):
    from redraw.engines.spline import card_session as module

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "CardPasses", full)
    field, samples = built((9, 7, 2)), samples_of(scene(9, 7, 2))
    with pytest.raises(EngineError, match=r"coefficients take 0\.00 GB .* 17\.18 GB are free"):
        module.opened(field, samples, SPEC, OptimizerState())
    with pytest.raises(EngineError, match=r"coefficients take 0\.00 GB .* 17\.18 GB are free"):
        module.opened(field, samples, SPEC, OptimizerState())


def test_a_step_that_would_leave_out_more_is_not_taken():
    size = (9, 7, 2)
    field, samples, state = built(size), samples_of(scene(*size)), OptimizerState()
    session = card_session(field, samples, SPEC, state)
    session.start()
    before = {name: tensor.clone() for name, tensor in field.state_dict().items()}
    left_out = state.slots["encoding.values"]["left_out"]
    left_out[0] = 1e-9
    found = session.step(NOTHING, 0, rate=1.0, sharpness=1.0)
    assert found.loss == pytest.approx(1e-9 / (63 * 2))
    assert float(left_out[0]) == 1e-9
    assert all(torch.equal(before[name], tensor) for name, tensor in field.state_dict().items())
