"""Coefficients are chosen by what a reader will show: drawn anew by the filter's definition."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from redraw.coding import filtered_choice as coding
from redraw.coding.description import Description
from redraw.coding.lookahead import Begun, norms_of, steps_in
from redraw.coding.picture import pixels_of, restored
from redraw.fields import plane_filter
from redraw.kernels import filtered_choice as kernels
from redraw.kernels import lifting
from redraw.kernels.filter_layout import TAPS, weights_of

STEP = 20 * 64 * 256


def each(work, items):
    return [work(item) for item in items]


class Level:
    """A level of three planes as it is chosen, and what the filter's definition makes of it."""

    def __init__(self, level, seed=0, height=44, width=52):
        rng = np.random.default_rng(seed)
        weights = rng.integers(-16, 17, weights_of(3)).tolist()
        fresh = Description.fresh(width, height, 3, 8, 0)
        self.about = replace(fresh, step=STEP, filter_weights=tuple(weights), places=(9,) * 6)
        self.level, pyramid, shape = level, self.about.pyramid, (3, height, width)
        sizes = rng.integers(-3, 4, shape)
        self.whole = np.where(rng.random(shape) < 0.2, sizes, 0).astype(np.int32)
        self.drawn, self.classes, self.turns = coding._drawn(self.about, self.whole, each)
        noise = rng.normal(0, STEP / 256 / 3, shape)
        self.wanted = (self.drawn[1] + noise).astype(np.float32)
        self.drawn[2][:] = self.wanted - self.drawn[1]
        self.norms, (_, self.sides) = norms_of(pyramid), steps_in(pyramid, STEP)

    def chosen(self, aims, price):
        """Coefficients once `choose` has been. (C, H, W) -> (C, H, W)"""
        about, weights = self.about, coding._weights(self.about)
        begun, pyramid = Begun.of(about, self.whole), about.pyramid
        filters = weights, ~weights.any(axis=2), self.classes, self.turns
        kernels.choose(
            *begun.told, self.level, tuple(self.drawn),
            (*filters, np.float32((STEP * 90) >> 16)),
            coding._lines(about.height, pyramid.levels)[self.level],
            coding._lines(about.width, pyramid.levels)[self.level], self.norms, self.sides,
            begun.places, np.float32(price), np.float32(STEP / 256), aims,
        )  # fmt: skip
        made = self.whole.copy()
        begun.put_in(made)
        return made

    def redrawn(self, whole, plane, monkeypatch):
        """A plane before the filter and after it, each pixel's class as it was. (H, W) each"""
        own = restored(self.about, whole[plane], plane)
        lifting.synthesise(own, self.about.pyramid.downs, self.about.pyramid.acrosses, 0)
        held = [torch.from_numpy(of[plane].astype(np.int64)) for of in (self.classes, self.turns)]
        monkeypatch.setattr(plane_filter, "chosen", lambda *_: held)
        weights = torch.tensor(self.about.filter_of(plane))
        return own, plane_filter.filtered(torch.from_numpy(own).long(), STEP, weights).numpy()


@pytest.mark.parametrize("level", [0, 1])
def test_planes_stay_those_of_the_coefficients(level, monkeypatch):
    """Edges included, where functions are others and pixels repeat."""
    work = Level(level)
    made = work.chosen(np.ones(work.whole.shape, np.float32), 0.1)
    assert np.count_nonzero(made != work.whole) > 15
    before, after, lacks = work.drawn
    for plane in range(3):
        own, filtered = work.redrawn(made, plane, monkeypatch)
        # Whole numbers are rounded at each step on the way, and functions end at a thousandth.
        assert np.abs(before[plane] - own).max() < 0.02 * STEP / 256
        assert np.abs(after[plane] - filtered).max() < 0.04 * STEP / 256
    assert np.allclose(lacks, work.wanted - after, atol=0.01 * STEP / 256)


