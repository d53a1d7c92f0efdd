"""What formats say that Pillow hides: depth, colours, what alpha means, other pictures."""

import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp

from redraw.errors import PictureError
from redraw.signals import read, write

DEEP = (ramp().astype(np.uint16) * 257) ^ np.uint16(0x55)  # not the same byte twice


def notes_of(picture):
    return "; ".join(picture.notes)


# --- JPEG 2000 -----------------------------------------------------------------------------------


def jp2(array, **options):
    codecs = pytest.importorskip("imagecodecs", reason="writes JPEG 2000 to be read")
    return codecs.jpeg2k_encode(array, level=0, reversible=True, **options)


@pytest.mark.parametrize("codecformat", ["jp2", "j2k"])
@pytest.mark.parametrize("bits", [2, 4, 8, 10, 12, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_depth_of_jpeg_2000_is_exact(tmp_path, codecformat, bits, channels):
    array = np.dstack([DEEP, DEEP[..., ::-1]])[..., :channels] >> (16 - bits)
    array = np.squeeze(array.astype(np.uint8 if bits <= 8 else np.uint16))
    (tmp_path / "a.jp2").write_bytes(jp2(array, bitspersample=bits, codecformat=codecformat))
    picture = read(tmp_path / "a.jp2")
    white = 2**bits - 1
    np.testing.assert_array_equal(np.rint(picture.values.squeeze() * white), array)
    assert picture.values.max() == np.float32(array.max() / white)
    assert picture.colour.depth == (8 if bits <= 8 else 16)


@pytest.mark.parametrize(("bits", "channels"), [(4, 1), (12, 1), (4, 3), (12, 3), (16, 3)])
def test_without_imagecodecs_white_stays_white_or_the_file_is_refused(
    tmp_path, monkeypatch, bits, channels
):
    array = (np.tile(np.arange(32), (24, 1)) * (2**bits - 1) // 31).astype(np.uint16)
    array = array.astype(np.uint8) if bits <= 8 else array
    array = array if channels == 1 else np.repeat(array[..., None], 3, 2)
    (tmp_path / "a.jp2").write_bytes(jp2(array, bitspersample=bits))
    monkeypatch.setitem(__import__("sys").modules, "imagecodecs", None)
    if bits > 8 and channels == 3:
        with pytest.raises(PictureError, match=r"not supported: .*install redraw.tiff. to read it"):
            read(tmp_path / "a.jp2")
        return
    seen = read(tmp_path / "a.jp2").values.reshape(24, 32, -1)
    expected = array.reshape(24, 32, -1) / (2**bits - 1)
    np.testing.assert_allclose(seen, expected, atol=1e-4)


def with_boxes(content, *, colr=None, cdef=None):
    """A JP2 whose header has another colr, or a cdef besides."""
    at = content.index(b"jp2h") - 4
    length = struct.unpack(">I", content[at : at + 4])[0]
    body, out, place = content[at + 8 : at + length], b"", 0
    while place < len(body):
        size, kind = struct.unpack(">I4s", body[place : place + 8])
        if not (kind == b"colr" and colr) and not (kind == b"cdef" and cdef):
            out += body[place : place + size]
        place += size
    for kind, data in ((b"colr", colr), (b"cdef", cdef)):
        out += struct.pack(">I4s", 8 + len(data), kind) + data if data else b""
    return content[:at] + struct.pack(">I4s", 8 + len(out), b"jp2h") + out + content[at + length :]


@pytest.mark.parametrize("method", [2, 3])
@pytest.mark.parametrize("deep", [False, True])
def test_the_profile_of_a_jpeg_2000_is_kept(tmp_path, srgb_profile, method, deep):
    content = with_boxes(
        jp2(DEEP if deep else ramp()), colr=bytes([method, 0, 0]) + bytes(srgb_profile)
    )
    (tmp_path / "a.jp2").write_bytes(content)
    assert read(tmp_path / "a.jp2").colour.icc == bytes(srgb_profile)


def test_spaces_of_jpeg_2000_that_are_not_converted_are_told_or_refused(tmp_path):
    path = tmp_path / "a.jp2"
    path.write_bytes(with_boxes(jp2(ramp()), colr=struct.pack(">BBBI", 1, 0, 0, 21)))
    assert "ROMM RGB" in notes_of(read(path))
    path.write_bytes(with_boxes(jp2(ramp()), colr=struct.pack(">BBBI", 1, 0, 0, 14)))
    with pytest.raises(PictureError, match=r"L\*a\*b\*"):
        read(path)


def test_premultiplied_alpha_of_a_jpeg_2000_is_made_straight(tmp_path):
    alpha = np.full((24, 32, 1), 128, np.uint8)
    multiplied = np.dstack([ramp() // 2, alpha])
    (tmp_path / "a.jp2").write_bytes(
        with_boxes(jp2(multiplied), cdef=struct.pack(">13H", 4, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 2, 0))
    )
    picture = read(tmp_path / "a.jp2")
    np.testing.assert_allclose(picture.values[..., :3], (ramp() // 2) / 128, atol=1e-6)


# --- SGI -----------------------------------------------------------------------------------------


def sgi(array):
    height, width, channels = array.shape
    head = struct.pack(
        ">HBBHHHHII", 474, 0, array.dtype.itemsize, 3, width, height, channels, 0, 65535
    )
    planes = np.moveaxis(array[::-1], 2, 0).astype(array.dtype.newbyteorder(">"))
    return head.ljust(512, b"\0") + planes.tobytes()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sgi_of_16_bits_is_exact(tmp_path, channels):
    pytest.importorskip("OpenImageIO", reason="reads SGI of 16 bits")
    array = np.dstack([DEEP, DEEP[::-1]])[..., :channels]
    (tmp_path / "a.sgi").write_bytes(sgi(array))
    picture = read(tmp_path / "a.sgi")
    np.testing.assert_array_equal(np.rint(picture.values * 65535), array)


def test_sgi_of_16_bits_read_as_8_is_told(tmp_path, without_openimageio):
    (tmp_path / "a.sgi").write_bytes(sgi(DEEP))
    assert "read as 8; redraw[hdr]" in notes_of(read(tmp_path / "a.sgi"))


# --- BMP -----------------------------------------------------------------------------------------


def bmp(array, space, *, ends=(0,) * 9, gamma=(0, 0, 0), profile=b""):
    height, width, _ = array.shape
    row = (3 * width + 3) // 4 * 4
    pixels = b"".join(line[:, ::-1].tobytes().ljust(row, b"\0") for line in array[::-1])
    head = struct.pack("<IiiHHIIiiII", 124, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    head += bytes(16) + space + struct.pack("<9I3I", *ends, *gamma)
    head += struct.pack("<4I", 4, 124 + len(pixels), len(profile), 0)
    whole = struct.pack("<IHHI", 138 + len(pixels) + len(profile), 0, 0, 138)
    return b"BM" + whole + head + pixels + profile


def test_a_profile_in_a_bmp_is_kept(tmp_path, srgb_profile):
    (tmp_path / "a.bmp").write_bytes(bmp(ramp(), b"DEBM", profile=bytes(srgb_profile)))
    picture = read(tmp_path / "a.bmp")
    assert picture.colour.icc == bytes(srgb_profile)
    np.testing.assert_array_equal(np.rint(picture.values * 255), ramp())
    (tmp_path / "b.bmp").write_bytes(bmp(ramp(), b"KNIL", profile=b"c:\\a.icc\0"))
    assert "another file" in notes_of(read(tmp_path / "b.bmp"))


@pytest.mark.parametrize(("gamma", "said"), [(1.0, "linear light"), (1.8, "gamma 1.8"), (2.2, "")])
def test_a_calibrated_bmp_keeps_its_curve(tmp_path, gamma, said):
    xyz = [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505]
    ends = [round(value * 2**30) for value in xyz]
    content = bmp(ramp(), b"\0\0\0\0", ends=ends, gamma=(round(gamma * 65536),) * 3)
    (tmp_path / "a.bmp").write_bytes(content)
    picture = read(tmp_path / "a.bmp")
    assert said in notes_of(picture)
    assert (picture.colour.coding is None) == (not said)
    if said:
        write(picture, tmp_path / "b.png")
        assert abs(read(tmp_path / "b.png").colour.coding.gamma - gamma) < 1e-3 or gamma == 1


# --- TGA -----------------------------------------------------------------------------------------


def tga(array, bits, *, meaning=None, gamma=(0, 0)):
    height, width, _ = array.shape
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, width, height, 32, 0x20 | bits)
    content = head + array[..., [2, 1, 0, 3]].tobytes()
    if meaning is None:
        return content
    extension = bytearray(495)
    extension[:2] = struct.pack("<H", 495)
    extension[478:482] = struct.pack("<2H", *gamma)
    extension[494] = meaning
    footer = struct.pack("<II", len(content), 0) + b"TRUEVISION-XFILE.\0"
    return content + bytes(extension) + footer


def test_what_the_last_channel_of_a_tga_means(tmp_path):
    half = np.dstack([ramp() // 2, np.full((24, 32), 128, np.uint8)])
    empty = np.dstack([ramp(), np.zeros((24, 32), np.uint8)])
    path = tmp_path / "a.tga"
    for array, bits, meaning, alpha, said in (
        (half, 8, None, True, ""),
        (half, 8, 3, True, ""),
        (empty, 0, None, False, "no alpha"),
        (empty, 8, None, True, ""),
        (half, 8, 0, False, "no alpha"),
        (half, 8, 1, False, "no alpha"),
    ):
        path.write_bytes(tga(array, bits, meaning=meaning))
        picture = read(path)
        assert picture.colour.alpha == alpha, (bits, meaning)
        assert said in notes_of(picture)
        expected = array if alpha else array[..., :3]
        np.testing.assert_array_equal(np.rint(picture.values * 255), expected)
    path.write_bytes(tga(half, 8, meaning=4, gamma=(22, 10)))
    picture = read(path)
    np.testing.assert_allclose(picture.values[..., :3], (ramp() // 2) / 128, atol=1e-6)
    assert "gamma of 2.2" in notes_of(picture)


def test_a_bit_that_is_left_over_is_no_alpha(tmp_path):
    words = np.array([[0xFC00, 0x03E0], [0x801F, 0x7FFF]], "<u2")  # 1 bit, then 5 of each colour
    expected = [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [1, 1, 1]]]
    for bits, alpha in ((0, False), (1, True)):
        head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 2, 2, 16, 32 | bits)
        (tmp_path / "a.tga").write_bytes(head + words.tobytes())
        picture = read(tmp_path / "a.tga")
        assert picture.colour.alpha == alpha
        np.testing.assert_array_equal(picture.values[..., :3], expected)
        assert ("programs differ" if alpha else "is no alpha") in notes_of(picture)


# --- DDS -----------------------------------------------------------------------------------------


def dds(fourcc, body, *, caps=0, depth=0, ten=None, size=(8, 8)):
    head = struct.pack("<7I44x", 124, 0x1007, size[1], size[0], 0, depth, 1)
    head += struct.pack("<2I4s5I", 32, 4, fourcc, 0, 0, 0, 0, 0)
    head += struct.pack("<5I", 0x1000, caps, 0, 0, 0)
    return b"DDS " + head + (struct.pack("<5I", *ten) if ten else b"") + body


RED = struct.pack("<HHI", 0xF800, 0xF800, 0)  # a block of one colour
HALF = bytes([128, 128]) + bytes(6)  # a block of one alpha


def test_what_a_dds_holds_besides_is_told(tmp_path):
    path = tmp_path / "a.dds"
    path.write_bytes(dds(b"DXT1", RED * 24, caps=0xFE00))
    assert "first of 6 faces" in notes_of(read(path))
    path.write_bytes(dds(b"DXT1", RED * 16, caps=0x200000, depth=4))
    assert "first of 4 slices" in notes_of(read(path))
    path.write_bytes(dds(b"DX10", RED * 8, ten=(71, 3, 0, 2, 0)))
    assert "first of 2 faces" in notes_of(read(path))


def test_dds_named_as_srgb_are_read_like_the_others(tmp_path):
    (tmp_path / "a.dds").write_bytes(dds(b"DX10", RED * 4, ten=(72, 3, 0, 1, 0)))
    picture = read(tmp_path / "a.dds")
    np.testing.assert_array_equal(picture.values[..., :3], np.broadcast_to([1, 0, 0], (8, 8, 3)))


@pytest.mark.parametrize(
    "options", [{"fourcc": b"DXT4"}, {"fourcc": b"DX10", "ten": (77, 3, 0, 1, 2)}]
)
def test_premultiplied_alpha_of_a_dds_is_made_straight(tmp_path, options):
    colour = struct.pack("<HHI", 0x7800, 0x7800, 0)  # red of 15 / 31
    (tmp_path / "a.dds").write_bytes(dds(body=(HALF + colour) * 4, **options))
    values = read(tmp_path / "a.dds").values
    np.testing.assert_allclose(values[..., 0], 15 / 31 * 255 / 128, atol=0.01)
    np.testing.assert_allclose(values[..., 3], 128 / 255, atol=1e-6)


def test_layouts_of_dds_that_are_not_read_are_named(tmp_path):
    (tmp_path / "a.dds").write_bytes(dds(b"DX10", bytes(64), ten=(2, 3, 0, 1, 0)))
    with pytest.raises(PictureError, match="not supported: DDS of DXGI format 2;"):
        read(tmp_path / "a.dds")
    (tmp_path / "a.dds").write_bytes(dds(b"YUY2", bytes(64)))
    with pytest.raises(PictureError, match="not supported: DDS of 'YUY2'"):
        read(tmp_path / "a.dds")


def test_what_the_last_channel_of_a_dds_means(tmp_path):
    pixels = bytes([10, 20, 30, 40] * 4)
    for cover, channels in ((0, 4), (1, 4), (3, 3), (4, 3)):
        content = dds(b"DX10", pixels, size=(2, 2), ten=(28, 3, 0, 1, cover))
        (tmp_path / "a.dds").write_bytes(content)
        picture = read(tmp_path / "a.dds")
        np.testing.assert_array_equal(
            np.rint(picture.values[0, 0] * 255), (10, 20, 30, 40)[:channels]
        )
        assert ("is no alpha" in notes_of(picture)) == (channels == 3)


@pytest.mark.parametrize(
    ("bits", "masks", "word", "expected"),
    [
        (16, (0xF800, 0x7E0, 0x1F), 3 << 11 | 17 << 5 | 30, (3 / 31, 17 / 63, 30 / 31)),
        (
            32,
            (0x3FF, 0xFFC00, 0x3FF00000, 0xC0000000),
            5 | 1023 << 10 | 1 << 30,
            (5 / 1023, 1, 0, 1 / 3),
        ),
        (24, (0xFF0000, 0xFF00, 0xFF), 1 << 16 | 2 << 8 | 3, (1 / 255, 2 / 255, 3 / 255)),
        (32, (0xFFFF, 0xFFFF0000, 0), 30000 | 65535 << 16, (30000 / 65535, 1, 0)),
    ],
)
def test_masks_of_a_dds_keep_every_bit(tmp_path, bits, masks, word, expected):
    content = bytearray(dds(bytes(4), word.to_bytes(bits // 8, "little") * 6, size=(3, 2)))
    flags = 0x40 | (len(masks) == 4)
    content[80:108] = struct.pack("<7I", flags, 0, bits, *masks, *[0] * (4 - len(masks)))
    (tmp_path / "a.dds").write_bytes(content)
    picture = read(tmp_path / "a.dds")
    np.testing.assert_allclose(
        picture.values, np.broadcast_to(expected, (2, 3, len(masks))), atol=1e-7
    )
    assert picture.colour.depth == (16 if max(mask.bit_count() for mask in masks) > 8 else 8)
    assert ("no blue" in notes_of(picture)) == (masks[2] == 0)


# --- others --------------------------------------------------------------------------------------


def test_a_qoi_that_says_linear_light_is_told(tmp_path):
    pixels = b"".join(b"\xfe" + bytes(pixel) for pixel in ramp().reshape(-1, 3))
    end = bytes(7) + b"\1"
    for space in (0, 1):
        head = b"qoif" + struct.pack(">IIBB", 32, 24, 3, space)
        (tmp_path / "a.qoi").write_bytes(head + pixels + end)
        picture = read(tmp_path / "a.qoi")
        np.testing.assert_array_equal(np.rint(picture.values * 255), ramp())
        assert picture.colour.coding is None  # "purely informative", and what Pillow writes
        assert bool(picture.notes) == (space == 1)


def test_a_gif_whose_pixels_are_not_square_says_so(tmp_path):
    Image.fromarray(ramp()[..., 0]).save(tmp_path / "a.gif")
    content = bytearray((tmp_path / "a.gif").read_bytes())
    assert not read(tmp_path / "a.gif").notes
    content[12] = 2 * 64 - 15  # twice as wide as high
    (tmp_path / "a.gif").write_bytes(content)
    assert "not square" in notes_of(read(tmp_path / "a.gif"))


@pytest.mark.parametrize("blank", [b"", b"\n"])
def test_several_pictures_in_a_pnm(tmp_path, blank):
    one = b"P5 3 2 255\n" + bytes(range(6))
    two = b"P6\n# two\n2 1 65535\n" + bytes(range(12))
    three = b"P4 9 2\n" + b"\xff\x80\x00\x00"
    path = tmp_path / "a.pnm"
    path.write_bytes(one + blank + two + blank + three)
    assert "first of 3 pictures" in notes_of(read(path))
    assert read(path).size == (3, 2)
    assert not read(path, page=1).notes
    second = read(path, page=2)
    np.testing.assert_array_equal(
        np.rint(second.values * 65535).ravel(), np.frombuffer(bytes(range(12)), ">u2")
    )
    np.testing.assert_array_equal(read(path, page=3).values[..., 0], [[0] * 9, [1] * 9])
    with pytest.raises(PictureError, match="--page takes 1 to 3, not 4"):
        read(path, page=4)
    path.write_bytes(one + b"\nsome words")
    assert not read(path).notes
