"""Dicts of columns and data frames, as tables."""

import math

import numpy as np
import pytest

import redraw
from redraw.errors import ShapeError, TableError, UsageError
from redraw.signals.options import Columns
from redraw.signals.source import any_signal
from redraw.signals.table.frames import in_order


class Missing:
    """As pandas.NA: what it is equal to, it does not say."""

    def __ne__(self, other):
        return self

    def __eq__(self, other):
        return self

    __hash__ = None

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


class Series:
    """A column that is an array when it is asked."""

    def __init__(self, cells, name=None):
        self.cells, self.name = cells, name

    def __array__(self, dtype=None, copy=None):
        return np.array(self.cells, dtype=dtype)

    def __len__(self):
        return len(self.cells)


class Frame:
    """What pandas and polars have in common."""

    def __init__(self, data):
        self.data = {name: Series(cells) for name, cells in data.items()}
        self.columns = list(data)

    def __getitem__(self, name):
        return self.data[name]


DATA = {"a": [1.0, 2.0, 3.0, 4.0], "b": [0, 1, 0, 1], "y": ["no", "yes", "no", "yes"]}


@pytest.mark.parametrize("of", [dict, Frame])
def test_columns_go_by_their_names(of):
    table = any_signal(of(DATA), Columns("y"))
    assert table.describe() == "4 rows, a, b → y, 2 classes"
    assert any_signal(of(DATA), Columns(["a"], inputs="b")).describe() == "4 rows, b → a"


def test_targets_may_stand_beside_the_frame():
    table = any_signal({"a": DATA["a"]}, Columns(Series([1.5, 2.5, 0.5, 9.0], "price")))
    assert table.describe() == "4 rows, a → price"
    with pytest.raises(TableError, match=r"has 4 rows, the targets the shape \(3,\)"):
        any_signal({"a": DATA["a"]}, Columns([1.0, 2.0, 3.0]))


def test_what_is_missing_leaves_its_row_out():
    cells = [1.0, None, math.nan, Missing(), 5.0]
    table = any_signal({"a": cells, "y": [1.0, 2.0, 3.0, 4.0, 5.0]}, Columns("y"))
    assert table.inputs[:, 0].tolist() == [1.0, 5.0]


@pytest.mark.parametrize("of", [dict, Frame])
@pytest.mark.parametrize("kind", [list, np.array])
def test_truth_values_are_numbers_to_learn_from_and_classes_to_learn(of, kind):
    """As of pandas.get_dummies."""
    data = {"a": kind([True, False, False, True]), "y": [1.0, 2.0, 3.0, 4.5]}
    assert any_signal(of(data), Columns("y")).inputs[:, 0].tolist() == [1.0, 0.0, 0.0, 1.0]
    assert any_signal(of(data), Columns("a")).describe() == "4 rows, y → a, 2 classes"
    data["a"] = [True, None, False, True]
    assert any_signal(of(data), Columns("y")).inputs[:, 0].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ({}, TableError, "has no columns"),
        ({"a": [1, 2], "y": [1]}, TableError, "its columns have 1 to 2 rows"),
        ({"a": np.zeros((2, 2)), "y": [1, 2]}, TableError, r"'a' has the shape \(2, 2\)"),
        ({"a": [1], "z": [1]}, UsageError, "has no column 'y'"),
        ({1: [1], "1": [1]}, TableError, "two columns have one name"),
    ],
)
def test_what_is_no_table_is_refused(data, error, said):
    with pytest.raises(error, match=said):
        any_signal(data, Columns("y"))


@pytest.mark.parametrize("of", [dict, Frame])
def test_predictions_take_columns_by_their_names(of):
    """In whatever order they stand, and whatever stands beside them."""
    x = np.linspace(-1.0, 1.0, 40)
    field = redraw.fit(of({"a": x, "b": x**2, "y": x - x**2}), targets="y", steps=3)
    wanted = field.predict(np.stack([x, x**2], 1))
    assert (field.predict(of({"y": 0 * x, "b": x**2, "a": x})) == wanted).all()
    with pytest.raises(TableError, match="no column 'b'"):
        field.predict(of({"a": x}))


