"""Drawings are written row by row: the same as whole ones, in little memory, or refused."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.values import HAS_OIIO, light, needs_oiio, refusal, whole

from redraw.errors import PictureError, ShapeError, UsageError
from redraw.signals import Colour, Picture, open_rows, read, write
from redraw.signals.picture import writing


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "tif", "bmp", "gif", "exr"])
@pytest.mark.parametrize("kind", [np.bool_, np.uint8])
def test_rows_are_written_as_the_whole(tmp_path, extension, kind):
    if extension == "exr" and not HAS_OIIO:
        pytest.skip("needs the extra `hdr`")
    picture = Picture.from_array(whole(kind, 20, 30))
    write(picture, tmp_path / f"whole.{extension}")
    rows = picture.fitted()
    with open_rows(tmp_path / f"rows.{extension}", 30, 20, picture.colour) as out:
        for start, end in ((0, 1), (1, 1), (1, 8), (8, 20)):
            out.write(rows[start:end])
        assert out.rows_written == 20
    whole_again = read(tmp_path / f"whole.{extension}").values
    np.testing.assert_array_equal(read(tmp_path / f"rows.{extension}").values, whole_again)


def test_rows_of_alpha_are_made_straight(tmp_path):
    picture = Picture.from_array(whole(np.uint8, 20, 30, 4))
    with open_rows(tmp_path / "a.png", 30, 20, picture.colour) as out:
        out.write(picture.fitted())
    seen = np.asarray(Image.open(tmp_path / "a.png"))
    visible = seen[..., 3] > 0
    np.testing.assert_array_equal(seen[visible], np.rint(picture.values * 255)[visible])
    assert (seen[~visible] == 0).all()


@needs_oiio
def test_rows_of_light_come_back_from_their_curve(tmp_path):
    picture = light(20, 30, 3)
    with open_rows(tmp_path / "a.exr", 30, 20, picture.colour) as out:
        out.write(picture.fitted())
    curve = picture.colour.curve
    slope = (curve.end - curve.start) * np.hypot(picture.values, curve.scale)
    error = np.abs(read(tmp_path / "a.exr").values - picture.values)
    assert (error <= 3 * 2**-24 * slope).all()


def test_more_than_one_block_of_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_VALUES_AT_ONCE", 70)
    monkeypatch.setattr("redraw.signals.picture.writing_png._ROWS_AT_ONCE", 95)
    monkeypatch.setattr("redraw.signals.picture.writing_png._CHUNK", 5000)
    monkeypatch.setattr("redraw.signals.picture.deflating._LEAST", 5000)
    array = whole(np.uint8, 300, 300, 3)
    write(Picture.from_array(array), tmp_path / "a.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), array)
    assert (tmp_path / "a.png").read_bytes().count(b"IDAT") > 10


def test_rows_have_to_fit(tmp_path):
    def attempt(*blocks):
        with open_rows(tmp_path / "a.png", 4, 3, Colour("rgb")) as out:
            for block in blocks:
                out.write(np.zeros(block))

    assert "rows are (h, 4, 3)" in refusal(ShapeError, attempt, (3, 4, 1))
    assert "rows are (h, 4, 3)" in refusal(ShapeError, attempt, (3, 5, 3))
    assert "3 announced" in refusal(ShapeError, attempt, (2, 4, 3), (2, 4, 3))
    assert "2 rows were written of 3" in refusal(ShapeError, attempt, (2, 4, 3))
    assert list(tmp_path.iterdir()) == []


def test_formats_that_need_the_whole_are_refused_when_it_is_huge(tmp_path):
    def attempt(name):
        with open_rows(tmp_path / name, 16_384, 16_384, Colour("rgb")):
            pytest.fail("refused before anything is drawn")

    message = refusal(PictureError, attempt, "a.jpg")
    assert "would take 768 MiB, as JPEG can't be written row by row; write a .png" in message
    message = refusal(PictureError, attempt, "a.webp")
    assert "a.webp can't be 16384x16384: WebP ends at 16383 a side; write a .png" in message


@pytest.mark.parametrize("size", [(0, 3), (3, -1)])
def test_sizes_without_pixels_are_refused(tmp_path, size):
    def attempt():
        with open_rows(tmp_path / "a.png", *size, Colour("rgb")):
            pytest.fail("refused before anything is drawn")

    assert "both sides are at least 1" in refusal(UsageError, attempt)


STREAM = """
import sys
import numpy as np
from redraw.signals import Colour, open_rows
side, channels, depth, path = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
wave = (np.sin(np.arange(side) / 300) / 2 + 0.5).astype(np.float32)
with open_rows(path, side, side, Colour("rgb" if channels == 3 else "grey", depth=depth)) as out:
    for y in range(0, side, 64):
        rows = wave[None, :, None] * wave[y : y + 64, None, None]
        out.write(np.broadcast_to(rows, (*rows.shape[:2], channels)))
lines = open("/proc/self/status").read().splitlines()  # getrusage would count the parent's memory
print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")))
"""
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@needs_proc
@pytest.mark.slow
@pytest.mark.parametrize(("channels", "depth"), [(1, 1), (1, 8), (3, 8)])
def test_a_huge_drawing_needs_little_memory(tmp_path, channels, depth):
    path = tmp_path / "huge.png"
    command = [sys.executable, "-c", STREAM, "16384", str(channels), str(depth), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    assert int(done.stdout) < 300  # MiB, Python and NumPy included
    content = path.read_bytes()
    assert content[16:24] == (16_384).to_bytes(4) * 2
    assert content.endswith(b"IEND" + (0xAE426082).to_bytes(4))


@needs_proc
def test_a_large_drawing_needs_less_memory_than_its_pixels(tmp_path):
    path = tmp_path / "large.png"
    command = [sys.executable, "-c", STREAM, "8192", "1", "1", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    assert int(done.stdout) < 200  # MiB; the floats alone would be 256
    with Image.open(path) as image:
        assert (image.size, image.mode) == ((8192, 8192), "1")
