"""What happens between the steps: frames, rests, ends, rollbacks, full disks."""

import contextlib
import dataclasses
import errno
import os
import shutil

import numpy as np
import pytest

from redraw.engines import StepResult
from redraw.engines.reference import ReferenceSession
from redraw.engines.solvers import SOLVERS
from redraw.engines.spline.alternating import AlternatingSession
from redraw.errors import DivergedError, OutputError, RunError
from redraw.fields import FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.plan.schedule import milestones, rate_at
from redraw.fitting.run.events import (
    CheckpointSaved,
    Evaluated,
    FrameSaved,
    Planned,
    Progress,
    RolledBack,
)
from redraw.fitting.run.reports import GEOMETRIC_REPORTS
from redraw.fitting.run.run import Run
from redraw.signals.picture.reading import read
from redraw.storage.run_folder import RunFolder

EXACT = {"footprint": "box", "samples": 4, "sharpen": 6.0, "field": {"output": "sigmoid"}}


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [50]), (2, [0, 50]), (5, [0, 1, 4, 14, 50])]
)
def test_frames_are_geometric_from_the_first_static_to_the_end(
    config, run_of, count, expected, tmp_path
):
    assert milestones(50, count) == expected
    run, events = run_of(config(steps=50, frames=count), folder=tmp_path / "a.run")
    assert [e.step for e in events if isinstance(e, FrameSaved)] == expected
    assert [step for step, _ in run.folder.frames()] == expected
    if count:
        last = read(run.folder.path / "frames" / "000050.png")
        drawn = run.result.render().values
        np.testing.assert_allclose(last.values, drawn, atol=0.5 / 255 + 1e-6)


def test_an_early_end_is_framed_too(config, run_of, tmp_path):
    asked = config(steps=5000, frames=4, stops={"psnr": 18.0})
    run, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[-1].reason == "psnr"
    assert run.folder.frames()[-1][0] == events[-1].steps < 5000


def test_it_rests_after_each_frame(config, run_of, clock, tmp_path):
    run_of(config(steps=50, frames=5, rest=2.5), folder=tmp_path / "a.run")
    assert sum(clock.slept) == pytest.approx(5 * 2.5)


def test_a_stop_ends_the_rest(config, started, clock, tmp_path):
    run = started(config(steps=50, frames=5, rest=1000.0), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, FrameSaved):
            run.stop()
    assert sum(clock.slept) == 0
    assert event.reason == "stopped"


def test_it_stops_at_the_steps_asked_for(config, run_of):
    _, events = run_of(config(steps=60, stops={"steps": 7}))
    assert (events[0].steps, events[-1].steps, events[-1].reason) == (7, 7, "steps")


def test_seconds_end_it_even_if_the_machine_slows_down(config, started, clock):
    run = started(config(stops={"seconds": 2.0}))
    for event in run.events():
        if isinstance(event, Planned):
            clock.tick = 0.1
    assert event.reason == "seconds"
    assert 2.0 <= event.seconds < 2.2


@pytest.mark.parametrize("at_once", [1, 16])
def test_nothing_but_the_clock_ends_a_race(config, started, clock, monkeypatch, at_once):
    """Its plan is made while the machine has other work, which then ends."""
    monkeypatch.setattr(ReferenceSession, "at_once", at_once)
    clock.tick = 0.1
    run = started(config(stops={"seconds": 2.0}))
    run.timed = True
    for event in run.events():
        if isinstance(event, Planned):
            clock.tick, planned = 0.002, event.steps
    assert event.reason == "seconds"
    assert event.steps > planned
    assert 2.0 <= event.seconds < 2.2


def test_a_long_step_that_would_end_after_the_clock_is_not_begun(
    config, started, clock, monkeypatch
):
    """Six times as long as the first: it fits after one of .2 s, not after one of .4 s."""
    monkeypatch.setattr(SOLVERS[config().train.optimizer], "later", 6.0, raising=False)
    for tick, steps in ((0.4, [1]), (0.2, [8, 9, 10])):
        clock.tick = 0.001
        run = started(config(stops={"seconds": 2.0}))
        for event in run.events():
            if isinstance(event, Planned):
                clock.tick = tick
        assert event.reason == "seconds"
        assert event.steps in steps
        assert event.seconds <= 2.0


