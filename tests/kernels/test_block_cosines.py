"""Cosines of blocks against SciPy's."""

import numpy as np
from scipy.fft import dct, dctn, idctn

from redraw.kernels.block_cosines import beyond_steps

WAVES = dct(np.eye(8), axis=0, norm="ortho").astype(np.float32)


def test_what_lies_beyond_the_steps_is_left_as_pixels():
    rng = np.random.default_rng(15)
    plane = rng.standard_normal((16, 24)).astype(np.float32)
    free = rng.uniform(0, 2, (8, 8)).astype(np.float32)
    found, squared = plane.copy(), np.zeros(2)
    for row in range(2):
        beyond_steps(found, WAVES, free, squared, row, row + 1)
    for row in range(2):
        total = 0.0
        for column in range(3):
            part = np.s_[8 * row : 8 * row + 8, 8 * column : 8 * column + 8]
            cosines = dctn(plane[part].astype(float), norm="ortho")
            over = np.sign(cosines) * np.maximum(np.abs(cosines) - free, 0)
            total += (over**2).sum()
            # Two products of eight terms each way, of numbers up to 4.
            np.testing.assert_allclose(found[part], idctn(over, norm="ortho"), atol=32 * 4 * 6e-8)
        assert abs(squared[row] - total) < 1e-5 * total


def test_what_is_free_altogether_leaves_nothing():
    plane, squared = np.ones((8, 8), np.float32), np.full(1, 9.0)
    beyond_steps(plane, WAVES, np.full((8, 8), 100, np.float32), squared, 0, 1)
    assert not plane.any()
    assert squared[0] == 0
