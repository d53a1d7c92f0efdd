"""A second reader of networks in whole numbers, from docs/format.md alone: in plain integers."""

import json
import math
import zlib
from fractions import Fraction

import numpy as np
from tests.golden.plain_bits import Bits
from tests.golden.plain_container import chunks


class Chances(Bits):
    """The coder, and the chances of a layer."""

    def learned(self, chances, at):
        bit = self.bit(chances[at])
        moved = chances[at] + ((65535 * bit - chances[at]) >> 5)
        chances[at] = min(max(moved, 64), 65472)
        return bit

    def number(self, chances):
        n = 0
        while n < 29 and self.learned(chances, n):
            n += 1
        value = 1
        for place in range(n):
            if place == n - 1:
                bit = self.learned(chances, 30)
            elif place < 3:
                bit = self.learned(chances, 30 + 8 * n + value % 8)
            else:
                bit = self.bit(32768)
            value = 2 * value + bit
        value -= 1
        return value // 2 if value % 2 == 0 else -(value // 2) - 1


def to_bits(real, bits):
    """`real` with a mantissa of so many bits."""
    mantissa, exponent = math.frexp(real)
    bits = min(max(bits, 1), 28)
    return math.ldexp(float(np.rint(math.ldexp(mantissa, bits))), exponent - bits)


def floored(total, factor, most):
    """floor(total * factor + 1/2), exactly, within +-most."""
    t = math.floor(Fraction(total) * Fraction(factor) + Fraction(1, 2))
    return min(max(t, -most), most)


def read(data):
    """The layers, and the sharpness."""
    found = dict(chunks(data))
    said = json.loads(zlib.decompress(found["NE"]))
    content, at, reals = found["WE"], 0, []
    for number, layer in enumerate(said["layers"]):
        outputs, kind = layer["shape"][0], "<f4" if number == 0 else "<f2"
        scales = np.frombuffer(content, "<f2", outputs, at).astype(float)
        at += 2 * outputs
        biases = np.frombuffer(content, kind, outputs, at).astype(float)
        at += np.dtype(kind).itemsize * outputs
        reals.append((scales, biases))
    bits, layers = Chances(content[at:]), []
    for layer, (scales, biases) in zip(said["layers"], reals, strict=True):
        chances = [32768] * 270
        outputs, inputs = layer["shape"]
        weights = [[bits.number(chances) for _ in range(inputs)] for _ in range(outputs)]
        layers.append((layer, weights, scales, biases))
    return layers, said["sharpness"]


def leb(content, at):
    """A number, and where the next begins."""
    value = place = 0
    while content[at] & 128:
        value |= (content[at] & 127) << place
        at, place = at + 1, place + 7
    return value | content[at] << place, at + 1


def features(content, xy):
    """What the first layer reads of a hash grid at a point, and what 1 of it is."""
    levels, at = leb(content, 0)
    wide, at = leb(content, at)
    most, at = leb(content, at)
    cells = np.frombuffer(content, "<f4", 2 * levels, at).astype(float).reshape(levels, 2)
    steps = np.frombuffer(content, "<f2", levels, at + 8 * levels).astype(float)
    bits, found = Chances(content[at + 10 * levels :]), []
    for own in cells:
        vertices = [math.floor(c + 0.5) + 2 for c in own]
        rows = min(vertices[0] * vertices[1], 1 << most)
        chances = [32768] * 270
        table = [[bits.number(chances) for _ in range(wide)] for _ in range(rows)]
        corner, parts = [], []
        for c, side, v in zip(own, vertices, xy, strict=True):
            place = (65536 + int(np.rint(65536.0 * v))) * int(np.rint(4096 * c)) + (1 << 28)
            corner.append(min(place >> 29, side - 2))
            part = min((place - (corner[-1] << 29)) >> 19, 1024)
            parts.append((1024 - part, part))
        sums = [0] * wide
        for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
            x, y = corner[0] + across, corner[1] + down
            row = y * vertices[0] + x
            if vertices[0] * vertices[1] > 1 << most:
                row = (x ^ 2654435761 * y) % (1 << most)
            for f in range(wide):
                sums[f] += parts[0][across] * parts[1][down] * table[row][f]
        found.append((sums, max(1, *(abs(n) for line in table for n in line))))
    unit = max(n * s for (_, n), s in zip(found, steps, strict=True)) / 2**20
    made = []
    for (sums, _), step in zip(found, steps, strict=True):
        factor = to_bits(step / (2.0**20 * unit), 17)
        made += [floored(total, factor, 1 << 30) for total in sums]
    return made, unit


