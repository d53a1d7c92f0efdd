"""Small runs, their surroundings, and ways to compare how they ended."""

import dataclasses

import numpy as np
import pytest
import torch

from redraw.engines import StepResult
from redraw.engines.reference import ReferenceSession
from redraw.fields import FieldConfig
from redraw.fitting.plan.config import RunConfig, Stops, TrainConfig
from redraw.fitting.run import loop, pace
from redraw.fitting.run.events import Glance
from redraw.fitting.run.run import Run
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.run_folder import RunFolder

TIMES = {"seconds", "remaining", "points_per_second"}


def picture(width=12, height=10, channels=1, known=None):
    y, x = np.mgrid[:height, :width]
    plane = 0.5 + 0.4 * np.sin(x / 2 + y / 3)
    values = np.stack([np.roll(plane, c, 1) for c in range(channels)], -1).astype(np.float32)
    return Picture(values, Colour({1: "grey", 3: "rgb"}[channels], depth=8, alpha=False), known)


def two_tone(side=16):
    y, x = np.mgrid[:side, :side]
    ring = np.abs(np.hypot(x - side / 2, y - side / 2) - side / 4) > 1.5
    return Picture(ring[..., None].astype(np.float32), Colour("grey", depth=1, alpha=False))


def config(*, field=None, stops=None, frames=0, **others):
    """A small run on the reference engine; what is no part of `RunConfig` goes to `TrainConfig`."""
    names = {f.name for f in dataclasses.fields(RunConfig)}
    run = {key: others.pop(key) for key in list(others) if key in names}
    return RunConfig(
        "siren",
        FieldConfig(**{"hidden": (8, 8), "omega": 10.0, "omega_first": 10.0, **(field or {})}),
        TrainConfig(**{"steps": 60, "batch": 32, "lr_max": 1e-2, **others}),
        Stops(**(stops or {})),
        **{"engine": "reference", "threads": 1, "frames": frames, **run},
    )


def started(asked, shown=None, folder=None, **options):
    shown = shown or picture(channels=asked.field.channels)
    return Run.start(shown, asked, folder, **options)


def run_of(*args, **options):
    """A finished run and its events, without the glances, which depend on the clock."""
    run = started(*args, **options)
    return run, [e for e in run.events() if type(e) is not Glance]


def timeless(entries):
    return [{k: v for k, v in entry.items() if k not in TIMES} for entry in entries]


def same_fields(a, b):
    states = a.field.state_dict(), b.field.state_dict()
    return states[0].keys() == states[1].keys() and all(
        torch.equal(states[0][k], states[1][k]) for k in states[0]
    )


def kinds(events):
    return [type(e).__name__ for e in events]


def ended_alike(folder, other):
    """Whether two run folders ended with the same checkpoint, log and pictures."""
    with RunFolder.open(folder, writable=False) as a, RunFolder.open(other, writable=False) as b:
        assert timeless(a.read_log()) == timeless(b.read_log())
        assert [step for step, _ in a.frames()] == [step for step, _ in b.frames()]
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert x.read_bytes() == y.read_bytes()
        one, two = a.latest_checkpoint(), b.latest_checkpoint()
    assert one.tensors.keys() == two.tensors.keys()
    assert all(torch.equal(one.tensors[k], two.tensors[k]) for k in one.tensors)
    assert timeless([one.header]) == timeless([two.header])
    return True


def handed(function):
    """A fixture that hands tests the function of its name."""
    return pytest.fixture(scope="session", name=function.__name__)(lambda: function)


config_fixture, started_fixture, run_of_fixture = map(handed, (config, started, run_of))
picture_fixture, two_tone_fixture = map(handed, (picture, two_tone))
kinds_fixture, timeless_fixture = map(handed, (kinds, timeless))
same_fields_fixture, ended_alike_fixture = map(handed, (same_fields, ended_alike))


class Clock:
    """Stands in for the module `time`: every look at the performance counter takes a tick."""

    def __init__(self, tick=0.01):
        self.now, self.tick, self.slept = 0.0, tick, []

    def perf_counter(self):
        self.now += self.tick
        return self.now

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (loop, pace):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(pace.clocks, "compiled", lambda: 0.0)  # by the machine's own clock
    return clock


@pytest.fixture
def failing(monkeypatch):
    """`failing(n, ...)`: the n-th calls of a step (from 1, over all sessions) lose their number."""
    step, calls = ReferenceSession.step, []

    def install(*bad, spoil=False):
        def stepping(self, *args, **options):
            calls.append(args[1])
            found = step(self, *args, **options)
            if len(calls) not in bad:
                return found
            if spoil:  # the loss is fine; what the update made of the parameters is not
                with torch.no_grad():
                    next(self.field.parameters()).fill_(torch.inf)
                return found
            return StepResult(float("nan"), float("nan"))

        monkeypatch.setattr(ReferenceSession, "step", stepping)
        return calls

    return install
