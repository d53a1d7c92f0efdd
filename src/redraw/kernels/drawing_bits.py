"""Bits and whole numbers of a coded drawing: what all of its sections are written with.

A bit that something is known of is mixed of many contexts (`redraw.kernels.mixing`); a number is
whether it is zero, its sign, whether it is larger than 1, 2, ... and what is left in Exp-Golomb.
All of it is whole: every machine reads what any machine wrote. docs/format.md says it again.

What a section learns as it goes is one tuple, its `state`: coder (WORDS,) int64, data (n,) uint8,
escapes (2 LENGTHS,) int32, then what `redraw.kernels.mixing.predict` takes up to `doubt`, rates,
costs (4097,) float32, and room for inputs (KINDS, INPUTS) int32, traces (KINDS, TRACE) int64 and
chances (KINDS,) int64.
"""

import numpy as np

from redraw.kernels.binary_coder import coded_bit
from redraw.kernels.compiling import inner
from redraw.kernels.exp_golomb import exp_golomb
from redraw.kernels.mixing import (
    CONTEXTS,
    INPUTS,
    KINDS,
    TRACE,
    count,
    learn,
    plain,
    predict,
)

# Kinds of a number's bits: 0 whether it is zero, 1 ... whether it is larger than that; its sign.
ESCAPE, SIGN = 14, 15
# No number is larger; and up to this size all smaller ones are tried.
LARGEST, TRIED = 1 << 24, 12
# What is done: read; write what is there; write what is cheapest.
READ, WRITE, CHOOSE = 0, 1, 2


@inner
def hashed(value):
    """A number from 0 to 4095 for any from 0 to 2^30."""
    return ((value * 40503) >> 4 ^ value) & (CONTEXTS - 1)


@inner
def signed(value):
    """0, 1 or 2: zero, above, below."""
    return 0 if value == 0 else (1 if value > 0 else 2)


@inner
def mixed_bit(state, kind, bases, selectors, corrected, bit, task):
    """A bit that all contexts have a say about.

    Args:
        state: See the module.
        kind: Of the bit.
        bases: Of its contexts, by `placed`. (SOURCES,)
        selectors: (MIXERS,)
        corrected: Which correction.
        bit: What is written.
        task: `READ`, or to write.
    """
    _predicted(state, kind, bases, selectors, corrected)
    return _predicted_bit(state, kind, bases, selectors, bit, task)


@inner
def _predicted(state, kind, bases, selectors, corrected):
    """The chance of a bit, which `_predicted_bit` takes from `state`."""
    _, _, _, table, weights, knots, stretch, squash, doubt, _, _, inputs, traces, chances = state
    chances[kind] = predict(
        table, weights, knots, stretch, squash, doubt, kind, bases, selectors, corrected,
        inputs, traces,
    )  # fmt: skip
    return chances[kind]


@inner
def _predicted_bit(state, kind, bases, selectors, bit, task):
    """A bit whose chance is known."""
    coder, data, _, table, weights, knots, _, squash, _, rates, _, inputs, traces, chances = state
    bit = coded_bit(coder, data, chances[kind], bit, task == READ)
    learn(table, weights, knots, squash, rates, kind, bases, selectors, inputs, traces, bit)
    return bit


@inner
def plain_bit(state, source, context, kind, bit, task):
    """A bit that one count alone tells of: that of a source's context and kind."""
    coder, data, _, table, _, _, _, _, _, rates, _, _, _, _ = state
    at = (source * CONTEXTS + context) * KINDS + kind
    chance = plain(table, at)
    bit = coded_bit(coder, data, chance, bit, task == READ)
    count(table, rates, at, bit)
    return bit


@inner
def rest(state, value, task):
    """A number of at least 0 in Exp-Golomb."""
    return exp_golomb(state[0], state[1], value, state[2], task == READ)


@inner
def cheapest(state, bases, selectors, corrected, wanted, weight, price):
    """The number near `wanted` that costs least: error and bits. The model learns nothing.

    Args:
        state: And the next three: as of `mixed_bit`.
        wanted: A real number.
        weight: Of its squared error.
        price: Of a bit.

    Returns:
        It, and of how many kinds of its bits, from 0 on, the chance is known now: `number` need not
        ask again, as kinds learn nothing from each other.
    """
    costs = state[10]
    negative, real = wanted < 0, abs(wanted)
    nearest = np.int64(min(real, np.float32(LARGEST)) + np.float32(0.5))
    if nearest == 0 or price == 0:
        return (-nearest if negative else nearest), 0
    chance = _predicted(state, 0, bases, selectors, corrected)
    value = np.int64(0)
    best = weight * real * real + price * costs[(65536 - chance) >> 4]
    bits = costs[chance >> 4] + np.float32(1.0)
    known = 1
    for m in range(1, min(nearest, ESCAPE) + 1):
        if m == ESCAPE:  # and what follows costs about twice its digits
            left, digits = nearest - ESCAPE + 1, 1
            while left > 1:
                left >>= 1
                digits += 2
            error = real - nearest
            if weight * error * error + price * (bits + digits) < best:
                value = nearest
            break
        chance = _predicted(state, m, bases, selectors, corrected)
        known = m + 1
        error = real - m
        cost = weight * error * error + price * (bits + costs[(65536 - chance) >> 4])
        if cost < best:
            best, value = cost, m
        bits += costs[chance >> 4]
    return (-value if negative else value), known


@inner
def number(state, bases, selectors, corrected, sign_bases, sign_selectors, value, task, known=0):
    """A whole number within `LARGEST`.

    Args:
        state: As of `mixed_bit`.
        bases: Of the contexts of its size. (SOURCES,)
        selectors: Theirs. (MIXERS,)
        corrected: Theirs.
        sign_bases: Of the contexts of its sign. (SOURCES,)
        sign_selectors: Theirs. (MIXERS,)
        value: What is written.
        task: As of `mixed_bit`.
        known: Of so many kinds `cheapest` has found the chance.
    """
    size = abs(value)
    m = np.int64(0)
    negative = np.int64(0)
    while m < ESCAPE:
        if m >= known:
            _predicted(state, m, bases, selectors, corrected)
        if not _predicted_bit(state, m, bases, selectors, np.int64(size > m), task):
            break
        if m == 0:
            negative = mixed_bit(
                state, SIGN, sign_bases, sign_selectors, 0, np.int64(value < 0), task
            )
        m += 1
    if m == ESCAPE:
        m = min(m + rest(state, size - m, task), LARGEST)
    return -m if negative else m


@inner
def state_of(coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs):
    """The state of a section, with room."""
    return (
        coder, data, escapes, table, weights, knots, stretch, squash, doubt, rates, costs,
        np.empty((KINDS, INPUTS), np.int32), np.empty((KINDS, TRACE), np.int64),
        np.empty(KINDS, np.int64),
    )  # fmt: skip
