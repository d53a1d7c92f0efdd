"""Tables from arrays: tasks, classes, held-out rows, scaling; and what can't be learned."""

import numpy as np
import pytest

import redraw
from redraw.errors import TableError, UsageError
from redraw.signals.table.making import parse_share
from redraw.signals.table.table import Table

draw = np.random.default_rng(6)
X = draw.normal(3.0, 2.0, (50, 2))
Y = X @ [1.0, -2.0]


def test_it_is_public():
    assert redraw.Table is Table


def test_numbers_are_a_regression():
    table = Table.from_arrays(X, Y)
    assert table.schema.task == "regression"
    assert [c.name for c in (*table.schema.inputs, *table.schema.targets)] == ["x1", "x2", "y"]
    samples = table.samples()
    assert samples.positions.dtype == samples.values.dtype == np.float32
    np.testing.assert_allclose(samples.positions.min(axis=0), -1.0, atol=1e-6)
    np.testing.assert_allclose(samples.positions.max(axis=0), 1.0, atol=1e-6)
    np.testing.assert_allclose(samples.values.mean(), 0.0, atol=1e-5)
    np.testing.assert_allclose(samples.values.std(), 1.0, atol=1e-5)
    assert repr(table) == "<Table table: 50 rows, x1, x2 → y>"


def test_inputs_may_be_standardised():
    scaled = Table.from_arrays(X, Y, scaling="standard").samples().positions
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1.0, atol=1e-5)


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (np.array([0, 1] * 25), ("0", "1")),
        (np.array([0.0, 1.0] * 25), ("0", "1")),
        (np.array([True, False] * 25), ("false", "true")),
        (np.array(["b", "a", "c", "b", "a"] * 10), ("a", "b", "c")),
        (["10", "9", "x9", "x10", "x"] * 10, ("10", "9", "x", "x10", "x9")),
    ],
)
def test_names_truth_and_zero_and_one_are_classes(targets, classes):
    table = Table.from_arrays(X, targets)
    assert table.schema.classes == classes
    names = [table.schema.classes[int(k)] for k in table.targets[:, 0]]
    assert names == [str(t).lower().removesuffix(".0") for t in np.asarray(targets).tolist()]


def test_the_task_may_be_said():
    assert Table.from_arrays(X, [0, 1] * 25, task="regression").schema.task == "regression"
    table = Table.from_arrays(X, [10, 9] * 25, task="classification")
    assert table.schema.classes == ("9", "10")  # by number
    with pytest.raises(UsageError, match="accepted: regression, classification"):
        Table.from_arrays(X, Y, task="clustering")


@pytest.mark.parametrize("share", ["20%", 0.2, "0.2", " 20 % "])
def test_a_share_is_held_out_the_same_every_time(share):
    table = Table.from_arrays(X, Y, held_out=share)
    assert (table.count, table.held_count) == (40, 10)
    rows = np.concatenate([table.inputs, table.held_inputs])
    assert {tuple(row) for row in rows} == {tuple(row) for row in X}
    again = Table.from_arrays(X, Y, held_out=share)
    assert np.array_equal(again.held_inputs, table.held_inputs)


def test_held_out_rows_do_not_decide_the_scaling():
    table = Table.from_arrays(X, Y, held_out=0.5)
    column = table.schema.inputs[0]
    assert column.offset - column.scale == pytest.approx(table.inputs[:, 0].min())


def test_every_class_gives_its_share():
    table = Table.from_arrays(draw.random((100, 1)), ["rare"] * 10 + ["often"] * 90, held_out=0.3)
    assert np.bincount(table.held_targets[:, 0].astype(int)).tolist() == [27, 3]


@pytest.mark.parametrize("share", ["0%", "100%", "1.5", "-1", "many", "", 0, 1])
def test_impossible_shares(share):
    with pytest.raises(UsageError, match="such as 20%"):
        parse_share(share)


# --- what is odd, or can't be learned ----------------------------------------------------------


def test_rows_with_gaps_are_left_out_and_counted():
    x, y = X.copy(), Y.copy()
    x[3, 0], x[5, 1], y[5], y[9] = np.nan, np.inf, np.nan, np.nan
    table = Table.from_arrays(x, y)
    assert table.count == 47
    assert "3 of 50 rows" in table.notes[0]
    assert "'x1', 'x2', 'y'" in table.notes[0]


def test_a_constant_input_is_told_and_becomes_0():
    table = Table.from_arrays(np.column_stack([X[:, 0], np.full(50, 7.5)]), Y)
    assert "column 'x2' is constant (7.5): it tells nothing" in table.notes
    assert not table.samples().positions[:, 1].any()


def test_a_constant_target_is_told_and_predicted_exactly():
    table = Table.from_arrays(X, np.full(50, 0.1))
    assert "column 'y' is constant (0.1): nothing but that is learned" in table.notes
    assert np.abs(table.samples().values).max() < 1e-12
    assert table.schema.predictions([[0.0]])[0, 0] == pytest.approx(0.1, abs=1e-15)


def test_a_single_row_is_learned():
    table = Table.from_arrays([[1.0, 2.0]], [3.0])
    assert table.count == 1
    assert not table.samples().positions.any()
    with pytest.raises(TableError, match="has 1 row; 20% of them can't be held out"):
        Table.from_arrays([[1.0, 2.0]], [3.0], held_out=0.2)


def test_a_class_unseen_in_training_counts_as_wrong_and_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,cat\n2,dog\n")
    (tmp_path / "b.csv").write_text("x,y\n1,cat\n2,fox\n3,fox\n")
    table = Table.read(tmp_path / "a.csv", "x", "y", held_out=tmp_path / "b.csv")
    assert table.unseen == ("fox",)
    assert table.held_targets[:, 0].tolist() == [0.0, 2.0, 2.0]
    assert "2 held-out rows are of a class that no row to learn from has ('fox')" in table.notes[0]


@pytest.mark.parametrize(
    ("inputs", "targets", "said"),
    [
        (X, np.full(50, np.nan), "column 'y' has no value in any of its 50 rows"),
        (np.full((50, 2), np.nan), Y, "column 'x1' has no value"),
        ([[1.0], [np.nan]], [np.nan, 1.0], "every row lacks a value"),
        (np.zeros((0, 2)), np.zeros(0), "no rows"),
        (X, Y[:9], "50 rows of inputs and 9 of targets"),
        (X, ["one"] * 50, "of the one class 'one'; telling classes apart needs two"),
        (X, [None] * 50, "column 'y' has no value"),
        (X.reshape(5, 5, 4), Y, r"shape \(5, 5, 4\)"),
        ([["a"], ["b"]], [1.0, 2.0], r"row 1, column 'x': 'a' is no number"),
    ],
)
def test_what_holds_nothing_to_learn_is_refused(inputs, targets, said):
    with pytest.raises(TableError, match=said):
        Table.from_arrays(inputs, targets)


def test_too_many_inputs_are_refused():
    with pytest.raises(UsageError, match="17 inputs; accepted: 1 to 16"):
        Table.from_arrays(draw.random((9, 17)), np.arange(9.0))


def test_one_name_for_two_columns_is_refused():
    with pytest.raises(TableError, match="two columns have one name"):
        Table.from_arrays(X, Y, input_names=["a", "a"])
