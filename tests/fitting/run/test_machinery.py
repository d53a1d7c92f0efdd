"""Devices, engines, precision, threads, and how seconds become steps."""

import warnings

import numpy as np
import pytest
import torch
from tests.engines.here import engines_here

from redraw.engines import engines
from redraw.engines.cuda import triton
from redraw.engines.solvers import SOLVERS
from redraw.engines.spline.solver import OnCard
from redraw.errors import EngineError
from redraw.fitting.plan.device import device_note, pick_device
from redraw.fitting.run.events import Planned, Progress


@pytest.mark.parametrize("engine", engines_here())
def test_every_engine_fits(config, run_of, engine, tmp_path):
    asked = config(engine=engine, steps=150, frames=3, footprint="box", samples=4)
    run, events = run_of(asked, folder=tmp_path / "a.run")
    assert events[0].engine == events[-1].engine == engine
    assert events[-1].psnr > 25
    assert run.result.made["engine"] == engine


def test_auto_says_why_faster_engines_did_not_take_it(config, run_of):
    _, events = run_of(config(engine="auto", steps=1, field={"activation": "wire-complex"}))
    assert events[0].engine == "reference"
    assert set(events[0].refusals) == engines().keys() - {"reference"}
    assert all(events[0].refusals.values())


def test_precision_is_that_of_the_parameters(config, run_of):
    double, _ = run_of(config(precision="float64", steps=3))
    assert {p.dtype for p in double.field.parameters()} == {torch.float64}
    half, events = run_of(config(precision="bfloat16", steps=100))
    assert {p.dtype for p in half.field.parameters()} == {torch.float32}
    # Measured as it will be drawn, whatever it was trained in.
    error = ((half.result.render().values - half.signal.fitted()).astype(np.float64) ** 2).mean()
    assert events[-1].psnr == pytest.approx(-10 * np.log10(error), abs=1e-3)
    assert events[-1].psnr > 15


def test_threads_are_limited_during_the_fit_only(config, started):
    before = torch.get_num_threads()
    run = started(config(steps=3, threads=before + 1))
    seen = {torch.get_num_threads() for _ in run.events()}
    assert seen == {before + 1}
    assert torch.get_num_threads() == before


def test_seconds_are_turned_into_a_plan(config, run_of, clock, tmp_path):
    """A step takes a tick of 10 ms. 4 % of 2 s are spent on measuring, 96 % of the rest planned."""
    asked = config(stops={"seconds": 2.0}, frames=4)
    run, events = run_of(asked, folder=tmp_path / "a.run")
    (plan,) = [e for e in events if isinstance(e, Planned)]
    # A look at the clock per trial step, and what happens between steps costs nothing here.
    assert plan.steps_per_second == pytest.approx(100, rel=0.35)
    assert 120 < plan.steps < 200
    assert events[-1].steps == plan.steps
    assert 1.2 < events[-1].seconds <= 2.0
    assert run.folder.frames()[-1][0] == plan.steps
    rates = [e.rate for e in events if isinstance(e, Progress)]
    assert rates[0] == pytest.approx(1e-2)
    assert rates[-1] < 1e-5  # the schedule reaches its end


def test_measuring_leaves_no_trace(config, run_of, same_fields, started, clock):
    timed = started(config(stops={"seconds": 2.0}, footprint="box", samples=4))
    (plan,) = [e for e in timed.events() if isinstance(e, Planned)]
    counted, _ = run_of(config(steps=plan.steps, footprint="box", samples=4))
    assert same_fields(timed, counted)


def test_steps_given_with_seconds_are_the_plan(config, run_of, clock):
    _, events = run_of(config(stops={"seconds": 100.0, "steps": 9}))
    assert (events[-1].steps, events[-1].reason) == (9, "steps")
    _, events = run_of(config(stops={"seconds": 0.05, "steps": 900}))
    assert events[-1].reason == "seconds"
    assert events[-1].steps < 10


@pytest.mark.parametrize("name", ["tpu", "cuda", "mps", "cuda:99"])
def test_a_missing_device_is_named(name):
    if name == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    if name == "mps" and torch.backends.mps.is_available():
        pytest.skip("there is an Apple GPU here")
    with pytest.raises(
        EngineError, match=rf"device '{name}' is not there; accepted here: auto, cpu"
    ):
        pick_device(name)


def test_auto_finds_a_device():
    assert pick_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert pick_device("cpu") == "cpu"


def test_a_solver_without_measured_steps_on_a_gpu_stays_on_the_processor(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for name, solver in SOLVERS.items():
        stays = bool(solver.sides)
        assert pick_device("auto", solver) == ("cpu" if stays else "cuda"), name
    assert pick_device("cuda", SOLVERS["alternating"]) == "cuda"
    # It says so of what has steps there, and where the device was left open.
    said = device_note("auto", SOLVERS["alternating"])
    assert "--device cuda takes it" in said
    assert "\n" not in said
    assert device_note("cpu", SOLVERS["alternating"]) == ""
    assert device_note("auto", SOLVERS["labels"]) == ""
    assert device_note("auto", SOLVERS["adam"]) == ""
    # Once it is measured, it is taken.
    monkeypatch.setattr(OnCard, "measured", True)
    assert pick_device("auto", SOLVERS["alternating"]) == "cuda"
    assert device_note("auto", SOLVERS["alternating"]) == ""


def test_a_second_card_is_asked_for_by_its_number(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick_device("cuda:1") == "cuda:1"
    for name in ("cuda:2", "cuda:-1", "cuda:x"):
        with pytest.raises(EngineError, match=rf"'{name}' is not there; .* cpu, cuda:0, cuda:1$"):
            pick_device(name)


def test_an_old_driver_is_told_in_one_line_and_auto_goes_on(monkeypatch):
    said = (
        "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)."
        " Please update your GPU driver\nby downloading and installing a new version"
    )

    def asked():
        warnings.warn(said, UserWarning, stacklevel=2)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", asked)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(triton, "_complaints", [])
    assert pick_device("auto") == "cpu"
    remedy = "the GPU's driver is too old for this PyTorch; install a newer one"
    assert device_note("auto", SOLVERS["adam"]) == f"no GPU is taken: {remedy}"
    with pytest.raises(EngineError, match=f"'cuda' is not there; .*: {remedy}"):
        pick_device("cuda")
    # PyTorch complains once; what it said is remembered.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert triton.no_card() == remedy
    monkeypatch.setattr(triton, "_complaints", ["CUDA initialization: something\n  else"])
    assert triton.no_card() == "PyTorch can't use CUDA here: CUDA initialization: something else"
