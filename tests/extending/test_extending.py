"""Another package adds a preset, an encoding with its solver, and an engine: no file is edited."""

import numpy as np
import pytest
from tests.extending.toys import registered

import redraw
from redraw.cli.app import run as redraw_command
from redraw.errors import EngineError, UsageError
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import best_preset
from redraw.fitting.run.first_frame import begin
from redraw.fitting.run.run import Run
from redraw.signals.picture.picture import Picture
from redraw.signals.table.examples import example
from redraw.studio.catalogue import catalogue


@pytest.fixture(autouse=True)
def toys():
    with registered():
        yield


def board(side=24, name="board"):
    """Squares of two greys, six along each side."""
    dark = (np.arange(side) * 6 // side)[:, None] + np.arange(side) * 6 // side
    return Picture.from_array(np.where(dark % 2, 0.25, 0.75).astype(np.float32), name=name)


def test_a_preset_is_a_row():
    field = redraw.fit(np.eye(8, dtype=np.float32), model="plain")
    assert field.about.made["model"] == "plain"
    assert field.parameter_count == 2 * 8 + 8 + 8 + 1
    assert [row["name"] for row in catalogue()["presets"]][-2:] == ["plain", "blocky"]


def test_an_encoding_comes_with_a_closed_form_and_a_solver(tmp_path):
    """It is planned, begun before there is a run, fitted, stored, read and drawn as any other."""
    picture = board()
    assert best_preset(picture) == ("blocky", "it is a board")
    plan = prepare(picture, settings={"blocks": 6}, steps=2)
    assert (plan.model, plan.field.encoding.planes, plan.aim) == ("blocky", 1, None)
    begun = begin(picture, plan, tmp_path / "board.run")
    assert begun is not None
    assert begun.quality.psnr > 100.0
    run = Run.start(picture, plan, tmp_path / "board.run", begun=begun)
    names = [type(event).__name__ for event in run.events()]
    assert names[-1] == "Finished"
    assert run.engine.name == "reference"
    assert run.refusals == {
        "cuda": "it runs on GPUs of CUDA, not on cpu",
        "eager": "it knows relu alone",
        "cpu": "it has no kernel for the encoding Blocks",
    }
    # The squares are the blocks, so the closed form is exact, and the solver leaves it alone.
    assert run.result.about.made["psnr"] > 100.0
    run.result.save(tmp_path / "board.redraw")
    again = redraw.load(tmp_path / "board.redraw")
    assert np.allclose(again.render(24, 24).values, picture.values, atol=1 / 255)
    assert Run.look(tmp_path / "board.run").at.step == 2


def test_its_size_follows_from_a_budget_or_a_quality():
    picture = board()
    assert prepare(picture, budget=50).field.encoding.blocks == 7
    by_quality = prepare(picture)
    assert by_quality.aim == 20.0
    assert by_quality.field.encoding.blocks == int((24 * 24 * 20 / 400 - 1) ** 0.5)


def test_its_refusals_are_told_before_anything_is_learned():
    with pytest.raises(UsageError, match="blocks lie on a picture; a table is none"):
        prepare(example("xor"), model="blocky")
    with pytest.raises(UsageError, match="blocks of the blocks is 0; accepted: 1 to 4096"):
        prepare(board(), settings={"blocks": 0})
    with pytest.raises(EngineError, match=r"means are of blocks only \(--set encoding=blocks\)"):
        redraw.fit(board(), model="plain", optimizer="means")


def test_an_engine_is_asked_in_its_turn_and_by_name():
    board_of_relu = redraw.fit(board(), model="relu", steps=1, hidden=(4,))
    assert board_of_relu.about.made["engine"] == "eager"
    with pytest.raises(EngineError, match="the eager engine can't run this: it knows relu alone"):
        redraw.fit(board(), model="siren", engine="eager", steps=1)


def test_the_command_line_lists_and_takes_them(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    board(name="x").save(tmp_path / "squares.png")
    assert redraw_command(["presets"]) == 0
    assert "blocks of one colour" in capsys.readouterr().out
    assert redraw_command(["presets", "blocky"]) == 0
    assert "Along each side." in capsys.readouterr().out
    assert (
        redraw_command(["fit", "squares.png", "--model", "blocky", "--set", "blocks=6", "--quiet"])
        == 0
    )
    assert redraw_command(["info", "squares.redraw"]) == 0
    assert "blocks (blocks 6, planes 1)" in capsys.readouterr().out
