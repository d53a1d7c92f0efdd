"""How a batch can end, from outside: killed at any moment, a full disk, Ctrl-C; and that the same
command goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.waiting import patiently

import redraw
from redraw.batch import task as tasks
from redraw.batch.manifest import NAME
from redraw.batch.task import Settings, Task, carry_out

pytestmark = pytest.mark.timeout(900)  # machines may be busy
TINY = ("--model", "siren", "--steps", "2", "--set", "hidden=8")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(redraw.__file__).parents[1])}


def command(*words):
    return [sys.executable, "-m", "redraw", "fit", *map(str, words)]


def noise(folder, count, side, seed=7):
    folder.mkdir()
    draw = np.random.default_rng(seed)
    for place in range(count):
        values = draw.integers(0, 256, (side, side, 3), np.uint8)
        Image.fromarray(values).save(folder / f"p{place:02}.png")


def entries(folder):
    """The manifest's lines; the last may be cut short."""
    found = []
    for line in (folder / NAME).read_text().splitlines() if (folder / NAME).exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def ended(folder):
    return Counter(entry["output"] for entry in entries(folder) if entry["state"] == "done")


@pytest.mark.slow
def test_killed_at_random_moments_all_is_whole_and_nothing_is_done_twice(tmp_path):
    count, chosen = 24, random.Random(3)
    noise(tmp_path / "in", count, 16)
    words = (tmp_path / "in", "-o", tmp_path / "here", *TINY, "--jobs", 1, "-q")
    subprocess.run(command(*words), check=True, env=ENVIRONMENT)
    wanted = {path.name: path.read_bytes() for path in (tmp_path / "here").glob("*.redraw")}
    out, kills = tmp_path / "out", 0
    words = (tmp_path / "in", "-o", out, *TINY, "--jobs", 1, "-q")
    while kills < 4:
        before = sum(ended(out).values())
        process = subprocess.Popen(command(*words), env=ENVIRONMENT, start_new_session=True)
        # At a random moment after it has got somewhere: how quick the machine is does not matter.
        for _ in patiently(400, 0.01):
            if process.poll() is not None or sum(ended(out).values()) > before:
                break
        else:
            pytest.fail("no picture of it ever ended")
        time.sleep(chosen.uniform(0.0, 0.3))
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
        there = {path.name: path.read_bytes() for path in out.glob("*.redraw")}
        assert all(wanted[name] == content for name, content in there.items())
        assert ended(out).keys() <= there.keys()
        assert set(ended(out).values()) <= {1}
    assert kills >= 3
    subprocess.run(command(*words), check=True, env=ENVIRONMENT)
    assert {path.name: path.read_bytes() for path in out.glob("*.redraw")} == wanted
    assert ended(out) == dict.fromkeys(wanted, 1)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of its own with room for 1 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(asked, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        pytest.skip(f"no small disk can be mounted here: {error}")
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_disk_that_fills_is_told_and_the_same_command_goes_on(tmp_path, small_disk):
    count = 48
    noise(tmp_path / "in", count, 128)
    words = (tmp_path / "in", "-o", small_disk / "out", "--model", "wavelet", "--jobs", 1)
    done = subprocess.run(command(*words), env=ENVIRONMENT, capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert "is full; make room, and the same command goes on from there" in said
    first = ended(small_disk / "out")
    assert 0 < len(first) < count
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    again = subprocess.run(command(*words), env=ENVIRONMENT, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert f"{len(first)} of them finished before" in again.stdout + again.stderr
    assert ended(small_disk / "out") == {f"p{place:02}.redraw": 1 for place in range(count)}


@pytest.mark.slow
def test_after_control_c_the_same_command_goes_on(tmp_path):
    count, out = 24, tmp_path / "out"
    noise(tmp_path / "in", count, 16)
    words = (tmp_path / "in", "-o", out, *TINY, "--jobs", 1)
    process = subprocess.Popen(
        command(*words), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    for _ in patiently(400, 0.01):
        if len(ended(out)) >= 3:
            break
    else:
        pytest.fail("three pictures never ended")
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    again = subprocess.run(command(*words), env=ENVIRONMENT, capture_output=True, text=True)
    assert again.returncode == 0, again.stdout + again.stderr
    assert set(ended(out).values()) == {1}
    assert len(ended(out)) == count


def test_a_picture_that_changes_while_it_is_fitted_has_no_field(tmp_path, monkeypatch):
    source, output = tmp_path / "a.png", tmp_path / "a.redraw"
    Image.new("L", (6, 5), 90).save(source)
    stamps = iter([(100, 1), (100, 2), (100, 2)])
    monkeypatch.setattr(tasks, "stamp_of", lambda _: next(stamps))
    settings = Settings(options={"model": "siren", "steps": 2, "engine": "reference"})
    done = carry_out(Task(0, str(source), str(output), str(tmp_path)), settings)
    assert "changed while it was fitted; the same command fits it again" in done.error
    assert not output.exists()
