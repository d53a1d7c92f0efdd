"""A second reader of coded pictures, from docs/format.md alone: plain Python and NumPy, no redraw.

Slow, and as simple as can be: it shows that the page is enough. `python plain_coded.py FILE`
prints the hash of the pixels.
"""

import hashlib
import math
import sys
import zlib
from pathlib import Path

import numpy as np

SHARES = (
    (16201, 20810, 12613),
    (12418, 16939, 9103),
    (8970, 11925, 6748),
    (6655, 8726, 5075),
    (5007, 6538, 3835),
    (3783, 4935, 2901),
    (2862, 3732, 2195),
    (2165, 2823, 1661),
    (1639, 2136, 1257),
    (1240, 1617, 951),
    (938, 1223, 720),
    (710, 926, 545),
)
LIFTING = (-25987, -868, 14466, 7266)
LARGEST = 1 << 23


# --- chunks -----------------------------------------------------------------------------------


def leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def chunks(data):
    assert data[:5] == b"\x89RDW\x03"
    at = 5
    while True:
        name = data[at : at + 2]
        length, start = leb(data, at + 2)
        content = data[start : start + length]
        at = start + length + 4
        assert zlib.crc32(name + content) == int.from_bytes(data[at - 4 : at], "little")
        if name == b"EN":
            return
        yield name.decode(), content


# --- tables -----------------------------------------------------------------------------------


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


# --- a stream ---------------------------------------------------------------------------------


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


