"""A kind of signal of another package in the studio: begun elsewhere, seen on the page."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from tests.extending.sounds import FIXTURE, installed

import redraw
from redraw.errors import UsageError
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.run import Run
from redraw.studio import drawing_worker
from redraw.studio.asking import describe_run, list_folder
from redraw.studio.fit import Fit
from redraw.studio.fit_worker import Racer
from redraw.studio.messages import unpack

PATIENCE = 120_000  # milliseconds, of a page
# Where this very project is imported from, for the studio's processes.
PATHS = [str(Path(redraw.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]


@pytest.fixture
def sound(monkeypatch):
    with installed(monkeypatch) as package:
        yield package


@pytest.fixture
def folder(sound, tmp_path):
    """Holds tone.run and tone.redraw, fitted elsewhere."""
    tone = sound.tone()
    plan = prepare(
        tone,
        model="siren",
        steps=30,
        frames=3,
        settings={"hidden": (8,), "omega_first": 20},
        output=tmp_path / "tone.redraw",
    )
    for _ in Run.start(tone, plan, tmp_path / "tone.run").events():
        pass
    tone.save(tmp_path / "tone.wav")
    return tmp_path


def test_its_run_is_described_by_what_its_kind_says(folder):
    (run,) = list_folder(str(folder))["runs"]
    assert (run["name"], run["state"], run["step"]) == ("tone", "finished", 30)
    fit = Fit("tone")
    fit.describe(describe_run(str(folder / "tone.run")))
    told = fit.brief()
    assert told["signal"] == "sound"
    assert (told["raster"], told["rows"], told["pixels"]) == (False, False, 400)
    assert (told["positions"], told["decibels"]) == ("samples", "fidelity")
    assert "score" not in told  # nothing is made up
    assert len(fit.curve) > 1
    # Pictures and tables are told as they were.
    assert Fit("a", facts={"signal": "picture"}).brief()["raster"]
    table = Fit("b", facts={"signal": "table"}).brief()
    assert (table["raster"], table["rows"], table["positions"]) == (False, True, "rows")


def test_it_is_seen_while_it_learns_on(folder):
    """The frames that a page gets are those that the run saves."""
    run = Run.resume(folder / "tone.run", 6)
    racer = Racer("tone", run)
    steps = [event.step for event in racer.events if event.kind == "frame"]
    about, shown = unpack(racer.preview.finish(run.drawer(), run.at.step))
    assert (about["fit"], about["step"], steps[-1]) == ("tone", 36, 36)
    saved = redraw.read(folder / "tone.run/frames/000036.png").values[..., :3]
    drawn = np.frombuffer(shown, np.uint8).reshape(about["shape"])
    assert np.array_equal(drawn, np.rint(saved * 255).astype(np.uint8))
    assert drawn.std() > 1


def test_without_its_package_it_is_listed_and_refused_in_a_line(folder, sound):
    from redraw.signals.kinds import KINDS

    KINDS.withdraw("sound")
    assert [run["name"] for run in list_folder(str(folder))["runs"]] == ["tone"]
    with pytest.raises(redraw.RedrawError, match="install the package that brings it"):
        describe_run(str(folder / "tone.run"))
    told = drawing_worker.describe_field(str(folder / "tone.redraw"))
    assert (told["signal"], told["raster"], told["positions"]) == ("sound", False, "points")


def test_its_field_is_described_and_not_drawn_in_pixels(folder):
    path = str(folder / "tone.redraw")
    told = drawing_worker.describe_field(path)
    facts = [told[name] for name in ("signal", "raster", "alpha", "pixels", "positions")]
    assert facts == ["sound", False, False, 400, "samples"]
    with pytest.raises(UsageError, match="that of a sound; there is no picture of it"):
        drawing_worker.field_tile(path, [400, 1], [0.0, 0.0, 400.0, 1.0], 64, 64)
    out = folder / "x.png"
    with pytest.raises(UsageError, match="that of a sound; there is no picture of it"):
        drawing_worker.draw_to_file(path, str(out), 8, 8, lambda _: None)
    assert not out.exists()


@pytest.fixture
def running(folder, monkeypatch, started_in):
    """A studio that has the package, as users have."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*PATHS, str(FIXTURE)]))
    with started_in(folder) as studio:
        yield studio


@pytest.mark.slow
def test_a_studio_shows_it(running, folder, open_page):
    fit = running.get("/api/fits/tone")
    assert (fit["signal"], fit["raster"], fit["state"]) == ("sound", False, "finished")
    last = fit["frames"][-1]
    status, _, content = running.ask(f"/api/fits/tone/frames/{last}.png")
    assert status == 200
    assert content == (folder / f"tone.run/frames/{last:06d}.png").read_bytes()
    for what, why in (
        ("picture.png", "tone learns a sound; there is no picture of it"),
        ("again", "tone learns a sound, which is begun on the command line: `redraw fit tone.wav`"),
        ("save/drawing.png?width=8&height=8", "that of a sound; there is no picture of it"),
        ("layers", "layers are drawn of functions of two coordinates"),
    ):
        status, _, content = running.ask(f"/api/fits/tone/{what}")
        assert status == 400, what
        assert why in json.loads(content)["error"]
    assert running.get("/api/fits/tone/command")["command"].startswith("redraw fit ")
    assert running.get("/api/fields/tone")["raster"] is False

    page = open_page(running.url)
    page.set_default_timeout(PATIENCE)
    page.evaluate("() => { location.hash = '#/fit/tone'; }")
    page.wait_for_selector(".plot .u-over")
    assert page.locator(".what").inner_text() == "tone.wav, 400 samples, with siren"
    assert page.locator("figcaption").all_inner_texts()[0] == "What the field says, and the samples"
    assert " dB fidelity, measured" in page.locator(".quality").inner_text()
    shown = page.locator("#main, main, body").first.inner_text()
    assert not [word for word in ("PSNR", "pixel", "400 × 1", "Original") if word in shown]
    (folder / "tone.run").rename(folder.parent / "away.run")
    page.evaluate("() => { location.hash = '#/field/tone'; }")
    page.get_by_text("The field of a sound: there is no picture of it to zoom into.").wait_for()
    assert "400 samples" in page.locator(".facts").inner_text()
