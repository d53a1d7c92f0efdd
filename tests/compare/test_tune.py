import builtins
import json

import pytest

from redraw.compare.entrants import Terms
from redraw.compare.picture_topic import PictureTopic
from redraw.compare.race import Lane
from redraw.compare.space import Space
from redraw.compare.tune import Tuning
from redraw.errors import DivergedError, FileFormatError, OutputError, RedrawError, UsageError
from redraw.fitting.api import fit

from .conftest import drawing

TERMS = Terms(steps=15, threads=1, engine="reference")


def tuning(path, *, picture=None, terms=TERMS, budget="600", **more):
    picture = picture or drawing()
    return Tuning(PictureTopic(picture), Space(picture, "siren", budget), terms, path, **more)


def test_a_search_begins_with_the_presets_own_and_keeps_the_best(tmp_path):
    search = tuning(tmp_path / "s")
    tried = list(search.trials(4))
    assert len(tried) == search.done == 4
    own = search.space.settings({k: r.own for k, r in search.space.ranges.items()})
    assert tried[0].settings == own
    complete = [t for t in tried if t.state == "complete"]
    assert search.best.value == max(t.value for t in complete)
    best = search.best.settings
    assert len({str(t.settings) for t in tried}) == 4
    # What is claimed is what a fit with these settings gives.
    again = fit(drawing(), settings=best, steps=15, threads=1, engine="reference")
    assert again.made["psnr"] == pytest.approx(search.best.value, abs=1e-3)


def test_a_search_goes_on_where_it_was(tmp_path):
    first = list(tuning(tmp_path / "s").trials(2))
    search = tuning(tmp_path / "s", resume=True)
    more = list(search.trials(4))
    assert [t.number for t in more] == [2, 3]
    assert search.done == 4
    settings = [str(t.settings) for t in first + more]
    assert len(set(settings)) == 4
    assert search.best.number in range(4)
    assert not list(tuning(tmp_path / "s", resume=True).trials(4))


def test_a_killed_trial_does_not_count(tmp_path, monkeypatch):
    search = tuning(tmp_path / "s")
    list(search.trials(1))

    def killed(*_):
        raise SystemExit  # as far as a test can: nothing is told to the study

    monkeypatch.setattr(search._study, "tell", lambda *_, **__: None)
    monkeypatch.setattr(Lane, "turn", killed)
    with pytest.raises(SystemExit):
        list(search.trials(2))
    monkeypatch.undo()
    again = tuning(tmp_path / "s", resume=True)
    assert again.done == 1
    assert len(list(again.trials(2))) == 1


def test_stopping_leaves_the_trial_out(tmp_path):
    search = tuning(tmp_path / "s", terms=Terms(steps=10**7, threads=1, engine="reference"))
    turn = Lane.turn

    def stopping(self, seconds):
        for place, event in enumerate(turn(self, seconds)):
            if place == 5:
                search.stop()
            yield event

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lane, "turn", stopping)
        (tried,) = search.trials(3)
    assert tried.state == "stopped"
    assert search.done == 0
    assert search.best is None
    assert search.check() is None


def test_no_trial_begins_that_would_end_too_late(tmp_path):
    assert len(list(tuning(tmp_path / "s").trials(50, within=1e-6))) == 1


def test_a_trial_that_fails_is_told_and_the_search_goes_on(tmp_path, monkeypatch):
    turn = Lane.turn
    calls = []

    def sometimes(self, seconds):
        calls.append(self)
        if len(calls) == 2:
            raise DivergedError("the loss became non-finite")
        yield from turn(self, seconds)

    monkeypatch.setattr(Lane, "turn", sometimes)
    tried = list(tuning(tmp_path / "s").trials(3))
    assert [t.state for t in tried][1] == "failed"
    assert "non-finite" in tried[1].message
    assert tried[0].value is not None


def test_a_search_of_failures_only_ends(tmp_path, monkeypatch):
    def never(self, seconds):
        raise DivergedError("the loss became non-finite")
        yield

    monkeypatch.setattr(Lane, "turn", never)
    with pytest.raises(RedrawError, match="one trial after the other failed"):
        list(tuning(tmp_path / "s").trials(8))


def test_the_check_has_a_fresh_seed(tmp_path):
    search = tuning(tmp_path / "s")
    list(search.trials(2))
    checked = search.check()
    own = search.space.settings({k: r.own for k, r in search.space.ranges.items()})
    for value, settings in ((checked.own, own), (checked.tuned, search.best.settings)):
        again = fit(drawing(), settings=settings, steps=15, seed=1, threads=1, engine="reference")
        assert again.made["psnr"] == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"picture": drawing(20)}, "signal"),
        ({"terms": Terms(steps=16)}, "steps"),
        ({"budget": "700"}, "parameters"),
    ],
)
def test_another_search_is_not_gone_on_with(tmp_path, options, said):
    list(tuning(tmp_path / "s").trials(1))
    with pytest.raises(UsageError, match=f"another search: its {said} is"):
        tuning(tmp_path / "s", resume=True, **options)


def test_a_study_is_never_replaced_unless_asked_to(tmp_path):
    list(tuning(tmp_path / "s").trials(1))
    before = (tmp_path / "s").read_bytes()
    with pytest.raises(OutputError, match="go on with --resume, or start afresh with --force"):
        tuning(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == before
    assert tuning(tmp_path / "s", force=True).done == 0
    with pytest.raises(OutputError, match="no study"):
        tuning(tmp_path / "other", resume=True)


@pytest.mark.parametrize("content", ["{", "hello\n", json.dumps({"a": 1}) + "\n", "[1]\n"])
def test_a_file_that_is_no_study_is_refused(tmp_path, content):
    (tmp_path / "s").write_text(content + "\n{}\n")
    with pytest.raises(FileFormatError, match="holds no study"):
        tuning(tmp_path / "s", resume=True)


def test_without_optuna_the_way_to_it_is_named(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "optuna":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match=r"install redraw\[tune\]"):
        tuning(tmp_path / "s")
