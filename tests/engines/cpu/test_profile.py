"""Where the CPU engine says that its time went; noting it changes nothing."""

import time

import numpy as np
import pytest

from redraw.engines.contract import StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.limits import measure_limits
from redraw.engines.reference import ReferenceEngine
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.kernels import clock
from redraw.signals.samples import PixelSamples

GRID = FieldConfig(
    channels=3,
    hidden=(32,),
    activation="relu",
    encoding=HashGridConfig(n_levels=4, log2_hashmap_size=10),
)
PLAIN = FieldConfig(channels=3, hidden=(32, 32))


def samples(**changes):
    values = np.random.default_rng(0).random((64 * 64, 3)).astype(np.float32)
    return PixelSamples(values, 64, 64, **changes)


def opened(config, engine=CpuEngine, threads=2, **changes):
    field = Field.build(config, 1)
    return field, engine().open(field, samples(**changes), StepSpec(threads=threads, batch=2048))


def train(session, steps, first=0):
    """Some steps; their wall-clock time."""
    pixels = np.arange(2048)
    began = time.perf_counter()
    for step in range(first, first + steps):
        session.step(pixels, step, rate=1e-3, sharpness=1.0)
    return time.perf_counter() - began


def shares(session, steps):
    """Of each step's wall-clock time, the share that its parts name; the first step not counted."""
    train(session, 1)
    found = []
    for step in range(1, 1 + steps):
        before = sum(session.times().seconds.values())
        wall = train(session, 1, first=step)
        found.append((sum(session.times().seconds.values()) - before) / wall)
    return found


@pytest.mark.parametrize("config", [PLAIN, GRID], ids=["plain", "grid"])
@pytest.mark.parametrize("engine", [CpuEngine, ReferenceEngine])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_parts_add_up_to_the_steps(config, engine, threads):
    _, session = opened(config, engine, threads, footprint="box", samples=16)
    wall = train(session, 8)
    times = session.times()
    best = max(shares(session, 8))
    session.close()
    assert all(seconds >= 0.0 for seconds in times.seconds.values())
    # What the clocks differ by.
    assert sum(times.seconds.values()) <= 1.01 * wall
    # Preparing a step in Python; the best of eight, as others may use the machine meanwhile.
    assert best >= 0.8


def test_each_part_that_does_something_takes_time():
    _, plain = opened(PLAIN)
    _, grid = opened(GRID)
    train(plain, 3)
    train(grid, 3)
    plain.close()
    grid.close()
    some = ("encoding", "forward", "loss", "backward", "optimizer")
    assert all(plain.times().seconds[name] > 0.0 for name in some)
    assert plain.times().seconds["scatter"] == 0.0
    assert all(grid.times().seconds[name] > 0.0 for name in (*some, "scatter"))


@pytest.mark.parametrize("engine", [CpuEngine, ReferenceEngine])
def test_points_are_counted(engine):
    busy = np.arange(64 * 64) % 3 == 0
    _, session = opened(PLAIN, engine, footprint="box", samples=9, busy=busy)
    train(session, 2)
    times = session.times()
    session.close()
    assert (times.steps, times.pixels) == (2, 2 * 2048)
    assert times.points == 2 * np.where(busy[:2048], 9, 1).sum()


def test_times_leave_no_trace_in_the_result():
    fields = []
    for disturb in (False, True):
        field, session = opened(GRID)
        train(session, 3)
        if disturb:
            session.times()
            session._times.clock[:] = np.random.default_rng(1).integers(1 << 60)
        train(session, 3, first=3)
        session.close()
        fields.append([p.detach().numpy().tobytes() for p in field.parameters()])
    assert fields[0] == fields[1]


def test_without_a_counter_the_step_is_one_part(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: 0)
    # Steps long enough that preparing them in Python hardly counts.
    _, session = opened(PLAIN, footprint="box", samples=16)
    wall = train(session, 3)
    times = session.times()
    best = max(shares(session, 8))
    session.close()
    assert times.seconds.keys() == {"step"}
    assert times.seconds["step"] <= wall
    assert best >= 0.8


@pytest.mark.skipif(not clock.now(), reason="this processor has no counter that programs may read")
def test_the_counter_is_steady():
    def moment():
        """Seconds and ticks at once: of many looks the one that nothing came in between of."""
        looks = [(time.perf_counter(), clock.now(), time.perf_counter()) for _ in range(200)]
        before, ticks, _ = min(looks, key=lambda look: look[2] - look[0])
        return before, ticks

    rates = []
    for pause in (0.01, 0.03):
        began, first = moment()
        time.sleep(pause)
        ended, last = moment()
        rates.append((last - first) / (ended - began))
    assert rates[0] == pytest.approx(rates[1], rel=0.05)


@pytest.mark.parametrize(("precision", "own"), [("float32", True), ("float64", False)])
def test_limits_are_a_machine_s(precision, own):
    limits = measure_limits(threads=1, precision=precision, touched=1 << 20, own=own)
    a = np.ones((256, 256), precision)
    a @ a
    times = []
    for _ in range(100):
        # Spread out, so that the best is one that nothing else interrupted.
        time.sleep(0.001)
        began = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - began)
    # NumPy's product is neither: all of them lie within a factor of what they try to reach.
    assert 0.1 < limits.multiply / (2 * 256**3 / min(times)) < 20.0
    assert 1e8 < limits.far <= 3.0 * limits.near
