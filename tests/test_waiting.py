"""Waiting: as long as asked for, and longer in a crowd."""

from tests import waiting


def turns(monkeypatch, crowd, seconds):
    """How many turns of a second each there are."""
    clock = [0.0]
    monkeypatch.setattr(waiting, "crowd", lambda: crowd)
    monkeypatch.setattr(waiting.time, "monotonic", lambda: clock[0])

    def sleep(pause):
        clock[0] += pause

    monkeypatch.setattr(waiting.time, "sleep", sleep)
    return sum(1 for _ in waiting.patiently(seconds, 1.0))


def test_what_hangs_ends_after_the_time_asked_for(monkeypatch):
    assert turns(monkeypatch, 1.0, 10) == 10


def test_in_a_crowd_of_seven_it_takes_seven_times_as_long(monkeypatch):
    assert abs(turns(monkeypatch, 7.0, 10) - 70) <= 1


def test_a_crowd_is_at_least_this_process():
    assert waiting.crowd() >= 1.0
