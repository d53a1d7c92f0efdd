"""Where the time of a fit went: the parts, and the one line of advice."""

import dataclasses
import json
import time

import numpy as np
import pytest
import torch

import redraw
from redraw.engines import StepSpec, StepTimes
from redraw.engines.limits import Limits
from redraw.fields import Field, FieldConfig
from redraw.fitting.run import profile as module
from redraw.fitting.run.events import Profiled
from redraw.fitting.run.profile import Facts, Meter, make_profile

PICTURE = np.random.default_rng(0).random((16, 16)).astype(np.float32)
LIMITS = Limits(multiply=100e9, by="PyTorch", near=50e9, far=20e9)
FACTS = Facts(
    engine="cpu",
    own_threads=True,
    refusals={},
    forced=False,
    device="cpu",
    precision="float32",
    pixels=40_000,
    batch=4096,
    parameters=12_000,
    frames=20,
)
# A fit of ten seconds in which nothing is in the way.
QUIET = {"forward": 4.0, "backward": 5.0, "loss": 0.5, "Python": 0.5}


def fit(**changes):
    """A small fit: the field, the profile if there is one, and the wall-clock time."""
    found = []
    began = time.perf_counter()
    field = redraw.fit(
        PICTURE,
        model="siren",
        steps=20,
        hidden=(16,),
        engine=changes.pop("engine", "reference"),
        on_event=found.append,
        **changes,
    )
    profiles = [event for event in found if isinstance(event, Profiled)]
    if profiles:
        assert found[-2:-1] == profiles, "it comes before the last event"
    return field, profiles[0].profile if profiles else None, time.perf_counter() - began


@pytest.mark.parametrize("engine", ["reference", "cpu"])
def test_a_fit_tells_where_its_time_went_if_asked(engine):
    _, profile, wall = fit(engine=engine, profile=True)
    shares = sum(part.share for part in profile.parts)
    assert shares == pytest.approx(1.0, abs=0.01)
    assert sum(part.seconds for part in profile.parts) == pytest.approx(profile.seconds, rel=0.01)
    assert profile.seconds <= wall
    assert profile.steps == 20
    names = {part.name for part in profile.parts}
    assert {"forward", "backward", "optimizer", "Python", "drawing"} <= names
    assert fit(engine=engine)[1] is None


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_a_spline_tells_seconds_without_rates(engine):
    """Its work depends on its numbers: nothing can be counted beforehand."""
    found = []
    picture = np.random.default_rng(0).random((24, 24, 3), np.float32)
    redraw.fit(picture, model="spline", steps=2, engine=engine, on_event=found.append, profile=True)
    (profiled,) = [event for event in found if isinstance(event, Profiled)]
    steps = {part.name: part for part in profiled.profile.parts}["optimizer"]
    assert steps.seconds > 0.0
    assert steps.gflops is None


def test_being_asked_changes_nothing():
    quiet, told = fit(engine="cpu")[0], fit(engine="cpu", profile=True)[0]
    for name, value in quiet.state_dict().items():
        assert torch.equal(value, told.state_dict()[name]), name


def test_it_is_plain_json():
    _, profile, _ = fit(profile=True)
    event = json.loads(json.dumps(Profiled(profile).to_json()))
    assert event["event"] == "profile"
    assert event["facts"]["engine"] == "reference"
    assert event["limits"]["multiply"] > 0
    assert {"name", "seconds", "share", "gflops", "of_limit"} <= set(event["parts"][0])


def test_rates_and_shares_by_hand(monkeypatch):
    monkeypatch.setattr(module, "measure_limits", lambda **_: LIMITS)
    field = Field.build(FieldConfig(channels=1, hidden=(3,)))  # 2 -> 3 -> 1
    meter = Meter()
    seconds = {"encoding": 0.1, "forward": 0.5, "backward": 1.0, "waiting": 0.2}
    meter.take(StepTimes(seconds, points=10**9, pixels=10**9, steps=10, threads=2))
    profile = make_profile(meter, field, StepSpec(), FACTS)
    parts = {part.name: part for part in profile.parts}
    assert parts["forward"].gflops == pytest.approx(18 / 0.5)
    assert parts["forward"].gigabytes == pytest.approx(48 / 0.5)
    # 36 % of the products, but 192 % of what moves 48 bytes per point.
    assert parts["forward"].of_limit == pytest.approx(96 / 50)
    assert parts["backward"].gflops == pytest.approx(24 / 1.0)
    assert parts["waiting"].gflops is parts["waiting"].of_limit is None


