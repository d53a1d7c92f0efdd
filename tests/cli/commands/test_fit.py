"""`redraw fit`: what it writes, says and refuses."""

import json

import numpy as np
import pytest
from PIL import Image
from tests.reading import read_about

from redraw.storage.run_folder import RunFolder

TINY = ("--steps", 5, "--frames", 2, "--set", "hidden=8")


def config_of(run) -> dict:
    return RunFolder.open(run, writable=False).config


def test_writes_a_field_and_a_run_named_after_the_picture(redraw, picture, tmp_path):
    done = redraw("fit", picture, *TINY)
    assert done.code == 0
    assert not done.err
    assert read_about(tmp_path / "tiny.redraw").size == (8, 8)
    run = RunFolder.open(tmp_path / "tiny.run", writable=False)
    assert [step for step, _ in run.frames()] == [0, 5]
    assert run.latest_checkpoint().step == 5


def test_says_what_happens_in_plain_lines_elsewhere_than_on_a_terminal(redraw, picture):
    lines = redraw("fit", picture, *TINY).out.splitlines()
    assert lines[0] == "tiny.png: 8 × 8, 8-bit grey"
    assert lines[1].startswith("preset ink: 33 parameters (it looks like a drawing;")
    assert lines[2] == "engine reference, run folder tiny.run"
    assert any(line.startswith("step 5/5 (100 %)") for line in lines)
    assert any(line.startswith("Done: 5 steps in ") for line in lines)
    assert any("tiny.redraw   the field: 33 parameters in " in line for line in lines)
    for command in ("render tiny.redraw", "timelapse tiny.run", "resume tiny.run --steps 5"):
        assert any(line.startswith(f"  redraw {command}") for line in lines)
    assert not any("\x1b" in line for line in lines)


def test_the_next_commands_that_it_names_work(redraw, picture):
    lines = redraw("fit", picture, *TINY).out.splitlines()
    commands = [line.split("#")[0].split() for line in lines if line.startswith("  redraw ")]
    assert len(commands) == 3
    for name, *arguments in commands:
        assert name == "redraw"
        assert redraw(*arguments).code == 0


def test_output_and_run_go_where_they_are_told(redraw, picture, tmp_path):
    (tmp_path / "sub").mkdir()
    assert redraw("fit", picture, "-o", "sub/a.redraw", "--run", "sub/b.run", *TINY).code == 0
    assert {path.name for path in (tmp_path / "sub").iterdir()} == {"a.redraw", "b.run"}


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--psnr", 0.5), "Done early, as good as asked for: "),
        (("--seconds", 1e-3), "Done, as the time is over: "),
    ],
)
def test_it_says_when_it_ends_early(redraw, picture, option, said):
    plan = ("--steps", 1000, "--frames", 0, "--set", "hidden=8", "--model", "siren")
    assert f"\n{said}" in redraw("fit", picture, *plan, *option).out


def test_the_picture_is_never_replaced_by_its_field(redraw, picture, tmp_path):
    content = picture.read_bytes()
    (tmp_path / "link.redraw").symlink_to(picture)
    for output in (picture, "link.redraw"):
        refused = redraw("fit", picture, "-o", output, "--force", *TINY)
        assert refused.code == 1
        assert "is what is to be learned" in refused.complaint
        assert picture.read_bytes() == content
    assert not (tmp_path / "tiny.run").exists()


def test_json_is_one_object_per_event_and_the_last_says_it_all(redraw, picture):
    done = redraw("fit", picture, *TINY, "--json")
    assert done.code == 0
    assert not done.err
    events = done.objects
    assert events[0]["event"] == "started"
    assert {"progress", "evaluation", "frame", "checkpoint"} <= {e["event"] for e in events}
    last = events[-1]
    assert {"psnr", "steps", "seconds", "parameters", "engine", "field", "run"} <= set(last)
    assert (last["steps"], last["parameters"], last["engine"]) == (5, 33, "reference")
    assert (last["field"], last["run"]) == ("tiny.redraw", "tiny.run")


def test_json_reports_each_logged_step_once(redraw, picture):
    steps = [e["step"] for e in redraw("fit", picture, *TINY, "--json").objects if "loss" in e]
    assert steps == [1, 2, 3, 4, 5]


def test_json_and_quiet_leave_the_last_object(redraw, picture):
    (last,) = redraw("fit", picture, *TINY, "--json", "--quiet").objects
    assert last["event"] == "finished"


