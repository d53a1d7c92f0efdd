"""Files made byte by byte, so that they say what libraries don't write."""

import struct
import zlib
from pathlib import Path

import numpy as np


def exr(path, channels, *, display=None, origin=(0, 0), attributes=b"", sampling=None, aspect=1):
    """An uncompressed EXR of float channels {name: (H, W)}; `sampling` {name: 2} halves one."""
    sampling = sampling or {}
    names = sorted(channels)
    full = next(name for name in names if sampling.get(name, 1) == 1)
    height, width = channels[full].shape
    box = (*origin, origin[0] + width - 1, origin[1] + height - 1)
    listed = b"".join(
        name.encode() + b"\0" + struct.pack("<iB3xii", 2, 0, *[sampling.get(name, 1)] * 2)
        for name in names
    )
    head = struct.pack("<ii", 20000630, 2)
    head += attribute("channels", "chlist", listed + b"\0")
    head += attribute("compression", "compression", b"\0") + attributes
    head += attribute("dataWindow", "box2i", struct.pack("<4i", *box))
    head += attribute("displayWindow", "box2i", struct.pack("<4i", *(display or box)))
    head += attribute("lineOrder", "lineOrder", b"\0")
    head += attribute("pixelAspectRatio", "float", struct.pack("<f", aspect))
    head += attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0))
    head += attribute("screenWindowWidth", "float", struct.pack("<f", 1)) + b"\0"
    rows = []
    for y in range(height):
        line = b"".join(
            np.ascontiguousarray(channels[name][y // sampling.get(name, 1)], "<f4").tobytes()
            for name in names
            if y % sampling.get(name, 1) == 0
        )
        rows.append(struct.pack("<ii", y + origin[1], len(line)) + line)
    at, table = len(head) + 8 * height, b""
    for row in rows:
        table += struct.pack("<Q", at)
        at += len(row)
    Path(path).write_bytes(head + table + b"".join(rows))


def attribute(name, kind, data):
    """One attribute of an EXR's header."""
    return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(data)) + data


def chromaticities(*numbers):
    """That attribute, of eight numbers."""
    return attribute("chromaticities", "chromaticities", struct.pack("<8f", *numbers))


def chunk(kind, data):
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array, *before, after=b"", interlaced=False):
    """A PNG of uint8 or uint16 (H, W, 1 to 4), with further chunks before and after its pixels."""
    deep = array.dtype == np.uint16
    height, width, channels = array.shape
    steps = ((0, 0, 1, 1),)
    if interlaced:
        steps = (
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        )
    raw = b""
    for x, y, across, down in steps:
        part = array[y::down, x::across].astype(">u2" if deep else "u1")
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16 if deep else 8, kind, 0, 0, int(interlaced))
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(before)
    return start + chunk(b"IDAT", zlib.compress(raw)) + after + chunk(b"IEND", b"")


def ramp(height=24, width=32):
    """Three channels that differ. (H, W, 3) uint8"""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 8 % 256, y * 10 % 256, (x + y) * 4 % 256], 2).astype(np.uint8)
