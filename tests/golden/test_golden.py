"""Field files of every version stay readable, and draw what they always drew."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.reading import read_about

from redraw.fields.encoding_configs import ENCODINGS
from redraw.fields.sizes import ACTIVATIONS
from redraw.storage.codecs.table import CODECS
from redraw.storage.codecs.tensors import VERSION, Tensors
from redraw.storage.field_file import load_field, save_field

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("version-*/*.redraw"))

specification = importlib.util.spec_from_file_location("plain_reader", HERE / "plain_reader.py")
plain_reader = importlib.util.module_from_spec(specification)
specification.loader.exec_module(plain_reader)


def tolerance(field):
    """Of the comparison with float64, from the precision that the field draws in."""
    return 3e-2 if next(field.parameters()).dtype == torch.bfloat16 else 1e-5


@pytest.fixture(params=FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])
def path(request):
    return request.param


def test_a_golden_file_draws_what_it_always_drew(path):
    field, about = load_field(path)
    golden = json.loads(path.with_suffix(".json").read_text())
    real = next(t for t in field.state_dict().values() if not t.is_complex()).dtype
    with torch.no_grad():
        values = field(torch.tensor(golden["xy"], dtype=real)).double().numpy()
    assert np.abs(values - np.array(golden["values"])).max() <= tolerance(field)
    assert np.ptp(values) > 10 * tolerance(field)  # a flat picture would prove nothing
    assert about == read_about(path)
    assert about.size == (40, 30)
    assert about.detail == 2
    assert about.made["source"] == "Löwe.png"


def test_the_numbers_are_those_of_the_plain_reader(path):
    golden = json.loads(path.with_suffix(".json").read_text())
    values = plain_reader.draw(path, golden["xy"])
    assert np.abs(values - np.array(golden["values"])).max() <= 1e-12


def test_saving_a_golden_file_again_keeps_its_meaning(path, tmp_path):
    # Not its bytes: a later redraw writes keys that were not known when the file was made.
    field, about = load_field(path)
    save_field(tmp_path / "again", field, about)
    again, told = load_field(tmp_path / "again")
    assert told == about
    assert again.config == field.config
    assert again.sharpness == field.sharpness
    before, after = field.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert tensor.dtype == after[name].dtype
        assert torch.equal(tensor, after[name])


def test_every_activation_and_encoding_has_a_golden_file():
    fields = [plain_reader.read(path)[0]["field"] for path in FILES]
    assert {field["activation"] for field in fields} >= set(ACTIVATIONS)
    in_tensors = {kind for kind, of in ENCODINGS.items() if isinstance(CODECS[of().codec], Tensors)}
    assert {field["encoding"]["kind"] for field in fields} >= in_tensors


def test_every_version_has_golden_files():
    assert {p.parent.name for p in FILES} == {f"version-{n}" for n in range(1, VERSION + 1)}
