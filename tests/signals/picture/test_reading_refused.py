"""Pictures that are refused: damaged, cut short, too large, or none at all."""

import functools
import io
import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from tests.signals.picture.test_reading import FORMATS, noise, refusal

from redraw.errors import RedrawError
from redraw.signals import read


def test_what_is_no_picture_is_refused(tmp_path):
    (tmp_path / "text.png").write_text("Dear lion,\nhow are you?")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "blank.png").write_bytes(b" \n ")
    (tmp_path / "zip.png").write_bytes(b"PK\3\4\0\0\0\0")
    os.mkfifo(tmp_path / "pipe.png")
    assert "text.png is not a picture, but text: 'Dear lion,'" in refusal(tmp_path / "text.png")
    assert "empty.png is empty" in refusal(tmp_path / "empty.png")
    assert "not a picture, but blank text" in refusal(tmp_path / "blank.png")
    assert "zip.png is a zip archive, which is not read; unpack it" in refusal(tmp_path / "zip.png")
    assert "is a folder; name a picture in it" in refusal(tmp_path)
    assert "missing.png does not exist" in refusal(tmp_path / "missing.png")
    assert "not an ordinary file" in refusal(tmp_path / "pipe.png")
    assert "can't read" in refusal(tmp_path / "text.png" / "a.png")
    assert "can't read" in refusal("nul\0.png")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(b"x")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert "a.png': Permission denied" in refusal(tmp_path / "a.png")


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_what_is_cut_short_is_refused(tmp_path, extension, share, capfd):
    Image.fromarray(noise(60, 50, 3)).save(tmp_path / f"a.{extension}")
    content = (tmp_path / f"a.{extension}").read_bytes()
    (tmp_path / f"a.{extension}").write_bytes(content[: max(20, int(len(content) * share))])
    assert f"a.{extension} is damaged or cut short" in refusal(tmp_path / f"a.{extension}")
    assert capfd.readouterr() == ("", "")  # the libraries keep quiet


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, make_png):
    bomb = make_png(noise(1, 1, 3), 8, size=(100_000, 100_000))
    (tmp_path / "bomb.png").write_bytes(bomb)
    message = refusal(tmp_path / "bomb.png")
    assert "bomb.png is 100000x100000, 10,000,000,000 pixels" in message
    assert "at most 100,000,000" in message
    assert "--max-pixels" in message
    # With the limit raised it is tried, by a Pillow that has forgotten its own limit.
    assert "damaged" in refusal_of_large(tmp_path / "bomb.png")


def refusal_of_large(path):
    """As if a user had raised the limit, on a picture whose size is a lie."""
    data = path.read_bytes().replace(
        struct.pack(">II", 100_000, 100_000), struct.pack(">II", 20_000, 10_000)
    )
    at = data.index(b"IHDR")
    header = data[at : at + 17]
    data = data[: at + 17] + struct.pack(">I", zlib.crc32(header)) + data[at + 21 :]
    path.write_bytes(data)
    assert "200,000,000 pixels" in refusal(path)
    return refusal(path, max_pixels=10**9)


@pytest.mark.parametrize("extension", FORMATS)
def test_the_limit_of_pixels_holds_for_every_format(tmp_path, extension):
    Image.fromarray(noise(10, 20, 3)).save(tmp_path / f"a.{extension}")
    assert "20x10, 200 pixels; at most 199" in refusal(tmp_path / f"a.{extension}", max_pixels=199)
    assert read(tmp_path / f"a.{extension}", max_pixels=200).size == (20, 10)


def test_pillows_own_limit_is_restored(tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    Image.fromarray(noise(3, 3)).save(tmp_path / "a.png")
    read(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    refusal(tmp_path / "b.png")
    assert before == Image.MAX_IMAGE_PIXELS is not None


def test_lab_is_converted(tmp_path):
    image = Image.fromarray(noise(5, 5, 3) // 8 * 4 + 60)
    lab = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    lab.save(tmp_path / "a.tif")
    picture = read(tmp_path / "a.tif")
    assert picture.notes == ("CIE L*a*b* was converted to sRGB",)
    # 8 bits of a* and b* are steps of 1: up to some three levels of a dark colour.
    np.testing.assert_allclose(picture.values * 255, np.asarray(image), atol=4)


@functools.cache
def sample(extension):
    """The bytes of a small picture of each format."""
    file = io.BytesIO()
    name = {"jpg": "jpeg", "tif": "tiff"}.get(extension, extension)
    Image.fromarray(noise(12, 13, 3)).save(file, name)
    return file.getvalue()


def assert_read_or_refused(path):
    message = ""
    try:
        picture = read(path, max_pixels=10**6)
        assert np.isfinite(picture.values).all()
    except RedrawError as error:
        message = str(error)
    assert "\n" not in message


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(FORMATS), st.data())
def test_altered_files_are_read_or_refused_but_nothing_else(tmp_path, capfd, extension, data):
    content = bytearray(sample(extension))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "altered").write_bytes(bytes(content))
    assert_read_or_refused(tmp_path / "altered")
    assert capfd.readouterr() == ("", "")


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"II*\0",
            b"MM\0*",
            b"BM",
            b"GIF89a",
            b"RIFF\0\0\0\0WEBP",
            b"\0\0\0\x20ftypavif",
            b"#?RADIANCE\n",
            b"\x76\x2f\x31\x01",
            b"x,y,",
        ]
    ),
    st.binary(max_size=300),
)
def test_arbitrary_bytes_are_read_or_refused_but_nothing_else(tmp_path, start, rest):
    (tmp_path / "bytes").write_bytes(start + rest)
    assert_read_or_refused(tmp_path / "bytes")


def test_boxes_of_a_jpeg_2000_within_each_other_without_end_are_refused(tmp_path):
    Image.fromarray(noise(60, 50, 3)).save(tmp_path / "a.jp2")
    content, nested = (tmp_path / "a.jp2").read_bytes(), b""
    for _ in range(2000):
        nested = struct.pack(">I4s", 8 + len(nested), b"jp2h") + nested
    at = content.index(b"jp2h") - 4
    (tmp_path / "a.jp2").write_bytes(content[:at] + nested + content[at:])
    assert "a.jp2 can't be decoded" in refusal(tmp_path / "a.jp2")


@pytest.mark.parametrize("size", [(-1000, 10), (10, -1000), (-5, -5)])
def test_a_pam_of_less_than_no_pixels_is_refused(tmp_path, size):
    head = b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 1\nMAXVAL 255\nENDHDR\n" % size
    (tmp_path / "a.pam").write_bytes(head + bytes(100))
    assert "its size is {}x{}".format(*size) in refusal(tmp_path / "a.pam")
