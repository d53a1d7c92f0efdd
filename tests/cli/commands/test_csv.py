"""`redraw csv`: tables and pictures, exactly."""

import numpy as np
import pytest
from PIL import Image

from redraw import read


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16"])
def test_round_trips_are_exact(redraw, tmp_path, mode):
    random = np.random.default_rng(0)
    if mode == "I;16":
        image = Image.fromarray(random.integers(0, 2**16, (5, 7)).astype(np.uint16))
    else:
        image = Image.fromarray(random.integers(0, 256, (5, 7, 4), np.uint8)).convert(mode)
    image.save(tmp_path / "a.png")
    assert redraw("csv", "encode", "a.png", "a.csv").code == 0
    assert redraw("csv", "decode", "a.csv", "b.png").code == 0
    a, b = read("a.png"), read("b.png")
    assert a.colour == b.colour
    assert np.array_equal(a.values, b.values)


def test_ink_is_1_and_y_is_the_outer_loop(redraw, tmp_path):
    Image.fromarray(np.array([[True, False, True], [True, True, True]])).save(tmp_path / "a.png")
    done = redraw("csv", "encode", "a.png", "a.csv")
    assert done.out == "a.csv: 6 pixels, two-tone grey\n"
    rows = (tmp_path / "a.csv").read_text().split()
    assert rows == ["x,y,pixel_value", "0,0,0", "1,0,1", "2,0,0", "0,1,0", "1,1,0", "2,1,0"]


def test_what_a_table_can_not_say_is_noted_and_can_be_told(redraw, tmp_path):
    Image.fromarray(np.array([[0, 1]], np.uint8)).save(tmp_path / "dark.png")
    assert "note: its values could be 1-bit ones" in redraw(
        "csv", "encode", "dark.png", "dark.csv"
    ).out.replace("\n", " ")
    assert redraw("csv", "decode", "dark.csv", "b.png", "--depth", 8).code == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "b.png")), [[0, 1]])


def test_bundled_pictures_go_by_name(redraw):
    assert redraw("csv", "encode", "cub-two-tone", "cub.csv", "-q").out == ""
    assert redraw("csv", "decode", "cub.csv", "cub.png").out == (
        "cub.png: 200 × 200, two-tone grey\n"
    )


def test_holes_are_said(redraw, tmp_path):
    (tmp_path / "a.csv").write_text("x,y,pixel_value\n0,0,10\n3,1,200\n")
    assert "note: 6 of 8 pixels have no row" in redraw("csv", "decode", "a.csv", "a.png").out


def test_nothing_is_replaced_without_force(redraw, picture, tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    assert "a.csv exists already" in redraw("csv", "encode", picture, "a.csv").complaint
    assert (tmp_path / "a.csv").read_text() == "mine"
    assert redraw("csv", "encode", picture, "a.csv", "--force").code == 0
    assert "exists already" in redraw("csv", "decode", "a.csv", picture).complaint
    assert redraw("csv", "decode", "a.csv", picture, "--force").code == 0


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("x,y,pixel_value\n0,0,256\n1,0,two\n", "line 3, column 3 (pixel_value): 'two'"),
        ("x,y,pixel_value\n0,0\n", "line 2, column 3"),
        ("x,y,pixel_value\n0,0,1\n0,0,1\n", "line 3"),
        ("x,y,z\n", "line 1: the header is"),
        ("", "line 1: the header is"),
        ("x,y,pixel_value\n99999,99999,1\n", "--max-pixels"),
    ],
)
def test_malformed_tables_are_named_by_line_and_column(redraw, tmp_path, table, said):
    (tmp_path / "bad.csv").write_text(table)
    refused = redraw("csv", "decode", "bad.csv", "a.png")
    assert refused.code == 1
    assert "bad.csv" in refused.complaint
    assert said in refused.complaint


def test_other_refusals(redraw, picture):
    assert "none.csv" in redraw("csv", "decode", "none.csv", "a.png").complaint
    assert "none.png does not exist" in redraw("csv", "encode", "none.png", "a.csv").complaint
    assert redraw("csv", "decode", picture, "a.png", "--max-pixels", 0).code == 2
    assert redraw("csv").code == 0
    assert "encode" in redraw("csv").out


def test_a_picture_is_no_table_and_the_other_way_is_named(redraw, picture):
    refused = redraw("csv", "decode", picture.name, "a.png")
    assert refused.code == 1
    assert refused.complaint == (
        "tiny.png is a PNG picture already, no table;"
        " `redraw csv encode tiny.png tiny.csv` makes one"
    )
