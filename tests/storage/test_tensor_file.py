"""Tensor files: round trips, equal bytes for equal content, and every kind of damage refused."""

import json
import math
import os
import struct
import tempfile
import tracemalloc
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.reading import read_header, read_tensors

from redraw.errors import FileFormatError, OutputError
from redraw.storage.tensor_file import (
    DTYPES,
    HEADER_LIMIT,
    TensorSpec,
    content_digest,
    open_tensors,
    write_tensors,
)

HEADER = {"name": "Löwe \U0001f981", "numbers": [1, 2.5, None, True], "nested": {"a": {"b": "c"}}}


def same_bits(a, b):
    """Equal types, shapes and bytes, so that NaN equals NaN and -0.0 differs from 0.0."""
    return content_digest(a, {}) == content_digest(b, {}) and all(
        torch.equal(a[k].reshape(-1).view(torch.uint8), b[k].reshape(-1).view(torch.uint8))
        for k in a
    )


@pytest.fixture
def file(tmp_path, tensors):
    path = tmp_path / "some.file"
    write_tensors(path, tensors, HEADER)
    return path


def refused(path, *words):
    """Reading `path` fails, with a message of one line that names it and holds `words`."""
    with pytest.raises(FileFormatError) as caught:
        read_tensors(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < len(str(path)) + 300
    for word in words:
        assert word in message, message


def test_everything_comes_back(file, tensors):
    header, found = read_tensors(file)
    assert header == HEADER == read_header(file)
    assert found.keys() == tensors.keys()
    assert same_bits(found, tensors)
    with open_tensors(file) as opened:
        assert opened.specs == {name: TensorSpec.of(t) for name, t in tensors.items()}
        assert opened.size == file.stat().st_size


def test_what_is_read_can_be_written_to(file):
    tensors = read_tensors(file)[1]
    for tensor in tensors.values():
        tensor.zero_()
    assert not same_bits(read_tensors(file)[1], tensors)


def test_the_safetensors_library_reads_it_too(file, tensors):
    found = safetensors.torch.load_file(file)
    assert torch.equal(found["weight"], tensors["weight"])
    assert torch.equal(torch.view_as_complex(found["wave"]), tensors["wave"])


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__"),
        st.tuples(st.sampled_from(list(DTYPES.values())), st.lists(st.integers(0, 3), max_size=3)),
        max_size=6,
    )
)
def test_the_bytes_are_those_that_the_safetensors_library_writes(kinds):
    tensors = {
        name: torch.arange(math.prod(shape)).reshape(shape).to(dtype)
        for name, (dtype, shape) in kinds.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.file"
        write_tensors(path, tensors, HEADER)
        written = path.read_bytes()
    note = json.loads(written[8 : 8 + struct.unpack("<Q", written[:8])[0]])["__metadata__"]
    assert written == safetensors.torch.save(tensors, metadata=note)


def test_saving_takes_no_memory_for_a_copy(tmp_path):
    tensors = {"weight": torch.zeros(4_000_000)}
    tracemalloc.start()
    write_tensors(tmp_path / "some.file", tensors, HEADER)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6  # the tensor has 16 MB


def test_equal_content_makes_equal_bytes(tmp_path, file, tensors):
    other = tmp_path / "other.file"
    backwards = dict(reversed(tensors.items()))
    write_tensors(other, backwards, dict(reversed(HEADER.items())))
    assert other.read_bytes() == file.read_bytes()


def test_the_bytes_themselves(tmp_path):
    path = tmp_path / "tiny"
    write_tensors(path, {"b": torch.tensor([1.0]), "a": torch.tensor([2.0])}, {"x": 1})
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    assert header["a"] == {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    assert header["b"] == {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}
    assert header["__metadata__"].keys() == {"redraw"}
    note = json.loads(header["__metadata__"]["redraw"])
    assert note["content"] == {"x": 1}
    assert note["complex"] == []
    assert raw[8 + length :] == struct.pack("<ff", 2.0, 1.0)


def test_views_graphs_and_shared_memory_are_written_as_values(tmp_path):
    base = torch.arange(12.0).reshape(3, 4)
    wave = torch.randn(3, dtype=torch.complex64)
    parameter = torch.nn.Parameter(base.clone())
    given = {
        "base": base,
        "transposed": base.T,
        "row": base[1],
        "expanded": torch.zeros(1).expand(4),
        "conjugate": wave.conj(),
        "imaginary": wave.conj().imag,
        "parameter": parameter,
        "graph": parameter * 2,
    }
    write_tensors(tmp_path / "views", given, {})
    found = read_tensors(tmp_path / "views")[1]
    for name, tensor in given.items():
        assert torch.equal(found[name], tensor), name
        assert not found[name].requires_grad


def test_no_tensors_at_all(tmp_path):
    write_tensors(tmp_path / "none", {}, {"only": "words"})
    assert read_tensors(tmp_path / "none") == ({"only": "words"}, {})


def test_an_existing_file_stays_without_force(file, tensors):
    before = file.read_bytes()
    with pytest.raises(OutputError, match="exists"):
        write_tensors(file, {}, {})
    assert file.read_bytes() == before
    write_tensors(file, {}, {}, force=True)
    assert read_tensors(file) == ({}, {})


def test_what_could_not_be_read_back_is_not_written(tmp_path):
    path = tmp_path / "x"
    with pytest.raises(OutputError, match="header has more than"):
        write_tensors(path, {}, {"profile": "x" * HEADER_LIMIT})
    with pytest.raises(OutputError, match="more than 100000 values"):
        write_tensors(path, {}, {"list": [0] * 100_001})
    with pytest.raises(OutputError, match="could not be read back"):
        write_tensors(path, {"deep": torch.zeros([1] * 9)}, {})
    with pytest.raises(OutputError, match="could not be read back"):
        write_tensors(path, {"__metadata__": torch.zeros(1)}, {})
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_tensors(path, {}, {"loss": float("nan")})
    with pytest.raises(TypeError, match="is torch"):
        write_tensors(path, {"mask": torch.ones(2, dtype=torch.bool)}, {})
    assert os.listdir(tmp_path) == []


# --- damage -------------------------------------------------------------------------------------


def test_files_that_are_something_else(tmp_path):
    path = tmp_path / "x"
    refused(path, "does not exist")
    refused(tmp_path, "is a folder; name a field file in it")
    for content, word in [
        (b"", "empty"),
        (b"short", "5 bytes"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "PNG"),
        (b"x,y,pixel_value\n0,0,1\n", "no file of redraw"),
        (b"\xff" * 100, "no file of redraw"),
        (b"\0" * 100, "no file of redraw"),
        (struct.pack("<Q", 10) + b"[1,2,3,4] ", "begins with"),
    ]:
        path.write_bytes(content)
        refused(path, word)
    path.unlink()
    safetensors.torch.save_file({"weight": torch.zeros(3)}, path, metadata={"format": "pt"})
    refused(path, "no text 'redraw'")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "not an ordinary file")


def test_an_impossible_name():
    with pytest.raises(FileFormatError, match="null"):
        read_tensors("a\0b")


def test_every_truncation_is_noticed(tmp_path, file):
    raw = file.read_bytes()
    path = tmp_path / "cut"
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        refused(path)
    path.write_bytes(raw + b"\0")
    refused(path, "1 bytes follow")


def test_every_flipped_bit_of_the_data_is_noticed(tmp_path, file, parts):
    raw = bytearray(file.read_bytes())
    data_size = len(parts(bytes(raw))[1])
    path = tmp_path / "flipped"
    for position in range(len(raw) - data_size, len(raw)):
        raw[position] ^= 1
        path.write_bytes(raw)
        refused(path, "checksum")
        raw[position] ^= 1


def test_a_changed_header_is_noticed(tmp_path, file, parts, joined):
    header, data = parts(file.read_bytes())
    note = json.loads(header["__metadata__"]["redraw"])
    note["content"]["nested"]["a"]["b"] = "d"
    header["__metadata__"]["redraw"] = json.dumps(note)
    path = tmp_path / "changed"
    path.write_bytes(joined(header, data))
    refused(path, "checksum")


def test_tensors_that_trade_places_are_noticed(tmp_path, parts, joined):
    path = tmp_path / "x"
    write_tensors(path, {"a": torch.tensor([2.0]), "b": torch.tensor([1.0])}, {})
    header, data = parts(path.read_bytes())
    header["a"]["data_offsets"], header["b"]["data_offsets"] = [4, 8], [0, 4]
    path.write_bytes(joined(header, data))
    refused(path, "checksum")


@pytest.fixture
def with_entry(tmp_path, parts, joined):
    """Write a file of 16 bytes of data whose tensor `a` is described by `entry`; its path."""

    def write(entry, **others):
        path = tmp_path / "x"
        write_tensors(path, {"a": torch.zeros(4)}, {}, force=True)
        header, data = parts(path.read_bytes())
        header["a"] = entry
        path.write_bytes(joined({**header, **others}, data))
        return path

    return write


def entry(dtype="F32", shape=(4,), offsets=(0, 16)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        (entry("BOOL", [16]), "'BOOL'"),
        (entry("F8_E4M3", [16]), "F8"),
        (entry("C64", [2]), "C64"),
        (entry("complex", [2]), "accepted"),
        (entry(None), "None"),
        (entry(["F32"]), "F32"),
        (entry(shape=[5]), "takes 20 bytes, not 16"),
        (entry(shape=[-4]), "shape [-4]"),
        (entry(shape=[4.0]), "shape [4.0]"),
        (entry(shape=[True, 4]), "shape [True, 4]"),
        (entry(shape="4"), "shape '4'"),
        (entry(shape=None), "shape None"),
        (entry(shape=[1] * 8 + [4]), "shape"),
        (entry(shape=[10**12, 10**12]), "takes"),
        (entry(shape=[10**30, 0], offsets=[0, 0]), "shape"),
        (entry(shape=[2**62, 2**62, 0], offsets=[0, 0]), "shape"),
        (entry(shape=[10**12], offsets=[0, 4 * 10**12]), "offsets"),
        (entry(shape=[10**10], offsets=[0, 4 * 10**10]), "cut short"),
        (entry(offsets=[16, 0]), "takes"),
        (entry(offsets=[-16, 0]), "offsets"),
        (entry(offsets=[0]), "offsets"),
        (entry(offsets=[0, 8, 16]), "offsets"),
        (entry(offsets={}), "offsets"),
        (entry(offsets=[4, 20]), "gap"),
        (entry(shape=[3], offsets=[0, 12]), "4 bytes follow"),
        (entry(shape=[3], offsets=[4, 16]), "gap"),
        ([], "no object"),
        (None, "no object"),
        ({"dtype": "F32", "shape": [4]}, "lacks the key 'data_offsets'"),
        ({**entry(), "stride": [1]}, "foreign key 'stride'"),
    ],
)
def test_descriptions_of_tensors_that_cannot_be(with_entry, changed, word):
    refused(with_entry(changed), word)


