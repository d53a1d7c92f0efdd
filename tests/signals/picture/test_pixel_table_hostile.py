"""Tables of pixels that nobody should have written: read or refused, in bounded memory."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.signals.picture.values import refused_table

from redraw.errors import RedrawError
from redraw.signals.picture import pixel_table


def read_or_refused(path):
    message = ""
    try:
        picture = pixel_table.read(path, max_pixels=10_000)
        assert picture.width * picture.height <= 10_000
        assert picture.values.min() >= 0
        assert picture.values.max() <= 1
    except RedrawError as error:
        message = str(error)
    assert "\n" not in message


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.binary(max_size=400))
@example(b"x,y,pixel_value\n" + b"0" * 100_000)
@example(b"\xff\xfe" + "x,y,pixel_value\n0,0,1\n".encode("utf-16-le"))
def test_arbitrary_bytes_are_read_or_refused(table, content):
    read_or_refused(table(content))


fields = st.one_of(
    st.integers(0, 300).map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        ["", " 1", "1 ", "1 1", "\t2", "00", "1.5", "1e3", "nan", "\r", "x", '"1"', "٣"]
    ),
    st.text(max_size=3),
)
lines = st.lists(fields, min_size=1, max_size=5).map(",".join)
headers = st.sampled_from(["x,y,pixel_value", "x,y,pixel_value,a", "x,y,r,g,b", "x,y,r,g,b,a"])


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=200,
)
@given(
    headers,
    st.lists(lines, max_size=8),
    st.sampled_from(["\n", "\r\n", "\n\n", "\r"]),
    st.sampled_from([2, 5, 30, 2**20]),
)
def test_nearly_tables_are_read_or_refused(table, header, body, newline, block):
    previous, pixel_table._BLOCK = pixel_table._BLOCK, block
    try:
        read_or_refused(table(newline.join([header, *body])))
    finally:
        pixel_table._BLOCK = previous


def reference(text, columns):
    """What a plain reader makes of well-formed rows: x, y and values, or None."""
    rows = []
    for line in text.split("\n"):
        if not line.strip(" \t\r"):
            continue
        row = [field.strip(" \t\r\x0b\x0c") for field in line.split(",")]
        if len(row) != columns or not all(field.isascii() and field.isdigit() for field in row):
            return None
        rows.append([int(field) for field in row])
    places = {tuple(row[:2]) for row in rows}
    if not rows or len(places) != len(rows):
        return None
    # A whole picture that is counted from 1.
    wide, high = (max(row[axis] for row in rows) for axis in (0, 1))
    if len(rows) > 1 and places == {(x + 1, y + 1) for x in range(wide) for y in range(high)}:
        return [[x - 1, y - 1, *values] for x, y, *values in rows]
    return rows


small = st.integers(0, 9).map(str) | st.sampled_from([" 3", "4 ", "5\t", "6 7", "", "08", "a"])


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=300,
)
@given(
    st.lists(st.lists(small, min_size=3, max_size=3).map(",".join), max_size=6),
    st.sampled_from(["\n", "\r\n", "\n \n"]),
)
@example(["1,1,0", "1,2,0"], "\n")
@example(["1,1,0", "2,2,0"], "\n")
def test_the_fast_parser_agrees_with_a_plain_one(table, body, newline):
    text = newline.join(body)
    expected = reference(text, 3)
    path = table("x,y,pixel_value\n" + text)
    if expected is None:
        refused_table(path, depth=8)
        return
    picture = pixel_table.read(path, depth=8)
    for x, y, value in expected:
        assert round(float(picture.values[y, x, 0]) * 255) == value
    known = np.ones(picture.size[::-1], bool) if picture.known is None else picture.known
    assert known.sum() == len(expected)


HOSTILE = """
import sys
from redraw.errors import TableError
from redraw.signals.picture import pixel_table
try:
    pixel_table.read(sys.argv[1], max_pixels=10**6)
except TableError as error:
    print(error)
lines = open("/proc/self/status").read().splitlines()
print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("kind", ["one long line", "the same row again and again", "far apart"])
def test_memory_stays_bounded(tmp_path, kind):
    path = tmp_path / "hostile.csv"
    with path.open("wb") as file:
        file.write(b"x,y,pixel_value\n")
        for _ in range(20):  # 20 to 120 MB
            file.write({"one long line": b"1", "far apart": b"9"}.get(kind, b"0,0,1\n") * 10**6)
            if kind == "far apart":
                file.write(b",0,0\n")
                break
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(path)], check=True, capture_output=True, text=True
    )
    message, memory = done.stdout.splitlines()
    assert "hostile.csv" in message
    assert int(memory) < 200  # MiB, Python and NumPy included
