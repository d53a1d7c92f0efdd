"""Networks in whole numbers, against a reader made from docs/format.md and Python's integers."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden import plain_network

from redraw.coding import networks
from redraw.coding.networks import FUNCTIONS, WholeLayer, WholeNetwork, packed, unpacked
from redraw.errors import FileFormatError
from redraw.kernels import whole_network
from redraw.kernels.vectors import PAIRS
from redraw.storage.about import About
from redraw.storage.codecs.network import packed_network
from redraw.storage.container import Chunk, chunks_of
from redraw.storage.network_file import network_of

NAMES = [name for name in FUNCTIONS if name]


def network(name, sharpness=0.0, seed=0, widths=(2, 9, 13, 3), bits=8):
    """Random weights, as a trained network's are."""
    rng = np.random.default_rng(seed)
    layers = []
    for number, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        limit = 2 ** ((15 if number == 0 else bits) - 1) - 1
        weights = rng.integers(-limit, limit + 1, (outputs, inputs))
        gain = {"sine": 0.15, "finer": 0.05, "wire": 0.1, "gauss": 0.2}.get(name, 3.0)
        scales = (gain / limit * rng.uniform(0.5, 1.0, outputs)).astype(np.float16)
        biases = rng.normal(size=outputs).astype(np.float16).astype(np.float32) * np.float32(0.5)
        last = number == len(widths) - 2
        constants = {} if last else {"omega": 12.0, "spread": 3.0, "largest": 20.0}
        layers.append(WholeLayer(weights, scales, biases, "" if last else name, **constants))
    return WholeNetwork(tuple(layers), sharpness)


def written(own):
    return packed_network(own, {"channels": 3}, About((8, 8)))


@pytest.fixture(params=["pairs", "floats"])
def products(request, monkeypatch):
    """How layers are multiplied: by pairs of 16 bits where the machine has them, or by floats."""
    if request.param == "pairs" and not PAIRS:
        pytest.skip("this machine adds up no products of 16 bits")
    monkeypatch.setattr(networks, "PAIRS", request.param == "pairs")


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize("sharpness", [0.0, 2.5])
@pytest.mark.parametrize("name", NAMES)
def test_the_reader_from_the_page_gives_the_same_numbers(name, sharpness):
    own = network(name, sharpness)
    points = np.random.default_rng(1).uniform(-1, 1, (7, 2)).astype(np.float32)
    points[0] = 1.0, -1.0
    found = own.values(points)
    data = written(own)
    for point, value in zip(points, found, strict=True):
        assert plain_network.values(data, point) == [round(float(v) * 65536) for v in value]


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize("widths", [(2, 3), (1, 1, 1, 4), (3, 17, 8, 33, 5), (2, 40, 31, 1)])
def test_layers_of_all_widths_give_what_the_page_says(widths):
    for name in NAMES:
        own = network(name, widths=widths)
        points = np.random.default_rng(3).uniform(-1, 1, (40, widths[0])).astype(np.float32)
        found, data = own.values(points), written(own)
        for n in (0, 39):
            wanted = plain_network.values(data, points[n])
            assert [round(float(v) * 65536) for v in found[n]] == wanted


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize(("name", "omega", "scale"), [("sine", 9e5, 60.0), ("finer", 9e5, 2.0),
                                                      ("finer", 2000.0, 2.0)])  # fmt: skip
def test_places_that_are_far_away_are_held_where_the_page_says(name, omega, scale):
    """Of sines whose places pass 2^30, before their turns are taken off."""
    rng = np.random.default_rng(4)
    first, middle, last = (
        WholeLayer(rng.integers(-99, 100, shape), np.full(shape[0], scale, np.float16),
                   np.zeros(shape[0], np.float32), own, omega=omega)
        for shape, own in (((9, 2), name), ((7, 9), name), ((3, 7), ""))
    )  # fmt: skip
    own = WholeNetwork((first, middle, last), 0.0)
    assert own.ready.plan[:2, whole_network.FAR].all()
    points = rng.uniform(-1, 1, (40, 2)).astype(np.float32)
    found, data = own.values(points), written(own)
    for point, value in zip(points, found, strict=True):
        assert plain_network.values(data, point) == [round(float(v) * 65536) for v in value]


@pytest.mark.usefixtures("products")
def test_ties_are_rounded_up():
    """Half of all sums are ties: they are halved to become what the next layer takes."""
    first, middle = (
        WholeLayer(np.array([[a, 3], [-1, b]]), np.full(2, scale, np.float16), np.zeros(2, "f4"),
                   "relu", largest=0.5)
        for a, b, scale in ((1, -2, 1.0), (5, 7, 0.5**16))
    )  # fmt: skip
    last = WholeLayer(np.eye(2, dtype=np.int64), np.ones(2, np.float16), np.zeros(2, "f4"), "")
    own = WholeNetwork((first, middle, last), 0.0)
    assert own.ready.factors[0] == 0.5
    points = (np.arange(-40, 40).reshape(40, 2) / 65536).astype(np.float32)
    found, data = own.values(points), written(own)
    for point, value in zip(points, found, strict=True):
        assert plain_network.values(data, point) == [round(float(v) * 65536) for v in value]


