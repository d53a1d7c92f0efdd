import contextlib
import dataclasses
import errno
import itertools
import json
import os
import shutil

import numpy as np
import pytest
import torch

import redraw.fitting.run as module
from redraw.engines import StepResult, engines
from redraw.engines.reference import ReferenceSession
from redraw.errors import (
    DivergedError,
    EngineError,
    FileFormatError,
    OutputError,
    RunError,
    UsageError,
)
from redraw.fields import FieldConfig
from redraw.fitting.config import RunConfig, Stops, TrainConfig
from redraw.fitting.events import (
    CheckpointSaved,
    Evaluated,
    Finished,
    FrameSaved,
    Glance,
    Planned,
    Progress,
    RolledBack,
    Started,
)
from redraw.fitting.fitted import load
from redraw.fitting.run import Run, all_finite, pick_device, psnr_of, report_steps
from redraw.fitting.schedule import milestones, rate_at
from redraw.signals.colour import Colour
from redraw.signals.picture import Picture
from redraw.signals.reading import read
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
    monkeypatch.setattr(module, "time", clock)
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


# --- what it reports -----------------------------------------------------------------------------


def test_events_come_in_order(tmp_path):
    folder = tmp_path / "a.run"
    _, events = run_of(config(steps=4, frames=3), folder=folder)
    assert kinds(events) == [
        "Started",
        "Evaluated", "FrameSaved", "CheckpointSaved",  # the first static
        "Progress", "Evaluated", "FrameSaved",
        "Progress", "Progress",
        "Progress", "Evaluated", "FrameSaved",
        "CheckpointSaved", "Finished",
    ]  # fmt: skip
    steps = [e.step for e in events if isinstance(e, (Progress, Evaluated, FrameSaved))]
    assert steps == [0, 0, 1, 1, 1, 2, 3, 4, 4, 4]
    first, last = events[0], events[-1]
    assert (first.step, first.steps, first.pixels) == (0, 4, 120)
    assert (first.width, first.height, first.engine) == (12, 10, "reference")
    assert (last.reason, last.steps, last.run) == ("steps", 4, folder)
    assert first.parameters == last.parameters == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1
    for event in events:
        json.dumps(event.to_json(), default=tuple, allow_nan=False)


def test_without_a_folder_nothing_is_saved_and_the_rest_is_the_same(tmp_path):
    with_folder, events = run_of(config(steps=6, frames=3), folder=tmp_path / "a.run")
    in_memory, fewer = run_of(config(steps=6, frames=3))
    assert [k for k in kinds(events) if k not in ("CheckpointSaved", "FrameSaved")] == kinds(fewer)
    assert same_fields(with_folder, in_memory)
    assert fewer[-1].run is fewer[-1].field is None


def test_losses_are_means_over_the_steps_since_the_last_report(monkeypatch):
    found, step = [], ReferenceSession.step

    def listening(self, *args, **options):
        found.append(step(self, *args, **options))
        return found[-1]

    monkeypatch.setattr(ReferenceSession, "step", listening)
    _, events = run_of(config(steps=900))
    reports = [e for e in events if isinstance(e, Progress)]
    assert {0, *(e.step for e in reports)} == report_steps(900)
    before = 0
    for report in reports:
        part = found[before : report.step]
        assert report.loss == pytest.approx(np.mean([r.loss for r in part]))
        error = np.mean([r.squared_error for r in part])
        assert report.psnr == pytest.approx(-10 * np.log10(error))
        before = report.step


def test_reports_are_dense_at_first_and_even_later():
    steps = sorted(report_steps(10_000))
    assert {1, 2, 3, 50, 100, 9950, 10_000} <= set(steps)
    assert len(steps) < 250
    assert max(b - a for a, b in itertools.pairwise(steps)) <= 50
    assert report_steps(1) >= {1}


