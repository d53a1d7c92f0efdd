"""Names and texts of other people's pictures, in source code."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.export.conftest import config_of, made

from redraw.errors import UsageError
from redraw.export.source_code import comment, identifier, literal, numbers

HOSTILE = (
    '*/ int main(void){return 1;} /*',
    '"""\nraise SystemExit(3)\n"""',
    "</script><script>alert(1)</script>",
    "line\r\n#error broken\u2028\\",
    "'; drop ??/",
)  # fmt: skip


@given(st.text())
def test_any_name_becomes_an_identifier(text):
    assert re.fullmatch("[a-z][a-z0-9_]{0,41}", identifier(text))


@given(st.text() | st.text('*/\\?" \n'))
@example("*\\")
@example("\\*")
@example("???/")
def test_any_text_becomes_a_line_of_a_comment(text):
    line = comment(text)
    assert not set(line) & set("\n\r\\")
    assert not any(mark in line for mark in ("*/", "/*", '"""', "??"))
    assert line.isascii()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_literals_are_exact(value):
    assert float(literal(value)) == value
    assert any(c in literal(value) for c in ".e")


def test_literals_of_nothing_are_refused():
    with pytest.raises(UsageError, match="not finite"):
        literal(float("nan"))


def test_float32_is_written_exactly():
    values = np.random.default_rng(1).standard_normal(99).astype(np.float32)
    found = [np.float32(text.rstrip("f")) for text in numbers(values).replace("\n", "").split(",")]
    assert (np.array(found) == values).all()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name, tmp_path):
    field = made(config_of("ink", 1))
    field.export(tmp_path / "a.py", name=name)
    found = {"__name__": "exported"}
    exec((tmp_path / "a.py").read_text(), found)
    assert callable(found["field"])
    field.export(tmp_path / "a.c", name=name)
    if shutil.which("gcc"):
        command = ["gcc", "-std=c99", "-Wall", "-Werror", "-fsyntax-only", "-x", "c", "a.c"]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_a_field_that_is_too_large_is_refused_with_the_way_out(tmp_path, monkeypatch):
    from redraw.export.c_header import CHeader

    monkeypatch.setattr(CHeader, "most", 100)
    field = made(config_of("ink", 1))
    with pytest.raises(UsageError, match=r"holds \d+ numbers; \.c takes up to 100; .*--budget"):
        field.export(tmp_path / "a.c")
