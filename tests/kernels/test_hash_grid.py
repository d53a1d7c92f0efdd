"""The hash grid's kernels against its definition, in both layouts."""

import numpy as np
import pytest
import torch
from numba import njit

from redraw.engines.cpu.hash_grid_op import grid_of
from redraw.fields.hash_grid import interpolate
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.kernels.hash_grid import encode, encode_level, move_level, scatter_level
from redraw.kernels.vectors import panel as panel_of


@njit
def encode_once(grid, table, xy, step, out, out_step, panels, panel):
    encode(grid, table, xy, 0, step, out, 0, out_step, panels, panel)


@njit
def encode_one(grid, level, table, xy, xy_at, step, out, out_at, out_step, panels):
    encode_level(grid, level, table, xy, xy_at, step, out, out_at, out_step, panels)


@njit
def scatter_once(grid, level, gradient, xy, step, slopes, at, slopes_step, panels):
    scatter_level(grid, level, gradient, xy, 0, step, slopes, at, slopes_step, panels)


@njit
def move_once(grid, level, table, xy, step, slopes, at, slopes_step, out, panels):
    move_level(grid, level, table, xy, 0, step, slopes, at, slopes_step, out, 0, step, panels)


class Case:
    """A grid with values, points, and all that the definition says about them."""

    def __init__(self, dimensions, features, dtype, levels=4, table=8, panels=3, spread=1.2):
        config = HashGridConfig(levels, features, table, base_resolution=4.3, per_level_scale=2.0)
        self.module = config.build(dimensions)
        self.levels = self.module.levels
        assert [level.hashed for level in self.levels][-1] == (dimensions > 1)
        generator = torch.Generator().manual_seed(7)
        torch_dtype = getattr(torch, dtype)
        values = torch.randn(self.module.table.shape, generator=generator, dtype=torch_dtype)
        self.panel = panel_of(np.dtype(dtype).itemsize)
        self.panels, self.points = panels, panels * self.panel
        xy = (torch.rand(self.points, dimensions, generator=generator) * 2 - 1) * spread
        slopes = torch.randn(self.points, levels * features, generator=generator, dtype=torch_dtype)
        xy = xy.to(torch_dtype).requires_grad_()
        values.requires_grad_()
        found = interpolate(xy, values, self.levels)
        by_xy, by_table = torch.autograd.grad((found * slopes).sum(), [xy, values])
        self.features = found.detach().numpy()
        self.by_xy, self.by_table = by_xy.numpy(), by_table.numpy()
        self.table = values.detach().numpy().reshape(-1)
        self.xy, self.slopes = self.to_panels(xy.detach().numpy()), slopes.numpy()
        self.grid = grid_of(self.levels, features, np.dtype(dtype))
        self.f, self.d, self.dtype = features, dimensions, np.dtype(dtype)
        # A sum of this many products of numbers below 5, and the rounding of a position.
        self.eps = np.finfo(dtype).eps * 5 * (8 + max(self.levels[-1].scale))

    def to_panels(self, rows):
        """(N, R) -> (panels, R, panel), flat."""
        cut = rows.reshape(self.panels, self.panel, -1).transpose(0, 2, 1)
        return np.ascontiguousarray(cut).reshape(-1)

    def from_panels(self, flat):
        """The reverse."""
        return flat.reshape(self.panels, -1, self.panel).transpose(0, 2, 1).reshape(self.points, -1)

    def by_level(self):
        """Slopes as `scatter_level` reads a batch: (L, panels, F, panel), flat."""
        cut = self.slopes.reshape(self.panels, self.panel, len(self.levels), self.f)
        return np.ascontiguousarray(cut.transpose(2, 0, 3, 1)).reshape(-1)


cases = pytest.mark.parametrize(
    ("dimensions", "features", "dtype"),
    [(1, 2, "float32"), (2, 2, "float32"), (2, 3, "float64"), (3, 1, "float32"),
     (4, 4, "float32")],
)  # fmt: skip


