"""What a run says of itself."""

import itertools
import json

import numpy as np
import pytest

from redraw.engines.reference import ReferenceSession
from redraw.fitting.plan.schedule import rate_at
from redraw.fitting.run.events import Evaluated, Finished, FrameSaved, Progress
from redraw.fitting.run.reports import report_steps
from redraw.metrics import psnr_of
from redraw.storage.run_folder import RunFolder


def test_events_come_in_order(config, kinds, run_of, tmp_path):
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


def test_without_a_folder_nothing_is_saved_and_the_rest_is_the_same(
    config, kinds, run_of, same_fields, tmp_path
):
    with_folder, events = run_of(config(steps=6, frames=3), folder=tmp_path / "a.run")
    in_memory, fewer = run_of(config(steps=6, frames=3))
    assert [k for k in kinds(events) if k not in ("CheckpointSaved", "FrameSaved")] == kinds(fewer)
    assert same_fields(with_folder, in_memory)
    assert fewer[-1].run is fewer[-1].field is None


def test_losses_are_means_over_the_steps_since_the_last_report(config, run_of, monkeypatch):
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


def test_the_log_holds_what_depends_on_the_step_alone(config, run_of, tmp_path):
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


def test_two_tone_pictures_report_their_ink(config, run_of, two_tone):
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
