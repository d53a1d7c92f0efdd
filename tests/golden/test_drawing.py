"""Coded drawings: the same numbers for ever, and the reader made from docs/format.md agrees."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden import plain_drawing as plain
from tests.golden import write_drawing as writing

from redraw.fitting.result.loading import load
from redraw.storage.container import chunks_of
from redraw.storage.drawing_file import drawing_of

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("drawings/*.redraw"))
HASHES = json.loads((HERE / "drawings/numbers.json").read_text())


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request):
    return request.param


def test_its_numbers_are_what_they_always_were(path):
    assert writing.signature(writing.drawing_in(path)) == HASHES[path.stem]


def test_the_reader_from_the_page_alone_agrees(path):
    chunks, _ = chunks_of(path.read_bytes(), path.name)
    drawing = drawing_of(chunks, path.name)[0]
    steps, labels, potentials, colours, detail = plain.read(path.read_bytes())
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
