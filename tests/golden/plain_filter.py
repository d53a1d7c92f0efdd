"""The filter of a coded picture's planes, from docs/format.md alone."""

import numpy as np
from tests.golden.plain_stream import Stream

PAIRS = [
    (y, x)
    for y in range(4)
    for x in range(-3, 4)
    if abs(y) + abs(x) <= 3 and (y > 0 or x > 0)
]  # fmt: skip


def weights_in(content, channels):
    """Of each plane its sets of 24 weights: (9, 24) and then (1, 24) each."""
    stream = Stream(content, 0, 0)
    result = []
    for plane in range(channels):
        own = []
        for _ in range(24 if plane else 216):
            z = stream.rest()
            own.append((z + 1) >> 1 if z & 1 else -(z >> 1))
        result.append(np.array(own).reshape(-1, 24))
    return result


def filtered(planes, step, weights):
    """Planes filtered. (C, h, w) int64"""
    return np.stack([_one(p, step, w) for p, w in zip(planes, weights, strict=True)])


def _one(plane, step, weights):
    height, width = plane.shape

    def value(y, x):
        return int(plane[min(max(y, 0), height - 1), min(max(x, 0), width - 1)])

    def bend(y, x, dy, dx):
        y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
        return abs(2 * value(y, x) - value(y - dy, x - dx) - value(y + dy, x + dx))

    limit = (90 * step) >> 16
    result = np.empty_like(plane)
    for y in range(height):
        for x in range(width):
            kind = turn = 0
            if len(weights) > 1:
                around = [(y + b, x + a) for b in range(-2, 3) for a in range(-2, 3)]
                v, h, f, r = (
                    sum(bend(*at, *way) for at in around)
                    for way in ((1, 0), (0, 1), (1, 1), (1, -1))
                )
                kind = 3 * ((1024 * (v + h) >= 5 * step) + (1024 * (v + h) >= 25 * step))
                if abs(v - h) >= abs(f - r):
                    if max(v, h) > 2 * min(v, h):
                        kind, turn = kind + 1, int(h > v)
                elif max(f, r) > 2 * min(f, r):
                    kind, turn = kind + 2, 2 * int(r > f)
            total, own = 64, value(y, x)
            for i, (dy, dx) in enumerate(PAIRS):
                dy, dx = ((dy, dx), (dx, dy), (dy, -dx))[turn]
                a, b = value(y + dy, x + dx) - own, value(y - dy, x - dx) - own
                total += int(weights[kind][2 * i]) * (a + b)
                held = min(max(a, -limit), limit) + min(max(b, -limit), limit)
                total += int(weights[kind][2 * i + 1]) * held
            result[y, x] = min(max(own + (total >> 7), -(1 << 23)), 1 << 23)
    return result
