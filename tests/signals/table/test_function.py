"""A formula sampled over its domain."""

import numpy as np
import pytest

from redraw.errors import TableError, UsageError
from redraw.signals.table.function import parse_domain, sampled


def test_one_variable_is_sampled_evenly_and_judged_at_fresh_points():
    table = sampled("sin(3*x) + x**2/4", "x=-3:3")
    np.testing.assert_allclose(table.inputs[:, 0], np.linspace(-3, 3, 1000))
    for rows, targets in (
        (table.inputs, table.targets),
        (table.held_inputs, table.held_targets),
    ):
        np.testing.assert_allclose(targets, np.sin(3 * rows) + rows**2 / 4)
    assert table.held_count == 250
    assert not np.isin(table.held_inputs, table.inputs).any()
    assert table.schema.inputs[0].name == "x"
    assert (table.schema.inputs[0].offset, table.schema.inputs[0].scale) == (0.0, 3.0)


@pytest.mark.parametrize(("names", "rows", "found"), [("ab", 900, 900), ("abc", 500, 500)])
def test_more_variables_fill_their_box(names, rows, found):
    domain = ",".join(f"{name}={k}:{k + 2}" for k, name in enumerate(names))
    table = sampled("+".join(names), domain, rows=rows)
    assert table.inputs.shape == (found, len(names))
    for axis in range(len(names)):
        assert axis <= table.inputs[:, axis].min() < axis + 0.2
        assert axis + 1.8 < table.inputs[:, axis].max() <= axis + 2
    np.testing.assert_allclose(table.targets[:, 0], table.inputs.sum(axis=1))
    again = sampled("+".join(names), domain, rows=rows)
    assert np.array_equal(again.inputs, table.inputs)


def test_points_without_a_value_are_dropped_and_counted():
    table = sampled("log(x)", "x=-1:1", rows=1001)
    assert table.count == 500  # 501 of them are at most 0
    assert "501 of 1,001 points" in table.notes[0]
    # Scaled by the domain all the same, not by what is left of it.
    assert (table.schema.inputs[0].offset, table.schema.inputs[0].scale) == (0.0, 1.0)


def test_a_comparison_is_two_classes():
    table = sampled("x > 0.25", "x=-1:1")
    assert table.schema.task == "classification"
    assert table.schema.classes == ("0", "1")
    assert sampled("x > 0.25", "x=-1:1", task="regression").schema.task == "regression"


def test_ends_may_be_formulas_of_numbers():
    assert parse_domain("x=-pi:2*pi, y = 1/4 : 1e3") == {
        "x": (-np.pi, 2 * np.pi),
        "y": (0.25, 1000.0),
    }


def test_a_variable_that_is_not_used_is_told():
    assert any("does not depend on 'y'" in note for note in sampled("x", "x=0:1,y=0:1").notes)


@pytest.mark.parametrize(
    ("text", "domain", "said"),
    [
        ("x", "x=3:-3", r"domain of x is 3:-3; .* did you mean x=-3:3\?"),
        ("x", "x=1:1", "domain of x is 1:1"),
        ("x", "x=0:1/0", "two finite numbers"),
        ("x", "x=0:y", "'y' is no number"),
        ("x", "x", "not NAME=LOW:HIGH"),
        ("x", "x=1", "not NAME=LOW:HIGH"),
        ("x", "x=0:1,x=2:3", "given twice"),
        ("e", "e=0:1", "'e' has a meaning already"),
        ("lambda", "lambda=0:1", "can't be a variable"),
        ("x + y", "x=0:1", "--domain y=-1:1"),
    ],
)
def test_a_bad_domain_is_refused(text, domain, said):
    with pytest.raises(UsageError, match=said):
        sampled(text, domain)


def test_a_function_of_no_value_is_refused():
    with pytest.raises(TableError, match="finite at none of 1,000 points"):
        sampled("sqrt(-1 - x**2)", "x=-1:1")


@pytest.mark.parametrize("rows", [0, 1, -5, 10**12])
def test_the_number_of_rows_has_limits(rows):
    with pytest.raises(UsageError, match="accepted: 2 to"):
        sampled("x", "x=0:1", rows=rows)