def test_dates_are_no_numbers():
    """pandas keeps them as nanoseconds since 1970, and none as the least number there is."""
    dates = np.array(["2020-01-31", "NaT"], "datetime64[ns]")
    with pytest.raises(TableError, match="'2020-01-31 00:00:00' is no number; write dates as"):
        any_signal({"a": dates, "y": [1.0, 2.5]}, Columns("y"))
    with pytest.raises(TableError, match="write dates as"):
        any_signal(dates, Columns([1.0, 2.5]))


def test_what_a_mask_hides_is_missing():
    masked = np.ma.masked_equal([1.0, 999.0, 3.0], 999.0)
    for given in ({"a": masked, "y": [1.0, 2.0, 5.0]}, masked):
        table = any_signal(given, Columns("y" if isinstance(given, dict) else [1.0, 2.0, 5.0]))
        assert table.inputs[:, 0].tolist() == [1.0, 3.0]
    table = any_signal(masked, Columns(np.ma.masked_equal([1, 2, 9], 9)))
    assert table.inputs[:, 0].tolist() == [1.0]


def test_other_tables_with_names():
    cells = np.array([(1, 2.5), (2, 3.5)], dtype=[("a", "i4"), ("y", "f8")])
    assert any_signal(cells, Columns("y")).describe() == "2 rows, a → y"
    assert in_order(cells, ["y", "a"]).tolist() == [[2.5, 1.0], [3.5, 2.0]]
    arrow = pytest.importorskip("pyarrow", reason="a table of Arrow is given")
    table = any_signal(arrow.table({"a": [1, None, 3], "y": [1.0, 2.0, 5.0]}), Columns("y"))
    assert table.inputs[:, 0].tolist() == [1.0, 3.0]


def test_tensors_and_truth_values_as_inputs():
    torch = pytest.importorskip("torch")
    tensor = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert any_signal(tensor, Columns(tensor.detach() ** 2)).count == 3
    assert any_signal({"a": tensor, "y": [1.0, 2.0, 5.0]}, Columns("y")).count == 3
    assert any_signal(tensor.to(torch.bfloat16), Columns([1.0, 2.0, 5.0])).count == 3
    with pytest.raises(TableError, match="the inputs are a tensor that has no numbers"):
        any_signal(torch.zeros(3, device="meta"), Columns([1.0, 2.0, 5.0]))
    table = any_signal(np.array([True, False, True]), Columns([1.5, 2.5, 3.5]))
    assert table.inputs[:, 0].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("inputs", "targets", "said"),
    [
        ([[1.0, 2.0], [3.0]], [1.0, 2.0], "the inputs have rows of different lengths"),
        ([1.0, 2.0], [[1.0], [1.0, 2.0]], "the targets have rows of different lengths"),
        ({"a": [np.zeros(2), np.zeros(2)], "y": [1.0, 2.0]}, "y", "is no number"),
    ],
)
def test_rows_that_are_none(inputs, targets, said):
    with pytest.raises(TableError, match=said):
        any_signal(inputs, Columns(targets))


def test_what_can_not_be_predicted_is_refused():
    """A row without a number was of the first class, whatever that was."""
    field = redraw.fit({"a": np.arange(6.0), "y": list("babbab")}, targets="y", steps=2)
    for row in (math.nan, math.inf, None):
        with pytest.raises(TableError, match="row 2 of the inputs lacks a finite number"):
            field.predict([1.0, row])
    with pytest.raises(TableError, match="row 1 of the inputs lacks"):
        field.predict(np.ma.masked_equal([4.0, 1.0], 4.0))
    for words in (["x"], np.array(["2020-01-01"], "datetime64[D]"), [[1.0], [2.0, 3.0]]):
        with pytest.raises(TableError, match=r"the inputs (hold what is no number|have rows of)"):
            field.predict(words)
    import torch

    assert len(field.predict(torch.zeros(3, requires_grad=True))) == 3
    with pytest.raises(ShapeError, match="rows of different lengths"):
        field([[0.0], [0.0, 1.0]])
