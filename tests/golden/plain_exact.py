"""A second reader of coded pictures: exact pixels beside what is decoded."""

import numpy as np
from tests.golden.plain_container import leb
from tests.golden.plain_stream import Stream, octave


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
