"""Reads and draws a field file with nothing but NumPy: the format and its meaning on one page.

It shares no code with redraw. What it draws from a golden file is what that file means for ever.
It is made to be read and to judge, so it believes every file. `plain_spline.py` beside it has the
spline pyramid, `plain_labels.py` the field of labels.
"""

import importlib.util
import itertools
import json
import struct
from pathlib import Path

import numpy as np


def beside(name):
    """A module that lies beside this one."""
    path = Path(__file__).with_name(f"{name}.py")
    specification = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


plain_spline, plain_labels = beside("plain_spline"), beside("plain_labels")

TYPES = {"F32": np.float32, "F64": np.float64, "BF16": np.uint16, "U8": np.uint8}
PRIMES = (1, 2_654_435_761, 805_459_861, 3_674_653_429)


def read(path):
    """The header and the tensors of a field file, by name, as float64 or complex128."""
    raw = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    entries = json.loads(raw[8 : 8 + length])
    note = json.loads(entries.pop("__metadata__")["redraw"])
    tensors = {}
    for name, entry in entries.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(raw[begin:end], TYPES[entry["dtype"]])
        if entry["dtype"] == "BF16":  # the upper half of a float32
            values = (values.astype(np.uint32) << 16).view(np.float32)
        values = values.astype(np.float64).reshape(entry["shape"])
        if name in note["complex"]:
            values = values[..., 0] + 1j * values[..., 1]
        tensors[name] = values
    return note["content"], tensors


def draw(path, xy):
    """Values of the field at `xy` in [-1, 1]. (N, 2) -> (N, C)"""
    header, tensors = read(path)
    field = header["field"]
    z = encode(field["encoding"], tensors, np.asarray(xy, np.float64))
    layers = len(field["hidden"]) + 1
    for depth in range(layers):
        z = z @ tensors[f"network.layers.{depth}.weight"].T
        if field["bias"]:
            z = z + tensors[f"network.layers.{depth}.bias"]
        if depth < layers - 1:
            omega = field["omega_first"] if depth == 0 else field["omega"]
            z = activate(field["activation"], z, omega, field["spread"])
    z = z.real
    if field["output"] == "softmax":
        return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    return 1 / (1 + np.exp(-header["sharpness"] * z)) if field["output"] == "sigmoid" else z


def activate(name, z, omega, spread):
    """One of the activations, as their papers write them."""
    return {
        "tanh": lambda: np.tanh(z),
        "sigmoid": lambda: 1 / (1 + np.exp(-z)),
        "relu": lambda: np.maximum(z, 0),
        "silu": lambda: z / (1 + np.exp(-z)),
        "sine": lambda: np.sin(omega * z),
        "finer": lambda: np.sin(omega * (abs(z) + 1) * z),
        "gauss": lambda: np.exp(-((spread * z) ** 2)),
        "wire": lambda: np.cos(omega * z) * np.exp(-((spread * z) ** 2)),
        "wire-complex": lambda: np.exp(1j * omega * z - abs(spread * z) ** 2),
    }[name]()


def encode(encoding, tensors, xy):
    """Features of the coordinates. (N, 2) -> (N, F)"""
    unit = (xy + 1) / 2
    if encoding["kind"] == "identity":
        return xy
    if encoding["kind"] in ("fourier", "axis"):
        phase = 2 * np.pi * unit @ tensors["encoding.matrix"].T
        return np.concatenate([np.cos(phase), np.sin(phase)], axis=-1)
    if encoding["kind"] == "spline":
        return plain_spline.features(encoding, tensors, xy)
    if encoding["kind"] == "labels":
        return plain_labels.features(encoding, tensors, xy)
    assert encoding["kind"] == "hash"
    return np.stack([hash_features(encoding, tensors["encoding.table"], u) for u in unit])


def hash_features(encoding, table, unit):
    """Features of one position in [0, 1], level by level."""
    features, first, resolution = [], 0, encoding["coarsest"]
    for _ in range(encoding["levels"]):
        aspect = encoding["aspect"] or [1.0] * len(unit)
        scale = [float(np.float32(max(resolution * a - 1, 1))) for a in aspect]
        vertices = [int(s + 0.5) + 2 for s in scale]
        size = np.prod(vertices)
        hashed = size > 2 ** encoding["table"]
        size = 2 ** encoding["table"] if hashed else size
        position = np.asarray(scale) * unit + 0.5
        cell = np.floor(position).astype(int)
        total = 0.0
        for corner in itertools.product((0, 1), repeat=len(unit)):
            vertex = [int(c) + bit for c, bit in zip(cell, corner, strict=True)]
            if hashed:
                row = 0
                for coordinate, prime in zip(vertex, PRIMES, strict=False):
                    row ^= coordinate * prime
                row %= size
            else:
                row = sum(v * int(np.prod(vertices[:axis])) for axis, v in enumerate(vertex))
            near = 1 - abs(position - cell - corner)
            total = total + np.prod(near) * table[first + row]
        features.append(total)
        first += size
        resolution *= encoding["growth"]
    return np.concatenate(features)
