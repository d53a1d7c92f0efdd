"""Words that threads share: nothing is lost, and no work is handed out twice."""

import threading

import numpy as np
from numba import njit

from redraw.kernels import atomics

WORD = 8
TIMES = 20_000


@njit(nogil=True)
def add_often(words, times):
    for _ in range(times):
        atomics.add(words, WORD, 1)


@njit(nogil=True)
def claim_all(words, ticket, limit, taken):
    while True:
        number = atomics.claim(words, WORD, ticket, limit)
        if number < 0:
            break
        taken[number] += 1


@njit
def replaced(words, old, new):
    return atomics.replace(words, WORD, old, new)


@njit
def exchanged(words, new):
    return atomics.exchange(words, WORD, new)


@njit
def waited(words, value):
    return atomics.wait(words, WORD, value, 10)


def together(work, threads=4):
    """Run `work(n)` in threads."""
    running = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_no_addition_is_lost():
    words = np.zeros(16, np.int64)
    together(lambda _: add_often(words, TIMES))
    assert words[WORD] == 4 * TIMES
    assert words.sum() == words[WORD]


def test_each_number_is_claimed_once():
    words = np.zeros(16, np.int64)
    words[WORD] = 3 << 32
    taken = np.zeros((4, TIMES), np.int64)
    together(lambda n: claim_all(words, 3, TIMES, taken[n]))
    assert (taken.sum(axis=0) == 1).all()


def test_nothing_is_claimed_under_another_ticket():
    words = np.zeros(16, np.int64)
    words[WORD] = 4 << 32
    taken = np.zeros(5, np.int64)
    claim_all(words, 3, 5, taken)
    assert not taken.any()
    assert words[WORD] == 4 << 32


def test_what_is_replaced_was_what_it_was_said_to_be():
    words = np.full(16, 7, np.int64)
    assert not replaced(words, 6, 1)
    assert words[WORD] == 7
    assert replaced(words, 7, 1)
    assert words[WORD] == 1
    assert exchanged(words, 5) == 1
    assert waited(words, 5)
    assert not waited(words, 6)