@pytest.mark.parametrize(("plane", "third", "seeds"), [(0, 0, 5), (0, 2, 12), (1, 1, 5)])
def test_the_error_after_the_filter_decides(plane, third, seeds, monkeypatch):
    """Of one coefficient, the others of its level being zero; bits cost nothing."""
    others = 0
    for seed in range(seeds):
        work = Level(0, seed)
        for band in range(3):
            work.whole[(slice(None), *work.about.pyramid.rectangle(0, band))] = 0
        work.drawn, work.classes, work.turns = coding._drawn(work.about, work.whole, each)
        rows, columns = work.about.pyramid.rectangle(0, third)
        at = plane, (rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2
        drawn = {}
        for size in range(4):
            tried = work.whole.copy()
            tried[at] = size
            drawn[size] = work.redrawn(tried, plane, monkeypatch)
        one = (drawn[1][0] - drawn[0][0]).astype(np.float64)
        lack = 1.3 * one + np.random.default_rng(seed).normal(0, STEP / 1000, one.shape)
        work.wanted = work.drawn[1].copy()
        work.wanted[plane] += lack.astype(np.float32)
        work.drawn[2][:] = work.wanted - work.drawn[1]
        aims = np.zeros(work.whole.shape, np.float32)
        aims[at] = 1.0
        # A size of 1 is 73/64 steps, by its place.
        nearest = int((lack * one).sum() / (one * one).sum() * 73 / 64 + 0.5)
        sizes = {0, max(nearest - 1, 0), nearest}
        shown = {size: ((work.wanted[plane] - drawn[size][1]) ** 2).sum() for size in sizes}
        bare = {size: ((lack - (drawn[size][0] - drawn[0][0])) ** 2).sum() for size in sizes}
        best = min(shown, key=lambda size: shown[size])
        assert work.chosen(aims, 0.0)[at] == best
        others += best != min(bare, key=lambda size: bare[size])
    assert others  # the error before the filter says something else


def test_black_and_white_are_as_far_as_pixels_go():
    """Planes that lead beyond them lack nothing; else all that pixels do, in any colours."""
    rng = np.random.default_rng(3)
    about = Description.fresh(20, 16, 3, 8, 0)
    about = replace(about, colours=(9000, 11000, -6000, 9500, 300, 13000, 9000, -12000, -7000))
    planes = rng.normal(0, 9000, (3, 16, 20)).astype(np.float32)
    matrix = np.array(about.mix).reshape(3, 3) / 16384.0
    shown = pixels_of(about, np.rint(planes).astype(np.int32))
    assert {0, 255} <= set(shown.ravel().tolist())
    lacks = np.empty_like(planes)
    kernels.missed(planes, shown, matrix, about.fraction, 8, lacks)
    assert np.abs(lacks).max() < 64  # what pixels are rounded by, of three channels
    pixels = rng.integers(0, 256, shown.shape).astype(np.uint16)
    kernels.missed(planes, pixels, matrix, about.fraction, 8, lacks)
    # The error of pixels falls along it as fast as its products say: a closed form.
    error = 64.0 * (pixels.astype(float) - np.clip(_values(matrix, planes), 0, 255))
    defined = np.einsum("cp,yxc->pyx", matrix, error) / (matrix**2).sum(axis=0)[:, None, None]
    assert np.allclose(lacks, defined, atol=0.05)


def _values(matrix, planes):
    return np.einsum("cp,pyx->yxc", matrix, planes.astype(float)) / 64.0 + 128.0


def test_weights_lie_where_the_kernel_looks():
    about = Description.fresh(20, 16, 3, 8, 0)
    weights = np.random.default_rng(0).integers(-127, 128, weights_of(3))
    weights[-TAPS:] = 0
    own = coding._weights(replace(about, filter_weights=tuple(weights.tolist())))
    assert np.array_equal(own[0].ravel() * 128, weights[: 9 * TAPS])
    assert np.array_equal(own[1, 0] * 128, weights[9 * TAPS : 10 * TAPS])
    assert not own[1, 1:].any()
    assert not own[2].any()
