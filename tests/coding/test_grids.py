"""Hash grids in whole numbers, against a reader made from docs/format.md and against the field."""

import importlib.util
import itertools
import math
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from redraw.coding.grids import WholeGrid, levels_of, shortened
from redraw.coding.networks import WholeLayer, WholeNetwork
from redraw.errors import FileFormatError
from redraw.fields.hash_grid import interpolate
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.storage.about import About
from redraw.storage.codecs.network import packed_network
from redraw.storage.container import Chunk, chunks_of
from redraw.storage.network_file import network_of

GOLDEN = Path(__file__).parents[1] / "golden"
sys.path.insert(0, str(GOLDEN))
specification = importlib.util.spec_from_file_location("plain_network", GOLDEN / "plain_network.py")
plain_network = importlib.util.module_from_spec(specification)
specification.loader.exec_module(plain_network)
sys.path.remove(str(GOLDEN))

CONFIG = HashGridConfig(
    n_levels=3, n_features_per_level=2, log2_hashmap_size=6, base_resolution=4.0,
    per_level_scale=3.0, aspect=(1.0, 0.7),
)  # fmt: skip


def grid():
    """One level whose vertices have rows of their own, and two whose rows are shared."""
    rng = np.random.default_rng(0)
    cells = np.array([level.scale for level in CONFIG.grids(2)], np.float32)
    rows = levels_of(cells, 6)[-1].first + levels_of(cells, 6)[-1].rows
    table = rng.integers(-90, 91, (rows, 2)).astype(np.int16)
    return WholeGrid(cells, 6, np.array([0.001, 0.003, 0.01], np.float16), table)


def network():
    rng = np.random.default_rng(1)
    first = WholeLayer(
        rng.integers(-511, 512, (8, 6)), np.full(8, 0.01, np.float16),
        rng.normal(size=8).astype(np.float32), "relu", largest=9.0,
    )  # fmt: skip
    last = WholeLayer(
        rng.integers(-127, 128, (3, 8)), np.full(3, 0.003, np.float16), np.zeros(3, np.float32), ""
    )
    return WholeNetwork((first, last), 0.0, grid())


def points(count):
    own = np.random.default_rng(2).uniform(-1, 1, (count, 2)).astype(np.float32)
    own[:4] = [(1, 1), (-1, -1), (1, -1), (0, 1)]
    return own


def written(own):
    return packed_network(own, {"channels": 3}, About((8, 8)))


def test_the_reader_from_the_page_gives_the_same_numbers():
    data, where = written(network()), points(12)
    for point, value in zip(where, network().values(where), strict=True):
        assert plain_network.values(data, point) == [round(float(v) * 65536) for v in value]


def test_features_are_those_of_the_field():
    """Places are told to 2^-10 of a cell: features move by that part of what corners differ."""
    own, where = grid(), points(3000)
    rows = [part * float(step) for part, step in zip(own.by_level, own.steps, strict=True)]
    table = torch.from_numpy(np.concatenate(rows))
    wanted = interpolate(torch.from_numpy(where), table.double(), CONFIG.grids(2)).numpy()
    scaled = np.ascontiguousarray(np.rint(where.T.astype(np.float64) * 65536))
    found = own.at(scaled, 0, len(where)).T * own.unit
    largest = np.repeat([np.abs(part).max() for part in rows], 2)
    # Four corners up to `largest`, two axes, each off by 2^-10 and a rounded place (2^-17 of 2).
    off = np.abs(found - wanted) / largest
    assert off.max() < 4 * 2 * (2.0**-10 + 40 * 2.0**-17)