class Stream:
    def __init__(self, data, model, which):
        self.data, self.at = data, 0
        self.low, self.high, self.code = 0, 0xFFFFFFFF, 0
        for _ in range(4):
            self.code = self.code << 8 | self.byte()
        self.table = {}  # (source, context, kind): [chance of 2^22, count]
        self.weights = {}  # (mixer, selector, kind): 16 numbers
        self.knots = {}  # (kind, correction): 33 numbers
        self.escapes = [32768] * 64
        self.first = learned(model, which) if model else None
        if self.first:
            self.escapes = self.first[4]

    def byte(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def bit(self, chance):
        middle = self.low + ((self.high - self.low) * chance >> 16)
        bit = self.code <= middle
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while (self.low ^ self.high) >> 24 == 0:
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = (self.high << 8 & 0xFFFFFFFF) | 255
            self.code = (self.code << 8 & 0xFFFFFFFF) | self.byte()
        return int(bit)

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


# --- bands ------------------------------------------------------------------------------------


def sign(v):
    return 0 if v == 0 else 1 if v > 0 else 2


class Band:
    """Numbers with zeros all around."""

    def __init__(self, h, w):
        self.h, self.w = h, w
        self.q = [[0] * (w + 8) for _ in range(h + 8)]

    def __call__(self, y, x):
        return self.q[y + 4][x + 4]

    def size(self, y, x):
        return abs(self.q[y + 4][x + 4])

    def cross(self, y, x):
        return self.size(y, x - 1) + self.size(y, x + 1) + self.size(y - 1, x) + self.size(y + 1, x)


def read_band(stream, own, parent, first, second, luma, chroma, level, plane, third):
    c = min(plane, 2)
    here = (min(level, 4) * 3 + c) * 3 + third
    whole = 24 + 10 * bool(parent) + 6 * bool(first) + 6 * bool(second) + 6 * bool(luma)
    share = 64 * 65536 // (whole + 7 * bool(chroma))
    for y in range(own.h):
        for x in range(own.w):
            w, n = own.size(y, x - 1), own.size(y - 1, x)
            nw, ne = own.size(y - 1, x - 1), own.size(y - 1, x + 1)
            ww, nn = own.size(y, x - 2), own.size(y - 2, x)
            nnw, nne = own.size(y - 2, x - 1), own.size(y - 2, x + 1)
            wide = w + ww + own.size(y, x - 3)
            for k in (-3, -2, -1, 0, 1, 2, 3):
                wide += own.size(y - 1, x + k) + own.size(y - 2, x + k) + own.size(y - 3, x + k)
            near = 4 * (w + n) + 2 * (nw + ne) + ww + nn + nne + nnw
            p0 = pn = pw = ps = 0
            if parent:
                i, j = min(y // 2, parent.h - 1), min(x // 2, parent.w - 1)
                dy, dx = (1 if y & 1 else -1), (1 if x & 1 else -1)
                p0, ps = parent.size(i, j), sign(parent(i, j))
                beside = parent.size(i, j + dx) + parent.size(i + dy, j)
                away = parent.size(i, j - dx) + parent.size(i - dy, j)
                corners = sum(parent.size(i + a, j + b) for a in (-1, 1) for b in (-1, 1))
                pn, pw = 4 * p0 + 2 * beside + away, 2 * beside + away + corners
            f0, fc = (first.size(y, x), first.cross(y, x)) if first else (0, 0)
            s0, sc = (second.size(y, x), second.cross(y, x)) if second else (0, 0)
            l0, lc = (luma.size(y, x), luma.cross(y, x)) if luma else (0, 0)
            c0, cc = (chroma.size(y, x), chroma.cross(y, x)) if chroma else (0, 0)
            total = 6 * (w + n) + 3 * (nw + ne) + 2 * (ww + nn) + nne + nnw + pn
            total += 2 * f0 + fc + 2 * s0 + sc + 2 * l0 + lc + 3 * c0 + cc
            t, a = octave(total * share >> 16, 40), octave(4 * near, 23)
            p = octave(4 * pn, 19)
            s = octave((2 * f0 + fc + 2 * s0 + sc) * (4 if second else 8), 19)
            o, d = octave((3 * l0 + lc) * 6, 19), octave((3 * c0 + cc) * 6, 15)
            v, q = octave(8 * wide, 23), octave(4 * pw, 15)
            others = ((min(l0, 3) * 4 + min(f0, 3)) * 4 + min(s0, 3)) * 4 + min(p0, 3)
            contexts = [
                t * 45 + here,
                (a * 20 + p) * 3 + third,
                (((min(w, 4) * 5 + min(n, 4)) * 3 + min(nw, 2)) * 3 + min(ne, 2)) * 9
                + c * 3
                + third,
                ((min(p0, 4) * 16 + q) * 3 + third) * 3 + c,
                (s * 24 + a) * 3 + third,
                (o * 24 + a) * 3 + c,
                v * 45 + here,
                ((min(a // 2, 9) * 8 + min(p // 2, 7)) * 7 + min(s // 2, 6)) * 7 + min(o // 2, 6),
                (d * 16 + min(o, 15)) * 12 + min(a // 2, 11),
                t * 32 + a,
                (((min(ww, 3) * 4 + min(w, 3)) * 4 + min(nn, 3)) * 4 + min(n, 3)) * 3 + third,
                others * 9 + c * 3 + third,
                t * 24 + v,
            ]
            selectors = [here, t, min(a, 15) * 16 + min(p, 15)]
            if total == 0 and wide == 0:
                some = stream.plain(contexts[0])
            else:
                some = stream.mixed(contexts, selectors, t, 0)
            if not some:
                continue
            W, N = sign(own(y, x - 1)), sign(own(y - 1, x))
            F, FR, FB = (
                (sign(first(y, x)), sign(first(y, x + 1)), sign(first(y + 1, x)))
                if first
                else (0, 0, 0)
            )
            S = sign(second(y, x)) if second else 0
            L, LW, LN = (
                (sign(luma(y, x)), sign(luma(y, x - 1)), sign(luma(y - 1, x)))
                if luma
                else (0, 0, 0)
            )
            C = sign(chroma(y, x)) if chroma else 0
            NW, NE = sign(own(y - 1, x - 1)), sign(own(y - 1, x + 1))
            signs = [
                ((W * 3 + N) * 3 + third) * 3 + ps,
                (L * 3 + C) * 9 + c * 3 + third,
                ((NW * 3 + NE) * 9 + W * 3 + N) * 3 + third,
                ((F * 3 + S) * 3 + ps) * 3 + third,
                (((L * 3 + LW) * 9 + W * 3 + LN) * 3 + N) * 3 + c if c else 0,
                (F * 3 + FR) * 27 + FB * 9 + S * 3 + third,
                here * 9 + L * 3 + C,
                (sign(own(y, x - 2)) * 3 + sign(own(y - 2, x))) * 9 + W * 3 + N,
            ] + [0] * 5
            negative = stream.mixed(signs, [here, min(l0, 3) * 9 + c * 3 + third, 0], 0, 15)
            m = 1
            while m < 15 and stream.mixed(contexts, selectors, t, m):
                m += 1
            if m == 15:
                m = min(m + stream.rest(), 1 << 20)
            own.q[y + 4][x + 4] = -m if negative else m


def halves(side, levels):
    result = [side]
    for _ in range(levels):
        result.append((result[-1] + 1) // 2)
    return result


def joined(part, low):
    """Undo the lifting of a row: low numbers first, then high ones."""
    even, odd = part[:low].copy(), part[low:].copy()
    if len(odd) == 0:
        return even
    for k in (3, 2, 1, 0):
        if k % 2:
            around = np.concatenate([odd[:1], odd, odd[-1:]])
            total = around[: len(even)] + around[1 : len(even) + 1]
            even -= (LIFTING[k] * total + 8192) >> 14
        else:
            around = np.concatenate([even, even[-1:]])
            total = around[: len(odd)] + around[1 : len(odd) + 1]
            odd -= (LIFTING[k] * total + 8192) >> 14
    result = np.empty_like(part)
    result[0::2], result[1::2] = even, odd
    return result


def read(data):
    """The pixels of a file. (H, W, C)"""
    found = list(chunks(data))
    ((head),) = [content for name, content in found if name == "PI"]
    at, numbers = 0, []
    for _ in range(9):
        value, at = leb(head, at)
        numbers.append(value)
    width, height, channels, depth, levels, step, rows, tile, model = numbers
    places = [(byte ^ 128) - 128 for byte in head[at : at + 6]]
    mix = np.eye(channels) * 16384
    if rows:
        mix[:3, :3] = np.frombuffer(head, "<i2", 9, at + 6).reshape(3, 3)
    elif channels > 2:
        mix[:3, :3] = [[9459, 11585, -6689], [9459, 0, 13377], [9459, -11585, -6689]]
    count = min(channels, 2)
    side = 1 << tile if tile else max(width, height)
    across = -(-width // side)
    data = {}
    for name, content in found:
        if name == "PA":
            index, at = leb(content, 0)
            streams = data.setdefault(index, [b""] * count)
            _, at = leb(content, at)
            if count == 2:
                length, at = leb(content, at)
                streams[0] += content[at : at + length]
                at += length
            streams[-1] += content[at:]
    own_pixels = [content for name, content in found if name == "ex"]
    result = np.zeros((height, width, channels), np.uint16)
    for index, streams in data.items():
        top, left = index // across * side, index % across * side
        h, w = min(side, height - top), min(side, width - left)
        fewest = 0
        while max(w, h) > 8 << fewest:
            fewest += 1
        own = min(levels, fewest) if tile else levels
        total = read_tile(streams, w, h, mix, depth, own, step, places, model)
        if own_pixels:
            pixels = read_exact(own_pixels[index], index, total, depth)
        else:
            fraction = {8: 6, 16: 0}[depth]
            total = ((total + (1 << (13 + fraction))) >> (14 + fraction)) + (1 << (depth - 1))
            pixels = np.clip(total, 0, 2**depth - 1)
        result[top : top + h, left : left + w] = pixels
    return result


def read_tile(data, width, height, mix, depth, levels, step, places, model):
    """The sums that pixels of one tile's streams are rounded from. (h, w, C)"""
    channels = len(mix)
    streams = [Stream(part, model, which) for which, part in enumerate(data)]
    downs, acrosses = halves(height, levels), halves(width, levels)
    planes = [np.zeros((height, width), np.int64) for _ in range(channels)]
    for p in range(channels):
        stream, before = streams[min(p, 1)], 0
        for y in range(downs[-1]):
            for x in range(acrosses[-1]):
                folded = stream.rest()
                before += (folded + 1) >> 1 if folded & 1 else -(folded >> 1)
                before = min(max(before, -(1 << 30)), 1 << 30)
                planes[p][y, x] = before
    bands = {}
    for level in range(levels - 1, -1, -1):
        n, m = downs[level + 1], acrosses[level + 1]
        sizes = (
            (n, acrosses[level] - m),
            (downs[level] - n, m),
            (downs[level] - n, acrosses[level] - m),
        )
        for third in range(3):
            for p in range(channels):
                own = bands[p, level, third] = Band(*sizes[third])
                others = (
                    bands.get((p, level + 1, third)),
                    bands[p, level, 0] if third > 0 else None,
                    bands[p, level, 1] if third > 1 else None,
                    bands[0, level, third] if p > 0 else None,
                    bands[1, level, third] if p > 1 else None,
                )
                others = [b if b is not None and b.h > 0 else None for b in others]
                read_band(streams[min(p, 1)], own, *others, level, p, third)

    def restored(value, own_step, own_places):
        size = min(abs(value), 1 << 20)
        exact = size * 64 + (own_places[min(size, 3) - 1] if size else 0)
        result = min((exact * own_step + 8192) >> 14, LARGEST) if size else 0
        return result if value > 0 else -result

    for p in range(channels):
        plane, mine = planes[p], places[3:] if p else places[:3]
        low = SHARES[levels - 1][2] if levels else 16384
        own_step = max((step * low + 8192) >> 14, 1)
        for y in range(downs[-1]):
            for x in range(acrosses[-1]):
                plane[y, x] = restored(int(plane[y, x]), own_step, (0, 0, 0))
        for level in range(levels - 1, -1, -1):
            h, w, n, m = downs[level], acrosses[level], downs[level + 1], acrosses[level + 1]
            for third, (y0, x0) in enumerate(((0, m), (n, 0), (n, m))):
                band = bands[p, level, third]
                own_step = max((step * SHARES[level][third == 2] + 8192) >> 14, 1)
                for y in range(band.h):
                    for x in range(band.w):
                        plane[y0 + y, x0 + x] = restored(band(y, x), own_step, mine)
            part = plane[:h, :w].copy()
            for x in range(w):
                part[:, x] = joined(part[:, x], n)
            for y in range(h):
                part[y] = joined(part[y], m)
            plane[:h, :w] = np.clip(part, -LARGEST, LARGEST)
    return np.einsum("cp,phw->hwc", mix.astype(np.int64), np.stack(planes))


# --- exact pixels -----------------------------------------------------------------------------


def fine(value, most):
    """As `octave`, of larger values, too."""
    more = 0
    while value >= 1024:
        value, more = value >> 4, more + 12
    return min(octave(value, 99) + more, most)


def nine(value):
    """A difference in 1/16: its sign, and about its size."""
    size = sum(abs(value) >= limit for limit in (4, 16, 48, 160))
    return 4 + size if value > 0 else 4 - size


class Own:
    """Numbers of a channel with zeros around, or what is nearest."""

    def __init__(self, values, mode):
        self.q = np.pad(values, 3, mode=mode).tolist()

    def __call__(self, y, x):
        return self.q[y + 3][x + 3]

    def size(self, y, x):
        return abs(self.q[y + 3][x + 3])

    def put(self, y, x, value):
        self.q[y + 3][x + 3] = value


def taps_at(d, e, others, y, x):
    here = d(y, x)
    steps = ((0, -1), (-1, 0), (-1, -1), (-1, 1), (0, -2), (-2, 0), (-2, 1))
    around = ((0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
    taps = [e(y + a, x + b) for a, b in steps] + [d(y + a, x + b) - here for a, b in around]
    for other in others:
        beside = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1))
        taps += [other(y + a, x + b) for a, b in beside]
    return taps


def read_exact(content, index, total, depth):
    """The pixels of a tile from what they are near to, as sums that are not rounded. (h, w, C)"""
    height, width, channels = total.shape
    tile, at = leb(content, 0)
    off, at = leb(content, at)
    straight, at = content[at], at + 1
    assert tile == index
    weights = []
    for place in range(channels):
        count = 15 + 7 * min(place, 2)
        weights.append([8 * w for w in np.frombuffer(content, "<i2", count, at).tolist()])
        at += 2 * count
    lengths = np.frombuffer(content, "<u4", channels - 1, at).tolist()
    at += 4 * (channels - 1)
    most, shift = 2**depth - 1, 10 + {8: 6, 16: 0}[depth]
    near = ((total + (1 << (shift - 1))) >> shift) + (1 << (depth + 3))
    near = np.clip(near, 0, 16 * most)
    result = np.zeros((height, width, channels), np.int64)
    before, missed = [], []
    order = {1: (0,), 2: (1, 0), 3: (1, 0, 2), 4: (3, 1, 0, 2)}[channels]
    for place, channel in enumerate(order):
        end = at + lengths[place] if place < channels - 1 else len(content)
        stream, at = Stream(content[at:end], 0, 0), end
        own = near[..., channel]
        if straight and place:
            alpha = result[..., -1]
            own = np.minimum(own * most // np.maximum(alpha, 1), 16 * most)
            own = np.where(alpha > 0, own, 0)
        step = 1 if straight and not place else 2 * off + 1
        r, e = read_channel(
            stream, Own(own, "edge"), missed, before, weights[place], depth, step,
            result[..., channel],
        )  # fmt: skip
        before, missed = [r, *before][:2], [e, *missed][:2]
    return result


def read_channel(stream, d, missed, before, fixed, depth, step, out):
    height, width = out.shape
    most = 2**depth - 1
    zeros = np.zeros((height, width), np.int64)
    own, e = Own(zeros, "constant"), Own(zeros, "constant")
    guesses = [Own(zeros, "constant") for _ in range(3)]
    weights = [list(fixed) for _ in range(3)]
    lows = [32768] * 256
    for y in range(height):
        for x in range(width):
            taps = taps_at(d, e, missed, y, x)
            norm = sum(t * t for t in taps)
            said = [
                min(max(d(y, x) + (sum(a * t for a, t in zip(w, taps, strict=True)) >> 16), 0),
                    16 * most)
                for w in weights
            ]  # fmt: skip
            miss = [
                g.size(y, x - 1)
                + g.size(y - 1, x)
                + g.size(y - 1, x - 1)
                + g.size(y - 1, x + 1)
                + 1
                for g in guesses
            ]
            shares = [(256 * min(miss) // m) ** 2 for m in miss]
            p = sum(s * v for s, v in zip(shares, said, strict=True))
            p = (p + (sum(shares) >> 1)) // sum(shares)
            a = min(max((p + 8) >> 4, 0), most)
            f = min(max(p + 8 - 16 * a, 0), 15)
            w, n, ne = own.size(y, x - 1), own.size(y - 1, x), own.size(y - 1, x + 1)
            nw, ww, nn = own.size(y - 1, x - 1), own.size(y, x - 2), own.size(y - 2, x)
            close = (2 * (w + n) + nw + ne + ww + nn) >> 2
            wide = w + ww + own.size(y, x - 3) + n + nn + nw + ne
            wide += own.size(y - 1, x + 2) + own.size(y - 1, x - 2)
            wide += own.size(y - 2, x - 1) + own.size(y - 2, x + 1) + own.size(y - 2, x + 2)
            r = [b(y, x) for b in before] + [0, 0]
            beside = 0
            if before:
                b = before[0]
                beside = 4 * b.size(y, x) + b.size(y, x - 1) + b.size(y, x + 1)
                beside = (beside + b.size(y - 1, x) + b.size(y + 1, x)) >> 2
                beside += abs(r[1])
            dx, dy = d(y, x + 1) - d(y, x - 1), d(y + 1, x) - d(y - 1, x)
            bend = 4 * d(y, x) - d(y, x + 1) - d(y, x - 1) - d(y + 1, x) - d(y - 1, x)
            spread = sum(abs(v - p) for v in said)
            T, V, K = fine(close, 63), fine(wide >> 2, 63), fine(beside, 63)
            G, H = fine((abs(dx) + abs(dy)) >> 1, 63), fine(abs(bend) >> 1, 63)
            S, B = fine(spread, 63), min(fine(norm, 200) >> 1, 63)
            edge = (a == 0) + 2 * (a == most)
            contexts = [
                64 * T + V,
                64 * T + K,
                64 * T + G,
                64 * V + K,
                4 * (16 * T + f) + edge,
                64 * K + G,
                16 * (16 * fine(w >> 2, 15) + fine(n >> 2, 15)) + fine(ne >> 2, 15),
                16 * (16 * fine(abs(r[0]) >> 2, 15) + fine(abs(r[1]) >> 2, 15)) + (T >> 2),
                64 * S + T,
                64 * H + V,
                16 * (a >> (depth - 8)) + (T >> 2),
                64 * B + K,
                64 * V + S,
            ]
            selectors = [T, K, 16 * min(T >> 2, 15) + min(S >> 2, 15)]
            shift = 0
            while (close >> 3) // step >> (shift + 4):
                shift += 1
            value = a
            if stream.mixed(contexts, selectors, T, 0):
                q1, q2, qw, qn = nine(r[0]), nine(r[1]), nine(own(y, x - 1)), nine(own(y - 1, x))
                signs = [
                    4 * (16 * T + f) + edge,
                    9 * (9 * qw + qn) + nine(own(y - 1, x + 1)),
                    9 * (9 * q1 + q2) + qw,
                    9 * (9 * nine(said[0] - p) + nine(said[1] - p)) + nine(said[2] - p),
                    9 * (9 * nine(bend) + nine(dx)) + nine(dy),
                    9 * (9 * nine(e(y, x - 1)) + nine(e(y - 1, x))) + nine(d(y, x) - p),
                    81 * f + 9 * q1 + qn,
                    16 * (a >> (depth - 8)) + f,
                ] + [0] * 5
                negative = stream.mixed(signs, [4 * f + edge, 9 * q1 + qw, 0], 0, 15)
                m = 1
                while m < 15 and stream.mixed(contexts, selectors, T, m):
                    m += 1
                size = m - 1
                if m == 15:
                    size = min(size + stream.rest(), 1 << 17)
                for k in range(shift - 1, -1, -1):
                    chance = lows[16 * shift + k]
                    bit = stream.bit(min(max(chance, 4000), 61000))
                    lows[16 * shift + k] += (65535 * bit - chance) >> 6
                    size = 2 * size + bit
                value = a + (-size - 1 if negative else size + 1) * step
                value = min(max(value, 0), most)
            out[y, x] = value
            own.put(y, x, 16 * value - p)
            e.put(y, x, 16 * value - d(y, x))
            for k, guess in enumerate(guesses):
                error = 16 * value - said[k]
                guess.put(y, x, error)
                if k:
                    gain = (error << (24 if k == 1 else 27)) // (norm + 4096)
                    gain = min(max(gain, -(1 << 24)), 1 << 24)
                    weights[k] = [
                        min(max(v + ((gain * t + (1 << 17)) >> 18), -(1 << 19)), 1 << 19)
                        for v, t in zip(weights[k], taps, strict=True)
                    ]
    return own, e


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(hashlib.sha256(read(file.read()).tobytes()).hexdigest())  # noqa: T201
