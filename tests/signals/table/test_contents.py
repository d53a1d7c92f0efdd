"""Tables as other programs leave them: by what a file holds, whatever it is called."""

import contextlib
import datetime
import decimal
import json
import re
import tracemalloc
import zipfile

import numpy as np
import pytest

from redraw.errors import TableError
from redraw.signals.table.reading import read_raw
from redraw.signals.table.table import Table
from redraw.signals.table.writing import write_csv

ROWS = [(i / 4, i * 7 % 13, i / 2 - 1) for i in range(12)]
TEXT = "a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in ROWS)


def read(path, content, inputs="a,b", **options):
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Table.read(path, inputs, "y", **options)


def refusal(path, content, **options):
    with pytest.raises(TableError) as error:
        read(path, content, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


AS_SAVED = {
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-16 of the other order": TEXT.encode("utf-16-be"),
    "UTF-32": TEXT.encode("utf-32"),
    "blank lines above": "\n \r\n" + TEXT,
    "sep": "sep=;\r\n" + TEXT.replace(",", ";"),
    "comments": "# made by x\n# on y\n" + TEXT,
    "a comment, then names as NumPy writes them": "# made by x\n# " + TEXT,
    "the end of old files": TEXT + "\x1a",
    "JSON lines": "".join(json.dumps(dict(zip("aby", row, strict=True))) + "\n" for row in ROWS),
    "JSON of columns by row, as pandas has it": json.dumps(
        {name: {str(i): row[k] for i, row in enumerate(ROWS)} for k, name in enumerate("aby")}
    ),
}


@pytest.mark.parametrize("what", AS_SAVED)
@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
def test_what_programs_save_is_read(tmp_path, what, name):
    table = read(tmp_path / name, AS_SAVED[what])
    np.testing.assert_array_equal(table.inputs, [row[:2] for row in ROWS])
    np.testing.assert_array_equal(table.targets[:, 0], [row[2] for row in ROWS])


@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.parquet", "t.ods"])
def test_text_under_another_ending_is_text(tmp_path, name):
    table = read(tmp_path / name, TEXT.replace(",", "\t"))
    assert len(table.inputs) == len(ROWS)
    assert "read as text" in " ".join(table.notes)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("1,2,red\n3,4,blue\n5,6,red\n", "abc"),
        ("ann,x,red\nbob,y,blue\nann,y,red\n", "abc"),
        ("p,q,r\n1,2,red\n3,4,blue\n", "pqr"),
    ],
)
def test_a_comment_above_may_be_the_names_of_columns(tmp_path, rows, names):
    (tmp_path / "t.csv").write_text("# made by x\n# a,b,c\n" + rows)
    assert "".join(read_raw(tmp_path / "t.csv").columns) == names


def test_a_stray_control_character_makes_no_binary(tmp_path):
    table = read(tmp_path / "t.csv", TEXT.replace("b,", "b\x1d,", 1), inputs="a")
    assert len(table.inputs) == len(ROWS)


