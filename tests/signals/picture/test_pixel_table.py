"""Tables of pixels: exact round trips, holes, and errors that say where."""

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from tests.signals.picture.values import refused_table as refusal

from redraw.errors import OutputError, PictureError, TableError
from redraw.signals import Colour, Picture, bundled, read
from redraw.signals.picture import pixel_table


def rng():
    return np.random.default_rng(14)


def whole(kind, *shape):
    return rng().integers(0, np.iinfo(kind).max + 1, shape).astype(kind)


# --- what is written -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "channels", "header"),
    [
        (np.uint8, 1, "x,y,pixel_value"),
        (np.uint16, 1, "x,y,pixel_value"),
        (np.uint8, 2, "x,y,pixel_value,a"),
        (np.uint8, 3, "x,y,r,g,b"),
        (np.uint16, 4, "x,y,r,g,b,a"),
    ],
)
def test_the_table_is_as_promised(tmp_path, kind, channels, header):
    array = whole(kind, 3, 4, channels)
    pixel_table.encode(Picture.from_array(array), tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_text()
    assert content.endswith("\n")
    rows = list(csv.reader(io.StringIO(content)))
    assert ",".join(rows[0]) == header
    expected = [[x, y, *array[y, x].tolist()] for y in range(3) for x in range(4)]  # y outside
    assert [[int(text) for text in row] for row in rows[1:]] == expected


def test_in_two_tones_ink_is_one(tmp_path):
    paper = np.array([[True, False], [False, True]])
    pixel_table.encode(Picture.from_array(paper), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "x,y,pixel_value\n0,0,0\n1,0,1\n0,1,1\n1,1,0\n"


def test_holes_get_no_row(tmp_path):
    known = np.array([[True, False], [False, False], [False, True]])
    picture = Picture(np.ones((3, 2, 1)), Colour("grey"), known=known)
    pixel_table.encode(picture, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "x,y,pixel_value\n0,0,255\n1,2,255\n"
    back = pixel_table.read(tmp_path / "a.csv")
    np.testing.assert_array_equal(back.known, known)


def test_what_is_in_a_hole_has_no_part_in_the_depth(tmp_path):
    values = np.array([[0, 255, 1]], np.uint8)
    picture = Picture.from_array(values)
    picture.known = np.array([[True, False, True]])
    notes = pixel_table.encode(picture, tmp_path / "a.csv")
    assert notes == ("its values could be 1-bit ones; read it back with --depth 8",)


def test_light_is_refused(tmp_path):
    with pytest.raises(PictureError, match="HDR, and a table holds whole numbers"):
        pixel_table.encode(Picture.from_array([[7.0]]), tmp_path / "a.csv")


def test_what_exists_is_kept(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(OutputError, match="exists already"):
        pixel_table.encode(Picture.from_array([[True]]), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "old"
    pixel_table.encode(Picture.from_array([[True]]), tmp_path / "a.csv", force=True)


numbers = st.sampled_from([np.bool_, np.uint8, np.uint16]).flatmap(
    lambda kind: st.integers(1, 1 if kind is np.bool_ else 4).flatmap(
        lambda channels: npst.arrays(kind, st.tuples(*[st.integers(1, 12)] * 2, st.just(channels)))
    )
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(numbers, st.data())
def test_round_trips_are_exact(tmp_path, array, data):
    picture = Picture.from_array(array)
    known = data.draw(npst.arrays(np.bool_, array.shape[:2]))
    known[-1, -1] = True  # the size is that of the farthest row
    if not known.all():
        picture.known = known
    # Such rows are those of a smaller picture that is counted from 1: below.
    assume(known[0].any() or known[:, 0].any() or known[1:, 1:].sum() < known[1:, 1:].size)
    notes = pixel_table.encode(picture, tmp_path / "a.csv", force=True)
    depth = picture.colour.depth
    back = pixel_table.read(tmp_path / "a.csv", depth=depth)
    assert back.colour == picture.colour
    np.testing.assert_array_equal(back.values[known], picture.values[known])
    np.testing.assert_array_equal(known, np.ones_like(known) if back.known is None else back.known)
    # Without being told, the depth comes out right exactly when the writer had nothing to say.
    inferred = pixel_table.read(tmp_path / "a.csv").colour.depth
    assert (inferred == depth) == (notes == ())
    if notes:
        assert f"read it back with --depth {depth}" in notes[0]


def test_what_is_read_as_counted_from_1_is_told(tmp_path):
    known = np.zeros((3, 4), np.bool_)
    known[1:, 1:] = True
    picture = Picture.from_array(np.arange(12, dtype=np.uint8).reshape(3, 4) * 20)
    picture.known = known
    (note,) = pixel_table.encode(picture, tmp_path / "a.csv")
    assert "first row and column" in note
    assert pixel_table.read(tmp_path / "a.csv").size == (3, 2)
    known[2, 1] = False
    assert pixel_table.encode(picture, tmp_path / "a.csv", force=True) == ()
    assert pixel_table.read(tmp_path / "a.csv").size == (4, 3)


@pytest.mark.parametrize("name", ["cub", "cub-two-tone"])
def test_the_cub_comes_back(tmp_path, name):
    cub = read(bundled(name))
    assert pixel_table.encode(cub, tmp_path / "a.csv") == ()
    back = read(tmp_path / "a.csv")
    assert back.colour == cub.colour
    np.testing.assert_array_equal(back.values, cub.values)
    assert back.notes == ()


# --- what is read --------------------------------------------------------------------------------


def test_rows_may_be_missing_and_in_any_order(table):
    picture = pixel_table.read(table("x,y,pixel_value\n2,1,30\n0,0,10\n1,1,20\n"))
    assert picture.size == (3, 2)
    assert picture.known.tolist() == [[True, False, False], [False, True, True]]
    values = np.rint(picture.values[..., 0] * 255)
    assert values[picture.known].tolist() == [10, 20, 30]
    assert (values[~picture.known] == 255).all()  # shown as paper
    assert picture.notes == ("3 of 6 pixels have no row",)
    assert picture.name == "pixels.csv"


@pytest.mark.parametrize(
    ("body", "colour"),
    [
        ("0,0,0\n1,0,1\n", Colour("grey", depth=1)),
        ("0,0,1\n", Colour("grey", depth=1)),
        ("0,0,2\n", Colour("grey")),
        ("0,0,255\n", Colour("grey")),
        ("0,0,256\n", Colour("grey", depth=16)),
        ("0,0,65535\n", Colour("grey", depth=16)),
    ],
)
def test_the_depth_is_inferred(table, body, colour):
    assert pixel_table.read(table("x,y,pixel_value\n" + body)).colour == colour


def test_colour_and_alpha_are_never_two_tone(table):
    assert pixel_table.read(table("x,y,r,g,b\n0,0,1,0,1\n")).colour == Colour("rgb")
    picture = pixel_table.read(table("x,y,pixel_value,a\n0,0,1,0\n"))
    assert picture.colour == Colour("grey", alpha=True)
    np.testing.assert_array_equal(picture.values, np.float32([[[1 / 255, 0]]]))


@pytest.mark.parametrize("depth", [1, 8, 16])
def test_a_given_depth_decides(table, depth):
    picture = pixel_table.read(table("x,y,pixel_value\n0,0,0\n1,0,1\n"), depth=depth)
    assert picture.colour == Colour("grey", depth=depth)
    expected = [1.0, 0.0] if depth == 1 else [0.0, 1 / (2**depth - 1)]
    np.testing.assert_allclose(picture.values.ravel(), expected, rtol=1e-7)


PLAIN = "x,y,pixel_value\n0,0,7\n1,0,200\n0,1,65\n1,1,0\n"
VARIANTS = {
    "byte order mark": "\ufeff" + PLAIN,
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "no newline at the end": PLAIN.rstrip("\n"),
    "blank lines at the end": PLAIN + "\n\n  \n",
    "blank lines within": PLAIN.replace("\n1,0", "\n\n \r\n1,0"),
    "spaces after commas": PLAIN.replace(",", ", "),
    "spaces everywhere": PLAIN.replace(",", " , ").replace("\n", " \n "),
    "tabs": PLAIN.replace(",", ",\t"),
    "leading zeros": PLAIN.replace("7", "007").replace("65", "0000000000065"),
    "capitals": PLAIN.replace("x,y", "X,Y"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_that_people_write(table, variant):
    picture = pixel_table.read(table(VARIANTS[variant]))
    assert np.rint(picture.values[..., 0] * 255).tolist() == [[7, 200], [65, 0]]


@pytest.mark.parametrize("block", [1, 7, 64, 1000])
@pytest.mark.parametrize("variant", VARIANTS)
def test_however_the_file_is_cut_into_blocks(table, monkeypatch, block, variant):
    monkeypatch.setattr(pixel_table, "_BLOCK", block)
    picture = pixel_table.read(table(VARIANTS[variant]))
    assert np.rint(picture.values[..., 0] * 255).tolist() == [[7, 200], [65, 0]]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("x;y;pixel_value\n0;0;7\n1;0;200\n0;1;65\n1;1;0\n", ()),
        ("x\ty\tpixel_value\n0\t0\t7\n1\t0\t200\n0\t1\t65\n1\t1\t0\n", ()),
        ('"x","y","pixel_value"\n"0","0","7"\n"1","0","200"\n0,1,65\n1,1,0\n', ()),
        ("x,y,pixel_value\n0.0,0.0,7.0\n1.0,0.,200.00\n0.0,1.0,65.0\n1,1,0.0\n", ()),
        ("x;y;pixel_value\n0,0;0,0;7,00\n1,0;0,0;200,0\n0,0;1,0;65,0\n1;1;0,0\n", ()),
        ("pixel_value,y,x\n7,0,0\n200,0,1\n65,1,0\n0,1,1\n", ()),
        ("X,Y,Value\n0,0,7\n1,0,200\n0,1,65\n1,1,0\n", ()),
        ("x,y,pixel_value,\n0,0,7,\n1,0,200,\n0,1,65,\n1,1,0,\n", ()),
        (
            ",x,y,pixel_value\n0,0,0,7\n1,1,0,200\n2,0,1,65\n3,1,1,0\n",
            ("1 column without a name was left out",),
        ),
        (
            "Unnamed: 0,x,y,pixel_value\n0,0,0,7\n1,1,0,200\n2,0,1,65\n3,1,1,0\n",
            ("1 column without a name was left out",),
        ),
        (
            "x,y,pixel_value\n1,1,7\n2,1,200\n1,2,65\n2,2,0\n",
            ("its coordinates are counted from 1",),
        ),
    ],
)
@pytest.mark.parametrize("block", [5, 2**20])
def test_tables_of_pandas_r_and_spreadsheets(table, monkeypatch, text, notes, block):
    monkeypatch.setattr(pixel_table, "_BLOCK", block)
    picture = pixel_table.read(table(text))
    assert np.rint(picture.values[..., 0] * 255).tolist() == [[7, 200], [65, 0]]
    assert picture.notes == notes


def test_a_few_rows_don_t_make_a_large_picture(table):
    path = table("x,y,pixel_value\n0,0,7\n9999,9999,3\n")
    assert "has 2 rows for a picture of 10000x10000, nearly all of it empty" in refusal(path)
    path = table("x,y,pixel_value\n0,0,7\n1999,1999,3\n")
    assert "nearly all of it empty" in refusal(path)
    assert pixel_table.read(path, max_pixels=4_000_000).size == (2000, 2000)


# --- what is refused, and where ------------------------------------------------------------------

MALFORMED = [
    ("", "pixels.csv, line 1: the header is x,y,pixel_value or"),
    ("0,0,1\n", "line 1: the header is"),
    ("x,y\n0,0\n", "not 'x,y'"),
    ("y,z,pixel_value\n", "line 1: the header is"),
    ("x,y,pixel_value\n", "has a header but no pixels"),
    ("x,y,pixel_value\n\n\n", "has a header but no pixels"),
    ("x,y,pixel_value\n0,0,1\n1,0\n", "line 3, column 3 (pixel_value): the row has 2 columns"),
    ("x,y,pixel_value\n0,0,1,9\n", "line 2, column 4: the row has 4 columns instead of 3"),
    ("x,y,pixel_value\n0,0,1\n1,0,black\n", "line 3, column 3 (pixel_value): 'black' is not"),
    ("x,y,pixel_value\n0,0,1\n\n1,0,\n", "line 4, column 3 (pixel_value): nothing is not"),
    ("x,y,pixel_value\n-1,0,1\n", "line 2, column 1 (x): '-1' is not a whole number of at least"),
    ("x,y,pixel_value\n0,1.5,1\n", "line 2, column 2 (y): '1.5' is not a whole number"),
    ("x,y,pixel_value\n0,0,1 2\n", "line 2, column 3 (pixel_value): '1 2' is not"),
    ("x,y,pixel_value\n0,0,+1\n", "'+1' is not a whole number"),
    ("x,y,pixel_value\n0,0,1_0\n", "'1_0' is not a whole number"),
    ("x,y,pixel_value\n0,0,\xb2\n", "is not a whole number"),
    ('x,y,pixel_value\n0,0,"b"\n', "is not a whole number"),
    ("x,y,pixel_value\n0;0;1\n", "line 2, column 1 (x): '0;0;1' is not"),
    ("x,y,pixel_value\n0,0,65536\n", "line 2, column 3 (pixel_value): 65536 is beyond 65535"),
    ("x,y,r,g,b\n0,0,1,2,3\n1,0,1,70000,3\n", "line 3, column 4 (g): 70000 is beyond 65535"),
    ("x,y,pixel_value\n0,0,1\n1,0,0\n0,0,1\n", "line 4, column 1 (x): the pixel x 0, y 0 has a "
     "row already, in line 2"),
    ("x,y,pixel_value\n0,0,1\n\n3,2,0\n\n3,2,1\n", "line 6, column 1 (x): the pixel x 3, y 2 has "
     "a row already, in line 4"),
    ("x,y,pixel_value\n1000000000,0,1\n", "line 2, column 1 (x): 1000000000 is beyond the limit"),
    ("x,y,pixel_value\n0,0,1\n0,123456789012345678901234567890,1\n", "line 3, column 2 (y): "
     "123456789012... is far too large"),
    ("x,y,pixel_value\n0,0,1\n99999,0,1\n0,99999,1\n", "line 3, column 1 (x): the picture would "
     "be 100000x100000, 10,000,000,000 pixels"),
    ("x,y,pixel_value\n0,0," + "1" * 5000 + "\n", "is far too large"),
    ("x,y,pixel_value\n0,0," + "0" * 200_000 + "x\n", "is not a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_malformed_tables_are_refused_with_the_place(table, text, message):
    assert message in refusal(table(text))


@pytest.mark.parametrize("block", [3, 40])
@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_the_place_is_right_across_blocks(table, monkeypatch, block, text, message):
    monkeypatch.setattr(pixel_table, "_BLOCK", block)
    found = refusal(table(text))
    assert message in found or "the line has more than" in found


def test_a_line_without_end_is_refused_while_it_is_read(table, monkeypatch):
    monkeypatch.setattr(pixel_table, "_BLOCK", 1000)
    message = refusal(table("x,y,pixel_value\n0,0,1\n" + "1" * 20_000))
    assert "pixels.csv, line 3: the line has more than 4096 bytes" in message


def test_a_number_with_more_zeros_in_front_than_python_converts(table):
    picture = pixel_table.read(table("x,y,pixel_value\n0,0," + "0" * 5000 + "7\n"))
    assert picture.values.item() == np.float32(7 / 255)


def test_the_first_error_far_down_is_found(table):
    body = "".join(f"{x},{y},{x * y % 200}\n" for y in range(300) for x in range(300))
    wrong = body.replace("\n150,200,", "\n150,200,wrong")
    expected = f"line {2 + 200 * 300 + 150}, column 3 (pixel_value): 'wrong"
    assert expected in refusal(table("x,y,pixel_value\n" + wrong))


def test_values_beyond_a_given_depth(table):
    path = table("x,y,pixel_value\n0,0,1\n1,0,2\n")
    assert "line 3, column 3 (pixel_value): 2 is beyond 1, the largest 1-bit" in refusal(
        path, depth=1
    )
    path = table("x,y,pixel_value\n0,0,256\n")
    assert "256 is beyond 255, the largest 8-bit value" in refusal(path, depth=8)
    path = table("x,y,r,g,b\n0,0,0,0,0\n")
    assert "two-tone tables have the columns x,y,pixel_value" in refusal(path, depth=1)


def test_the_limit_of_pixels(table):
    path = table("x,y,pixel_value\n0,0,1\n1,0,1\n0,1,1\n1,1,1\n")
    assert pixel_table.read(path, max_pixels=4).size == (2, 2)
    assert "more than 3 rows" in refusal(path, max_pixels=3)
    path = table("x,y,pixel_value\n9,0,1\n0,9,1\n")
    assert "10x10, 100 pixels; at most 99" in refusal(path, max_pixels=99)
    assert "--max-pixels" in refusal(path, max_pixels=99)


@pytest.mark.parametrize("side", ["1,5000", "5000,1"])
def test_extreme_shapes(table, side):
    width, height = map(int, side.split(","))
    rows = "".join(f"{x},{y},1\n" for y in range(height) for x in range(width))
    assert pixel_table.read(table("x,y,pixel_value\n" + rows)).size == (width, height)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(PictureError, match="does not exist"):
        pixel_table.read(tmp_path / "missing.csv")
    with pytest.raises(PictureError, match="folder"):
        read(tmp_path)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(TableError, match="line 1"):
        read(tmp_path / "empty.csv")


def test_a_csv_is_read_as_a_table_whatever_is_in_it(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(TableError, match="line 1"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("sign", [",", ";"])
def test_a_row_that_lacks_a_cell_is_no_row_without_its_index(table, sign):
    """The end of a file that was cut: two numbers and a value, but not those of the header."""
    text = ",x,y,pixel_value\n0,0,0,7\n1,1,0\n".replace(",", sign)
    with pytest.raises(TableError, match=r"line 3: the row has 3 columns instead of 4"):
        pixel_table.read(table(text))


def test_columns_are_counted_as_they_stand_in_the_file(table):
    with pytest.raises(TableError, match=r"line 2, column 2 \(x\): '-1' is not"):
        pixel_table.read(table("y,x,pixel_value\n0,-1,7\n"))
