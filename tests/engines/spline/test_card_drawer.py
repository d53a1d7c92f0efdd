"""Drawing splines on a card, whose kernels Triton's interpreter runs: as the definition draws."""

import numpy as np
import pytest
import tests.engines.cuda.interpreted as interpreted
import torch
from tests.engines.cuda.fake import Fake
from tests.engines.spline.test_alternating import scene

from redraw.engines import StepSpec
from redraw.engines.cuda.card import Host
from redraw.engines.reference import ReferenceDrawer
from redraw.engines.spline.card_drawer import CardSplineDrawer, filtered
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.spline import Spline, spline_from_averages
from redraw.fields.spline_config import SplineConfig
from redraw.render import Canvas, draw

pytestmark = pytest.mark.skipif(not interpreted.AVAILABLE, reason="there is a card")
SPEC = StepSpec(training=False, threads=1)
EPS = torch.finfo(torch.float32).eps
SIZES = [(1, 1, 1), (1, 30, 1), (13, 18, 3)]


def filled_in(size, subpixel=0):
    """A field that keeps coefficients of every size, mixes its planes and has a shift."""
    height, width, planes = size
    config = SplineConfig(
        width, height, planes, room=2 * height * width * planes + 4000, transforms=3,
        subpixel=subpixel,
    )  # fmt: skip
    field = Field.build(FieldConfig(channels=planes, hidden=(), bias=True, encoding=config), 0)
    rng, encoding = np.random.default_rng(5), field.encoding
    assert isinstance(encoding, Spline)
    values = height * width * planes
    kept = np.sort(rng.permutation(values)[: min(encoding.config.kept, values)])
    encoding.significant[: len(kept)] = torch.from_numpy(kept.astype(np.int32))
    picks = rng.integers(0, 3, encoding.config.blocks).astype(np.uint8)
    encoding.block_transforms.copy_(torch.from_numpy(picks))
    with torch.no_grad():
        encoding.values[: len(kept)] = torch.from_numpy(rng.normal(0, 0.2, len(kept))).float()
        if subpixel:
            encoding.subpixel.copy_(torch.from_numpy(rng.normal(0, 0.4, len(encoding.subpixel))))
    return field


def cells(count):
    """Start and end of each cell of an axis. (count, 2)"""
    edges = np.linspace(-1.0, 1.0, count + 1)
    return np.stack([edges[:-1], edges[1:]], -1)


def bound(field):
    """Of a drawing: roundings in a row, which fall to both sides, of the lifting's steps, of two
    sums of 37 and of two of a cell's shares.
    """
    return 64 * EPS * max(1.0, float(field.encoding.averages().detach().abs().max()))


@pytest.mark.parametrize("size", SIZES)
def test_points_are_the_definitions(size):
    field = filled_in(size)
    xy = np.random.default_rng(0).uniform(-1.3, 1.3, (60, 2)).astype(np.float32)
    xy[:3] = [[-1, -1], [1, 1], [3e9, -3e9]]
    found = CardSplineDrawer(field, Host()).values(xy)
    expected = ReferenceDrawer(field.double(), SPEC).values(xy)
    far = np.arange(len(xy)) == 2  # nowhere near a picture: any number, but a number
    assert np.isfinite(found).all()
    assert np.abs(found - expected)[~far].max() <= bound(field)


@pytest.mark.parametrize(("size", "subpixel"), [*((size, 0) for size in SIZES), (SIZES[-1], 6)])
def test_drawings_are_those_of_the_processor(size, subpixel):
    """Whose kernels a test of their own compares with quadrature: see `test_alternating`."""
    from redraw.engines.spline.session import spline_drawer

    field = filled_in(size, subpixel)
    height, width, _ = size
    card, processor = CardSplineDrawer(field, Host()), spline_drawer(field, 1)
    for canvas in ((2 * width, 2 * height), (width, height), (5, 3), (1, 1)):
        x, y = (cells(n) for n in canvas)
        found, expected = card.means(x, y), processor.means(x, y)
        assert found.shape == (canvas[1], canvas[0], size[2])
        assert np.abs(found - expected).max() <= bound(field)
    if subpixel:
        x = cells(2 * width)
        without = CardSplineDrawer(filled_in(size), Host()).means(x, x)
        assert np.abs(without - card.means(x, x)).max() > 10 * bound(field)  # it says something


def test_a_drawing_is_the_same_however_it_is_cut():
    drawer = CardSplineDrawer(filled_in((7, 9, 3), 6), Host())
    whole = draw(drawer, Canvas.of((9, 7), 1.0, width=25))
    drawer.piece = 200
    assert np.array_equal(draw(drawer, Canvas.of((9, 7), 1.0, width=25)), whole)


def test_the_filter_makes_the_weights_of_the_definition():
    averages = torch.from_numpy(np.ascontiguousarray(scene(21, 3, 2).transpose(2, 0, 1)))
    expected = spline_from_averages(averages.double())
    assert (filtered(averages.clone()) - expected).abs().max() <= 4 * 37 * EPS


def test_memory_that_is_full_is_halved_and_then_told(monkeypatch):
    from redraw.engines.spline import card_drawer as module

    field = filled_in((9, 7, 2))
    drawer = CardSplineDrawer(field, Host())
    x = cells(11)
    expected, made = drawer.means(x, x), drawer._colours.means

    def little(x, y):
        if len(x) * len(y) > 40:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return made(x, y)

    monkeypatch.setattr(drawer._colours, "means", little)
    assert np.array_equal(drawer.means(x, x), expected)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "all_averages", full)
    with pytest.raises(EngineError, match=r"B-splines take 0\.00 GB .* 3\.22 GB are free.*cpu"):
        CardSplineDrawer(field, Fake())
