"""What a file is, by its first bytes; and what to do, as it is typed in a shell."""

import os
import shlex
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp

from redraw.errors import PictureError, RedrawError
from redraw.signals import read
from redraw.signals.options import Columns
from redraw.signals.picture.recognising import Foreign, recognise
from redraw.signals.source import any_signal
from redraw.storage.plain_json import canonical

NAMES = {
    b"\0\0\2\0\1\0\x20\x20": "a Windows cursor",
    b"\0\0\2\0\3\0\x20\x20\0\0": "a Windows cursor",
    b"RIFF\x24\0\0\0ACONLIST": "a Windows cursor that moves",
    b"farbfeld\0\0\0\1": "a farbfeld picture",
    b"Paint Shop Pro Image File\n": "a Paint Shop Pro document",
    b"LBLSIZE=1024  FORMAT='BYTE'": "a VICAR picture",
    b"\x97JB2\r\n\x1a\n": "a JBIG2 picture",
    b"#define im_width 17\n": "an X bitmap",
    b"RIFF\x24\0\0\0WAVEfmt ": "a sound (WAV)",
    b"\0\0\0\x08wide\0\0\0\0mdat": "a film",
    b"<head><title>404": "a web page",
    b"<?xml version='1.0'?>\n<html xmlns='a'>": "a web page",
    "<svg xmlns='a'/>".encode("utf-16"): "an SVG drawing",
    b"\x89PNG\n\x1a\n\0\0\0\rIHDR": "a PNG that was sent as text",
    b"\0\5\x16\7\0\2": "what macOS keeps beside a file",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a document of an old office program",
    b"a.png".ljust(257, b"\0") + b"ustar": "a tar archive",
}


@pytest.mark.parametrize("start", NAMES)
def test_what_is_not_read_has_a_name(start):
    found = recognise(start)
    assert isinstance(found, Foreign)
    assert found.name.startswith(NAMES[start])


@pytest.mark.parametrize(
    "name", ["a b.png", "-x.png", "it's.png", "$HOME.png", "line\nbreak.png", "FILE", "sub/a b.png"]
)
@pytest.mark.parametrize("start", [b"%PDF-1.7", b"\x1f\x8b\x08", b"\0\0\0\x18ftypisom"])
def test_commands_of_refusals_name_the_file_as_a_shell_reads_it(tmp_path, monkeypatch, name, start):
    monkeypatch.chdir(tmp_path)
    os.makedirs("sub")
    with open(name, "wb") as file:
        file.write(start + bytes(40))
    with pytest.raises(PictureError) as error:
        read(name)
    command = str(error.value).rpartition("first: ")[2]
    if "\n" in name:
        assert r"$'line\nbreak.png'" in command
    else:
        assert {name, f"./{name}"} & set(shlex.split(command))


@pytest.mark.parametrize("start", ["BMI,age,y", "BM,y", "P1 P2 y", "P6,y,z"])
def test_a_table_whose_first_column_is_called_like_a_format(tmp_path, start):
    names = start.replace(" ", ",").split(",")
    rows = [[f"{i * k % 5}" for k in range(1, len(names) + 1)] for i in range(9)]
    between = "," if "," in start else " "
    text = "\n".join(between.join(row) for row in [names, *rows])
    (tmp_path / "a.txt").write_text(text)
    table = any_signal(tmp_path / "a.txt", Columns(targets=names[-1]))
    assert [column.name for column in table.schema.inputs] == names[:-1]


def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path):
    for name in ("a.csv", "a.png"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(PictureError, match="not an ordinary file"):
            any_signal(tmp_path / name)
        with pytest.raises(RedrawError, match="not an ordinary file"):
            any_signal(tmp_path / name, Columns(targets="y"))


def test_a_name_that_no_system_takes_and_one_that_is_no_text(tmp_path):
    with pytest.raises(PictureError, match="has 304 bytes, more than this system takes"):
        any_signal("y" * 300 + ".png")
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    Image.fromarray(ramp()).save(os.path.join(tmp_path, "a.png"))
    os.rename(tmp_path / "a.png", name)
    canonical({"source": any_signal(name).name})  # as a run folder keeps it


def test_a_table_of_pixels_is_none_of_other_content(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\x1f\x8b\x08" + bytes(30))
    with pytest.raises(RedrawError, match=r"line 1: it is packed by gzip, .*gzip -dc \S+a.csv"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("how", ["utf-16", "CR", "sep", "bars", "blank"])
def test_tables_of_pixels_as_spreadsheets_save_them(tmp_path, how):
    text = "x,y,r,g,b\n0,0,1,2,3\n1,0,4,5,6\n"
    content = {
        "utf-16": text.encode("utf-16"),
        "CR": text.replace("\n", "\r").encode(),
        "sep": b"sep=;\r\n" + text.replace(",", ";").encode(),
        "bars": text.replace(",", "|").encode(),
        "blank": b"\n\n" + text.encode(),
    }[how]
    (tmp_path / "a.csv").write_bytes(content)
    seen = np.rint(read(tmp_path / "a.csv").values * 255)
    np.testing.assert_array_equal(seen, [[[1, 2, 3], [4, 5, 6]]])
    (tmp_path / "a.csv").write_bytes(b"\n\nx,y,r,g,b\n0,0,1,2,q\n")
    with pytest.raises(RedrawError, match="line 4, column 5"):
        read(tmp_path / "a.csv")


def test_a_short_bmp_is_one(tmp_path):
    (tmp_path / "a").write_bytes(b"BM" + struct.pack("<I", 100))
    with pytest.raises(PictureError, match="damaged or cut short"):
        read(tmp_path / "a")