def test_a_workbook_and_a_parquet_under_another_ending(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook to be read")
    arrow = pytest.importorskip("pyarrow", reason="writes the Parquet file to be read")
    parquet = pytest.importorskip("pyarrow.parquet")
    book = openpyxl.Workbook()
    for row in (tuple("aby"), *ROWS):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    parquet.write_table(
        arrow.table({name: [row[k] for row in ROWS] for k, name in enumerate("aby")}),
        tmp_path / "t.parquet",
    )
    for made in ("t.xlsx", "t.parquet"):
        table = read(tmp_path / "t.csv", (tmp_path / made).read_bytes())
        np.testing.assert_array_equal(table.inputs, [row[:2] for row in ROWS])
        assert f"as what it holds, {made[2:]}" in " ".join(table.notes)


FOREIGN = {
    b"<!DOCTYPE html><html>404": "is a web page",
    b"\x1f\x8b\x08" + bytes(30): "is packed by gzip",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(30): "a document of an old office program",
    b"\x89PNG\r\n\x1a\n" + bytes(30): "is a picture by its first bytes (PNG)",
    b"a,b,y\n1,\xe4,3\n": "is no text in UTF-8; save it as UTF-8 first: iconv -f latin1",
    b"a,b,y\n1,\0\1\2,3\n": "is no table that is read",
    b"": "is empty",
}


@pytest.mark.parametrize("content", FOREIGN)
def test_what_is_no_table_is_called_by_its_name(tmp_path, content):
    assert FOREIGN[content] in refusal(tmp_path / "t.csv", content)


@pytest.mark.parametrize("name", ["FORM", "MATLAB", "NRRD", "BMI", "id"])
def test_a_first_column_may_be_called_as_other_files_begin(tmp_path, name):
    table = read(tmp_path / "t.csv", TEXT.replace("a,", f"{name},", 1), inputs=f"{name},b")
    assert len(table.inputs) == len(ROWS)


CELLS = {
    "1,234": "write it without signs between thousands",
    "1'234.5": "write it without signs between thousands",
    "1,5": "write decimals with a point",
    "10%": "write it without %",
    "2020-01-31": "write dates as numbers",
    "31.1.2020": "write dates as numbers",
    "1 234,5": "write it without signs between thousands",
    "\u22125": "write the minus as -",
    "n. d.": "empty it where it stands for none",
}


@pytest.mark.parametrize("cell", CELLS)
def test_what_to_do_with_a_cell_that_is_no_number(tmp_path, cell):
    said = refusal(tmp_path / "t.csv", f'a,b,y\n"{cell}",1,2\n2,3,4\n')
    assert f"line 2, column 1 (a): {cell!r} is no number; {CELLS[cell]}" in said or "'\"" in said


def test_where_decimals_have_commas_points_stand_between_thousands(tmp_path):
    table = read(tmp_path / "t.csv", "a;b;y\n1.234;2,5;3\n12.345.678;3,5;4\n99;1,5;5\n")
    np.testing.assert_array_equal(table.inputs[:, 0], [1234, 12345678, 99])
    assert "points in 'a' were read as between thousands" in table.notes
    table = read(tmp_path / "t.csv", "a;b;y\n1.234;2.5;3\n2.345;3.5;4\n")  # no commas at all
    np.testing.assert_array_equal(table.inputs[:, 0], [1.234, 2.345])


def test_decimals_of_parquet_and_python_are_numbers():
    frame = {"a": [decimal.Decimal("0.5"), decimal.Decimal(2)], "y": [1, 2]}
    from redraw.signals.options import Columns
    from redraw.signals.source import any_signal

    assert any_signal(frame, Columns(targets="y")).inputs.tolist() == [[0.5], [2.0]]
    frame["a"][0] = datetime.date(2020, 1, 31)
    with pytest.raises(TableError, match="'2020-01-31' is no number; write dates as numbers"):
        any_signal(frame, Columns(targets="y"))


def test_a_first_line_of_numbers_is_no_header(tmp_path):
    assert "the first line seems to be numbers" in refusal(tmp_path / "t.csv", "1,1,2\n3,4,5\n")


def test_lines_are_counted_from_the_top_of_the_file(tmp_path):
    said = refusal(tmp_path / "t.csv", "\n\n# x, y\nsep,b,y\n", inputs="b")
    assert "has no rows" in said
    assert "line 6, column 2" in refusal(tmp_path / "t.csv", "\n\n# x\na,b,y\n1,2,3\n1,q,3\n")


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ([("Sales of 2024",)], 2),
        ([("Sales of 2024",), (), ("all shops",), ()], 5),
        ([(), ("Sales of 2024",)], 3),
    ],
)
def test_a_workbook_whose_table_stands_below_a_title(tmp_path, above, row):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook to be read")
    book = openpyxl.Workbook()
    for line in (*above, tuple("aby"), *ROWS):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    table = read(tmp_path / "t.xlsx", (tmp_path / "t.xlsx").read_bytes())
    np.testing.assert_array_equal(table.inputs, [line[:2] for line in ROWS])
    assert f"stand in row {row}, below its title, 'Sales of 2024'" in " ".join(table.notes)


