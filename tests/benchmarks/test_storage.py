"""Rates and seconds between what was measured, and bytes of one stream."""

import math

import numpy as np
import pytest
from benchmarks.parallel import in_one_stream, in_two_streams
from benchmarks.storage import bd_rate, seconds_at

from redraw.coding.analysis import Analysis

CURVE = [(0.5, 30.0, 1.0), (1.0, 35.0, 2.0), (2.0, 40.0, 6.0)]


def test_seconds_lie_on_straight_lines_between_settings():
    found = seconds_at(CURVE, np.array([30.0, 32.5, 37.5, 40.0]))
    np.testing.assert_allclose(found, [1.0, 1.5, 4.0, 6.0])
    assert np.isnan(seconds_at(CURVE, np.array([29.0, 41.0]))).all()


def test_curves_of_before_have_no_seconds():
    before = [point[:2] for point in CURVE]
    assert np.isnan(seconds_at(before, np.array([35.0]))).all()
    tenth_more = [(1.1 * rate, quality) for rate, quality in before]
    assert math.isclose(bd_rate(tenth_more, CURVE), 10.0, rel_tol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_of_one_plane_has_one_stream_anyway(channels):
    y, x, c = np.mgrid[:40, :50, :channels]
    pixels = np.rint(127 + 90 * np.sin(x / 4 + c) * np.cos(y / 5)).astype(np.uint16)
    found = Analysis.of(pixels, 8).written(40_000, threads=1).quantised
    one, two = in_one_stream(found), in_two_streams(found)
    assert one == two if channels == 1 else one < two
