"""A network in whole numbers as chunks: what is said in docs/format.md under "Networks".

NE  what there is: JSON, zlib      WE  scales, biases and weights      ME  as of pictures
GR  a hash grid that the first layer reads
"""

import itertools
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.coding.grids import (
    FINEST,
    MOST,
    MOST_FEATURES,
    MOST_LEVELS,
    MOST_LOG2,
    MOST_NUMBERS,
    WholeGrid,
    levels_of,
)
from redraw.coding.networks import (
    MOST_LAYERS,
    MOST_WIDE,
    WholeLayer,
    WholeNetwork,
    packed,
    unpacked,
)
from redraw.errors import FileFormatError
from redraw.storage.about import About
from redraw.storage.chunk_names import NETWORK
from redraw.storage.container import Chunk, Reader, number
from redraw.storage.messages import shown
from redraw.storage.plain_json import canonical, finite, parse

WEIGHTS, GRID = "WE", "GR"
KNOWN = (NETWORK, WEIGHTS, GRID)
# Bytes of text, unpacked, and weights in all.
TEXT_LIMIT, WEIGHTS_LIMIT = 1 << 20, 1 << 26
KEYS = {"field", "sharpness", "layers", "about"}
USUAL = {"omega": 1.0, "spread": 1.0, "largest": 1.0}


def chunks_of_network(network: WholeNetwork, config: dict[str, Any], about: About) -> list[Chunk]:
    """The chunks of a network, the last one of the file aside.

    Args:
        network: What is drawn.
        config: The field's, as JSON: of whom it was made.
        about: What it shows.
    """
    layers = []
    for layer in network.layers:
        own = {name: getattr(layer, name) for name in USUAL if getattr(layer, name) != USUAL[name]}
        layers.append({"shape": list(layer.weights.shape), "function": layer.function} | own)
    said = {
        "field": config,
        "sharpness": network.sharpness,
        "layers": layers,
        "about": finite(about.to_json()),
    }
    grid = [] if network.grid is None else [Chunk(GRID, _grid(network.grid))]
    return [
        Chunk(NETWORK, zlib.compress(canonical(said).encode(), 9)),
        Chunk(WEIGHTS, _numbers(network)),
        *grid,
    ]


def _grid(grid: WholeGrid) -> bytes:
    """Levels, features and rows; then cells (32-bit floats), steps (16 bits), and rows, coded."""
    head = b"".join(map(number, (len(grid.cells), grid.table.shape[1], grid.log2_rows)))
    reals = grid.cells.astype("<f4").tobytes() + grid.steps.astype("<f2").tobytes()
    return head + reals + packed([own.astype(np.int64) for own in grid.by_level])


def _grid_of(content: bytes, path: str) -> WholeGrid:
    """The inverse of `_grid`."""
    reader = Reader(content, f"the chunk {GRID} of {path}")
    count, features, log2_rows = (reader.number() for _ in range(3))
    if not (
        1 <= count <= MOST_LEVELS and 1 <= features <= MOST_FEATURES and log2_rows <= MOST_LOG2
    ):
        raise FileFormatError("its grid is not what redraw writes")
    cells = np.frombuffer(reader.take(8 * count), "<f4").reshape(count, 2).astype(np.float32)
    steps = np.frombuffer(reader.take(2 * count), "<f2").astype(np.float16)
    if not ((cells >= 1.0).all() and (cells <= FINEST).all()):
        raise FileFormatError("its grid has no cells that redraw writes")
    levels = levels_of(cells, log2_rows)
    numbers = sum(own.rows for own in levels) * features
    if numbers > min(MOST_NUMBERS, 8000 * (reader.left + 8)):
        raise FileFormatError("it has too few bytes for its grid")
    lists = unpacked(reader.take(reader.left), [(own.rows, features) for own in levels])
    table = np.concatenate(lists).clip(-MOST, MOST).astype(np.int16)
    return WholeGrid(cells, log2_rows, steps, table)


def _numbers(network: WholeNetwork) -> bytes:
    """Scales (16 bits), biases (32 bits of the first layer, 16 of others), then weights, coded."""
    result = b""
    for at, layer in enumerate(network.layers):
        result += layer.scales.astype("<f2").tobytes()
        result += layer.biases.astype("<f2" if at else "<f4").tobytes()
    return result + packed([layer.weights for layer in network.layers])


