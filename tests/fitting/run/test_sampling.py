from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import redraw.fitting.run.sampling as sampling
from redraw.fitting.run.sampling import Batches

QUICK = settings(deadline=None, max_examples=60)
sizes = st.tuples(st.integers(1, 200), st.integers(1, 300))
# Pixels shuffled at once: all there are, or in several heaps.
heaps = st.sampled_from([sampling.HEAP, 64, 7])
seeds = st.integers(0, 2**63 - 1)


@QUICK
@given(sizes, seeds, heaps)
def test_every_pixel_is_seen_once_before_any_is_seen_twice(size, seed, heap):
    pixels, batch = size
    with patch.object(sampling, "HEAP", heap):
        batches = Batches(pixels, batch, seed)
        assert batches.batch == min(batch, pixels)
        steps = -(-3 * pixels // batches.batch)
        stream = np.concatenate([batches.at(step) for step in range(steps)])[: 3 * pixels]
    for epoch in stream.reshape(3, pixels):
        assert np.array_equal(np.sort(epoch), np.arange(pixels))


@QUICK
@given(sizes, seeds, st.lists(st.integers(0, 10**9), min_size=1, max_size=6), heaps)
def test_any_step_can_be_had_without_the_ones_before_it(size, seed, steps, heap):
    pixels, batch = size
    with patch.object(sampling, "HEAP", heap):
        walked = Batches(pixels, batch, seed)
        found = [walked.at(step).copy() for step in steps]
        for step, expected in zip(steps, found, strict=True):
            alone = Batches(pixels, batch, seed).at(step)
            assert np.array_equal(alone, expected)
            assert len(alone) == min(batch, pixels)


@QUICK
@given(sizes, seeds, st.integers(0, 1000))
def test_successive_batches_are_pieces_of_one_stream(size, seed, step):
    """Where an epoch ends inside of a batch, the next one begins inside of it."""
    pixels, batch = size
    batches = Batches(pixels, batch, seed)
    if batches.batch == pixels:
        return
    first = step * batches.batch
    found = batches.at(step)
    seam = -first % pixels
    if 0 < seam < len(found):
        before, after = found[:seam], found[seam:]
        assert len(set(before)) == len(before)
        assert len(set(after)) == len(after)


@pytest.mark.parametrize("batch", [7, 8, 10**6])
def test_a_batch_of_all_pixels_has_them_in_order(batch):
    batches = Batches(7, batch, 3)
    for step in (0, 5):
        assert batches.at(step).tolist() == list(range(7))


def test_the_order_depends_on_seed_and_epoch():
    batches = Batches(1000, 500, 1)
    epochs = [np.concatenate([batches.at(2 * k), batches.at(2 * k + 1)]) for k in range(3)]
    other = Batches(1000, 500, 2)
    epochs.append(np.concatenate([other.at(0), other.at(1)]))
    epochs.append(np.arange(1000))
    # In heaps the places come from another stream, and the heaps of an epoch differ.
    with patch.object(sampling, "HEAP", 500):
        heaped = Batches(1000, 500, 1)
        epochs += [np.concatenate([heaped.at(2 * k), heaped.at(2 * k + 1)]) for k in range(2)]
    for i, a in enumerate(epochs):
        for b in epochs[:i]:
            # Of 1,000 pixels one is expected to stand at the same place.
            assert np.count_nonzero(a == b) < 10


def test_every_place_is_as_likely_for_every_pixel():
    """Over 4,000 epochs of 6 pixels: chi-square of the 36 counts, 25 degrees of freedom."""
    batches = Batches(6, 3, 99)
    counts = np.zeros((6, 6))
    for epoch in range(4000):
        order = np.concatenate([batches.at(2 * epoch), batches.at(2 * epoch + 1)])
        counts[np.arange(6), order] += 1
    expected = 4000 / 6
    statistic = ((counts - expected) ** 2 / expected).sum()
    assert abs(statistic - 25) < 4 * np.sqrt(50)


@pytest.mark.parametrize("pixels", [768 * 512, 1000 * 1000, 1024 * 1024, 1_397_129])
def test_heaps_lie_evenly_over_the_picture(pixels):
    """Of every 8,192 pixels in a row a heap has its share, to a tenth."""
    heap = sampling.HEAP
    batches = Batches(pixels, heap // 4, 4)
    for first in range(0, pixels // heap * 4, 4):
        found = np.concatenate([batches.at(first + part) for part in range(4)])
        inside = np.bincount(found // 8192)[: pixels // 8192]
        share = 8192 * heap / pixels
        assert np.abs(inside - share).max() < share / 10


def test_a_step_of_all_pixels_may_do_without_their_names():
    batches = Batches(1000, 1000, 0, named=False)
    assert batches.at(0).size == batches.at(7).size == 0
    assert batches.batch == 1000
