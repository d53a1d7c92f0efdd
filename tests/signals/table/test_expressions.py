"""Formulas: what they are worth is Python's and NumPy's to say; what they may not do is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.errors import UsageError
from redraw.signals.table.expressions import FUNCTIONS, Expression

X = np.array([-2.5, -1.0, 0.5, 3.0])


def value(text, **variables):
    return Expression(text, variables)({k: np.atleast_1d(v) for k, v in variables.items()})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(3*x) + x**2/4", np.sin(3 * X) + X**2 / 4),
        ("-x - +2", -X - 2),
        ("x // 2 + x % 2", X // 2 + X % 2),
        ("2**-x", 2.0**-X),
        ("atan2(x, 2) + hypot(x, 1)", np.arctan2(X, 2) + np.hypot(X, 1)),
        ("min(x, 0, 1) - max(x, 0)", np.minimum(X, 0) - np.maximum(X, 0)),
        ("x if x > 0 else -2*x", np.where(X > 0, X, -2 * X)),
        ("where(x > 0, 1, pi)", np.where(X > 0, 1, math.pi)),
        ("-1 < x <= 0.5", (X > -1) & (X <= 0.5)),
        ("x > 0 and x < 1 or not x < 2", ((X > 0) & (X < 1)) | (X >= 2)),
        ("e + tau", np.full(4, math.e + 2 * math.pi)),
        ("sinc(x) * cbrt(x) + round(x)", np.sinc(X) * np.cbrt(X) + np.round(X)),
        ("7", np.full(4, 7.0)),
    ],
)
def test_formulas_are_worth_what_numpy_says(text, expected):
    np.testing.assert_allclose(value(text, x=X), expected, rtol=1e-15)


def test_what_has_no_value_is_not_finite_and_does_not_complain():
    assert not np.isfinite(value("1/x", x=0.0)).any()
    assert not np.isfinite(value("log(x)", x=-1.0)).any()
    assert not np.isfinite(value("9**9**9**9", x=0.0)).any()  # in an instant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sin(z)", "'z' is unknown"),
        ("theta + thata", "did you mean 'theta'"),
        ("sine(x)", "the function 'sine' is unknown; did you mean 'sin'"),
        ("__import__('os').system('true')", "is not allowed"),
        ("open('f')", "the function 'open' is unknown"),
        ("x.__class__", "'x.__class__' is not allowed"),
        ("().__class__.__bases__", "is not allowed"),
        ("[x for x in (1, 2)]", "is not allowed"),
        ("(lambda: x)()", "is not allowed"),
        ("(x := 3)", "is not allowed"),
        ("f'{x}'", "is not allowed"),
        ("'a' * 9", "'a' is no number"),
        ("True", "True is no number"),
        ("1j * x", "1j is no number"),
        ("x ^ 2", "write \\*\\*"),
        ("x @ x", "is not allowed"),
        ("~x", "is not allowed"),
        ("x << 3", "is not allowed"),
        ("x in x", "is not allowed"),
        ("x is x", "is not allowed"),
        ("sin", "sin is a function; write sin"),
        ("sin(x, x)", "sin takes 1 numbers, not 2"),
        ("min(x)", "min takes 2 to 16"),
        ("sin(x=1)", "is not allowed"),
        ("sin(*x)", "is not allowed"),
        ("x +", "no formula"),
        ("", "no formula"),
        ("x; x", "no formula"),
        ("import os", "no formula"),
        ("x\0", "no formula"),
        ("1" * 400, "too large"),
        ("(" * 500 + "x" + ")" * 500, "no formula|nested"),
        ("-" * 400 + "x", "nested more than 100"),
        ("x + " * 600 + "x", "up to 2,000"),
    ],
)
def test_all_else_is_refused(text, said):
    with pytest.raises(UsageError, match=said) as refused:
        Expression(text, ["x", "theta"])
    assert "\n" not in str(refused.value)


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text):
    try:
        made = Expression(text, ["x"])
    except UsageError:
        return
    assert made({"x": X}).shape == (4,)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_takes_arrays(name):
    _, least, _ = FUNCTIONS[name]
    found = value(f"{name}({', '.join(['x'] * least)})", x=np.array([0.25, 0.5]))
    assert found.shape == (2,)
    assert found.dtype == np.float64
