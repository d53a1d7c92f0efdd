"""A second reader of large pictures, from docs/format.md alone: blocks, each with its parents."""

import zlib

import numpy as np
from tests.golden.plain_bits import Bits
from tests.golden.plain_coded import halves, restored_planes
from tests.golden.plain_container import chunks, leb

CONTEXTS = 1872


def few(value, most):
    """About two steps an octave."""
    if value >= 4:
        s = value.bit_length() - 2
        value = 2 + 2 * s + ((value >> s) & 1)
    return min(value, most)


class Chances(Bits):
    def __init__(self, data, chances, counts):
        super().__init__(data)
        self.chances, self.counts = list(chances), list(counts)

    def even(self):
        return self.bit(32768)

    def learned(self, *at):
        chance = sum(self.chances[i] for i in at) >> (len(at) - 1)
        bit = self.bit(min(max(chance, 24), 65512))
        for i in at:
            p, n = self.chances[i], self.counts[i]
            self.chances[i] = p + ((65535 * bit - p) * (131072 // (2 * n + 3)) >> 16)
            self.counts[i] = min(n + 1, 160)
        return bit


class Numbers:
    """Of a band within a block: zeros outside."""

    def __init__(self, h, w):
        self.h, self.w, self.held = h, w, {}

    def __call__(self, y, x):
        return self.held.get((y, x), 0)

    def size(self, y, x):
        return abs(self.held.get((y, x), 0))


def read_block(bits, shapes, channels, parent, row, column, side):
    """Numbers by (plane, band); `parent` is None, or has the parent's."""
    found = {}
    for p in range(channels):
        for t, (h, w) in enumerate(shapes):
            own = found[p, t] = Numbers(h, w)
            if h == 0 or w == 0 or not bits.even():
                continue
            asked = [found[p, before] for before in range(t)]
            asked += [found[before, t] for before in range(min(p, 2))]

            def q(y, x, p=p, t=t):
                if parent is None:
                    return 0
                inside = side // 2 * (row % 2) + y, side // 2 * (column % 2) + x
                return min(parent[p, t].size(*inside), 255)

            for y, x in np.ndindex(h, w):
                value = read_number(bits, own, asked, q, p, t, y, x)
                if value:
                    own.held[y, x] = value
    return found


def read_number(bits, own, asked, q, p, t, y, x):
    def at(down, right):
        return own.size(y + down, x + right)

    near = 6 * (at(0, -1) + at(-1, 0)) + 3 * (at(-1, -1) + at(-1, 1))
    near += 2 * (at(0, -2) + at(-2, 0)) + at(-2, -1) + at(-2, 1)
    v, u = y >> 1, x >> 1
    others = 6 * q(v, u) + 2 * q(v, u + (1 if x % 2 else -1)) + 2 * q(v + (1 if y % 2 else -1), u)
    for band in asked:
        others += 2 * band.size(y, x) + band.size(y - 1, x) + band.size(y + 1, x)
        others += band.size(y, x - 1) + band.size(y, x + 1)
    k, whole = 2 * min(p, 2) + (t == 2), 10 + 6 * len(asked)
    loud = few((near + others) * (65536 // (24 + whole)) >> 12, 31)
    a, b = few(2 * near // 3, 13), few(others * (65536 // whole) >> 12, 13)
    if not bits.learned(32 * k + loud, 192 + 196 * k + 14 * a + b):
        return 0
    negative = bits.even()
    m, base = 1, 1368 + 14 * (12 * min(p, 2) + min(loud // 2, 11))
    while m <= 14 and bits.learned(base + m - 1):
        m += 1
    if m > 14:
        n, z = 0, 1
        while n < 20 and bits.even():
            n += 1
        for _ in range(n):
            z = 2 * z + bits.even()
        m = min(14 + z, 1 << 20)
    return -m if negative else m


def parts_of(table, data):
    """Parts that lie one after another, by a table of lengths and checksums."""
    count = 0
    lengths, at = [], 0
    while len(table) - at > 4 * count:
        length, at = leb(table, at)
        lengths.append(length)
        count += 1
    found, begin = [], 0
    for i, length in enumerate(lengths):
        found.append(data[begin : begin + length])
        checksum = int.from_bytes(table[at + 4 * i : at + 4 * i + 4], "little")
        assert zlib.crc32(found[-1]) == checksum
        begin += length
    assert begin == len(data)
    return found


def read(data):
    """The pixels of a file. (H, W, C)"""
    content, blocks, files = {}, b"", b""
    for name, own in chunks(data):
        blocks, files = blocks + own * (name == "LD"), files + own * (name == "LG")
        content[name] = own
    head, at, numbers = content["LP"], 0, []
    for _ in range(7):
        value, at = leb(head, at)
        numbers.append(value)
    width, height, channels, depth, levels, step, side = numbers
    places = [(byte ^ 128) - 128 for byte in head[at : at + 6]]
    downs, acrosses = halves(height, levels), halves(width, levels)
    corner = np.frombuffer(zlib.decompress(content["LC"]), "<i4")
    corner = corner.reshape(channels, downs[-1], acrosses[-1])
    known = zlib.decompress(content["LM"])
    chances = np.frombuffer(known, "<u2", 3 * CONTEXTS).reshape(3, CONTEXTS).tolist()
    counts = np.frombuffer(known, "u1", 3 * CONTEXTS, 6 * CONTEXTS).reshape(3, CONTEXTS).tolist()
    parts = iter(parts_of(content["LT"], blocks))
    planes = [np.zeros((height, width), np.int64) for _ in range(channels)]
    for plane, low in zip(planes, corner, strict=True):
        plane[: downs[-1], : acrosses[-1]] = low
    bands, parents = {}, {}
    for level in range(levels - 1, -1, -1):
        n, m = downs[level + 1], acrosses[level + 1]
        sizes = (
            (n, acrosses[level] - m),
            (downs[level] - n, m),
            (downs[level] - n, acrosses[level] - m),
        )
        for p in range(channels):
            for t in range(3):
                bands[p, level, t] = Numbers(*sizes[t])
        here = {}
        for r, c in np.ndindex(-(-n // side), -(-m // side)):
            shapes = [
                (min(max(h - side * r, 0), side), min(max(w - side * c, 0), side)) for h, w in sizes
            ]
            begun = min(level, 2)
            bits = Chances(next(parts), chances[begun], counts[begun])
            parent = parents.get((r // 2, c // 2))
            here[r, c] = read_block(bits, shapes, channels, parent, r, c, side)
            for (p, t), own in here[r, c].items():
                moved = {(y + side * r, x + side * c): v for (y, x), v in own.held.items()}
                bands[p, level, t].held |= moved
        parents = here
    planes = restored_planes(planes, bands, levels, step, places)
    mix = np.eye(channels, dtype=np.int64) * 16384
    if channels > 2:
        mix[:3, :3] = [[9459, 11585, -6689], [9459, 0, 13377], [9459, -11585, -6689]]
    total = np.einsum("cp,phw->hwc", mix, planes)
    fraction = {8: 6, 16: 0}[depth]
    total = ((total + (1 << (13 + fraction))) >> (14 + fraction)) + (1 << (depth - 1))
    return np.clip(total, 0, 2**depth - 1).astype(np.uint16)


def read_squares(data):
    """Side, pixels around, and the field files of squares, row by row."""
    content, files = {}, b""
    for name, own in chunks(data):
        files += own * (name == "LG")
        content[name] = own
    side, at = leb(content["LF"], 0)
    around, at = leb(content["LF"], at)
    return side, around, parts_of(content["LF"][at:], files)
