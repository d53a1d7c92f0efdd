"""Coded drawings: the same numbers for ever, and the reader made from docs/format.md agrees."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden import plain_drawing as plain
from tests.golden import write_drawing as writing

from redraw.coding.drawing_description import Description
from redraw.coding.drawings import packed_labels
from redraw.fields.labels_config import LabelsConfig
from redraw.fitting.result.loading import load
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.container import chunks_of, packed
from redraw.storage.drawing_file import chunks_of_drawing, drawing_of

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("drawings/*.redraw"))
HASHES = json.loads((HERE / "drawings/numbers.json").read_text())


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request):
    return request.param


def test_its_numbers_are_what_they_always_were(path):
    assert writing.signature(writing.drawing_in(path)) == HASHES[path.stem]


def of_most_labels():
    """Of 64, more than any fit finds, in both halves: any bytes are some numbers of theirs."""
    rng, side = np.random.default_rng(0), (7, 5)
    labels = packed_labels(rng.choice([1, 31, 32, 63], (5, 7)).astype(np.uint8), 64)
    sections = labels, rng.bytes(300), rng.bytes(300), rng.bytes(100)
    config, about = LabelsConfig(*side, 1, 64), About(side, Colour("grey"))
    return packed(chunks_of_drawing(Description(*side, 1, 64), sections, config, about))


def test_the_reader_from_the_page_alone_agrees(path):
    compared(path.read_bytes())


def test_it_agrees_on_as_many_labels_as_there_may_be():
    compared(of_most_labels())


def compared(content):
    """Both readers' numbers of a file."""
    drawing = drawing_of(chunks_of(content, "it")[0], "it")[0]
    steps, labels, potentials, colours, detail = plain.read(content)
    about, places = drawing.about, drawing.places
    assert steps == [about.potential_step, about.colour_step, about.detail_step]
    assert np.array_equal(places.seeds, labels)
    in_order = [v for place in sorted(potentials) for _, v in sorted(potentials[place].items())]
    assert np.array_equal(drawing.potentials, in_order)
    assert np.array_equal(drawing.colours, [colours[node] for node in sorted(colours)])
    listed = [detail[place] for place in sorted(detail)]
    assert np.array_equal(drawing.detail, np.reshape(listed, drawing.detail.shape))


def test_a_field_saves_what_it_was_read_from(path, tmp_path):
    load(path).save(tmp_path / "again.redraw")
    assert (tmp_path / "again.redraw").read_bytes() == path.read_bytes()


def test_there_are_some():
    assert len(FILES) == len(HASHES) >= 5
    assert any(len(chunks_of(p.read_bytes(), p.name)[0]) == 6 for p in FILES)  # all sections
