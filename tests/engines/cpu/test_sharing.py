"""Calls shared among threads that are kept."""

import os
import signal
import threading

import pytest

from redraw.engines.cpu.sharing import share


def test_each_call_is_made_once_in_a_thread_of_its_own():
    made, together = [], threading.Barrier(3, timeout=600)

    def call(number):
        together.wait()  # all three at the same time
        made.append((number, threading.get_ident()))

    share(call, [(0,), (1,), (2,)])
    assert sorted(number for number, _ in made) == [0, 1, 2]
    assert len({thread for _, thread in made}) == 3
    assert dict(made)[0] == threading.get_ident()


def test_threads_are_kept():
    seen = set()
    for _ in range(50):
        share(lambda _: seen.add(threading.get_ident()), [(0,), (1,)])
    before = threading.active_count()
    for _ in range(50):
        share(lambda _: seen.add(threading.get_ident()), [(0,), (1,)])
    assert threading.active_count() == before
    assert len(seen) == 2


def test_calls_may_share_in_turn():
    made = []

    def outer(number):
        share(lambda inner: made.append((number, inner)), [(0,), (1,), (2,)])

    share(outer, [(0,), (1,), (2,)])
    assert sorted(made) == [(a, b) for a in range(3) for b in range(3)]


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_an_error_is_raised_when_all_have_ended(broken):
    ended = []

    def call(number):
        if number == broken:
            raise ZeroDivisionError(f"in {number}")
        ended.append(number)

    with pytest.raises(ZeroDivisionError, match=f"in {broken}"):
        share(call, [(0,), (1,), (2,)])
    assert sorted(ended) == sorted({0, 1, 2} - {broken})
    share(call, [(3,), (4,), (5,)])
    assert sorted(ended)[-3:] == [3, 4, 5]


def test_what_was_shared_is_not_kept_alive():
    class Large:
        def __del__(self):
            gone.append(True)

    gone = []
    share(lambda _: None, [(Large(),), (Large(),)])
    assert len(gone) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking with threads: that is it
def test_a_forked_process_has_threads_of_its_own():
    share(lambda _: None, [(0,), (1,)])
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # rather than wait for ever
        share(lambda _: None, [(0,), (1,)])
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
