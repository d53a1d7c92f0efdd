"""Chances of bits from many contexts at once, in whole numbers: logistic mixing.

Each context keeps how often its bit was 1, as 22 bits, and how often it was asked, as 10. Their
opinions, stretched to log odds, are added with weights that three selectors choose; the three sums
are averaged, and a last table corrects what is systematically wrong. After the bit all learn: the
counts by 1 / n, the weights along the gradient of the bit's cost.

Everything is integer, every product below 2^53: the same on all machines, in any language.

Shapes: S contexts, I inputs: theirs, the constant one and zeros; K kinds of bits, M mixers.

Sources: Mahoney 2005, "Adaptive weighing of context models for lossless data compression"; Mattern
2016, "On statistical data compression", chapter 3; docs/format.md has every rounding.
"""

import numpy as np

from redraw.kernels.compiling import inner

# Contexts at once, how many each tells apart, and kinds of bits.
SOURCES, CONTEXTS, KINDS = 13, 4096, 16
# Inputs of a mixer: a vector's worth. Mixers, and how many weights each chooses from.
INPUTS, MIXERS, SELECTED = 16, 3, 256
# Log odds are in 1/256, up to this; the correction has a knot every so many.
FARTHEST, KNOTS, APART = 3071, 33, 192
CORRECTIONS = 64
# The constant input, how quickly weights learn, and their limit.
CONSTANT, LEARNING, HEAVIEST = 256, 10, 1 << 22
# Counts end here; chances end so far from 0 and 1.
MOST_COUNTED, LEAST_CHANCE = 255, 16
# What `predict` leaves for `learn`: the mixers' log odds and the nearest knot.
TRACE = 4


@inner
def placed(contexts):
    """Contexts, each below CONTEXTS, become where the bits of each stand. (SOURCES,)"""
    for i in range(SOURCES):
        contexts[i] = (i * CONTEXTS + (contexts[i] & (CONTEXTS - 1))) * KINDS


@inner
def predict(
    table, weights, knots, stretch, squash, doubt, kind, bases, selectors, corrected, inputs, traces
):
    """The chance of 65536 that a bit is 1.

    Arrays are indexed, not cut: a row of one, handed on, is counted as in use by an atomic
    addition, which for each bit were three tenths of the time.

    Args:
        table: Chances (22 bits) and counts (10 bits). (SOURCES * CONTEXTS * KINDS,) uint32
        weights: In 1/65536. (MIXERS * SELECTED * KINDS * INPUTS,) int32
        knots: Of the correction. (KINDS * CORRECTIONS * KNOTS,) int32
        stretch: Log odds of chances of 65536. (65536,) int16
        squash: Chances of log odds from -FARTHEST - 1 on. (2 FARTHEST + 3,) int32
        doubt: How much a count's opinion weighs, in 1/65536. (1024,) int32
        kind: Of the bit.
        bases: Where each context's bits stand. (SOURCES,) int64
        selectors: One for each mixer. (MIXERS,) int64
        corrected: Which correction.
        inputs: Of each kind: filled with what was mixed. (KINDS, INPUTS) int32
        traces: Of each kind, filled. (KINDS, TRACE) int64
    """
    for i in range(SOURCES):
        entry_ = table[np.uint64(bases[i] + kind)]
        opinion = np.int64(stretch[np.uint32(entry_ >> np.uint32(16))])
        inputs[kind, i] = (opinion * np.int64(doubt[np.uint32(entry_ & np.uint32(1023))])) >> 16
    inputs[kind, SOURCES] = CONSTANT
    for i in range(SOURCES + 1, INPUTS):
        inputs[kind, i] = 0
    total = np.int64(0)
    for m in range(MIXERS):
        at = np.uint64(((m * SELECTED + selectors[m]) * KINDS + kind) * INPUTS)
        dot = np.int64(0)
        for i in range(INPUTS):
            dot += np.int64(weights[at + np.uint64(i)]) * np.int64(inputs[kind, i])
        dot >>= 16
        dot = min(max(dot, -FARTHEST), FARTHEST)
        traces[kind, m] = dot
        total += dot
    odds = (total * 21846) >> 16
    chance = np.int64(squash[odds + FARTHEST + 1])
    place = odds + FARTHEST + 1
    knot, rest = place // APART, place % APART
    at = (kind * CORRECTIONS + corrected) * KNOTS + knot
    refined = (np.int64(knots[at]) * (APART - rest) + np.int64(knots[at + 1]) * rest) // APART
    traces[kind, MIXERS] = at + (1 if rest > APART // 2 else 0)
    chance = (chance + refined + 1) >> 1
    return min(max(chance, LEAST_CHANCE), 65536 - LEAST_CHANCE)


@inner
def count(table, rates, at, bit):
    """One count learns from a bit."""
    entry_ = np.int64(table[np.uint64(at)])
    chance, seen = entry_ >> 10, entry_ & 1023
    goal = np.int64((1 << 22) - 1) if bit else np.int64(0)
    chance += ((goal - chance) * np.int64(rates[np.uint64(seen)])) >> 16
    table[np.uint64(at)] = (chance << 10) | min(seen + 1, MOST_COUNTED)


@inner
def plain(table, at):
    """The chance of 65536 that one count alone says."""
    return min(
        max(np.int64(table[np.uint64(at)] >> np.uint32(16)), LEAST_CHANCE), 65536 - LEAST_CHANCE
    )


@inner
def learn(table, weights, knots, squash, rates, kind, bases, selectors, inputs, traces, bit):
    """Learn from a bit what `predict` had to say of it.

    Args as there; `rates` are by which part a count moves, in 1/65536. (1024,) int32
    """
    for m in range(MIXERS):
        error = ((bit << 16) - np.int64(squash[traces[kind, m] + FARTHEST + 1])) * LEARNING
        at = np.uint64(((m * SELECTED + selectors[m]) * KINDS + kind) * INPUTS)
        for i in range(INPUTS):
            here = at + np.uint64(i)
            moved = weights[here] + ((error * np.int64(inputs[kind, i]) + (1 << 17)) >> 18)
            weights[here] = min(max(moved, -HEAVIEST), HEAVIEST)
    for i in range(SOURCES):
        count(table, rates, bases[i] + kind, bit)
    at = traces[kind, MIXERS]
    knots[at] += ((65535 if bit else 0) - knots[at]) >> 6
