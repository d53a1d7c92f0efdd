import csv
import io
import json
import math

import pytest

from redraw.compare.report import as_csv
from redraw.compare.results import Comparison, Failure, Measure, Outcome, Point, time_to

QUALITY = Measure("quality", "quality", "dB")
ERROR = Measure("error", "error", style=".3g", rising=False)


def outcome(name, seed, value, curve=(), key="quality"):
    return Outcome(
        name, name, seed, "steps", {key: value}, 10, 100, 5, 1.0, 50.0, "cpu", {}, tuple(curve)
    )


def comparison(outcomes, measure=QUALITY, **more):
    names = tuple(dict.fromkeys(o.name for o in outcomes))
    return Comparison("tiny", {}, (measure,), {}, names, outcomes=list(outcomes), **more)


def test_a_time_between_two_measurements_follows_the_logarithm():
    curve = [Point(1, 1.0, 10.0), Point(2, 10.0, 20.0), Point(3, 100.0, 40.0)]
    assert time_to(curve, 15.0) == pytest.approx(math.sqrt(10.0))
    assert time_to(curve, 25.0) == pytest.approx(10.0 * 10.0**0.25)
    assert time_to(curve, 20.0) == pytest.approx(10.0)
    assert time_to(curve, 40.0) == pytest.approx(100.0)
    assert time_to(curve, 40.01) is None


def test_what_was_reached_at_once_or_lost_again():
    curve = [Point(1, 2.0, 10.0), Point(2, 4.0, 30.0), Point(3, 8.0, 5.0)]
    assert time_to(curve, 9.0) == 2.0
    assert time_to(curve, 30.0) == pytest.approx(4.0)
    assert time_to([], 1.0) is None


def test_errors_fall():
    curve = [Point(1, 1.0, 4.0), Point(2, 4.0, 1.0)]
    assert time_to(curve, 2.5, rising=False) == pytest.approx(2.0)
    assert time_to(curve, 0.5, rising=False) is None


@pytest.mark.parametrize("values", [(3.0, 1.0, 2.0), (3.0, 1.0, 2.0, 4.0)])
def test_the_typical_fit_is_in_the_middle(values):
    found = comparison([outcome("a", seed, value) for seed, value in enumerate(values)])
    (standing,) = found.standings()
    assert standing.typical.values["quality"] == 2.0
    spread = standing.values["quality"]
    assert (spread.low, spread.high) == (1.0, max(values))
    assert spread.median == (2.0 if len(values) == 3 else 2.5)


def test_the_best_comes_first_whatever_is_better():
    fits = [outcome("a", 0, 1.0), outcome("b", 0, 3.0), outcome("c", 0, 2.0)]
    assert [s.name for s in comparison(fits).standings()] == ["b", "c", "a"]
    fits = [outcome(o.name, 0, o.values["quality"], key="error") for o in fits]
    assert [s.name for s in comparison(fits, ERROR).standings()] == ["a", "c", "b"]


def test_two_seeds_are_ranked_by_the_median_that_is_shown():
    """The typical fit of two is the lower one, by which the other would be ahead."""
    fits = [outcome("a", 0, 35.0), outcome("a", 1, 49.0), outcome("b", 0, 37.0)]
    fits.append(outcome("b", 1, 40.0))
    assert [s.name for s in comparison(fits).standings()] == ["a", "b"]


def test_a_fit_without_a_number_is_the_worst():
    fits = [outcome("a", 0, math.nan), outcome("b", 0, None), outcome("c", 0, -50.0)]
    assert comparison(fits).standings()[0].name == "c"


def test_times_count_the_seeds_that_reached_them():
    curves = [[Point(1, 1.0, 20.0), Point(2, 2.0, top)] for top in (26.0, 24.0, 30.0)]
    fits = [outcome("a", seed, c[-1].value, c) for seed, c in enumerate(curves)]
    (standing,) = comparison(fits).standings()
    assert standing.reached == {25.0: 2, 30.0: 1, 35.0: 0, 40.0: 0}
    assert standing.times[30.0].median == pytest.approx(2.0)
    assert standing.times[35.0] is None


def test_rows_and_json_hold_everything(found):
    comparison, _ = found
    rows = list(csv.DictReader(io.StringIO(as_csv(comparison))))
    assert len(rows) == len(comparison.outcomes) + len(comparison.failures) == 6
    for row, fit in zip(rows, comparison.outcomes, strict=False):
        assert (row["name"], int(row["seed"])) == (fit.name, fit.seed)
        assert float(row["psnr"]) == fit.values["psnr"]
        assert int(row["bytes"]) == fit.bytes
    assert rows[-1]["name"] == "diverges"
    assert "non-finite" in rows[-1]["failure"]
    assert rows[-1]["psnr"] == ""
    data = json.loads(json.dumps(comparison.to_json(), allow_nan=False))
    assert len(data["outcomes"][0]["curve"]) == len(comparison.outcomes[0].curve)
    assert data["failures"][0]["name"] == "diverges"
    assert {s["name"] for s in data["summary"]} == {"siren", '<odd> & "name"'}


def test_a_comparison_of_nothing_is_told():
    found = comparison([], failures=[Failure("a", 0, "no")])
    assert found.standings() == []
    assert found.rows() == [{"name": "a", "seed": 0, "failure": "no"}]
