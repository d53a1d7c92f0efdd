"""Fits that have so many seconds on the wall: by a clock that the tests set."""

import time

import numpy as np
import pytest
from tests.fitting.conftest import config, picture

from redraw.engines.reference import ReferenceSession
from redraw.fitting import timing
from redraw.fitting.plan import clock as clocks
from redraw.fitting.plan.clock import Clock
from redraw.fitting.run import pace
from redraw.fitting.run.run import Run
from redraw.fitting.timing import LEAST, Tried, prepare_within, size_within
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.scaling import PictureScaling


@pytest.fixture
def now(monkeypatch):
    """The time, which goes on only where a test lets it."""
    at = [100.0]
    monkeypatch.setattr(clocks.time, "monotonic", lambda: at[0])
    monkeypatch.setattr(clocks, "compiled", lambda: 0.0)
    return at


def test_start_up_does_not_count_and_the_end_is_kept_free(now):
    clock = Clock(10.0)
    now[0] += 2.0
    assert clock.left == 8.0
    with clock.starting_up():
        now[0] += 5.0
    assert (clock.left, clock.spent, clock.starting) == (8.0, 2.0, 5.0)
    clock.ending = 3.0
    assert clock.left == 5.0
    now[0] += 20.0
    assert clock.left == 0.0


def large(side=1000):
    return Picture.from_array(np.zeros((side, side), np.uint8), name="large.png")


@pytest.mark.parametrize("rated", [False, True])
def test_a_picture_is_made_as_small_as_its_seconds_ask(now, rated):
    shown, clock = large(), Clock(10.0)
    tried = Tried(1000, before=0.03, ending=0.01)  # 40 s for all
    width, height = size_within(shown, tried, clock, rated)
    share = timing.STEPPED if rated else timing.UNPLANNED
    assert width * height * 4e-5 == pytest.approx(10.0 * share, rel=0.02)


def test_what_fits_in_its_seconds_stays_as_it_is(now):
    assert size_within(large(), Tried(1000, 1e-4, 1e-4), Clock(10.0), False) == (1000, 1000)


@pytest.mark.parametrize("model", ["siren", "spline"])
def test_what_the_note_says_is_enough(now, monkeypatch, model):
    price = 4e-5
    monkeypatch.setattr(timing, "_once", lambda part, _: Tried(part.count, price * part.count, 0.0))
    found, _, _ = prepare_within(large(), 100.0, {"model": model, "seconds": 10.0})
    (note,) = found.notes
    assert note.startswith(f"in 10 s it is learned at {found.width} × {found.height}; ")
    enough = {"model": model, "seconds": float(note.rsplit(" ", 1)[1])}
    found, _, _ = prepare_within(large(), 100.0, enough)
    assert (found.size, found.notes) == ((1000, 1000), ())


def test_the_seconds_of_making_it_smaller_count(now, monkeypatch):
    """24 megapixels took 13 s of 10: making them smaller was left out of all estimates."""
    smaller, price, sizes = PictureScaling.smaller, 4e-5, []

    def slowly(self, signal, width, height, note):
        if (width, height) != signal.size:
            sizes.append(signal.count)
            now[0] += 2e-6 * signal.count
        return smaller(self, signal, width, height, note)

    monkeypatch.setattr(PictureScaling, "smaller", slowly)
    monkeypatch.setattr(timing, "_once", lambda part, _: Tried(part.count, price * part.count, 0.0))
    found, _, clock = prepare_within(large(), 100.0, {"model": "spline", "seconds": 10.0})
    assert sizes.count(10**6) == 1, "all of it is made smaller once"
    assert found.count * price <= clock.left
    assert len(found.notes) == 1
    assert f"{found.width} × {found.height}" in found.notes[0]


def test_seconds_come_from_wherever_they_were_asked(tmp_path, monkeypatch):
    seen = []

    def tried(picture, clock, asked):
        seen.append(clock.seconds)
        return Tried(1, 0.0, 0.0)

    monkeypatch.setattr(timing, "try_part", tried)
    file = tmp_path / "c.toml"
    file.write_text("seconds = 7\n")
    small = picture(12, 10)
    for asked in (
        {"seconds": 7.0},
        {"config": file},
        {"environment": {"REDRAW_SECONDS": "7"}},
    ):
        _, plan, clock = prepare_within(small, clocks.time.monotonic(), asked)
        assert plan.stops.seconds == clock.seconds == 7.0
    assert prepare_within(small, 0.0, {})[2] is None
    assert seen == [7.0, 7.0, 7.0]
    assert small.count < LEAST