def test_quiet_says_nothing(redraw, picture):
    done = redraw("fit", picture, *TINY, "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_bundled_picture_goes_by_its_name(redraw, tmp_path):
    done = redraw("fit", "cub", "--max-side", 6, *TINY)
    assert done.code == 0
    assert done.out.startswith("cub.png: 6 × 6, 8-bit grey\n")
    assert (tmp_path / "cub.redraw").exists()


def test_a_file_goes_before_a_bundled_picture_of_its_name(redraw, picture, tmp_path):
    picture.rename(tmp_path / "cub")
    assert redraw("fit", "cub", *TINY).out.startswith("cub: 8 × 8")


def test_a_csv_with_holes_is_fitted(redraw, picture, tmp_path):
    assert redraw("csv", "encode", picture, "tiny.csv").code == 0
    rows = (tmp_path / "tiny.csv").read_text().splitlines(keepends=True)
    (tmp_path / "tiny.csv").write_text("".join(rows[:10] + rows[20:]))
    done = redraw("fit", "tiny.csv", *TINY)
    assert done.code == 0
    assert "note: 10 of 64 pixels have no row" in done.out


def test_notes_about_the_picture_are_said(redraw, tmp_path):
    first, second = (Image.fromarray(np.full((4, 4), v, np.uint8)) for v in (0, 200))
    first.save(tmp_path / "two.gif", save_all=True, append_images=[second])
    assert "note: the first of 2 pictures in it was taken" in redraw("fit", "two.gif", *TINY).out


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (("--size", "5x3"), (5, 3)),
        (("--size", "4x"), (4, 4)),
        (("--max-side", 3), (3, 3)),
        (("--max-side", 99), (8, 8)),
    ],
)
def test_pictures_are_resampled_first(redraw, picture, options, size):
    redraw("fit", picture, *TINY, *options)
    assert read_about("tiny.redraw").size == size


def test_threshold_makes_two_tones_and_reports_the_ink(redraw, picture):
    last = redraw("fit", picture, *TINY, "--threshold", 0.4, "--json").objects[-1]
    assert read_about("tiny.redraw").colour.depth == 1
    assert 0 <= last["iou"] <= 1


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 300), (300, 1)])
def test_thin_and_tiny_pictures_work(redraw, tmp_path, width, height):
    Image.new("RGB", (width, height), (10, 200, 30)).save(tmp_path / "thin.png")
    done = redraw("fit", "thin.png", *TINY)
    assert done.code == 0
    assert not done.err


# --- presets and settings --------------------------------------------------------------------


def test_a_photograph_gets_another_preset_and_is_told_why(redraw, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    lines = redraw("fit", "photo.png", *TINY[:4]).out.splitlines()
    assert "preset wavelet: " in lines[1]
    assert "(it is no line drawing; --model takes another" in lines[1]


def test_settings_of_a_network_bring_a_photograph_a_network(redraw, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    assert redraw("fit", "photo.png", *TINY).out.splitlines()[1].startswith("preset hash")


def test_a_preset_that_was_asked_for_needs_no_reason(redraw, picture):
    assert "drawing" not in redraw("fit", picture, *TINY, "--model", "tanh").out


def test_the_command_line_goes_before_environment_file_and_preset(
    redraw, picture, tmp_path, monkeypatch
):
    (tmp_path / "s.toml").write_text('omega = 1.0\nlr_max = 1.0\nseed = 1\nloss = "l1"\n')
    monkeypatch.setenv("REDRAW_LR_MAX", "2.0")
    monkeypatch.setenv("REDRAW_OMEGA", "2.0")
    monkeypatch.setenv("REDRAW_SEED", "2")
    redraw("fit", picture, "--config", "s.toml", *TINY, "--set", "omega=3", "--seed", 3)
    found = config_of("tiny.run")
    assert found["field"]["omega"] == 3.0
    assert found["seed"] == 3
    assert found["train"]["lr_max"] == 2.0
    assert found["train"]["loss"] == "l1"
    assert found["train"]["sharpen"] > 1  # of the preset


def test_options_have_the_last_word_on_footprints(redraw, picture):
    redraw("fit", picture, *TINY, "--footprint", "box", "--samples", 4, "--set", "samples=2")
    train = config_of("tiny.run")["train"]
    assert (train["footprint"], train["samples"]) == ("box", 4)


def test_the_run_remembers_every_option(redraw, picture):
    redraw(
        *("fit", picture, "--steps", 4, "--seconds", 50, "--psnr", 90, "--seed", 7),
        *("--precision", "float64", "--device", "cpu", "--threads", 1, "--rest", 0.01),
        *("--frames", 3, "--checkpoint-every", 9, "--model", "siren", "--set", "hidden=4,5"),
    )
    found = config_of("tiny.run")
    assert found["stops"] == {"steps": 4, "seconds": 50.0, "psnr": 90.0}
    expected = {
        "seed": 7,
        "precision": "float64",
        "device": "cpu",
        "threads": 1,
        "rest": 0.01,
        "frames": 3,
        "checkpoint_every": 9.0,
        "model": "siren",
        "engine": "reference",
        "source": "tiny.png",
    }
    assert {name: found[name] for name in expected} == expected
    assert found["field"]["hidden"] == [4, 5]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "sirn"), "did you mean 'siren'?"),
        (("--set", "omga=3"), "did you mean 'omega'?"),
        (("--set", "omega"), "is not KEY=VALUE"),
        (("--set", "omega=high"), "setting omega is 'high'; accepted: a number"),
        (("--set", "loss=mae"), "accepted: mse | l1 | bce | relative_l2"),
        (("--engine", "warp"), "unknown engine 'warp'; accepted: auto"),
        (("--device", "tpu"), "device 'tpu' is not there; accepted here: auto, cpu"),
        (("--precision", "int8"), "accepted: float32 | float64 | tf32 | bfloat16 | float16"),
        (("--steps", 0), "steps is 0"),
        (("--steps", -3), "steps is -3"),
        (("--seconds", 0), "seconds is 0"),
        (("--seconds", "nan"), "seconds is nan"),
        (("--psnr", -1), "psnr is -1"),
        (("--seed", -1), "seed is -1"),
        (("--frames", -1), "frames is -1"),
        (("--rest", -1), "rest is -1"),
        (("--threads", 0), "threads is 0"),
        (("--samples", 0), "samples is 0"),
        (("--size", "0x0"), "size '0x0' has a side of 0"),
        (("--size=-3x4",), "size '-3x4' has a side of -3"),
        (("--size", "large"), "is not WIDTHxHEIGHT"),
        (("--size", "4x4", "--max-side", 4), "both a size and a longest side"),
        (("--max-side", 0), "the longest side can't be 0"),
        (("--max-side", -1), "the longest side can't be -1"),
        (("--threshold", 7), "the threshold 7"),
        (("--max-pixels", 0), "max_pixels is 0"),
    ],
)
def test_impossible_requests_are_refused_and_leave_nothing(
    redraw, picture, tmp_path, arguments, said
):
    refused = redraw("fit", picture, "--quiet", *arguments)
    assert refused.code == (1 if arguments[0] == "--device" else 2)
    assert said in refused.complaint
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.png"]


