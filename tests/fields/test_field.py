import itertools
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call

from redraw.errors import ShapeError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import AxisConfig, FourierConfig, IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.sizes import ACTIVATIONS

ENCODINGS = {
    "identity": IdentityConfig(),
    "fourier": FourierConfig(5, 2.0),
    "axis": AxisConfig(3),
    "hash": HashGridConfig(n_levels=3, log2_hashmap_size=6, base_resolution=4.0),
}


def small(activation="sine", *, dtype=torch.float64, seed=0, **options):
    options = {"hidden": (5, 4), "omega": 3.0, "omega_first": 2.0, "spread": 1.5, **options}
    return Field.build(FieldConfig(activation=activation, **options), seed, dtype=dtype)


def points(count, dimensions=2, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, dimensions, generator=generator, dtype=torch.float64) * 2 - 1


def by_numpy(field, xy):
    """The field without PyTorch: layers as matrix products, activations from the papers."""
    config = field.config
    w, s = (config.omega_first, config.omega), config.spread
    functions = {
        "tanh": lambda z, w: np.tanh(z),
        "sigmoid": lambda z, w: 1 / (1 + np.exp(-z)),
        "relu": lambda z, w: np.maximum(z, 0),
        "silu": lambda z, w: z / (1 + np.exp(-z)),
        "sine": lambda z, w: np.sin(w * z),
        "finer": lambda z, w: np.sin(w * (np.abs(z) + 1) * z),
        "gauss": lambda z, w: np.exp(-((s * z) ** 2)),
        "wire": lambda z, w: np.cos(w * z) * np.exp(-((s * z) ** 2)),
        "wire-complex": lambda z, w: np.exp(1j * w * z - np.abs(s * z) ** 2),
    }
    state = {name: tensor.numpy() for name, tensor in field.state_dict().items()}
    z = xy
    if isinstance(config.encoding, (FourierConfig, AxisConfig)):
        phase = np.pi * (xy + 1) @ state["encoding.matrix"].T
        z = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
    last = len(config.hidden)
    for depth in range(last + 1):
        z = z @ state[f"network.layers.{depth}.weight"].T + state[f"network.layers.{depth}.bias"]
        if depth < last:
            z = functions[config.activation](z, w[min(depth, 1)])
    z = z.real
    return 1 / (1 + np.exp(-field.sharpness * z)) if config.output == "sigmoid" else z


