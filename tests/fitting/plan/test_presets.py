import dataclasses
import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.config import from_plain, plain
from redraw.fitting.plan.auto_size import made_for
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.config import RunConfig, TrainConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import PRESETS, default_preset, preset
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read

# Those for pictures: of the others, one is a plane, and one is slow on purpose.
DRAWING = [name for name in PRESETS if name not in ("linear", "table")]


def finished(picture, name, seed=0, **train):
    """The last event of a fit by the preset's own settings, but for `train`."""
    row = preset(name)
    field = dataclasses.replace(row.field, channels=picture.channels)
    if name in ("spline", "wavelet"):  # whose field belongs to one size of picture
        field = sized(field, picture.size, picture.values.size // 4)
    if name == "cel":
        field = made_for(sized(field, picture.size), picture, None, 1)
    config = RunConfig(
        name,
        field,
        dataclasses.replace(row.train, **train),
        seed=seed,
        threads=1,
        frames=0,
    )
    (last,) = [e for e in Run.start(picture, config).events() if isinstance(e, Finished)]
    return last


def of_the_mean(picture):
    """PSNR in dB of the best picture of a single colour."""
    fitted = picture.fitted().astype(np.float64)
    return -10 * np.log10(fitted.reshape(-1, picture.channels).var(axis=0).mean())


def astronaut(side):
    data = pytest.importorskip("skimage.data", reason="scikit-image holds the photograph")
    return Picture.from_array(data.astronaut(), name="astronaut").resized(side, side)


# --- the table -----------------------------------------------------------------------------------


def test_all_presets_are_there():
    assert {"ink", "hash", "siren", "finer", "wire", "gauss", "relu", "fourier", "tanh"} <= set(
        PRESETS
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_value_that_survives_json(name):
    row = preset(name)
    field, train = (json.loads(json.dumps(plain(part))) for part in (row.field, row.train))
    assert FieldConfig.from_json(field) == row.field
    assert from_plain(TrainConfig, train, "train") == row.train
    assert "\n" not in row.about
    assert 20 < len(row.about) < 100


@pytest.mark.parametrize(("name", "count"), [("tanh", 15_451), ("siren", 12_737)])
def test_sizes_of_presets_that_have_a_history(name, count):
    assert Field.build(preset(name).field).parameter_count == count


def test_tanh_is_the_network_of_the_original_blog():
    field = preset("tanh").field
    assert field.hidden == (50, 50, 100, 50, 25, 25, 25)
    assert (field.activation, field.output) == ("tanh", "sigmoid")


def test_ink_is_what_draws_crisply():
    row = preset("ink")
    assert row.train.footprint == "box"
    assert row.train.sharpen > 1
    assert row.field.output == "sigmoid"
    assert row.field.omega < preset("siren").field.omega
    assert Field.build(row.field).parameter_count <= 15_451


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("sirene", "siren"),
        ("SIREN", "siren"),
        ("inc", "ink"),
        ("forier", "fourier"),
        ("tan", "tanh"),
    ],
)
def test_the_nearest_name_is_suggested(wrong, near):
    with pytest.raises(UsageError, match=rf"unknown preset '{wrong}'; did you mean '{near}'\?"):
        preset(wrong)


def test_far_off_names_get_the_list():
    with pytest.raises(UsageError, match=r"unknown preset 'zzzz'; accepted: ink, .*tanh"):
        preset("zzzz")


def test_drawings_get_ink_and_photographs_something_else():
    assert default_preset(read(bundled("cub"))) == "ink"
    assert default_preset(read(bundled("cub-two-tone"))) == "ink"
    assert default_preset(astronaut(64)) in PRESETS.keys() - {"ink"}


def test_large_pictures_take_larger_batches():
    def batch(side, **settings):
        blank = Picture.from_array(np.zeros((side, side), np.uint8))
        return prepare(blank, model="hash", settings=settings).train.batch

    own = preset("hash").train.batch
    assert batch(16) == batch(880) == own
    assert batch(2000) == 2000 * 2000 // 96
    assert batch(2000, batch=5000) == 5000  # asked for
    siren = prepare(Picture.from_array(np.zeros((2000, 2000), np.uint8)), model="siren")
    assert siren.train.batch == preset("siren").train.batch


# --- what they reach -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DRAWING)
def test_every_preset_learns_at_once(name):
    """Small and short: 3 dB above one colour within 150 steps."""
    photograph = astronaut(24)
    assert finished(photograph, name, steps=150).psnr > of_the_mean(photograph) + 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", DRAWING)
def test_no_preset_gets_stuck_on_white(name, seed):
    """A page is mostly white, and all white is where a rate too high ends for good."""
    cub = read(bundled("cub")).resized(40, 40)
    assert finished(cub, name, seed, steps=150).psnr > of_the_mean(cub) + 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", DRAWING)
def test_every_preset_beats_one_colour_by_eight_decibels_on_the_cub(name):
    cub = read(bundled("cub"))
    assert finished(cub, name).psnr > of_the_mean(cub) + 8


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", DRAWING)
def test_every_preset_beats_one_colour_by_eight_decibels_on_a_photograph(name):
    photograph = astronaut(256)
    assert finished(photograph, name).psnr > of_the_mean(photograph) + 8


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_siren_draws_the_cub():
    cub = read(bundled("cub"))
    assert finished(cub, "siren", steps=400, batch="full").psnr >= 30
    assert finished(cub, "siren").psnr >= 40
    assert finished(read(bundled("cub-two-tone")), "siren").iou >= 0.99


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ink_drawn_four_times_larger_beats_resampling():
    """Against the drawing script's own output at that size; both filters see the same picture."""
    path = Path(__file__).parents[3] / "examples" / "draw_cub.py"
    spec = importlib.util.spec_from_file_location("draw_cub", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    truth = script.draw(800).astype(np.float64)
    cub = read(bundled("cub"))
    config = RunConfig("ink", preset("ink").field, preset("ink").train, threads=2, frames=0)
    run = Run.start(cub, config)
    for _ in run.events():
        pass
    assert run.field.parameter_count <= 15_451

    def psnr(drawn):
        return -10 * np.log10(((np.clip(drawn, 0, 1) - truth) ** 2).mean())

    small = Image.fromarray(cub.values[..., 0])
    others = [
        psnr(np.asarray(small.resize((800, 800), kind)))
        for kind in (Image.Resampling.LANCZOS, Image.Resampling.BICUBIC)
    ]
    assert psnr(run.result.render(800, 800).values[..., 0]) > max(others) + 6


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_plain_gradient_descent_learns_as_slowly_as_it_once_did():
    """The original blog's way: tanh, full batch, plain gradient descent; 13.48 dB is all white."""
    found = finished(
        read(bundled("cub-two-tone")),
        "tanh",
        steps=5000,
        batch="full",
        optimizer="sgd",
        lr_max=0.1,
        schedule="constant",
    )
    assert 13.4 < found.psnr < 19
