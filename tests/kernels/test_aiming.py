"""The transpose of the synthesis, by the products that define it."""

import numpy as np
import pytest

from redraw.coding.pyramid import halvings, levels_of
from redraw.kernels.aiming import gather
from redraw.kernels.lifting import synthesise


@pytest.mark.parametrize("shape", [(1, 1), (1, 13), (9, 2), (16, 16), (31, 45), (64, 50)])
def test_it_is_the_transpose_of_the_synthesis(shape):
    levels = max(1, levels_of(shape[1], shape[0])) + 1
    downs, acrosses = (np.array(halvings(side, levels), np.int64) for side in shape)
    rng = np.random.default_rng(3)
    coefficients = rng.integers(-(1 << 18), 1 << 18, shape).astype(np.int32)
    samples = coefficients.copy()
    synthesise(samples, downs, acrosses, 0)
    errors = rng.standard_normal(shape).astype(np.float32)
    gathered = errors.copy()
    gather(gathered, downs, acrosses)
    # <S a, b> = <a, S' b>: rounded to whole numbers of 2^18 there, to float32 here.
    terms = samples * errors.astype(np.float64)
    one, other = terms.sum(), (coefficients * gathered.astype(np.float64)).sum()
    assert abs(one - other) < 1e-5 * np.sqrt((terms**2).sum()) * np.sqrt(terms.size)
