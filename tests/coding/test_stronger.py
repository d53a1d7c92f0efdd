"""Coded pictures made smaller with time: still as good, the same for any number of threads."""

import dataclasses

import numpy as np
import pytest
from benchmarks.subjects import photograph_like

from redraw.coding import lookahead
from redraw.coding.analysis import Analysis
from redraw.coding.picture import Quantised, psnr
from redraw.coding.pyramid import Pyramid, levels_of
from redraw.coding.search import size_of
from redraw.coding.stronger import finer, stronger
from redraw.kernels import lifting
from redraw.kernels import lookahead as kernels

STEP = 30 * 64 * 256


def begun(tile=0, step=STEP, size=(150, 100)):
    pixels = photograph_like(*size).astype(np.uint16)
    analysis = dataclasses.replace(Analysis.of(pixels, 8, tile=tile), filtered=True)
    return analysis, analysis.written(step, threads=1)


def quality(analysis, written):
    return psnr(analysis.pixels, Quantised.of(written.coded, threads=1).pixels(threads=1), 8)


@pytest.mark.parametrize(("tile", "share"), [(0, 0.985), (6, 1.0)])
def test_it_is_smaller_and_as_good(tile, share):
    analysis, first = begun(tile)
    wanted = quality(analysis, first)
    better = stronger(analysis, first.quantised, quality=wanted, threads=1)
    assert better is not None
    assert size_of(better) < share * size_of(first)
    assert quality(analysis, better) >= wanted


def test_it_is_better_in_as_many_bytes():
    analysis, first = begun()
    better = stronger(analysis, first.quantised, size=size_of(first), threads=1)
    assert better is not None
    assert size_of(better) <= size_of(first)
    assert quality(analysis, better) > quality(analysis, first) + 0.05


def test_threads_make_no_difference():
    analysis, first = begun()
    wanted = quality(analysis, first)
    one, two = (
        stronger(analysis, first.quantised, quality=wanted, threads=threads) for threads in (1, 2)
    )
    assert one is not None
    assert two is not None
    assert one.coded == two.coded


def test_drawing_each_change_goes_on_where_the_others_end():
    analysis, made = begun(size=(96, 64))
    wanted = quality(analysis, made)
    while (found := stronger(analysis, made.quantised, quality=wanted, threads=1)) is not None:
        made = found
    one, two = (
        finer(analysis, made.quantised, quality=wanted, threads=threads) for threads in (1, 2)
    )
    assert one is not None
    assert two is not None
    assert one.coded == two.coded
    assert size_of(one) < 0.985 * size_of(made)
    assert quality(analysis, one) >= wanted
    better = finer(analysis, made.quantised, size=size_of(made), threads=1)
    assert better is not None
    assert size_of(better) <= size_of(made)
    assert quality(analysis, better) > quality(analysis, made) + 0.05


@pytest.mark.parametrize(("shape", "tile", "depth"), [((1, 1, 1), 0, 8), ((70, 90, 4), 6, 16)])
def test_it_may_be_of_any_kind(shape, tile, depth):
    """Not filtered, too; a pass that is given up says so."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    waves = (
        0.5
        + 0.2 * np.sin(x * y / 60)[..., None]
        + 0.1 * np.cos((x - y)[..., None] / np.arange(2, 6))
    )
    pixels = np.rint(waves[..., : shape[2]] * (2**depth - 1)).astype(np.uint16)
    analysis = Analysis.of(pixels, depth, tile=tile)
    first = analysis.written(STEP * (4 if depth == 16 else 1), threads=1)
    made = finer(analysis, first.quantised, quality=30.0, threads=1)
    assert made is None or size_of(made) <= size_of(first)

    def ended():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finer(analysis, first.quantised, quality=30.0, threads=1, between=ended)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (9, 8)])
def test_small_pictures_are_no_trouble(shape):
    pixels = np.full((*shape, 1), 90, np.uint16)
    analysis = Analysis.of(pixels, 8)
    first = analysis.written(STEP, threads=1)
    better = stronger(analysis, first.quantised, quality=30.0, threads=1)
    assert better is None or size_of(better) <= size_of(first)


def test_sums_are_those_that_the_coder_looks_at():
    """As docs/format.md says, inside, where no border and no edge is near."""
    pyramid = Pyramid(64, 96, 2, 3)
    coefficients = np.zeros(pyramid.count, np.int32)
    rng = np.random.default_rng(0)
    for which in pyramid.bands:
        own = pyramid.view(coefficients, *which)
        own[:] = rng.integers(-3, 4, own.shape)
    bands, after = lookahead.bands_of(pyramid)
    sums = np.zeros(pyramid.count, np.int64)
    kernels.sums_around(coefficients, bands, after, sums)

    def size(plane, level, third, y, x):
        return abs(int(pyramid.view(coefficients, plane, level, third)[y, x]))

    def cross(*where):
        y, x = where[3:]
        places = [(y, x - 1), (y, x + 1), (y - 1, x), (y + 1, x)]
        return sum(size(*where[:3], *place) for place in places)

    places = rng.integers(6, 20, (36, 2)).tolist()
    for i, (y, x) in enumerate(places):
        plane, third = i % 3, i // 3 % 3
        own = (plane, 0, third)
        weights = {(0, -1): 6, (-1, 0): 6, (-1, -1): 3, (-1, 1): 3}
        weights |= {(0, -2): 2, (-2, 0): 2, (-2, 1): 1, (-2, -1): 1}
        total = sum(w * size(*own, y + dy, x + dx) for (dy, dx), w in weights.items())
        dy, dx = (1 if y % 2 else -1), (1 if x % 2 else -1)
        down, right, coarser = y // 2, x // 2, (plane, 1, third)
        total += 4 * size(*coarser, down, right)
        total += 2 * (size(*coarser, down, right + dx) + size(*coarser, down + dy, right))
        total += size(*coarser, down, right - dx) + size(*coarser, down - dy, right)
        others = [((plane, 0, k), 2) for k in range(third)]
        others += [((k, 0, third), 2 if k == 0 else 3) for k in range(min(plane, 2))]
        for other, loud in others:
            total += loud * size(*other, y, x) + cross(*other, y, x)
        assert pyramid.view(sums, *own)[y, x] == total


def test_norms_are_those_of_the_synthesis():
    height, width = 21, 34
    pyramid = Pyramid(height, width, levels_of(width, height), 1)
    norms = lookahead.norms_of(pyramid)
    for level in range(pyramid.levels):
        for third in range(3):
            rows, columns = pyramid.rectangle(level, third)
            for y, x in ((rows.start, columns.start), (rows.stop - 1, columns.stop - 1)):
                plane = np.zeros((height, width), np.int32)
                plane[y, x] = 1 << 14
                lifting.synthesise(plane, pyramid.downs, pyramid.acrosses, 0)
                energy = float(((plane / (1 << 14)) ** 2).sum())
                assert norms[y, x] == pytest.approx(energy, rel=2e-3)  # coefficients are rounded
