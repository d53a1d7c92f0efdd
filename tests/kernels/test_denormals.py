"""Denormal numbers are zeros inside kernels, and nowhere else."""

import platform

import numpy as np
import pytest
from numba import njit

from redraw.kernels.denormals import flush_denormals, restore

KNOWN = platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")


@njit
def products(small, other, flushed):
    mode = flush_denormals()
    flushed[0] = small[0] * other[0]
    restore(mode)
    flushed[1] = small[0] * other[0]


@pytest.mark.skipif(not KNOWN, reason="what this processor's control word means is not known here")
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_denormals_are_zeros_until_the_mode_is_put_back(precision):
    least = np.finfo(precision).tiny
    found = np.ones(2, precision)
    products(np.array([least]), np.array([0.25], precision), found)
    assert found.tolist() == [0.0, least / 4]
    assert np.array([least])[0] * np.array([0.25], precision)[0] > 0.0
