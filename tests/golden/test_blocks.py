"""Large pictures in blocks: the same pixels for ever, and the reader made from docs/format.md."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden import plain_blocks, plain_drawing, write_blocks
from tests.golden.plain_container import chunks

from redraw.storage.block_file import BlockFile

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("blocks/*.redraw"))
HASHES = json.loads((HERE / "blocks/pixels.json").read_text())


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request):
    return request.param


def hashed(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels, "<u2").tobytes()).hexdigest()


@pytest.mark.parametrize("threads", [1, 2])
def test_its_pixels_are_what_they_always_were(path, threads):
    assert hashed(write_blocks.drawn(path, threads)) == HASHES[path.stem]


def test_the_reader_from_the_page_alone_agrees(path):
    assert hashed(plain_blocks.read(path.read_bytes())) == HASHES[path.stem]


def test_it_finds_the_files_of_squares():
    path = HERE / "blocks/squares.redraw"
    side, around, files = plain_blocks.read_squares(path.read_bytes())
    opened = BlockFile(path)
    try:
        assert (side, around) == (opened.squares.side, opened.squares.margin) == (64, 16)
        assert files == [opened.field(square) for square in range(4)]
    finally:
        opened.close()
    # Rows r s - m to (r + 1) s + m, as far as there are any, of 90.
    for square, file in enumerate(files):
        row, column = divmod(square, 2)
        if file:
            _, labels, *_ = plain_drawing.read(file)
            assert labels.shape == tuple((80, 90 - 48)[place] for place in (row, column))
    assert sum(bool(file) for file in files) >= 2


def test_there_are_some():
    assert len(FILES) == len(HASHES) >= 5
    names = [{name for name, _ in chunks(path.read_bytes())} for path in FILES]
    assert any("LF" in own for own in names)
