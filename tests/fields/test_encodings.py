import math

import numpy as np
import pytest
import torch

import redraw
from redraw.errors import UsageError
from redraw.fields.encoding_configs import ENCODINGS, AxisConfig, FourierConfig, IdentityConfig


def made(config, dimensions=2, seed=0):
    encoding = config.build(dimensions)
    encoding.initialise(torch.Generator().manual_seed(seed))
    return encoding


def test_identity_gives_back_the_coordinates():
    xy = torch.rand(5, 3)
    encoding = made(IdentityConfig(), dimensions=3)
    assert encoding(xy) is xy
    assert encoding.features == 3


def test_fourier_features_are_cosines_and_sines_of_periods_per_picture():
    """Tancik et al. 2020, eq. 5, with v in [0, 1]."""
    encoding = made(FourierConfig(frequencies=40, sigma=3.0)).double()
    xy = np.random.default_rng(1).uniform(-1, 1, (50, 2))
    b = encoding.matrix.numpy()
    assert b.shape == (40, 2)
    phase = 2 * math.pi * ((xy + 1) / 2) @ b.T
    expected = np.concatenate([np.cos(phase), np.sin(phase)], axis=1)
    found = encoding(torch.from_numpy(xy)).numpy()
    # Phases reach 2 pi 4 sigma sqrt(2) = 107.
    assert np.abs(found - expected).max() < 200 * np.finfo(float).eps
    assert encoding.features == 80


def test_gaussian_frequencies_have_the_deviation_sigma():
    drawn = made(FourierConfig(frequencies=20_000, sigma=10.0)).matrix.numpy().astype(float)
    # 40,000 numbers: five standard errors.
    assert abs(drawn.mean()) < 5 * 10 / 200
    assert abs(drawn.std() - 10.0) < 5 * 10 / math.sqrt(2 * 40_000)
    assert abs((np.abs(drawn) < 10.0).mean() - 0.6827) < 5 * 0.466 / 200


def test_axis_frequencies_are_octaves_along_each_axis():
    encoding = made(AxisConfig(octaves=4), dimensions=3)
    expected = np.zeros((12, 3))
    for axis in range(3):
        expected[4 * axis : 4 * axis + 4, axis] = [0.5, 1, 2, 4]
    np.testing.assert_array_equal(encoding.matrix.numpy(), expected)
    # From one edge to the other: half a period of the lowest.
    edges = encoding(torch.tensor([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]))
    torch.testing.assert_close(edges[:, 0], torch.tensor([1.0, -1.0]))


@pytest.mark.parametrize("kind", ENCODINGS)
def test_a_seed_decides_everything(kind):
    config = ENCODINGS[kind]()
    first, again, other = (made(config, seed=seed) for seed in (1, 1, 2))
    xy = torch.rand(7, 2)
    assert torch.equal(first(xy), again(xy))
    assert first(xy).shape == (7, first.features)
    if kind in ("fourier", "hash"):
        assert not torch.equal(first(xy), other(xy))


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("fourier", "frequencies", 0),
        ("fourier", "frequencies", -1),
        ("fourier", "frequencies", 10**12),
        ("fourier", "sigma", -1.0),
        ("fourier", "sigma", math.nan),
        ("fourier", "sigma", math.inf),
        ("axis", "octaves", 0),
        ("axis", "octaves", 2000),
    ],
)
def test_what_can_not_be_is_refused_by_name(kind, name, value):
    with pytest.raises(UsageError, match=rf"{name} .*; accepted: "):
        ENCODINGS[kind](**{name: value})


@pytest.mark.parametrize(("preset", "options"), [("spline", {"steps": 3}), ("wavelet", {})])
def test_a_state_that_was_saved_under_old_names_is_taken(preset, options):
    field = redraw.fit(
        "cub", model=preset, max_side=32, **({"steps": 3} if preset == "spline" else {})
    )
    state = field.state_dict()
    encoding = field.encoding
    assert encoding.renamed
    old = {f"encoding.{new}": f"encoding.{old}" for old, new in encoding.renamed.items()}
    assert old.keys() <= state.keys()
    saved = {old.get(name, name): tensor.clone() for name, tensor in state.items()}
    with torch.no_grad():
        for tensor in state.values():
            tensor.zero_()
    field.load_state_dict(saved)
    now = field.state_dict()
    assert now.keys() == state.keys()
    for name, tensor in now.items():
        assert torch.equal(tensor, saved[old.get(name, name)])
