"""Ctrl-C, SIGTERM and readers that leave, on real processes."""

import json
import os
import re
import signal
import subprocess
import threading
import time

import numpy as np
import pytest
from PIL import Image

from redraw.cli.interrupts import StopRequests
from redraw.storage.field_file import load_field
from redraw.storage.run_folder import RunFolder

pytestmark = pytest.mark.usefixtures("quick_children")
LONG = ("--steps", 10**7, "--set", "hidden=8", "--frames", 3)


def wait_for(process: subprocess.Popen, event: str) -> dict:
    """Read JSON lines up to the first of this kind."""
    for line in process.stdout:
        found = json.loads(line)
        if found["event"] == event:
            return found
    raise AssertionError(process.stderr.read())


def rest_of(process: subprocess.Popen) -> tuple[int, list[str], str]:
    """Its exit code and what it said; not that it was the first to need kernels here."""
    out, err = process.communicate(timeout=600)
    return process.returncode, out.splitlines(), re.sub(r"^redraw: compiling .*\n", "", err)


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),  # a closed terminal
    ],
)
def test_the_first_finishes_the_step_saves_and_exits_130(child, picture, tmp_path, number):
    process = child("fit", picture, *LONG, "--json")
    wait_for(process, "progress")
    process.send_signal(number)
    code, lines, err = rest_of(process)
    assert (code, err) == (130, "")
    last = json.loads(lines[-1])
    assert (last["event"], last["reason"], last["field"]) == ("finished", "stopped", None)
    checkpoint = RunFolder.open(tmp_path / "tiny.run", writable=False).latest_checkpoint()
    assert checkpoint.step == last["steps"] > 0
    assert not (tmp_path / "tiny.redraw").exists()


def test_a_stopped_fit_says_how_to_go_on_and_does_exactly_so(child, picture, redraw, tmp_path):
    # It rests after the first frame, so that the signal comes before the end.
    plan = ("--steps", 200, "--set", "hidden=8", "--frames", 2, "--rest", 3)
    process = child("fit", picture, *plan)
    while not (tmp_path / "tiny.run" / "frames" / "000000.png").exists():
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    code, lines, err = rest_of(process)
    assert (code, err) == (130, "")
    assert "stopping: saving what is learned" in lines
    assert lines[-2].startswith("Stopped after step 0 of 200: ")
    *_, name, command, run = lines[-1].split()
    assert (name, command, run) == ("redraw", "resume", "tiny.run")
    assert redraw(command, run).code == 0
    whole = (*plan[:-1], 0, "-o", "b.redraw", "--run", "b.run")
    assert redraw("fit", picture, *whole).code == 0
    stopped, whole = (load_field(tmp_path / name)[0] for name in ("tiny.redraw", "b.redraw"))
    for name, tensor in whole.state_dict().items():
        assert np.array_equal(stopped.state_dict()[name].numpy(), tensor.numpy())


def test_the_second_leaves_at_once_with_the_last_checkpoint_intact(child, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (384, 384, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "large.png")
    slow = ("--set", "batch=full", "--set", "hidden=512,512,512", "--frames", 0)
    slow = (*slow, "--engine", "reference")
    process = child("fit", "large.png", *slow, "--json", "--model", "siren")
    wait_for(process, "checkpoint")
    time.sleep(0.3)  # into the first step, which takes many seconds, mostly outside of Python
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    code, lines, err = rest_of(process)
    assert code == 130
    assert not lines
    assert "continue from the last checkpoint with `redraw resume large.run`" in err
    with RunFolder.open(tmp_path / "large.run") as run:
        assert run.latest_checkpoint().step == 0


def test_before_anything_is_written_one_is_enough(child, picture, tmp_path):
    # With options or variables PyTorch would be imported before the line, to check them.
    bare = {name: text for name, text in os.environ.items() if not name.startswith("REDRAW_")}
    process = child("fit", picture, env=bare)
    assert process.stdout.readline().startswith("tiny.png: ")  # PyTorch is imported next
    process.send_signal(signal.SIGINT)
    code, _, err = rest_of(process)
    assert (code, err) == (130, "redraw: interrupted\n")
    assert os.listdir(tmp_path) == ["tiny.png"]


def test_once_a_frame_is_there_it_stops_as_a_run_and_goes_on_exactly(child, redraw, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    Image.fromarray(values).save(tmp_path / "noise.png")
    plan = ("--model", "spline", "--steps", 200, "--budget", "3k", "--set", "subpixel=0")
    options = ("noise.png", *plan, "--engine", "reference", "--frames", 2)
    process = child("fit", *options, "--json", "--rest", 3)
    wait_for(process, "frame")  # PyTorch is imported next
    process.send_signal(signal.SIGINT)
    code, lines, err = rest_of(process)
    assert (code, err) == (130, "")
    last = json.loads(lines[-1])
    # None, unless this test had to wait for the machine.
    assert last["reason"] == "stopped"
    assert last["steps"] < 200
    assert redraw("resume", "noise.run").code == 0
    assert redraw("fit", *options, "-o", "b.redraw", "--run", "b.run").code == 0
    stopped, whole = (load_field(tmp_path / name)[0] for name in ("noise.redraw", "b.redraw"))
    for name, tensor in whole.state_dict().items():
        assert np.array_equal(stopped.state_dict()[name].numpy(), tensor.numpy())


def test_an_interrupted_drawing_leaves_nothing_behind(child, fitted):
    before = sorted(os.listdir(fitted))
    process = child("render", "tiny.redraw", "huge.png", "--size", "20000x20000", "--yes")
    while sorted(os.listdir(fitted)) == before:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    code, _, err = rest_of(process)
    assert (code, err) == (130, "redraw: interrupted\n")
    assert sorted(os.listdir(fitted)) == before


@pytest.mark.slow
def test_a_fit_whose_reader_leaves_saves_and_ends(child, picture, tmp_path):
    process = child("fit", picture, *LONG, "--json", "--checkpoint-every", 1000)
    with process:
        step = wait_for(process, "progress")["step"]
        process.stdout.close()
        assert process.wait(timeout=600) == 1
        assert process.stderr.read() == ""
    run = RunFolder.open(tmp_path / "tiny.run", writable=False)
    assert run.latest_checkpoint().step >= step


@pytest.mark.slow
def test_a_background_job_of_a_shell_ignores_ctrl_c(picture, child):
    def ignoring() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    process = child("fit", picture, *LONG, "--json", preexec_fn=ignoring)
    wait_for(process, "progress")
    process.send_signal(signal.SIGINT)
    assert wait_for(process, "progress")
    process.send_signal(signal.SIGTERM)
    assert rest_of(process)[0] == 130


def test_everything_is_as_before_afterwards():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), StopRequests() as stops:
        assert signal.getsignal(signal.SIGINT) not in handlers
        raise ZeroDivisionError
    assert stops.count == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert signal.set_wakeup_fd(-1) == -1
    assert threading.active_count() == threads


def test_a_request_before_the_run_is_there_reaches_it(monkeypatch):
    class Recorded:
        stopped = False

        def stop(self) -> None:
            self.stopped = True

    run = Recorded()
    with StopRequests() as stops:
        stops.begin()
        os.kill(os.getpid(), signal.SIGINT)
        while not stops.count:
            time.sleep(0.001)
        stops.attach(run)
    assert run.stopped
