"""The outside of the small format: round trips, foreign chunks, damage of every kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.coding.analysis import Analysis
from redraw.errors import FileFormatError
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour, picture_of
from redraw.storage.container import Chunk, Reader, chunks_of, number, packed


def small(shape=(10, 12, 3), depth=8):
    y, x, c = np.meshgrid(*map(np.arange, shape), indexing="ij")
    pixels = (np.sin(x / 3.0 + c) * np.cos(y / 4.0) * 0.4 + 0.5) * (2**depth - 1)
    coded = Analysis.of(pixels.astype(np.uint16), depth).coded(80_000, threads=1)
    about = About((shape[1], shape[0]), default_colour(shape[2], depth), made={"psnr": 40.5})
    return coded, about


def read(data, **options):
    chunks, whole = chunks_of(data, "x.redraw", **options)
    return *picture_of(chunks, "x.redraw", partial=not whole), whole


@given(st.integers(0, 2**32 - 1))
def test_numbers_return(value):
    reader = Reader(number(value), "it")
    assert reader.number() == value
    reader.end()


@pytest.mark.parametrize(
    "content", [b"\x80", b"\x80\x00", b"\xff\xff\xff\xff\xff\x01", b"\xff" * 9]
)
def test_numbers_in_other_forms_are_refused(content):
    with pytest.raises(FileFormatError):
        Reader(content, "it").number()


@pytest.mark.parametrize(("shape", "depth"), [((10, 12, 3), 8), ((1, 1, 1), 8), ((9, 5, 4), 16)])
def test_a_file_returns(shape, depth):
    coded, about = small(shape, depth)
    found, said, whole = read(packed(chunks_of_picture(coded, about)))
    assert (found, said, whole) == (coded, about, True)


def test_colours_return():
    coded, _ = small((9, 5, 1))
    for colour in (Colour("grey", depth=1), Colour("grey", icc=b"profile" * 99)):
        said = read(packed(chunks_of_picture(coded, About((5, 9), colour))))[1]
        assert said.colour == colour


def test_unknown_chunks():
    chunks = chunks_of_picture(*small())
    assert read(packed([*chunks, Chunk("zz", b"news")]))[0] == small()[0]
    with pytest.raises(FileFormatError, match="chunk ZZ, which this redraw does not know"):
        read(packed([*chunks, Chunk("ZZ", b"news")]))
    with pytest.raises(FileFormatError, match="upgrade redraw"):
        read(b"\x89RDW\x04" + packed(chunks)[5:])


def test_every_flipped_bit_is_noticed():
    data = packed(chunks_of_picture(*small()))
    wanted = read(data)[0]
    for at in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[at // 8] ^= 1 << at % 8
        with pytest.raises(FileFormatError):
            read(bytes(damaged))
        try:
            coded, _, whole = read(bytes(damaged), partial=True)
        except FileFormatError:
            continue
        assert not whole
        assert coded.parts == wanted.parts[: len(coded.parts)]


def test_every_cut_is_noticed():
    data = packed(chunks_of_picture(*small()))
    for length in range(len(data)):
        with pytest.raises(FileFormatError):
            read(data[:length])


def test_a_small_file_can_not_ask_for_much():
    chunks = chunks_of_picture(*small())
    head = b"".join(map(number, (20_000, 20_000, 3, 8, 12, 256))) + bytes(9)
    with pytest.raises(FileFormatError, match="too few for 20000 x 20000"):
        read(packed([Chunk("PI", head), *chunks[1:]]))