def test_settings_name_where_they_come_from(redraw, picture, tmp_path, monkeypatch):
    (tmp_path / "s.json").write_text(json.dumps({"omega": "high"}))
    assert "(from s.json)" in redraw("fit", picture, "-q", "--config", "s.json").complaint
    monkeypatch.setenv("REDRAW_SEED", "x")
    assert "(from REDRAW_SEED)" in redraw("fit", picture, "-q").complaint


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.toml", b"omega = = 3", "can't be parsed"),
        ("c.json", b"{", "can't be parsed"),
        ("c.json", b"[1]", "no table of settings"),
        ("c.toml", b"omga = 3", "did you mean 'omega'?"),
        ("c.toml", b"\xff\xfe", "can't be read"),
        ("none.toml", None, "can't be read"),
    ],
)
def test_a_malformed_config_is_refused(redraw, picture, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    refused = redraw("fit", picture, "--quiet", "--config", name)
    assert refused.code == 2
    assert said in refused.complaint
    assert name in refused.complaint


# --- what is there already -------------------------------------------------------------------


def test_an_existing_output_is_refused_at_once(redraw, picture, tmp_path):
    (tmp_path / "tiny.redraw").write_text("mine")
    refused = redraw("fit", picture, *TINY)
    assert refused.code == 1
    assert "tiny.redraw exists already" in refused.complaint
    assert "--force" in refused.complaint
    assert not refused.out
    assert not (tmp_path / "tiny.run").exists()
    assert (tmp_path / "tiny.redraw").read_text() == "mine"


def test_an_existing_run_is_refused_with_both_ways_on(redraw, fitted):
    refused = redraw("fit", "tiny.png", *TINY)
    assert refused.code == 1
    assert "`redraw resume tiny.run`" in refused.complaint
    assert "--force" in refused.complaint


def test_force_replaces_both(redraw, fitted):
    before = (fitted / "tiny.redraw").read_bytes()
    assert redraw("fit", "tiny.png", *TINY, "--force", "--seed", 3).code == 0
    assert (fitted / "tiny.redraw").read_bytes() != before
    assert config_of("tiny.run")["seed"] == 3


def test_a_folder_of_something_else_is_never_replaced(redraw, picture, tmp_path):
    (tmp_path / "tiny.run").mkdir()
    (tmp_path / "tiny.run" / "thesis.tex").write_text("mine")
    refused = redraw("fit", picture, *TINY, "--force", "--quiet")
    assert refused.code == 1
    assert "is no run folder" in refused.complaint
    assert (tmp_path / "tiny.run" / "thesis.tex").read_text() == "mine"
    assert not (tmp_path / "tiny.redraw").exists()


@pytest.mark.parametrize("output", ["missing/x.redraw", "/dev/null", "/proc/x.redraw"])
def test_an_output_that_can_not_be_written_is_refused_at_once(redraw, picture, tmp_path, output):
    refused = redraw("fit", picture, "-o", output, *TINY)
    assert refused.code == 1
    assert "can't write" in refused.complaint
    assert not refused.out
    assert not (tmp_path / "tiny.run").exists()


def test_run_and_output_of_one_name_are_refused(redraw, picture):
    refused = redraw("fit", picture, "-o", "both", "--run", "both", *TINY)
    assert refused.code == 1
    assert "name another" in refused.complaint