def in_integers(own, x, y):
    """What docs/format.md says of features, in Python's integers and fractions."""
    found = []
    for level, cells, step, rows in zip(
        own.levels, own.cells.tolist(), own.steps.tolist(), own.by_level, strict=True
    ):
        places = [
            (65536 + p) * round(4096 * c) + (1 << 28) for p, c in zip((x, y), cells, strict=True)
        ]
        corner = [min(p >> 29, v - 2) for p, v in zip(places, level.vertices, strict=True)]
        part = [min((p - (c << 29)) >> 19, 1024) for p, c in zip(places, corner, strict=True)]
        sums = [0] * own.table.shape[1]
        for right, down in itertools.product((0, 1), (0, 1)):
            column, line = corner[0] + right, corner[1] + down
            row = line * level.vertices[0] + column
            if level.shared:
                row = (column ^ 2654435761 * line) % len(rows)
            weight = (part[0] if right else 1024 - part[0]) * (part[1] if down else 1024 - part[1])
            sums = [total + weight * int(n) for total, n in zip(sums, rows[row], strict=True)]
        factor = Fraction(shortened(step / (2.0**20 * own.unit), 17))
        found += [math.floor(total * factor + Fraction(1, 2)) for total in sums]
    return found


@pytest.mark.parametrize("most", [2, 32767])
@pytest.mark.parametrize("features", [1, 2, 3, 5])
def test_features_are_those_of_integers(features, most):
    """Of all widths, the finest and the coarsest levels, the largest numbers; however many.

    Of numbers up to 2 whose steps are alike half of all sums are ties.
    """
    rng = np.random.default_rng(features)
    # 2.49999 is 2.5 in 1/4096: the last position lies on the border of a cell that isn't there.
    cells = np.array([(1, 1), (2.49999, 2.9), (300, 5.5), (2**20, 2**20), (77777.7, 3)], np.float32)
    levels = levels_of(cells, 9)
    table = rng.integers(-most, most + 1, (levels[-1].first + levels[-1].rows, features))
    table[levels[0].first : levels[0].first + 4] = most
    steps = np.array([1, 1, 1, 1, 1] if most == 2 else [1, 0.5, 0.3, 0.01, 2], np.float16)
    own = WholeGrid(cells, 9, steps, table.astype(np.int16))
    where = rng.integers(-65536, 65537, (2, 1000)).astype(np.float64)
    where[:, :6] = [[-65536, 65536, 0, 65535, 65536, -65535], [-65536, 65536, 0, 0, -65536, 1]]
    whole = own.at(where, 0, 1000)
    for n in (*range(6), *range(500, 520), 999):
        assert whole[:, n].tolist() == in_integers(own, *map(int, where[:, n]))
    for first, last in ((0, 1), (3, 258), (5, 5), (700, 1000)):
        assert np.array_equal(own.at(where, first, last), whole[:, first:last])


def some_grid(features, log2_rows=9):
    """Fine and coarse levels, dense and hashed."""
    rng = np.random.default_rng(features)
    cells = np.array([(1, 1), (2.49999, 2.9), (300, 5.5), (9, 31), (77777.7, 3)], np.float32)
    levels = levels_of(cells, log2_rows)
    table = rng.integers(-32767, 32768, (levels[-1].first + levels[-1].rows, features))
    steps = np.array([1, 0.5, 0.3, 0.01, 2], np.float16)
    return WholeGrid(cells, log2_rows, steps, table.astype(np.int16))


def in_lines(columns, lines):
    """Places of some lines of points, each of the first line's columns. (2, N)"""
    rng = np.random.default_rng(columns)
    x = rng.integers(-65536, 65537, columns)
    x[:2] = 65536, -65536
    y = rng.integers(-65536, 65537, lines)
    y[:2] = 65536, -65536
    y[2:5] = y[2], y[2] + 1, y[2]  # between the same vertices, and on one line again
    return np.stack([np.tile(x, lines), np.repeat(y, columns)]).astype(np.float64)


@pytest.mark.parametrize("features", [1, 2, 5])
@pytest.mark.parametrize("columns", [15, 16, 24, 37, 64, 300])
def test_lines_of_points_have_the_features_of_each_point_alone(columns, features):
    own, where = some_grid(features), in_lines(columns, 9)
    whole = own.at(where, 0, where.shape[1])
    order = np.random.default_rng(0).permutation(where.shape[1])
    anywhere = np.ascontiguousarray(where[:, order])
    assert np.array_equal(own.at(anywhere, 0, len(order)), whole[:, order])
    for n in (0, 1, columns - 1, columns, 3 * columns + 7, where.shape[1] - 1):
        assert whole[:, n].tolist() == in_integers(own, *map(int, where[:, n]))


