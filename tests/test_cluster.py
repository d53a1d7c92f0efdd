"""Batches on a real Ray cluster of several nodes on this machine."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.batch.batch import Batch
from redraw.batch.inputs import gather
from redraw.batch.manifest import NAME
from redraw.batch.task import Settings
from redraw.cluster.joining import answers
from redraw.cluster.pictures import crew_on
from redraw.errors import RunError, UsageError

SETTINGS = Settings(options={"model": "siren", "steps": 40, "engine": "reference"})


@pytest.mark.parametrize("address", ["nowhere", "host:port", "ray://x"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UsageError, match="no address"):
        answers(address)


def test_an_address_without_an_answer_is_given_up():
    with pytest.raises(RunError, match=r"no cluster answers at 127\.0\.0\.1:1 "):
        answers("127.0.0.1:1")


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(3)
    for place in range(12):
        values = rng.integers(0, 256, (24, 24), np.uint8)
        Image.fromarray(values).save(tmp_path / f"p{place:02}.png")
    return [str(tmp_path / f"p{place:02}.png") for place in range(12)]


def fields(folder):
    return {path.name: path.read_bytes() for path in Path(folder).glob("*.redraw")}


@pytest.mark.slow
def test_a_node_and_the_driver_are_lost_and_nothing_with_them(pictures, tmp_path):
    utils = pytest.importorskip("ray.cluster_utils")
    alone = Batch(gather(pictures, tmp_path / "alone"), SETTINGS, tmp_path / "alone", jobs=1)
    assert not [one for one in alone.outcomes() if one.failed]
    alone.close()

    cluster = utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = cluster.add_node(num_cpus=2)
    cluster.wait_for_nodes()
    try:
        # The driver is killed in the midst of it: another process, as a user would have it.
        program = (
            "import os, sys\n"
            "from redraw.batch.batch import Batch\n"
            "from redraw.batch.inputs import gather\n"
            "from redraw.batch.task import Settings\n"
            "from redraw.cluster.pictures import crew_on\n"
            f"settings = Settings(options={SETTINGS.options!r})\n"
            f"items = gather({pictures!r}, {str(tmp_path / 'out')!r})\n"
            f"crew = crew_on({cluster.address!r})\n"
            f"batch = Batch(items, settings, {str(tmp_path / 'out')!r}, crew=crew)\n"
            "for place, _ in enumerate(batch.outcomes()):\n"
            "    if place == 2:\n"
            "        os.kill(os.getpid(), 9)\n"
        )
        killed = subprocess.run([sys.executable, "-c", program], env=os.environ, timeout=300)
        assert killed.returncode == -9

        items = gather(pictures, tmp_path / "out")
        crew = crew_on(cluster.address)
        batch = Batch(items, SETTINGS, tmp_path / "out", crew=crew)
        assert len(batch.finished) >= 3
        left = len(batch.left)
        made = []
        for one in batch.outcomes():
            if not made:
                cluster.remove_node(second, allow_graceful=False)
            assert not one.failed, one.entry.error
            made.append(one.item.place)
        batch.close()
        assert len(made) == len(set(made)) == left
    finally:
        cluster.shutdown()
    assert fields(tmp_path / "out") == fields(tmp_path / "alone")
    done = (tmp_path / "out" / NAME).read_text().count('"state":"done"')
    assert done == len(pictures)
