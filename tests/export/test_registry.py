"""Exporters are found by ending; a package of someone else's adds one without an edit here."""

import sys

import numpy as np
import pytest

from redraw.errors import OutputError, UsageError
from redraw.export.registry import exporters, known_endings, unregister
from redraw.fields.program import Builder
from redraw.fitting.result.loading import load

TOY = '''
"""An exporter of somebody else's: the number of a field's constants."""

from redraw.export.exporter import Option, Written
from redraw.export.registry import register


class Count:
    endings = (".count",)
    about = "how many constants there are"
    options = {"base": Option("of the number", int)}

    def refuse(self, program):
        return "softmax is too hard" if "softmax" in program.kinds else None

    def write(self, subject, path, options, *, force):
        count = subject.program.numbers
        path.write_text(oct(count) if options.get("base") == 8 else str(count))
        return Written((path,), ("names are lost",))


toy = Count()
register(toy)
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A package that registers an exporter when it is imported."""
    (tmp_path / "toy_export").mkdir()
    (tmp_path / "toy_export/__init__.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    import toy_export

    yield toy_export.toy
    unregister(toy_export.toy)
    del sys.modules["toy_export"]


def test_an_exporter_from_elsewhere(toy, drawing, tmp_path):
    written = drawing.export(tmp_path / "a.count")
    assert (tmp_path / "a.count").read_text() == str(drawing.lower().numbers)
    assert written.paths == (tmp_path / "a.count",)
    assert written.notes == ("names are lost",)
    drawing.export(tmp_path / "a.txt", format="count", base="8")
    assert (tmp_path / "a.txt").read_text().startswith("0o")
    assert toy in list(exporters())


def test_options_are_checked(toy, drawing, tmp_path):
    with pytest.raises(UsageError, match=r"--height means nothing to \.count; accepted: --base"):
        drawing.export(tmp_path / "a.count", height=3)
    with pytest.raises(UsageError, match="--base is 'x'"):
        drawing.export(tmp_path / "a.count", base="x")
    drawing.export(tmp_path / "a.count", base=None)


def test_what_nobody_takes_is_refused_with_what_is_accepted(drawing, tmp_path):
    with pytest.raises(UsageError, match=r"the ending of .*a\.xyz is no format.*\.c, \.h, \.py"):
        drawing.export(tmp_path / "a.xyz")
    with pytest.raises(UsageError, match="--as doc"):
        drawing.export(tmp_path / "a.c", format="doc")


def test_nothing_is_overwritten(drawing, tmp_path):
    for ending in known_endings():
        path = tmp_path / f"a{ending}"
        path.write_text("mine")
        with pytest.raises(OutputError, match="exists already"):
            drawing.export(path)
        assert path.read_text() == "mine"


def test_a_foreign_operation_is_refused(drawing, tmp_path, monkeypatch):
    class Foreign:
        kind, width = "foreign", 1

        def run(self, *values):
            return np.zeros((len(values[0]), 1))

    builder = Builder(2)
    builder.add(Foreign(), 0)
    monkeypatch.setattr(type(drawing), "lower", lambda self: builder.finish())
    with pytest.raises(UsageError, match=r"the operation 'foreign', which \.c can't say"):
        drawing.export(tmp_path / "a.c")


def test_a_field_file_is_exported_after_a_round_trip(drawing, tmp_path):
    drawing.save(tmp_path / "a.redraw")
    for name, field in (("a.c", drawing), ("b.c", load(tmp_path / "a.redraw"))):
        field.export(tmp_path / name, name="same")
    assert (tmp_path / "a.c").read_bytes() == (tmp_path / "b.c").read_bytes()
