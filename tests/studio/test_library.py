"""Names in the studio's folder: which mean files, which lead nowhere, and which are new."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redraw.errors import PictureError, RunError, UsageError
from redraw.signals.picture.bundled import bundled
from redraw.studio.asking import list_folder
from redraw.studio.library import Library, safe_name


@pytest.fixture
def library(tmp_path):
    """A folder with a picture, a run and a field; beside it what must stay unseen."""
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "photo.png").write_bytes(b"a picture")
    (inside / ".hidden.png").write_bytes(b"hidden")
    (inside / "photo.run").mkdir()
    (inside / "photo.redraw").write_bytes(b"a field")
    (tmp_path / "secret.png").write_bytes(b"a secret")
    (tmp_path / "secret.run").mkdir()
    (tmp_path / "secret.redraw").write_bytes(b"a secret")
    for ending in ("png", "run", "redraw"):
        os.symlink(tmp_path / f"secret.{ending}", inside / f"link.{ending}")
    return Library(inside)


def test_names_that_are_there_mean_files(library):
    assert library.picture("photo.png") == library.folder / "photo.png"
    assert library.run("photo") == library.folder / "photo.run"
    assert library.field("photo") == library.folder / "photo.redraw"
    assert library.picture("cub") == bundled("cub")


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "link",
        ".hidden",
        "",
        ".",
        "..",
        "/etc/passwd",
        "photo.png/..",
        "photo\0",
        "a/b",
    ],
)
def test_names_that_lead_elsewhere_mean_nothing(library, name):
    for wanted in (name, f"{name}.png"):
        with pytest.raises(PictureError, match="no picture"):
            library.picture(wanted)
    with pytest.raises(RunError, match="no run"):
        library.run(name)
    assert library.field(name) is None


@given(st.text(max_size=100))
def test_a_safe_name_is_one_file_of_any_folder(text):
    name = safe_name(text)
    assert len(name) <= 80
    assert not set(name) & set('/\\:*?"<>|\0\n ')
    assert not name.startswith((".", "-"))
    assert safe_name(name) == name


def test_new_names_are_taken_by_nothing(library):
    assert library.new_names("photo.png", ["siren"], set()) == ["photo-2"]
    assert library.new_names("photo.png", ["siren", "hash"], {"photo-hash"}) == [
        "photo-siren",
        "photo-hash-2",
    ]
    # File systems that don't tell capitals apart must not lose anything.
    assert library.new_names("PHOTO.png", ["siren"], {"photo-2"}) == ["PHOTO-3"]
    assert library.new_names("???", ["siren"], set()) == ["picture"]


def test_an_upload_gets_a_place_of_its_own(library):
    assert library.place_for("new one.PNG").name == "new-one.png"
    assert library.place_for("photo.png").name == "photo-2.png"
    assert library.place_for("../../photo.jpg") == library.folder / "photo.jpg"
    assert library.place_for("link.png").name == "link-2.png"
    with pytest.raises(PictureError, match="not a picture by its name"):
        library.place_for("program.exe")


def test_the_same_picture_again_is_known(library, tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes(b"a picture")
    assert library.same_as(upload, "photo.png") == library.folder / "photo.png"
    upload.write_bytes(b"a Picture")
    assert library.same_as(upload, "photo.png") is None
    upload.write_bytes(b"a secret")
    assert library.same_as(upload, "link.png") is None


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't be used"):
        Library(tmp_path / "file")


def test_a_table_is_no_picture_of_the_folder(tmp_path):
    (tmp_path / "pixels.csv").write_text("x,y,pixel_value\n0,0,255\n")
    (tmp_path / "table-1.csv").write_text("age,weight\n1,2\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    listed = list_folder(str(tmp_path))
    assert [found["name"] for found in listed["pictures"]] == ["pixels.csv"]
    assert {found["name"] for found in listed["tables"]} == {"table-1.csv", "empty.csv"}


def test_a_table_that_is_typed_again_is_the_same_file(library):
    assert library.write_table("x,y\n1,2") == "table-1.csv"
    assert library.write_table("x,y\n1,3") == "table-2.csv"
    assert library.write_table(" x,y\n1,2\n\n") == "table-1.csv"
    assert library.write_table("x,y\n1,2", "../my data.CSV") == "my-data.csv"
    assert library.write_table("x,y\n1,4", "my data.csv") == "my-data-2.csv"
    assert (library.folder / "my-data-2.csv").read_text() == "x,y\n1,4\n"
    library.delete("table", "table-2.csv")
    assert not (library.folder / "table-2.csv").exists()
