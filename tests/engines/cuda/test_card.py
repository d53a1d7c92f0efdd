"""The thin layer over a card, driven through its states by a card that is none."""

import contextlib

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.cuda.fake import Fake

from redraw.engines import StepSpec
from redraw.engines.cuda import session as sessions
from redraw.engines.cuda.card import Card, Host, first_line, in_halves, is_of_the_card
from redraw.engines.cuda.opening import FEWEST, is_apart, is_wide, opened
from redraw.engines.cuda.session import RECORDED, CudaSession
from redraw.engines.cuda.wide import WideSession
from redraw.engines.solvers import fresh_state
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PixelSamples

pytestmark = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")


class Told(Host):
    """Notes what is asked of it, and keeps memory that is full until less is asked for."""

    def __init__(self, room=1 << 60):
        self.said, self.room = [], room

    def recorded(self, work):
        number = len([s for s in self.said if s[0] == "record"])
        self.said.append(("record", number))
        size = RECORDED[number % len(RECORDED)]

        def replay():
            self.said.append(("replay", size))
            work()

        return replay

    def wait(self):
        self.said.append(("wait", 0))


def parts(count=40, hidden=(4,)):
    values = np.random.default_rng(0).random((count, 1), np.float32)
    field = Field.build(FieldConfig(hidden=hidden))
    samples, spec = PixelSamples(values, count, 1), StepSpec(batch=4)
    return field, samples, spec, fresh_state(field, spec.optimizer)


class Every:
    def at(self, step):
        return np.arange(4) + step % 10


def test_everything_is_recorded_once_and_a_chunk_waits_once():
    card = Told()
    session = CudaSession(*parts(), card)
    assert card.said == [("wait", 0), *(("record", n) for n in range(len(RECORDED)))]
    card.said.clear()
    session.steps(Every(), 0, rates=[0.01] * 21, sharpness=[1.0] * 21)
    # Sixteen steps told together, then five: four and one.
    assert card.said == [("replay", 16), ("replay", 4), ("replay", 1), ("wait", 0)]
    assert session.state.steps == 21


def test_the_first_step_is_not_made_twice():
    field, samples, spec, state = parts()
    before = [p.clone() for p in field.parameters()]
    session = CudaSession(field, samples, spec, state, Told())
    assert all(torch.equal(a, b) for a, b in zip(before, field.parameters(), strict=True))
    assert not any(t.any() for slots in state.slots.values() for t in slots.values())
    assert session.state.steps == 0


def test_long_steps_are_asked_for_one_by_one(monkeypatch):
    session = CudaSession(*parts(), Told())
    session._pace(1.0)
    assert session.at_once == 1
    session._pace(0.001)
    assert session.at_once == 16
    session._pace(1e-5)
    assert session.at_once == sessions.CHUNK


def test_memory_that_is_full_halves_what_is_computed_at_once(monkeypatch):
    asked = []

    def full(self):
        asked.append(self._at_work)
        if self._at_work > 1 << 18:
            raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(CudaSession, "_work", full)
    monkeypatch.setattr(CudaSession, "_prepare", lambda self: None)
    opened(*parts(), Told())
    assert asked == [1 << 20, 1 << 19, 1 << 18]
    asked.clear()

    def hopeless(self):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(CudaSession, "_work", hopeless)
    with pytest.raises(EngineError, match=r"take at least 0\.00 GB .* 17\.18 GB are free; fit a"):
        opened(*parts(), Told())
    assert FEWEST == 1024


def test_a_card_that_is_lost_is_told_in_one_line():
    card = Card.__new__(Card)
    card.device = torch.device("cuda")
    monkey = contextlib.nullcontext()
    original = torch.cuda.device
    torch.cuda.device = lambda device: monkey
    try:
        with pytest.raises(EngineError) as caught, card():
            raise RuntimeError("CUDA error: unspecified launch failure\nmore")
        assert "redraw resume" in str(caught.value)
        assert "\n" not in str(caught.value)
        with pytest.raises(RuntimeError, match="another"), card():
            raise RuntimeError("another thing")
        with pytest.raises(torch.OutOfMemoryError), card():
            raise torch.OutOfMemoryError("CUDA out of memory")
    finally:
        torch.cuda.device = original
    assert not is_of_the_card(ValueError("CUDA"))
    assert first_line(RuntimeError("")) == "RuntimeError"


def test_what_goes_layer_by_layer():
    grid = FieldConfig(hidden=(8,), encoding=HashGridConfig(2, 2, 5, 3.0, 2.0))
    low = StepSpec(precision="bfloat16")
    assert is_wide(Field.build(FieldConfig(hidden=(129,))))
    assert not is_wide(Field.build(FieldConfig(hidden=(128,))))
    assert is_apart(Field.build(grid), low)
    assert not is_apart(Field.build(grid), StepSpec())
    assert not is_apart(Field.build(FieldConfig()), low)
    field, samples, spec, state = parts(hidden=(130,))
    assert type(opened(field, samples, spec, state, Told())) is WideSession


def test_batches_that_were_not_asked_for():
    session = CudaSession(*parts(), Told())
    with pytest.raises(EngineError, match="a batch of 5 pixels; the session was opened for 1 to 4"):
        session.step(np.arange(5), 0, rate=0.1, sharpness=1.0)


def test_two_fits_on_one_card_are_as_each_alone():
    def fits(*, together):
        card = Fake()
        made = [parts(hidden=(units,)) for units in (3, 5)]
        sessions = []
        for one in made:
            sessions.append(CudaSession(*one, card))
            if not together:
                sessions[-1].steps(Every(), 0, rates=[0.01] * 5, sharpness=[1.0] * 5)
        if together:
            for begin, count in ((0, 1), (1, 4)):
                for session in sessions:
                    session.steps(Every(), begin, rates=[0.01] * count, sharpness=[1.0] * count)
        return [p for field, *_ in made for p in field.parameters()]

    for alone, beside in zip(fits(together=False), fits(together=True), strict=True):
        assert torch.equal(alone, beside)


def test_a_drawing_that_does_not_fit_is_drawn_in_halves():
    asked = []

    def draw(first, last):
        asked.append((first, last))
        if last - first > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return np.arange(first, last)[:, None].astype(np.float32)

    whole = in_halves(draw, 10, Fake(), "10 rows")
    assert np.array_equal(whole[:, 0], np.arange(10))
    assert asked == [(0, 10), (0, 5), (0, 3), (3, 6), (6, 9), (9, 10)]

    def hopeless(first, last):
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(
        EngineError, match=r"drawing 10 rows takes .* 3\.22 GB that are free; close"
    ):
        in_halves(hopeless, 10, Fake(), "10 rows")


def test_what_is_played_back_is_minded():
    """The fake refuses what a card would: else the tests that use it would prove nothing."""
    card = Fake()
    with pytest.raises(AssertionError, match="current"):
        card.recorded(lambda: None)
    with card():
        replay = card.recorded(lambda: None)
        replay()
        with pytest.raises(AssertionError, match="asked before"):
            card.recorded(lambda: None)
        card.wait()
    with pytest.raises(AssertionError, match="another card"):
        replay()
    card.lost_at = 1
    with pytest.raises(EngineError, match="card cpu failed"), card():
        replay()
