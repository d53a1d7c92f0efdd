"""A picture's own pixels beside a coded one: to the bit, or off by at most so many levels."""

import dataclasses

import numpy as np
import pytest
from tests.golden import plain_coded

from redraw.coding import exact
from redraw.coding.analysis import Analysis
from redraw.coding.description import Coded, ExactBytes
from redraw.coding.picture import Quantised, pixels_of
from redraw.errors import FileFormatError
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour, picture_of
from redraw.storage.container import Chunk, chunks_of, packed


def picture(shape, depth=8, seed=0):
    """Waves, an edge, noise, and places at both ends of the range."""
    rng = np.random.default_rng(seed)
    y, x, c = np.meshgrid(*map(np.arange, shape), indexing="ij")
    values = 0.5 + 0.3 * np.sin(x / 5.0 + c) * np.cos(y / 7.0) + 0.5 * (x > y + 9)
    values += 0.03 * rng.standard_normal(shape)
    return np.rint(np.clip(values, 0, 1) * (2**depth - 1)).astype(np.uint16)


def coded(pixels, depth=8, *, off=0, straight=False, tile=0, threads=1, step=10.0):
    """It beside a picture at a step in 1/255 of the range."""
    unit = (2**depth - 1) / 255 * 2 ** {8: 6, 16: 0}[depth] * 256
    seen = pixels
    if straight:
        alpha = pixels[..., -1:] / (2**depth - 1)
        seen = np.concatenate([np.rint(pixels[..., :-1] * alpha), pixels[..., -1:]], axis=-1)
    analysis = Analysis.of(seen.astype(np.uint16), depth, tile=tile)
    written = analysis.written(round(step * unit), threads=threads)
    return written.with_exact(pixels, off, straight, threads)


def data_of(written, depth=8):
    about = written.coded.about
    colour = default_colour(about.channels, depth)
    return packed(chunks_of_picture(written.coded, About((about.width, about.height), colour)))