def test_the_log_holds_what_depends_on_the_step_alone(tmp_path):
    asked = config(steps=300, frames=6, schedule="cosine", lr_min=1e-4, warmup=0.1)
    run, events = run_of(asked, folder=tmp_path / "a.run")
    with RunFolder.open(run.folder.path, writable=False) as folder:
        entries = folder.read_log()
    logged = [e for e in events if type(e) in (Progress, Evaluated)]
    assert entries == [json.loads(json.dumps(e.to_json())) for e in logged]
    for entry in entries:
        if entry["event"] == "progress":
            expected = rate_at(
                entry["step"] - 1, 300, schedule="cosine", lr_max=1e-2, lr_min=1e-4, warmup=0.1
            )
            assert entry["rate"] == expected


def test_psnr_of_errors():
    assert psnr_of(0.01) == pytest.approx(20)
    assert psnr_of(0.0) == psnr_of(1e-300) == 200.0
    assert psnr_of(float("nan")) == psnr_of(float("inf")) == 0.0


@pytest.mark.parametrize("engine", engines())
def test_every_engine_fits(engine, tmp_path):
    asked = config(engine=engine, steps=150, frames=3, footprint="box", samples=4)
    run, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[0].engine == events[-1].engine == engine
    assert events[-1].psnr > 25
    assert run.result.made["engine"] == engine


def test_auto_says_why_faster_engines_did_not_take_it():
    _, events = run_of(config(engine="auto", steps=1, field={"activation": "wire-complex"}))
    assert events[0].engine == "reference"
    assert set(events[0].refusals) == engines().keys() - {"reference"}
    assert all(events[0].refusals.values())


# --- what it gives -------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_draws_what_was_measured(channels, tmp_path):
    output = tmp_path / "out.redraw"
    asked = config(
        field={"channels": channels, "output": "sigmoid"}, output=str(output),
        steps=100, sharpen=5.0, footprint="box", samples=4, seed=3,
    )  # fmt: skip
    run, events = run_of(asked, folder=tmp_path / "a.run")
    found = load(output)
    assert events[-1].field == output
    assert found.made == run.result.made
    assert found.made["model"] == "siren"
    assert found.made["seed"] == 3
    assert (found.made["steps"], found.size) == (100, (12, 10))
    assert found.sharpness == run.field.sharpness == 5.0
    drawn = found.render().values
    error = ((drawn - run.signal.fitted()).astype(np.float64) ** 2).mean()
    assert events[-1].psnr == pytest.approx(-10 * np.log10(error), abs=1e-3)
    assert np.array_equal(drawn, run.result.render().values)


def test_a_seed_decides_everything():
    a, b, c = (run_of(config(seed=seed, footprint="box", samples=4))[0] for seed in (5, 5, 6))
    assert same_fields(a, b)
    assert not same_fields(a, c)


def test_precision_is_that_of_the_parameters():
    double, _ = run_of(config(precision="float64", steps=3))
    assert {p.dtype for p in double.field.parameters()} == {torch.float64}
    half, events = run_of(config(precision="bfloat16", steps=100))
    assert {p.dtype for p in half.field.parameters()} == {torch.float32}
    # Measured as it will be drawn, whatever it was trained in.
    error = ((half.result.render().values - half.signal.fitted()).astype(np.float64) ** 2).mean()
    assert events[-1].psnr == pytest.approx(-10 * np.log10(error), abs=1e-3)
    assert events[-1].psnr > 15


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_thin_pictures_can_be_learned(size, tmp_path):
    _, events = run_of(config(steps=20, frames=2), picture(*size), tmp_path / "a.run")
    assert events[-1].reason == "steps"


def test_two_tone_pictures_report_their_ink():
    asked = config(
        steps=300, batch="full", field={"output": "sigmoid", "hidden": (16, 16)}, frames=2
    )
    _, events = run_of(asked, two_tone())
    ious = [e.iou for e in events if isinstance(e, Evaluated)]
    assert len(ious) == 2
    assert ious[0] < ious[1] == events[-1].iou
    assert events[-1].iou > 0.9
    _, events = run_of(config(steps=2, frames=2))
    assert {e.iou for e in events if isinstance(e, (Evaluated, Finished))} == {None}


