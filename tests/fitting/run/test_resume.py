"""Exact resume, proved: killed by SIGKILL at any moment, a run ends as if nothing had happened.

Weights, optimizer state, the log of losses and learning rates, and all pictures: bit for bit.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from tests.engines.here import engines_here

from redraw.storage.field_file import load_field
from redraw.storage.run_folder import RunFolder

if not hasattr(os, "fork") or not Path("/proc/self/fd").exists():
    pytest.skip("this system has no fork or no /proc", allow_module_level=True)

PROGRAM = Path(__file__).with_name("resume_program.py")
STEPS = 100
TIMES = {"seconds", "remaining", "points_per_second"}


@pytest.fixture(scope="module")
def process():
    """`process(run, **how to kill)`: one life of a run, in a process of its own."""
    command = [sys.executable, str(PROGRAM)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as server:

        def live(folder, engine="reference", **how):
            server.stdin.write(json.dumps({"run": str(folder), "engine": engine, **how}) + "\n")
            answer = json.loads(server.stdout.readline())
            assert answer["killed"] or answer.get("finished"), "it failed; see its traceback above"
            return answer

        yield live
        server.stdin.close()


@pytest.fixture(scope="module")
def whole(process, tmp_path_factory):
    """By engine: the folder of a run that nobody disturbed, and how it went."""
    lives = {}

    def of(engine):
        if engine not in lives:
            folder = tmp_path_factory.mktemp("whole") / f"{engine}.run"
            answer = process(folder, engine)
            assert answer["finished"]
            with RunFolder.open(folder, writable=False) as run:
                assert run.latest_checkpoint().step == STEPS
                assert len(run.frames()) == 12
            lives[engine] = folder, answer
        return lives[engine]

    return of


def timeless(entry):
    return {key: value for key, value in entry.items() if key not in TIMES}


def check_same(folder, expected):
    """The same bits, in everything but what the clock said."""
    with RunFolder.open(folder) as a, RunFolder.open(expected, writable=False) as b:
        found, wanted = a.latest_checkpoint(), b.latest_checkpoint()
        assert found.notes == ()
        assert found.step == wanted.step
        assert timeless(found.header) == timeless(wanted.header)
        assert found.tensors.keys() == wanted.tensors.keys()
        assert any(name.startswith("optimizer.") for name in found.tensors)
        for name, tensor in found.tensors.items():
            assert torch.equal(tensor, wanted.tensors[name]), name
        logs = [[timeless(entry) for entry in run.read_log()] for run in (a, b)]
        assert logs[0] == logs[1]
        assert [entry["rate"] for entry in logs[0] if "rate" in entry]
        assert [step for step, _ in a.frames()] == [step for step, _ in b.frames()]
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert x.read_bytes() == y.read_bytes(), x.name
    # Nothing of the killed processes is left over.
    names = [p.name for p in folder.rglob("*") if p.is_file()]
    assert not [name for name in names if name.endswith(".part")]
    assert len(list((folder / "checkpoints").iterdir())) == 1, "it has ended"


def check_kills(process, folder, expected, how, kills, engine="reference", **always):
    """Kill it so many times, each time as `how()` says, and let it end; returns the kills."""
    killed, lives = 0, 0
    while killed < kills:
        answer = process(folder, engine, **always, **how())
        killed += answer["killed"]
        if answer.get("finished"):
            break
        lives += 1
        assert lives < 10 * kills
    if not answer.get("finished"):
        answer = process(folder, engine, **always)
    assert answer["finished"]
    check_same(folder, expected)
    return killed


def test_two_undisturbed_runs_are_the_same(process, whole, tmp_path):
    folder, _ = whole("reference")
    process(tmp_path / "again.run")
    check_same(tmp_path / "again.run", folder)


def test_it_resumes_exactly_wherever_it_is_killed(process, whole, tmp_path):
    """The quick part: one kill anywhere in the fit, and four while a checkpoint is written."""
    folder, answer = whole("reference")
    rng = random.Random(1)
    first = process(tmp_path / "a.run", at=answer["asked"] // 3)
    numbers = [rng.randint(5, 40) for _ in range(4)]
    killed = first["killed"] + check_kills(
        process,
        tmp_path / "a.run",
        folder,
        lambda: {"in": "checkpoints", "at": numbers.pop()},
        4,
    )
    assert killed >= 5


@pytest.mark.slow
@pytest.mark.parametrize("footprint", ["box", "gauss:0.7", "point", "jpeg:70"])
def test_labels_resume_exactly(process, tmp_path, footprint):
    """Of a drawing, whose pixels are compared through a footprint."""
    whole = tmp_path / "whole.run"
    answer = process(whole, "cpu", footprint=footprint)
    assert answer["finished"]
    rng = random.Random(4)
    killed = check_kills(
        process,
        tmp_path / "cut.run",
        whole,
        lambda: {"at": rng.randint(1, answer["asked"] // 2)},
        6,
        "cpu",
        footprint=footprint,
    )
    assert killed >= 4


@pytest.mark.slow
@pytest.mark.parametrize("engine", engines_here())
@pytest.mark.parametrize("seed", range(3))
def test_it_resumes_exactly_at_random_moments(process, whole, tmp_path, seed, engine):
    """Again and again, until it has come to its end between the kills."""
    folder, answer = whole(engine)
    rng = random.Random(seed)
    killed = 0
    for turn in range(20):
        killed += check_kills(
            process,
            tmp_path / f"{turn}.run",
            folder,
            lambda: {"after": rng.uniform(0.02, 0.6) * answer["seconds"]},
            6,
            engine,
        )
        if killed >= 12:
            break
    assert killed >= 12


@pytest.mark.slow
@pytest.mark.parametrize("where", ["", "checkpoints"])
def test_it_resumes_exactly_after_whatever_it_asked_of_the_disk(process, whole, tmp_path, where):
    """Each of the first things that it asks, from making the folder on; then some at random."""
    folder, answer = whole("reference")
    rng = random.Random(2)
    killed = 0
    for first in range(1, 31):

        def how(numbers=iter([first])):  # noqa: B008 (one for each turn)
            at = next(numbers, None) or rng.randint(1, answer["asked"] // 2)
            return {"in": where, "at": at}

        killed += check_kills(process, tmp_path / f"{first}.run", folder, how, 2)
    assert killed >= 50


def newest(folder):
    """The step of the newest checkpoint; -1 if there is none."""
    steps = [int(p.stem) for p in (folder / "checkpoints").glob("*.safetensors")]
    return max(steps, default=-1)


@pytest.mark.slow
def test_the_command_line_resumes_exactly(tmp_path):
    """Whole programs, as a user starts them: `redraw fit`, SIGKILL, `redraw resume`."""
    rng = random.Random(3)
    options = ["--model", "ink", "--steps", "400", "--frames", "8", "--max-side", "40", "--quiet"]
    options += ["--checkpoint-every", "0.05", "--engine", "reference", "--threads", "1"]
    options += ["--set", "hidden=16,16", "--set", "batch=500"]
    redraw = [sys.executable, "-m", "redraw"]

    def begin(name):
        paths = [str(tmp_path / f"{name}.redraw"), "--run", str(tmp_path / f"{name}.run")]
        return subprocess.Popen([*redraw, "fit", "cub", "-o", *paths, *options])

    assert begin("whole").wait() == 0
    going, killed = begin("cut"), 0
    for goal in (1, 80, 160, 240, 320):
        while newest(tmp_path / "cut.run") < goal and going.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0.0, 0.1))
        going.send_signal(signal.SIGKILL)
        killed += going.wait() == -signal.SIGKILL
        going = subprocess.Popen([*redraw, "resume", str(tmp_path / "cut.run"), "--quiet"])
    assert going.wait() == 0
    assert killed >= 4
    check_same(tmp_path / "cut.run", tmp_path / "whole.run")
    (ours, about), (theirs, _) = (load_field(tmp_path / f"{n}.redraw") for n in ("cut", "whole"))
    assert about.made["steps"] == 400
    assert ours.sharpness == theirs.sharpness > 1
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(a, b)
