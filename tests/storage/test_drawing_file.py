"""Coded drawings as files: what damage does to them, and what changes make of them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.golden import plain_container, plain_drawing

import redraw
from redraw import memory
from redraw.engines.labels import drawn
from redraw.errors import FileFormatError, TooLargeError
from redraw.fitting.result.loading import load
from redraw.storage.container import Chunk, chunks_of, container_of, number, packed
from redraw.storage.drawing_file import LABELS, SECTIONS, drawing_of
from redraw.storage.opening import described, drawer_of

FILE = Path(__file__).parents[1] / "golden/drawings/grey.redraw"


def opened(data):
    """What comes of a file's bytes: numbers that draw, or an error."""
    try:
        chunks, _ = chunks_of(data, "it")
        drawing, _, about = drawing_of(chunks, "it")
    except FileFormatError:
        return None
    assert drawing.places.seeds.shape == (about.size[1], about.size[0])
    assert (drawing.places.seeds < drawing.about.labels).all()
    assert all(np.isfinite(part).all() for part in drawing.floats)
    return drawing


def forged(rng, chunks):
    """A file of valid checksums whose contents are not what anybody wrote."""
    changed = []
    for chunk in chunks:
        content = bytearray(chunk.content)
        kind = rng.integers(6)
        if kind == 0 and content:
            content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            content = content[: rng.integers(len(content) + 1)]
        elif kind == 2:
            content = bytearray(rng.integers(0, 256, rng.integers(60), np.uint8).tobytes())
        elif kind == 3:
            continue
        changed.append(Chunk(chunk.name, bytes(content)))
    return packed(changed)


@pytest.mark.parametrize("count", [150, pytest.param(20_000, marks=pytest.mark.slow)])
def test_foreign_contents_are_numbers_or_an_error(count):
    chunks, _ = chunks_of(FILE.read_bytes(), "it")
    rng = np.random.default_rng(4)
    found = [opened(forged(rng, chunks)) for _ in range(count)]
    assert any(found)
    assert None in found


@pytest.mark.slow
def test_every_bit_and_every_cut_is_noticed():
    data = FILE.read_bytes()
    for at in range(8 * len(data)):
        broken = bytearray(data)
        broken[at // 8] ^= 1 << at % 8
        assert opened(bytes(broken)) is None
    for length in range(len(data)):
        assert opened(data[:length]) is None


def test_a_forged_drawing_is_drawn_without_a_crash(tmp_path):
    chunks, _ = chunks_of(FILE.read_bytes(), "it")
    noise = np.random.default_rng(1).integers(0, 256, 2000, np.uint8).tobytes()
    for name in SECTIONS[1:]:
        made = [Chunk(c.name, noise if c.name == name else c.content) for c in chunks]
        path = tmp_path / f"{name}.redraw"
        path.write_bytes(packed(made))
        assert load(path).render(9, 9).values.shape == (9, 9, 1)


def test_few_bytes_for_many_pixels_are_refused_before_anything_is_made():
    chunks, _ = chunks_of(FILE.read_bytes(), "it")
    head = bytes([0x80, 0x80, 0x01, 0x80, 0x80, 0x01]) + chunks[0].content[2:]
    made = [Chunk("DR", head), *(c for c in chunks[1:] if c.name != LABELS), Chunk(LABELS, b"ab")]
    with pytest.raises(FileFormatError, match=r"too few bytes for 268,435,456 pixels"):
        drawing_of(made, "it")


def test_one_label_takes_no_bytes_and_no_memory_that_is_not_there(monkeypatch):
    chunks, _ = chunks_of((FILE.parent / "one.redraw").read_bytes(), "it")
    about = drawing_of(chunks, "it")[0].about
    old, side = b"".join(map(number, (about.width, about.height))), number(1 << 14)
    assert chunks[0].content.startswith(old)
    vast = Chunk("DR", side + side + chunks[0].content[len(old) :])
    monkeypatch.setattr(memory, "available", lambda: 4_000_000_000)
    with pytest.raises(TooLargeError, match="unpacking a drawing of 16384x16384 would take about"):
        drawing_of([vast, *chunks[1:]], "it")


def test_without_pytorch_it_draws_the_same_and_tells_where_bytes_go():
    drawer, about = drawer_of(FILE, 1)
    x, y = (np.linspace(-1, 1, n + 1) for n in about.size)
    means = drawer.means(np.stack([x[:-1], x[1:]], 1), np.stack([y[:-1], y[1:]], 1))
    assert np.allclose(np.clip(means, 0, 1), load(FILE).render().values, atol=1e-6)
    assert sum(count for _, count in described(FILE)[1]) == FILE.stat().st_size


def test_cut_after_its_colours_it_draws_without_detail():
    chunks, _ = chunks_of(FILE.read_bytes(), "it")
    drawing, _, _ = drawing_of([c for c in chunks if c.name != "DD"], "it", partial=True)
    assert not drawing.detail.any()
    with pytest.raises(FileFormatError, match="draws nothing yet"):
        drawing_of([c for c in chunks if c.name != "DC"], "it", partial=True)


def test_trained_on_it_becomes_floats(tmp_path):
    field = load(FILE)
    with torch.no_grad():
        field.encoding.potentials += 0.013
    field.save(tmp_path / "trained.redraw")
    assert container_of(tmp_path / "trained.redraw") is None
    again = load(tmp_path / "trained.redraw")
    assert torch.equal(again.encoding.potentials, field.encoding.potentials)
    assert drawn.drawing_of(again) is None


@pytest.mark.parametrize(("colours", "told"), [(2, True), (3, False)])
def test_labels_of_two_are_told_as_a_picture_in_two_tones(colours, told, tmp_path):
    """They are one: the pixels of the page come out of the labels' bytes alone."""
    y, x = np.mgrid[:14, :20]
    page = (np.hypot(x - 9, y - 6) < 5).astype(np.uint8) + 2 * (x > 17) * (colours - 2)
    path = tmp_path / "a.redraw"
    redraw.fit((page * 120).astype(np.uint8), model="cel", output=path)
    _, parts = described(path)
    (labels,) = [(name, size) for name, size in parts if name.startswith("labels")]
    assert ("two tones" in labels[0]) == told
    assert sum(size for _, size in parts) == path.stat().st_size
    found = plain_drawing.read_labels(
        dict(plain_container.chunks(path.read_bytes()))["DL"], 14, 20, colours
    )
    assert len(np.unique(np.stack([found, page]).reshape(2, -1), axis=1).T) == colours
