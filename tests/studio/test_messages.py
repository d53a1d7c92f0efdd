"""Messages between processes and pages: what goes in comes out, and nothing else is taken."""

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.studio.messages import HEADER_LIMIT, pack, unpack

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), json_values, max_size=5), st.binary(max_size=200))
def test_what_is_packed_is_unpacked(header, payload):
    assert unpack(pack(header, payload)) == (header, payload)


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_or_are_a_message(raw):
    try:
        header, payload = unpack(raw)
    except ValueError:
        return
    (length,) = struct.unpack("<I", raw[:4])
    assert header == json.loads(raw[4 : 4 + length])
    assert payload == raw[4 + length :]


@pytest.mark.parametrize("raw", [b"", b"\2\0\0", b"\2\0\0\0", b"\2\0\0\0[]", b"\xff\xff\xff\xff{}"])
def test_what_is_cut_off_or_no_object_is_refused(raw):
    with pytest.raises(ValueError, match="header"):
        unpack(raw)


def test_a_header_is_limited():
    raw = (HEADER_LIMIT + 1).to_bytes(4, "little") + b" " * (HEADER_LIMIT + 1)
    with pytest.raises(ValueError, match="header"):
        unpack(raw)


def test_what_no_json_can_say_is_not_sent():
    with pytest.raises(ValueError, match="JSON"):
        pack({"loss": float("nan")})
