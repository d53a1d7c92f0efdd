"""Tables from files, and every way in which one can be wrong."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.errors import RedrawError, TableError, UsageError
from redraw.signals.table.reading import read_raw
from redraw.signals.table.table import Table
from redraw.signals.table.writing import write_csv

TEXT = "age, height,name,weight\n1,50.5,ann,10\n2,60,bob,20\n3,70,cid,30\n"


@pytest.fixture
def file(tmp_path):
    """Writes text, or JSON, to a file of that name."""

    def write(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def numbers(table):
    return np.hstack([table.inputs, table.targets]).tolist()


EXPECTED = [[1.0, 50.5, 10.0], [2.0, 60.0, 20.0], [3.0, 70.0, 30.0]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT),
        ("a.CSV", TEXT.replace("\n", "\r\n")),
        ("a.csv", "\ufeff" + TEXT),
        ("a.csv", TEXT.replace(",", ";")),
        ("a.tsv", TEXT.replace(",", "\t")),
        ("a.csv", TEXT.replace("2,60", '"2"," 60 "').replace("3,70", "\n\n3,7e1")),
        ("a.json", [{"age": 1, "height": 50.5, "weight": 10}, {"weight": 20, "age": 2,
                     "height": 60}, {"height": 70, "weight": 30, "age": 3}]),
        ("a.json", {"age": [1, 2, 3], "weight": [10, 20, 30], "height": [50.5, 60, 70]}),
    ],
)  # fmt: skip
def test_all_forms_hold_the_same(file, name, content):
    assert numbers(Table.read(file(name, content), "age,height", "weight")) == EXPECTED


def test_parquet(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="PyArrow, which Parquet needs, is not installed")
    import pyarrow.parquet

    table = arrow.table(
        {
            "age": arrow.array([1, 2, 3, None], arrow.int32()),
            "height": arrow.array([50.5, 60.0, 70.0, 80.0]),
            "weight": arrow.array([10, 20, 30, 40], arrow.uint8()),
            "kind": arrow.array(["cat", "dog", None, "dog"]),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    read = Table.read(tmp_path / "a.parquet", "age,height", "weight")
    assert numbers(read) == EXPECTED
    classes = Table.read(tmp_path / "a.parquet", "height", "kind")
    assert classes.schema.classes == ("cat", "dog")
    assert classes.count == 3
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(TableError, match=r"bad\.parquet is no Parquet file"):
        read_raw(tmp_path / "bad.parquet")


def test_the_flat_form_is_row_major_and_brings_its_test_rows(file):
    flat = {"m": 3, "n": 2, "m_test": 1, "x": [1, 50.5, 2, 60, 3, 70], "y": [10, 20, 30],
            "x_test": [4, 80], "y_test": [40]}  # fmt: skip
    table = Table.read(file("a.json", flat))
    assert numbers(table) == EXPECTED
    assert table.held_inputs.tolist() == [[4.0, 80.0]]
    assert table.held_targets.tolist() == [[40.0]]
    assert [c.name for c in table.schema.inputs] == ["x1", "x2"]
    without = {key: flat[key] for key in ("m", "n", "x", "y")}
    assert Table.read(file("b.json", without)).held_count == 0
    several = {**without, "y": [1, 2, 3, 4, 5, 6]}
    assert Table.read(file("c.json", several)).targets.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x": [1, 2]}, "x has 2 numbers; m x n is 3 x 2"),
        ({"y": [1, 2]}, "y has 2 numbers for 3 rows"),
        ({"m": 0}, "m is 0"),
        ({"n": 0}, "n 0"),
        ({"n": "2"}, "n '2'"),
        ({"x": "123456"}, "lists of numbers"),
        ({"m_test": 2, "x_test": [1, 2], "y_test": [1, 2]}, "x_test has 2 numbers"),
        ({"m_test": 1, "x_test": [1, 2], "y_test": [1, 2]}, "y_test has 2 numbers"),
        ({"x": [1, 2, 3, 4, "five", 6]}, r"row 3, column 'x1': 'five' is no number"),
    ],
)
def test_a_flat_form_that_contradicts_itself(file, change, said):
    flat = {"m": 3, "n": 2, "x": [1, 2, 3, 4, 5, 6], "y": [1, 2, 3], **change}
    with pytest.raises(TableError, match=said):
        Table.read(file("a.json", flat))


def test_inputs_are_all_others_by_default(file):
    table = Table.read(file("a.csv", TEXT.replace("ann", "1").replace("bob", "2")
                            .replace("cid", "5")), targets="weight,age")  # fmt: skip
    assert [c.name for c in table.schema.inputs] == ["height", "name"]
    assert [c.name for c in table.schema.targets] == ["weight", "age"]


# --- columns that are not there ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "targets", "said"),
    [
        ("age,hieght", "weight", r"no column 'hieght'; did you mean 'height'\?"),
        ("Age", "weight", r"no column 'Age'; did you mean 'age'\?"),
        ("age", "wait", r"no column 'wait'; did you mean 'weight'\?"),
        ("age", "zzz", "no column 'zzz'; it has age, height, name, weight"),
        ("age", None, "--inputs a,b --targets y"),
        (None, None, "has the columns age, height, name, weight"),
        ("age,age", "weight", "'age' is named twice"),
        ("age", "age", "'age' is named twice"),
        ("age", "name,weight", "TABLE"),
        (None, "age,height,name,weight", "no column beside its targets"),
    ],
)
def test_columns_that_can_not_be_taken(file, inputs, targets, said):
    path = file("a.csv", TEXT)
    if said == "TABLE":  # names are no numbers, and of several targets none is a class
        with pytest.raises(TableError, match=r"line 2, column 3 \(name\): 'ann' is no number"):
            Table.read(path, inputs, targets)
        return
    with pytest.raises(UsageError, match=said) as refused:
        Table.read(path, inputs, targets)
    assert "\n" not in str(refused.value)


# --- cells that are no numbers -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,y\n1,1\n2,2\nthree,3\n", r"a\.csv, line 4, column 1 \(a\): 'three' is no number"),
        ("a,y\n1,1\n2,two\n3,3\n4,4\n", r"line 3, column 2 \(y\): 'two' is no number"),
        ('a,y\n1,1\n\n"2\n",2\n3x,3\n', r"line 6, column 1"),  # cells may hold line ends
        ('a,y\n"1,5",1\n2,2\n', r"'1,5' is no number; write decimals with a point"),
        ("a,y\n1_000,1\n2,2\n", "'1_000' is no number"),
        ("a,y\n1,1,1\n2,2\n", "line 2: it has 3 cells, and the first line names 2 columns"),
        ("a,y\n1\n", "line 2: it has 1 cells"),
        ("a,a\n1,2\n", "two columns are called 'a'"),
        (",\n1,2\n", "is empty"),
        ("", "is empty"),
        ("a,y\n", "has no rows"),
        ('a,y\n1,"2\n', "line 2"),
        ("a,y\n,1\nNA,2\n", "column 'a' has no value in any of its 2 rows"),
        ("a,y\n1,\n2,nan\n", "column 'y' has no value in any of its 2 rows"),
    ],
)
def test_a_malformed_csv_says_where(file, content, said):
    with pytest.raises(TableError, match=said) as refused:
        Table.read(file("a.csv", content), "a", "y")
    assert "\n" not in str(refused.value).replace("\\n", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", r"a\.json, line 1, column 2"),
        ("[1, 2]", "is no table"),
        ("[]", "is no table"),
        ("{}", "is no table"),
        ('"text"', "is no table"),
        ('{"a": [1, 2], "y": [1]}', "its columns have 1 to 2 rows"),
        ('{"a": [[1], [2]], "y": [1, 2]}', r"row 1, column 'a': \[1\] is no number"),
        ('[{"a": "yes", "y": 1}]', "'yes' is no number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_json_file_that_is_no_table(file, content, said):
    with pytest.raises(TableError, match=said):
        Table.read(file("a.json", content), "a", "y")


def test_truth_values_of_json_are_one_and_zero(file):
    table = Table.read(file("a.json", '[{"a": true, "y": 1}, {"a": false, "y": 3}]'), "a", "y")
    assert table.inputs.tolist() == [[1.0], [0.0]]


def test_files_that_are_not_there_or_no_text(tmp_path):
    with pytest.raises(TableError, match="does not exist"):
        read_raw(tmp_path / "a.csv")
    with pytest.raises(TableError, match="is a folder"):
        (tmp_path / "f.csv").mkdir()
        read_raw(tmp_path / "f.csv")
    (tmp_path / "b.csv").write_bytes(b"a,y\n\xff\xfe,1\n")
    with pytest.raises(TableError, match="no text in UTF-8"):
        read_raw(tmp_path / "b.csv")
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(TableError, match=r"no table that is read \(\.csv.*--convert-to csv"):
        read_raw(tmp_path / "a.xls")


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(content)
    try:
        Table.read(path, targets="y")
    except RedrawError as error:
        assert isinstance(error, TableError | UsageError)  # noqa: PT017


# --- writing -------------------------------------------------------------------------------------


def test_cells_are_written_as_they_were(file, tmp_path):
    raw = read_raw(file("a.csv", 'name,a\n"Doe, J.",007\n"say ""hi""",1.50\n'))
    write_csv(tmp_path / "out.csv", raw, {"p": [0.1, None], "q": ["x", "y,z"]})
    again = read_raw(tmp_path / "out.csv")
    assert dict(again.columns) == {
        "name": ("Doe, J.", 'say "hi"'),
        "a": ("007", "1.50"),
        "p": ("0.1", ""),
        "q": ("x", "y,z"),
    }
    with pytest.raises(TableError, match="has a column 'a' already"):
        write_csv(tmp_path / "b.csv", raw, {"a": [1, 2]})
    with pytest.raises(UsageError, match=r"end the name in \.csv"):
        write_csv(tmp_path / "b.xlsx", raw, {})


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (",a,y\n0,1.5,2\n1,3,4\n", ("column 1, which has no name, was left out",)),
        ("a,y,\n1.5,2,\n3,4,\n", ()),
        ("a,y\n1.5,2,\n3,4,\n", ()),
        ('"a" "y"\n"1" 1.5 2\n"2" 3 4\n', ("column 1, which has no name, was left out",)),
        ("a y\n1.5 2\n3   4\n", ()),
        ("a;y\n1,5;2\n3;4\n", ("decimal commas were read as such",)),
        ("a\ty\n1,5\t2\n3\t4,0\n", ("decimal commas were read as such",)),
        ("a|y\n1.5|2\n3|4\n", ()),
        ('"a, b";"y"\n1.5;2\n3;4\n', ()),
        ("# a,y\n1.5,2\n3,4\n", ()),
        ("\ufeffa,y\r\n1.5,2\r\n3,4\r\n", ()),
    ],
)
def test_tables_as_others_write_them(tmp_path, text, notes):
    (tmp_path / "t.txt").write_text(text)
    raw = read_raw(tmp_path / "t.txt")
    assert len(raw.columns) == 2
    found = [raw.cells(name).numbers().tolist() for name in raw.columns]
    assert found == [[1.5, 3.0], [2.0, 4.0]]
    assert raw.notes == notes


