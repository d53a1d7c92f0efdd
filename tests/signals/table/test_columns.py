"""Columns: scaled and back, and what a file may say of them."""

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from redraw.errors import FileFormatError, ShapeError, UsageError
from redraw.signals.table.columns import Column, Schema

AB = (Column.over("a", -10.0, 30.0), Column("b", 5.0, 2.0))
NUMBERS = Schema("regression", AB, (Column("u", 100.0, 7.0), Column("v")))
TWO = Schema("classification", AB, (Column("y"),), ("no", "yes"))
THREE = Schema("classification", AB, (Column("y"),), ("red", "green", "blue"))

finite = st.floats(-1e300, 1e300)


@given(finite, finite)
@example(0.0, 5e-324)  # both halves are 0
@example(-5e-324, 1.5e-323)
@example(0.0, 2.0**-1021)  # the narrowest that is no constant
def test_a_range_becomes_minus_one_to_one(one, other):
    low, high = min(one, other), max(one, other)
    column = Column.over("x", low, high)
    ends = (np.array([low, high]) - column.offset) / column.scale
    varies = high / 2 - low / 2 >= 2.0**-1022  # the smallest normal number
    if column.scale > abs(column.offset) * 1e-6:  # beyond that, rounding decides
        np.testing.assert_allclose(ends, [-1.0, 1.0] if varies else [0.0, 0.0], atol=1e-6)
    assert np.isfinite(ends).all()


def test_standard_has_mean_0_and_deviation_1():
    values = np.random.default_rng(1).normal(1e6, 3.0, 1000)
    column = Column.standard("x", values)
    scaled = (values - column.offset) / column.scale
    assert abs(scaled.mean()) < 1e-9
    assert scaled.std() == pytest.approx(1.0)
    assert Column.standard("x", np.full(3, 0.1)).scale == 1.0


def test_numbers_come_back_in_their_units():
    targets = np.random.default_rng(2).normal(100, 50, (20, 2))
    np.testing.assert_allclose(NUMBERS.predictions(NUMBERS.values(targets)), targets, rtol=1e-5)
    np.testing.assert_allclose(NUMBERS.coordinates([[-10, 5], [30, 7]]), [[-1, 0], [1, 1]])


def test_two_classes_are_one_channel():
    assert TWO.channels == 1
    assert TWO.values(np.array([[0.0], [1.0]])).tolist() == [[0.0], [1.0]]
    np.testing.assert_allclose(TWO.probabilities([[0.25], [1.0]]), [[0.75, 0.25], [0.0, 1.0]])
    assert TWO.predictions([[0.25], [0.75]]).tolist() == [[0.0], [1.0]]


def test_more_classes_have_a_channel_each():
    assert THREE.channels == 3
    assert THREE.values(np.array([[2.0], [0.0]])).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert THREE.predictions([[0.1, 0.7, 0.2]]).tolist() == [[1.0]]


@pytest.mark.parametrize("schema", [NUMBERS, TWO, THREE])
def test_a_schema_survives_json(schema):
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("task"),
        lambda d: d.update(more=1),
        lambda d: d.update(task="clustering"),
        lambda d: d.update(task=["regression"]),
        lambda d: d.update(inputs=[]),
        lambda d: d.update(inputs=[["a", 0.0]]),
        lambda d: d.update(inputs=[["a", 0, 1]]),
        lambda d: d.update(inputs=[["a", 0.0, 0.0]]),
        lambda d: d.update(inputs=[["a", 0.0, float("inf")]]),
        lambda d: d.update(inputs=[["a", 0.0, 1.0], ["a", 0.0, 1.0]]),
        lambda d: d.update(inputs=[[f"x{k}", 0.0, 1.0] for k in range(17)]),
        lambda d: d.update(inputs=[["a" * 1001, 0.0, 1.0]]),
        lambda d: d.update(inputs="abc"),
        lambda d: d.update(targets={}),
        lambda d: d.update(classes=["only"]),
        lambda d: d.update(classes=["one", "one"]),
        lambda d: d.update(classes=[1, 2]),
        lambda d: d.update(classes="ab"),
        lambda d: d.update(task="regression"),
    ],
)
def test_columns_that_can_not_be(change):
    data = TWO.to_json()
    change(data)
    with pytest.raises(FileFormatError):
        Schema.from_json(data)
    with pytest.raises(FileFormatError):
        Schema.from_json([data])


def test_inputs_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match=r"expected \(rows, 2\): a, b"):
        NUMBERS.coordinates([[1.0, 2.0, 3.0]])
    with pytest.raises(UsageError, match="no probabilities"):
        NUMBERS.probabilities([[1.0, 2.0]])
