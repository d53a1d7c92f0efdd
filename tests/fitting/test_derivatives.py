"""Every preset's field is a function of (x, y) whose first and second derivatives are true.

Against central differences in float64, away from the kinks that some functions have: where
differences over two distances agree.
"""

import numpy as np
import pytest
import torch

import redraw
from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.fitting.plan.presets import PRESETS

POINTS = 60
SMOOTH = 0.5  # of the points, at least: ReLU of high octaves has many kinks
STEP = 1e-6  # of xy: errors of the difference, step^2 f''' and 1e-16 / step, are small beside f'


@pytest.fixture(scope="module")
def signals():
    y, x = np.mgrid[:14, :18]
    face = np.hypot(x - 9, y - 7) < 4.5
    picture = np.stack([face * 0.8 + 0.1, (x > 12) * 0.6 + 0.2, (x + y) / 32], -1)
    table = {"a": x.ravel() / 18.0, "b": y.ravel() / 14.0, "y": np.sin(x * y / 40.0).ravel()}
    return {"picture": picture.astype(np.float32), "table": table}


def field_of(name, signals):
    options = {"model": name, "steps": 3, "engine": "reference"}
    if PRESETS[name].signals == ("table",):
        return redraw.fit(signals["table"], targets="y", **options)
    return redraw.fit(signals["picture"], **options)


def differences(function, xy, step):
    """Central differences of (N, C) values in each coordinate. (N, C, D)"""
    each = []
    for axis in range(xy.shape[1]):
        moved = torch.zeros(xy.shape[1], dtype=xy.dtype)
        moved[axis] = step
        each.append((function(xy + moved) - function(xy - moved)) / (2 * step))
    return torch.stack(each, dim=-1)


def gradient(field, xy):
    """By autograd: of each channel. (N, C, D)"""
    xy = xy.detach().requires_grad_()
    values = field(xy)
    each = []
    for channel in range(values.shape[1]):
        (found,) = torch.autograd.grad(
            values[:, channel].sum(), xy, create_graph=True, retain_graph=True
        )
        each.append(found)
    return torch.stack(each, dim=1), xy


def hessian(field, xy):
    """By autograd, twice: of each channel. (N, C * D, D)"""
    first, xy = gradient(field, xy)
    each = []
    for one in first.flatten(1).unbind(1):
        found = None
        if one.requires_grad:
            (found,) = torch.autograd.grad(one.sum(), xy, retain_graph=True, allow_unused=True)
        each.append(torch.zeros_like(xy) if found is None else found)
    return torch.stack(each, dim=1).detach()


def agree(found, function, xy):
    """Compare with differences, where these do not depend on their step; the share that was."""
    near, far = differences(function, xy, STEP), differences(function, xy, 2 * STEP)
    scale = near.abs().amax().clamp_min(1e-3)
    smooth = (near - far).abs().flatten(1).amax(1) < 1e-5 * scale
    error = (found - near).abs().flatten(1).amax(1)[smooth]
    assert float(error.max()) < 2e-5 * float(scale), float(error.max() / scale)
    return float(smooth.double().mean())


def test_finers_authors_way_is_an_option_by_name():
    """One hidden layer, by hand: the authors hold |z| + 1, so that d/dx loses the part of |z|."""
    config = FieldConfig(hidden=(5,), activation="finer", omega_first=7.0)
    field = Field.build(config, seed=2).double()
    first, last = field.network.layers
    xy = torch.rand(40, 2, dtype=torch.float64) * 2 - 1
    z = xy @ first.weight.T + first.bias
    scale = z.abs() + 1
    slopes = {"true": 7.0 * (2 * z.abs() + 1), "authors": 7.0 * scale}
    for name, slope in slopes.items():
        at = xy.clone().requires_grad_()
        values = field(at, derivatives=name)
        np.testing.assert_array_equal(values.detach(), field(xy).detach())
        (found,) = torch.autograd.grad(values.sum(), at)
        wanted = ((torch.cos(7.0 * scale * z) * slope * last.weight) @ first.weight).detach()
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)
    true, usual = (
        torch.autograd.grad(field(at, **asked).sum(), at)[0]
        for asked in ({"derivatives": "true"}, {})
    )
    assert torch.equal(true, usual)
    with pytest.raises(UsageError, match="accepted: true or authors"):
        field(xy, derivatives="exact")


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_derivatives_of_every_preset(name, signals):
    field = field_of(name, signals).double()
    generator = torch.Generator().manual_seed(3)
    dimensions = field.config.dimensions
    xy = torch.rand(POINTS, dimensions, dtype=torch.float64, generator=generator) * 1.9 - 0.95
    first, _ = gradient(field, xy)
    share = agree(first.detach(), lambda at: field(at).detach(), xy)
    assert share > SMOOTH
    second = hessian(field, xy)
    share = agree(second, lambda at: gradient(field, at)[0].detach().flatten(1), xy)
    assert share > SMOOTH
