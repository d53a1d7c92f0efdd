"""Networks in whole numbers: drawn as ever, and as the reader made from docs/format.md says."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden import plain_network, write_networks

from redraw.storage.container import chunks_of
from redraw.storage.network_file import network_of

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("networks/*.redraw"))
HASHES = json.loads((HERE / "networks/drawn.json").read_text())


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request):
    return request.param


@pytest.mark.parametrize("threads", [1, 2])
def test_it_is_drawn_as_it_always_was(path, threads):
    found = write_networks.drawn(path, threads)
    assert hashlib.sha256(found.tobytes()).hexdigest() == HASHES[path.stem]


def test_the_reader_from_the_page_alone_agrees(path):
    network, _, _ = network_of(chunks_of(path.read_bytes(), "it")[0], "it")
    x, y = np.meshgrid(*((2 * np.arange(side) + 1) / side - 1 for side in write_networks.SIZE))
    points = np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)[::19]
    for point, value in zip(points, network.values(points), strict=True):
        wanted = plain_network.values(path.read_bytes(), point)
        assert wanted == [round(float(v) * 65536) for v in value]


def test_each_function_has_one():
    names = set()
    for path in FILES:
        network, _, _ = network_of(chunks_of(path.read_bytes(), "it")[0], "it")
        names |= {layer.function for layer in network.layers}
    assert names >= {"sine", "finer", "wire", "gauss", "relu", "tanh", "silu", "sigmoid", ""}
    assert len(FILES) == len(HASHES) >= 10
