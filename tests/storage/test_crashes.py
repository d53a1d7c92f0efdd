"""SIGKILL at every single thing that a run asks of the disk, and at random moments as well."""

import importlib.util
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from redraw.errors import RunError
from redraw.storage.run_config import is_run_folder, is_unfinished
from redraw.storage.run_folder import RunFolder

if not hasattr(os, "fork"):
    pytest.skip("this system can't fork", allow_module_level=True)

PROGRAM = Path(__file__).with_name("crash_program.py")
specification = importlib.util.spec_from_file_location("crash_program", PROGRAM)
program = importlib.util.module_from_spec(specification)
specification.loader.exec_module(program)


every = pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.slow)])


@pytest.fixture(scope="module")
def crash():
    """`crash(scenario, folder, n)`: run the scenario and kill it at its n-th event."""
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as server:

        def call(scenario, path, count):
            server.stdin.write(f"{scenario} {path} {count}\n")
            return json.loads(server.stdout.readline())

        yield call
        server.stdin.close()


def check(path, acknowledged):
    """What was acknowledged is there, everything is what it should be, and nothing is left over."""
    with RunFolder.open(path) as run:
        latest = run.latest_checkpoint()
        if latest is None:
            assert not acknowledged
            run.rewind(None)
            assert run.read_log() == run.frames() == []
            return
        assert latest.notes == ()
        assert latest.step >= max(acknowledged, default=0)
        expected = program.checkpoint(latest.step)
        assert latest.header == expected.header
        for name, tensor in expected.tensors.items():
            assert torch.equal(latest.tensors[name], tensor)
        run.rewind(latest)
        assert run.read_log() == [program.entry(step) for step in range(latest.step + 1)]
        assert [step for step, _ in run.frames()] == list(range(latest.step + 1))
    names = os.listdir(path / "checkpoints") + os.listdir(path)
    assert not [name for name in names if name.endswith(".part")]
    assert len(os.listdir(path / "checkpoints")) <= 2


def finish(crash, path):
    """The run goes on to its end, and is then what it would have been without the kill."""
    assert crash("resume", path, 0)["finished"]
    check(path, [program.LAST])
    assert sorted(os.listdir(path / "checkpoints")) == [
        f"{step:08d}.safetensors" for step in (program.LAST - 1, program.LAST)
    ]


@every
def test_a_new_run_killed_at_every_event(crash, tmp_path, stride):
    for count in itertools.count(1, stride):
        path = tmp_path / f"{count}.run"
        result = crash("fit", path, count)
        if result["finished"]:
            break
        assert result["killed"]
        if is_run_folder(path):
            assert (path / "picture.safetensors").read_bytes() == b"picture"
            check(path, result["acknowledged"])
            if count % 5 == 0:
                finish(crash, path)
        else:  # killed while it was made: the same command works when it is given again
            assert not result["acknowledged"]
            assert crash("fit", path, 0)["finished"]
            check(path, [program.LAST])
    assert count > 5 * program.LAST  # at least temporary file, rename, deletion and log a step
    check(path, result["acknowledged"])


def test_a_resumed_run_killed_at_every_event(crash, tmp_path):
    path = tmp_path / "x.run"
    acknowledged = []
    count = 1
    # Kill it later and later, until it gets to its end; each time it starts where it was killed.
    crash("fit", path, 30)
    for count in itertools.count(1):
        result = crash("resume", path, count)
        acknowledged += result["acknowledged"]
        if result["finished"]:
            break
        assert result["killed"]
        if count % 3 == 0:
            check(path, acknowledged)
    assert count > 10
    check(path, acknowledged)


@every
def test_a_run_killed_while_it_replaces_another(crash, tmp_path, stride):
    assert crash("fit", tmp_path / "old.run", 0)["finished"]
    for count in itertools.count(1, stride):
        path = tmp_path / f"{count}.run"
        shutil.copytree(tmp_path / "old.run", path)
        result = crash("replace", path, count)
        if result["finished"] or result["acknowledged"]:
            break
        assert result["killed"]
        if is_unfinished(path):
            with pytest.raises(RunError, match="interrupted while it was made"):
                RunFolder.open(path)
        else:
            with RunFolder.open(path) as run:  # the old one, perhaps with less in it, or the new
                latest = run.latest_checkpoint()
                assert latest is None or latest.notes == ()
                if "another" in run.config:
                    assert latest is None or latest.step == 0
        assert crash("replace", path, 0)["finished"]
        with RunFolder.open(path, writable=False) as run:
            assert run.config["another"]
    assert count > 5
    check(path, result["acknowledged"])


def kill_at_random(tmp_path, kills, seed):
    """Kill a program that saves as fast as it can, `kills` times, at random moments."""
    path = tmp_path / "x.run"
    RunFolder.create(path, program.CONFIG).close()
    draw = random.Random(seed)
    written, last = 0, -1
    source = (
        f"import sys; sys.path.insert(0, {str(PROGRAM.parent)!r}); import crash_program as p;"
        f"p.LAST = 10**6; p.resume({str(path)!r}, lambda step: print(step, flush=True))"
    )
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", source], stdout=subprocess.PIPE, text=True
        ) as child:
            first = child.stdout.readline()  # it works
            time.sleep(draw.uniform(0, 0.05))
            child.send_signal(signal.SIGKILL)
            lines = [first, *child.stdout.read().splitlines()]
        last = max(last, *(int(line) for line in lines if line.strip()))
        check(path, [last])
        written += len(lines)
    assert written >= kills


def test_a_run_killed_at_random_moments(tmp_path):
    kill_at_random(tmp_path, kills=2, seed=1)


@pytest.mark.slow
def test_a_run_killed_at_many_random_moments(tmp_path):
    kill_at_random(tmp_path, kills=40, seed=2)
