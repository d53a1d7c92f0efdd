"""Tables and functions on the command line."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

TINY = ("--steps", "4", "--frames", "2", "--set", "hidden=6")


@pytest.fixture
def data(tmp_path):
    """20 rows of y = a - b, with a column of names beside them."""
    draw = np.random.default_rng(1).normal(0, 1, (20, 2))
    rows = [f"{a:.4f},{b:.4f},{a - b:.4f},{'hot' if a > b else 'cold'}" for a, b in draw]
    path = tmp_path / "data.csv"
    path.write_text("a,b,y,kind\n" + "\n".join(rows) + "\n")
    return path


def test_a_table_is_fitted_drawn_and_asked(redraw, data, tmp_path):
    done = redraw("fit", data, "--inputs", "a,b", "--targets", "y", "--held-out", "20%", *TINY)
    assert done.code == 0
    assert "data.csv: 16 rows and 4 held out, a, b → y" in done.out
    assert "held out RMSE" in done.out
    assert "dB" not in done.out
    commands = [line.split("#")[0].split()[1:] for line in done.out.splitlines() if " # " in line]
    assert [command[0] for command in commands] == ["plot", "timelapse", "resume"]
    for command in commands:
        assert redraw(*command).code == 0
    with Image.open("data.png") as drawn:
        assert drawn.width == 1280
    asked = redraw("predict", "data.redraw", data, "answers.csv")
    assert asked.code == 0
    assert "answers.csv: 20 rows: RMSE" in asked.out
    with open("answers.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["a", "b", "y", "kind", "y_predicted"]
    with data.open(newline="") as file:
        assert [{**row, "y_predicted": rows[k]["y_predicted"]} for k, row in
                enumerate(csv.DictReader(file))] == rows  # fmt: skip
    info = redraw("info", "data.redraw").out
    assert "a, b → y" in info
    assert "regression, learned from 16 rows" in info
    assert "table" in redraw("info", "data.run").out
    assert (
        json.loads(redraw("info", "data.redraw", "--json").out)["columns"]["task"] == "regression"
    )


def test_classes_are_told_apart(redraw, data):
    done = redraw("fit", data, "--inputs", "a,b", "--targets", "kind", *TINY, "--json")
    last = done.objects[-1]
    assert last["scores"]["learned"].keys() >= {"accuracy", "majority", "confusion", "f1"}
    asked = redraw("predict", "data.redraw", data, "answers.csv", "--json").objects[-1]
    assert asked["columns"] == ["kind_predicted", "kind_probability"]
    assert asked["scores"]["accuracy"] == last["scores"]["learned"]["accuracy"]


def test_a_function_is_fitted(redraw):
    done = redraw(
        *("fit", "--function", "sin(3*x) + x**2/4", "--domain", "x=-3:3", "--rows", "50"), *TINY
    )
    assert done.code == 0
    assert "sin(3*x) + x**2/4: 50 rows and 12 held out, x → f" in done.out
    assert redraw("plot", "function.redraw", "f.svg").code == 0


def test_an_example_goes_by_its_name(redraw):
    assert redraw("fit", "xor", *TINY).code == 0
    listed = redraw("examples").out
    assert all(name in listed for name in ("xor", "lottery", "two-spirals", "cub-two-tone"))
    assert redraw("examples", "--json").objects[0]["xor"]["table"] == "4 rows, a, b → y, 2 classes"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["data.csv"], 1, "name the columns: --inputs a,b --targets y"),
        (["data.csv", "--inputs", "a,bee", "--targets", "y"], 2, "did you mean 'b'?"),
        (["data.csv", "--inputs", "a,kind", "--targets", "y"], 1, "line 2, column 4 (kind)"),
        (["data.csv", "--inputs", "a"], 2, "--inputs a,b --targets y"),
        (["data.csv", "--targets", "y", "--inputs", "a", "--max-side", "3"], 2, "no max-side"),
        (["data.csv", "--targets", "y", "--inputs", "a", "--held-out", "2"], 2, "such as 20%"),
        (["data.csv", "--targets", "y", "--inputs", "a", "--keep", "best"], 2, "--held-out 20%"),
        (["cub", "--targets", "y"], 2, "learned as a picture, which takes no targets"),
        (["xorr"], 1, "did you mean 'xor'?"),
        (["--function", "sin(z)", "--domain", "x=0:1"], 2, "'z' is unknown"),
        (["--function", "x", "--domain", "x=3:-3"], 2, "did you mean x=-3:3?"),
        (["--function", "x+1", "--domain", "x=-1e308:1e308"], 2, "up to 1e+100: scale it"),
        (["--function", "__import__('os')", "--domain", "x=0:1"], 2, "is unknown"),
        (["--function", "x"], 2, "--domain x=-3:3"),
        (["cub", "--function", "x", "--domain", "x=0:1"], 2, "accepted: one of them"),
        (["cub", "--domain", "x=0:1"], 2, "--domain is that of a function"),
        (["--function", "x", "--domain", "x=0:1", "--targets", "y"], 2, "takes no --targets"),
        (["missing.csv", "--targets", "y"], 1, "missing.csv does not exist"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(redraw, data, tmp_path, arguments, code, said):
    refused = redraw("fit", *arguments, "--quiet")
    assert said in refused.complaint
    assert refused.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_what_is_no_picture_is_not_rendered(redraw, data):
    redraw("fit", data, "--inputs", "a,b", "--targets", "y", *TINY, "-q")
    assert "draw it with `redraw plot`" in redraw("render", "data.redraw", "a.png").complaint
    assert "no picture" in redraw("diff", "data.redraw", "cub").complaint
    assert (
        "holds no rows" in redraw("plot", "data.redraw", "a.png", "--show", "residuals").complaint
    )


@pytest.mark.parametrize(
    ("change", "out", "said"),
    [
        ({"a": "wrong"}, "out.csv", "no column 'a'"),
        ({"4": "x"}, "data.csv", "data.csv exists"),
        ({}, "out.json", "end the name in .csv"),
    ],
)
def test_predict_refuses(redraw, data, change, out, said):
    redraw("fit", data, "--inputs", "a,b", "--targets", "y", *TINY, "-q")
    text = data.read_text()
    for old, new in change.items():
        text = text.replace(old, new, 1)
    data.write_text(text)
    assert said in redraw("predict", "data.redraw", data, out).complaint


@pytest.mark.parametrize("show", ["fit", "residuals"])
def test_classes_in_letters_that_no_font_has_are_drawn_without_a_word(redraw, tmp_path, show):
    """Of plots, matplotlib's font has neither Chinese nor Korean; boxes stand for them."""
    draw = np.random.default_rng(1).normal(0, 1, (20, 2))
    rows = [f"{a:.4f},{b:.4f},{'猫' if a > b else '개'}" for a, b in draw]
    (tmp_path / "data.csv").write_text("a,b,種類\n" + "\n".join(rows), encoding="utf-8")
    assert redraw("fit", "data.csv", "--targets", "種類", *TINY).code == 0
    done = redraw("plot", "data.run", "data.png", "--show", show)
    assert (done.code, done.err) == (0, "")
    with Image.open("data.png") as drawn:
        assert drawn.width > 100
