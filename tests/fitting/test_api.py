"""`redraw.fit` and the plan behind it."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import redraw
from redraw.errors import OutputError, PictureError, RunError, ShapeError, UsageError
from redraw.fitting.api import fit
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.events import (
    CheckpointSaved,
    Evaluated,
    Finished,
    FrameSaved,
    Progress,
    Started,
)
from redraw.signals.picture.opening import as_picture
from redraw.signals.picture.picture import Picture
from redraw.storage.run_folder import RunFolder

TINY = {"steps": 5, "hidden": (8,), "engine": "reference"}
PAGE = np.ones((8, 8), np.float32)
PAGE[2:6, 3] = 0.0


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_example_of_the_package(tmp_path):
    Image.fromarray((PAGE * 255).astype(np.uint8)).save("cub.png")
    field = redraw.fit("cub.png", model="siren", **TINY)
    field.render(20, 20, engine="reference").save("cub-20.png")
    assert redraw.read("cub-20.png").size == (20, 20)
    field.save("cub.redraw")
    again = redraw.load("cub.redraw")
    xy = torch.rand(7, 2, requires_grad=True)
    values = again(xy)
    assert torch.equal(values, field(xy))
    values.sum().backward()
    assert xy.grad is not None
    assert bool(xy.grad.abs().sum() > 0)


def test_nothing_is_written_unless_asked_for(tmp_path):
    fit(PAGE, **TINY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["array", "list", "picture", "path", "text", "name", "csv"])
def test_signals_of_every_kind(tmp_path, kind):
    path = tmp_path / "page.png"
    Image.fromarray((PAGE * 255).astype(np.uint8)).save(path)
    (tmp_path / "page.csv").write_text("x,y,pixel_value\n0,0,1\n7,7,0\n")
    signal = {
        "array": PAGE,
        "list": PAGE.tolist(),
        "picture": Picture.from_array(PAGE),
        "path": path,
        "text": str(path),
        "name": "cub",
        "csv": "page.csv",
    }[kind]
    field = fit(signal, max_side=8, **TINY)
    assert field.size == (8, 8)
    assert field.made["steps"] == 5


def test_the_same_seed_gives_the_same_field_and_another_another():
    first, same, other = (fit(PAGE, seed=seed, **TINY).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_events_are_heard_in_order():
    events = []
    field = fit(PAGE, on_event=events.append, **TINY)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    saved = FrameSaved | Evaluated | CheckpointSaved
    assert not any(isinstance(event, saved) for event in events)
    assert [event.step for event in events if isinstance(event, Progress)][-1] == 5
    assert events[-1].psnr == pytest.approx(field.made["psnr"], abs=1e-3)
    assert (events[-1].run, events[-1].field) == (None, None)


def test_a_run_folder_and_an_output_on_request(tmp_path):
    field = fit(PAGE, run="a.run", output="a.redraw", frames=2, **TINY)
    with RunFolder.open("a.run") as run:
        assert len(run.frames()) == 2
        assert run.latest_checkpoint().step == 5
    again = redraw.load("a.redraw").state_dict()
    assert all(torch.equal(again[name], tensor) for name, tensor in field.state_dict().items())
    for arguments in ({"output": "a.redraw"}, {"run": "a.run"}):
        with pytest.raises(RunError if "run" in arguments else OutputError, match="force"):
            fit(PAGE, **arguments, **TINY)
        fit(PAGE, **arguments, force=True, **TINY)


def test_frames_are_saved_by_default_where_there_is_a_run():
    fit(PAGE, run="a.run", **TINY)
    assert len(RunFolder.open("a.run", writable=False).frames()) > 2


def test_settings_by_name_by_mapping_and_from_a_file(tmp_path):
    (tmp_path / "s.toml").write_text("omega = 1.0\nomega_first = 1.0\nspread = 1.0\n")
    options = {"steps": 2, "engine": "reference", "hidden": (4,), "model": "siren"}
    field = fit(PAGE, config="s.toml", settings={"omega": 2.0}, omega_first=3, **options)
    config = field.config
    assert (config.omega, config.omega_first, config.spread) == (2.0, 3.0, 1.0)
    assert config.hidden == (4,)


def test_the_environment_does_not_change_what_python_asks_for(monkeypatch):
    monkeypatch.setenv("REDRAW_OMEGA", "3")
    assert fit(PAGE, model="siren", **TINY).config.omega != 3.0


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"model": "sirn"}, UsageError, "did you mean 'siren'?"),
        ({"step": 3}, UsageError, "did you mean 'steps'?"),
        ({"modle": "siren"}, UsageError, "did you mean 'model'?"),
        ({"omega": "high"}, UsageError, "accepted: a number"),
        ({"seed": -1}, UsageError, "seed is -1"),
        ({"seconds": 0}, UsageError, "seconds is 0"),
        ({"size": (0, 3)}, UsageError, "0x3"),
        ({"size": "3x3", "max_side": 3}, UsageError, "both"),
        ({"threshold": 0}, UsageError, "threshold"),
        ({"engine": "warp"}, UsageError, "unknown engine"),
        ({"config": "none.toml"}, UsageError, "can't be read"),
        ({"output": "none/a.redraw"}, OutputError, "make it first"),
        ({"run": "none/a.run"}, OutputError, "make it first"),
    ],
)
def test_what_can_not_be_done_is_refused(tmp_path, arguments, error, said):
    with pytest.raises(error) as caught:
        fit(PAGE, **{**TINY, **arguments})
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("signal", "error"),
    [("none.png", PictureError), (np.ones((2, 2, 9)), ShapeError), ([["a"]], PictureError)],
)
def test_signals_that_are_none_are_refused(signal, error):
    with pytest.raises(error):
        fit(signal, **TINY)


def test_a_field_stands_on_its_own_in_another_process(tmp_path):
    fit(PAGE, output="a.redraw", **TINY)
    program = (
        "import redraw; field = redraw.load('a.redraw')\n"
        "print(field.render(6, engine='reference').size, field.made['steps'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "(6, 6) 5\n"


# --- the plan --------------------------------------------------------------------------------


def test_a_plan_survives_its_json():
    plan = prepare(Picture.from_array(PAGE), seconds=3, seed=4, settings={"hidden": "4"})
    assert RunConfig.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_precedence_name_by_name(tmp_path):
    (tmp_path / "s.json").write_text('{"omega": 1, "spread": 1, "seed": 1, "lr_max": 1, "eps": 1}')
    environment = {"REDRAW_SPREAD": "2", "REDRAW_SEED": "2", "REDRAW_LR_MAX": "2"}
    plan = prepare(
        Picture.from_array(PAGE),
        config="s.json",
        environment=environment,
        settings={"seed": "3", "lr_max": "3"},
        seed=4,
    )
    assert (plan.field.omega, plan.train.eps) == (1.0, 1.0)
    assert plan.field.spread == 2.0
    assert plan.train.lr_max == 3.0
    assert plan.seed == 4


def test_the_model_can_come_from_anywhere(tmp_path):
    picture = Picture.from_array(PAGE)
    (tmp_path / "s.toml").write_text('model = "tanh"')
    environment = {"REDRAW_MODEL": "relu"}
    both = {"config": "s.toml", "environment": environment}
    # By the picture; else it says where the name is from, and nothing of the picture.
    for model, said, options in (
        ("ink", "", {}),
        ("tanh", "from s.toml", {"config": "s.toml"}),
        ("relu", "from REDRAW_MODEL", both),
        ("wire", "", {"environment": environment, "model": "wire"}),
    ):
        plan = prepare(picture, **options)
        assert (plan.model, plan.named) == (model, said)
        assert bool(plan.because) == (model == "ink")


def test_the_channels_are_the_pictures():
    assert prepare(Picture.from_array(np.ones((2, 2, 4)))).field.channels == 4


def test_errors_say_where_a_value_was_found(tmp_path):
    picture = Picture.from_array(PAGE)
    (tmp_path / "s.toml").write_text("omega = 'high'\nseed = 1")
    with pytest.raises(UsageError, match=r"omega is .* \(from s.toml\)"):
        prepare(picture, config="s.toml")
    with pytest.raises(UsageError, match=r"\(from REDRAW_SEED\)"):
        prepare(picture, environment={"REDRAW_SEED": "x"})
    with pytest.raises(UsageError) as caught:
        prepare(picture, config="s.toml", settings={"omega": "higher"})
    assert "(from" not in str(caught.value)


@pytest.mark.parametrize(
    ("run", "output", "kept"),
    [
        ("a.run", "a.redraw", "a.redraw"),
        ("sub/a.run", "a.redraw", "../a.redraw"),
        ("a.run", "sub/b.redraw", "sub/b.redraw"),
    ],
)
def test_the_output_is_kept_relative_to_where_the_run_lies(tmp_path, run, output, kept):
    (tmp_path / "sub").mkdir()
    plan = prepare(Picture.from_array(PAGE), run=run, output=output)
    assert plan.output == kept
    absolute = tmp_path / output
    assert prepare(Picture.from_array(PAGE), run=run, output=absolute).output == kept
    assert prepare(Picture.from_array(PAGE), output=output).output == str(absolute)


# --- the picture -----------------------------------------------------------------------------


def test_pictures_are_resampled_before_their_threshold():
    ramp = np.linspace(0, 1, 12, dtype=np.float32)[None].repeat(6, 0)
    picture = as_picture(ramp, size="6x", threshold=0.5)
    assert picture.size == (6, 3)
    assert picture.two_tone


def test_a_bundled_name_gives_way_to_a_file(tmp_path):
    Image.new("L", (3, 2)).save(tmp_path / "cub", "PNG")
    assert as_picture("cub").size == (3, 2)
    (tmp_path / "cub").unlink()
    (tmp_path / "cub").mkdir()
    assert as_picture("cub").size == (200, 200)


def test_max_pixels_counts_before_anything_is_decoded():
    with pytest.raises(PictureError, match="40,000 pixels"):
        as_picture("cub", max_pixels=39_999)
    assert as_picture("cub", max_pixels=40_000).size == (200, 200)


# --- the size of a spline ------------------------------------------------------------------------


def shaded(side=120):
    """Smooth shading, an edge, squares and a little noise, in colour."""
    y, x = np.mgrid[:side, :side]
    base = 0.5 + 0.3 * np.sin(x / 7 + y / 11) + 0.15 * (x > 1.3 * y + 4)
    rng = np.random.default_rng(0)
    squares = np.kron(rng.normal(0, 0.06, (side // 4, side // 4, 3)), np.ones((4, 4, 1)))
    noise = rng.normal(0, 0.002, (side, side, 3))
    return Picture.from_array((base[:, :, None] + squares + noise).clip(0, 1).astype(np.float32))


def room_of(picture, **options):
    return prepare(picture, model="spline", **options).field.encoding.room


def test_without_a_budget_a_spline_is_as_large_as_a_quality_needs():
    picture = shaded()
    plan = prepare(picture, model="spline")
    assert plan.aim == 42.0
    assert fit(picture, model="spline").about.made["psnr"] == pytest.approx(42.0, abs=2.5)
    wanted = fit(picture, model="spline", psnr=38.0)
    assert 38.0 <= wanted.about.made["psnr"] < 41.0
    assert room_of(picture, psnr=38.0) < room_of(picture)


def test_a_size_that_is_asked_for_is_kept():
    picture = shaded()
    for options in ({"budget": "30%"}, {"settings": {"room": 9000}}):
        plan = prepare(picture, model="spline", **options)
        assert plan.aim is None
    assert plan.field.encoding.room == 9000
    assert prepare(picture, model="siren").aim is None


def test_the_size_for_a_quality_has_bounds():
    picture = shaded()
    values = picture.values.size
    assert room_of(picture, psnr=1.0) == pytest.approx(0.02 * values, abs=20)
    assert room_of(picture, psnr=150.0) == pytest.approx(0.5 * values, abs=20)
    flat = Picture.from_array(np.full((5, 3), 0.5, np.float32))
    assert fit(flat, model="spline").about.made["psnr"] > 100.0


def test_the_size_depends_on_the_picture_alone():
    picture = shaded()
    plan = prepare(picture, model="spline", threads=1)
    assert plan.field == prepare(picture, model="spline", threads=3).field
    assert RunConfig.from_json(plan.to_json()) == plan
    known = np.random.default_rng(0).random(picture.size[::-1]) < 0.8
    holed = Picture(picture.values, picture.colour, known=known)
    # What fills the holes is no smoother than the picture.
    assert 0.5 < room_of(holed) / plan.field.encoding.room < 2.0
