import itertools
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from redraw.compare.entrants import Entrant, Terms, entrants_from
from redraw.compare.picture_topic import PictureTopic, ssim_in_bands
from redraw.compare.race import SLICE, Failed, Lane, Measured, Race
from redraw.fitting.api import fit
from redraw.fitting.run.events import Finished, Planned, Progress
from redraw.fitting.run.run import Run
from redraw.metrics import iou_of_ink, psnr
from redraw.signals.picture.picture import Picture

from .conftest import drawing

TERMS = {"threads": 1, "engine": "reference"}
TICK = 0.01


def race_of(models, picture=None, **terms):
    return Race(PictureTopic(picture or drawing()), entrants_from(models), Terms(**(TERMS | terms)))


def test_everybody_comes_to_the_same_result_as_alone(raced):
    race, _ = raced
    for outcome in race.outcomes:
        if outcome.name != "siren":
            continue
        alone = fit(drawing(), model="siren", steps=40, seed=outcome.seed, **TERMS)
        assert outcome.values["psnr"] == pytest.approx(alone.made["psnr"], abs=1e-4)
        raced_field = race.topic.fields["siren", outcome.seed]
        for one, other in zip(raced_field.parameters(), alone.parameters(), strict=True):
            assert torch.equal(one, other)


def test_measures_are_those_of_the_drawing(raced):
    race, _ = raced
    truth = drawing().fitted()
    for outcome in race.outcomes:
        drawn = race.topic.fields[outcome.name, outcome.seed].render().values
        assert outcome.values["psnr"] == pytest.approx(psnr(truth, drawn), abs=1e-3)
        assert outcome.values["iou"] == pytest.approx(iou_of_ink(truth, drawn), abs=1e-9)
        theirs = structural_similarity(
            truth[..., 0], drawn[..., 0].clip(0, 1), data_range=1.0,
            gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
        )  # fmt: skip
        assert outcome.values["ssim"] == pytest.approx(theirs, abs=1e-5)


def test_one_that_fails_is_reported_and_the_others_go_on(raced):
    race, heard = raced
    assert {(f.name, f.seed) for f in race.failures} == {("diverges", 0), ("diverges", 1)}
    assert all("non-finite" in failure.message for failure in race.failures)
    assert sum(isinstance(h.event, Failed) for h in heard) == 2
    assert {(o.name, o.seed) for o in race.outcomes} == {
        (name, seed) for name in ("siren", '<odd> & "name"') for seed in (0, 1)
    }


def test_one_that_cannot_begin_is_reported_too():
    race = Race(
        PictureTopic(drawing()),
        [Entrant("small", {"model": "siren"}), Entrant("bad", {"model": "siren", "omega": "x"})],
        Terms(steps=2, **TERMS),
    )
    list(race.events())
    assert [o.name for o in race.outcomes] == ["small"]
    assert "omega is 'x'" in race.failures[0].message


def test_memory_that_is_not_there_is_a_failure_of_one(monkeypatch):
    start = Run.start

    def short(picture, config, *rest, **more):
        if config.model == "relu":
            raise MemoryError
        return start(picture, config, *rest, **more)

    monkeypatch.setattr(Run, "start", short)
    race = race_of(["relu", "siren"], steps=2)
    list(race.events())
    assert "memory" in race.failures[0].message
    assert [o.name for o in race.outcomes] == ["siren"]


def test_a_bug_is_no_failure_of_an_entrant(monkeypatch):
    def broken(self, run):
        raise ZeroDivisionError

    monkeypatch.setattr(PictureTopic, "quality", broken)
    race = race_of(["siren"], steps=2)
    with pytest.raises(ZeroDivisionError):
        list(race.events())


def by_an_even_clock(monkeypatch):
    """Seconds of fitting by a clock that goes on when a step begins and when it ends, alone."""
    clock = SimpleNamespace(
        perf_counter=map(TICK.__mul__, itertools.count()).__next__,
        monotonic=time.monotonic,
        sleep=time.sleep,
    )
    monkeypatch.setattr("redraw.fitting.run.loop.time", clock)
    monkeypatch.setattr("redraw.fitting.run.pace.time", clock)


def test_turns_are_short_and_fair(monkeypatch):
    # 1 s of fitting each: while all of them are under way, nobody is ever more than about two
    # turns ahead of another in seconds of its own.
    by_an_even_clock(monkeypatch)
    race = race_of(["siren", "relu", "tanh"], seconds=1.0)
    seconds, apart = {}, []
    for heard in race.events():
        if isinstance(heard.event, Finished):
            break
        if isinstance(heard.event, Progress):
            seconds[heard.name] = heard.event.seconds
            if len(seconds) == 3:
                apart.append(max(seconds.values()) - min(seconds.values()))
    assert len(apart) > 10
    assert max(apart) < 2 * SLICE