def test_what_an_engine_does_not_tell_apart_is_added_up(monkeypatch):
    monkeypatch.setattr(module, "measure_limits", lambda **_: LIMITS)
    field = Field.build(FieldConfig(channels=1, hidden=(3,)))
    work = {}
    for names in (("encoding", "forward", "loss", "backward", "scatter", "optimizer"), ("step",)):
        meter = Meter()
        meter.take(StepTimes(dict.fromkeys(names, 1.0), 10**9, 10**9, 1, 1))
        parts = make_profile(meter, field, StepSpec(), FACTS).parts
        work[names] = sum(part.gigabytes for part in parts if part.gigabytes)
    first, second = work.values()
    assert first == pytest.approx(second)


def test_a_meter_leaves_the_rest_to_python():
    meter = Meter()
    with meter("drawing"):
        time.sleep(0.02)
    time.sleep(0.03)
    seconds, total, _ = meter.end()
    assert seconds["drawing"] >= 0.02
    assert seconds["Python"] >= 0.03
    assert sum(seconds.values()) == pytest.approx(total)


def advice(seconds=None, busy=0.0, meter_threads=2, **changes):
    meter = Meter()
    meter.threads = meter_threads
    seconds = {**QUIET, **(seconds or {})}
    changes.setdefault("own_threads", changes.get("engine", FACTS.engine) == "cpu")
    facts = dataclasses.replace(FACTS, **changes)
    parts = module._parts(seconds, sum(seconds.values()), {}, LIMITS)
    return module.advise(seconds, sum(seconds.values()), busy, parts, facts, meter)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"busy": 0.5}, "busy with other work: this fit got only 50 %"),
        ({"precision": "float64"}, "float64 was asked for"),
        (
            {"engine": "reference", "refusals": {"cpu": "it has no kernel for X"}},
            "the reference engine ran, the slowest: the cpu engine can't take this: it has no",
        ),
        ({"engine": "reference", "forced": True}, "leave --engine away"),
        ({"seconds": {"drawing": 8.0}}, "--frames 2"),
        ({"seconds": {"input/output": 9.0}}, "--checkpoint-every"),
        ({"seconds": {"starting": 9.0}}, "compiled for this machine: that happens once"),
        (
            {"seconds": {"waiting": 6.0}},
            "too small for 2 threads, which wait for each other 39 % of a step:"
            " try --set batch=16384",
        ),
        ({"seconds": {"waiting": 6.0}, "batch": 40_000}, "try --threads 1"),
        ({"seconds": {"Python": 8.0}}, "so short are steps of 4,096 pixels: try --set batch=16384"),
        ({"seconds": {"Python": 8.0}, "batch": 40_000}, "there are no more of them"),
        ({"seconds": {"optimizer": 20.0}}, "updates 12,000 parameters after only 4,096 pixels"),
        ({}, "nothing is in the way. Most time of a step goes to backward"),
        # What there is too little of to matter.
        ({"busy": 0.1}, "nothing is in the way"),
        ({"seconds": {"drawing": 1.0}}, "nothing is in the way"),
        ({"engine": "reference", "device": "cuda"}, "nothing is in the way"),
        # The largest of several.
        ({"precision": "float64", "seconds": {"drawing": 20.0}}, "--frames 2"),
    ],
    ids=str,
)
def test_advice_names_what_would_help_most(case, words):
    said = advice(**case)
    assert words in said
    assert "\n" not in said


def test_a_fit_on_a_busy_machine_is_told_by_processor_time():
    # Two threads wanted 2 x 4 s in steps and 1 s alone.
    seconds = {"forward": 4.0, "Python": 1.0, "input/output": 3.0, "resting": 2.0}
    assert module._busy(seconds, 10.0, 9.0, 2) == pytest.approx(0.0)
    assert module._busy(seconds, 10.0, 4.5, 2) == pytest.approx(0.5)
    assert module._busy(seconds, 10.0, 20.0, 2) == 0.0
