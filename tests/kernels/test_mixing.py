"""Chances from many contexts, against the second reader of docs/format.md."""

import numpy as np
from numba import njit
from tests.golden.plain_stream import Stream

from redraw.coding.tables import Model, tables
from redraw.kernels import mixing
from redraw.kernels.mixing import CONTEXTS, INPUTS, KINDS, MIXERS, SOURCES, TRACE


@njit
def chance_of(model, made, kind, bases, selectors, corrected, inputs, traces):
    table, weights, knots = model
    stretch, squash, doubt, _ = made
    return mixing.predict(
        table, weights, knots, stretch, squash, doubt, kind, bases, selectors, corrected, inputs,
        traces,
    )  # fmt: skip


@njit
def learn(model, made, kind, bases, selectors, inputs, traces, bit):
    table, weights, knots = model
    _, squash, _, rates = made
    mixing.learn(table, weights, knots, squash, rates, kind, bases, selectors, inputs, traces, bit)


class Told(Stream):
    """A plain stream that is told its bits, and keeps the chances that it was asked for."""

    def __init__(self):
        super().__init__(b"", 0, 0)
        self.bits, self.chances = [], []

    def bit(self, chance):
        self.chances.append(chance)
        return self.bits.pop(0)


def test_chances_and_all_that_is_learned_are_as_the_format_says():
    rng = np.random.default_rng(7)
    model, made, plain = Model.of(0, 0), tables(), Told()
    ours = (model.table, model.weights, model.knots)
    lists = (made.stretch, made.squash, made.doubt, made.rates)
    inputs, traces = np.zeros((KINDS, INPUTS), np.int32), np.zeros((KINDS, TRACE), np.int64)
    for _ in range(400):
        contexts = rng.integers(0, 3, SOURCES)  # few, so that they come again and learn
        selectors = rng.integers(0, 2, MIXERS)
        kind, corrected, bit = rng.integers(0, 2), rng.integers(0, 2), rng.integers(0, 2)
        bases = (np.arange(SOURCES) * CONTEXTS + contexts) * KINDS
        chance = chance_of(ours, lists, kind, bases, selectors, corrected, inputs, traces)
        learn(ours, lists, kind, bases, selectors, inputs, traces, bit)
        plain.bits.append(int(bit))
        plain.mixed(contexts.tolist(), selectors.tolist(), int(corrected), int(kind))
        assert chance == plain.chances[-1]
    assert np.ptp(plain.chances) > 10_000  # it did learn
