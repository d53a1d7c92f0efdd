"""Strict JSON: what is refused, and that one value has one text."""

import json
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.storage.messages import shown
from redraw.storage.plain_json import canonical, digest, finite, parse

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_a_value_comes_back(value):
    assert parse(canonical(value)) == value
    assert parse(canonical(value).encode()) == value


@given(st.dictionaries(texts, values, max_size=5))
def test_the_order_of_keys_does_not_matter(value):
    backwards = dict(reversed(value.items()))
    assert canonical(backwards) == canonical(value)
    assert digest(backwards) == digest(value)


@given(st.binary(max_size=200))
def test_bytes_are_read_as_the_standard_reader_does_or_refused(raw):
    try:
        value = parse(raw)
    except ValueError:
        return
    assert json.loads(raw) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "the key 'a' occurs twice"),
        (b"NaN", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"1e999", "out of range"),
        (b"9" * 5000, "digits"),
        (b'"\\ud800"', "surrogates"),
        (b'{"\\udfff": 1}', "surrogates"),
        (b'"\xff"', "utf-8"),
        (b"[" * 5000, "nested too deeply"),
        (b'{"a":' * 5000, "nested too deeply"),
        (b"", "Expecting value"),
        (b"{} {}", "Extra data"),
    ],
)
def test_what_is_refused(raw, reason):
    with pytest.raises(ValueError, match=reason):
        parse(raw)


def test_many_small_values_are_refused_before_they_take_memory():
    raw = b"[" + b"{}," * 2_000_000 + b"{}]"  # would be 130 MB of dictionaries
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="more than"):
            parse(raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(raw)


def test_only_finite_numbers_are_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"psnr": math.inf})
    value = {"psnr": math.inf, "loss": [math.nan, 1.5], "steps": 3, "size": (4, 5)}
    assert finite(value) == {"psnr": None, "loss": [None, 1.5], "steps": 3, "size": [4, 5]}


def test_what_a_file_says_cannot_break_a_message():
    assert "\n" not in shown("two\nlines \x1b[31m\u202e")
    assert "\x1b" not in shown("two\nlines \x1b[31m\u202e")
    assert len(shown("x" * 10_000)) == 60