def test_utf_16_as_spreadsheets_write_unicode_text(tmp_path):
    (tmp_path / "t.txt").write_text("a\ty\n1\t2\n", encoding="utf-16")
    assert list(read_raw(tmp_path / "t.txt").columns) == ["a", "y"]


@pytest.mark.parametrize("word", ["None", "NA", "null", "n/a", "NaN"])
def test_a_class_is_never_eaten_by_the_rule_for_missing_values(tmp_path, word):
    rows = [f"{i},{word if i % 2 else 'mild'}" for i in range(6)]
    (tmp_path / "t.csv").write_text("a,y\n" + "\n".join([*rows, "7,"]) + "\n")
    table = Table.read(tmp_path / "t.csv", targets="y")
    assert sorted(table.schema.classes) == sorted([word, "mild"])
    assert table.count == 6  # the empty cell alone is missing
    assert any(f"{word!r} in 'y' is a class like others" in note for note in table.notes)


@pytest.mark.parametrize("word", ["None", "NA", "null", "n/a", "NaN", ""])
def test_among_numbers_the_same_words_are_missing(tmp_path, word):
    (tmp_path / "t.csv").write_text(f"a,y\n1,2\n2,{word}\n3,5\n")
    table = Table.read(tmp_path / "t.csv", targets="y")
    assert table.count == 2


