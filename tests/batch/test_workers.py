"""Real processes: fits, deaths, and what is left of them."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import redraw
from redraw.batch.task import Settings, Task
from redraw.batch.workers import Workers
from redraw.errors import UsageError

SMALL = {"model": "siren", "steps": 3}


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(5)
    for name in ("a", "b", "c"):
        values = rng.integers(0, 256, (8, 9, 3), np.uint8)
        Image.fromarray(values).save(tmp_path / f"{name}.png")
    return tmp_path


def test_many_are_the_same_fields_as_one_by_one(pictures):
    names = [pictures / f"{name}.png" for name in ("a", "b")]
    array = np.asarray(Image.open(pictures / "c.png"))
    signals = (one for one in [*names, pictures / "gone.png", array])
    found = {
        one.place: one
        for one in redraw.fit_many(signals, jobs=2, settings={"hidden": (8,)}, **SMALL)
    }
    assert sorted(found) == [0, 1, 2, 3]
    assert found[2].field is None
    assert "does not exist" in found[2].error
    for place, picture in ((0, names[0]), (1, names[1]), (3, array)):
        alone = redraw.fit(picture, hidden=(8,), **SMALL)
        drawn = found[place].field.render(20, 20)
        assert np.array_equal(drawn.values, alone.render(20, 20).values)


def test_options_of_a_single_fit_are_refused():
    with pytest.raises(UsageError, match="fit_many takes no run"):
        next(redraw.fit_many([[[0.0]]], run="x.run"))
    with pytest.raises(UsageError, match="unknown preset"):
        next(redraw.fit_many([[[0.0]]], model="no"))


def test_a_process_that_dies_takes_its_own_picture_only(pictures, tmp_path):
    workers = Workers(Settings(options=SMALL), 1, lambda: False)
    folder = str(tmp_path)

    def task(place, name):
        return Task(place, str(pictures / f"{name}.png"), f"{folder}/{name}.redraw", folder), 72

    def begun(task):
        if task.place == 1:
            (process,) = workers._processes.values()
            process.send_signal(signal.SIGKILL)

    done = list(workers.outcomes(iter([task(0, "a"), task(1, "b"), task(2, "c")]), begun))
    workers.close()
    assert [(one.place, one.error is None) for one in done] == [(0, True), (1, False), (2, True)]
    assert "SIGKILL" in done[1].error


def test_no_process_outlives_its_command(pictures, tmp_path):
    program = (
        "import os, sys\n"
        "from redraw.batch.task import Settings, Task\n"
        "from redraw.batch.workers import Workers\n"
        "workers = Workers(Settings(), 1, lambda: False)\n"
        "workers._start()\n"
        "(process,) = workers._processes.values()\n"
        "print(process.pid, flush=True)\n"
        "os._exit(9)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    pid = int(told.stdout)
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if os.path.exists(f"/proc/{pid}/stat"):
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return  # ended; nobody has asked how
        time.sleep(0.1)
    pytest.fail("the worker is still there")
