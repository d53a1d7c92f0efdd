"""One suite for every engine, on every device there is: forced, never by luck of the dispatcher.

The judge (`tests.engines.judge`) is a float64 implementation from the formulas: encodings, layers,
activations, footprint means as a matrix product, losses and update rules. Only the positions come
from `PixelSamples` (tested on their own), and a hash grid's features from its definition.

Tolerances are derived, not guessed. A rounding anywhere in a forward or backward pass has the
effect of a relative change of some parameter or coordinate by about one epsilon (backward error);
n terms summed in any order act like sqrt(n) of them. So the judge is asked again with all of them
so changed, at random, and what moves is what an engine may move; to that comes the rounding of the
sum over the positions, an epsilon of the sum of the absolute values of its terms. A parameter's
tolerance after an update follows from its gradient's, and the next step's gradients are judged with
the parameters changed by theirs. `SAFETY` covers that a few random changes are not the worst ones.
"""

import itertools

import numpy as np
import pytest
import torch
from tests.engines.judge import SAFETY, Judge

from redraw.engines import OptimizerConfig, StepSpec, engines
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig, IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.sizes import ACTIVATIONS
from redraw.signals.samples import PixelSamples

LOSSES = ("mse", "l1", "bce", "relative_l2")
# An engine may refuse these for now; that it does is printed. Nothing else.
MAY_REFUSE = {"cpu": ("wire-complex",), "cuda": ("wire-complex",)}
PRECISIONS = ("float32", "float64")


def devices():
    """Devices by name, and why one is missing."""
    return {
        "cpu": None,
        "cuda": None if torch.cuda.is_available() else "PyTorch finds no CUDA device here",
        "mps": None if torch.backends.mps.is_available() else "PyTorch finds no Apple GPU here",
    }


TINY = Field.build(FieldConfig(hidden=(2,)))
# Engine, device and precision, as far as the engine works there at all.
PLACES = [
    pytest.param(name, device, precision, id=f"{name}-{device}-{precision}")
    for name, engine in engines().items()
    for device, missing in devices().items()
    for precision in PRECISIONS
    if missing is None
    and engine.refuse(
        Field.build(TINY.config, dtype=getattr(torch, precision)),
        StepSpec(device=device, precision=precision),
    )
    is None
]


@pytest.mark.parametrize("device", list(devices()))
def test_devices_that_are_missing_are_named(device):
    if reason := devices()[device]:
        pytest.skip(f"no conformance on {device}: {reason}")
    assert any(place.values[1] == device for place in PLACES)


def test_the_reference_runs_wherever_anything_does():
    assert {p.values[1:] for p in PLACES if p.values[0] == "reference"} == {
        p.values[1:] for p in PLACES
    }


# --- the cases -----------------------------------------------------------------------------------

ENCODINGS = (
    IdentityConfig(),
    FourierConfig(7, 1.5),
    IdentityConfig(),
    AxisConfig(3),
    HashGridConfig(n_levels=3, log2_hashmap_size=6, base_resolution=4.0, per_level_scale=2.0),
)
# eps is large, so that an update is not the sign of a gradient that rounds to either side of 0.
UPDATES = (
    OptimizerConfig("adam", beta1=0.9, beta2=0.99, eps=1e-2),
    OptimizerConfig("sgd"),
    OptimizerConfig("adamw", beta1=0.8, beta2=0.95, eps=1e-2, weight_decay=0.1),
    OptimizerConfig("sgd", momentum=0.8, weight_decay=0.05),
    OptimizerConfig("adam", beta2=0.99, eps=1e-2, weight_decay=0.1),
)
HIDDEN = ((16, 16), (5,), (33, 17), (64, 64, 64), (1, 3), (), (24, 100))
BATCHES = (33, 1, 64, 7, 257, 2)
FOOTPRINTS = ("point", "box 4", "busy 6", "box 1", "busy 9", "box 5")