def test_seconds_are_those_of_fitting_alone(monkeypatch):
    by_an_even_clock(monkeypatch)
    race = race_of(["siren"], seconds=0.6, seeds=2)
    list(race.events())
    assert len(race.outcomes) == 2
    for outcome in race.outcomes:
        measured = outcome.seconds - TICK * outcome.steps  # of which the plan was made
        assert 0.0 < measured < 0.04 * 0.6 + 2 * TICK
        assert 0.9 * 0.6 < outcome.seconds < 0.6 + 1.5 * TICK
        assert outcome.points_per_second == pytest.approx(256 / TICK)


def test_curves_begin_early_rise_in_time_and_end_with_the_result(raced):
    race, heard = raced
    for outcome in race.outcomes:
        steps = [point.step for point in outcome.curve]
        times = [point.seconds for point in outcome.curve]
        assert steps == sorted(set(steps))
        assert times == sorted(times)
        assert steps[-1] == outcome.steps == 40
        assert outcome.curve[-1].value == outcome.values["psnr"]
    assert any(isinstance(h.event, Measured) for h in heard)


def test_measured_points_are_those_of_the_field_at_that_moment(monkeypatch):
    monkeypatch.setattr("redraw.compare.race.MEASURING", 1e9)  # however slow the machine
    topic = PictureTopic(drawing())
    config = entrants_from(["siren"])[0].plan(topic.signal, Terms(steps=20, **TERMS), 0)
    lane = Lane("siren", 0, Run.start(topic.signal, config), topic)
    checked = 0
    for event in lane.turn(1e9):
        if isinstance(event, Measured):
            drawn = lane.run.drawer().values(lane_xy(16)).reshape(16, 16, 1)
            truth = topic.signal.fitted()
            assert event.value == pytest.approx(psnr(truth, drawn.clip(0, 1)), abs=1e-3)
            checked += 1
    assert checked > 5


def lane_xy(side):
    centres = (np.arange(side, dtype=np.float32) + 0.5) * 2 / side - 1
    return np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2).astype(np.float32)


def test_stopping_ends_all_where_they_are():
    race = race_of(["siren", "relu"], steps=10**6, seeds=3)
    for heard in race.events():
        if isinstance(heard.event, Progress) and heard.name == "relu":
            race.stop()
    assert {(o.name, o.seed, o.reason) for o in race.outcomes} == {
        ("siren", 0, "stopped"),
        ("relu", 0, "stopped"),
    }


def test_leaving_early_gives_back_threads():
    """Those of its sessions.

    The grid as an operation of PyTorch has a pool for the whole process, which starts a thread when
    all that it has are busy: how many there are depends on what else the machine does.
    """
    before, there = torch.get_num_threads(), set(threading.enumerate())
    race = Race(
        PictureTopic(drawing()), entrants_from(["siren", "hash"]), Terms(steps=10**6, threads=2)
    )
    events = race.events()
    for heard in events:
        if isinstance(heard.event, Progress) and heard.name == "hash":
            break
    events.close()
    left = [t.name for t in set(threading.enumerate()) - there]
    assert not [n for n in left if n.startswith("redraw-") and not n.startswith("redraw-grid")]
    assert torch.get_num_threads() == before


def test_unknown_pixels_have_no_ssim():
    known = np.ones((16, 16), bool)
    known[:4] = False
    picture = Picture(drawing().values, drawing().colour, known=known, name="holes")
    race = race_of(["siren"], picture, steps=3)
    planned = [h for h in race.events() if isinstance(h.event, Planned)]
    assert not planned
    assert race.outcomes[0].values["ssim"] is None
    assert race.outcomes[0].values["psnr"] is not None
    assert "192 of 256" in race.topic.about["known"]


@pytest.mark.parametrize("rows", [1, 7, 100])
@pytest.mark.parametrize("shape", [(40, 13, 3), (11, 30, 1), (9, 40, 1), (23, 8, 1)])
def test_ssim_in_bands_is_ssim(rows, shape):
    rng = np.random.default_rng(3)
    a = rng.random(shape, dtype=np.float32)
    b = (a + 0.2 * rng.random(shape, dtype=np.float32)).clip(0, 1)
    from redraw.metrics import ssim

    assert ssim_in_bands(a, b, rows) == pytest.approx(ssim(a, b), abs=1e-12)
