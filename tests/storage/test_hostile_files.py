"""Whatever the bytes: a reader gives what was written or a `RedrawError`, in bounded memory."""

import contextlib
import copy
import json
import struct
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from tests.reading import read_tensors

from redraw.errors import FileFormatError, OutputError, RedrawError
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About
from redraw.storage.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from redraw.storage.field_file import load_field, save_field
from redraw.storage.picture_file import load_picture, save_picture
from redraw.storage.tensor_file import content_digest, write_tensors

READERS = {
    "tensors": read_tensors,
    "field": load_field,
    "checkpoint": load_checkpoint,
    "picture": load_picture,
}
thorough = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# More than any reader takes for a file of no size, less than an absurd size would.
FIXED_MEMORY = 2 * 2**20

texts = st.text(max_size=6)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30])
junk = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, junk).map(lambda value: json.dumps(value).encode())


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """Bytes of one valid file of each kind."""
    folder = tmp_path_factory.mktemp("valid")
    encoding = FourierConfig(frequencies=4)
    field = Field.build(FieldConfig(hidden=(4,), encoding=encoding, activation="wire-complex"))
    tensors = {"weight": torch.ones(3, 2), "wave": torch.ones(2, dtype=torch.complex64)}
    colour = Colour("grey", depth=16, icc=b"profile")
    save_field(folder / "field", field, About((9, 9), colour, made={"steps": 3}))
    save_checkpoint(folder / "checkpoint", Checkpoint(7, {"seed": [1, {"a": None}]}, tensors))
    known = np.ones((2, 2), bool)
    save_picture(folder / "picture", Picture(np.full((2, 2, 1), 0.3), colour, known))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def survives(path, raw, readers=READERS):
    """All readers give something or raise a RedrawError, and take memory as the file's size asks.

    Returns:
        What those that didn't refuse have read, by name.
    """
    path.write_bytes(raw)
    found = {}
    for name in readers:
        tracemalloc.start()
        try:
            found[name] = READERS[name](path)
        except RedrawError as error:
            message = str(error)
            assert "\n" not in message
            assert len(message) < len(str(path)) + 500
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < FIXED_MEMORY + 12 * len(raw)
    return found


@given(raw=st.binary(max_size=300))
@thorough
def test_random_bytes(tmp_path, raw):
    assert not survives(tmp_path / "x", raw)


@given(
    length=st.integers(0, 2**64 - 1) | st.integers(0, 400),
    header=st.binary(max_size=60)
    | st.dictionaries(texts, junk).map(lambda v: json.dumps(v).encode()),
    data=st.binary(max_size=40),
    honest=st.booleans(),
)
@example(length=2**63, header=b"{}", data=b"", honest=False)
@example(length=2, header=b"{}", data=b"", honest=True)
@thorough
def test_random_headers(tmp_path, length, header, data, honest):
    raw = struct.pack("<Q", len(header) if honest else length) + header + data
    assert not survives(tmp_path / "x", raw)


edits = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "repeat", "cut", "flip"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("kind", ["field", "checkpoint", "picture"])
@given(edits=edits)
@thorough
def test_mutated_files_are_refused_or_mean_the_same(tmp_path, valid, kind, edits):
    raw = bytearray(valid[kind])
    for what, where, new in edits:
        at = int(where * len(raw))
        if what == "replace":
            raw[at : at + len(new)] = new
        elif what == "insert":
            raw[at:at] = new
        elif what == "delete":
            del raw[at : at + len(new)]
        elif what == "repeat":
            raw[at:at] = raw[at : at + 50]
        elif what == "cut":
            del raw[at:]
        elif at < len(raw):
            raw[at] ^= 1 << (new[0] % 8)
    assume(bytes(raw) != valid[kind])
    found = survives(tmp_path / "x", bytes(raw), readers=["tensors", kind])
    if "tensors" in found:  # a blank more in the header, say
        (tmp_path / "valid").write_bytes(valid[kind])
        header, tensors = read_tensors(tmp_path / "valid")
        same_header, same_tensors = found["tensors"]
        assert content_digest(same_tensors, same_header) == content_digest(tensors, header)


def places(value, path=()):
    """Every place in a JSON value, as a path of keys."""
    yield path
    items = enumerate(value) if isinstance(value, list) else ()
    items = value.items() if isinstance(value, dict) else items
    for key, inner in items:
        yield from places(inner, (*path, key))


def changed(value, data, draw):
    """`value` with something replaced, deleted or added at a place that hypothesis chooses."""
    path = draw(st.sampled_from(list(places(value))))
    if not path:
        return draw(junk)
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    what = draw(st.sampled_from(["replace", "delete", "add"]))
    if what == "replace":
        inner[path[-1]] = draw(junk)
    elif what == "delete":
        del inner[path[-1]]
    elif isinstance(inner, dict):
        inner[draw(texts)] = draw(junk)
    else:
        inner.insert(path[-1], draw(junk))
    return value


@pytest.mark.parametrize("kind", ["field", "checkpoint", "picture"])
@given(data=st.data())
@thorough
def test_any_other_description_of_the_tensors(tmp_path, valid, parts, joined, kind, data):
    header, body = parts(valid[kind])
    header["__metadata__"]["redraw"] = json.loads(header["__metadata__"]["redraw"])
    header = changed(header, data, data.draw)
    with contextlib.suppress(KeyError, TypeError, IndexError):  # the metadata may be what changed
        header["__metadata__"]["redraw"] = json.dumps(header["__metadata__"]["redraw"])
    survives(tmp_path / "x", joined(header, body), readers=["tensors", kind])


@pytest.mark.parametrize("kind", ["field", "checkpoint", "picture"])
@given(data=st.data())
@thorough
def test_any_other_header_with_the_right_checksum(tmp_path, valid, kind, data):
    path = tmp_path / "valid"
    path.write_bytes(valid[kind])
    header, tensors = read_tensors(path)
    header = changed(header, data, data.draw)
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from(sorted(tensors)))
        tensors[name] = data.draw(
            st.sampled_from([tensors[name].flatten(), tensors[name] * np.inf, torch.zeros(2**10)])
        )
    assume(isinstance(header, dict))
    try:
        write_tensors(tmp_path / "x", tensors, header, force=True)
    except (OutputError, ValueError):
        return  # the writer knows already
    survives(tmp_path / "x", (tmp_path / "x").read_bytes(), readers=["tensors", kind])


@pytest.mark.parametrize("filler", [b"[]", b"{}", b"0", b'""', b'"\\u0000"', b"[[[[]]]]", b"1e5"])
def test_a_header_of_a_million_values_takes_no_memory(tmp_path, joined, filler):
    raw = joined(b'{"a":[' + b",".join([filler] * 1_000_000) + b"]}", b"")
    path = tmp_path / "x"
    path.write_bytes(raw)
    tracemalloc.start()
    try:
        with pytest.raises(FileFormatError, match="more than"):
            read_tensors(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(raw)