@pytest.mark.parametrize("footprint", ["point", "box"])
def test_what_stands_in_holes_changes_nothing(footprint, tmp_path):
    known = np.random.default_rng(0).random((10, 12)) < 0.6
    ends = []
    for garbage in (0.0, 1.0, 0.37):
        shown = picture(known=known)
        shown.values[~known] = garbage
        folder = tmp_path / f"{garbage}.run"
        run, events = run_of(
            config(steps=40, frames=3, footprint=footprint, samples=4), shown, folder
        )
        assert events[0].pixels == known.sum()
        with RunFolder.open(folder, writable=False) as opened:
            ends.append((run, timeless(opened.read_log())))
    for run, log in ends[1:]:
        assert same_fields(run, ends[0][0])
        assert log == ends[0][1]


# --- frames and rest -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [50]), (2, [0, 50]), (5, [0, 1, 4, 14, 50])]
)
def test_frames_are_geometric_from_the_first_static_to_the_end(count, expected, tmp_path):
    assert milestones(50, count) == expected
    run, events = run_of(config(steps=50, frames=count), folder=tmp_path / "a.run")
    assert [e.step for e in events if isinstance(e, FrameSaved)] == expected
    assert [step for step, _ in run.folder.frames()] == expected
    if count:
        last = read(run.folder.path / "frames" / "000050.png")
        drawn = run.result.render().values
        np.testing.assert_allclose(last.values, drawn, atol=0.5 / 255 + 1e-6)


def test_an_early_end_is_framed_too(tmp_path):
    asked = config(steps=5000, frames=4, stops={"psnr": 18.0})
    run, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[-1].reason == "psnr"
    assert run.folder.frames()[-1][0] == events[-1].steps < 5000


def test_it_rests_after_each_frame(clock, tmp_path):
    run_of(config(steps=50, frames=5, rest=2.5), folder=tmp_path / "a.run")
    assert sum(clock.slept) == pytest.approx(5 * 2.5)


def test_a_stop_ends_the_rest(clock, tmp_path):
    run = started(config(steps=50, frames=5, rest=1000.0), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, FrameSaved):
            run.stop()
    assert sum(clock.slept) == 0
    assert event.reason == "stopped"


def test_threads_are_limited_during_the_fit_only():
    before = torch.get_num_threads()
    run = started(config(steps=3, threads=before + 1))
    seen = {torch.get_num_threads() for _ in run.events()}
    assert seen == {before + 1}
    assert torch.get_num_threads() == before


# --- when it ends --------------------------------------------------------------------------------


def test_it_stops_at_the_steps_asked_for():
    _, events = run_of(config(steps=60, stops={"steps": 7}))
    assert (events[0].steps, events[-1].steps, events[-1].reason) == (7, 7, "steps")


def test_seconds_are_turned_into_a_plan(clock, tmp_path):
    """A step takes a tick of 10 ms. 4 % of 2 s are spent on measuring, 96 % of the rest planned."""
    asked = config(stops={"seconds": 2.0}, frames=4)
    run, events = run_of(asked, folder=tmp_path / "a.run")
    (plan,) = [e for e in events if isinstance(e, Planned)]
    # A look at the clock per trial step, and what happens between steps costs nothing here.
    assert plan.steps_per_second == pytest.approx(100, rel=0.35)
    assert 120 < plan.steps < 200
    assert events[-1].steps == plan.steps
    assert 1.2 < events[-1].seconds <= 2.0
    assert run.folder.frames()[-1][0] == plan.steps
    rates = [e.rate for e in events if isinstance(e, Progress)]
    assert rates[0] == pytest.approx(1e-2)
    assert rates[-1] < 1e-5  # the schedule reaches its end


