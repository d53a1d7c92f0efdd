"""Large pictures' files: damage is told, and only where it is looked at."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from tests.fitting.large.conftest import picture

from redraw import memory
from redraw.coding.blocks.layout import SIDE
from redraw.coordinates import Region
from redraw.errors import FileFormatError, TooLargeError
from redraw.fitting.large.fit import fit_large
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage import block_file, container
from redraw.storage.block_file import BlockFile
from redraw.storage.field_file import load_field
from redraw.storage.opening import described, drawer_of

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("file") / "a.redraw"
    fit_large(strips_of(picture(600, 500)), path)
    return path.read_bytes()


def test_it_is_a_container_as_all_others(content, tmp_path):
    chunks, whole = container.chunks_of(content, "a")
    assert whole
    assert [chunk.name for chunk in chunks] == ["LP", "ME", "LC", "LM", "LT", "LD"]
    path = tmp_path / "a.redraw"
    path.write_bytes(content)
    about, parts = described(path)
    assert about.size == (600, 500)
    spent = sum(size for _, size in parts)
    # All but the magic, the last chunk, and names, lengths and checksums of those of blocks.
    assert len(content) - 40 <= spent <= len(content)


def test_a_field_of_any_size_is_not_loaded_whole(content, tmp_path):
    path = tmp_path / "a.redraw"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"redraw render.*opening\.drawer_of"):
        load_field(path)


def test_what_the_refusal_names_draws_any_part(content, tmp_path):
    path = tmp_path / "a.redraw"
    path.write_bytes(content)
    drawer, about = drawer_of(path, 1)
    part = draw(drawer, Canvas.of(about.size, width=80, height=40, region=Region(100, 50, 140, 70)))
    assert part.shape == (40, 80, 3)


def is_whole(file, block):
    try:
        file.fetch(block)
    except FileFormatError:
        return False
    return True


def test_every_byte_matters(content, tmp_path):
    """A changed byte is noticed by who opens the file, or by who reads the block that it is in."""
    path = tmp_path / "a.redraw"
    random = np.random.default_rng(0)
    head = content.index(b"LD")
    places = [
        *range(5, 60),
        *random.integers(60, head, 60),
        *random.integers(head, len(content), 60),
    ]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(random.integers(8))
        path.write_bytes(damaged)
        try:
            file = BlockFile(path)
        except FileFormatError:
            continue
        try:
            count = file.blocks.layout.count
            failed = sum(not is_whole(file, block) for block in range(count))
            # The last four bytes of the chunk of blocks are for those who read the file whole.
            end = content.rindex(b"EN")
            assert failed == (0 if end - 4 <= place < end else 1)
        finally:
            file.close()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.999])
def test_a_file_that_was_cut_is_refused(content, tmp_path, share):
    path = tmp_path / "a.redraw"
    path.write_bytes(content[: max(5, int(len(content) * share))])
    with pytest.raises(FileFormatError):
        BlockFile(path)


def test_a_file_of_nothing_but_empty_chunks_is_refused(content, tmp_path, monkeypatch):
    """Each would be held as a pair of numbers, which take ten times its seven bytes."""
    monkeypatch.setattr(block_file, "MOST_CHUNKS", 1000)
    path, empty = tmp_path / "a.redraw", b"LD\0" + zlib.crc32(b"LD").to_bytes(4, "little")
    path.write_bytes(content[:5] + 1000 * empty + content[5:])
    with pytest.raises(FileFormatError, match="more than 1,000 chunks"):
        BlockFile(path)
    path.write_bytes(content[:5] + 900 * empty + content[5:])
    BlockFile(path).close()


def test_coarsest_coefficients_take_no_memory_that_is_not_there(content, tmp_path, monkeypatch):
    """Of no levels, all of a picture is its coarsest coefficients, which pack to a thousandth."""
    chunks, _ = container.chunks_of(content, "a")
    head = b"".join(map(container.number, (60_000, 60_000, 3, 8, 0, 256, SIDE))) + bytes(6)
    path = tmp_path / "a.redraw"
    path.write_bytes(container.packed([container.Chunk("LP", head), *chunks[1:]]))
    monkeypatch.setattr(memory, "available", lambda: 4_000_000_000)
    wrong = r"unpacking the coarsest coefficients of .*a\.redraw would"
    with pytest.raises(TooLargeError, match=wrong):
        BlockFile(path)


def test_a_square_of_other_channels_is_refused(content, tmp_path):
    """Its field alone is whole, and of grey; the picture is of colours."""
    field = (GOLDEN / "drawings/grey.redraw").read_bytes()
    lengths = b"".join(map(container.number, (512, 32, len(field), 0)))
    sums = zlib.crc32(field).to_bytes(4, "little") + bytes(4)
    *head, data = container.chunks_of(content, "a")[0]
    squares = container.Chunk("LF", lengths + sums), data, container.Chunk("LG", field)
    path = tmp_path / "a.redraw"
    path.write_bytes(container.packed([*head, *squares]))
    drawer, about = drawer_of(path, 1)
    region = Region(100, 50, 140, 70)
    with pytest.raises(FileFormatError, match=r"square 0, 0 is damaged: .* 1 channels, not 3"):
        draw(drawer, Canvas.of(about.size, width=80, height=40, region=region))
