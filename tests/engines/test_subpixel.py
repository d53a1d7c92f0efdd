"""The network for subpixel detail: drawn as it is defined, and learned from the picture."""

import numpy as np
import pytest
import torch

import redraw
from redraw.engines import OptimizerConfig, StepSpec, engines, subpixel
from redraw.engines.lattice import whole
from redraw.engines.solver import Lesson
from redraw.engines.solvers import fresh_state, start_in_closed_form
from redraw.engines.spline.drawer import Windows, all_averages
from redraw.engines.spline.session import spline_drawer
from redraw.engines.subpixel import HALF, halved, quarters_of_spline, sampled
from redraw.engines.subpixel_drawer import SubpixelDetail
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.fields.subpixel import filled
from redraw.fields.subpixel_size import in_subpixel_detail
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import preset
from redraw.fitting.run.events import Finishing, Progress
from redraw.fitting.run.lessons import learn_after, train
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import PixelSamples

UNITS = 5
SIZES = [(1, 1, 1), (1, 30, 1), (9, 7, 2), (33, 50, 3), (70, 41, 4)]


def scene(height, width, planes):
    """Discs and bars with sharp edges: averages over pixels, by 8 x 8 points in each."""
    y, x = ((np.arange(8 * n) + 0.5) / 8 for n in (height, width))
    y, x = y[:, None] * 64 / height, x[None, :] * 64 / width
    values = 0.2 + 0.6 * (np.hypot(x - 25, y - 30) < 17) - 0.3 * (np.hypot(x - 40, y - 20) < 9)
    values += 0.2 * (np.sin(0.3 * x + 0.45 * y) > 0.6)
    means = values.reshape(height, 8, width, 8).mean(axis=(1, 3))
    return (means[:, :, None] * np.linspace(1.0, 0.6, planes)).astype(np.float32)


def fitted(size, *, seed=0):
    """A spline with nearly all numbers, and a network that was drawn, not learned."""
    height, width, planes = size
    config = SplineConfig(
        width, height, planes, room=2 * width * height * planes + 40, transforms=1, subpixel=UNITS
    )
    field = Field.build(FieldConfig(channels=planes, hidden=(), bias=False, encoding=config), seed)
    samples = PixelSamples(scene(*size).reshape(-1, planes), width, height)
    start_in_closed_form("cpu", field, samples, StepSpec(optimizer=OptimizerConfig("alternating")))
    generator = torch.Generator().manual_seed(seed)
    field.encoding.subpixel.copy_(0.4 * torch.randn(in_subpixel_detail(UNITS), generator=generator))
    return field


def cells(edges):
    return np.stack([edges[:-1], edges[1:]], axis=-1)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_drawn_is_the_definition(size):
    field = fitted(size)
    xy = (np.random.default_rng(1).random((50, 2)) * 2.4 - 1.2).astype(np.float32)
    found = spline_drawer(field, 2).values(xy)
    with torch.no_grad():
        wanted = field.double()(torch.from_numpy(xy).double()).numpy()
    assert np.abs(found - wanted).max() <= 5e-5
    field.encoding.subpixel.zero_()
    if size != (1, 1, 1):
        assert np.abs(spline_drawer(field.float(), 2).values(xy) - wanted).max() > 0.01


def weights(field, threads, window):
    out = np.empty((1, window[1] - window[0], window[3] - window[2]), np.float32)
    encoding = field.encoding
    first = Windows(encoding, threads, planes=1)
    SubpixelDetail(encoding.subpixel, encoding.config.subpixel, first).weights(window, out)
    return out


def test_windows_are_the_whole_to_the_bit():
    field = fitted((70, 90, 2))
    all_ = weights(field, 1, (0, 140, 0, 180))
    for top, bottom, left, right in (
        (0, 1, 0, 1),
        (3, 80, 17, 60),
        (139, 140, 80, 180),
        (5, 6, 0, 180),
    ):
        part = weights(field, 2, (top, bottom, left, right))
        assert np.array_equal(part, all_[:, top:bottom, left:right])


