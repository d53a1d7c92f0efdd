"""The first frame of a fit that has seconds: before PyTorch, and gone where it is in vain."""

import subprocess
import sys

import numpy as np
import pytest
from tests.fitting.run.test_first_frame import PROGRAM

from redraw.engines.coded import answer
from redraw.fitting import early as module
from redraw.fitting import timing
from redraw.fitting.early import EarlyFrame
from redraw.fitting.start import start_fit
from redraw.fitting.timing import Tried, prepare_within
from redraw.signals.picture.picture import Picture
from redraw.storage.run_config import is_unfinished


def scene(side=48):
    y, x = np.mgrid[:side, :side]
    noise = np.random.default_rng(0).normal(0.0, 8.0, (side, side, 3))
    waves = 128 + 60 * np.sin(x / 5 + np.cos(y / 7))
    return Picture.from_array((waves[..., None] + noise).clip(0, 255).astype(np.uint8))


def tried(seconds):
    """What a part is said to have taken, so that nothing depends on the machine."""
    return lambda picture, clock, asked: Tried(picture.count, seconds, 0.0)


def asked(**others):
    return {"model": "wavelet", "seconds": 1000.0, "threads": 1, **others}


def test_it_is_drawn_told_once_and_the_run_goes_on_from_it(tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "try_part", tried(0.0))
    folder, told = tmp_path / "run", []
    early = EarlyFrame(folder, on_frame=told.append)
    signal, plan, clock = prepare_within(scene(), timing.time.monotonic(), asked(), early)
    assert [event.step for event in told] == [0]
    assert is_unfinished(folder)
    drawn = told[0].path.read_bytes()
    run = start_fit(signal, plan, folder, on_frame=told.append, clock=clock, early=early)
    list(run.events())
    assert len(told) == 1
    assert told[0].path.read_bytes() == drawn


def test_it_goes_where_the_picture_is_made_smaller(tmp_path, monkeypatch):
    monkeypatch.setattr(
        timing, "_small_enough", lambda picture, *_: (scene(32), Tried(1, 1.0, 0.0))
    )
    folder, told = tmp_path / "run", []
    early = EarlyFrame(folder, on_frame=told.append)
    signal, plan, clock = prepare_within(scene(), timing.time.monotonic(), asked(), early)
    assert (signal.size, len(told), folder.exists()) == ((32, 32), 1, False)
    start_fit(signal, plan, folder, on_frame=told.append, clock=clock, early=early).folder.close()
    assert len(told) == 2


def test_its_work_is_not_done_again_after_parts_were_fitted(tmp_path, monkeypatch):
    analysed = []
    inner = answer.Analysis.of

    def counted(pixels, *args, **options):
        analysed.append(pixels.shape[:2])
        return inner(pixels, *args, **options)

    monkeypatch.setattr(answer.Analysis, "of", counted)
    monkeypatch.setattr(timing, "LEAST", 0)
    monkeypatch.setattr(timing, "PART", 20)
    monkeypatch.setattr(timing, "SMALL_PART", 10)
    folder = tmp_path / "run"
    early = EarlyFrame(folder)
    signal, plan, clock = prepare_within(scene(), timing.time.monotonic(), asked(), early)
    start_fit(signal, plan, folder, clock=clock, early=early).folder.close()
    assert (10, 10) in analysed
    assert analysed.count((48, 48)) == 1


def test_an_error_while_parts_are_tried_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(timing, "_small_enough", interrupted)
    early = EarlyFrame(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        prepare_within(scene(), timing.time.monotonic(), asked(), early)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("why", ["slow", "no folder", "no closed form"])
def test_there_is_none(why, tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "try_part", tried(0.0))
    if why == "slow":
        monkeypatch.setattr(module, "SHARE", 0.0)
    early = EarlyFrame(None if why == "no folder" else tmp_path / "run")
    options = asked(**({"model": "siren", "hidden": (4,)} if why == "no closed form" else {}))
    prepare_within(scene(), timing.time.monotonic(), options, early)
    assert early.begun is None
    assert not (tmp_path / "run").exists()


def test_it_needs_no_pytorch(tmp_path):
    """What comes after it does, and is refused in this process: the frame is told before."""
    program = PROGRAM[: PROGRAM.index("print(")].replace("from redraw.fitting.run", "#")
    program += """
import time
from redraw.fitting.early import EarlyFrame
from redraw.fitting.timing import prepare_within
early = EarlyFrame(sys.argv[1], on_frame=lambda event: print(event.path.stat().st_size))
prepare_within(picture, time.monotonic(), {"model": "wavelet", "seconds": 1000.0}, early)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "run"], capture_output=True, text=True
    )
    assert int(done.stdout or 0) > 1000, done.stderr
    assert "PyTorch is imported" in done.stderr
