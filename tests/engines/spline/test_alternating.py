import copy
import dataclasses

import numpy as np
import pytest
import torch

from redraw.engines import OptimizerConfig, OptimizerState, StepSpec, engines
from redraw.engines.lattice import ROWS, integral
from redraw.engines.planes import decorrelation, fill
from redraw.engines.solvers import fresh_state, start_in_closed_form
from redraw.engines.spline.alternating_passes import PlainPasses
from redraw.engines.spline.drawer import Windows
from redraw.engines.spline.kernel_passes import KernelPasses
from redraw.engines.spline.session import spline_drawer
from redraw.errors import EngineError
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.signals.samples import PixelSamples, PointSamples

ALTERNATING = OptimizerConfig(kind="alternating")
NOTHING = np.zeros(0, np.int64)
SIZES = [(1, 1, 1), (1, 30, 1), (9, 7, 2), (33, 50, 3), (70, 41, 4)]


def scene(height, width, planes, seed=0):
    """Smooth shading, an edge and some noise."""
    y, x = np.mgrid[:height, :width]
    base = 0.5 + 0.3 * np.sin(x / 7 + y / 11) + 0.15 * (x > 1.3 * y + 4)
    noise = np.random.default_rng(seed).normal(0, 0.02, (height, width, planes))
    return (base[:, :, None] + noise).clip(0, 1).astype(np.float32)


# Between kernels and definition: ten roundings or so per level, of coefficients that grow by two.
ROUNDING = 1e-5


def built(size, share=0.4, transforms=4, seed=0):
    height, width, planes = size
    room = int(share * height * width * planes) + 16 * transforms + 3
    spline = SplineConfig(width, height, planes, room=room, transforms=transforms)
    return Field.build(FieldConfig(channels=planes, hidden=(), bias=False, encoding=spline), seed)


def samples_of(picture, known=None):
    height, width, planes = picture.shape
    values = picture.reshape(-1, planes)
    if known is None:
        return PixelSamples(values, width, height)
    index = np.flatnonzero(known)
    return PixelSamples(values[index], width, height, index=index)


def trained(size, engine, steps=3, known=None, threads=1, **options):
    picture = scene(*size)
    field, samples = built(size, **options), samples_of(picture, known)
    spec = StepSpec(optimizer=ALTERNATING, threads=threads)
    start_in_closed_form(engine, field, samples, spec)
    session = engines()[engine].open(field, samples, spec, OptimizerState())
    losses = [session.step(NOTHING, k, rate=1.0, sharpness=1.0).loss for k in range(steps)]
    session.close()
    return picture, field, losses


def cells(edges):
    return np.stack([edges[:-1], edges[1:]], axis=-1)


def drawn(field):
    config = field.encoding.config
    x, y = (cells(np.linspace(-1, 1, n + 1)) for n in (config.width, config.height))
    return spline_drawer(field, 1).means(x, y)


