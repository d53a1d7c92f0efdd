"""Files made without redraw, for its readers."""

import struct
import zlib

import numpy as np
import pytest
from PIL import ImageCms


def png_chunk(kind, content):
    size, checksum = struct.pack(">I", len(content)), struct.pack(">I", zlib.crc32(kind + content))
    return size + kind + content + checksum


@pytest.fixture(scope="session")
def make_png():
    """A PNG from whole numbers (H, W, C), by the specification and without filters."""

    def make(numbers, depth=16, *, extra=b"", size=None):
        height, width, channels = numbers.shape
        kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
        rows = numbers.astype(">u2" if depth == 16 else np.uint8)
        raw = b"".join(b"\0" + row.tobytes() for row in rows)
        header = struct.pack(">IIBBBBB", *(size or (width, height)), depth, kind, 0, 0, 0)
        return b"".join(
            [
                b"\x89PNG\r\n\x1a\n",
                png_chunk(b"IHDR", header),
                extra,
                png_chunk(b"IDAT", zlib.compress(raw)),
                png_chunk(b"IEND", b""),
            ]
        )

    return make


@pytest.fixture(scope="session")
def exif_chunk():
    """A PNG chunk of EXIF data that hold an orientation."""

    def make(orientation):
        entry = struct.pack(">HHIHH", 274, 3, 1, orientation, 0)
        return png_chunk(b"eXIf", b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4))

    return make


@pytest.fixture(scope="session")
def srgb_profile():
    """An ICC profile for RGB pictures."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def without_openimageio(monkeypatch):
    """As if the extra `hdr` weren't installed."""
    monkeypatch.setitem(__import__("sys").modules, "OpenImageIO", None)
