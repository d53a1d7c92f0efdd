"""Damaged containers: an error or a coarser picture, never a crash, a hang or much memory."""

import numpy as np
import pytest

from redraw.coding.description import Coded, Description, Part
from redraw.coding.picture import Quantised, planes_of
from redraw.errors import FileFormatError
from redraw.storage.coded_file import picture_of
from redraw.storage.container import MAGIC, Chunk, chunks_of, packed
from redraw.storage.opening import drawer_of


def files():
    from pathlib import Path

    folder = Path(__file__).parents[1] / "golden/coded"
    return [folder / f"{name}.redraw" for name in ("rgb", "alpha", "grey16", "exact16")]


def opened(data):
    """What is drawn of it with --partial, or None where nothing can be."""
    try:
        chunks, whole = chunks_of(data, "x")
        coded, _ = picture_of(chunks, "x", partial=not whole)
    except FileFormatError:
        try:
            chunks, _ = chunks_of(data, "x", partial=True)
            coded, _ = picture_of(chunks, "x", partial=True)
        except FileFormatError:
            return None
    return Quantised.of(coded, threads=1).pixels()


@pytest.mark.parametrize("name", ["coded/rgb", "drawings/grey"])
def test_of_a_file_that_was_cut_so_much_is_told_that_nothing_is_drawn_yet(tmp_path, name):
    """Not that a newer redraw would read it, nor which of its parts is missing."""
    data = (files()[0].parents[1] / f"{name}.redraw").read_bytes()
    path = tmp_path / "cut.redraw"
    path.write_bytes(data[: len(MAGIC) + 12])
    with pytest.raises(FileFormatError, match=r"cut\.redraw is damaged: .* draws nothing yet"):
        drawer_of(path, 1, partial=True)
    path.write_bytes(packed([Chunk("QQ", b"news")]))
    with pytest.raises(FileFormatError, match="upgrade redraw"):
        drawer_of(path, 1, partial=True)


@pytest.mark.slow
@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_every_flipped_bit_and_every_cut(path):
    data = path.read_bytes()
    for at in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[at // 8] ^= 1 << at % 8
        with pytest.raises(FileFormatError):
            chunks, _ = chunks_of(bytes(damaged), "x")
            picture_of(chunks, "x")
        opened(bytes(damaged))
    for length in range(len(data)):
        opened(data[:length])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_foreign_contents_under_true_checksums():
    """Bytes that were never written, in chunks whose checksums are right: drawn or refused."""
    rng = np.random.default_rng(0)
    wholes = [chunks_of(path.read_bytes(), "x")[0] for path in files()]
    drawn = 0
    for _ in range(100_000):
        chunks = list(wholes[rng.integers(len(wholes))])
        at = rng.integers(len(chunks))
        content = bytearray(chunks[at].content)
        for _ in range(rng.integers(1, 4)):
            content[rng.integers(len(content))] = rng.integers(256)
        chunks[at] = Chunk(chunks[at].name, bytes(content))
        data = packed(chunks)
        try:
            coded, _ = picture_of(chunks_of(data, "x")[0], "x")
        except FileFormatError:
            continue
        about = coded.about
        # What a header may ask for is bounded by the bytes that follow it.
        assert about.width * about.height * about.channels * 0.00035 / 8 <= coded.size + 8
        if about.width * about.height < 10_000 and drawn < 10_000:
            drawn += 1
            Quantised.of(coded, threads=1).pixels()
    assert drawn > 1000


def test_wild_numbers_stay_within_their_bounds():
    """The largest numbers that a file can hold, at the largest step."""
    coded, _ = picture_of(chunks_of(files()[0].read_bytes(), "x")[0], "x")
    from dataclasses import replace

    wild = replace(coded.about, step=1 << 24)
    parts = (Part(0, 0, (b"\xff" * 3000, b"\x00" * 3000)),)
    planes = planes_of(Coded(wild, parts), threads=1)
    assert np.abs(planes.astype(np.int64)).max() <= 1 << 23


@pytest.mark.parametrize("levels", [0, 2, 4])
def test_no_bytes_make_numbers_that_overflow_what_is_summed_of_them(levels):
    """All ones is the largest number a stream can say, everywhere; others mix it with small ones.

    No size is above 2^20 (docs/format.md), but for the corner's, which nothing is summed of.
    """
    about = Description(37, 29, 4, 8, levels, places=(63, 63, 63, -63, -63, -63))
    rng = np.random.default_rng(1)
    endless = bytes(4000)
    other = [bytes(at) + rng.bytes(3000) for at in (1, 40, 900)]
    for first in (endless, *other):
        for second in (endless, *other):
            found = Quantised.of(Coded(about, (Part(0, 0, (first, second)),)), threads=1)
            sizes = np.abs(found.coefficients.astype(np.int64))
            h, w = int(about.pyramid.downs[-1]), int(about.pyramid.acrosses[-1])
            assert sizes[:, :h, :w].max() <= 1 << 30
            sizes[:, :h, :w] = 0
            assert sizes.max() <= 1 << 20
            assert np.abs(found.planes().astype(np.int64)).max() <= 1 << 23
