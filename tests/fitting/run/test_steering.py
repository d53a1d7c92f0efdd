"""A run that is steered while it goes: its rate changed, saved on request, looked at."""

import dataclasses

import numpy as np
import pytest

from redraw.errors import UsageError
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.run import Run
from redraw.signals.picture.picture import Picture


@pytest.fixture
def ramp():
    return Picture.from_array(np.linspace(0.0, 1.0, 64, dtype=np.float32).reshape(8, 8))


@pytest.fixture
def plan(ramp):
    return dataclasses.replace(
        prepare(ramp, model="siren", steps=40, settings={"hidden": "8"}), frames=0
    )


def parameters(run):
    return {name: t.clone() for name, t in run.field.state_dict().items()}


def test_a_changed_rate_holds_from_the_next_step_on_and_is_logged(ramp, plan, tmp_path):
    run = Run.start(ramp, plan, tmp_path / "a.run")
    planned = [run.rate(step) for step in range(40)]
    for event in run.events():
        if event.kind == "progress" and event.step == 10:
            run.change_rate(0.5)
        if event.kind == "progress":
            factor = 1.0 if event.step <= 10 else 0.5
            assert event.rate == pytest.approx(factor * planned[event.step - 1], rel=1e-12)
    changes = [entry for entry in run.folder.read_log() if entry["event"] == "rate"]
    assert changes == [{"event": "rate", "step": 11, "rate_factor": 0.5}]


def test_a_run_whose_rate_was_changed_resumes_exactly(ramp, plan, tmp_path):
    whole, cut = (Run.start(ramp, plan, tmp_path / name) for name in ("whole.run", "cut.run"))
    for run in (whole, cut):
        for event in run.events():
            if event.kind == "progress" and event.step == 10:
                run.change_rate(0.5)
            if run is cut and event.kind == "checkpoint" and event.step == 11:
                break  # the checkpoint that follows a change; then the process is killed
        if run is cut:
            run.folder.close()
    resumed = Run.resume(tmp_path / "cut.run")
    assert resumed.at.rate_factor == 0.5
    for _ in resumed.events():
        pass
    expected = parameters(whole)
    for name, found in parameters(resumed).items():
        assert np.array_equal(found, expected[name]), name


def test_a_checkpoint_is_saved_on_request(ramp, plan, tmp_path):
    run = Run.start(ramp, plan, tmp_path / "a.run")
    saved = []
    for event in run.events():
        if event.kind == "progress" and event.step == 20:
            run.save()
        if event.kind == "checkpoint":
            saved.append(event.step)
    assert saved == [0, 21, 40]


def test_looking_at_a_run_changes_nothing(ramp, plan, tmp_path):
    run = Run.start(ramp, plan, tmp_path / "a.run")
    events = run.events()
    while next(events).kind != "checkpoint":
        pass
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    looked = Run.look(tmp_path / "a.run")  # while it is locked
    for name, found in parameters(looked).items():
        assert np.array_equal(found, parameters(run)[name])
    assert looked.fitted(12.5).made["psnr"] == 12.5
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == files
    events.close()


@pytest.mark.parametrize("factor", [-1.0, 1001.0, float("nan")])
def test_impossible_factors_are_refused(ramp, plan, factor):
    with pytest.raises(UsageError, match="accepted: from 0 to 1000"):
        Run.start(ramp, plan).change_rate(factor)