def network_of(chunks: list[Chunk], path: str) -> tuple[WholeNetwork, dict[str, Any], About]:
    """A network from chunks, its field's configuration, and what it shows.

    Raises:
        FileFormatError: they are not what `chunks_of_network` makes.
    """
    said, shapes = _said(chunks, path)
    (content,) = [chunk.content for chunk in chunks if chunk.name == WEIGHTS]
    reader = Reader(content, f"the chunk {WEIGHTS} of {path}")
    reals: list[tuple[NDArray[np.float16], NDArray[np.float32]]] = []
    for at, (outputs, _) in enumerate(shapes):
        scales = np.frombuffer(reader.take(2 * outputs), "<f2").astype(np.float16)
        kind = "<f2" if at else "<f4"
        size = np.dtype(kind).itemsize * outputs
        reals.append((scales, np.frombuffer(reader.take(size), kind).astype(np.float32)))
    # No bit costs less than a thousandth of one.
    if sum(o * i for o, i in shapes) > 8000 * (reader.left + 8):
        raise FileFormatError(f"{path} is damaged: it has too few bytes for its weights")
    weights = unpacked(reader.take(reader.left), shapes)
    try:
        layers = tuple(
            WholeLayer(
                weight.clip(-32767, 32767),
                scale,
                bias,
                layer["function"],
                **{name: float(layer.get(name, usual)) for name, usual in USUAL.items()},
            )
            for weight, (scale, bias), layer in zip(weights, reals, said["layers"], strict=True)
        )
        grids = [chunk.content for chunk in chunks if chunk.name == GRID]
        grid = _grid_of(grids[0], path) if grids else None
        network = WholeNetwork(layers, float(said["sharpness"]), grid)
        _ = network.ready
        about = About.from_json(said["about"])
    except FileFormatError as error:
        raise FileFormatError(f"{path} is damaged: {error}") from error
    if not isinstance(said["field"], dict):
        raise FileFormatError(f"{path} is damaged: its field is {shown(said['field'])}")
    return network, said["field"], about


def _said(chunks: list[Chunk], path: str) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """What the text says, and each layer's shape, compared with one another."""
    for chunk in chunks:
        if chunk.critical and chunk.name not in KNOWN:
            raise FileFormatError(
                f"{path} has a chunk {chunk.name}, which this redraw does not know;"
                " upgrade redraw to open it"
            )
    for name in KNOWN:
        found = sum(chunk.name == name for chunk in chunks)
        if found != 1 and (name != GRID or found):
            raise FileFormatError(f"{path} is damaged: it has {found} chunks {name}")
    (content,) = [chunk.content for chunk in chunks if chunk.name == NETWORK]
    unpacker = zlib.decompressobj()
    try:
        said = parse(unpacker.decompress(content, TEXT_LIMIT))
        whole = unpacker.eof and isinstance(said, dict) and said.keys() == KEYS
    except (zlib.error, ValueError) as error:
        raise FileFormatError(f"{path} is damaged: its chunk {NETWORK}: {error}") from error
    if not whole or not _are_layers(said["layers"]) or not _is_real(said["sharpness"]):
        raise FileFormatError(f"{path} is damaged: its chunk {NETWORK} is not what redraw writes")
    shapes = [(layer["shape"][0], layer["shape"][1]) for layer in said["layers"]]
    chained = all(a[0] == b[1] for a, b in itertools.pairwise(shapes))
    names = [layer["function"] for layer in said["layers"]]
    if not chained or names[-1] != "" or "" in names[:-1]:
        raise FileFormatError(f"{path} is damaged: its layers don't follow one another")
    if sum(o * i for o, i in shapes) > WEIGHTS_LIMIT or not 0.0 <= said["sharpness"] <= 1e4:
        raise FileFormatError(f"{path} is damaged: its layers are too large")
    return said, shapes


def _is_real(value: Any) -> bool:
    return type(value) in (int, float)


def _are_layers(layers: Any) -> bool:
    """Whether layers of a file have the right types."""
    if not isinstance(layers, list) or not 1 <= len(layers) <= MOST_LAYERS:
        return False
    for layer in layers:
        if not isinstance(layer, dict) or layer.keys() - {"shape", "function", *USUAL}:
            return False
        shape, function = layer.get("shape"), layer.get("function")
        if not isinstance(shape, list) or len(shape) != 2:
            return False
        if not all(type(s) is int and 1 <= s <= MOST_WIDE for s in shape):
            return False
        if not isinstance(function, str):
            return False
        if not all(_is_real(layer[name]) for name in USUAL if name in layer):
            return False
    return True


def bytes_of(chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
    """Where the bytes of a file go: names for people, and bytes."""
    _, shapes = _said(chunks, path)
    found = {"header": 11}
    for chunk in chunks:
        size = chunk.stored_size
        if chunk.name == WEIGHTS:
            reals = sum(o * (4 if n else 6) for n, (o, _) in enumerate(shapes))
            found["scales and biases"] = reals
            found["weights"] = size - reals
        else:
            names = {NETWORK: "layers and metadata", GRID: "hash grid"}
            name = names.get(chunk.name, f"chunk {chunk.name}")
            found[name] = found.get(name, 0) + size
    return list(found.items())
