"""How a caller tells its workers of a step, and who has to be woken for it."""

import numpy as np

from redraw.kernels.tickets import (
    FINISHED,
    RUNNING,
    SHARD,
    SHARDS_DONE,
    TICKET,
    UNIT,
    UNITS_DONE,
    WORDS_PER_WORKER,
    WORKERS,
    next_ticket,
    publish,
)


def control(workers):
    return np.zeros(WORKERS + WORDS_PER_WORKER * workers, np.int64)


def test_a_published_step_begins_all_counters_under_its_ticket():
    words = control(2)
    words[[SHARD, SHARDS_DONE, UNIT, UNITS_DONE]] = 99
    assert publish(words, 5, 2) == 0  # nobody sleeps
    assert words[TICKET] == 5
    assert words[FINISHED] == 4 * 5 + RUNNING
    assert (words[[SHARD, SHARDS_DONE, UNIT, UNITS_DONE]] == 5 << 32).all()


def test_a_worker_sees_a_new_ticket_or_goes_to_sleep():
    words = control(2)
    publish(words, 5, 2)
    assert next_ticket(1, 4, words, 10) == 5
    assert next_ticket(1, 5, words, 10) == -1
    # It sleeps: whoever publishes must wake it, and the other one not.
    assert publish(words, 6, 2) == 0b01
    assert next_ticket(1, 5, words, 10) == 6


def test_each_sleeping_worker_is_woken_once():
    words = control(3)
    publish(words, 1, 3)
    for worker in (1, 3):
        assert next_ticket(worker, 1, words, 0) == -1
    assert publish(words, 2, 3) == 0b101
    assert publish(words, 3, 3) == 0


def test_no_two_words_share_a_cache_line():
    own = [TICKET, SHARD, SHARDS_DONE, UNIT, UNITS_DONE, FINISHED, WORKERS]
    own += [WORKERS + WORDS_PER_WORKER * n for n in range(1, 4)]
    assert (np.diff(np.sort(own)) * 8 >= 64).all()
