"""Pictures that may be drawings: tried at half their size, beside how photographs are drawn."""

import io

import numpy as np
import pytest
from benchmarks.subjects import PAGES
from PIL import Image

from redraw import fit
from redraw.fitting.plan import halves
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import PRESETS, best_preset
from redraw.fitting.timing import prepare_within
from redraw.metrics import psnr
from redraw.signals.picture import kind
from redraw.signals.picture.picture import Picture


def as_jpeg(values):
    """The pixels of its JPEG of quality 75. (H, W, C)"""
    file = io.BytesIO()
    Image.fromarray(np.rint(values * 255).astype(np.uint8)).save(file, "JPEG", quality=75)
    return Picture.from_array(np.asarray(Image.open(file)))


@pytest.fixture(scope="module")
def drawing():
    return as_jpeg(PAGES["anime"].draw(100))


@pytest.fixture(scope="module")
def photograph():
    data = pytest.importorskip("skimage.data", reason="the photographs come with scikit-image")
    return as_jpeg(data.chelsea()[80:176, 120:216] / 255.0)


@pytest.fixture
def all_in_doubt(monkeypatch):
    """Whatever their edges tell."""
    monkeypatch.setattr(kind, "DOUBT", -np.inf)
    monkeypatch.setattr(kind, "HOPELESS", -np.inf)


@pytest.fixture
def no_trial(monkeypatch):
    """None may be made."""

    def refused(*_, **__):
        raise AssertionError("it was tried out")

    monkeypatch.setattr(halves, "gain", refused)


def test_a_drawing_in_doubt_is_taken_for_one_and_the_plan_says_why(drawing):
    assert kind.look_of(drawing) == "doubtful"
    plan = prepare(drawing)
    assert plan.model == "cel"
    assert plan.because.startswith("it may be a drawing: cel draws its halved pixels 1.")


def test_a_photograph_in_doubt_is_not(photograph, all_in_doubt):
    assert kind.look_of(photograph) == "doubtful"
    model, because = best_preset(photograph)
    assert model == "wavelet"
    assert because == "it may be a drawing, but cel draws its halved pixels no better"


def test_it_is_what_a_fit_of_the_half_gains(drawing):
    """The half by Pillow, the fit by the public door; the rival has a test of its own."""
    levels = np.rint(drawing.values * 255).astype(np.uint8)
    half = np.asarray(Image.fromarray(levels).reduce(2))
    field = fit(half, model="cel", steps=halves.STEPS, footprint="box")
    drawn = field.render(100, 100).values
    plain = halves.enlarged((half / 255).astype(np.float32))
    row = PRESETS["cel"]
    assert row.perhaps is not None
    found = halves.gain(drawing, row.perhaps.field, row.train)
    wanted = psnr(drawing.values, drawn) - psnr(drawing.values, plain)
    assert found == pytest.approx(wanted, abs=0.1)  # halves and drawings in levels of 8 bits


def test_the_answer_does_not_depend_on_threads(drawing):
    row = PRESETS["cel"]
    assert row.perhaps is not None
    one, three = (
        halves.gain(drawing, row.perhaps.field, row.train, threads=threads) for threads in (1, 3)
    )
    assert one == three


@pytest.mark.parametrize("asked", [{"budget": "10%"}, {"seconds": 5}, {"model": "wavelet"}])
def test_nothing_is_tried_where_it_would_not_matter_or_takes_too_long(asked, drawing, no_trial):
    assert prepare(drawing, **asked).model in ("wavelet", "spline")


def test_what_is_too_small_is_not_tried(drawing):
    row = PRESETS["cel"]
    assert row.perhaps is not None
    small = Picture.from_array(drawing.values[:90])
    assert halves.gain(small, row.perhaps.field, row.train) is None


def test_the_clock_of_the_fit_is_asked(drawing, monkeypatch):
    """What its reading took counts, as for all else."""
    clocks = []
    monkeypatch.setattr(halves, "gain", lambda *_, clock, **__: clocks.append(clock))
    monkeypatch.setattr("redraw.fitting.timing._small_enough", lambda signal, *_: (signal, None))
    with pytest.raises(AttributeError):  # nothing was tried of the time it takes
        prepare_within(drawing, 0.0, {"seconds": 1e9})
    assert isinstance(clocks[0], Clock)
    clocks.clear()
    with pytest.raises(AttributeError):
        prepare_within(drawing, -1e9, {"seconds": 1e9})
    assert not clocks
