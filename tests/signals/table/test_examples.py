"""The built-in functions, against their definitions written out again."""

import numpy as np
import pytest

from redraw.errors import UsageError
from redraw.signals.table.examples import EXAMPLES, example, spirals


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_the_same_every_time(name):
    one, other = example(name), example(name)
    assert np.array_equal(one.inputs, other.inputs)
    assert np.array_equal(one.targets, other.targets)
    assert one.name == name
    assert "\n" not in EXAMPLES[name].about
    assert not {tuple(row) for row in one.inputs} & {tuple(row) for row in one.held_inputs}


def test_xor():
    rows = [(*inputs, target) for inputs, (target,) in zip(*table_of("xor"), strict=True)]
    assert sorted(rows) == [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]


def test_lottery():
    inputs, targets = table_of("lottery")
    assert np.abs(inputs).max() <= 20
    for (x, y), (target,) in zip(inputs[:2000].tolist(), targets[:2000].tolist(), strict=True):
        a = x + 1 / x + 1 / x**2 + 1 / x**3
        assert target == float(y < a if x > 0 else y > a)
    assert targets.mean() == pytest.approx(0.75, abs=0.03)  # as a(x) = x alone would have it


def test_two_spirals():
    inputs, targets = table_of("two-spirals")
    assert len(inputs) == 194
    # Lang and Witbrock's first and last points, and the spirals' symmetry.
    np.testing.assert_allclose(inputs[0], [0.0, 6.5], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*inputs[96]), 6.5 * 8 / 104)
    np.testing.assert_allclose(inputs[97:], -inputs[:97])
    assert targets[:, 0].tolist() == [0.0] * 97 + [1.0] * 97
    points, _ = spirals(np.array([16.0]))
    np.testing.assert_allclose(points[0], [0.0, -6.5 * 88 / 104], atol=1e-12)


def test_step_and_sinc():
    inputs, targets = table_of("step")
    assert np.array_equal(targets, (inputs >= 0) * 1.0)
    inputs, targets = table_of("sinc")
    np.testing.assert_allclose(targets, np.sin(np.pi * inputs) / (np.pi * inputs), atol=1e-12)


def test_linear_and_logistic_follow_their_coefficients():
    inputs, targets = table_of("linear")
    noise = targets[:, 0] - (inputs @ [2.0, -3.0, 0.5] + 1.0)
    # 400 draws: the deviation of their mean is .005, of their deviation .0035.
    assert abs(noise.mean()) < 0.02
    assert noise.std() == pytest.approx(0.1, abs=0.015)
    inputs, targets = table_of("logistic")
    chance = 1 / (1 + np.exp(-(inputs @ [1.5, -2.0] + 0.5)))
    assert abs((targets[:, 0] - chance).mean()) < 4 * np.sqrt((chance * (1 - chance)).mean() / 800)


def test_the_nearest_name_is_suggested():
    with pytest.raises(UsageError, match=r"did you mean 'two-spirals'\?"):
        example("two_spirals")
    with pytest.raises(UsageError, match="accepted: xor, lottery"):
        example("zzzz")


def table_of(name):
    table = example(name)
    return table.inputs, table.targets
