"""Batches on a real Ray cluster of several nodes on this machine."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.batch.batch import Batch
from redraw.batch.inputs import gather
from redraw.batch.manifest import NAME
from redraw.batch.task import Settings
from redraw.cluster import joining
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


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (b"", "no cluster answers at .* within 0.3 s: timed out"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no Ray cluster"),
        (None, "no cluster answers at .*: it hangs up"),
    ],
)
def test_what_answers_but_is_no_cluster_is_told_in_time(monkeypatch, says, told):
    monkeypatch.setattr(joining, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                if says is not None:
                    connection.sendall(says)
                    ended.wait(20)

        ended = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with pytest.raises(RunError, match=told):
                answers(f"127.0.0.1:{server.getsockname()[1]}")
        finally:
            ended.set()
            thread.join()


def test_another_version_of_ray_is_told_with_both(monkeypatch):
    """In the words of Ray itself."""
    ray = pytest.importorskip("ray", reason="redraw[cluster] is not installed")

    def refuse(**_):
        raise RuntimeError(
            "Version mismatch: The cluster was started with:\n    Ray: 2.9.0\n    Python: 3.11.2\n"
            "This process on node 10.0.0.7 was started with:\n    Ray: 2.60.0\n"
        )

    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setattr(joining, "answers", lambda _: None)
    with pytest.raises(
        RunError, match=r"another version of Ray.*2\.9\.0.*2\.60\.0.*install the same"
    ):
        joining.joined("10.0.0.1:6379", 1)


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
        killed = subprocess.run([sys.executable, "-c", program], env=os.environ, timeout=600)
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
