"""What the studio says is true: numbers are of what is shown, and commands make it again."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from redraw.signals.picture.bundled import bundled

SMALL = {"hidden": "16,16", "batch": "512"}
LONG = {"steps": 10_000_000}


def run_line(line, folder):
    """Run a line that was printed for people, in a shell, with this Python's redraw."""
    words = shlex.split(line)
    assert words[0] == "redraw"
    program = shlex.join([sys.executable, "-m", "redraw"])
    line = " && ".join(f"{program} {part.removeprefix('redraw ')}" for part in line.split(" && "))
    subprocess.run(line, shell=True, cwd=folder, check=True, capture_output=True)


def tensors(path):
    """All parameters of a field file as bytes."""
    import redraw

    return {key: value.numpy().tobytes() for key, value in redraw.load(path).state_dict().items()}


def drawn_psnr(studio, name):
    """The PSNR of what is drawn of a fit against the cub, both as 8-bit pixels."""
    status, _, content = studio.ask(f"/api/fits/{name}/save/drawing.png?width=200&height=200")
    assert status == 200
    (studio.folder / "now.png").write_bytes(content)
    drawn = np.asarray(Image.open(studio.folder / "now.png").convert("L")) / 255.0
    truth = np.asarray(Image.open(bundled("cub")).convert("L")) / 255.0
    return -10.0 * np.log10(np.mean((drawn - truth) ** 2))


def test_at_a_pause_the_picture_that_stands_is_measured(studio):
    (name,) = studio.begin("cub", "siren", options=LONG, settings=SMALL)
    studio.until(name, lambda fit: fit.get("step", 0) > 100)
    # A rate that wrecks it: what was measured before says nothing any more.
    studio.post(f"/api/fits/{name}/rate", {"factor": 100.0})
    studio.until(name, lambda fit: fit.get("rate_factor") == 100.0)
    studio.post(f"/api/fits/{name}/pause", {})
    fit = studio.until(name, lambda fit: fit["state"] == "paused")
    step, _, psnr = fit["measured"][-1][:3]
    assert step == fit["step"]
    # Drawn as 8-bit levels, each off by half a level at most: far below .1 dB here.
    assert abs(psnr - drawn_psnr(studio, name)) < 0.1
    studio.post(f"/api/fits/{name}/stop", {})
    fit = studio.until(name, lambda fit: fit["state"] == "stopped")
    # Learning on from where it stopped adds what was said, not what was left of its plan as well.
    studio.post(f"/api/fits/{name}/extend", {"more": 25})
    more = studio.until(name, lambda fit: fit["state"] == "finished")
    assert more["step"] == fit["step"] + 25
    notes = " ".join(studio.get(f"/api/fits/{name}/command")["notes"])
    assert "before its plan had ended" in notes
    assert "learning rate was changed" in notes


@pytest.mark.parametrize("model", ["cel", "spline"])
def test_a_run_in_the_list_has_the_number_of_its_saved_field(tmp_path, model):
    import redraw
    from redraw.studio.asking import run_facts

    # Both learn something after their steps: what was measured before is not what is saved.
    run = tmp_path / "cub.run"
    field = redraw.fit("cub", model=model, steps=20, run=run)
    assert run_facts(str(run))["psnr"] == pytest.approx(field.made["psnr"], abs=0.01)


@pytest.mark.slow
def test_a_command_makes_the_same_field_in_the_studios_folder_after_learning_on(studio):
    (name,) = studio.begin("cub", "siren", options={"steps": 40}, settings=SMALL)
    studio.until(name, lambda fit: fit["state"] == "finished")
    for step, more in ((40, 20), (60, 15)):
        fit = studio.fit(name)
        assert fit["step"] == step
        studio.post(f"/api/fits/{name}/extend", {"more": more})
        total = step + more
        studio.until(name, lambda fit, t=total: fit["state"] == "finished" and fit["step"] == t)
    found = studio.get(f"/api/fits/{name}/command")
    assert found["notes"] == []
    before = set(studio.folder.iterdir())
    run_line(found["command"], studio.folder)
    (made,) = [path for path in set(studio.folder.iterdir()) - before if path.suffix == ".redraw"]
    assert tensors(made) == tensors(studio.folder / f"{name}.redraw")


def test_racers_get_the_same_seconds(studio):
    race = studio.begin(
        "cub", "siren", "hash", "ink", options={"seconds": 1.0}, settings={"batch": "256"}
    )
    fits = [studio.until(name, lambda fit: fit["state"] == "finished") for name in race]
    seconds = [fit["seconds"] for fit in fits]
    # Only the clock ends them: within the one step that was under way when it rang.
    assert [fit["reason"] for fit in fits] == ["seconds"] * 3
    assert all(1.0 <= spent <= 1.0 + 0.5 for spent in seconds)
    for fit in fits:
        # And by then its rate has come down: the plan has followed the clock.
        points = studio.get(f"/api/fits/{fit['name']}")["points"]
        assert fit["rate"] < 0.2 * max(point[4] for point in points)


