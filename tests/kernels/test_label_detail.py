"""The means of what is interpolated between listed pixels, against SciPy, and their transpose."""

import numpy as np
import pytest
from scipy import ndimage

from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.colours import begins_of
from redraw.engines.labels.detail import solved, widened
from redraw.kernels import label_detail

SHARES = np.array([0.125, 0.75, 0.125])


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1), (13, 18)])
def test_means_are_scipy_s_and_carrying_back_is_the_transpose(shape):
    random = np.random.default_rng(0)
    listed = random.random(shape) < 0.3
    told = widened(listed)
    inside, begins, rows = listed[told], begins_of(told), Rows(shape[0], 2)
    detail = np.where(inside[:, None], random.normal(size=(len(inside), 2)), 0.0).astype(np.float32)
    dense = np.zeros((*shape, 2))
    dense[told] = detail
    for axis in (0, 1):
        dense = ndimage.correlate1d(dense, SHARES, axis=axis, mode="constant")
    assert np.array_equal(dense.any(axis=2) | told, told)  # nothing reaches any farther
    found, back = np.empty_like(detail), np.empty_like(detail)
    rows.share(label_detail.spread, detail, told, begins, found)
    assert np.abs(found - dense[told]).max(initial=0.0) < 1e-6
    other = random.normal(size=detail.shape).astype(np.float32)
    rows.share(label_detail.gathered, other, inside, told, begins, back)
    assert (found * other).sum() == pytest.approx((detail * back).sum(), abs=1e-4)
    assert not back[~inside].any()


def test_what_is_wanted_of_listed_pixels_is_reached():
    random = np.random.default_rng(1)
    listed = np.zeros((20, 24), bool)
    listed[5:12, 4:20] = True
    told = widened(listed)
    wanted = np.where(listed[told][:, None], random.normal(0.0, 0.1, (int(told.sum()), 3)), 0.0)
    wanted = wanted.astype(np.float32)
    found = solved(wanted, listed, told, 2)
    means = np.empty_like(wanted)
    Rows(20, 1).share(label_detail.spread, found, told, begins_of(told), means)
    assert np.square(means - wanted).sum() < 0.05 * np.square(wanted).sum()
