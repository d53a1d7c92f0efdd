"""Parts of a zlib stream, read by zlib itself."""

import zlib
from itertools import pairwise

import numpy as np
import pytest

from redraw.signals.picture import deflating
from redraw.signals.picture.deflating import Deflater


def packed(content, pieces, level=6):
    parts = Deflater(level, len(content))
    said = b"".join(parts.add(piece) for piece in pieces)
    return said + parts.finish()


def cut(content, *places):
    ends = [0, *places, len(content)]
    return [content[a:b] for a, b in pairwise(ends)]


@pytest.fixture
def text():
    """Noise that comes again after 30,000 bytes, so that only what stands before helps."""
    noise = np.random.default_rng(5).integers(0, 256, 30_000).astype(np.uint8).tobytes()
    return noise * 10


@pytest.mark.parametrize("level", [1, 4, 6, 9])
@pytest.mark.parametrize("places", [(), (1, 2), (40_000, 80_000, 80_000, 250_000), (299_999,)])
def test_any_reader_takes_them_for_one_stream(text, monkeypatch, level, places):
    monkeypatch.setattr(deflating, "_LEAST", 50_000)
    reader = zlib.decompressobj()
    assert reader.decompress(packed(text, cut(text, *places), level)) == text
    assert reader.eof
    assert not reader.unused_data


def test_a_part_knows_what_stands_before_it(text, monkeypatch):
    """Nine of ten times the noise is a copy, wherever parts begin."""
    monkeypatch.setattr(deflating, "_LEAST", 10_000)
    pieces = [text[at : at + 10_000] for at in range(0, len(text), 10_000)]
    assert len(packed(text, pieces)) < 1.1 * len(zlib.compress(text))


def test_nothing_is_a_stream_too():
    assert zlib.decompress(packed(b"", [])) == b""


def test_what_is_packed_comes_before_the_end(text, monkeypatch):
    monkeypatch.setattr(deflating, "_LEAST", 10_000)
    parts = Deflater(6, len(text))
    said = [parts.add(text[at : at + 10_000]) for at in range(0, len(text), 10_000)]
    assert sum(map(len, said)) > 30_000
    parts.finish()


def test_parts_are_longer_where_there_is_much():
    """Flat pictures pack to a thousandth: each part costs some bytes of its own."""
    flat = bytes(1 << 25)
    pieces = [flat[at : at + (1 << 17)] for at in range(0, len(flat), 1 << 17)]
    assert len(packed(flat, pieces)) < 1.1 * len(zlib.compress(flat))
