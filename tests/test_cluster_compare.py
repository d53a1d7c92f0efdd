"""Comparisons and searches on a Ray cluster of this machine."""

import numpy as np
import pytest

from redraw.compare.entrants import Entrant, Terms
from redraw.compare.race import Failed, Race
from redraw.compare.space import Space
from redraw.compare.topic import topic_of
from redraw.fitting.run.events import Finished
from redraw.signals.picture.picture import Picture


@pytest.fixture
def topic():
    values = np.random.default_rng(0).uniform(0, 1, (16, 16, 3)).astype(np.float32)
    return topic_of(Picture.from_array(values, name="noise"))


TERMS = Terms(steps=30, seeds=2, threads=1, engine="reference")


@pytest.mark.slow
def test_entrants_on_a_cluster_come_to_what_they_do_here(topic):
    pytest.importorskip("ray", reason="redraw[cluster] is not installed")
    from redraw.cluster.fits import RayRace
    from redraw.cluster.joining import LOCAL

    entrants = [
        Entrant("siren", {"model": "siren"}),
        Entrant("relu", {"model": "relu"}),
        Entrant("bad", {"model": "siren", "hidden": "0"}),
    ]
    here, there = Race(topic, entrants, TERMS), RayRace(LOCAL, topic, entrants, TERMS)
    for _ in here.events():
        pass
    fields, topic.fields = topic.fields, {}
    heard = list(there.events())
    assert sum(isinstance(one.event, Finished) for one in heard) == 4
    assert sum(isinstance(one.event, Failed) for one in heard) == len(there.failures) == 2
    told = {(o.name, o.seed): o.values for o in here.outcomes}
    assert told == {(o.name, o.seed): o.values for o in there.outcomes}
    xy = np.random.default_rng(1).uniform(-1, 1, (50, 2)).astype(np.float32)
    for key, field in fields.items():
        expected, found = field(xy).detach(), topic.fields[key](xy).detach()
        assert np.array_equal(np.asarray(expected), np.asarray(found))


@pytest.mark.slow
def test_trials_on_a_cluster(topic, tmp_path):
    pytest.importorskip("ray", reason="redraw[cluster] is not installed")
    pytest.importorskip("optuna", reason="redraw[tune] is not installed")
    from redraw.cluster.fits import RayTuning
    from redraw.cluster.joining import LOCAL

    space = Space(topic.signal, "siren", "1k")
    terms = Terms(steps=20, threads=1, engine="reference")
    search = RayTuning(LOCAL, topic, space, terms, tmp_path / "a.tune")
    tried = list(search.trials(3))
    assert sorted(one.number for one in tried) == [0, 1, 2]
    assert search.done == 3
    again = RayTuning(LOCAL, topic, space, terms, tmp_path / "a.tune", resume=True)
    assert [one.number for one in again.trials(4)] == [3]
    assert again.best is not None
    assert again.best.value == max(t.value for t in [*tried, again.best] if t.value is not None)
