"""Kernels of labels against their definitions, forced; and whatever the number of threads."""

import copy
import dataclasses

import numpy as np
import pytest
import torch
from tests.engines.labels.conftest import drawn, samples_of

from redraw.engines import OptimizerConfig, StepSpec
from redraw.engines.labels.drawer import labels_drawer
from redraw.engines.labels.plain import PlainSession
from redraw.engines.labels.rounds import begin, start_again
from redraw.engines.labels.session import KernelSession
from redraw.engines.labels.solver import LabelsSolver
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import LabelsConfig
from redraw.render import Canvas, draw

SPEC = StepSpec(threads=1, optimizer=OptimizerConfig(kind="labels"))


def started(values, dtype=torch.float32, footprint="box"):
    """A field of labels where the analysis puts it, and its samples."""
    samples = samples_of(values)
    height, width, channels = values.shape
    config = FieldConfig(
        channels=channels,
        hidden=(),
        bias=False,
        encoding=LabelsConfig(width, height, channels, footprint=footprint),
    )
    config = LabelsSolver().made_for(config, values, None, 1)
    field = Field.build(config, dtype=dtype)
    begin(field, samples, 1)
    return field, samples


def encoding_of(field):
    """Its labels."""
    assert isinstance(field.encoding, Labels)
    return field.encoding


def stepped(kind, field, samples, steps, threads=1):
    """The losses of some steps."""
    spec = dataclasses.replace(SPEC, threads=threads)
    state = fresh_state(field, spec.optimizer)
    session = kind(field, samples, spec, state, start_again(field, samples, spec, state))
    return [
        session.step(np.zeros(0, np.int64), k, rate=0.05, sharpness=1 + k / steps).loss
        for k in range(steps)
    ]


@pytest.mark.parametrize(
    ("width", "height", "alpha", "footprint"),
    [
        (28, 20, False, "box"),
        (17, 31, True, "box"),
        (28, 20, False, "gauss:0.7"),
        (17, 31, True, "lanczos"),
        (28, 20, False, "point"),
        (17, 31, True, "box+noise:0.02"),
        (28, 20, False, "gauss:0.7+noise:0.02"),
        # Of coarser steps next to nothing lies beyond, and Adam makes steps of its rounding.
        (28, 20, False, "jpeg:95"),
        (17, 31, True, "jpeg:80"),
    ],
)
def test_steps_agree_with_the_definition(width, height, alpha, footprint):
    """To rounding: after 8 steps of Adam no number differs by a thousandth of what it moved."""
    field, samples = started(drawn(width, height, alpha), footprint=footprint)
    twin = copy.deepcopy(field)
    before = {name: p.detach().clone() for name, p in field.named_parameters()}
    fast, plain = (
        stepped(kind, f, samples, 8) for kind, f in ((KernelSession, field), (PlainSession, twin))
    )
    assert np.abs(np.array(fast) / plain - 1.0).max() < 1e-4
    for name in ("encoding.potentials", "encoding.colours"):
        one, two = (dict(f.named_parameters())[name].detach() for f in (field, twin))
        moved = (one - before[name]).abs().max()
        assert moved > 0
        # Of samples, bending weighs a hundred times more: where it cancels what pixels say, more
        # digits are lost, and Adam makes a whole step of what remains.
        share = 5e-3 if footprint == "point" else 1e-3
        assert (one - two).abs().max() < share * moved


@pytest.mark.parametrize("footprint", ["box", "gauss:0.7+noise:0.02", "jpeg:70"])
def test_any_number_of_threads_gives_the_same_bits(drawing, footprint):
    ends = []
    for threads in (1, 2, 3):
        field, samples = started(drawing, footprint=footprint)
        stepped(KernelSession, field, samples, 4, threads)
        ends.append(field.state_dict())
    for name, tensor in ends[0].items():
        assert all(torch.equal(tensor, end[name]) for end in ends[1:]), name