@pytest.mark.parametrize("size", SIZES)
def test_each_kernel_does_what_its_definition_says(size):
    field = built(size, transforms=5)
    plain, kernels = PlainPasses(field.encoding.config), KernelPasses(field.encoding.config, 2)
    pictures = np.ascontiguousarray(scene(*size).transpose(2, 0, 1)) - 0.5
    one, two = pictures.copy(), pictures.copy()
    plain.analyse(one)
    kernels.analyse(two)
    assert np.abs(one - two).max() <= ROUNDING
    inverses = field.encoding.transforms.detach().numpy().transpose(0, 2, 1).copy()
    threshold, costs = 0.03, np.linspace(1e-5, 3e-5, 5).astype(np.float32)
    picks = np.zeros((2, field.encoding.config.blocks), np.uint8)
    plain.choose(one, inverses, threshold, costs, picks[0])
    kernels.choose(one, inverses, threshold, costs, picks[1])
    assert (picks[0] != picks[1]).sum() <= 0.002 * picks.shape[1]  # there may be no block
    sums = [p.correlate(one, inverses, picks[0], threshold) for p in (plain, kernels)]
    assert np.allclose(sums[0][0], sums[1][0], rtol=1e-3, atol=1e-4)
    assert np.array_equal(sums[0][1], sums[1][1])
    for keep in (0, 1, one.size // 3, one.size - 1, one.size, one.size + 5):
        assert plain.largest(one, keep) == kernels.largest(one, keep)
    two = one.copy()
    plain.multiply(one, inverses, picks[0])
    kernels.multiply(two, inverses, picks[0])
    assert np.abs(one - two).max() <= ROUNDING


@pytest.mark.parametrize("size", SIZES)
def test_both_engines_reach_the_same(size):
    """Near ties may fall either way, so what is compared is how good they are.

    What ties is nearly equal: a step that takes the other of two leaves out about as much, but for
    what all coefficients differ by. So the roots of the mean squares part by no more than that per
    step.
    """
    steps = 3
    picture, fast, fast_losses = trained(size, "cpu", steps=steps)
    _, slow, slow_losses = trained(size, "reference", steps=steps)
    apart = np.abs(np.sqrt(fast_losses) - np.sqrt(slow_losses))
    assert (apart <= ROUNDING * np.arange(1, steps + 1)).all()
    errors = [np.sqrt(((drawn(f) - picture) ** 2).mean()) for f in (fast, slow)]
    assert abs(errors[0] - errors[1]) <= ROUNDING * steps
    assert fast_losses == sorted(fast_losses, reverse=True)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_drawn_is_the_definition(size):
    _, field, _ = trained(size, "cpu")
    with torch.no_grad():
        averages = field.double().encoding.averages()
        mixed = torch.einsum("cd,dhw->hwc", field.network.layers[0].weight, averages)
    field = field.float()
    assert np.abs(drawn(field) - mixed.numpy()).max() <= 3e-6
    xy = (np.random.default_rng(1).random((50, 2)) * 2.4 - 1.2).astype(np.float32)
    with torch.no_grad():
        values = field.double()(torch.from_numpy(xy).double()).numpy()
    assert np.abs(spline_drawer(field.float(), 1).values(xy) - values).max() <= 2e-5


def test_windows_are_the_whole_to_the_bit():
    _, field, _ = trained((70, 90, 2), "cpu")
    windows = Windows(field.encoding, 1)
    whole = windows.weights((0, 70, 0, 90))
    for top, bottom, left, right in (
        (0, 1, 0, 1),
        (3, 40, 17, 60),
        (69, 70, 80, 90),
        (5, 6, 0, 90),
    ):
        part = Windows(field.encoding, 2).weights((top, bottom, left, right))
        assert np.array_equal(part, whole[:, top:bottom, left:right])


def test_a_cells_mean_does_not_depend_on_the_others():
    _, field, _ = trained((40, 60, 3), "cpu")
    x, y = cells(np.linspace(-0.9, 1.3, 38)), cells(np.linspace(-1.1, 0.7, 23))
    whole = spline_drawer(field, 2).means(x, y)
    part = spline_drawer(field, 1).means(x[10:14], y[4:8])
    assert np.array_equal(part, whole[4:8, 10:14])


def test_strips_are_the_whole_and_no_row_is_made_twice(monkeypatch):
    """From top to bottom, each reaching into the one before it, as drawings come."""
    _, field, _ = trained((2 * ROWS + 70, 24, 3), "cpu", steps=1)
    x, y = (cells(np.linspace(-1, 1, n + 1)) for n in (24, 2 * ROWS + 70))
    whole = spline_drawer(field, 1).means(x, y)
    made, weights = [], Windows.weights
    monkeypatch.setattr(
        Windows, "weights", lambda w, at: made.extend(range(*at[:2])) or weights(w, at)
    )
    drawer = spline_drawer(field, 2)
    strips = [drawer.means(x, y[top : top + 37]) for top in range(0, len(y), 37)]
    assert np.array_equal(np.concatenate(strips), whole)
    assert made == list(range(len(y)))
    part = drawer.means(x[3:9], y[40:50])  # back up again
    assert np.array_equal(part, whole[40:50, 3:9])


def test_means_are_integrals():
    _, field, _ = trained((24, 30, 1), "cpu")
    x, y = np.array([-0.83, -0.2, 0.61]), np.array([-0.5, 0.13])
    found = spline_drawer(field, 1).means(cells(x), cells(y))
    points = np.array([[0.3, 0.3], [-0.7, -0.7]])
    at = np.stack(np.meshgrid(points[:, 0], points[:, 0]), -1).reshape(-1, 2).astype(np.float32)
    values = spline_drawer(field, 1).values(at).reshape(2, 2, 1)
    assert np.abs(spline_drawer(field, 1).means(points, points) - values).max() < 1e-5
    inside = (np.arange(400) + 0.5) / 400
    for column in range(2):
        u = x[column] + inside * (x[column + 1] - x[column])
        v = y[0] + inside * (y[1] - y[0])
        xy = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2).astype(np.float32)
        mean = spline_drawer(field, 1).values(xy).mean(dtype=np.float64)
        assert found[0, column, 0] == pytest.approx(mean, abs=1e-5)
    assert integral(np.array([-2.0, 0.0, 2.0, 5.0])) == pytest.approx([0, 0.5, 1, 1])


def test_threads_leave_no_trace():
    one = trained((60, 50, 3), "cpu")[1].state_dict()
    two = trained((60, 50, 3), "cpu", threads=3)[1].state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_it_starts_at_the_largest_numbers_and_learning_improves_it():
    picture, field, _ = trained((64, 96, 3), "cpu", steps=0, share=0.2)
    before = ((drawn(field) - picture) ** 2).mean()
    assert not field.encoding.block_transforms.any()
    _, field, _ = trained((64, 96, 3), "cpu", steps=6, share=0.2)
    assert ((drawn(field) - picture) ** 2).mean() < 0.9 * before


