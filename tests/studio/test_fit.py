"""What is known about a fit, from the events of its run."""

import json

import pytest

from redraw.studio.fit import MOST_POINTS, Fit

STARTED = {
    "event": "started",
    "model": "hash",
    "parameters": 7,
    "pixels": 4,
    "width": 2,
    "height": 2,
    "step": 0,
    "steps": 100,
    "engine": "cpu",
    "device": "cpu",
    "notes": ["a note"],
}


def progress(step, **more):
    """An event of logged progress."""
    known = {"step": step, "steps": 100, "seconds": step / 10, "loss": 1.0 / step, "psnr": 20.0}
    return {
        "event": "progress",
        **known,
        "rate": 0.01,
        "remaining": 1.0,
        "points_per_second": 5.0,
        **more,
    }


def heard(*events):
    """A fit that was told these."""
    fit = Fit("a")
    for event in events:
        fit.hear(event)
    return fit


def test_a_fit_is_followed_from_start_to_end():
    fit = heard(STARTED)
    assert (fit.state, fit.live, fit.notes) == ("running", True, ["a note"])
    fit.hear(progress(1))
    fit.hear({**progress(2), "event": "glance"})
    assert [point[0] for point in fit.curve] == [1]  # a glance is no point of the curve
    assert fit.facts["step"] == 2
    fit.hear({"event": "evaluation", "step": 2, "psnr": 21.5, "iou": None, "seconds": 0.2})
    fit.hear({"event": "frame", "step": 2})
    fit.hear({"event": "checkpoint", "step": 2})
    for kind, state in (("paused", "paused"), ("going", "running")):
        fit.hear({"event": kind})
        assert fit.state == state
    fit.hear({"event": "finishing", "learning": "subpixel detail"})
    assert fit.brief()["learning"] == "subpixel detail"
    fit.hear({"event": "finished", "reason": "steps", "steps": 3, "seconds": 1.0, "psnr": 22.0})
    assert (fit.state, fit.live, "learning" in fit.facts) == ("finished", False, False)
    told = json.loads(json.dumps(fit.brief()))
    assert told["best"] == 22.0
    assert told["frames"] == [2]
    assert told["saved"] == 2
    assert [point[:3] for point in told["measured"]] == [[2, 0.2, 21.5], [3, 1.0, 22.0]]


def test_every_event_is_news():
    fit = Fit("a")
    for event in (STARTED, progress(1), {"event": "paused"}, {"event": "failed", "error": "why"}):
        before = fit.version
        fit.hear(event)
        assert fit.version > before


@pytest.mark.parametrize(
    ("scores", "name", "told", "value"),
    [
        ({"learned": {"accuracy": 0.75}}, "accuracy", "75 %", 0.75),
        ({"learned": {"rmse": 0.1}, "held_out": {"rmse": 0.25}}, "RMSE, held out", "0.25", 0.25),
    ],
)
def test_a_table_is_told_by_its_score(scores, name, told, value):
    fit = heard({"event": "evaluation", "step": 1, "psnr": 9.0, "seconds": 0.5, "scores": scores})
    assert fit.facts["score"] == {"name": name, "told": told}
    assert fit.measured == [[1, 0.5, 9.0, None, value]]


def test_a_rollback_takes_the_points_after_it_away():
    fit = heard(STARTED, *(progress(step) for step in (1, 2, 3, 4)))
    fit.hear({"event": "evaluation", "step": 3, "psnr": 5.0})
    epoch = fit.epoch
    fit.hear({"event": "rollback", "step": 4, "to_step": 2, "rate_factor": 0.5})
    assert [point[0] for point in fit.curve] == [1, 2]
    assert fit.measured == []
    assert fit.epoch > epoch
    assert fit.facts["rate_factor"] == 0.5
    assert "went back to step 2" in fit.notes[-1]


def test_a_curve_stays_small_however_long_the_fit():
    fit = heard(STARTED)
    for step in range(1, 5 * MOST_POINTS):
        fit.hear(progress(step))
    steps = [point[0] for point in fit.curve]
    assert MOST_POINTS / 2 < len(steps) <= MOST_POINTS
    assert steps == sorted(set(steps))
    assert steps[0] == 1
    # The latest are all there, so that what is seen to grow grows.
    assert steps[-MOST_POINTS // 2 :] == list(
        range(5 * MOST_POINTS - MOST_POINTS // 2, 5 * MOST_POINTS)
    )


def test_a_failure_is_told_and_a_refusal_ends_nothing():
    fit = heard(STARTED, {"event": "refused", "error": "not now"})
    assert (fit.state, fit.error) == ("running", "not now")
    fit.hear({"event": "failed", "error": "the disk is full"})
    assert (fit.state, fit.error, fit.live) == ("failed", "the disk is full", False)


def test_a_run_of_the_folder_is_described_with_its_curve():
    log = [progress(1), progress(5), {"event": "rollback", "to_step": 1}, progress(2)]
    log.append({"event": "evaluation", "step": 2, "psnr": 30.0, "seconds": 0.2})
    fit = Fit("a")
    fit.describe(
        {
            "state": "stopped",
            "model": "hash",
            "step": 2,
            "frames": [0, 2],
            "rate_factor": 0.5,
            "log": log,
        }
    )
    assert [point[0] for point in fit.curve] == [1, 2]
    assert fit.facts["saved"] == 2
    assert fit.facts["best"] == 30.0
    assert fit.frames == [0, 2]
