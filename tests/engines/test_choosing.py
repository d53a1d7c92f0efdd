import pytest

import redraw.engines
from redraw.engines import ENGINES, StepSpec, choose, engines
from redraw.errors import EngineError, UsageError
from redraw.fields import Field, FieldConfig

FIELD = Field.build(FieldConfig(hidden=(4,)))


class Fake:
    def __init__(self, name, rank, reason=None):
        self.name, self.rank, self.reason = name, rank, reason

    def refuse(self, field, spec):
        return self.reason


@pytest.fixture
def known(monkeypatch):
    """Two engines of which the faster one refuses."""
    fakes = {"quick": Fake("quick", 2, "it is Sunday"), "slow": Fake("slow", 1)}
    monkeypatch.setattr(redraw.engines, "engines", lambda: fakes)
    return fakes


def test_the_reference_is_always_there_and_never_preferred():
    known = engines()
    assert list(known)[-1] == "reference"
    assert [engine.rank for engine in known.values()] == sorted(
        (engine.rank for engine in known.values()), reverse=True
    )
    assert all(name == engine.name for name, engine in known.items())
    assert tuple(known) == tuple(ENGINES)


def test_auto_takes_the_fastest_that_accepts_and_says_why_others_did_not(known):
    assert choose("auto", FIELD, StepSpec()) == (known["slow"], {"quick": "it is Sunday"})
    known["quick"].reason = None
    assert choose("auto", FIELD, StepSpec()) == (known["quick"], {})


def test_a_named_engine_is_taken_or_refuses_with_its_reason(known):
    assert choose("slow", FIELD, StepSpec()) == (known["slow"], {})
    with pytest.raises(EngineError, match=r"the quick engine can't run this: it is Sunday"):
        choose("quick", FIELD, StepSpec())


def test_when_all_refuse_all_reasons_are_given(known):
    known["slow"].reason = "it is tired"
    with pytest.raises(EngineError, match="no engine can run this: it is Sunday; it is tired"):
        choose("auto", FIELD, StepSpec())


def test_an_unknown_engine_is_a_usage_error():
    with pytest.raises(UsageError, match=r"unknown engine 'turbo'; accepted: auto, .*reference"):
        choose("turbo", FIELD, StepSpec())
