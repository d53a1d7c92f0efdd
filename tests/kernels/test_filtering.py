"""The filter of coded planes agrees with its definition, and its weights are the best ones."""

import numpy as np
import pytest
import torch

from redraw.fields.plane_filter import chosen
from redraw.fields.plane_filter import filtered as defined
from redraw.kernels import filtering
from redraw.kernels.filter_layout import CLASSES, TAPS


def a_plane(height, width, seed=0):
    """Edges in several directions, a smooth part and grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = np.sin(np.select([x < 20, x < 40, x < 60], [y, x, x + y], x - y) / 2)
    loud = np.select([y < 16, y < 32, y < 48], [3, 25, 600], 0)
    values = loud * waves + rng.normal(0, np.select([y < 48, x < 40], [1, 400], 20), loud.shape)
    return np.rint(values).astype(np.int32)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (23, 2), (37, 41)])
@pytest.mark.parametrize("sets", [1, CLASSES])
def test_it_agrees_with_the_definition(size, sets):
    plane = a_plane(*size)
    weights = np.random.default_rng(1).integers(-127, 128, (sets, TAPS))
    wanted = defined(torch.from_numpy(plane).long(), 70_000, torch.from_numpy(weights))
    made = plane.copy()
    filtering.filtered(made, 70_000, weights)
    assert np.array_equal(made, wanted.numpy())


def test_all_classes_and_turns_occur():
    classes, turns = chosen(torch.from_numpy(a_plane(64, 80)).long(), 70_000)
    assert set(classes.unique().tolist()) == set(range(CLASSES))
    assert set(turns.unique().tolist()) == {0, 1, 2}


def test_the_largest_numbers_stay_within_limits():
    plane = np.full((9, 9), 1 << 23, np.int32)
    plane[::2] *= -1
    made = plane.copy()
    filtering.filtered(made, 1 << 24, np.full((1, TAPS), -127, np.int64))
    wanted = defined(torch.from_numpy(plane).long(), 1 << 24, torch.full((1, TAPS), -127))
    assert np.array_equal(made, wanted.numpy())
    assert np.abs(made).max() <= 1 << 23


def test_equations_give_the_weights_that_were_used():
    """A plane filtered by one set of small weights: least squares finds them again."""
    plane = a_plane(80, 90)
    weights = np.random.default_rng(2).integers(-20, 21, (1, TAPS))
    wanted = plane.copy()
    filtering.filtered(wanted, 300_000, weights)
    gram, right = np.zeros((1, TAPS, TAPS)), np.zeros((1, TAPS))
    filtering.normal_equations(plane, wanted, 300_000, gram, right)
    found = np.linalg.solve(gram[0] + np.tril(gram[0], -1).T, right[0]) * 128
    # Rounding is an error of at most 1/2 for each pixel, small beside differences of hundreds.
    assert np.allclose(found, weights[0], atol=0.1)