def test_a_cells_mean_does_not_depend_on_the_others():
    field = fitted((40, 60, 3))
    x, y = cells(np.linspace(-0.9, 1.0, 138)), cells(np.linspace(-1.0, 0.7, 93))
    together = spline_drawer(field, 2).means(x, y)
    part = spline_drawer(field, 1).means(x[10:14], y[4:8])
    assert np.array_equal(part, together[4:8, 10:14])


@pytest.mark.parametrize(
    ("x", "y"),
    [((-0.83, -0.78), (-0.5, -0.37)), ((-0.8, -0.7), (-0.5, -0.4)), ((-0.83, -0.8), (0.0, 1 / 6))],
    ids=["no whole pixel", "whole columns", "whole rows"],
)
def test_means_are_integrals(x, y):
    field = fitted((12, 20, 1))
    x, y = np.array(x), np.array(y)
    found = spline_drawer(field, 1).means(cells(x), cells(y))
    inside = (np.arange(400) + 0.5) / 400
    u, v = x[0] + inside * (x[1] - x[0]), y[0] + inside * (y[1] - y[0])
    xy = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2).astype(np.float32)
    mean = spline_drawer(field, 1).values(xy).mean(dtype=np.float64)
    assert found[0, 0, 0] == pytest.approx(mean, abs=1e-5)


def test_whole_pixels_keep_their_means():
    field = fitted((12, 20, 1))
    # Nothing is left out by not asking it of whole pixels.
    drawer = spline_drawer(field, 1)
    assert drawer._detail is not None
    pixels = [cells(np.linspace(-1, 1, n + 1)) for n in (20, 12)]
    assert np.abs(drawer._detail.means(*pixels)).max() < 1e-6
    quarters = [cells(np.linspace(-1, 1, 2 * n + 1)) for n in (20, 12)]
    assert np.abs(drawer._detail.means(*quarters)).max() > 0.01
    assert whole(pixels[0], 20)
    assert whole(cells(np.linspace(-1, 1, 11)), 20)
    assert not whole(quarters[0], 20)
    assert not whole(np.array([[0.1, 0.1]]), 20)


def test_the_first_plane_is_that_of_all():
    field = fitted((50, 40, 3))
    every = Windows(field.encoding, 1).averages((0, 50, 0, 40))
    assert np.array_equal(all_averages(field.encoding, 2, planes=1)[0], every[0])
    assert np.array_equal(all_averages(field.encoding, 2), every)


