import numpy as np
import pytest
import torch
from scipy import integrate, interpolate

from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.prefilter import AVERAGES, inverse_filter
from redraw.fields.spline import cubic, orthonormal, spline_from_averages
from redraw.fields.spline_config import SplineConfig


def random(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_filter_inverts_the_averages_of_the_b_spline():
    half = np.array(inverse_filter(40))
    whole = np.concatenate([half[:0:-1], half])
    kernel = np.array([*AVERAGES[:0:-1], *AVERAGES])
    delta = np.convolve(whole, kernel)
    delta[len(delta) // 2] -= 1.0
    assert np.abs(delta[5:-5]).max() < 1e-14


def test_averages_are_those_of_the_quartic_b_spline():
    spline = interpolate.BSpline.basis_element(np.arange(-2.5, 3.5))
    assert [float(spline(k)) for k in range(3)] == pytest.approx(AVERAGES, abs=1e-12)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (9, 12)])
def test_the_spline_has_the_averages_it_was_made_from(height, width):
    """By Gauss-Legendre quadrature of piecewise polynomials, on half pixels: exact."""
    averages = random(1, height, width)
    weights = spline_from_averages(averages)
    nodes, shares = np.polynomial.legendre.leggauss(4)
    x = np.concatenate([(k / 2 + 0.25 * (nodes + 1)) for k in range(2 * width)])
    y = np.concatenate([(k / 2 + 0.25 * (nodes + 1)) for k in range(2 * height)])
    grid = np.stack(np.meshgrid(2 * x / width - 1, 2 * y / height - 1), -1).reshape(-1, 2)
    values = cubic(weights, torch.from_numpy(grid)).reshape(height, 8, width, 8)
    share = torch.from_numpy(np.tile(shares, 2) / 4)
    mean = torch.einsum("hawb,a,b->hw", values, share, share)
    assert torch.allclose(mean, averages[0], rtol=0, atol=1e-6)


def test_the_spline_is_scipys_along_a_line():
    weights = random(1, 1, 9)
    mirrored = np.concatenate([weights[0, 0].flip(0), weights[0, 0], weights[0, 0].flip(0)])
    knots = np.arange(-2.0, len(mirrored) + 2.0)
    spline = interpolate.BSpline(knots, mirrored, 3)
    x = np.linspace(-1, 1, 50)
    at = (x + 1) / 2 * 9 - 0.5 + 9
    found = cubic(weights, torch.tensor(np.stack([x, 0 * x], -1)))[:, 0]
    assert np.abs(found.numpy() - spline(at)).max() < 1e-12
    assert integrate.quad(interpolate.BSpline.basis_element(knots[:5]), -2, 2)[0] == pytest.approx(
        1
    )


def test_two_derivatives_are_continuous():
    weights = random(1, 6, 6)
    step = 1e-5
    for place in (-1.0, -2 / 3, 0.0, 1 / 6, 1.0):
        x = torch.tensor([[place + k * step, 0.1] for k in range(-3, 4)], dtype=torch.float64)
        v = cubic(weights, x)[:, 0]
        before, after = (v[3] - 2 * v[2] + v[1]), (v[5] - 2 * v[4] + v[3])
        assert abs(float(before - after)) / step**2 < 0.05


def kept(config, seed=0):
    """A field that keeps every third number."""
    field = Field.build(FieldConfig(channels=config.planes, hidden=(), encoding=config), seed)
    field = field.double()
    spline = field.encoding
    values = config.width * config.height * config.planes
    places = torch.arange(0, values, 3)[: config.kept]
    with torch.no_grad():
        spline.significant[: len(places)] = places.int()
        spline.values[: len(places)] = random(len(places), seed=seed) - 0.5
    spline.block_transforms.copy_(torch.arange(len(spline.block_transforms)) % config.transforms)
    return field


def test_gradients_are_right():
    field = kept(SplineConfig(5, 4, 2, room=60, transforms=2))
    values, transforms = field.encoding.values, field.encoding.transforms
    xy = (random(3, 2) * 2 - 1).requires_grad_()

    def of(v, t, p):
        made = torch.func.functional_call(
            field, {"encoding.values": v, "encoding.transforms": t}, (p,)
        )
        return made

    assert torch.autograd.gradcheck(of, (values, transforms, xy))


def test_what_counts_as_a_parameter():
    config = SplineConfig(20, 10, 3, room=300, transforms=4)
    field = kept(config)
    field.encoding.bits.fill_(65)
    count = int((field.encoding.significant >= 0).sum())
    assert field.encoding.parameter_count == count + 16 * 4 + 3
    assert field.parameter_count == field.encoding.parameter_count + 9 + 3


def test_matrices_start_orthonormal_and_the_first_does_nothing():
    field = Field.build(FieldConfig(hidden=(), encoding=SplineConfig(transforms=6)), 3)
    matrices = field.encoding.transforms.detach().double()
    product = matrices @ matrices.transpose(1, 2)
    assert torch.allclose(product, torch.eye(4, dtype=torch.float64).expand(6, 4, 4), atol=1e-6)
    assert torch.allclose(matrices[0], torch.eye(4, dtype=torch.float64), atol=1e-7)
    assert torch.allclose(orthonormal(matrices), matrices, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"width": 0}, "width of the spline is 0"),
        ({"transforms": 257}, "transforms of the spline is 257"),
        ({"width": 2**20, "height": 2**20}, "values; accepted"),
    ],
)
def test_what_is_out_of_bounds_is_refused(values, match):
    with pytest.raises(UsageError, match=match):
        SplineConfig(**values)
    with pytest.raises(UsageError, match="3 dimensions"):
        SplineConfig().build(3)


def set_bits(encoding, bits):
    encoding.bits.fill_(bits)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda e: e.significant[2].fill_(3 * 9 * 12), "keeps a coefficient at 324; it has 324"),
        (lambda e: e.significant[2].fill_(2**31 - 1), "keeps a coefficient at 2,147,483,647"),
        (lambda e: e.significant[1].fill_(-7), "do not rise"),
        (lambda e: e.significant[1].fill_(323), "do not rise"),
        (lambda e: e.block_transforms[-1].fill_(4), "takes matrix 4; it has 4"),
        (lambda e: set_bits(e, -8), "takes -8 bits"),
        (lambda e: set_bits(e, 2**62), "bits; accepted: 0 to"),
    ],
)
def test_what_no_fit_makes_is_refused(change, reason):
    encoding = SplineConfig(12, 9, 3, room=100, transforms=4).build(2)
    encoding.check_stored("a.redraw")
    encoding.significant[:3] = torch.tensor([0, 5, 323])
    encoding.block_transforms[-1] = 3
    encoding.check_stored("a.redraw")
    change(encoding)
    with pytest.raises(FileFormatError, match=reason):
        encoding.check_stored("a.redraw")