SHAPES = [(1, 1, 1), (1, 9, 3), (9, 1, 4), (8, 8, 3), (9, 8, 2), (37, 53, 3), (64, 33, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [8, 16])
def test_what_is_read_is_the_picture(shape, depth):
    pixels = picture(shape, depth)
    straight = shape[2] in (2, 4)
    written = coded(pixels, depth, straight=straight)
    read = Quantised.of(written.coded, threads=1)
    assert np.array_equal(read.pixels(), pixels)
    # Packed again, it is the same bytes.
    assert dataclasses.replace(read).coded(threads=1) == written.coded


@pytest.mark.parametrize("off", [1, 2, 7, 255])
def test_no_value_is_off_by_more(off):
    pixels = picture((40, 31, 4))
    written = coded(pixels, off=off, straight=True)
    read = Quantised.of(written.coded, threads=1)
    missed = np.abs(read.pixels().astype(int) - pixels)
    assert missed.max() <= off
    assert (missed[..., -1] == 0).all()  # alpha, by which colours are divided
    if off < 7:
        assert missed.max() == off  # it is made use of
    assert read.coded(threads=1) == written.coded


def test_fewer_bytes_the_more_it_may_be_off():
    pixels = picture((64, 80, 3))
    sizes = [coded(pixels, off=off).coded.exact.size for off in (0, 1, 2, 4)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[3] < 0.6 * sizes[0]


def test_colour_that_is_not_seen_is_kept():
    pixels = picture((30, 30, 4))
    pixels[5:20, 5:20, 3] = 0
    pixels[5:20, 5:20, :3] = (1, 200, 77)
    written = coded(pixels, straight=True)
    assert np.array_equal(Quantised.of(written.coded, threads=1).pixels(), pixels)


@pytest.mark.parametrize("straight", [False, True])
def test_threads_and_tiles_make_no_difference(straight):
    pixels = picture((150, 90, 4 if straight else 3))
    one = coded(pixels, tile=6, straight=straight)
    assert coded(pixels, tile=6, straight=straight, threads=2).coded == one.coded
    assert np.array_equal(Quantised.of(one.coded, threads=2).pixels(), pixels)
    whole = coded(pixels, straight=straight)
    two = coded(pixels, straight=straight, threads=2)
    assert two.coded == whole.coded
    assert np.array_equal(Quantised.of(whole.coded, threads=2).pixels(), pixels)


@pytest.mark.parametrize(
    ("shape", "depth", "off", "straight", "tile"),
    [((11, 14, 3), 8, 0, False, 0), ((9, 12, 1), 16, 0, False, 0), ((8, 9, 4), 8, 0, True, 0),
     ((9, 11, 2), 16, 3, True, 0), ((66, 20, 3), 8, 2, False, 6)],
)  # fmt: skip
def test_a_reader_made_from_the_page_alone_agrees(shape, depth, off, straight, tile):
    pixels = picture(shape, depth)
    written = coded(pixels, depth, off=off, straight=straight, tile=tile)
    read = Quantised.of(written.coded, threads=1).pixels()
    assert np.array_equal(plain_coded.read(data_of(written, depth)), read)


def test_who_does_not_know_them_skips_them():
    written = coded(picture((40, 60, 3)))
    chunks, _ = chunks_of(data_of(written), "x")
    assert [chunk.critical for chunk in chunks if chunk.name == "ex"] == [False]
    others = [chunk for chunk in chunks if chunk.name != "ex"]
    known, _ = picture_of(others, "x")
    found = Quantised.of(known, threads=1)
    assert np.array_equal(found.pixels(), pixels_of(found.about, found.planes()))


def test_they_are_smaller_than_a_png_of_a_photograph():
    import io

    from PIL import Image
    from skimage import data

    pixels = data.chelsea()[40:200, 120:320]
    written = coded(pixels.astype(np.uint16))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=True)
    assert len(data_of(written)) < 0.75 * buffer.tell()


def test_any_bytes_are_some_picture_or_refused():
    written = coded(picture((20, 33, 4)), straight=True)
    whole = written.coded.exact.tiles[0]
    rng = np.random.default_rng(1)
    drawn = 0
    for trial in range(60):
        content = bytearray(whole[: rng.integers(len(whole) + 1)] if trial % 2 else whole)
        for _ in range(rng.integers(1, 9)):
            if content:
                content[rng.integers(len(content))] = rng.integers(256)
        damaged = ExactBytes(0, True, (bytes(content),))
        try:
            exact.check_exact(damaged.tiles[0], 4)
        except FileFormatError:
            continue
        found = Quantised.of(Coded(written.coded.about, written.coded.parts, damaged), threads=1)
        assert found.pixels().shape == (20, 33, 4)
        drawn += 1
    assert drawn > 10


def test_the_largest_numbers_stay_within_their_bounds():
    """Weights and streams that say the most, in 16 bits: whatever is summed stays exact."""
    rng = np.random.default_rng(2)
    about = Analysis.of(picture((24, 24, 4), 16), 16).written(100_000, threads=1).coded.about
    planes = rng.integers(-(1 << 23), 1 << 23, (4, 24, 24)).astype(np.int32)
    weights = np.full(2 * (15 + 22 + 29 + 29) // 2, 32767, "<i2")
    weights[::2] = -32767
    for stream in (bytes(3000), b"\xff" * 3000, rng.bytes(3000)):
        lengths = b"".join(len(stream).to_bytes(4, "little") for _ in range(3))
        content = weights.tobytes() + lengths + 4 * stream
        found = exact.read_exact(about, planes, ExactBytes(255, True, (content,)), threads=1)
        assert found.pixels.shape == (24, 24, 4)


@pytest.mark.parametrize("change", ["order", "off", "straight", "missing", "short"])
def test_chunks_that_do_not_belong_together_are_refused(change):
    written = coded(picture((66, 20, 3)), tile=6)
    chunks, _ = chunks_of(data_of(written), "x")
    own = [chunk for chunk in chunks if chunk.name == "ex"]
    others = [chunk for chunk in chunks if chunk.name != "ex"]
    assert len(own) == 2
    second = bytearray(own[1].content)
    if change == "order":
        own.reverse()
    elif change == "off":
        second[1] = 1
    elif change == "straight":
        second[2] = 1
    elif change == "short":
        second = second[:100]
    own = own[:1] if change == "missing" else own
    if change not in ("order", "missing"):
        own = [own[0], Chunk("ex", bytes(second))]
    with pytest.raises(FileFormatError, match=r"chunks? ex|exact pixels"):
        picture_of([*others, *own], "x")


def test_of_a_file_that_was_cut_what_is_decoded_is_drawn():
    written = coded(picture((66, 20, 3)), tile=6)
    data = data_of(written)
    chunks, whole = chunks_of(data[: -written.coded.exact.size // 2], "x", partial=True)
    assert not whole
    found, about = picture_of(chunks, "x", partial=True)
    assert found.exact is None
    assert not about.colour.whole