def test_lines_that_are_cut_or_broken_change_nothing():
    own, where = some_grid(2), in_lines(40, 20)
    where[0, 405] += 3  # a line that differs in one column
    where[1, 577] += 3  # one with a point that is not on it
    where[:, 640:] = where[:, 640:641]  # what is left of a batch: one point
    whole = own.at(where, 0, 800)
    for n in (404, 405, 406, 440, 577, 578, 641, 799):
        assert whole[:, n].tolist() == in_integers(own, *map(int, where[:, n]))
    for first, last in ((0, 17), (33, 800), (70, 71), (5, 420), (250, 790)):
        assert np.array_equal(own.at(where, first, last), whole[:, first:last])


def before_layers(features, weight, *, deep):
    """Five levels, the first with the largest numbers, features of all others -1 everywhere.

    So their lower parts are the largest there are, where they are cut in two. Weights are the
    largest, or random.
    """
    rng = np.random.default_rng(features)
    cells = np.array([(3, 4), (1, 1), (7, 5.5), (9, 31), (77.7, 3)], np.float32)
    levels = levels_of(cells, 9)
    table = np.full((levels[-1].first + levels[-1].rows, features), -1)
    table[: levels[0].rows] = rng.integers(-32767, 32768, (levels[0].rows, features))
    table[0] = 32767
    steps = np.array([1, *4 * [2.0**-5]], np.float16)
    own = WholeGrid(cells, 9, steps, table.astype(np.int16))
    inputs = 5 * features
    weights = rng.integers(-32767, 32768, (9, inputs))
    weights[:4] = weight
    last = WholeLayer(
        rng.integers(-127, 128, (3, 9)), np.full(3, 0.003, np.float16), np.ones(3, np.float32), ""
    )
    biases = rng.normal(size=9).astype(np.float32)
    first = WholeLayer(weights, np.full(9, 1e-4, np.float16), biases, "relu", largest=9.0)
    alone = WholeLayer(weights[3:6], np.full(3, 1e-4, np.float16), biases[3:6], "")
    return WholeNetwork((first, last) if deep else (alone,), 0.0, own)


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("features", [1, 2, 3, 6, 7])
def test_first_layers_of_all_widths_give_what_the_page_says(features, deep):
    """An odd number of inputs, an even one, and so many that sums of parts have no 31 bits."""
    where = points(70)
    for weight in (32767, -32767):
        made = before_layers(features, weight, deep=deep)
        data, found = written(made), made.values(where)
        for n in (0, 1, 31, 32, 69):
            wanted = plain_network.values(data, where[n])
            assert found[n].tolist() == [np.float32(whole / 65536) for whole in wanted]


def test_threads_and_parts_change_nothing():
    where = points(20_001)
    assert np.array_equal(network().values(where, threads=2), network().values(where))


def test_files_come_back_and_damage_is_refused_or_some_network():
    whole = chunks_of(written(network()), "x")[0]
    found = network_of(whole, "x")[0]
    assert found.grid is not None
    assert np.array_equal(found.grid.table, grid().table)
    assert np.array_equal(found.grid.steps, grid().steps)
    rng = np.random.default_rng(3)
    (at,) = [number for number, chunk in enumerate(whole) if chunk.name == "GR"]
    refused = 0
    for _ in range(150):
        content = bytearray(whole[at].content)
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(min(len(content), 60))] = rng.integers(256)
        chunks = [*whole[:at], Chunk("GR", bytes(content[: rng.integers(1, len(content) + 1)]))]
        try:
            found, _, _ = network_of(chunks, "x")
        except FileFormatError:
            refused += 1
            continue
        assert np.isfinite(found.values(points(5))).all()
    assert refused > 10


def test_a_grid_of_other_features_is_refused():
    layers = network().layers
    other = WholeGrid(grid().cells[:1], 6, grid().steps[:1], grid().by_level[0])
    with pytest.raises(FileFormatError, match="2 features; 6 are read"):
        WholeNetwork(layers, 0.0, other)