def test_what_would_be_used_is_said_and_what_is_wrong_is_said_at_its_field(studio):
    studio.ready()
    wanted = {"picture": "cub", "models": ["siren"], "options": {}, "settings": {"hidden": "8,8"}}
    plan = studio.post("/api/plan", wanted)["siren"]
    assert plan["values"]["hidden"] == "8,8"
    assert plan["parameters"] == 2 * 8 + 8 + 8 * 8 + 8 + 8 + 1
    wanted |= {"settings": {"hidden": "abc", "omega": "x"}, "options": {"seconds": -1}}
    errors = studio.post("/api/plan", wanted)["siren"]["errors"]
    assert errors.keys() == {"hidden", "omega", "seconds"}
    status, _, content = studio.ask("/api/fits", wanted)
    assert (status, json.loads(content)["field"]) == (400, "hidden")


def test_a_size_that_only_the_file_will_have_is_not_made_up(studio):
    from redraw.fitting.plan.presets import PRESETS

    studio.ready()
    wanted = {"picture": "cub", "models": ["wavelet", "siren"], "options": {}, "settings": {}}
    plans = studio.post("/api/plan", wanted)
    assert plans["wavelet"]["parameters"] == 0
    assert float(plans["wavelet"]["values"]["quality"]) == 42.0
    assert plans["siren"]["parameters"] > 0
    # What a preset is made of stands first among its values: what it leaves as usual does not.
    shown = {preset["name"]: preset for preset in studio.get("/api/start")["presets"]}
    assert {"quality", "bytes", "footprint"} <= set(shown["wavelet"]["own"])
    assert not {"omega", "lr_max", "batch"} & set(shown["wavelet"]["own"])
    assert {"hidden", "omega", "omega_first", "lr_max", "batch"} <= set(shown["siren"]["own"])
    assert shown.keys() == set(PRESETS)
    assert all(set(preset["own"]) <= set(preset["values"]) for preset in shown.values())


@pytest.mark.slow
def test_what_a_run_of_the_folder_was_asked_can_be_asked_again(studio):
    line = "fit cub --model siren --steps 30 --seed 3 --max-side 120 --set hidden=8,8"
    run_line(f"redraw {line} --run line.run -o line.redraw", studio.folder)
    asked = studio.get("/api/fits/line/again")
    assert asked == {
        "picture": "cub",
        "model": "siren",
        "options": {"steps": 30, "seed": 3},
        "settings": {"hidden": "8,8"},
        "max_side": 120,
    }
    (studio.folder / "rows.csv").write_text(
        "a;b;c\n" + "".join(f"{n};{n % 3};{n}\n" for n in range(9))
    )
    run_line(
        "redraw fit rows.csv --targets c --model table --steps 5 --run rows.run", studio.folder
    )
    asked = studio.get("/api/fits/rows/again")
    assert {key: asked[key] for key in ("table", "inputs", "targets", "model")} == {
        "table": "rows.csv",
        "inputs": "a,b",
        "targets": "c",
        "model": "table",
    }
    # Without inputs named, all other columns are.
    wanted = {"table": "rows.csv", "targets": "c", "models": ["linear"]}
    assert studio.post("/api/plan", wanted)["linear"]["parameters"] == 3
    assert studio.get("/api/tables/rows.csv/text")["text"].startswith("a;b;c\n")
    (studio.folder / "rows.csv").unlink()
    status, _, content = studio.ask("/api/fits/rows/again")
    assert (status, "add it first" in json.loads(content)["error"]) == (400, True)


def test_commands_that_are_told_work_when_they_are_pasted(studio):
    """Names of a table that is too large to be typed on, and of an upload that is no picture."""
    (studio.folder / "my data.csv").write_text("x,y\n" + "1,2\n" * 20_000)
    status, _, content = studio.ask("/api/tables/my%20data.csv/text")
    told = json.loads(content)["error"]
    assert (status, shlex.split(told.split("`")[1])[:3]) == (400, ["redraw", "fit", "my data.csv"])
    status, found = studio.upload(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "my page.pdf")
    assert status == 400
    assert "my page.pdf" in shlex.split(found["error"].partition("first: ")[2])


def test_a_network_that_memory_does_not_hold_is_refused_before_it_starts(studio):
    studio.ready()
    wanted = {"picture": "cub", "models": ["siren"], "settings": {"hidden": "20000,20000,20000"}}
    status, _, content = studio.ask("/api/fits", wanted)
    found = json.loads(content)
    assert status == 400
    assert "GB are free" in found["error"]
    assert studio.get("/api/state")["queue"] == []


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_do_not_get_in(studio, text):
    studio.ready()
    raw = b'{"picture": "cub", "models": ["siren"], "options": {"seconds": %s}}' % text.encode()
    status, _, content = studio.ask("/api/fits", raw=raw)
    assert (status, json.loads(content)) == (400, {"error": "the request is no JSON"})
    assert studio.get("/api/state")["fits"] is not None
