"""Filters of coded pictures: what they gain, and what their bytes hold."""

import dataclasses

import numpy as np
import pytest
from benchmarks.subjects import photograph_like
from hypothesis import given
from hypothesis import strategies as st

from redraw.coding.analysis import Analysis
from redraw.coding.filter_weights import packed_weights, unpacked_weights
from redraw.coding.picture import Quantised, psnr
from redraw.errors import FileFormatError
from redraw.kernels.filter_layout import HEAVIEST, weights_of


def analysed(**options):
    pixels = photograph_like(150, 128).astype(np.uint16)
    return dataclasses.replace(Analysis.of(pixels, 8, **options), filtered=True)


def quality(analysis, made):
    return psnr(analysis.pixels, made.pixels(threads=1), 8)


@given(st.integers(1, 4), st.randoms(use_true_random=False))
def test_weights_come_back(planes, random):
    weights = [random.randint(-HEAVIEST, HEAVIEST) for _ in range(weights_of(planes))]
    assert unpacked_weights(packed_weights(weights), planes) == tuple(weights)


@given(st.binary(max_size=300))
def test_any_bytes_are_weights_or_refused(data):
    try:
        weights = unpacked_weights(data, 3)
    except FileFormatError:
        return
    assert len(weights) == weights_of(3)
    assert max(map(abs, weights)) <= HEAVIEST


@pytest.mark.parametrize("tile", [0, 6])
def test_a_filter_gains_more_than_its_bytes(tile):
    analysis = analysed(tile=tile)
    with_one = analysis.written(30 * 64 * 256, threads=1)
    weights = with_one.quantised.about.filter_weights
    without = dataclasses.replace(
        with_one.quantised,
        about=dataclasses.replace(with_one.quantised.about, filter_weights=()),
    )
    assert weights
    gain = quality(analysis, with_one.quantised) - quality(analysis, without)
    share = len(packed_weights(weights)) / with_one.coded.size
    # Half of the bytes is worth about 5.5 dB here, so a hundredth of them some .08 dB.
    assert gain > 8.0 * share
    assert Quantised.of(with_one.coded).pixels().tolist() == with_one.quantised.pixels().tolist()


def test_threads_find_the_same_filter():
    analysis = analysed()
    one, two = (analysis.written(20 * 64 * 256, threads=n).quantised for n in (1, 2))
    assert one.about == two.about


def test_where_none_pays_there_is_none():
    pixels = np.full((40, 40, 3), 128, np.uint16)
    flat = dataclasses.replace(Analysis.of(pixels, 8), filtered=True)
    assert flat.written(9 * 64 * 256).quantised.about.filter_weights == ()