def test_enough_quality_ends_it(config, run_of):
    _, events = run_of(config(steps=2000, stops={"psnr": 22.0}))
    assert events[-1].reason == "psnr"
    assert 22.0 <= events[-1].psnr < 26
    assert events[-1].steps < 1000
    _, events = run_of(config(steps=30, stops={"psnr": 99.0}))
    assert events[-1].reason == "steps"


def test_quality_is_seen_where_batches_are_noisy(config, run_of, two_tone):
    """One jittered position says little about its pixel's mean; the whole picture is measured."""
    asked = config(
        steps=2000, batch="full", stops={"psnr": 24.0}, footprint="box", samples=1, flat=-1.0,
        detail=4, sharpen=15.0, field={"output": "sigmoid", "hidden": (16, 16)},
    )  # fmt: skip
    _, events = run_of(asked, two_tone())
    last = [e for e in events if isinstance(e, Progress)][-1]
    assert events[-1].reason == "psnr"
    assert events[-1].psnr >= 24.0
    assert last.psnr < 23.0
    # Now and then at first; then, near the end as last measured, at every report.
    now_and_then = milestones(2000, GEOMETRIC_REPORTS)
    measured = [e.step for e in events if isinstance(e, Evaluated)]
    assert len(measured) > len([step for step in now_and_then if 0 < step <= measured[-1]])


def test_a_lost_number_rolls_back_to_half_the_rate(config, run_of, failing, tmp_path):
    """The 75th step fails: back to the state after 50, from where rates are half the plan's."""
    calls = failing(75)
    run, events = run_of(config(steps=120, checkpoint_every=0.0), folder=tmp_path / "a.run")
    (rolled,) = [e for e in events if isinstance(e, RolledBack)]
    assert (rolled.step, rolled.to_step, rolled.rate_factor) == (75, 50, 0.5)
    assert calls == [*range(75), *range(50, 120)]
    assert (events[-1].steps, events[-1].reason) == (120, "steps")
    index = events.index(rolled)
    assert events[index + 1] == CheckpointSaved(50)  # not from after the good state
    for event in events[index:]:
        if isinstance(event, Progress):
            expected = rate_at(event.step - 1, 120, schedule="cosine", lr_max=1e-2, lr_min=0.0)
            assert event.rate == expected / 2
    with RunFolder.open(run.folder.path, writable=False) as folder:
        entries = [e for e in folder.read_log() if e["event"] == "rollback"]
    assert [(e["step"], e["to_step"]) for e in entries] == [(75, 50)]


@pytest.mark.parametrize("bad", [(10,), (10, 20, 30, 40)])
def test_every_session_is_closed_once(config, run_of, bad, failing, monkeypatch):
    failing(*bad)
    opened, closed = [], []
    start = ReferenceSession.__init__
    monkeypatch.setattr(
        ReferenceSession, "__init__", lambda self, *a: opened.append(self) or start(self, *a)
    )
    monkeypatch.setattr(ReferenceSession, "close", lambda self: closed.append(self))
    with contextlib.suppress(DivergedError):
        run_of(config(steps=60))
    assert list(map(id, opened)) == list(map(id, closed))
    assert len(opened) == (2 if len(bad) == 1 else 4)


def test_after_three_rollbacks_it_gives_up(config, started, failing, tmp_path):
    failing(10, 20, 30, 40)
    events = []
    with pytest.raises(DivergedError) as caught:
        events.extend(started(config(steps=100), folder=tmp_path / "a.run").events())
    message = str(caught.value)
    # 0.01 at an eighth, on the cosine's tenth step.
    assert "non-finite at step 10, after 3 rollbacks and at a rate of 0.0012" in message
    assert "--set lr_max=0.0003" in message
    assert "\n" not in message
    with RunFolder.open(tmp_path / "a.run") as folder:
        assert folder.latest_checkpoint().step == 0


def test_three_rollbacks_can_be_survived(config, run_of, failing):
    failing(10, 20, 30)
    _, events = run_of(config(steps=20))
    assert [e.rate_factor for e in events if isinstance(e, RolledBack)] == [0.5, 0.25, 0.125]
    assert events[-1].steps == 20