def values(data, xy):
    """The values at a point, in 1/65536."""
    layers, sharpness = read(data)
    x, unit, reach = [int(np.rint(65536.0 * c)) for c in xy], 1 / 65536, 65536
    if "GR" in dict(chunks(data)):
        (x, unit), reach = features(dict(chunks(data))["GR"], xy), 2**20
    for number, (layer, weights, scales, biases) in enumerate(layers):
        name, omega, spread = layer["function"], layer.get("omega", 1.0), layer.get("spread", 1.0)
        largest = layer.get("largest", 1.0) if name in ("relu", "silu") else 1.0
        following = 0
        if name:
            _, other, other_scales, other_biases = layers[number + 1]
            following = 16384
            most = max(
                sum(map(abs, row)) + abs(b) / (s * largest)
                for row, s, b in zip(other, other_scales, other_biases, strict=True)
            )
            while following > 16 and most * following >= 2**24 - 1:
                following //= 2
        ends = {"tanh": 6.0, "sigmoid": 12.0, "gauss": 3.5 / spread, "wire": 3.5 / spread}
        places = {
            "": 65536.0,
            "sine": omega * 16384 / math.tau,
            "finer": 16384.0,
            "relu": following / largest,
            "silu": 8192 / largest,
        }.get(name) or 8192 / ends[name]
        made = []
        for row, scale, bias in zip(weights, scales, biases, strict=True):
            whole = int(np.rint(bias / (scale * unit)))
            bound = sum(map(abs, row)) * reach + abs(whole)
            assert bound < (2**24 if number else 2**46)
            factor = to_bits(scale * (unit * places), 52 - max(1, bound.bit_length()))
            total = whole + sum(v * own for v, own in zip(row, x, strict=True))
            made.append(function(name, total, factor, following, places, omega, spread, largest))
        x, unit, reach = made, largest / following if following else 0.0, following
    if not sharpness:
        return x
    slope = float(np.rint(1024 * sharpness)) / 65536
    steps = [floored(t, slope, 16384) for t in x]
    return [int(np.rint(65536 / (1 + math.exp(-k / 1024)))) for k in steps]


def function(name, total, factor, reach, places, omega, spread, largest):
    if name == "":
        return floored(total, factor, 1 << 26)
    if name == "relu":
        return max(floored(total, factor, reach), 0)
    if name in ("sine", "finer"):
        if name == "sine":
            t = floored(total, factor, 1 << 30)
        else:
            z = floored(total, factor, 1 << 18)
            bend = to_bits(omega * 16384 / math.tau / 16384.0**2, 16)
            t = floored((abs(z) + 16384) * z, bend, 1 << 30)
        return int(np.rint(reach * np.sin(math.tau * (t % 16384 / 16384))))
    z = floored(total, factor, 8192) / places
    bell = np.exp(-((spread * z) ** 2))
    result = {
        "tanh": lambda: np.tanh(z),
        "sigmoid": lambda: 1 / (1 + np.exp(-z)),
        "gauss": lambda: bell,
        "wire": lambda: np.cos(omega * z) * bell,
        "silu": lambda: z * (1 / (1 + np.exp(-z))) / largest,
    }[name]()
    return int(np.rint(reach * result))
