import re
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.compare.charts import Line, apart, chart, nice_step, round_numbers

RISING = [(0.1, 10.0), (1.0, 20.0), (10.0, 40.0)]


def drawn(lines, **options):
    text = chart(lines, unit="seconds", title="a chart", **options)
    return ElementTree.fromstring(text)


def places(path):
    numbers = [float(n) for n in re.findall(r"[-\d.]+", path.get("d"))]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_time_is_logarithmic_and_quality_linear():
    (line,) = drawn([Line("a", 0, RISING)]).findall("g")
    (left, low), (middle, half), (right, high) = places(line.find("path"))
    assert middle - left == pytest.approx(right - middle, abs=0.2)
    assert low > half > high
    assert (low - half) * 2 == pytest.approx(half - high, abs=0.3)


def test_errors_are_logarithmic_too():
    falling = [(1.0, 1.0), (2.0, 0.1), (4.0, 0.01)]
    (line,) = drawn([Line("a", 0, falling)], logarithmic=True).findall("g")
    (_, a), (_, b), (_, c) = places(line.find("path"))
    assert b - a == pytest.approx(c - b, abs=0.2)


def test_names_are_escaped_and_cut():
    root = drawn([Line('<b>&"long name for a line', 3, RISING)])
    (name,) = root.findall(".//text[@class='name']")
    assert name.text == '<b>&"long nam…'
    assert name.get("data-name") == '<b>&"long name for a line'
    assert "var(--c3)" in name.get("style")


def test_everything_lies_inside():
    lines = [Line(f"line {i}", i, [(x, y + i / 9) for x, y in RISING]) for i in range(9)]
    for width, height in ((620, 340), (350, 300)):
        root = drawn(lines, width=width, height=height)
        for path in root.iter("path"):
            for x, y in places(path):
                assert 0 <= x <= width
                assert 0 <= y <= height
        for text in root.iter("text"):
            assert 0 <= float(text.get("x")) <= width
            assert 0 <= float(text.get("y")) <= height


@pytest.mark.parametrize(
    "curve", [[(1.0, 5.0)], [(1.0, 5.0), (2.0, 5.0)], [(0.5, 0.0), (0.5, 0.0)]]
)
@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_curve_of_nothing_much_is_drawn(curve, logarithmic):
    assert len(drawn([Line("a", 0, curve)], logarithmic=logarithmic).findall("g")) == 1


def test_without_curves_there_is_no_chart():
    assert chart([Line("a", 0, [])], unit="steps", title="none") == ""


@given(st.lists(st.floats(0.0, 300.0), min_size=1, max_size=12).map(sorted))
def test_labels_keep_their_order_and_distance(wanted):
    found = apart(wanted, 14.0, 0.0, 300.0)
    assert len(found) == len(wanted)
    assert all(b - a >= 14.0 - 1e-6 for a, b in pairwise(found))
    assert found[0] >= -1e-6
    assert found[-1] <= 300.0 + 1e-6


@given(st.lists(st.floats(0.0, 300.0), min_size=1, max_size=12).map(sorted))
def test_labels_with_room_stay(wanted):
    if all(b - a > 14.0 for a, b in pairwise(wanted)):
        assert apart(wanted, 14.0, 0.0, 300.0) == pytest.approx(wanted)


@given(st.floats(1e-6, 1e6), st.integers(2, 9))
def test_steps_are_round(span, parts):
    step = nice_step(span, parts)
    assert f"{step:e}"[0] in "125"
    assert parts / 2 <= span / step <= parts * 2


@given(st.floats(1e-5, 1e5), st.floats(1.01, 1e6))
def test_round_numbers_lie_on_the_axis(first, factor):
    found = round_numbers(first, first * factor)
    assert len(found) <= 9
    assert all(first <= number <= first * factor for number in found)