def test_what_is_no_title_stays_the_first_row(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook to be read")
    for first in ((None, "y"), ("y",)):  # an index of pandas, a table of one column
        book = openpyxl.Workbook()
        for line in (first, *([(k, k / 2) for k in range(9)] if len(first) > 1 else [(1,), (2,)])):
            book.active.append(line)
        book.save(tmp_path / "t.xlsx")
        raw = read_raw(tmp_path / "t.xlsx")
        assert list(raw.columns)[-1] == "y"
        assert not any("title" in note for note in raw.notes)


def test_a_comma_is_no_decimal_one_where_decimals_have_points(tmp_path):
    """As spreadsheets of English people save tables with tabs: 1,234 is no 1.234."""
    said = refusal(tmp_path / "t.tsv", "a\tb\ty\n1,234\t1.5\t2\n5,000\t2.5\t3\n")
    assert "'1,234' is no number; write it without signs between thousands" in said
    table = read(tmp_path / "t.tsv", "a\tb\ty\n1,5\t1.5\t2\n5,000\t2.5\t3\n")
    assert table.inputs[:, 0].tolist() == [1.5, 5.0]


def test_points_between_thousands_of_negative_numbers(tmp_path):
    table = read(tmp_path / "t.csv", "a;b;y\n-1.234;1,5;2\n-5;2,5;3\n", inputs="a,b")
    assert table.inputs[:, 0].tolist() == [-1234.0, -5.0]


def test_what_parts_columns_may_stand_in_their_names(tmp_path):
    table = read(tmp_path / "t.tsv", "a, b\tc, d, e\ty\n1\t2\t3\n4\t5\t7\n", inputs='"a, b"')
    assert table.inputs.tolist() == [[1.0], [4.0]]


def test_truth_values_of_text_are_those_of_other_tables(tmp_path):
    """As pandas (True), R and spreadsheets (TRUE) write them; in JSON they are numbers, too."""
    for yes, no in (("True", "False"), ("TRUE", "FALSE"), ("true", "false")):
        text = f"a,b,y\n{yes},1,{no}\n{no},2,{yes}\nNA,3,{no}\n{yes},4,NA\n"
        table = read(tmp_path / "t.csv", text)
        assert table.inputs.tolist() == [[1.0, 1.0], [0.0, 2.0]]
        assert table.schema.classes == (no, yes)  # NA is missing, as among numbers
    assert "'True' is no number" in refusal(tmp_path / "t.csv", "a,b,y\nTrue,1,2\nperhaps,2,3\n")


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (("0.1234567", "0.1234568"), ("0.1234567", "0.1234568")),
        (("10000000000000001", "10000000000000000"), ("10000000000000000", "10000000000000001")),
        (("01", "1"), ("01", "1")),
        (("1E5", "100000", "A1", "B7"), ("100000", "1E5", "A1", "B7")),
        (("1.0", "1", "2"), ("1", "2")),
        (("1.000e+00", "2.000e+00"), ("1", "2")),
    ],
)
def test_what_differs_is_two_classes(tmp_path, cells, classes):
    """Six digits were kept of a number, so that classes became one without a word."""
    text = "a,y\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells))
    table = read(tmp_path / "t.csv", text, inputs="a", task="classification")
    assert table.schema.classes == classes


def test_a_guess_that_fails_says_how_to_say_it(tmp_path):
    said = refusal(tmp_path / "t.csv", "a,b,y\n1,2,1\n2,3,2\n3,4,B\n")
    assert said.endswith("where it holds classes: --task classification")


