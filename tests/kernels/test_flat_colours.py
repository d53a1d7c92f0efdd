"""Which colours of a drawing are flat, against the definition; the rest: golden/test_drawing.py."""

import numpy as np
import pytest

from redraw.kernels import drawing_start


def flats(rank, colours):
    """A colour at a time, asked of those around it."""
    found = np.ones(len(colours), bool)
    for label, row, column in np.argwhere(rank >= 0):
        for y, x in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= y < rank.shape[1] and 0 <= x < rank.shape[2] and rank[label, y, x] >= 0:
                own, other = colours[rank[label, row, column]], colours[rank[label, y, x]]
                found[rank[label, row, column]] &= bool((own == other).all())
    return found


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 9), (3, 8, 7)])
def test_flat_colours_are_those_of_all_around_them(shape):
    draws = np.random.default_rng(sum(shape))
    there = draws.random(shape) < 0.8
    there[0, 0, 0] = True
    rank = np.where(there, np.cumsum(there).reshape(shape) - 1, -1).astype(np.int32)
    colours = np.ones((int(there.sum()), 3), np.float32)
    few = max(1, len(colours) // 12)
    colours[draws.choice(len(colours), few), draws.choice(3, few)] = 0.5
    out = np.empty(len(colours), bool)
    drawing_start.flat_colours(rank, colours, out)
    assert np.array_equal(out, flats(rank, colours))
    assert out.any()
    assert shape == (1, 1, 1) or not out.all()
