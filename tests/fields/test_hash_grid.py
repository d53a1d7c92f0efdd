"""The hash grid's definition, against loops written from the paper."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid import START
from redraw.fields.hash_grid_config import FINEST, HashGridConfig

PI = [1, 2654435761, 805459861, 3674653429]


def features_by_loops(config, table, xy):
    """Mueller et al. 2022, section 3, point by point, level by level, corner by corner, in float64.

    Indices are computed in uint32, as eq. 4 is meant; nothing of the package is used.
    """
    dimensions = xy.shape[1]
    aspect = config.aspect or (1.0,) * dimensions
    size = 2**config.log2_hashmap_size
    out = np.zeros((len(xy), config.n_levels * config.n_features_per_level))
    offset = 0
    resolution = config.base_resolution
    for level in range(config.n_levels):
        scale = [float(np.float32(max(resolution * a - 1, 1))) for a in aspect]
        # The furthest corner of the furthest point, plus one.
        vertices = [int(np.floor(s * 1.0 + 0.5)) + 1 + 1 for s in scale]
        dense = math.prod(vertices) <= size
        for n, point in enumerate(xy):
            unit = [min(max((float(x) + 1) / 2, 0.0), 1.0) for x in point]
            position = [u * s + 0.5 for u, s in zip(unit, scale, strict=True)]
            for corner in range(2**dimensions):
                weight, linear, stride, hashed = 1.0, 0, 1, np.uint32(0)
                for axis in range(dimensions):
                    low = math.floor(position[axis])
                    bit = corner >> axis & 1
                    part = position[axis] - low
                    weight *= part if bit else 1 - part
                    linear += (low + bit) * stride
                    stride *= vertices[axis]
                    with np.errstate(over="ignore"):
                        hashed ^= np.uint32(low + bit) * np.uint32(PI[axis])
                row = offset + (linear if dense else int(hashed) % size)
                columns = slice(
                    level * config.n_features_per_level, (level + 1) * config.n_features_per_level
                )
                out[n, columns] += weight * table[row]
        offset += math.prod(vertices) if dense else size
        resolution *= config.per_level_scale
    assert offset == len(table)
    return out


def grid_with_values(config, dimensions, dtype=torch.float64, seed=0):
    grid = config.build(dimensions).to(dtype)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        grid.table.copy_(torch.randn(grid.table.shape, generator=generator, dtype=torch.float64))
    return grid


configs = st.builds(
    HashGridConfig,
    n_levels=st.integers(1, 5),
    n_features_per_level=st.integers(1, 4),
    log2_hashmap_size=st.integers(1, 9),
    base_resolution=st.floats(2, 9),
    per_level_scale=st.floats(1, 2.5),
)


@settings(max_examples=40, deadline=None)
@given(
    config=configs, dimensions=st.integers(1, 4), points=st.integers(1, 7), seed=st.integers(0, 99)
)
def test_features_are_those_of_the_paper(config, dimensions, points, seed):
    grid = grid_with_values(config, dimensions, seed=seed)
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-1.2, 1.2, (points, dimensions))
    xy[0, 0] = rng.choice([-1.0, 1.0, 0.0])  # the edges themselves
    expected = features_by_loops(config, grid.table.detach().numpy(), xy)
    found = grid(torch.from_numpy(xy)).detach().numpy()
    # A position is rounded to scale * eps; a feature moves by that times its largest slope.
    scale = config.base_resolution * config.per_level_scale ** (config.n_levels - 1)
    bound = 8 * np.finfo(np.float64).eps * scale * 4 * dimensions
    np.testing.assert_allclose(found, expected, atol=bound, rtol=0)


def test_each_axis_has_its_own_resolution_where_an_aspect_is_given():
    config = HashGridConfig(
        n_levels=3, log2_hashmap_size=8, base_resolution=8, per_level_scale=1.6, aspect=(1.0, 0.5)
    )
    grid = grid_with_values(config, 2)
    xy = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    expected = features_by_loops(config, grid.table.detach().numpy(), xy)
    np.testing.assert_allclose(grid(torch.from_numpy(xy)).detach().numpy(), expected, atol=1e-12)
    assert grid.levels[0].scale == (7.0, 3.0)


def test_float32_finds_the_cells_of_float64():
    config = HashGridConfig(n_levels=8, log2_hashmap_size=10, per_level_scale=1.7)
    exact = grid_with_values(config, 2)
    xy = torch.rand(500, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    expected = exact(xy.double())
    found = exact.float()(xy).double()
    # Largest difference of neighbouring features (normal: below 10) times the position's rounding.
    scale = exact.levels[-1].scale[0]
    assert (found - expected).abs().max() < 4 * 2.0**-24 * scale * 10


def test_the_sizes_of_the_usual_grid():
    # 16 * 1.5^l - 1 cells between the outermost positions; a row-major level as long as it fits.
    levels = HashGridConfig().grids(2)
    assert [level.vertices[0] for level in levels[:6]] == [17, 25, 37, 55, 82, 123]
    assert [level.hashed for level in levels] == [False] * 6 + [True] * 10
    assert HashGridConfig().count(2)[1] == 2 * (
        17**2 + 25**2 + 37**2 + 55**2 + 82**2 + 123**2 + 10 * 2**15
    )


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4])
def test_gradients(dimensions):
    config = HashGridConfig(
        n_levels=2,
        n_features_per_level=2,
        log2_hashmap_size=4,
        base_resolution=2.5,
        per_level_scale=1.7,
    )
    grid = grid_with_values(config, dimensions)
    # Away from the cells' borders, where the features have no derivative.
    xy = torch.rand(2, dimensions, generator=torch.Generator().manual_seed(2)).double() * 1.6 - 0.8
    for level in grid.levels:
        position = (xy + 1) / 2 * torch.tensor(level.scale) + 0.5
        assert ((position - position.round()).abs() > 1e-4).all()
    xy.requires_grad_()

    def features(xy, table):
        return torch.func.functional_call(grid, {"table": table}, (xy,))

    table = grid.table.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(features, (xy, table))
    if dimensions == 2:
        assert torch.autograd.gradgradcheck(features, (xy, table))


def test_outside_of_the_picture_the_edge_goes_on_without_a_gradient():
    grid = grid_with_values(HashGridConfig(n_levels=3, log2_hashmap_size=8, base_resolution=4), 2)
    outside = torch.tensor([[1.5, 0.3], [-7.0, 0.3]], dtype=torch.float64, requires_grad=True)
    edge = torch.tensor([[1.0, 0.3], [-1.0, 0.3]], dtype=torch.float64)
    features = grid(outside)
    assert torch.equal(features, grid(edge))
    (gradient,) = torch.autograd.grad(features.sum(), outside)
    assert (gradient[:, 0] == 0).all()
    assert (gradient[:, 1] != 0).all()


def test_a_position_that_is_no_number_gives_features_that_are_none():
    grid = grid_with_values(
        HashGridConfig(n_levels=2, log2_hashmap_size=8, base_resolution=4), 2, torch.float32
    )
    features = grid(torch.tensor([[math.nan, 0.0], [0.5, 0.5], [math.inf, -math.inf]]))
    assert features[0].isnan().all()
    assert not features[1:].isnan().any()


def test_the_reference_gradient_is_summed_in_a_fixed_order():
    grid = HashGridConfig(n_levels=4, log2_hashmap_size=6).build(2)
    grid.initialise(torch.Generator().manual_seed(0))
    xy = torch.rand(50_000, 2, generator=torch.Generator().manual_seed(1)) * 2 - 1
    weights = torch.randn(50_000, grid.features, generator=torch.Generator().manual_seed(2))
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        gradients = [
            torch.autograd.grad((grid(xy) * weights).sum(), grid.table)[0] for _ in range(5)
        ]
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(gradients[0], other) for other in gradients[1:])


def test_compiles_in_one_piece():
    grid = HashGridConfig(n_levels=3, log2_hashmap_size=6).build(2)
    grid.initialise(torch.Generator().manual_seed(0))
    compiled = torch.compile(grid, fullgraph=True, backend="aot_eager")
    xy = torch.rand(9, 2) * 2 - 1
    torch.testing.assert_close(compiled(xy), grid(xy), rtol=1e-6, atol=1e-10)
    compiled(xy).sum().backward()
    assert grid.table.grad is not None


def test_a_field_with_a_grid_begins_the_same_everywhere_and_near_zero():
    config = FieldConfig(
        encoding=HashGridConfig(n_levels=4, log2_hashmap_size=8), activation="relu"
    )
    first, second = Field.build(config, seed=3), Field.build(config, seed=3)
    table = first.encoding.table
    assert torch.equal(table, second.encoding.table)
    assert START * 0.99 < table.abs().max() <= START
    assert abs(table.mean()) < START * 0.1
    drawn = torch.rand(1, generator=torch.Generator().manual_seed(3)).item()
    assert table[0, 0].item() == pytest.approx((2 * drawn - 1) * START)
    assert next(iter(first.state_dict())) == "encoding.table"


def test_nothing_is_allocated_to_learn_the_shapes():
    config = FieldConfig(
        encoding=HashGridConfig(log2_hashmap_size=22, per_level_scale=2), hidden=(8,)
    )
    with torch.device("meta"):
        field = Field.empty(config)
    assert field.encoding.table.shape == (config.encoding.count(2)[1] // 2, 2)
    assert field.encoding.table.is_meta


def test_configuration_goes_through_json():
    config = FieldConfig(encoding=HashGridConfig(n_levels=3, aspect=(1.0, 0.5)))
    plain = config.to_json()
    assert plain["encoding"] == {
        "kind": "hash", "levels": 3, "features": 2, "table": 15, "coarsest": 16.0, "growth": 1.5,
        "aspect": [1.0, 0.5],
    }  # fmt: skip
    assert FieldConfig.from_json(plain) == config
    own = {"n_levels": 3, "n_features_per_level": 2, "log2_hashmap_size": 15}
    own |= {"base_resolution": 16.0, "per_level_scale": 1.5, "aspect": [1.0, 0.5]}
    assert FieldConfig.from_json({**plain, "encoding": {"kind": "hash", **own}}) == config
    with pytest.raises(FileFormatError, match="has the key 'levels' twice: it is 'n_levels', too"):
        FieldConfig.from_json({**plain, "encoding": {**plain["encoding"], "n_levels": 3}})


@pytest.mark.parametrize(
    "change",
    [
        {"levels": 0},
        {"levels": 33},
        {"features": 0},
        {"features": 10**9},
        {"table": 25},
        {"table": 0},
        {"table": 2**62},
        {"coarsest": 1e300},
        {"coarsest": 0.5},
        {"growth": 0.9},
        {"growth": 16.0, "levels": 32},
        {"table": 24, "levels": 16, "features": 16},
        {"aspect": []},
        {"aspect": [0.0, 1.0]},
        {"aspect": [1.0] * 5},
        {"aspect": [1e30, 1.0]},
        {"levels": 2.5},
        {"foreign": 1},
    ],
)
def test_a_hostile_configuration_is_refused(change):
    plain = FieldConfig(encoding=HashGridConfig()).to_json()
    plain["encoding"].update(change)
    with pytest.raises(FileFormatError) as caught:
        FieldConfig.from_json(plain)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_dimensions_and_aspect_have_to_fit():
    with pytest.raises(UsageError, match="1 to 4"):
        HashGridConfig().build(5)
    with pytest.raises(UsageError, match="one per axis"):
        HashGridConfig(aspect=(1.0, 0.5)).build(3)


@settings(max_examples=200, deadline=None)
@given(
    levels=st.integers(1, 32),
    features=st.integers(1, 16),
    table=st.integers(1, 24),
    coarsest=st.floats(2, FINEST),
    growth=st.floats(1, 16),
    dimensions=st.integers(1, 4),
)
def test_what_is_accepted_is_bounded(levels, features, table, coarsest, growth, dimensions):
    try:
        config = HashGridConfig(levels, features, table, coarsest, growth)
    except UsageError:
        return
    assert config.count(dimensions)[1] <= 2**28
    for level in config.grids(dimensions):
        assert level.rows <= 2**table
        assert max(level.scale) <= FINEST