def test_an_infinite_number_is_told_as_one(tmp_path):
    table = read(tmp_path / "t.csv", "a,b,y\n1,2,3\ninf,3,4\n1,5,4\n")
    assert "1 of 3 rows of t.csv lack a finite value in 'a' and are left out" in table.notes


def test_one_long_cell_takes_no_room_in_the_others(tmp_path):
    """An array of texts has the room of the longest in each: 400 kB for each of these rows."""
    for text in (f"a,b,y\n{'z' * 100_000},1,2\n", f"a,b,y\n1,1,{'z' * 100_000}\n"):
        (tmp_path / "t.csv").write_text(text + "1,1,b\n1,1,c\n" * 150)
        tracemalloc.start()
        with contextlib.suppress(TableError):  # as no number, or no class, or it is held out
            Table.read(tmp_path / "t.csv", "a,b", "y", held_out=0.2)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20e6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": [1, 2], "a": [3, 4], "b": [1, 2], "y": [1, 2]}', "the name 'a' is there twice"),
        ('[{"a": 1, "a": 2, "b": 1, "y": 1}]', "the name 'a' is there twice"),
        ('{"a": 1, "b": 1, "y": 1}\n{"a": 1, "a": 2, "b": 3, "y": 1}', "'a' is there twice"),
        ('{"columns": ["a"], "index": [0], "data": [[1]]}', "orient='split'; write it with to_js"),
        ('{"schema": {}, "data": [{"a": 1}]}', "orient='table'; write it with to_json(orient='r"),
    ],
)
def test_json_that_would_lose_columns(tmp_path, content, said):
    assert said in refusal(tmp_path / "t.json", content)


def test_lines_of_json_end_where_json_ends_them(tmp_path):
    table = read(tmp_path / "t.json", AS_SAVED["JSON lines"].replace("}", ', "n": "x\u2028\x85"}'))
    assert len(table.inputs) == len(ROWS)


def test_a_workbook_is_as_large_as_its_cells(tmp_path):
    """Programs write wrong sizes: "A1", which hid the rest, or all that there could be."""
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook to be read")
    book = openpyxl.Workbook()
    for row in (tuple("aby"), *ROWS):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    for size in (b"A1", b"A1:XFD1048576"):
        with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as other:
            for name, content in parts.items():
                changed = re.sub(rb'dimension ref="[^"]*"', b'dimension ref="%s"' % size, content)
                other.writestr(name, changed if name == sheet else content)
        table = Table.read(tmp_path / "other.xlsx", "a,b", "y")
        np.testing.assert_array_equal(table.inputs, [row[:2] for row in ROWS])
    book.active.cell(100_000, 16_000, 1)
    book.save(tmp_path / "far.xlsx")
    with pytest.raises(TableError, match="cells are read: delete what stands far out"):
        read_raw(tmp_path / "far.xlsx")


def test_formulas_that_were_never_computed(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="writes the workbook to be read")
    book = openpyxl.Workbook()
    for row in (("a", "f", "y"), (1, "=A2", 2.5), (2, "=A3", 3.5)):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(
        TableError, match=r"line 2, column 2 \(f\): '=A2' is no number; it is a form"
    ):
        Table.read(tmp_path / "t.xlsx", "f", "y")
    assert Table.read(tmp_path / "t.xlsx", "a", "y").count == 2


def test_numbers_of_other_tables_are_written_with_all_digits(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="writes the Parquet file to be read")
    parquet = pytest.importorskip("pyarrow.parquet")
    numbers = {"id": [12345678901, 9007199254740993], "x": [1.23456789012, 1e-7]}
    parquet.write_table(arrow.table(numbers), tmp_path / "t.parquet")
    write_csv(tmp_path / "t.csv", read_raw(tmp_path / "t.parquet"), {})
    rows = (tmp_path / "t.csv").read_text().split()
    assert rows == ["id,x", "12345678901,1.23456789012", "9007199254740993,1e-07"]
