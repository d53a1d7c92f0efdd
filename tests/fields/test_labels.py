"""The definition of labels, against B-splines by SciPy and the formula of the softmax."""

import numpy as np
import pytest
import torch
from scipy.interpolate import BSpline

import redraw
from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig

WIDTH, HEIGHT, LABELS = 9, 6, 3


def layout():
    """The left half is label 0, the right half label 2; between them all three, or 0 and 2."""
    owner = np.full((HEIGHT, WIDTH), 2, np.uint8)
    owner[:, :3] = 0
    owner[:, 3:6] = NONE
    candidates = np.full((3 * HEIGHT, 5), NONE, np.uint8)
    candidates[:, :2] = 0, 2
    candidates[4:9, :3] = 0, 1, 2
    candidates[-1] = 2, NONE, NONE, NONE, NONE
    return owner, candidates


def made(dtype=torch.float64, channels=2, sharpness=3.0):
    """A field with that layout, its numbers drawn."""
    owner, candidates = layout()
    probe = Labels(LabelsConfig(WIDTH, HEIGHT, channels, LABELS, len(candidates)))
    probe.owner.copy_(torch.from_numpy(owner))
    probe.candidates.copy_(torch.from_numpy(candidates))
    places, colours, _ = probe.nodes()
    encoding = LabelsConfig(
        WIDTH, HEIGHT, channels, LABELS, len(candidates), len(places), len(colours), sharpness
    )
    config = FieldConfig(channels=channels, hidden=(), bias=False, encoding=encoding)
    field = Field.build(config, dtype=dtype)
    generator = torch.Generator().manual_seed(0)
    own = field.encoding
    assert isinstance(own, Labels)
    with torch.no_grad():
        for weight in field.network.parameters():
            weight.copy_(torch.eye(channels))
        own.owner.copy_(probe.owner)
        own.candidates.copy_(probe.candidates)
        for tensor in own.parameters():
            drawn = torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.copy_(0.5 * drawn)
    return field


def b_spline(x):
    return float(np.nan_to_num(BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)(x)))


def by_hand(field, x, y):
    """The value at a place in pixels, from the formula alone."""
    encoding, config = field.encoding, field.encoding.config
    places, colours, slot = (t.numpy() for t in encoding.nodes())
    phi = {int(p): float(v) for p, v in zip(places, encoding.potentials.detach(), strict=True)}
    colour = {int(p): c.numpy() for p, c in zip(colours, encoding.colours.detach(), strict=True)}
    row, column = min(int(y), HEIGHT - 1), min(int(x), WIDTH - 1)
    own = int(encoding.owner[row, column])
    labels = [own]
    if own == NONE:
        labels = [int(k) for k in encoding.candidates[slot[row, column]] if k != NONE]
    high, wide = config.lattice
    powers, seen = [], []
    for k in labels:
        total = 0.0
        if len(labels) > 1:
            for r in range(HEIGHT + 4):
                for c in range(WIDTH + 4):
                    share = b_spline(y - (r - 2 + 0.5)) * b_spline(x - (c - 2 + 0.5))
                    if share:
                        total += share * phi[(k * (HEIGHT + 4) + r) * (WIDTH + 4) + c]
        powers.append(np.exp(config.sharpness * total))
        mixed = np.zeros(config.planes)
        for r in range(high):
            for c in range(wide):
                share = b_spline(y / 4 - (r - 2 + 0.5)) * b_spline(x / 4 - (c - 2 + 0.5))
                if share:
                    mixed += share * colour[(k * high + r) * wide + c]
        seen.append(mixed)
    value = sum(p * c for p, c in zip(powers, seen, strict=True)) / sum(powers)
    for r in range(HEIGHT):
        for c in range(WIDTH):
            if slot[r, c] >= 0:
                share = max(0, 1 - abs(y - r - 0.5)) * max(0, 1 - abs(x - c - 0.5))
                value = value + share * encoding.detail[slot[r, c]].detach().numpy()
    return value


def test_the_field_is_its_formula():
    field = made()
    drawn = np.random.default_rng(1).random((60, 2)) * (WIDTH, HEIGHT)
    corners = [(0, 0), (WIDTH, HEIGHT), (4.5, 2.5), (3.0, 1.0), (5.25, 5.75), (2.999, 0.5)]
    at = np.concatenate([drawn, corners])
    xy = torch.from_numpy(at / (WIDTH, HEIGHT) * 2.0 - 1.0)
    found = field(xy).detach().numpy()
    wanted = np.array([by_hand(field, x, y) for x, y in at])
    assert np.abs(found - wanted).max() < 1e-12


def test_it_is_differentiable_in_everything():
    field = made()
    xy = torch.tensor([[-0.9, 0.3], [0.01, -0.2]], dtype=torch.float64)
    xy.requires_grad_()
    names = ["encoding.potentials", "encoding.colours", "encoding.detail"]
    values = [dict(field.named_parameters())[name] for name in names]

    def of(xy, *values):
        state = dict(zip(names, values, strict=True))
        return torch.func.functional_call(field, state, (xy,))

    assert torch.autograd.gradcheck(of, (xy, *values), fast_mode=True)


def test_outside_the_nearest_pixel_goes_on():
    field = made()
    far = torch.tensor([[-7.0, 0.3], [2.0, 9.0]], dtype=torch.float64)
    assert torch.equal(field(far), field(far.clamp(-1.0, 1.0)))


def test_the_sizes_are_counted_without_a_module():
    field = made()
    assert field.config is not None
    assert field.config.encoding.count(2) == (2, field.encoding.parameter_count)
    assert FieldConfig.from_json(field.config.to_json()) == field.config
    with pytest.raises(UsageError, match="labels of 3 dimensions; accepted: 2"):
        LabelsConfig().count(3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda e: e.owner[0, :3].fill_(7), "label 7"),
        (lambda e: e.owner[0, 0].fill_(NONE), "lists 19 pixels"),
        (lambda e: e.candidates[2].fill_(NONE), "no candidate"),
        (lambda e: e.candidates[2, 1].fill_(1), "other nodes"),
    ],
)
def test_what_no_fit_makes_is_refused(change, reason):
    encoding = made().encoding
    encoding.check_stored("a.redraw")
    change(encoding)
    with pytest.raises(FileFormatError, match=reason):
        encoding.check_stored("a.redraw")


def test_a_gap_among_candidates_is_refused():
    """Kernels take the first so many of a pixel's candidates: one beyond a gap would be none."""
    fitted = redraw.fit(
        np.hypot(*np.mgrid[-8:8, -8:8]).astype(np.float32) < 5, model="cel", steps=1
    )
    encoding = fitted.encoding
    encoding.check_stored("it")
    several = torch.nonzero(encoding.candidates[:, 1] != 255)[0, 0]
    encoding.candidates[several, 2] = encoding.candidates[several, 1]
    encoding.candidates[several, 1] = 255
    with pytest.raises(FileFormatError, match="a gap among its candidates"):
        encoding.check_stored("it")
