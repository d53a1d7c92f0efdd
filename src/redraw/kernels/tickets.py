"""Steps as numbered tickets: how a caller tells its workers of one, and who sleeps.

All that threads share about it are words of `control`, read and written as atomics.
"""

from redraw.kernels.atomics import add, exchange, load, pause, replace, store
from redraw.kernels.compiling import entry

# Words of `control`, each in a cache line of its own.
TICKET, SHARD, SHARDS_DONE, UNIT, UNITS_DONE, FINISHED, WORKERS = 0, 8, 16, 24, 32, 40, 48
WORDS_PER_WORKER = 8
# FINISHED holds 4 ticket + one of: a step runs; the caller has gone to sleep; the step is done.
RUNNING, SLEEPING, DONE = 0, 1, 2
# Of the step that ends all workers.
STOP_TICKET = 0x7FFFFFFF


@entry
def publish(control, ticket, workers):
    """Begin step `ticket`. Returns a bit for each worker that sleeps and must be woken.

    Args:
        control: The words above, and those of each worker. (n,) int64
    """
    store(control, FINISHED, 4 * ticket + RUNNING)
    for word in (SHARDS_DONE, UNITS_DONE, UNIT, SHARD):
        store(control, word, ticket << 32)
    exchange(control, TICKET, ticket)
    asleep = 0
    for worker in range(workers):
        if exchange(control, WORKERS + worker * WORDS_PER_WORKER, 0) == 1:
            asleep |= 1 << worker
    return asleep


@entry
def next_ticket(worker, last, control, patience):
    """What a worker (from 1) waits for: a ticket other than `last`, or -1 if it must sleep.

    Args:
        control: The words above, and those of each worker. (n,) int64
    """
    state = WORKERS + (worker - 1) * WORDS_PER_WORKER
    for _ in range(patience):
        if load(control, TICKET) != last:
            return load(control, TICKET)
        pause()
    replace(control, state, 0, 1)
    # A step may have been published before it could see that this worker sleeps.
    if add(control, TICKET, 0) != last and replace(control, state, 1, 0):
        return load(control, TICKET)
    return -1
