"""The operator: its contract with PyTorch, agreement with the definition, threads."""

import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.engines.cpu import hash_grid_op
from redraw.engines.cpu.hash_grid_op import HashGrid
from redraw.errors import ShapeError
from redraw.fields import hash_grid as definition
from redraw.fields.hash_grid_config import HashGridConfig


class Forced(HashGrid):
    """The module without its way out: no test may pass because the definition ran instead."""

    def forward(self, xy):
        flat = xy.reshape(-1, self.dimensions)
        out = hash_grid_op.interpolate(flat, self.table, self.levels)
        return out.reshape(*xy.shape[:-1], self.features)


@pytest.fixture
def threads():
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def small(dimensions=2, features=2, dtype=torch.float32, **sizes):
    config = HashGridConfig(
        **{
            "n_levels": 4,
            "n_features_per_level": features,
            "log2_hashmap_size": 8,
            "base_resolution": 4.3,
            **sizes,
        }
    )
    grid = Forced(config, dimensions).to(dtype)
    with torch.no_grad():
        generator = torch.Generator().manual_seed(5)
        grid.table.copy_(torch.randn(grid.table.shape, generator=generator))
    return grid


def points(count, dimensions, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return ((torch.rand(count, dimensions, generator=generator) * 2 - 1) * 1.1).to(dtype)


def both(grid, xy, weights):
    """Features and gradients by the operator, then by the definition."""
    results = []
    for function in (hash_grid_op.interpolate, definition.interpolate):
        found = function(xy, grid.table, grid.levels)
        gradients = torch.autograd.grad((found * weights).sum(), [xy, grid.table])
        results.append((found, *gradients))
    return results


@settings(max_examples=25, deadline=None)
@given(
    count=st.sampled_from([1, 2, 15, 16, 17, 31, 32, 33, 1023, 1024, 1025, 4097]),
    sizes=st.fixed_dictionaries(
        {
            "n_levels": st.integers(1, 7),
            "log2_hashmap_size": st.integers(1, 12),
            "base_resolution": st.floats(2, 40),
            "per_level_scale": st.floats(1, 2),
        }
    ),
    aspect=st.none() | st.tuples(st.floats(0.1, 1), st.floats(0.1, 1)),
    double=st.booleans(),
)
def test_agrees_with_the_definition(count, sizes, aspect, double):
    dtype = torch.float64 if double else torch.float32
    grid = small(dtype=dtype, aspect=aspect, **sizes)
    xy = points(count, 2, dtype).requires_grad_()
    weights = torch.ones(count, grid.features, dtype=dtype)
    fast, slow = both(grid, xy, weights)
    # Cells and weights are rounded alike; only the order of sums differs. Values are below 5.
    eps = torch.finfo(dtype).eps * 5 * 4
    scale = max(max(level.scale) for level in grid.levels)
    bounds = (eps, eps * scale * grid.features, eps * max(count, 4))
    for found, expected, bound in zip(fast, slow, bounds, strict=True):
        assert found.shape == expected.shape
        assert (found - expected).abs().max() <= bound


@pytest.mark.parametrize("dimensions", [1, 3, 4])
def test_agrees_in_other_dimensions(dimensions):
    grid = small(dimensions)
    xy = points(200, dimensions).requires_grad_()
    fast, slow = both(grid, xy, torch.ones(200, grid.features))
    for found, expected in zip(fast, slow, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_gradcheck():
    grid = small(dtype=torch.float64, n_levels=2, log2_hashmap_size=4, base_resolution=2.5)
    xy = points(3, 2, torch.float64).requires_grad_()
    table = grid.table.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(
        lambda xy, table: hash_grid_op.interpolate(xy, table, grid.levels), (xy, table)
    )


@pytest.mark.parametrize("dimensions", [1, 2])
def test_opcheck(dimensions):
    grid = small(dimensions)
    lists = hash_grid_op._flat(grid.levels)
    xy = points(40, dimensions)
    wanting = xy.clone().requires_grad_()
    torch.library.opcheck(hash_grid_op.hash_grid, (xy, grid.table, *lists))
    torch.library.opcheck(hash_grid_op.hash_grid, (wanting, grid.table.detach(), *lists))
    torch.library.opcheck(hash_grid_op.hash_grid, (wanting, grid.table, *lists))
    gradient = torch.ones(40, grid.features)
    for op in (
        hash_grid_op.hash_grid_table_gradient,
        hash_grid_op.hash_grid_position_gradient,
    ):
        torch.library.opcheck(op, (gradient, xy, grid.table.detach(), *lists))


def test_the_same_bits_for_any_number_of_threads(threads):
    grid = small(n_levels=7, log2_hashmap_size=10)
    xy = points(70_000, 2).requires_grad_()
    weights = torch.randn(70_000, grid.features, generator=torch.Generator().manual_seed(3))
    results = []
    for number in (1, 2, 3, 8):
        threads(number)
        found = grid(xy)
        gradients = torch.autograd.grad((found * weights).sum(), [xy, grid.table])
        results.append((found.detach(), *gradients))
    for other in results[1:]:
        for first, second in zip(results[0], other, strict=True):
            assert torch.equal(first, second)


def test_compiles_in_one_piece():
    grid = small()
    model = torch.nn.Sequential(grid, torch.nn.Linear(grid.features, 3))
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    xy = points(50, 2).requires_grad_()
    expected = torch.autograd.grad(model(xy).sum(), [xy, grid.table])
    found = torch.autograd.grad(compiled(xy).sum(), [xy, grid.table])
    for first, second in zip(found, expected, strict=True):
        torch.testing.assert_close(first, second)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")  # of the compiler itself
def test_compiles_by_the_default_compiler():
    grid = small()
    model = torch.nn.Sequential(grid, torch.nn.Linear(grid.features, 3), torch.nn.Tanh())
    compiled = torch.compile(model)
    for count in (50, 51):  # a second size makes it compile for any
        xy = points(count, 2)
        torch.testing.assert_close(compiled(xy), model(xy))
        compiled(xy).sum().backward()


def test_odd_memory_is_read_rightly():
    grid = small()
    wide = points(40, 6)
    xy = wide[::2, 1::3]
    assert not xy.is_contiguous()
    assert torch.equal(grid(xy), grid(xy.contiguous()))
    # The gradient of a sum has strides of zero.
    (found,) = torch.autograd.grad(grid(xy).sum(), grid.table)
    (expected,) = torch.autograd.grad(
        definition.interpolate(xy, grid.table, grid.levels).sum(), grid.table
    )
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(0, 2), (3, 4, 2), (2,)])
def test_any_leading_shape(shape):
    grid = small()
    xy = torch.zeros(shape)
    found = grid(xy)
    assert found.shape == (*shape[:-1], grid.features)
    found.sum().backward()
    assert grid.table.grad is not None


