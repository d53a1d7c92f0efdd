"""A second reader of coded pictures: the coder of bits, and what mixes their chances."""

import math
import zlib
from pathlib import Path

import numpy as np
from tests.golden.plain_bits import Bits


def squash_table():
    return [
        min(max(math.floor(65536 / (1 + math.exp(-z / 256)) + 0.5), 1), 65535)
        for z in range(-3072, 3073)
    ]


def stretch_table():
    result = []
    for i in range(65536):
        p = (i + 0.5) / 65536
        result.append(min(max(math.floor(256 * math.log(p / (1 - p)) + 0.5), -3071), 3071))
    return result


SQUASH, STRETCH = squash_table(), stretch_table()


def octave(value, most):
    """About three steps an octave."""
    more = 0
    if value >= 1024:
        value, more = min(value >> 6, 1023), 18
    if value < 4:
        step = value
    else:
        k = value.bit_length() - 1
        step = 4 + (k - 2) * 3 + ((value >> (k - 2)) & 3) * 3 // 4
    return min(step + more, most)


MODELS = Path(__file__).parents[2] / "src/redraw/coding"  # the files that docs/format.md names


def learned(model, which):
    """What stream `which` begins with: chances, counts, weights, knots, escapes."""
    data = zlib.decompress((MODELS / f"model-{model}.bin").read_bytes())
    kinds = (("<u2", 13 * 4096 * 16), ("u1", 13 * 4096 * 16), ("<i2", 3 * 256 * 16 * 16))
    kinds += (("u1", 16 * 64 * 33), ("<u2", 64))
    made, at = [], which * len(data) // 2
    for (kind, count), scale in zip(kinds, (8192, 1, 4096, 256, 1), strict=True):
        made.append(np.frombuffer(data, kind, count, at).astype(np.int64) * scale)
        at += made[-1].size * np.dtype(kind).itemsize
    return [array.tolist() for array in made]


class Stream(Bits):
    def __init__(self, data, model, which):
        super().__init__(data)
        self.table = {}  # (source, context, kind): [chance of 2^22, count]
        self.weights = {}  # (mixer, selector, kind): 16 numbers
        self.knots = {}  # (kind, correction): 33 numbers
        self.escapes = [32768] * 64
        self.first = learned(model, which) if model else None
        if self.first:
            self.escapes = self.first[4]

    def count(self, slot, bit):
        chance, seen = slot
        goal = (1 << 22) - 1 if bit else 0
        slot[0] = chance + ((goal - chance) * (655360 // (10 * seen + 16)) >> 16)
        slot[1] = min(seen + 1, 255)

    def slot(self, i, context, kind):
        if (i, context, kind) not in self.table:
            at = (i * 4096 + context) * 16 + kind
            new = [self.first[0][at], self.first[1][at]] if self.first else [1 << 21, 0]
            self.table[i, context, kind] = new
        return self.table[i, context, kind]

    def row(self, mixer, selected, kind):
        if (mixer, selected, kind) not in self.weights:
            at = ((mixer * 256 + selected) * 16 + kind) * 16
            new = self.first[2][at : at + 14] if self.first else [18350] * 14
            self.weights[mixer, selected, kind] = new
        return self.weights[mixer, selected, kind]

    def line(self, kind, correction):
        if (kind, correction) not in self.knots:
            at = (kind * 64 + correction) * 33
            plain = [SQUASH[min(192 * i, 6144)] for i in range(33)]
            self.knots[kind, correction] = self.first[3][at : at + 33] if self.first else plain
        return self.knots[kind, correction]

    def plain(self, context):
        slot = self.slot(0, context, 0)
        bit = self.bit(min(max(slot[0] >> 6, 16), 65520))
        self.count(slot, bit)
        return bit

    def mixed(self, contexts, selectors, correction, kind):
        slots = [self.slot(i, c, kind) for i, c in enumerate(contexts)]
        inputs = [STRETCH[p >> 6] * (65536 * (n + 1) // (n + 2)) >> 16 for p, n in slots] + [256]
        rows = [self.row(m, s, kind) for m, s in enumerate(selectors)]
        dots = [
            min(max(sum(w * x for w, x in zip(row, inputs, strict=False)) >> 16, -3071), 3071)
            for row in rows
        ]
        odds = sum(dots) * 21846 >> 16
        place = odds + 3072
        knot, rest = place // 192, place % 192
        line = self.line(kind, correction)
        refined = (line[knot] * (192 - rest) + line[knot + 1] * rest) // 192
        bit = self.bit(min(max(SQUASH[place] + refined + 1 >> 1, 16), 65520))
        for row, dot in zip(rows, dots, strict=False):
            error = ((bit << 16) - SQUASH[dot + 3072]) * 10
            for i, x in enumerate(inputs):
                moved = row[i] + (error * x + (1 << 17) >> 18)
                row[i] = min(max(moved, -(1 << 22)), 1 << 22)
        for slot in slots:
            self.count(slot, bit)
        nearest = knot + (rest > 96)
        line[nearest] += (65535 * bit - line[nearest]) >> 6
        return bit

    def escape_bit(self, at):
        chance = self.escapes[at]
        bit = self.bit(min(max(chance, 500), 65000))
        self.escapes[at] += (65535 * bit - chance) >> 5
        return bit

    def rest(self):
        n = 0
        while n < 30 and self.escape_bit(n):
            n += 1
        value = 1
        for k in range(n - 1, -1, -1):
            value = 2 * value + self.escape_bit(32 + k)
        return value - 1