def test_seconds_end_it_even_if_the_machine_slows_down(clock):
    run = started(config(stops={"seconds": 2.0}))
    for event in run.events():
        if isinstance(event, Planned):
            clock.tick = 0.1
    assert event.reason == "seconds"
    assert 2.0 <= event.seconds < 2.2


def test_measuring_leaves_no_trace(clock):
    timed = started(config(stops={"seconds": 2.0}, footprint="box", samples=4))
    (plan,) = [e for e in timed.events() if isinstance(e, Planned)]
    counted, _ = run_of(config(steps=plan.steps, footprint="box", samples=4))
    assert same_fields(timed, counted)


def test_steps_given_with_seconds_are_the_plan(clock):
    _, events = run_of(config(stops={"seconds": 100.0, "steps": 9}))
    assert (events[-1].steps, events[-1].reason) == (9, "steps")
    _, events = run_of(config(stops={"seconds": 0.05, "steps": 900}))
    assert events[-1].reason == "seconds"
    assert events[-1].steps < 10


def test_enough_quality_ends_it():
    _, events = run_of(config(steps=2000, stops={"psnr": 22.0}))
    assert events[-1].reason == "psnr"
    assert 22.0 <= events[-1].psnr < 26
    assert events[-1].steps < 1000
    _, events = run_of(config(steps=30, stops={"psnr": 99.0}))
    assert events[-1].reason == "steps"


def test_quality_is_seen_where_batches_are_noisy():
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
    now_and_then = milestones(2000, module.GEOMETRIC_REPORTS)
    measured = [e.step for e in events if isinstance(e, Evaluated)]
    assert len(measured) > len([step for step in now_and_then if 0 < step <= measured[-1]])


# --- stopping, resuming, extending ---------------------------------------------------------------

EXACT = {"footprint": "box", "samples": 4, "sharpen": 6.0, "field": {"output": "sigmoid"}}


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


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize(("at", "optimizer"), [(0, "adam"), (1, "sgd"), (30, "sgd"), (59, "adamw")])
def test_a_stopped_run_continues_exactly(at, engine, optimizer, tmp_path):
    asked = config(
        frames=6, engine=engine, optimizer=optimizer, momentum=0.9, weight_decay=0.01, **EXACT
    )
    whole, _ = run_of(asked, folder=tmp_path / "whole.run")
    run = started(asked, folder=tmp_path / "cut.run")
    events = []
    for event in run.events():
        events.append(event)
        if (at == 0 and isinstance(event, Started)) or getattr(event, "step", -1) == at > 0:
            run.stop()
    assert (events[-1].reason, events[-1].steps) == ("stopped", at)
    again = Run.resume(tmp_path / "cut.run")
    assert again.field.sharpness == run.field.sharpness
    events = list(again.events())
    assert (events[0].step, events[-1].steps, events[-1].reason) == (at, 60, "steps")
    assert same_fields(whole, again)
    assert ended_alike(tmp_path / "whole.run", tmp_path / "cut.run")


def test_stopping_leaves_no_output_and_finishing_does(tmp_path):
    output = tmp_path / "out.redraw"
    run = started(config(output=str(output)), folder=tmp_path / "a.run")
    *_, last = (run.stop() or event for event in run.events())
    assert last.field is None
    assert not output.exists()
    assert run.result.made["steps"] == last.steps  # it can be had all the same
    assert list(Run.resume(tmp_path / "a.run").events())[-1].field == output
    assert output.exists()


@pytest.mark.parametrize("reason", ["steps", "psnr"])
def test_a_finished_run_only_says_so_again(reason, tmp_path):
    output = tmp_path / "out.redraw"
    stops = {"psnr": 16.0} if reason == "psnr" else {}
    asked = config(output=str(output), stops=stops, frames=3, steps=200, **EXACT)
    _, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[-1].reason == reason
    content = output.read_bytes()
    output.unlink()
    again = list(Run.resume(tmp_path / "a.run").events())
    assert kinds(again) == ["Started", "Finished"]
    assert again[-1] == events[-1]
    assert output.read_bytes() == content