def test_gradient_descent_at_an_absurd_rate_ends_in_words(config, started, tmp_path):
    asked = config(steps=100, frames=10, optimizer="sgd", lr_max=1e6, field={"activation": "relu"})
    events = []
    with pytest.raises(DivergedError, match="try a smaller one: --set lr_max="):
        for event in started(asked, folder=tmp_path / "a.run").events():
            events.append(event)
    factors = [e.rate_factor for e in events if isinstance(e, RolledBack)]
    assert factors == [0.5, 0.25, 0.125]


def test_gradient_descent_at_a_rate_slightly_too_high_recovers(config, run_of):
    """2 diverges, 1 as well; one half learns."""
    asked = config(
        steps=300, optimizer="sgd", schedule="constant", batch="full", lr_max=2.0,
        field={"activation": "silu"},
    )  # fmt: skip
    _, events = run_of(asked)
    assert [e.rate_factor for e in events if isinstance(e, RolledBack)] == [0.5, 0.25]
    gentle, _ = run_of(
        dataclasses.replace(asked, train=dataclasses.replace(asked.train, lr_max=0.5))
    )
    progress = [e.loss for e in events if isinstance(e, Progress)]
    assert events[-1].reason == "steps"
    assert progress[-1] < progress[0] / 50
    assert gentle.result.made["psnr"] == pytest.approx(events[-1].psnr, abs=1e-3)


def test_a_vanished_folder_is_an_error_in_words(config, started, tmp_path):
    folder = tmp_path / "a.run"
    run = started(config(steps=500, frames=5), folder=folder)
    with pytest.raises(RunError, match="vanished"):
        for event in run.events():
            if isinstance(event, Progress) and event.step == 10:
                shutil.rmtree(folder)
    assert not folder.exists()


@pytest.mark.parametrize("what", ["checkpoint", "frame", "log"])
def test_a_full_disk_ends_it_and_leaves_the_older_checkpoint(
    config, ended_alike, run_of, started, what, tmp_path, monkeypatch
):
    asked = config(frames=6, checkpoint_every=0.0, **EXACT)
    run_of(asked, folder=tmp_path / "whole.run")
    run = started(asked, folder=tmp_path / "cut.run")
    with pytest.raises(OutputError, match=r"[Nn]o space left"):
        for event in run.events():
            if isinstance(event, CheckpointSaved) and event.step == 9:
                refuse_writing(monkeypatch, what)
    monkeypatch.undo()
    with RunFolder.open(tmp_path / "cut.run", writable=False) as folder:
        assert folder.latest_checkpoint().step >= 9
    assert list(Run.resume(tmp_path / "cut.run").events())[-1].steps == 60
    assert ended_alike(tmp_path / "whole.run", tmp_path / "cut.run")


def refuse_writing(monkeypatch, what):
    """From now on the disk has no room for checkpoints, frames or the log."""
    part = {"checkpoint": "checkpoints", "frame": "frames", "log": "log.jsonl"}[what]
    fsync = os.fsync

    def full(descriptor):
        if part in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    def full_log(self, entry):
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise OutputError(f"can't write the log: {error.strerror}")

    if what == "log":
        monkeypatch.setattr(RunFolder, "append_log", full_log)
    else:
        monkeypatch.setattr(os, "fsync", full)


def test_what_has_no_rate_is_not_tried_again(config, started, monkeypatch, tmp_path):
    """A step of the alternating optimizer would end the same: nothing is kept to go back to."""
    step = AlternatingSession.step

    def stepping(self, pixels, number, **options):
        found = step(self, pixels, number, **options)
        return found if number < 2 else StepResult(float("nan"), float("nan"))

    monkeypatch.setattr(AlternatingSession, "step", stepping)
    spline = SplineConfig(12, 10, 1, room=60, transforms=1)
    asked = dataclasses.replace(
        config(optimizer="alternating", checkpoint_every=0.0),
        field=FieldConfig(channels=1, hidden=(), bias=False, encoding=spline),
    )
    with pytest.raises(DivergedError, match="non-finite at step 3, where"):
        list(started(asked, folder=tmp_path / "a.run").events())
    with RunFolder.open(tmp_path / "a.run") as folder:
        assert folder.latest_checkpoint().step == 2
