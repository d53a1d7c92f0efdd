"""A run from its start to its field file; stopped, resumed, extended."""

import numpy as np
import pytest
from tests.engines.here import engines_here

import redraw.fitting.run.run as module
from redraw.engines.reference import ReferenceSession
from redraw.errors import FileFormatError, OutputError, RunError, UsageError
from redraw.fitting.plan.schedule import rate_at
from redraw.fitting.result.loading import load
from redraw.fitting.run.events import Glance, Planned, Progress, Started
from redraw.fitting.run.run import Run
from redraw.storage.run_folder import RunFolder

EXACT = {"footprint": "box", "samples": 4, "sharpen": 6.0, "field": {"output": "sigmoid"}}


@pytest.mark.parametrize("channels", [1, 3])
def test_the_result_draws_what_was_measured(config, run_of, channels, tmp_path):
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


def test_a_seed_decides_everything(config, run_of, same_fields):
    a, b, c = (run_of(config(seed=seed, footprint="box", samples=4))[0] for seed in (5, 5, 6))
    assert same_fields(a, b)
    assert not same_fields(a, c)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_thin_pictures_can_be_learned(config, picture, run_of, size, tmp_path):
    _, events = run_of(config(steps=20, frames=2), picture(*size), tmp_path / "a.run")
    assert events[-1].reason == "steps"


@pytest.mark.parametrize("footprint", ["point", "box"])
def test_what_stands_in_holes_changes_nothing(
    config, picture, run_of, same_fields, timeless, footprint, tmp_path
):
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


@pytest.mark.parametrize("engine", engines_here())
@pytest.mark.parametrize(("at", "optimizer"), [(0, "adam"), (1, "sgd"), (30, "sgd"), (59, "adamw")])
def test_a_stopped_run_continues_exactly(
    config, ended_alike, run_of, same_fields, started, at, engine, optimizer, tmp_path
):
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


def test_stopping_leaves_no_output_and_finishing_does(config, started, tmp_path):
    output = tmp_path / "out.redraw"
    run = started(config(output=str(output)), folder=tmp_path / "a.run")
    *_, last = (run.stop() or event for event in run.events())
    assert last.field is None
    assert not output.exists()
    assert run.result.made["steps"] == last.steps  # it can be had all the same
    assert list(Run.resume(tmp_path / "a.run").events())[-1].field == output
    assert output.exists()


@pytest.mark.parametrize("reason", ["steps", "psnr"])
def test_a_finished_run_only_says_so_again(config, kinds, run_of, reason, tmp_path):
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


def test_a_finished_run_can_be_extended(config, run_of, tmp_path):
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


def test_a_run_that_was_stopped_can_be_given_a_longer_plan(config, started, tmp_path):
    run = started(config(steps=40), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, Progress) and event.step == 10:
            run.stop()
    first, *_, last = Run.resume(tmp_path / "a.run", more=5).events()
    assert (first.step, first.steps, last.steps) == (10, 45, 45)


def test_seconds_that_were_enough_are_not_the_end_of_an_extension(config, started, clock, tmp_path):
    run = started(config(stops={"seconds": 2.0}), folder=tmp_path / "a.run")
    for event in run.events():
        if isinstance(event, Planned):
            clock.tick = 0.1
    assert event.reason == "seconds"
    *_, last = Run.resume(tmp_path / "a.run", more=15).events()
    assert (last.reason, last.steps) == ("steps", event.steps + 15)


def test_an_extension_survives_being_stopped(config, run_of, tmp_path):
    run_of(config(steps=10), folder=tmp_path / "a.run")
    run = Run.resume(tmp_path / "a.run", more=10)
    *_, last = (run.stop() or event for event in run.events())
    assert last.steps == 10
    assert list(Run.resume(tmp_path / "a.run").events())[-1].steps == 20


def test_fewer_steps_are_no_extension(config, run_of, tmp_path):
    run_of(config(steps=3), folder=tmp_path / "a.run")
    with pytest.raises(UsageError, match="steps to add are -1"):
        Run.resume(tmp_path / "a.run", more=-1)


def test_a_truncated_checkpoint_is_passed_over(config, ended_alike, run_of, started, tmp_path):
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


def test_a_run_without_its_picture_can_not_be_resumed(config, run_of, tmp_path):
    run_of(config(steps=3), folder=tmp_path / "a.run")
    (tmp_path / "a.run" / "picture.safetensors").unlink()
    with pytest.raises((RunError, FileFormatError), match=r"picture\.safetensors"):
        Run.resume(tmp_path / "a.run")


def test_a_run_is_in_use_until_it_ends(config, run_of, started, tmp_path):
    run = started(config(steps=3), folder=tmp_path / "a.run")
    with pytest.raises(RunError, match="in use"):
        Run.resume(tmp_path / "a.run")
    list(run.events())
    Run.resume(tmp_path / "a.run").folder.close()
    with pytest.raises(RunError, match="--force"):
        started(config(steps=4), folder=tmp_path / "a.run")
    _, events = run_of(config(steps=4), folder=tmp_path / "a.run", force=True)
    assert events[-1].steps == 4


def test_whoever_looks_away_early_leaves_nothing_open(config, started, tmp_path, monkeypatch):
    closed = []
    monkeypatch.setattr(ReferenceSession, "close", lambda self: closed.append(self))
    events = started(config(), folder=tmp_path / "a.run").events()
    for event in events:
        if isinstance(event, Progress):
            break
    events.close()
    assert len(closed) == 1
    assert list(Run.resume(tmp_path / "a.run").events())[-1].steps == 60


def test_a_disk_that_is_full_at_once_leaves_no_lock(config, run_of, started, tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise OutputError("can't write the picture: no space left on device")

    monkeypatch.setattr(module, "save_signal", refuse)
    with pytest.raises(OutputError) as caught:
        started(config(steps=3), folder=tmp_path / "a.run")
    monkeypatch.undo()
    _, events = run_of(config(steps=3), folder=tmp_path / "a.run", force=True)
    assert events[-1].steps == 3
    assert caught.traceback  # which would keep a lock that nobody released
