"""Fits in a studio: what the page may ask for, what survives, and what others can open."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from tests.waiting import patiently

from redraw.fitting.run.run import Run
from redraw.signals.table.examples import EXAMPLES
from redraw.studio.messages import unpack

SMALL = {"hidden": "16,16", "batch": "512", "log2_hashmap_size": "9"}
LONG = {"steps": 10_000_000}


def redraw(folder, *words):
    """Run the command line in a folder."""
    command = [sys.executable, "-m", "redraw", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def pixels(content):
    """The values of a PNG."""
    return np.asarray(Image.open(io.BytesIO(content)))


def test_tiles_at_16_times_are_drawn_by_the_field(studio):
    (name,) = studio.begin("cub", "hash", options={"steps": 300}, settings={"batch": "2048"})
    studio.until(name, lambda fit: fit["state"] == "finished")
    found = studio.post(f"/api/fits/{name}/snapshot", {})
    at = f"/api/tiles/{name}/{found['step']}"
    tile = {
        how: studio.ask(f"{at}/{how}/4/5_4.png?w=200&h=200")[2]
        for how in ("field", "nearest", "bicubic")
    }
    region = "80,64,96,80"  # the sixth and fifth tile of 256 pixels, 16 of them to a pixel
    redraw(
        studio.folder,
        *("render", f"{name}.redraw", "tile.png", "--region", region, "--size", "256x256"),
    )
    drawn = pixels((studio.folder / "tile.png").read_bytes())
    assert np.array_equal(pixels(tile["field"]), drawn)
    for how in ("nearest", "bicubic"):
        assert not np.array_equal(pixels(tile[how]), drawn)
    # Each pixel of the picture is a square of 16 in the one, and smooth in the other.
    nearest = pixels(tile["nearest"]).reshape(16, 16, 16, 16, -1)
    assert (nearest == nearest[:, :1, :, :1]).all()
    assert np.abs(np.diff(pixels(tile["bicubic"]).astype(int), axis=0)).max() < 60


def test_what_was_changed_by_hand_survives_an_exact_resume(studio):
    (name,) = studio.begin("cub", "siren", options=LONG, settings={"hidden": "8", "batch": "64"})
    studio.until(name, lambda fit: fit.get("step", 0) > 0 and fit["state"] == "running")
    studio.post(f"/api/fits/{name}/rate", {"factor": 0.25})
    studio.until(name, lambda fit: fit.get("rate_factor") == 0.25)
    studio.post(f"/api/fits/{name}/pause", {})
    fit = studio.until(name, lambda fit: fit["state"] == "paused")
    time.sleep(0.3)
    assert studio.fit(name)["step"] == fit["step"]
    os.kill(studio.workers()[0], signal.SIGKILL)
    fit = studio.until(name, lambda fit: fit["state"] == "failed")
    assert "killed by signal 9" in fit["error"]
    assert "Resume" in fit["error"]
    studio.post(f"/api/fits/{name}/resume", {})
    fit = studio.until(name, lambda fit: fit["state"] == "running")
    assert fit["rate_factor"] == 0.25
    assert fit["step"] >= fit["saved"] > 0
    studio.post(f"/api/fits/{name}/stop", {})
    studio.until(name, lambda fit: fit["state"] == "stopped")
    command = studio.get(f"/api/fits/{name}/command")
    assert any("learning rate was changed" in note for note in command["notes"])


def test_fits_wait_for_each_other_and_races_run_side_by_side(studio):
    (first,) = studio.begin("cub", "hash", options=LONG, settings=SMALL)
    studio.until(first, lambda fit: fit["state"] == "running")
    race = studio.begin(
        "cub-two-tone", "hash", "siren", options={"steps": 60}, settings={"hidden": "8"}
    )
    assert {studio.fit(name)["state"] for name in race} == {"queued"}
    studio.post(f"/api/fits/{first}/stop", {})
    for name in race:
        fit = studio.until(name, lambda fit: fit["state"] == "finished")
        assert fit["race"] == race
        assert fit["step"] == 60
    # Extended: from where it ended, with the rate of the longer plan.
    studio.post(f"/api/fits/{race[0]}/extend", {"more": 40})
    fit = studio.until(race[0], lambda fit: fit["state"] == "finished" and fit["step"] == 100)
    assert fit["steps"] == 100


def test_a_function_of_the_examples_is_learned_and_seen(studio):
    studio.ready()
    known = {function["name"] for function in studio.get("/api/start")["functions"]}
    assert known == EXAMPLES.keys()
    wanted = {"function": "xor", "models": ["table"], "options": {"steps": 400}}
    (name,) = studio.post("/api/fits", wanted)["fits"]
    fit = studio.until(name, lambda fit: fit["state"] == "finished")
    assert fit["signal"] == "table"
    assert fit["pixels"] == 4
    assert fit["score"] == {"name": "accuracy", "told": "100 %"}
    assert fit["measured"][-1][4] == 1.0
    # Its last frame shows what the last one that was saved does.
    saved = pixels(studio.ask(f"/api/fits/{name}/frames/400.png")[2])[..., :3]
    for _ in patiently(300):
        about, shown = unpack(studio.ask(f"/api/fits/{name}/frame")[2])
        if about["step"] == 400:
            break
    assert about["shape"] == [480, 640, 3]
    assert np.array_equal(np.frombuffer(shown, np.uint8).reshape(480, 640, 3), saved)
    command = studio.get(f"/api/fits/{name}/command")["command"]
    assert command.startswith("redraw fit xor --model table --steps 400 ")
    # There is no picture of it, and no such function is refused by name.
    assert studio.ask(f"/api/fits/{name}/picture.png")[0] == 400
    status, _, content = studio.ask("/api/fits", {**wanted, "function": "../xor"})
    assert status == 400
    assert "unknown function" in json.loads(content)["error"]


def test_saved_files_are_what_the_command_line_reads(studio):
    (name,) = studio.begin("cub", "hash", options={"steps": 40}, settings=SMALL)
    studio.until(name, lambda fit: fit["state"] == "finished")
    for what in (
        "field.redraw",
        "timelapse.gif",
        "run.zip",
        "drawing.png?width=300&height=300",
        "export.html",
        "animation.html",
        "export.c",
    ):
        status, headers, content = studio.ask(f"/api/fits/{name}/save/{what}")
        assert status == 200, (what, content[:300])
        assert "attachment" in headers["content-disposition"]
        (studio.folder / f"saved-{what.split('?')[0]}").write_bytes(content)
    assert pixels((studio.folder / "saved-drawing.png").read_bytes()).shape[:2] == (300, 300)
    facts = json.loads(redraw(studio.folder, "info", f"{name}.run", "--json").stdout)
    assert facts["state"] == "finished"
    assert "hash" in redraw(studio.folder, "info", "saved-field.redraw").stdout


def test_paths_of_a_drawing_are_saved_as_the_command_line_exports_them(studio):
    (name,) = studio.begin("cub", "ink", options={"steps": 40}, settings={"hidden": "16,16"})
    studio.until(name, lambda fit: fit["state"] == "finished")
    (studio.folder / "saved.redraw").write_bytes(
        studio.ask(f"/api/fits/{name}/save/field.redraw")[2]
    )
    redraw(studio.folder, "export", "saved.redraw", "line.svg")
    # One is named after the fit, the other after the file that it becomes.
    line = (studio.folder / "line.svg").read_text().replace(">line<", f">{name}<")
    status, headers, content = studio.ask(f"/api/fits/{name}/save/export.svg")
    assert status == 200, content[:300]
    assert f"{name}.svg" in headers["content-disposition"]
    assert "<path" in line
    assert content.decode() == line


def test_what_is_several_files_is_saved_as_one_and_what_is_lost_is_said(studio):
    # More numbers than a shader holds: they lie in a texture beside it.
    (name,) = studio.begin("cub", "hash", options={"steps": 2})
    studio.until(name, lambda fit: fit["state"] == "finished")
    status, headers, content = studio.ask(f"/api/fits/{name}/save/export.glsl")
    assert status == 200, content[:300]
    assert f"{name}.glsl.zip" in headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert sorted(packed.namelist())[0] == f"{name}.glsl"
        (texture,) = set(packed.namelist()) - {f"{name}.glsl"}
        assert texture.encode() in packed.read(f"{name}.glsl")
    notes = json.loads(unquote(headers["x-redraw-notes"]))
    assert any(texture in note for note in notes)


def test_runs_of_the_command_line_open_in_the_studio(studio):
    redraw(
        studio.folder,
        *("fit", "cub", "--model", "siren", "--steps", "50", "--set", "hidden=8,8"),
        *("--run", "line.run", "-o", "line.redraw"),
    )
    fit = studio.get("/api/fits/line")
    assert fit["state"] == "finished"
    assert fit["step"] == 50
    assert len(fit["points"]) > 5
    assert fit["frames"][0] == 0
    assert studio.get("/api/fields/line")["width"] == 200
    assert "line" in {run["name"] for run in studio.get("/api/folder")["runs"]}


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_studio_that_ends_leaves_fits_to_go_on_with(tmp_path, started_in, how):
    with started_in(tmp_path) as first:
        (name,) = first.begin("cub", "hash", options=LONG, settings=SMALL)
        first.until(name, lambda fit: fit.get("step", 0) > 50)
        first.process.send_signal(how)
        first.process.wait(300)
        first.process.stdout.close()
    run = tmp_path / f"{name}.run"
    for _ in patiently(300):
        facts = json.loads(redraw(tmp_path, "info", str(run), "--json").stdout)
        if facts["state"] == "stopped" and facts["step"] > 50:
            break
    # The process of the fits saves when its server is gone, however that went.
    assert facts["state"] == "stopped"
    assert facts["step"] > 50


@pytest.fixture
def hangups():
    """A closed terminal is heard, also where tests are run by nohup, whose children ignore it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
@pytest.mark.parametrize("times", [1, 2])
def test_a_closed_terminal_loses_nothing(tmp_path, hangups, started_in, times):
    """It tells the studio and the processes behind it all at once, perhaps twice.

    Checkpoints are half a minute apart: the last step can only come from the studio's end.
    """
    with started_in(tmp_path, start_new_session=True) as first:
        (name,) = first.begin("cub", "siren", options=LONG, settings={"hidden": "8"})
        first.until(name, lambda fit: fit.get("step", 0) > 50)
        reached = first.fit(name)["step"]
        for _ in range(times):
            os.killpg(first.process.pid, signal.SIGHUP)
        assert first.process.wait(300) == 0
        first.process.stdout.close()
    facts = json.loads(redraw(tmp_path, "info", f"{name}.run", "--json").stdout)
    assert facts["state"] == "stopped"
    assert facts["step"] >= reached
    resumed = Run.resume(tmp_path / f"{name}.run", 1, from_here=True)
    assert [event.steps for event in resumed.events() if event.kind == "finished"] == [
        facts["step"] + 1
    ]
