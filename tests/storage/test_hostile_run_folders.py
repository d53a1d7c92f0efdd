"""Run folders whose files were altered, checksums made true again: told of and resumed, or refused
on one line; never a traceback, seeds kept."""

import json
import random
import shutil

import numpy as np
import pytest
from tests.reading import read_tensors
from tests.signals.test_hostile_files import altered

import redraw
from redraw.errors import RedrawError
from redraw.fitting.result.run_info import run_info
from redraw.fitting.result.table_views import field_of_run
from redraw.fitting.run.run import Run
from redraw.storage.run_folder import RunFolder
from redraw.storage.tensor_file import write_tensors

SEEDS, CASES = range(10), 60
WILD = (None, -1, 0, 1, 2**31, 2**63, 1e308, -1e308, True, "", "x", [], {}, [1, 2], "é\x1b[0m")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A picture's run and a table's that keeps its best."""
    folder = tmp_path_factory.mktemp("runs")
    y, x = np.mgrid[:12, :16]
    face = (np.hypot(x - 8, y - 6) < 4).astype(np.float32)
    options = {"steps": 6, "engine": "reference", "checkpoint_every": 0.0, "frames": 2}
    redraw.fit(face, model="siren", run=folder / "p.run", hidden=(8,), **options)
    table = {"a": x.ravel() / 16, "b": y.ravel() / 12, "y": face.ravel()}
    redraw.fit(
        table,
        targets="y",
        model="table",
        run=folder / "t.run",
        hidden=(8,),
        held_out="20%",
        keep="best",
        **options,
    )
    return [folder / "p.run", folder / "t.run"]


def places(value):
    """Every object and list in a JSON value, with one of its keys."""
    found = []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += [(value, key), *places(inner)]
    return found


def spoiled(path, rng):
    """One file of the folder, altered so that it may well be read."""
    kind = rng.random()
    if path.suffix == ".safetensors" and kind < 0.7:
        try:
            header, tensors = read_tensors(path)
        except RedrawError:
            return
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        if kind < 0.3:
            inside, key = rng.choice(places(header))
            inside[key] = rng.choice(WILD)
        elif tensors:
            name = rng.choice(sorted(tensors))
            tensors[name] = rng.choice(
                [tensors[name] * 1e38, tensors[name].flatten()[:1], tensors[name] * -1]
            )
        try:
            write_tensors(path, tensors, header, force=True)
        except (RedrawError, TypeError, ValueError):  # what no file can hold
            return
    elif path.suffix == ".json" and kind < 0.7:
        data = json.loads(path.read_text())
        inside, key = rng.choice(places(data))
        inside[key] = rng.choice(WILD)
        path.write_text(json.dumps(data))
    else:
        path.write_bytes(altered(path.read_bytes(), rng))


def asked(folder):
    """All that commands ask of a run folder."""
    for ask in (
        run_info,
        lambda path: Run.look(path).drawer().values(np.zeros((3, 2), np.float32)),
        lambda path: field_of_run(RunFolder.open(path, writable=False)),
        lambda path: [*Run.resume(path).events()],
    ):
        message = ""
        try:
            ask(folder)
        except RedrawError as error:
            message = str(error)
        assert "\n" not in message
        assert "\x1b" not in message


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # numbers beyond all sense overflow
@pytest.mark.parametrize("seed", SEEDS)
def test_altered_run_folders(runs, tmp_path, seed):
    rng = random.Random(seed)
    for case in range(CASES):
        folder = tmp_path / f"{case}.run"
        shutil.copytree(rng.choice(runs), folder)
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".png")
        for path in rng.sample(files, rng.randint(1, 2)):
            spoiled(path, rng)
        asked(folder)
        shutil.rmtree(folder)