def test_a_finished_run_can_be_extended(tmp_path):
    asked = config(steps=40, frames=4, stops={"psnr": 12.0}, **EXACT)
    _, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[-1].reason == "psnr"
    end = events[-1].steps
    run = Run.resume(tmp_path / "a.run", more=70)
    events = [e for e in run.events() if type(e) is not Glance]
    # 70 from where it ended, and a quality that was enough then is not the end now.
    assert (events[0].step, events[0].steps) == (end, end + 70)
    assert (events[-1].reason, events[-1].steps) == ("steps", end + 70)
    with RunFolder.open(tmp_path / "a.run", writable=False) as folder:
        rates = {e["step"]: e["rate"] for e in folder.read_log() if e["event"] == "progress"}
        assert folder.frames()[-1][0] == end + 70
    schedule = {"schedule": "cosine", "lr_max": 1e-2, "lr_min": 0.0}
    for step, rate in rates.items():
        assert rate == rate_at(step - 1, end + 70 if step > end else 40, **schedule)
    assert max(rates) == end + 70


def test_a_run_that_was_stopped_can_be_given_a_longer_plan(tmp_path):
    run = started(config(steps=40), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, Progress) and event.step == 10:
            run.stop()
    first, *_, last = Run.resume(tmp_path / "a.run", more=5).events()
    assert (first.step, first.steps, last.steps) == (10, 45, 45)


def test_seconds_that_were_enough_are_not_the_end_of_an_extension(clock, tmp_path):
    run = started(config(stops={"seconds": 2.0}), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, Planned):
            clock.tick = 0.1
    assert event.reason == "seconds"
    *_, last = Run.resume(tmp_path / "a.run", more=15).events()
    assert (last.reason, last.steps) == ("steps", event.steps + 15)


def test_an_extension_survives_being_stopped(tmp_path):
    run_of(config(steps=10), folder=tmp_path / "a.run")
    run = Run.resume(tmp_path / "a.run", more=10)
    *_, last = (run.stop() or event for event in run.events())
    assert last.steps == 10
    assert list(Run.resume(tmp_path / "a.run").events())[-1].steps == 20


def test_fewer_steps_are_no_extension(tmp_path):
    run_of(config(steps=3), folder=tmp_path / "a.run")
    with pytest.raises(UsageError, match="steps to add are -1"):
        Run.resume(tmp_path / "a.run", more=-1)


def test_a_truncated_checkpoint_is_passed_over(tmp_path):
    asked = config(frames=4, checkpoint_every=0.0, **EXACT)
    run_of(asked, folder=tmp_path / "whole.run")
    run = started(asked, folder=tmp_path / "cut.run")
    for event in run.events():
        if isinstance(event, Progress) and event.step == 20:
            run.stop()
    newest = max((tmp_path / "cut.run" / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:-100])
    again = Run.resume(tmp_path / "cut.run")
    first, *_ = events = list(again.events())
    assert first.step == 19
    assert any("passed over" in note for note in first.notes)
    assert events[-1].steps == 60
    assert ended_alike(tmp_path / "whole.run", tmp_path / "cut.run")


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    run_of(config(steps=5), folder=tmp_path / "a.run")
    path = tmp_path / "a.run" / "config.json"
    content = path.read_text()
    path.write_text(content.replace("0.01", "0.02"))
    with pytest.raises(RunError, match="belongs to another configuration"):
        Run.resume(tmp_path / "a.run")
    path.write_text(content)
    assert Run.resume(tmp_path / "a.run").at.step == 5  # and nothing was lost


