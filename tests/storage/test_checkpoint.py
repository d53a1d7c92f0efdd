"""Checkpoints: they come back whole, or say what is wrong."""

import pytest
import torch
from tests.reading import read_header

from redraw.errors import FileFormatError
from redraw.storage.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from redraw.storage.field_file import load_field
from redraw.storage.tensor_file import write_tensors

HEADER = {
    "kind": "checkpoint",
    "version": 1,
    "step": 3,
    "config": "digest",
    "log": 10,
    "state": {"seed": 1},
}


def test_a_checkpoint_comes_back(tmp_path, tensors):
    path = tmp_path / "x.safetensors"
    state = {"plan": 1000, "seed": 2**63, "rate": 1e-3, "nested": {"list": [1, None]}}
    save_checkpoint(path, Checkpoint(12, state, tensors, config="abc", log_bytes=99))
    found = load_checkpoint(path)
    assert (found.step, found.config, found.log_bytes, found.notes) == (12, "abc", 99, ())
    assert found.header == state
    for name, tensor in tensors.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name].nan_to_num(7.0), tensor.nan_to_num(7.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "has format version 2, this redraw reads up to 1; upgrade"),
        ({"version": 2, "config": None, "more": 1}, "upgrade"),
        ({"version": 0}, "its format version is 0"),
        ({"version": "1"}, "its format version is '1'"),
        ({"kind": "field"}, "of the kind 'field', not a checkpoint"),
        ({"kind": None}, "of the kind None, not a checkpoint"),
        ({"step": -1}, "its step is -1"),
        ({"log": -1}, "its log -1"),
        ({"step": 1.0}, "its step is 1.0; expected int"),
        ({"step": True}, "its step is True; expected int"),
        ({"config": 1}, "its config is 1; expected str"),
        ({"state": []}, r"its state is \[\]; expected dict"),
        ({"more": 1}, "foreign key 'more'"),
    ],
)
def test_headers_that_cannot_be(tmp_path, change, message):
    path = tmp_path / "x"
    write_tensors(path, {}, {**HEADER, **change})
    with pytest.raises(FileFormatError, match=message):
        load_checkpoint(path)


@pytest.mark.parametrize("key", HEADER)
def test_missing_keys(tmp_path, key):
    path = tmp_path / "x"
    write_tensors(path, {}, {k: v for k, v in HEADER.items() if k != key})
    with pytest.raises(FileFormatError, match=key):
        load_checkpoint(path)


def test_a_checkpoint_is_no_field_file(tmp_path):
    path = tmp_path / "x"
    write_tensors(path, {}, HEADER)
    assert read_header(path) == HEADER
    with pytest.raises(FileFormatError, match="of the kind 'checkpoint', not a field"):
        load_field(path)
