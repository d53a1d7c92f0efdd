import itertools

import pytest
import torch

from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.fields.subpixel import (
    answers,
    around,
    filled,
    flattened,
    neighbourhoods,
    network,
    parts,
    parts_of,
    quarters,
    seen_as,
    views,
)
from redraw.fields.subpixel_size import in_subpixel_detail

UNITS = 4


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def learned(seed=0):
    return 0.3 * drawn(in_subpixel_detail(UNITS), seed=seed)


def test_all_parameters_come_back_in_order():
    net = filled(learned(), UNITS)
    assert torch.equal(flattened(net), learned())
    assert in_subpixel_detail(UNITS) == sum(p.numel() for p in network(UNITS).parameters())
    assert in_subpixel_detail(0) == 0


ALL = list(itertools.product(range(4), (False, True)))


@pytest.mark.parametrize(("turns", "mirrored"), ALL)
def test_a_turned_picture_has_the_turned_detail(turns, mirrored):
    plane = drawn(7, 9, seed=1)

    def turned(tensor):
        tensor = torch.rot90(tensor, turns)
        return tensor.flip(0) if mirrored else tensor

    there = quarters(parts(learned(), UNITS, turned(plane)))
    assert torch.allclose(there, turned(quarters(parts(learned(), UNITS, plane))), atol=1e-12)


def test_each_view_is_asked_and_its_answer_turned_back():
    net, seen = filled(learned(), UNITS), drawn(5, 25, seed=2)
    for view in views():
        asked = net(seen[:, view.seen])
        assert torch.allclose(seen_as(net, view)(seen), asked @ view.parts, atol=1e-12)
    assert torch.equal(flattened(seen_as(net, views()[0])), flattened(net))


def test_what_is_seen_is_relative_and_mirrored_at_the_edges():
    plane = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    at = torch.tensor([1, 0, 0, 1, 1, 0])
    seen, size = neighbourhoods(plane, at, at)
    around = torch.tensor(
        [[plane[y, x] for x in (1, 0, 0, 1, 1)] for y in (1, 0, 0, 1, 1)], dtype=torch.float64
    )
    wanted = (around - 1.0).reshape(-1)
    assert torch.allclose(seen[0] * size[0], wanted)
    assert float(size[0, 0]) == pytest.approx(float((wanted**2).mean().sqrt()) + 1 / 256)


def test_no_answer_changes_a_pixels_average():
    inside = quarters(drawn(3, 4, 5, seed=3))
    assert float(inside.reshape(4, 2, 5, 2).mean(dim=(1, 3)).abs().max()) < 1e-15
    assert torch.allclose(parts_of(inside), drawn(3, 4, 5, seed=3))


def field(units, seed=0):
    config = SplineConfig(12, 10, 3, 400, transforms=1, subpixel=units)
    made = Field.build(
        FieldConfig(channels=3, hidden=(), bias=False, encoding=config), dtype=torch.float64
    )
    with torch.no_grad():
        made.encoding.significant[:300] = torch.arange(300, dtype=torch.int32)
        made.encoding.values[:300] = drawn(300, seed=seed)
        made.network.layers[0].weight.copy_(drawn(3, 3, seed=5))
    return made


def test_a_network_of_zeros_says_nothing():
    xy = 2.0 * torch.rand(40, 2, dtype=torch.float64) - 1.0
    assert torch.allclose(field(UNITS)(xy), field(0)(xy), atol=1e-14)


@torch.no_grad()
def test_only_the_first_plane_has_detail_and_pixels_keep_their_means():
    """Means by quadrature: exact for piecewise polynomials, cut where their pieces meet."""
    made = field(UNITS)
    nodes = torch.tensor([-(0.6**0.5), 0.0, 0.6**0.5], dtype=torch.float64)
    shares = torch.tensor([5.0, 8.0, 5.0], dtype=torch.float64) / 18.0

    def along(side):  # pieces end at the pixels' middles and at quarters of them
        starts = torch.arange(4 * side, dtype=torch.float64) / 4.0
        return ((starts[:, None] + (nodes + 1.0) / 8.0) * 2.0 / side - 1.0).reshape(-1)

    grid = torch.stack(torch.meshgrid(along(12), along(10), indexing="xy"), -1).reshape(-1, 2)
    before = made.encoding(grid)
    made.encoding.subpixel.copy_(learned())
    after = made.encoding(grid)
    assert torch.equal(before[:, 1:], after[:, 1:])
    change = (after - before)[:, 0].reshape(10, 4, 3, 12, 4, 3)
    means = torch.einsum("hawbij->hwabij", change.permute(0, 1, 3, 4, 2, 5))
    means = torch.einsum("hwabij,i,j->hw", means, shares, shares) / 16.0
    assert float(change.abs().max()) > 0.05
    assert float(means.abs().max()) < 1e-6


def test_what_it_counts():
    assert field(UNITS).parameter_count - field(0).parameter_count == in_subpixel_detail(UNITS)


def test_without_modules_the_answer_is_the_networks():
    plane = drawn(7, 9, seed=3)
    seen, size = neighbourhoods(plane, around(0, 7, 7), around(0, 9, 9))
    nets = [seen_as(filled(learned(), UNITS), view) for view in views()]
    expected = answers(nets, seen, size).T.reshape(3, 7, 9)
    assert torch.allclose(parts(learned(), UNITS, plane), expected, atol=1e-12)