@pytest.mark.parametrize(
    "change",
    [
        {"step": "5"}, {"step": 5.0}, {"seconds": None}, {"limited": 1}, {"done": 0},
        {"optimizer_steps": True}, {"optimizer_steps": None}, {"loss_sum": []}, {"colour": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_checkpoint_with_another_state_is_refused(change, tmp_path):
    run = started(config(steps=5), folder=tmp_path / "a.run")
    list(run.events())
    with RunFolder.open(tmp_path / "a.run") as folder:
        good = folder.latest_checkpoint()
        header = {**good.header, **change}
        folder.save_checkpoint(dataclasses.replace(good, header=header))
    with pytest.raises(
        FileFormatError, match=rf"{next(iter(change))}.* in its state; start the fit"
    ):
        Run.resume(tmp_path / "a.run")


def test_a_run_without_its_picture_can_not_be_resumed(tmp_path):
    run_of(config(steps=3), folder=tmp_path / "a.run")
    (tmp_path / "a.run" / "picture.safetensors").unlink()
    with pytest.raises((RunError, FileFormatError), match=r"picture\.safetensors"):
        Run.resume(tmp_path / "a.run")


def test_a_run_is_in_use_until_it_ends(tmp_path):
    run = started(config(steps=3), folder=tmp_path / "a.run")
    with pytest.raises(RunError, match="in use"):
        Run.resume(tmp_path / "a.run")
    list(run.events())
    Run.resume(tmp_path / "a.run").folder.close()
    with pytest.raises(RunError, match="--force"):
        started(config(steps=4), folder=tmp_path / "a.run")
    _, events = run_of(config(steps=4), folder=tmp_path / "a.run", force=True)
    assert events[-1].steps == 4


def test_whoever_looks_away_early_leaves_nothing_open(tmp_path, monkeypatch):
    closed = []
    monkeypatch.setattr(ReferenceSession, "close", lambda self: closed.append(self))
    events = started(config(), folder=tmp_path / "a.run").events()
    for event in events:
        if isinstance(event, Progress):
            break
    events.close()
    assert len(closed) == 1
    assert list(Run.resume(tmp_path / "a.run").events())[-1].steps == 60


# --- when things go wrong ------------------------------------------------------------------------


def test_a_lost_number_rolls_back_to_half_the_rate(failing, tmp_path):
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


def test_the_state_after_a_rollback_is_exactly_the_good_one(failing):
    failing(75)
    run = started(config(steps=120, optimizer="sgd", momentum=0.9, lr_max=1e-3))
    reference = started(config(steps=120, optimizer="sgd", momentum=0.9, lr_max=1e-3))
    for event in run.events():
        if isinstance(event, RolledBack):
            break
    # The 75 steps above were counted; these are beyond them.
    for seen in reference.events():
        if isinstance(seen, (Progress, Glance)) and seen.step == 50:
            break
    assert same_fields(run, reference)
    ours, theirs = run.optimizer, reference.optimizer
    assert ours.steps == theirs.steps == 50
    for name, slots in ours.slots.items():
        for slot, tensor in slots.items():
            assert torch.equal(tensor, theirs.slots[name][slot])


@pytest.mark.parametrize("bad", [(10,), (10, 20, 30, 40)])
def test_every_session_is_closed_once(bad, failing, monkeypatch):
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


def test_after_three_rollbacks_it_gives_up(failing, tmp_path):
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


def test_three_rollbacks_can_be_survived(failing):
    failing(10, 20, 30)
    _, events = run_of(config(steps=20))
    assert [e.rate_factor for e in events if isinstance(e, RolledBack)] == [0.5, 0.25, 0.125]
    assert events[-1].steps == 20


@pytest.mark.parametrize("at", [10, 50, 60])
def test_what_is_not_finite_is_never_saved(at, failing, tmp_path):
    """The loss is that of the parameters before an update; the update itself may ruin them."""
    failing(at, spoil=True)
    run = started(config(steps=60, checkpoint_every=0.0, frames=8), folder=tmp_path / "a.run")
    rolled = []
    for event in run.events():
        if isinstance(event, RolledBack):
            rolled.append(event.step)
        if isinstance(event, CheckpointSaved):
            with RunFolder.open(tmp_path / "a.run", writable=False) as folder:
                tensors = folder.latest_checkpoint().tensors
            assert all(bool(torch.isfinite(t).all()) for t in tensors.values())
    assert rolled == [at]
    assert event.steps == 60


def test_a_stop_at_a_ruined_state_saves_the_good_one(failing, tmp_path):
    at = next(step for step in range(10, 50) if step not in report_steps(1000))
    failing(at, spoil=True)
    run = started(config(steps=1000), folder=tmp_path / "a.run")
    step = run._advance

    def advancing(session):
        if run.at.step == at - 1:
            run.stop()
        return step(session)

    run._advance = advancing
    events = list(run.events())
    assert events[-1].reason == "stopped"
    assert all(bool(torch.isfinite(p).all()) for p in run.field.parameters())
    assert Run.resume(tmp_path / "a.run").at.step == events[-1].steps == 0


def test_gradient_descent_at_an_absurd_rate_ends_in_words(tmp_path):
    asked = config(steps=100, frames=10, optimizer="sgd", lr_max=1e6, field={"activation": "relu"})
    events = []
    with pytest.raises(DivergedError, match="try a smaller one: --set lr_max="):
        for event in started(asked, folder=tmp_path / "a.run").events():
            events.append(event)
    factors = [e.rate_factor for e in events if isinstance(e, RolledBack)]
    assert factors == [0.5, 0.25, 0.125]


def test_gradient_descent_at_a_rate_slightly_too_high_recovers():
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


def test_a_vanished_folder_is_an_error_in_words(tmp_path):
    folder = tmp_path / "a.run"
    run = started(config(steps=500, frames=5), folder=folder)
    with pytest.raises(RunError, match="vanished"):
        for event in run.events():
            if isinstance(event, Progress) and event.step == 10:
                shutil.rmtree(folder)
    assert not folder.exists()


@pytest.mark.parametrize("what", ["checkpoint", "frame", "log"])
def test_a_full_disk_ends_it_and_leaves_the_older_checkpoint(what, tmp_path, monkeypatch):
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
        monkeypatch.setattr(module.RunFolder, "append_log", full_log)
    else:
        monkeypatch.setattr(os, "fsync", full)


def test_a_disk_that_is_full_at_once_leaves_no_lock(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise OutputError("can't write the picture: no space left on device")

    monkeypatch.setattr(module, "save_signal", refuse)
    with pytest.raises(OutputError) as caught:
        started(config(steps=3), folder=tmp_path / "a.run")
    monkeypatch.undo()
    _, events = run_of(config(steps=3), folder=tmp_path / "a.run", force=True)
    assert events[-1].steps == 3
    assert caught.traceback  # which would keep a lock that nobody released


@pytest.mark.parametrize("name", ["tpu", "cuda", "mps", "cuda:99"])
def test_a_missing_device_is_named(name):
    if name == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    if name == "mps" and torch.backends.mps.is_available():
        pytest.skip("there is an Apple GPU here")
    with pytest.raises(
        EngineError, match=rf"device '{name}' is not there; accepted here: auto, cpu"
    ):
        pick_device(name)


def test_auto_finds_a_device():
    assert pick_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert pick_device("cpu") == "cpu"


@pytest.mark.parametrize(
    ("numbers", "finite"),
    [
        ([1.0, -2.0], True),
        ([], True),
        ([3e38, 3e38], True),  # whose sum is not
        ([1.0, np.nan], False),
        ([np.inf, -np.inf], False),
        ([1.0, 2.0 + 1j], True),
        ([1.0, complex(0.0, np.inf)], False),
    ],
)
def test_numbers_that_are_not_finite_are_found(numbers, finite):
    kind = torch.complex64 if any(isinstance(n, complex) for n in numbers) else torch.float32
    assert all_finite(torch.tensor(numbers, dtype=kind)) == finite