def test_bends_of_too_many_bits_are_found():
    """Arguments up to 2^36.1 times 16 bits are too many unless the bits are a small number."""
    for numerator, far in ((61_679, False), (61_681, True), (65_534, False), (32_769, False)):
        omega = numerator * 2.0**-27 * math.tau * 2.0**14
        layers = network("finer").layers
        first = dataclasses.replace(layers[0], omega=omega)
        own = WholeNetwork((first, *layers[1:]), 0.0)
        assert own.ready.bends[0, 0] == numerator * 2.0**-27
        assert own.ready.plan[0, whole_network.FAR] == far


def test_a_layer_without_a_function_is_the_last_one_alone():
    layer = network("sine").layers[0]
    for functions in (("", ""), ("sine", "sine")):
        layers = [dataclasses.replace(layer, function=function) for function in functions]
        with pytest.raises(FileFormatError, match="but the last"):
            WholeNetwork(tuple(layers), 0.0)


@pytest.mark.usefixtures("products")
@pytest.mark.parametrize("count", [1, 31, 32, 33, 10_001])
def test_threads_and_blocks_change_nothing(count):
    own = network("sine", 1.0)
    points = np.random.default_rng(2).uniform(-1, 1, (count, 2)).astype(np.float32)
    whole = own.values(points, threads=2)
    assert np.array_equal(whole, own.values(points, threads=1))
    few = np.unique([0, count // 2, count - 1])
    assert np.array_equal(whole[few], own.values(points[few]))


@pytest.mark.usefixtures("products")
def test_sums_at_their_bound_are_exact():
    """All weights at their largest and all inputs at their reach: nothing is rounded."""
    weights = np.full((5, 60), 127)
    first = WholeLayer(np.full((60, 2), 32767), np.full(60, 1e-3, np.float16), np.zeros(60, "f4"),
                       "tanh")  # fmt: skip
    last = WholeLayer(weights, np.full(5, 1e-3, np.float16), np.ones(5, np.float32), "")
    own = WholeNetwork((first, last), 0.0)
    points = np.ones((3, 2), np.float32)
    wanted = plain_network.values(written(own), points[0])
    assert [round(float(v) * 65536) for v in own.values(points)[0]] == wanted


@given(st.lists(st.integers(-32767, 32767), max_size=200), st.lists(st.integers(-9, 9), max_size=9))
@settings(max_examples=60, deadline=None)
def test_whole_numbers_go_through_bytes(first, second):
    lists = [np.array([own], np.int64).reshape(1, -1) for own in (first, second)]
    found = unpacked(packed(lists), [own.shape for own in lists])
    assert all(np.array_equal(a, b) for a, b in zip(lists, found, strict=True))


def test_files_come_back():
    own = network("finer", 3.0)
    found, config, about = network_of(chunks_of(written(own), "x")[0], "x")
    assert config == {"channels": 3}
    assert about.size == (8, 8)
    assert found.sharpness == 3.0
    for a, b in zip(own.layers, found.layers, strict=True):
        assert np.array_equal(a.weights, b.weights)
        assert np.array_equal(a.scales, b.scales)


def test_damage_is_refused_or_some_network():
    """Foreign bytes under true checksums: an error, or numbers within their bounds."""
    rng = np.random.default_rng(0)
    whole = chunks_of(written(network("sine", 1.0)), "x")[0]
    for _ in range(300):
        chunks = list(whole)
        at = rng.integers(len(chunks))
        content = bytearray(chunks[at].content)
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(len(content))] = rng.integers(256)
        chunks[at] = Chunk(chunks[at].name, bytes(content[: rng.integers(1, len(content) + 1)]))
        try:
            found, _, _ = network_of(chunks, "x")
        except FileFormatError:
            continue
        values = found.values(np.array([[0.3, -0.2]], np.float32))
        assert np.isfinite(values).all()


def test_tables_are_far_from_ties():
    """So that any library of mathematics rounds them to the same whole numbers."""
    turns = np.arange(16384, dtype=np.longdouble) / 16384
    exact = 16384 * np.sin(2 * np.arctan2(np.longdouble(0), np.longdouble(-1)) * turns)
    apart = np.abs(exact + 0.5 - np.rint(exact + 0.5))
    assert apart[exact != np.rint(exact)].min() > 1e-9
    z = np.arange(-16384, 16385, dtype=np.longdouble) / 1024
    exact = 65536 / (1 + np.exp(-z)) + 0.5
    assert np.abs(exact - np.rint(exact)).min() > 1e-9
