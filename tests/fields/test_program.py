"""Programs against the fields they were lowered from: all presets, encodings and activations."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.fields.drawn_labels import labelled

from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding import Encoding
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.labels_config import LabelsConfig
from redraw.fields.network import Network
from redraw.fields.outputs import LinearOutput
from redraw.fields.program import FUNCTIONS, Program
from redraw.fields.sizes import ACTIVATIONS
from redraw.fields.spline_config import SplineConfig
from redraw.fitting.plan.presets import PRESETS
from redraw.storage.field_file import load_field

GOLDEN = sorted((Path(__file__).parents[1] / "golden").glob("version-*/*.redraw"))
# Both sides compute in float64 in another order: 2^-53 times phases of up to 400 radians, times
# the gain of up to 64 layers' worth of slopes: 1e-11. float32 anywhere would leave 1e-7.
CLOSE = 1e-10


def points(dimensions, count=300, dtype=torch.float64):
    """Beyond the edges too: there a spline is mirrored and a grid clamped."""
    generator = torch.Generator().manual_seed(7)
    inside = torch.rand(count, dimensions, generator=generator, dtype=dtype)
    special = torch.tensor([[-1.0], [1.0], [0.0], [1.7], [-2.4]], dtype=dtype)
    return torch.cat([inside * 2.0 - 1.0, special.expand(-1, dimensions)])


def built(config):
    """A field whose parameters are all of a size that matters."""
    field = Field.build(config, seed=3, dtype=torch.float64)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        encoding = field.encoding
        if isinstance(config.encoding, SplineConfig):
            kept = min(encoding.values.numel(), 200)
            side = config.encoding.width * config.encoding.height * config.encoding.planes
            places = torch.randperm(side, generator=generator)[:kept].sort().values
            encoding.significant[:kept] = places.to(torch.int32)
            encoding.values[:kept] = torch.randn(kept, generator=generator, dtype=torch.float64)
            encoding.block_transforms.random_(config.encoding.transforms, generator=generator)
            if config.encoding.subpixel:
                encoding.subpixel.normal_(0.0, 0.2, generator=generator)
        for parameter in encoding.parameters():
            if parameter.ndim == 2:
                parameter.normal_(0.0, 1.0, generator=generator)
    if config.output == "sigmoid":
        field.sharpness = 7.5
    return field


def agrees(field):
    program = field.lower()
    xy = points(program.dimensions)
    with torch.no_grad():
        wanted = field(xy).numpy()
    found = program.run(xy.numpy())
    assert found.shape == wanted.shape == (len(xy), program.channels)
    assert np.abs(found - wanted).max() <= CLOSE * max(1.0, np.abs(wanted).max())
    return program


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("channels", [1, 4])
def test_a_preset_is_its_program(name, channels):
    import dataclasses

    config = PRESETS[name].field
    if isinstance(config.encoding, SplineConfig):
        encoding = SplineConfig(19, 14, channels, room=700, transforms=3, subpixel=8)
        config = dataclasses.replace(config, encoding=encoding)
    config = dataclasses.replace(config, channels=channels)
    if isinstance(config.encoding, LabelsConfig):
        agrees(labelled(channels))
    else:
        agrees(built(config))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 5), (31, 17)])
@pytest.mark.parametrize("detailed", [True, False])
def test_labels_of_any_size(width, height, detailed):
    program = agrees(labelled(3, width, height, detailed=detailed))
    assert program.kinds <= {"regions", "affine"}


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5, 4)])
def test_an_activation_is_its_program(activation, hidden):
    config = FieldConfig(
        channels=2, hidden=hidden, activation=activation, omega=4.0, spread=2.0, dimensions=3
    )
    agrees(built(config))


def test_the_activations_are_all_known():
    assert FUNCTIONS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("dimensions", [1, 2, 3, 4])
def test_a_hash_grid_of_any_dimensions(dimensions):
    encoding = HashGridConfig(
        n_levels=4,
        n_features_per_level=3,
        log2_hashmap_size=7,
        base_resolution=4.0,
        per_level_scale=2.0,
    )
    agrees(built(FieldConfig(dimensions=dimensions, encoding=encoding, hidden=(5,))))


@pytest.mark.parametrize("subpixel", [0, 4])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 1), (40, 30)])
def test_a_spline_of_any_size(width, height, subpixel):
    encoding = SplineConfig(width, height, 3, room=500, transforms=2, subpixel=subpixel)
    program = agrees(built(FieldConfig(channels=3, hidden=(), encoding=encoding)))
    assert program.kinds <= {"lattice", "join", "affine"}


def test_probabilities():
    agrees(built(FieldConfig(channels=5, hidden=(8,), output="softmax")))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_fields(path):
    """Every field ever stored; in float32 throughout where it was stored so."""
    field, _ = load_field(path)
    xy = points(field.config.dimensions, dtype=torch.float32)
    kind = next(field.parameters()).dtype
    with torch.no_grad():
        wanted = field(xy.to(torch.float64 if "64" in str(kind) else kind)).float().numpy()
    found = field.lower().run(xy.numpy())
    # Phases of up to 30 radians, rounded; bfloat16 keeps 8 bits at every layer.
    rounding = 2.0**-7 if kind == torch.bfloat16 else 2.0**-24 * 30 * 16
    assert np.abs(found - wanted).max() <= rounding * max(1.0, np.abs(wanted).max())


def test_values_are_let_go_after_their_last_use():
    program = built(FieldConfig(hidden=(4,))).lower()
    assert program.last_uses() == [1, 2, 3, 4]
    assert program.width_of(0) == 2
    assert program.numbers == 4 * 2 + 4 + 4 + 1


def test_a_field_that_does_nothing_is_a_program():
    class Nothing(Network):
        def forward(self, features):
            return features

        def lower(self, builder, features):
            return features

    encoding = FieldConfig().encoding.build(2)
    program = Field(encoding, Nothing(2, (), 2), LinearOutput()).lower()
    assert isinstance(program, Program)
    assert program.run(np.array([[0.25, -1.0]])).tolist() == [[0.25, -1.0]]


def test_an_encoding_that_says_nothing_is_refused_with_the_way_out():
    class Foreign(Encoding):
        features = 2

    field = Field(Foreign(), Network(2, (), 1), LinearOutput())
    with pytest.raises(UsageError, match="the encoding Foreign can't be exported"):
        field.lower()
