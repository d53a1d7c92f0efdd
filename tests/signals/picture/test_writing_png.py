"""The PNG writer filters as the specification says, whichever filter it takes."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from redraw.signals.picture.writing_png import PngStream


def filters_taken(content, height):
    """The number of the filter of each row."""
    packed, at = b"", 8
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        packed += content[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw = zlib.decompress(packed)
    return set(raw[:: len(raw) // height])


def written(numbers, depth):
    height, width, channels = numbers.shape
    file = io.BytesIO()
    stream = PngStream(file, width, height, channels, depth)
    for start in range(0, height, 7):
        stream.write(numbers[start : start + 7])
    stream.finish()
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_filter_is_taken_and_right(channels):
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:120, :60]
    numbers = np.zeros((120, 60, channels))
    numbers[:20] = rng.integers(0, 256, (20, 60, channels))  # None
    numbers[20:40] = rng.integers(0, 256, (20, 1, channels)) + x[20:40, :, None]  # Sub
    numbers[40:60] = rng.integers(0, 256, (1, 60, channels)) + y[40:60, :, None]  # Up
    steps = (x // 3)[60:, :, None] * 5 + (y // 3)[60:, :, None] * 7  # Paeth: blocks with ties
    numbers[60:] = steps + rng.integers(0, 2, (60, 60, channels))
    numbers = (numbers.astype(int) % 256).astype(np.uint8)
    content = written(numbers, 8)
    assert filters_taken(content, 120) == {0, 1, 2, 4}
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    with Image.open(io.BytesIO(content)) as image:
        assert image.mode == mode
        np.testing.assert_array_equal(np.asarray(image).reshape(numbers.shape), numbers)


def test_deep_rows_are_filtered_by_bytes_of_the_same_place():
    y, x = np.mgrid[:50, :40]
    numbers = (y * 1000 + x * 300)[..., None].astype(np.uint16)
    content = written(numbers, 16)
    assert filters_taken(content, 50) - {0}
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(np.asarray(image), numbers[..., 0])


@pytest.mark.parametrize("width", [1, 7, 8, 9])
def test_bits_are_packed_to_the_row(width):
    numbers = np.random.default_rng(4).integers(0, 2, (20, width, 1)).astype(np.uint8)
    with Image.open(io.BytesIO(written(numbers, 1))) as image:
        np.testing.assert_array_equal(np.asarray(image), numbers[..., 0].astype(bool))


def test_it_is_about_as_small_as_another_writers():
    y, x = np.mgrid[:256, :256]
    smooth = np.sin(x / 20) * np.cos(y / 30) * 100 + 128
    numbers = np.stack([smooth, smooth + 10, smooth - 10], axis=2).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(numbers).save(file, "png")
    assert len(written(numbers, 8)) < 1.1 * len(file.getvalue())


def test_the_callers_array_may_be_used_again():
    rows = np.zeros((1, 50, 1), np.uint8)
    file = io.BytesIO()
    stream = PngStream(file, 50, 40, 1, 8)
    for level in range(40):
        rows[:] = level * 3 + np.arange(50)[None, :, None]
        stream.write(rows)
    stream.finish()
    expected = np.arange(40)[:, None] * 3 + np.arange(50)
    np.testing.assert_array_equal(np.asarray(Image.open(file)), expected)
