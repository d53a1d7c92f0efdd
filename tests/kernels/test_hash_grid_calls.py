"""The hash grid as Python calls it: any points in any parts, against autograd."""

import numpy as np
import pytest
import torch

from redraw.engines.cpu.hash_grid_op import grid_of
from redraw.fields.hash_grid import interpolate
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.kernels.hash_grid_calls import BLOCK, by_level, features, moves, scatter
from redraw.kernels.vectors import panel

LEVELS, F, D = 3, 2, 2
PANEL = panel(8)
# More than one block of panels, and a last panel that is not full.
POINTS = (BLOCK + 3) * PANEL + 5
PANELS = -(-POINTS // PANEL)


@pytest.fixture(scope="module")
def case():
    """Points, a table, gradients of features; and what PyTorch says of them."""
    module = HashGridConfig(LEVELS, F, 6, base_resolution=3.0, per_level_scale=2.0).build(D)
    generator = torch.Generator().manual_seed(1)
    like = {"generator": generator, "dtype": torch.float64}
    table = torch.randn(module.table.shape, **like).requires_grad_()
    xy = (torch.rand(POINTS, D, **like) * 1.9 - 0.95).requires_grad_()
    slopes = torch.randn(POINTS, LEVELS * F, **like)
    found = interpolate(xy, table, module.levels)
    by_xy, by_table = torch.autograd.grad((found * slopes).sum(), [xy, table])
    given = [t.detach().numpy() for t in (xy, table, slopes, found, by_xy, by_table)]
    return grid_of(module.levels, F, np.dtype(np.float64)), *given


@pytest.mark.parametrize("cut", [0, 1, PANELS - 1])
def test_features_and_gradients_by_positions(case, cut):
    grid, xy, table, slopes, found, by_xy, _ = case
    out, moved = np.zeros_like(found), np.zeros_like(by_xy)
    for first, last in ((0, cut), (cut, PANELS)):
        work = np.empty(BLOCK * (2 * D + LEVELS * F) * PANEL)
        features(grid, table.reshape(-1), xy, out, first, last, PANEL, work)
        moves(grid, table.reshape(-1), xy, slopes, moved, first, last, PANEL, work)
    np.testing.assert_allclose(out, found, rtol=1e-5, atol=1e-5)  # positions are of float32
    np.testing.assert_allclose(moved, by_xy, rtol=1e-4, atol=1e-4)


def test_gradients_by_the_table_are_summed_level_by_level(case):
    grid, xy, table, slopes, *_, by_table = case
    positions = np.empty(PANELS * D * PANEL)
    kept = np.empty(PANELS * LEVELS * F * PANEL)
    by_level(grid, xy, slopes, positions, kept, 0, 2, PANEL)
    by_level(grid, xy, slopes, positions, kept, 2, PANELS, PANEL)
    gradient = np.zeros(table.size)
    for level in reversed(range(LEVELS)):
        scatter(grid, level, gradient, positions, kept, PANEL)
    np.testing.assert_allclose(gradient.reshape(by_table.shape), by_table, rtol=1e-4, atol=1e-4)
