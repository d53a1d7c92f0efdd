"""What files of boxes say of their main picture: AVIF and JPEG XL; and EXIF data of any format."""

import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chunk, png, ramp
from tests.signals.picture.test_what_headers_say import DEEP, notes_of

from redraw.signals import read

SMALL = ramp(16, 24)


def avif(array=SMALL, **options):
    codecs = pytest.importorskip("imagecodecs", reason="writes AVIF to be read")
    return codecs.avif_encode(array, level=100, **options)


def boxes(content):
    """Start and end of each box, by its kind."""
    at, found = 0, {}
    while at < len(content):
        length = int.from_bytes(content[at : at + 4])
        found[content[at + 4 : at + 8]] = (at, at + length)
        at += length
    return found


def located(meta, before, after):
    """Boxes of pictures whose pixels stand elsewhere."""
    at = meta.index(struct.pack(">I", before), meta.index(b"iloc"))
    return meta[:at] + struct.pack(">I", after) + meta[at + 4 :]


def with_boxes_behind(content, between=300_000):
    """The same picture with its boxes at the end, far from the start."""
    places = boxes(content)
    start, meta, pixels = (content[slice(*places[kind])] for kind in (b"ftyp", b"meta", b"mdat"))
    free = struct.pack(">I4s", between, b"free").ljust(between, b"\0")
    before, after = len(start) + len(meta) + 8, len(start) + between + 8
    return start + free + pixels + located(meta, before, after)


def with_another_s(content, code):
    """The same picture, and in front of its properties one that is none of its own."""
    own = b"nclx" + struct.pack(">3HB", *code, 0, 128)
    own = struct.pack(">I4s", 8 + len(own), b"colr") + own
    first, last = boxes(content)[b"meta"]
    before = boxes(content)[b"mdat"][0] + 8
    meta = bytearray(content[first:last])
    at = meta.index(b"ipma") + 12
    for _ in range(int.from_bytes(meta[at - 4 : at])):
        count = meta[at + 2]
        for place in range(at + 3, at + 3 + count):
            meta[place] += 1
        at += 3 + count
    at = meta.index(b"ipco") + 4
    for place in (0, meta.index(b"iprp") - 4, at - 8):
        length = int.from_bytes(meta[place : place + 4])
        meta[place : place + 4] = struct.pack(">I", length + len(own))
    meta[at:at] = own
    return content[:first] + located(bytes(meta), before, before + len(own)) + content[last:]


def test_an_avif_whose_boxes_stand_at_its_end(tmp_path):
    path = tmp_path / "a.avif"
    path.write_bytes(with_boxes_behind(avif(primaries=9, transfer=16, matrix=9)))
    assert read(path).colour.coding.describe() == "Rec. 2020 with PQ"
    path.write_bytes(with_boxes_behind(avif(DEEP >> 6, bitspersample=10)))
    assert read(path).colour.depth == 16


def test_colours_of_an_avif_are_those_of_its_main_picture(tmp_path):
    content = avif(primaries=9, transfer=16, matrix=9)
    (tmp_path / "a.avif").write_bytes(with_another_s(content, (1, 8)))
    assert read(tmp_path / "a.avif").colour.coding.describe() == "Rec. 2020 with PQ"
    # Without a box the colours of the coded data would hold.
    (tmp_path / "a.avif").write_bytes(content.replace(b"colrnclx", b"freenclx"))
    picture = read(tmp_path / "a.avif")
    assert picture.colour.coding is None
    assert "were taken as sRGB" in notes_of(picture)
    (tmp_path / "a.avif").write_bytes(avif())
    assert not read(tmp_path / "a.avif").notes


def test_pixels_of_an_avif_that_are_not_square_are_told(tmp_path):
    content = avif()
    at = content.index(b"pixi")  # a box of the same length
    for wide in (1, 2):
        shaped = content[:at] + b"pasp" + struct.pack(">2I", wide, 1) + content[at + 12 :]
        (tmp_path / "a.avif").write_bytes(shaped)
        assert ("not square" in notes_of(read(tmp_path / "a.avif"))) == (wide == 2)


# --- JPEG XL -------------------------------------------------------------------------------------


def with_channel(content, kind):
    """A JPEG XL whose fourth channel says what it is: 0 for alpha that multiplies, 1 for depth.

    By ISO/IEC 18181-1: its header is two bytes of signature, then the size (9 bits), 8 bits a
    channel, one further channel, "as usual"; and 5 bits that stay.
    """
    assert content[:5] == bytes.fromhex("ff0a03c14a")
    head = int.from_bytes(content[2:5], "little")
    channel, length = (1 << 10, 11) if kind == 0 else (1 << 1, 10)
    wide = head & (1 << 17) - 1 | channel << 17 | (head >> 18) << (17 + length)
    return content[:2] + wide.to_bytes(5, "little") + content[5:]


def test_premultiplied_alpha_of_a_jpeg_xl_is_made_straight(tmp_path):
    codecs = pytest.importorskip("imagecodecs", reason="writes JPEG XL to be read")
    pytest.importorskip("pillow_jxl", reason="reads the profiles of JPEG XL")
    array = np.dstack([SMALL // 2, np.full((16, 24), 128, np.uint8)])
    content = with_channel(codecs.jpegxl_encode(array, lossless=True), 0)
    np.testing.assert_array_equal(codecs.jpegxl_decode(content), array)  # it is one still
    (tmp_path / "a.jxl").write_bytes(content)
    values = read(tmp_path / "a.jxl").values
    np.testing.assert_allclose(values[..., :3], (SMALL // 2) / 128, atol=1e-6)


def test_a_gain_map_of_a_jpeg_xl_is_told(tmp_path):
    codecs = pytest.importorskip("imagecodecs", reason="writes JPEG XL to be read")
    pytest.importorskip("pillow_jxl", reason="reads the profiles of JPEG XL")
    plain = codecs.jpegxl_encode(SMALL, lossless=True)
    content = b"\0\0\0\x0cJXL \r\n\x87\n"
    for kind, data in ((b"ftyp", b"jxl \0\0\0\0jxl "), (b"jxlc", plain), (b"jhgm", bytes(20))):
        content += struct.pack(">I4s", 8 + len(data), kind) + data
    (tmp_path / "a.jxl").write_bytes(content)
    assert "gain map" in notes_of(read(tmp_path / "a.jxl"))
    (tmp_path / "a.jxl").write_bytes(plain)
    assert not read(tmp_path / "a.jxl").notes


# --- EXIF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif"])
def test_adobe_rgb_by_exif_is_kept_in_every_format(tmp_path, extension):
    path = tmp_path / f"a.{extension}"
    for space in (1, 2):
        exif = Image.Exif()
        exif[0x010E] = "a ramp"
        exif[0x8769] = {0xA001: space}
        Image.fromarray(SMALL).save(path, exif=exif.tobytes())
        coding = read(path).colour.coding
        assert (coding is not None) == (space == 2)
        assert ("Adobe RGB" in notes_of(read(path))) == (space == 2)
    if extension in ("jpg", "tif"):  # what is converted is sRGB
        Image.fromarray(SMALL).convert("CMYK").save(path, exif=exif.tobytes())
        assert read(path).colour.coding is None
    if extension == "png":  # what its chunks say goes before
        exif[0x8769] = {0xA001: 2}
        told = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
        path.write_bytes(png(SMALL, chunk(b"sRGB", b"\0"), told))
        assert read(path).colour.coding is None