@pytest.mark.parametrize("share", [0.02, 0.25, 1.0, 2.0])
def test_no_more_room_is_taken_than_there_is(share):
    _, field, _ = trained((48, 40, 3), "cpu", share=share)
    assert field.encoding.parameter_count <= field.encoding.config.room
    if share < 1:
        assert field.encoding.parameter_count >= 0.97 * field.encoding.config.room


def test_a_single_pixel_is_learned():
    picture, field, _ = trained((1, 1, 1), "cpu", share=8.0)
    assert np.abs(drawn(field) - picture).max() < 1e-6


def test_with_room_for_all_nothing_is_lost():
    picture, field, _ = trained((20, 31, 3), "cpu", share=2.0)
    assert np.abs(drawn(field) - picture).max() < 1e-5


def test_holes_are_filled_and_known_pixels_learned():
    known = np.random.default_rng(0).random((40, 60)) < 0.6
    picture, field, _ = trained((40, 60, 3), "cpu", steps=15, known=known, share=0.6)
    error = (drawn(field) - picture) ** 2
    assert error[known].mean() < 1e-4
    mean = ((picture - picture.mean(axis=(0, 1))) ** 2).mean()
    assert error[~known].mean() < 0.1 * mean


def test_holes_are_filled_before_the_first_answer():
    """One colour is one number of the last level, whatever the holes."""
    known = np.random.default_rng(0).random((40, 60)) < 0.3
    field = built((40, 60, 1), share=0.05)
    samples = samples_of(np.full((40, 60, 1), 0.7, np.float32), known)
    start_in_closed_form("cpu", field, samples, StepSpec(optimizer=ALTERNATING))
    xy = (np.random.default_rng(1).random((200, 2)) * 2 - 1).astype(np.float32)
    assert np.abs(spline_drawer(field, 1).values(xy) - 0.7).max() < 1e-4


def test_filling_keeps_what_is_known():
    values = scene(9, 13, 2)
    known = np.zeros((9, 13), bool)
    known[4, 5] = known[0, 12] = True
    whole = fill(values, known)
    assert np.array_equal(whole[known], values[known])
    assert np.isfinite(whole).all()
    assert whole.min() >= values[known].min() - 1e-6


def test_colours_are_decorrelated_orthonormally():
    for planes in (1, 2, 3, 4, 7):
        matrix = decorrelation(planes)
        assert np.allclose(matrix @ matrix.T, np.eye(planes))


def test_what_it_cannot_train_is_refused():
    field = built((8, 8, 1))
    cpu, reference = engines()["cpu"], engines()["reference"]
    assert "optimizer=alternating" in cpu.refuse(field, StepSpec())
    assert reference.refuse(field, StepSpec()) is None
    assert "float32" in cpu.refuse(field, StepSpec(optimizer=ALTERNATING, precision="float64"))
    assert "squared error" in reference.refuse(field, StepSpec(optimizer=ALTERNATING, loss="l1"))
    hidden = Field.build(dataclasses.replace(field.config, hidden=(4,)))
    assert "hidden" in reference.refuse(hidden, StepSpec(optimizer=ALTERNATING))
    plain = Field.build(FieldConfig(hidden=(4,)))
    assert "spline encoding only" in reference.refuse(plain, StepSpec(optimizer=ALTERNATING))
    assert cpu.refuse(field, StepSpec(training=False)) is None
    with pytest.raises(EngineError, match="pictures, not tables"):
        points = PointSamples(np.zeros((4, 1), np.float32), np.zeros((4, 2), np.float32))
        reference.open(field, points, StepSpec(optimizer=ALTERNATING))


def test_the_reference_engine_trains_it_by_gradients_too():
    picture = scene(16, 16, 1)
    field, samples = built((16, 16, 1)), samples_of(picture)
    spec = StepSpec(batch=256)
    reference = engines()["reference"]
    start_in_closed_form("reference", field, samples, spec)
    session = reference.open(field, samples, spec)
    every = np.arange(256)
    losses = [session.step(every, k, rate=1e-3, sharpness=1.0).loss for k in range(30)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("holes", [False, True])
def test_a_session_continues_exactly(holes):
    """From nothing but the field's state and the optimizer's."""
    known = np.random.default_rng(0).random((40, 60)) < 0.7 if holes else None
    samples = samples_of(scene(40, 60, 3), known)
    spec, cpu = StepSpec(optimizer=ALTERNATING, threads=1), engines()["cpu"]
    fields = []
    for pause in (None, 4):
        field = built((40, 60, 3), share=0.2, transforms=8)
        start_in_closed_form("cpu", field, samples, spec)
        state = fresh_state(field, ALTERNATING)
        session = cpu.open(field, samples, spec, state)
        for k in range(9):
            if k == pause:
                field, state = copy.deepcopy(field), copy.deepcopy(state)
                session = cpu.open(field, samples, spec, state)
            session.step(NOTHING, k, rate=1.0, sharpness=1.0)
        fields.append(field.state_dict())
    assert all(torch.equal(fields[0][name], fields[1][name]) for name in fields[0])
