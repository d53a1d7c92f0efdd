"""A second reader of coded pictures, from docs/format.md alone: plain Python and NumPy, no redraw.

Slow, and as simple as can be: it shows that the page is enough. `plain_container` has the chunks,
`plain_stream` the bits, `plain_bands` the coefficients, `plain_filter` the filter of the planes and
`plain_exact` the exact pixels. From the project's folder,
`python -m tests.golden.plain_coded FILE` prints the hash of the pixels.
"""

import hashlib
import sys

import numpy as np
from tests.golden.plain_bands import Band, read_band
from tests.golden.plain_container import chunks, leb
from tests.golden.plain_exact import read_exact
from tests.golden.plain_filter import filtered, weights_in
from tests.golden.plain_stream import Stream

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


def halves(side, levels):
    result = [side]
    for _ in range(levels):
        result.append((result[-1] + 1) // 2)
    return result


def joined(part, low):
    """Undo the lifting of a row: low coefficients first, then high ones."""
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


def described(found):
    """Numbers of the header of a file's chunks, places, and what planes add to channels. (C, C)"""
    ((head),) = [content for name, content in found if name == "PI"]
    at, numbers = 0, []
    for _ in range(9):
        value, at = leb(head, at)
        numbers.append(value)
    channels, rows = numbers[2], numbers[6]
    places = [(byte ^ 128) - 128 for byte in head[at : at + 6]]
    mix = np.eye(channels, dtype=np.int64) * 16384
    if rows:
        mix[:3, :3] = np.frombuffer(head, "<i2", 9, at + 6).reshape(3, 3)
    elif channels > 2:
        mix[:3, :3] = [[9459, 11585, -6689], [9459, 0, 13377], [9459, -11585, -6689]]
    return numbers, places, mix


def streams_of(found, count):
    """The streams of each tile."""
    streams_by_tile = {}
    for name, content in found:
        if name == "PA":
            index, at = leb(content, 0)
            streams = streams_by_tile.setdefault(index, [b""] * count)
            _, at = leb(content, at)
            if count == 2:
                length, at = leb(content, at)
                streams[0] += content[at : at + length]
                at += length
            streams[-1] += content[at:]
    return streams_by_tile


def read_planes(data):
    """The planes of a file of one tile, without a filter, and what they add to channels."""
    found = list(chunks(data))
    (width, height, channels, _, levels, step, _, _, model), places, mix = described(found)
    streams = streams_of(found, min(channels, 2))[0]
    return read_tile(streams, width, height, channels, levels, step, places, model), mix


def read(data):
    """The pixels of a file. (H, W, C)"""
    found = list(chunks(data))
    numbers, places, mix = described(found)
    width, height, channels, depth, levels, step, _, tile, model = numbers
    count = min(channels, 2)
    side = 1 << tile if tile else max(width, height)
    across = -(-width // side)
    weights = next((weights_in(c, channels) for name, c in found if name == "fi"), None)
    own_pixels = [content for name, content in found if name == "ex"]
    result = np.zeros((height, width, channels), np.uint16)
    for index, streams in streams_of(found, count).items():
        top, left = index // across * side, index % across * side
        h, w = min(side, height - top), min(side, width - left)
        fewest = 0
        while max(w, h) > 8 << fewest:
            fewest += 1
        own = min(levels, fewest) if tile else levels
        planes = read_tile(streams, w, h, channels, own, step, places, model)
        if weights is not None:
            planes = filtered(planes, step, weights)
        total = np.einsum("cp,phw->hwc", mix, planes)
        if own_pixels:
            pixels = read_exact(own_pixels[index], index, total, depth)
        else:
            fraction = {8: 6, 16: 0}[depth]
            total = ((total + (1 << (13 + fraction))) >> (14 + fraction)) + (1 << (depth - 1))
            pixels = np.clip(total, 0, 2**depth - 1)
        result[top : top + h, left : left + w] = pixels
    return result


def read_tile(data, width, height, channels, levels, step, places, model):
    """The planes of one tile's streams. (C, h, w)"""
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

    return restored_planes(planes, bands, levels, step, places)


def restored(value, own_step, own_places):
    """A number of a band, from its steps."""
    size = min(abs(value), 1 << 20)
    exact = size * 64 + (own_places[min(size, 3) - 1] if size else 0)
    result = min((exact * own_step + 8192) >> 14, LARGEST) if size else 0
    return result if value > 0 else -result


def restored_planes(planes, bands, levels, step, places):
    """The planes, from their corners (in steps) and bands by (plane, level, band). (C, h, w)"""
    downs, acrosses = halves(planes[0].shape[0], levels), halves(planes[0].shape[1], levels)
    for p, plane in enumerate(planes):
        mine = places[3:] if p else places[:3]
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
    return np.stack(planes)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        print(hashlib.sha256(read(file.read()).tobytes()).hexdigest())  # noqa: T201