def test_an_index_that_was_written_and_read_again_is_no_input(tmp_path):
    (tmp_path / "t.csv").write_text("Unnamed: 0,a,y\n0,5,1\n1,6,2\n2,7,4\n")
    assert [c.name for c in Table.read(tmp_path / "t.csv", targets="y").schema.inputs] == ["a"]
    named = Table.read(tmp_path / "t.csv", inputs="Unnamed: 0,a", targets="y")
    assert len(named.schema.inputs) == 2


def test_a_workbook(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="workbooks need the extra `excel`")
    book = openpyxl.Workbook()
    for row in [("", "a", "y"), (0, 1.5, "red"), (1, 2, "blue"), (2, None, "red")]:
        book.active.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    table = Table.read(tmp_path / "t.xlsx", targets="y")
    assert table.inputs.tolist() == [[1.5], [2.0]]
    assert table.schema.classes == ("blue", "red")
    assert "the first of its sheets was read, 'Sheet'" in table.notes
    (tmp_path / "broken.xlsx").write_bytes(b"PK\3\4" + b"\0" * 100)
    with pytest.raises(TableError, match=r"no workbook.*--convert-to csv"):
        read_raw(tmp_path / "broken.xlsx")


def test_many_columns_take_no_longer_each(tmp_path):
    names = [f"c{i}" for i in range(60_000)]
    (tmp_path / "t.csv").write_text(",".join(names) + "\n" + ",".join(["1"] * 60_000) + "\n")
    with pytest.raises(UsageError, match="59999 inputs; accepted: 1 to 16"):
        Table.read(tmp_path / "t.csv", targets="c0")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", '[{"a": 1, "y": "\\ud800"}, {"a": 2, "y": "b"}]', "half a character"),
        ("t.json", '[{"a": ' + "1" * 5000 + ', "y": 1}]', "a number is too long"),
        ("t.csv", "a,y\n1e308,1\n-1e308,2\n", "a number is 1e\\+308; up to 1e\\+100"),
        ("t.csv", "a,y\n1,b\n2," + "c" * 100_000 + "\n", "a name of 100,000 characters"),
    ],
)
def test_what_no_field_could_hold_is_one_line(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(TableError, match=message) as error:
        Table.read(tmp_path / name, targets="y")
    assert len(str(error.value)) < 250