def test_a_second_derivative_is_refused_aloud():
    grid = small()
    xy = points(4, 2).requires_grad_()
    (first,) = torch.autograd.grad(grid(xy).sum(), xy, create_graph=True)
    with pytest.raises(RuntimeError, match="hash_grid_position_gradient"):
        first.sum().backward()


def test_an_adam_step_learns_a_ramp():
    grid = Forced(HashGridConfig(n_levels=2, log2_hashmap_size=8, base_resolution=4), seed=1)
    model = torch.nn.Sequential(grid, torch.nn.Linear(grid.features, 1))
    xy = points(256, 2)
    target = xy[:, :1].clamp(-1, 1)
    optimizer = torch.optim.Adam(model.parameters(), 0.05)
    for _ in range(60):
        optimizer.zero_grad()
        loss = ((model(xy) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3


def test_the_module_takes_the_operator_where_it_can(monkeypatch):
    grid = HashGrid(HashGridConfig(n_levels=2, log2_hashmap_size=8, base_resolution=4), seed=4)
    used = []
    for module, name in ((hash_grid_op, "operator"), (definition, "definition")):
        original = module.interpolate
        monkeypatch.setattr(
            module,
            "interpolate",
            lambda *args, original=original, name=name: used.append(name) or original(*args),
        )
    xy = points(5, 2)
    grid(xy)
    grid(xy.reshape(5, 1, 2))
    assert used == ["operator"] * 2
    grid(xy.double())
    grid.to("meta")(xy.to("meta"))
    assert used[2:] == ["definition"] * 2


def test_wrong_shapes_are_refused():
    grid = HashGrid(HashGridConfig(n_levels=2, log2_hashmap_size=8), 3)
    with pytest.raises(ShapeError, match=r"\(7, 2\).*\(\.\.\., 3\)"):
        grid(torch.zeros(7, 2))
    with pytest.raises(ShapeError, match="xy has shape"):
        hash_grid_op.interpolate(torch.zeros(7, 2), grid.table, grid.levels)
    with pytest.raises(ShapeError, match="table has shape"):
        hash_grid_op.interpolate(torch.zeros(7, 3), grid.table[1:], grid.levels)
    with pytest.raises(ShapeError, match="float64"):
        hash_grid_op.interpolate(torch.zeros(7, 3).double(), grid.table, grid.levels)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_a_forked_process_has_threads_of_its_own():
    # Only the operator works in threads here: PyTorch's own pool does not survive a fork.
    program = """
import os, numpy, torch
from redraw.engines.cpu.hash_grid_op import HashGrid
from redraw.fields.hash_grid_config import HashGridConfig
torch.set_num_threads(2)
grid = HashGrid(HashGridConfig(n_levels=3, log2_hashmap_size=8))
xy = torch.from_numpy(numpy.zeros((20_000, 2), numpy.float32))
expected = grid(xy).detach().numpy()
child = os.fork()
if child == 0:
    os._exit(0 if numpy.array_equal(grid(xy).detach().numpy(), expected) else 3)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    found = subprocess.run([sys.executable, "-c", program], timeout=600, capture_output=True)
    assert found.returncode == 0, found.stderr.decode()