def test_tensors_that_overlap(with_entry):
    refused(with_entry(entry(), b=entry()), "overlap")
    refused(with_entry(entry(shape=[3], offsets=[0, 12]), b=entry(shape=[2], offsets=[8, 16])))


def test_a_foreign_key_in_the_metadata(tmp_path, file, parts, joined):
    header, data = parts(file.read_bytes())
    header["__metadata__"]["format\n"] = "pt"
    path = tmp_path / "x"
    path.write_bytes(joined(header, data))
    refused(path, r"foreign key 'format\n'")


@pytest.mark.parametrize(
    ("note", "word"),
    [
        ("[]", "no JSON object"),
        ("{", "no JSON"),
        ('{"content": {}, "sha256": ""}', "lacks the key 'complex'"),
        ('{"complex": [], "content": {}, "sha256": "", "pickle": ""}', "foreign key 'pickle'"),
        ('{"complex": [], "content": [], "sha256": ""}', "wrong types"),
        ('{"complex": [], "content": {}, "sha256": 0}', "wrong types"),
        ('{"complex": 0, "content": {}, "sha256": ""}', "no list of names"),
        ('{"complex": [0], "content": {}, "sha256": ""}', "no list of names"),
        ('{"complex": ["b"], "content": {}, "sha256": ""}', "'b' can't be complex"),
        ('{"complex": ["a"], "content": {}, "sha256": ""}', "'a' can't be complex"),
        ('{"complex": ["a", "a"], "content": {}, "sha256": ""}', "twice"),
        ('{"complex": [], "content": {}, "content": {}, "sha256": ""}', "occurs twice"),
        ('{"complex": [], "content": {"a": NaN}, "sha256": ""}', "NaN"),
        ('{"complex": [], "content": {"a": ' + "[" * 5000 + ', "sha256": ""}', "nested"),
        ('{"complex": [], "content": {}, "sha256": "' + "0" * 64 + '"}', "checksum"),
    ],
)
def test_notes_that_cannot_be(with_entry, note, word):
    refused(with_entry(entry(), __metadata__={"redraw": note}), word)


def test_duplicate_names(tmp_path, joined):
    path = tmp_path / "x"
    one = b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    path.write_bytes(joined(b"{" + one + b"," + one + b"}", b"\0"))
    refused(path, "'a' occurs twice")


def test_a_header_that_claims_more_than_the_file_has(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(struct.pack("<Q", 1000) + b'{"a"')
    refused(path, "cut short", "1000")
    path.write_bytes(struct.pack("<Q", HEADER_LIMIT + 1) + b'{"a"')
    refused(path, "no file of redraw")


def test_a_file_that_shrinks_while_it_is_open(tmp_path):
    path = tmp_path / "x"
    write_tensors(path, {"a": torch.zeros(10**6)}, {})
    with open_tensors(path) as opened:
        os.truncate(path, opened.size - 1)
        with pytest.raises(FileFormatError, match="cut while it was being read"):
            opened.tensors()