def cases():
    """Every activation with every loss; everything else takes turns at coprime paces."""
    turn = itertools.count()
    for activation, loss in itertools.product(ACTIVATIONS, LOSSES):
        for output in ("sigmoid", "linear"):
            if loss == "bce" and output == "linear":
                continue
            i = next(turn)
            yield pytest.param(
                {
                    "activation": activation,
                    "loss": loss,
                    "output": output,
                    "encoding": ENCODINGS[i % 5],
                    "optimizer": UPDATES[(i // 2) % 5],
                    "hidden": HIDDEN[i % 7],
                    "batch": BATCHES[(i // 3) % 6],
                    "footprint": FOOTPRINTS[(i // 2) % 6],
                    "channels": i % 4 + 1,
                    "bias": i % 11 != 10,
                    "sharpness": (1.0, 5.0)[i % 2],
                },
                id=f"{activation}-{loss}-{output}",
            )


def built(case, precision, device):
    encoding = case["encoding"]
    config = FieldConfig(
        channels=case["channels"],
        encoding=encoding,
        hidden=case["hidden"],
        activation=case["activation"],
        # As in use for coordinates; milder behind features of size one.
        omega=3.0 if case["activation"] == "wire-complex" else 8.0,
        omega_first=15.0 if isinstance(encoding, IdentityConfig) else 6.0,
        spread=2.0 if case["activation"] == "wire-complex" else 3.0,
        bias=case["bias"],
        output=case["output"],
    )
    field = Field.build(config, 5, dtype=getattr(torch, precision)).to(device)
    with torch.no_grad():
        for p in field.encoding.parameters():
            p.mul_(1e3)  # so that a hash grid's start counts
    return field


def samples_of(footprint, channels):
    rng = np.random.default_rng(8)
    width, height = 23, 19
    kind, *number = footprint.split()
    index = np.sort(rng.permutation(width * height)[:300]) if kind == "busy" else None
    count = width * height if index is None else len(index)
    return PixelSamples(
        rng.uniform(0.05, 0.95, (count, channels)).astype(np.float32),
        width,
        height,
        index=index,
        footprint="point" if kind == "point" else "box",
        samples=int(number[0]) if number else 1,
        busy=rng.random(count) < 0.4 if kind == "busy" else None,
        seed=77,
    )


def taken(engine, field, spec, case):
    """The engine refuses nothing but what it may; that is skipped, with its reason printed."""
    reason = engine.refuse(field, spec)
    if reason is None:
        return
    kinds = (case["activation"], type(case["encoding"]).kind)
    if any(kind in MAY_REFUSE.get(engine.name, ()) for kind in kinds):
        pytest.skip(f"the {engine.name} engine refuses: {reason}")
    pytest.fail(f"the {engine.name} engine refuses what it should take: {reason}")


def batch_of(samples, size, step):
    """Pixels in no order; in large batches some twice, as at the seam of two epochs."""
    return np.random.default_rng(step).integers(0, samples.count, size)


def check(field, judge):
    for name, parameter in field.named_parameters():
        error = (parameter.detach().cpu().to(judge.values[name].dtype) - judge.values[name]).abs()
        over = error - judge.tolerance[name]
        assert (over <= 0).all(), (
            f"{name} differs by {error.max():.3g},"
            f" {(error / judge.tolerance[name]).max():.3g} times its tolerance"
        )


STEPS = 3


@pytest.mark.parametrize("case", list(cases()))
@pytest.mark.parametrize(("engine", "device", "precision"), PLACES)
def test_losses_gradients_and_parameters_agree_with_the_formulas(engine, device, precision, case):
    field = built(case, precision, device)
    samples = samples_of(case["footprint"], case["channels"])
    spec = StepSpec(
        loss=case["loss"],
        optimizer=case["optimizer"],
        precision=precision,
        device=device,
        threads=2,
        batch=case["batch"],
    )
    forced = engines()[engine]
    taken(forced, field, spec, case)
    judge = Judge(
        field, samples, case["loss"], case["optimizer"], torch.finfo(getattr(torch, precision)).eps
    )
    session = forced.open(field, samples, spec)
    try:
        for step in range(STEPS):
            pixels = batch_of(samples, case["batch"], step)
            rate = 0.003 / (1 + step)
            found = session.step(pixels, step, rate=rate, sharpness=case["sharpness"])
            loss, squared = judge.step(pixels, step, rate, case["sharpness"])
            assert found.loss == pytest.approx(loss[0], rel=0, abs=loss[1])
            assert found.squared_error == pytest.approx(squared[0], rel=0, abs=squared[1])
            check(field, judge)
        assert session.state.steps == STEPS
    finally:
        session.close()
    moved = any(not torch.equal(a.cpu(), b.cpu()) for a, b in zip(
        field.parameters(), built(case, precision, device).parameters(), strict=True))  # fmt: skip
    assert moved


def place_pairs():
    """From each engine to each, where both work in the same precision and place."""
    for a, b in itertools.product(PLACES, PLACES):
        if a.values[1:] == b.values[1:]:
            yield pytest.param(
                a.values[0], b.values[0], *a.values[1:],
                id=f"{a.values[0]}-to-{b.values[0]}-{a.values[1]}-{a.values[2]}",
            )  # fmt: skip


@pytest.mark.parametrize("optimizer", UPDATES[:4], ids=lambda o: f"{o.kind}{o.momentum or ''}")
@pytest.mark.parametrize(("before", "after", "device", "precision"), list(place_pairs()))
def test_one_engine_continues_what_another_began(before, after, device, precision, optimizer):
    case = {
        "activation": "sine", "encoding": IdentityConfig(), "hidden": (16, 9), "channels": 2,
        "bias": True, "output": "sigmoid",
    }  # fmt: skip
    field, samples = built(case, precision, device), samples_of("busy 6", 2)
    spec = StepSpec(optimizer=optimizer, precision=precision, device=device, threads=1, batch=40)
    judge = Judge(field, samples, "mse", optimizer, torch.finfo(getattr(torch, precision)).eps)
    state = fresh_state(field, optimizer)
    for engine, steps in ((before, range(3)), (after, range(3, 6))):
        session = engines()[engine].open(field, samples, spec, state)
        try:
            for step in steps:
                pixels = batch_of(samples, 40, step)
                session.step(pixels, step, rate=0.01, sharpness=2.0)
                judge.step(pixels, step, 0.01, 2.0)
                check(field, judge)
        finally:
            session.close()
        state = session.state
    assert state.steps == 6


@pytest.mark.parametrize("encoding", ENCODINGS[1:], ids=lambda e: e.kind)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("engine", "device", "precision"), PLACES)
def test_drawing_agrees_with_the_formulas(engine, device, precision, activation, encoding):
    case = {
        "activation": activation, "encoding": encoding, "hidden": (17, 32), "channels": 3,
        "bias": True, "output": "sigmoid",
    }  # fmt: skip
    field = built(case, precision, device)
    field.sharpness = 3.0
    spec = StepSpec(precision=precision, device=device, threads=2)
    forced = engines()[engine]
    taken(forced, field, spec, case)
    xy = np.random.default_rng(3).uniform(-1.1, 1.1, (301, 2)).astype(np.float32)
    eps = torch.finfo(getattr(torch, precision)).eps
    judge = Judge(field, None, "mse", UPDATES[0], eps)
    exact = torch.from_numpy(xy).double()

    def drawn(points, values):
        return 1 / (1 + torch.exp(-3.0 * judge.raw(points, values)[0]))

    expected, moved = drawn(exact, judge.values), 0.0
    for _ in range(3):
        values = {k: v + eps * 32**0.5 * v.abs() * judge.signs(v) for k, v in judge.values.items()}
        other = drawn(exact + eps * exact.abs() * judge.signs(exact), values)
        moved = max(moved, (other - expected).abs().max().item())
    found = forced.drawer(field, spec).values(xy)
    assert found.dtype == np.float32
    # Values in [0, 1] come out as float32 whatever computed them.
    tolerance = SAFETY * (moved + np.finfo(np.float32).eps / SAFETY)
    assert np.abs(found - expected.numpy()).max() < tolerance
    assert np.array_equal(forced.drawer(field, spec).values(xy[:1]), found[:1])