@cases
def test_features_of_a_block(dimensions, features, dtype):
    case = Case(dimensions, features, dtype)
    rows = len(case.levels) * features + 3  # a block may have rows to spare
    out = np.full(case.panels * rows * case.panel, 77, case.dtype)
    encode_once(
        case.grid, case.table, case.xy, dimensions * case.panel, out, rows * case.panel,
        case.panels, case.panel,
    )  # fmt: skip
    found = case.from_panels(out)
    np.testing.assert_allclose(found[:, :-3], case.features, atol=case.eps, rtol=0)
    assert (found[:, -3:] == 77).all()


@cases
def test_gradient_of_the_table_level_by_level(dimensions, features, dtype):
    case = Case(dimensions, features, dtype)
    slopes = case.by_level()
    size = case.panels * features * case.panel
    for number, level in enumerate(case.levels):
        gradient = np.zeros(level.rows * features, case.dtype)
        scatter_once(
            case.grid, number, gradient, case.xy, dimensions * case.panel, slopes, number * size,
            features * case.panel, case.panels,
        )  # fmt: skip
        expected = case.by_table[level.first : level.first + level.rows].reshape(-1)
        bound = case.eps * case.points
        np.testing.assert_allclose(gradient, expected, atol=bound, rtol=0)
        # Added to what is there.
        scatter_once(
            case.grid, number, gradient, case.xy, dimensions * case.panel, slopes, number * size,
            features * case.panel, case.panels,
        )  # fmt: skip
        np.testing.assert_allclose(gradient, 2 * expected, atol=2 * bound, rtol=0)


@cases
def test_gradient_of_the_positions(dimensions, features, dtype):
    case = Case(dimensions, features, dtype)
    slopes = case.to_panels(case.slopes)
    out = np.zeros(case.points * dimensions, case.dtype)
    step = slopes.size // case.panels
    for number in range(len(case.levels)):
        at = number * features * case.panel
        move_once(
            case.grid, number, case.table, case.xy, dimensions * case.panel, slopes, at, step, out,
            case.panels,
        )  # fmt: skip
    bound = case.eps * max(case.levels[-1].scale) * len(case.levels) * features * 2**dimensions
    np.testing.assert_allclose(case.from_panels(out), case.by_xy, atol=bound, rtol=0)


def test_a_point_has_the_same_features_wherever_it_lies_in_a_batch():
    case = Case(2, 2, "float32", panels=2)
    step = 2 * case.panel
    together = np.zeros(case.points * 2, np.float32)
    encode_one(case.grid, 3, case.table, case.xy, 0, step, together, 0, step, 2)
    points = case.xy.reshape(2, 2, case.panel)
    for shift in (1, 5, case.panel - 1):
        moved = np.ascontiguousarray(np.roll(points, shift, axis=2)).reshape(-1)
        alone = np.zeros(case.panel * 2, np.float32)
        encode_one(case.grid, 3, case.table, moved, step, step, alone, 0, step, 1)
        expected = np.roll(together.reshape(2, 2, case.panel)[1], shift, axis=1)
        np.testing.assert_array_equal(alone.reshape(2, case.panel), expected)


def test_no_position_reads_or_writes_outside_of_its_level():
    # One feature per row: with two, a row beyond all bounds times two may wrap around to the first.
    case = Case(2, 1, "float32", panels=1)
    wild = np.array([np.nan, np.inf, -np.inf, 1e38, -1e38, 1.0, -1.0, 0.0], np.float32)
    xy = np.resize(wild, 2 * case.panel).copy()
    xy[case.panel :] = np.roll(xy[: case.panel], 3)
    guard, step = 4096, 2 * case.panel
    for number, level in enumerate(case.levels):
        padded = np.full(level.rows + 2 * guard, 5.0, np.float32)
        slopes = np.ones(case.panel, np.float32)
        scatter_once(case.grid, number, padded[guard:], xy, step, slopes, 0, case.panel, 1)
        assert (padded[:guard] == 5).all()
        assert (padded[-guard:] == 5).all()
        out = np.zeros(case.panel, np.float32)
        encode_one(case.grid, number, case.table, xy, 0, step, out, 0, case.panel, 1)
        lost = np.isnan(xy).reshape(2, case.panel).any(axis=0)
        np.testing.assert_array_equal(np.isnan(out), lost)