def test_a_part_is_tried_and_its_sizes_are_shares(monkeypatch):
    side = 400
    y, x = np.mgrid[:side, :side]
    shown = Picture.from_array((0.5 + 0.4 * np.sin(x / 9) * np.cos(y / 7)).astype(np.float32))
    asked = {"model": "siren", "budget": 100_000, "hidden": None, "engine": "reference"}
    tried = timing.try_part(shown, Clock(10.0), asked)
    assert tried.pixels == timing.PART**2
    assert tried.before > 0.0
    assert tried.ending > 0.0


def test_a_run_by_the_clock_ends_when_its_time_is_over(now):
    asked = config(stops={"seconds": 5.0}, frames=0)
    run = Run.start(picture(), asked)
    run.clock = Clock(5.0)
    run.at.total = 1000
    events = []
    for event in run.events():
        now[0] += 1.0
        events.append(event)
    last = events[-1]
    assert last.reason == "seconds"
    assert last.steps < 1000
    assert last.clock is not None
    assert last.starting == 0.0


def test_kernels_do_not_count_wherever_they_are_compiled(now, monkeypatch):
    """The first line drawing ever learned had no step left: its kernels had taken all seconds."""
    compiled = [7.0]  # before the clock began
    monkeypatch.setattr(clocks, "compiled", lambda: compiled[0])
    clock = Clock(10.0)
    now[0] += 3.0
    compiled[0] += 2.0
    assert (clock.spent, clock.starting) == (1.0, 2.0)
    with clock.starting_up():  # not twice
        now[0] += 5.0
        compiled[0] += 4.0
    assert (clock.spent, clock.starting, clock.left) == (1.0, 7.0, 9.0)


def test_kernels_compiled_while_steps_are_timed_do_not_slow_the_plan(clock, monkeypatch):
    """A table had one step of 5,000 at first use."""
    step, made, compiled = ReferenceSession.step, [], [0.0]

    def stepping(self, *args, **options):
        made.append(1)
        if len(made) == 2:  # after that which brings most kernels
            clock.now += 7.0
            compiled[0] += 7.0
        return step(self, *args, **options)

    monkeypatch.setattr(clocks, "compiled", lambda: compiled[0])
    monkeypatch.setattr(ReferenceSession, "step", stepping)
    planned = pace.plan(Run.start(picture(), config(stops={"seconds": 5.0})))
    assert compiled[0] == 7.0
    assert planned.steps > 100, "each look at the time takes .01 s, and steps take none"


def test_the_seconds_of_compiling_are_noted():
    from numba import njit

    from redraw.kernels import compiling

    before, began = compiling.seconds(), time.perf_counter()
    njit(lambda x: x + 1)(2)
    took = time.perf_counter() - began
    assert 0.0 < compiling.seconds() - before <= took
    assert clocks.compiled() == compiling.seconds()


def test_what_any_picture_takes_is_not_put_down_to_pixels(monkeypatch):
    """Two parts tell what is fixed: .5 s, and 10 microseconds a pixel."""

    def once(part, options):
        return Tried(part.count, 0.4 + 8e-6 * part.count, 0.1 + 2e-6 * part.count)

    monkeypatch.setattr(timing, "_once", once)
    found = timing.try_part(large(), Clock(10.0), {"model": "siren"})
    assert found.seconds(10**6) == pytest.approx(0.5 + 10.0)
    assert found.fixed == pytest.approx(0.5)


def test_a_picture_made_smaller_is_tried_again(now, monkeypatch):
    """Its edges lie closer: here each of its pixels takes twice as long."""
    seen = []

    def once(part, options):
        seen.append(part.count)
        price = 5e-5 if len(seen) <= 3 else 1e-4
        return Tried(part.count, 0.7 * price * part.count, 0.3 * price * part.count)

    monkeypatch.setattr(timing, "_once", once)
    found, plan, clock = prepare_within(large(), 100.0, {"model": "cel", "seconds": 20.0})
    assert found.count * 1e-4 == pytest.approx(20.0 * timing.STEPPED, rel=0.05)
    assert clock.ending == pytest.approx(0.3 * 1e-4 * found.count, rel=0.01)
    assert len(found.notes) == 1
    assert plan.stops.seconds == 20.0


def test_what_is_brought_first_are_kernels_of_frames_too(monkeypatch):
    frames = []

    def once(part, options):
        frames.append(options["frames"])
        return Tried(part.count, 1e-5 * part.count, 1e-6 * part.count)

    monkeypatch.setattr(timing, "_once", once)
    timing.try_part(large(), Clock(10.0), {"model": "siren"})
    assert frames[0] > 0
    assert frames[1:] == [0, 0]
