"""The table in a run folder: exact, and believed only after it is checked."""

import numpy as np
import pytest
import torch
from tests.reading import read_tensors

from redraw.errors import FileFormatError
from redraw.signals.table.table import Table
from redraw.storage.table_file import load_table, save_table
from redraw.storage.tensor_file import write_tensors

draw = np.random.default_rng(4)
TABLES = {
    "numbers": Table.from_arrays(draw.normal(size=(9, 3)), draw.normal(size=(9, 2)) * 1e9),
    "held out": Table.from_arrays(draw.normal(size=9), draw.normal(size=9), held_out=0.3, name="ü"),
    "classes": Table.from_arrays(draw.normal(size=9), ["ä", "b", "c"] * 3),
    "one row": Table.from_arrays([1.0], [2.0]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_exactly(tmp_path, name):
    table = TABLES[name]
    save_table(tmp_path / "x", table)
    found = load_table(tmp_path / "x")
    for part in ("inputs", "targets", "held_inputs", "held_targets"):
        assert np.array_equal(getattr(found, part), getattr(table, part))
        assert getattr(found, part).dtype == np.float64
    assert (found.schema, found.name, found.unseen) == (table.schema, table.name, table.unseen)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h, t: t.pop("inputs"), "'inputs' is foreign or missing"),
        (lambda h, t: t.update(more=torch.ones(1)), "'more' is foreign or missing"),
        (lambda h, t: t.update(inputs=t["inputs"].float()), "inputs is float32"),
        (lambda h, t: t.update(inputs=t["inputs"][:, 0]), "inputs is"),
        (lambda h, t: t.update(inputs=t["inputs"][:2]), "expected"),
        (lambda h, t: t.update(inputs=t["inputs"] * torch.nan), "not finite"),
        (lambda h, t: t.update(targets=t["targets"] + 3), "a number that no class has"),
        (lambda h, t: t.update(targets=t["targets"] - 1), "a number that no class has"),
        (lambda h, t: t.update(targets=t["targets"] + 0.5), "a number that no class has"),
        (lambda h, t: h.update(version=2), "upgrade"),
        (lambda h, t: h.update(more=1), "foreign key 'more'"),
        (lambda h, t: h.update(unseen=[1]), "unseen classes"),
        (lambda h, t: h["columns"].update(task="guess"), "damaged"),
    ],
)
def test_tables_that_cannot_be(tmp_path, change, message):
    save_table(tmp_path / "x", TABLES["classes"])
    header, tensors = read_tensors(tmp_path / "x")
    change(header, tensors)
    write_tensors(tmp_path / "x", tensors, header, force=True)
    with pytest.raises(FileFormatError, match=message):
        load_table(tmp_path / "x")