@pytest.mark.parametrize("encoding", ["identity", "fourier", "axis"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_are_those_of_plain_matrix_products(activation, encoding):
    field = small(activation, encoding=ENCODINGS[encoding], channels=3, output="sigmoid")
    field.sharpness = 4.0
    xy = points(50)
    found = field(xy).detach().numpy()
    np.testing.assert_allclose(found, by_numpy(field, xy.numpy()), rtol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_agrees_to_rounding(activation):
    """Arguments are a few units at most, so the error is some tens of float32 epsilons."""
    exact, rounded = small(activation), small(activation, dtype=torch.float32)
    xy = points(200)
    difference = rounded(xy.float()).double() - exact(xy)
    assert difference.abs().max() < 50 * torch.finfo(torch.float32).eps


@pytest.mark.parametrize("output", ["linear", "sigmoid"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_gradients_are_those_of_finite_differences(activation, output):
    field = small(activation, output=output, channels=2)
    names = [name for name, _ in field.named_parameters()]

    def function(xy, *parameters):
        return functional_call(field, dict(zip(names, parameters, strict=True)), xy)

    inputs = [points(3), *(p.detach().clone() for p in field.parameters())]
    assert torch.autograd.gradcheck(function, [x.requires_grad_() for x in inputs])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_gradients_through_the_encoding(encoding):
    field = small(encoding=ENCODINGS[encoding])
    with torch.no_grad():
        for p in field.encoding.parameters():
            p.mul_(1e4)  # a hash grid starts from almost nothing
    assert torch.autograd.gradcheck(field, [points(4).requires_grad_()])


def test_second_derivatives_of_a_siren():
    """d2/dx2 of c sin(w (a x + b)) is - c (w a)^2 sin(...)."""
    field = small(hidden=(1,), omega_first=4.0)
    a, c = field.network.layers[0].weight[0, 0], field.network.layers[1].weight[0, 0]
    xy = points(6).requires_grad_()
    values = field(xy)
    (slope,) = torch.autograd.grad(values.sum(), xy, create_graph=True)
    (bend,) = torch.autograd.grad(slope[:, 0].sum(), xy)
    wave = values[:, 0] - field.network.layers[1].bias
    torch.testing.assert_close(bend[:, 0], -((4.0 * a) ** 2) * wave)
    assert c != 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_one_step_of_training_runs_in_either_precision(activation, dtype):
    """And without a warning: complex numbers tempt PyTorch to some."""
    field = small(activation, dtype=dtype, output="sigmoid")
    optimizer = torch.optim.Adam(field.parameters())
    values = field(points(10).to(dtype))
    assert values.dtype == dtype
    values.square().sum().backward()
    optimizer.step()
    assert all(bool(torch.isfinite(p).all()) for p in field.parameters())


@pytest.mark.parametrize("activation", ["sine", "finer", "wire-complex"])
def test_compiling_changes_nothing(activation):
    field = small(activation, encoding=ENCODINGS["fourier"], output="sigmoid")
    xy = points(20).requires_grad_()
    compiled = torch.compile(field, backend="eager", fullgraph=True)
    expected, found = field(xy), compiled(xy)
    assert torch.equal(found, expected)
    for given, wanted in zip(
        torch.autograd.grad(found.sum(), [xy, *field.parameters()]),
        torch.autograd.grad(expected.sum(), [xy, *field.parameters()]),
        strict=True,
    ):
        torch.testing.assert_close(given, wanted)


def test_a_field_composes_with_other_modules():
    class Stretch(nn.Module):
        def forward(self, xy):
            return 0.5 * xy

    field = small(channels=3, dtype=torch.float32)
    model = nn.Sequential(Stretch(), field, nn.Linear(3, 1))
    assert model(points(7).float()).shape == (7, 1)
    assert len(list(model.parameters())) == len(list(field.parameters())) + 2
    again = nn.Sequential(
        Stretch(), small(channels=3, dtype=torch.float32, seed=9), nn.Linear(3, 1)
    )
    again.load_state_dict(model.state_dict())
    assert torch.equal(again(points(7).float()), model(points(7).float()))


def test_any_leading_shape_is_kept():
    field = small(channels=3)
    grid = points(24).reshape(4, 6, 2)
    assert field(grid).shape == (4, 6, 3)
    assert torch.equal(field(grid).reshape(-1, 3), field(grid.reshape(-1, 2)))
    assert field(grid[0, 0]).shape == (3,)
    assert field(torch.zeros(0, 2, dtype=torch.float64)).shape == (0, 3)


def test_wrong_coordinates_are_refused_in_words():
    for shape in ((5, 3), (2, 1), ()):
        with pytest.raises(ShapeError, match=rf"{re.escape(str(shape))}; expected \(\.\.\., 2\)"):
            small()(torch.zeros(shape, dtype=torch.float64))


def test_a_seed_decides_the_parameters():
    fields = [small(seed=seed, dtype=torch.float32) for seed in (7, 7, 8)]
    states = [field.state_dict() for field in fields]
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])
    assert not any(torch.equal(states[0][k], states[2][k]) for k in states[0])


def test_building_neither_reads_nor_moves_the_global_state():
    expected = small(dtype=torch.float32).state_dict()
    torch.manual_seed(123)
    following = torch.rand(1)
    torch.manual_seed(123)
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    try:
        field = small(dtype=torch.float32)
    finally:
        torch.set_default_device(None)
        torch.set_default_dtype(torch.float32)
    assert torch.rand(1) == following
    for name, tensor in field.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, expected[name])


def test_parameters_are_the_same_numbers_in_both_precisions():
    for activation, encoding in itertools.product(("sine", "wire-complex"), ENCODINGS.values()):
        states = [
            small(activation, dtype=dtype, encoding=encoding).state_dict()
            for dtype in (torch.float32, torch.float64)
        ]
        for name in states[0]:
            assert torch.equal(states[0][name].to(states[1][name].dtype), states[1][name])


@pytest.mark.parametrize(
    ("config", "count"),
    [
        # 2-50-50-100-50-25-25-25-1 of the original blog
        (FieldConfig(hidden=(50, 50, 100, 50, 25, 25, 25), activation="tanh"), 15_451),
        (FieldConfig(hidden=(64, 64, 64, 64)), 12_737),
        (FieldConfig(hidden=(), channels=3), 9),
        (FieldConfig(hidden=(10,), channels=3, bias=False), 50),
        # 2 * 10 + 10 real, then twice 10 * 10 + 10 and 10 + 1 complex
        (FieldConfig(hidden=(10, 10), activation="wire-complex"), 30 + 2 * 121),
        (FieldConfig(hidden=(10,), encoding=FourierConfig(7)), 14 * 10 + 10 + 11),
    ],
)
def test_parameter_count(config, count):
    assert Field.build(config).parameter_count == count


def test_sharpness_belongs_to_sigmoid_outputs():
    field = small(output="linear")
    field.sharpness = 5.0
    assert field.sharpness == 1.0
    field = small(output="sigmoid")
    field.sharpness = 5
    assert field.sharpness == 5.0


def test_an_empty_field_takes_no_memory_on_the_meta_device():
    with torch.device("meta"):
        field = Field.empty(FieldConfig(hidden=(60_000, 60_000)))
    assert field.parameter_count > 3.6e9
    assert {p.device.type for p in field.parameters()} == {"meta"}
