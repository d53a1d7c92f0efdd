"""What measures the machine computes what it says, so that no compiler leaves it out."""

import numpy as np

from redraw.kernels.limits import copies, products
from redraw.kernels.vectors import panel


def test_products_are_made():
    rng, lanes = np.random.default_rng(30), panel(4)
    weights = rng.standard_normal((21, 8)).astype(np.float32)
    inputs = rng.standard_normal((20, lanes)).astype(np.float32)
    out = np.zeros((8, lanes), np.float32)
    products(weights.reshape(-1), inputs.reshape(-1), out.reshape(-1), 20, 2)
    expected = weights[0, :, None] + weights[1:].T.astype(float) @ inputs
    np.testing.assert_allclose(out, expected, atol=1e-4)


def test_copies_are_made_each_time():
    source, target = np.arange(1000.0), np.zeros(1000)
    copies(source, target, 3)
    np.testing.assert_array_equal(target[1:], np.arange(1.0, 1000.0))
    assert (source[0], target[0]) == (3.0, 2.0)
