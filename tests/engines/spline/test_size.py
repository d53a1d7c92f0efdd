import numpy as np
import pytest

from redraw.engines.spline.size import needed


def test_as_many_are_needed_as_the_sum_of_the_rest_says():
    coefficients = np.random.default_rng(0).laplace(0, 0.1, (3, 200, 300)).astype(np.float32)
    squares = np.sort(coefficients.reshape(-1).astype(np.float64) ** 2)
    for psnr in (21.0, 30.0, 42.0, 60.0):
        allowed = coefficients.size * 10 ** (-psnr / 10)
        exact = coefficients.size - np.searchsorted(np.cumsum(squares), allowed, side="right")
        # Values are told apart to a thousandth of themselves.
        near = np.abs(np.sqrt(squares[-exact]) - np.sqrt(squares)) < 2e-3 * np.sqrt(squares[-exact])
        assert 0 <= needed(coefficients, psnr) - exact <= near.sum()


def test_nothing_is_needed_for_nothing():
    assert needed(np.zeros((1, 4, 5), np.float32), 42.0) == 0
    assert needed(np.full((1, 4, 5), 0.5, np.float32), 200.0) == 20


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_signs_do_not_matter(sign):
    coefficients = sign * np.linspace(0, 1, 3000, dtype=np.float32).reshape(1, 50, 60)
    assert needed(coefficients, 30.0) == needed(np.abs(coefficients), 30.0)
