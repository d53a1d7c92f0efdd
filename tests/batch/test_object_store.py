"""Batches whose pictures and fields lie in an object store that fails one write in ten."""

import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.batch import places
from redraw.batch.batch import Batch
from redraw.batch.inputs import gather
from redraw.batch.manifest import NAME
from redraw.batch.task import Settings
from redraw.batch.workers import Workers
from redraw.errors import UsageError

pytest.importorskip("fsspec", reason="redraw[cluster] is not installed")
FIXTURES = Path(__file__).parents[1] / "fixtures"
SETTINGS = Settings(options={"model": "siren", "steps": 2, "engine": "reference"})
COUNT = 16


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Pictures in the store; every process of this one's knows it."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import flaky_store\n")
    source = Path(places.__file__).parents[2]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (site, FIXTURES, source))))
    monkeypatch.setenv("REDRAW_FLAKY", str(tmp_path / "log"))
    monkeypatch.syspath_prepend(str(FIXTURES))
    __import__("flaky_store")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "PAUSE", 0.0)
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    random = np.random.default_rng(3)
    for place in range(COUNT):
        values = random.integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(values).save(bucket / f"p{place:02}.png")
    yield f"flaky://{bucket}"
    sys.modules.pop("flaky_store", None)


def complete(batch):
    made = list(batch.outcomes())
    batch.close()
    assert not [one.entry.error for one in made if one.failed]
    return made


def check(store, tmp_path, crew):
    """All there, each once, to the byte as on a disk."""
    out = f"{store}/out"
    items = gather([f"{store}/*.png"], out)
    assert len(items) == COUNT
    batch = Batch(items, SETTINGS, out, jobs=2, crew=crew)
    assert len(complete(batch)) == COUNT
    here = gather([tmp_path / "bucket"], tmp_path / "here")
    complete(Batch(here, SETTINGS, tmp_path / "here", jobs=2))
    objects = tmp_path / "bucket/out"
    for path in (tmp_path / "here").glob("*.redraw"):
        assert (objects / path.name).read_bytes() == path.read_bytes()
        assert (objects / f"{path.name}.done").read_text() == str(path.stat().st_size)
    assert (objects / NAME).is_file()
    told = Counter(line.split()[0] for line in (tmp_path / "log").read_text().splitlines())
    assert told["failed"] > 0, "the store never failed: nothing was shown"
    again = Batch(items, SETTINGS, out, jobs=2, crew=crew)
    assert len(again.finished) == COUNT
    again.close()


@pytest.mark.slow
def test_by_processes_of_this_machine(store, tmp_path):
    check(store, tmp_path, Workers)


@pytest.mark.slow
def test_by_a_cluster(store, tmp_path):
    pytest.importorskip("ray", reason="redraw[cluster] is not installed")
    from redraw.cluster.joining import LOCAL
    from redraw.cluster.pictures import crew_on

    check(store, tmp_path, crew_on(LOCAL))


def test_missing_credentials_are_told_with_the_way_to_give_them(store, tmp_path, monkeypatch):
    class NoCredentialsError(Exception):
        pass

    def refuse(*_, **__):
        raise NoCredentialsError("Unable to locate credentials")

    kind = type(places._open(store)[0])
    monkeypatch.setattr(kind, "info", refuse)
    with pytest.raises(UsageError, match=r"Unable to locate credentials; give the credentials"):
        places.stamp_of(f"{store}/p00.png")