def test_the_splines_quarters_are_its_means():
    """By the integral of SciPy's B-spline, and by the averages that it has."""
    from scipy.interpolate import BSpline

    basis = BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)
    wanted = [2.0 * basis.integrate(-j, 0.5 - j) for j in (-1, 0, 1, 2)]
    assert pytest.approx(wanted, abs=1e-12) == HALF
    averages = torch.rand(9, 14, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    means = quarters_of_spline(averages).reshape(9, 2, 14, 2).mean(dim=(1, 3))
    assert torch.allclose(means, averages, atol=1e-7)


def test_pairs_are_the_picture_and_its_halves():
    plane = torch.rand(40, 37, generator=torch.Generator().manual_seed(0))
    pairs = list(halved(plane))
    assert [tuple(c.shape) for c, _ in pairs[:4]] == [(20, 18), (19, 18), (20, 18), (19, 18)]
    assert tuple(pairs[4][0].shape) == (10, 9)
    for coarse, finer in pairs:
        down, across = coarse.shape
        assert torch.allclose(coarse, finer.reshape(down, 2, across, 2).mean((1, 3)))
    assert torch.equal(pairs[1][1], plane[1:39, 1:37])


def learned(seconds=None, threads=1):
    """A fit of one step with room for everything, and its end."""
    picture = scene(96, 96, 1)
    run = Run.start(
        Picture.from_array(picture),
        prepare(
            Picture.from_array(picture), model="spline", steps=1, threads=threads,
            settings={"subpixel": "16"}, budget="150%", frames=0,
        ),
    )  # fmt: skip
    took = learn_after(run.engine, run.field, run.samples, run.spec, 0, seconds)
    return run, took


@pytest.fixture
def short(monkeypatch):
    """Fewer steps and pixels: enough to see."""
    monkeypatch.setattr(subpixel, "STEPS", 150)
    monkeypatch.setattr(subpixel, "SAMPLED", 16_384)
    monkeypatch.setattr(subpixel, "JUDGED", 1024)
    monkeypatch.setattr(subpixel, "BATCH", 1024)


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_edges_are_sharper_between_the_pixels_and_the_pixels_stay(short, engine):
    """The scene at twice the size is known."""
    truth = scene(192, 192, 1)
    small = truth.reshape(96, 2, 96, 2, 1).mean(axis=(1, 3))
    picture = Picture.from_array(small)
    options = {"model": "spline", "steps": 1, "budget": "150%", "threads": 1, "engine": engine}
    one = redraw.fit(picture, settings={"subpixel": "16"}, **options)
    none = redraw.fit(picture, settings={"subpixel": "0"}, **options)
    # The reference engine takes means over positions, which are not quite exact.
    assert one.about.made["psnr"] > (80.0 if engine == "cpu" else 45.0)
    with_it, without = (psnr(truth, f.render(192, 192).values) for f in (one, none))
    assert with_it > without + 1.5


def test_the_end_is_the_same_again_and_on_any_number_of_threads(short):
    fields = [learned(threads=t)[0].field.encoding.subpixel for t in (1, 1, 3)]
    assert bool(fields[0].any())
    assert all(torch.equal(fields[0], other) for other in fields[1:])


def test_the_random_state_of_pytorch_is_left_alone(short):
    before = torch.random.get_rng_state()
    run, _ = learned()
    run.drawer().values(np.zeros((1, 2), np.float32))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_without_time_nothing_is_learned(short):
    run, took = learned(seconds=0.0)
    assert not bool(run.field.encoding.subpixel.any())
    assert took == 0.0
    run, took = learned(seconds=1e-6)
    assert not bool(run.field.encoding.subpixel.any())
    assert took > 0.0
    assert bool(learned(seconds=1e6)[0].field.encoding.subpixel.any())


@pytest.mark.parametrize("size", [(1, 1, 1), (4, 90, 1), (20, 20, 3)])
def test_there_is_nothing_to_learn_from_few_pixels(size):
    field = fitted(size)
    plane = torch.from_numpy(all_averages(field.encoding, 1, planes=1)[0])
    assert not isinstance(subpixel.lesson_of(field.encoding, plane, StepSpec(), 0), Lesson)
    assert not bool(field.encoding.subpixel.any())


def test_there_is_nothing_to_learn_from_one_colour():
    assert sampled(torch.full((80, 80), 0.3), torch.Generator()) is None


def test_noise_has_no_detail(short):
    """Independent pixels say nothing of their quarters: what is judged better is not by much."""
    noise = torch.rand(96, 96, generator=torch.Generator().manual_seed(0))
    field = fitted((96, 96, 1))
    spec = StepSpec(threads=1)
    lesson = subpixel.lesson_of(field.encoding, noise, spec, 0)
    assert isinstance(lesson, Lesson)
    assert train(engines()["cpu"], lesson, spec, None)[0]
    lesson.keep()
    xy = (np.random.default_rng(1).random((500, 2)) * 2 - 1).astype(np.float32)
    inside = spline_drawer(field, 1)._detail
    if inside is not None:
        assert np.abs(inside.values(xy)).mean() < 0.05


@pytest.mark.parametrize("engine", ["cpu", "reference"])
@pytest.mark.parametrize(("units", "told"), [("8", ["subpixel detail"]), ("0", [])])
def test_a_run_says_that_it_learns_them(short, engine, units, told):
    config = prepare(
        Picture.from_array(scene(40, 40, 1)), model="spline", steps=1, budget="150%", threads=1,
        frames=0, engine=engine, settings={"subpixel": units},
    )  # fmt: skip
    run = Run.start(Picture.from_array(scene(40, 40, 1)), config)
    heard = [event for event in run.events() if isinstance(event, Finishing | Progress)]
    assert [event.learning for event in heard if isinstance(event, Finishing)] == told
    assert isinstance(heard[0], Progress)  # the steps come first


def test_a_run_that_is_resumed_ends_with_the_same_network(short, tmp_path):
    picture = Picture.from_array(scene(96, 96, 1))
    config = prepare(
        picture, model="spline", steps=3, budget="150%", threads=1, frames=0,
        settings={"subpixel": "16"},
    )  # fmt: skip
    straight = Run.start(picture, config)
    list(straight.events())
    run = Run.start(picture, config, tmp_path / "a.run")
    events = run.events()
    run.stop()
    list(events)
    assert run.at.done == "stopped"
    assert not bool(run.field.encoding.subpixel.any())
    resumed = Run.resume(tmp_path / "a.run")
    list(resumed.events())
    one, two = (r.field.state_dict() for r in (straight, resumed))
    assert bool(one["encoding.subpixel"].any())
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize(("budget", "units"), [(300_000, 32), (40_000, 16), (5_000, 0)])
def test_the_network_takes_a_small_part_of_the_budget(budget, units):
    found = sized(preset("spline").field, (768, 512), budget)
    assert isinstance(found.encoding, SplineConfig)
    assert found.encoding.subpixel == units
    more = sized(preset("spline").field, (768, 512), budget, frozenset({"subpixel"})).encoding
    assert isinstance(more, SplineConfig)
    assert more.subpixel == 32
    assert found.encoding.room - more.room == in_subpixel_detail(32) - in_subpixel_detail(units)


def test_an_optimizer_state_knows_nothing_of_it():
    field = fitted((9, 7, 2))
    state = fresh_state(field, OptimizerConfig("adam"))
    assert not any("subpixel" in name for name in state.slots)


def test_a_picture_whose_scales_are_not_alike_is_left_alone():
    """Answers that are right at one halving and twice as large as they should be at the other."""
    generator = torch.Generator().manual_seed(0)
    parts = torch.randn(1000, 3, generator=generator)
    halving = torch.arange(1000) % 2
    noise = 0.1 * torch.randn(1000, 3, generator=generator)
    assert subpixel.alike(parts + noise, parts, halving)
    assert subpixel.alike(0.5 * parts, parts, halving), "too little does no harm"
    large = torch.where(halving[:, None] == 1, 2.0 * parts, parts)
    assert not subpixel.alike(large, parts, halving)
    few = torch.cat([torch.zeros(950), torch.ones(50)])
    assert subpixel.alike(torch.where(few[:, None] == 1, 2.0 * parts, parts), parts, few)


def fence(height, width, period, gap, slant):
    """A picket fence before a meadow, by 4 x 4 points in each pixel. (H, W)

    Args:
        height: In pixels.
        width: The same.
        period: From picket to picket, in pixels.
        gap: The part of it that is open.
        slant: By how much pickets lean, in pixels of each row.
    """
    y, x = ((np.arange(4 * n) + 0.5) / 4 for n in (height, width))
    y, x = y[:, None], x[None, :]
    rng = np.random.default_rng(1)
    tops, tones = rng.uniform(-1, 1, 4096), rng.uniform(0.75, 0.95, 4096)
    at = (x + slant * y) / period
    number, inside = np.floor(at).astype(int) % 4096, at % 1
    top = 0.3 * height + 2 * period * np.abs(inside - 0.5) + tops[number]
    picket = (inside > gap) & (y > top) & (y < 0.9 * height)
    rail = (np.abs(y - 0.45 * height) < 2.5) | (np.abs(y - 0.75 * height) < 2.5)
    meadow = 0.35 + 0.1 * np.sin(x / 37 + y / 23) + 0.08 * np.sin(x / 11 - y / 17)
    values = np.where(picket, tones[number], np.where(rail, 0.6, meadow))
    return values.reshape(height, 4, width, 4).mean(axis=(1, 3))


def larger(fine):
    """dB against a picture, drawn from its averages over 2 x 2: as fitted, and by the spline alone;
    and whether these are two."""
    small = fine.reshape(fine.shape[0] // 2, 2, fine.shape[1] // 2, 2).mean(axis=(1, 3))
    levels = np.rint(255 * small).astype(np.uint8)
    field = redraw.fit(levels, model="spline", subpixel=16, budget="100%", engine="cpu")
    found, there = [], bool(field.encoding.subpixel.any())
    for _ in range(2):
        drawn = field.render(scale=2).values[..., 0]
        found.append(-10 * np.log10(np.mean((drawn - fine) ** 2)))
        field.encoding.subpixel.data.zero_()
    return *found, there


@pytest.mark.parametrize(
    ("period", "gap", "slant"), [(6.5, 0.3, 0.02), (7.5, 0.35, 0.2), (11, 0.5, 0.1)]
)
def test_of_a_fence_what_is_drawn_is_not_below_the_exact_spline(period, gap, slant):
    """Its pickets alias when it is averaged; what is learned there lost 2.8 to 8.5 dB here."""
    learned, alone, _ = larger(fence(512, 640, period, gap, slant))
    assert learned > alone - 0.05


def test_of_discs_what_is_learned_stays_in():
    learned, alone, there = larger(scene(320, 320, 1)[..., 0].astype(np.float64))
    assert there
    assert learned > alone


@pytest.mark.slow
def test_a_picture_out_of_focus_loses_next_to_nothing():
    """What its halves tell of detail is too much for itself: all of it drawn would lose .09 dB."""
    data = pytest.importorskip("skimage.data", reason="the picture comes with scikit-image")
    fine = data.immunohistochemistry()[..., 0].astype(np.float64) / 255
    learned, alone, there = larger(fine)
    assert there
    assert learned > alone - 0.05


def test_what_is_drawn_is_fainter_than_what_was_learned(short):
    plane = torch.from_numpy(scene(96, 96, 1)[..., 0])
    field, spec = fitted((96, 96, 1)), StepSpec(threads=1)
    lesson = subpixel.lesson_of(field.encoding, plane, spec, 0)
    assert isinstance(lesson, Lesson)
    train(engines()["cpu"], lesson, spec, None)
    seen = torch.randn(50, 25, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        learned = lesson.learner.network(seen)
        lesson.keep()
        drawn = filled(field.encoding.subpixel, UNITS)(seen)
    assert torch.allclose(drawn, subpixel.DRAWN * learned, atol=1e-6)
    assert bool(learned.abs().max() > 0.01)


def test_a_pattern_that_is_known_by_heart_is_told_by_how_much_follows():
    generator = torch.Generator().manual_seed(0)
    parts = torch.randn(1000, 3, generator=generator)
    halving = torch.arange(1000) % 2

    def follows(finer, coarser):
        share = torch.where(halving[:, None] == 1, coarser, finer) ** 0.5
        return subpixel.by_heart(share * parts, parts, halving)

    assert [follows(*shares) for shares in ((0.9, 0.9), (0.6, 0.3))] == [True, True]
    assert not any(follows(*shares) for shares in ((0.6, 0.6), (0.3, 0.1), (0.5, 0.9)))
    few = torch.cat([torch.zeros(950), torch.ones(50)])
    assert not subpixel.by_heart(0.7 * parts, parts, few)


def test_answers_are_those_that_are_drawn():
    """The mean over views: of a network that knows no direction, its own answer."""
    net = subpixel.network(4)
    net.initialise(torch.Generator().manual_seed(1))
    seen = torch.randn(5, 25, generator=torch.Generator().manual_seed(2))
    found = subpixel.answered(net, seen)
    turned = subpixel.views()[1]
    again = subpixel.answered(net, seen[:, turned.seen])
    assert torch.allclose(again @ turned.parts.to(again), found, atol=1e-5)