def test_points_are_drawn_as_defined(drawing):
    field, samples = started(drawing)
    stepped(KernelSession, field, samples, 3)
    with torch.no_grad():
        encoding_of(field).detail.normal_(0.0, 0.1, generator=torch.Generator().manual_seed(0))
    xy = np.random.default_rng(0).uniform(-1.1, 1.1, (3000, 2)).astype(np.float32)
    drawer = labels_drawer(field, 1)
    exact = copy.deepcopy(field).double()(torch.from_numpy(xy).double()).detach().numpy()
    # A rounding of a position, and of a sum of 25 products of potentials, moves the softmax by its
    # sharpness times the slope or the size of what is rounded.
    eps = np.finfo(np.float32).eps
    size = float(encoding_of(field).potentials.detach().abs().max())
    tolerance = 8 * eps * encoding_of(field).config.sharpness * size * (28 + np.sqrt(25))
    assert np.abs(drawer.values(xy) - exact).max() < tolerance


def test_cells_are_means_of_points(drawing):
    """Against 24 x 24 points in each cell; cells that pixels cut, too."""
    field, samples = started(drawing)
    stepped(KernelSession, field, samples, 8)
    drawer = labels_drawer(field, 1)
    for size in ((28, 20), (39, 33), (11, 9)):
        found = draw(drawer, Canvas.of((28, 20), width=size[0], height=size[1]))
        fine = [(np.arange(24 * side) + 0.5) * (2.0 / (24 * side)) - 1.0 for side in size]
        xy = np.stack(np.meshgrid(*fine), axis=-1).reshape(-1, 2).astype(np.float32)
        points = drawer.values(xy).clip(0, 1).reshape(size[1], 24, size[0], 24, 3)
        off = np.abs(points.mean(axis=(1, 3)) - found)
        assert off.max() < 0.02
        assert off.mean() < 5e-4


def edge_of(steepness, middle):
    """A field of two labels, black left of `middle` and white right of it, as steep as that."""
    side, count = 8, 64
    probe = Labels(LabelsConfig(side, side, 1, 2, count))
    probe.owner.fill_(NONE)
    probe.candidates[:, :2] = torch.tensor([0, 1], dtype=torch.uint8)
    places, colours, _ = probe.nodes()
    config = LabelsConfig(side, side, 1, 2, count, len(places), len(colours))
    field = Field.build(FieldConfig(channels=1, hidden=(), bias=False, encoding=config))
    own = encoding_of(field)
    own.owner.copy_(probe.owner)
    own.candidates.copy_(probe.candidates)
    white = places // (side + 4) ** 2
    centre = places % (side + 4) - 1.5  # splines of a line's values at their nodes are that line
    with torch.no_grad():
        for weight in field.network.parameters():
            weight.fill_(1.0)
        own.potentials.copy_(white * (centre - middle) * (steepness / config.sharpness))
        own.colours.copy_((colours // config.lattice[0] // config.lattice[1])[:, None])
        own.detail.zero_()
    return field


@pytest.mark.parametrize("larger", [1, 3, 4, 7, 40])
@pytest.mark.parametrize(("steepness", "steep"), [(20.0, False), (45.0, True)])
def test_edges_are_as_sharp_as_a_drawing_of_that_size_where_they_are_steep(
    steepness, steep, larger
):
    """Against the exact mean of a logistic curve over each cell.

    Positions and potentials of float32 say a ten-thousandth of such a curve; the kernel takes no
    stretch for shorter than a twentieth of its width, which is less.
    """
    middle = 3.3
    drawer = labels_drawer(edge_of(steepness, middle), 1)
    size = 8 * larger
    found = draw(drawer, Canvas.of((8, 8), width=size, height=size))[..., 0]
    own = steepness * max(1, larger / 4, min(larger, 4) if steep else 1)
    ends = own * (np.arange(size + 1) / larger - middle)
    exact = np.diff(np.logaddexp(0.0, ends)) / (own / larger)
    assert np.abs(found - exact).max() < 2e-4


def test_a_drawing_does_not_depend_on_its_parts(drawing):
    field, samples = started(drawing)
    stepped(KernelSession, field, samples, 3)
    drawer = labels_drawer(field, 1)
    x, y = (np.linspace(-1, 1, n + 1) for n in (70, 50))
    x, y = np.stack([x[:-1], x[1:]], 1), np.stack([y[:-1], y[1:]], 1)
    whole = drawer.means(x, y)
    assert np.array_equal(whole[13:29, 31:50], drawer.means(x[31:50], y[13:29]))
