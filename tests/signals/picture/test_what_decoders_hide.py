"""Files made byte by byte whose pictures decoders give wrongly, or without what they say."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chunk, png, ramp
from tests.signals.picture.test_what_headers_say import DEEP, jp2, notes_of, tga, with_boxes

from redraw.errors import PictureError
from redraw.signals import read
from redraw.signals.picture.opening import as_picture

NAMES = ("density.jpg", "masks.bmp", "packed.bmp", "a.tga", "deep.jp2", "a.jp2")


def levels(picture):
    return np.rint(picture.values * 255).astype(int)


# --- pixels that are not square ------------------------------------------------------------------


def bmp(bits, packing, body, size, *, between=b"", per_metre=(1000, 1000)):
    at = 54 + len(between)
    head = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, packing, len(body), *per_metre, 0, 0)
    return b"BM" + struct.pack("<IHHI", at + len(body), 0, 0, at) + head + between + body


def with_resolution(content, kind, wide):
    at = content.index(b"jp2h") - 4
    length = int.from_bytes(content[at : at + 4])
    told = struct.pack(">I4s4H2b", 18, kind, 100, 1, 100 // wide, 1, 2, 2)
    box = struct.pack(">I4s", 26, b"res ") + told
    head = struct.pack(">I", length + 26) + content[at + 4 : at + length]
    return content[:at] + head + box + content[at + length :]


def shaped(name, wide):
    """A picture whose pixels are so many times as wide as high."""
    if name == "density.jpg":
        file = io.BytesIO()
        Image.fromarray(ramp()).save(file, "JPEG")
        content = bytearray(file.getvalue())
        at = content.index(b"JFIF\0")
        content[at + 7 : at + 12] = struct.pack(">BHH", 0, 1, wide)  # no unit: the ratio alone
        return bytes(content)
    metres = (1000 // wide, 1000)
    if name == "masks.bmp":
        masks = struct.pack("<3I", 0xF800, 0x7E0, 0x1F)
        return bmp(16, 3, bytes(16), (2, 4), between=masks, per_metre=metres)
    if name == "packed.bmp":
        return bmp(8, 1, b"\4\1\0\0\4\2\0\1", (4, 2), between=bytes(1024), per_metre=metres)
    if name == "a.tga":
        content = bytearray(tga(np.dstack([ramp(), ramp()[..., :1]]), 8, meaning=3))
        content[-26 - 495 + 474 : -26 - 495 + 478] = struct.pack("<2H", wide, 1)
        return bytes(content)
    kind = b"resc" if name == "deep.jp2" else b"resd"
    return with_resolution(jp2(DEEP if name == "deep.jp2" else ramp()), kind, wide)


@pytest.mark.parametrize("name", NAMES)
def test_pixels_that_are_not_square_are_told(tmp_path, name):
    for wide in (1, 2):
        (tmp_path / name).write_bytes(shaped(name, wide))
        assert ("not square" in notes_of(read(tmp_path / name))) == (wide == 2)


# --- PNG and JPEG --------------------------------------------------------------------------------


def test_other_pictures_of_a_deep_png_are_told(tmp_path):
    pytest.importorskip("OpenImageIO", reason="reads PNG of 16-bit colour")
    frame = chunk(b"fcTL", struct.pack(">5I2H2B", 0, 32, 24, 0, 0, 1, 10, 0, 0))
    moving = png(DEEP, chunk(b"acTL", struct.pack(">2I", 3, 0)), frame)
    (tmp_path / "a.png").write_bytes(moving)
    assert "first of 3 pictures" in notes_of(read(tmp_path / "a.png"))
    assert not read(tmp_path / "a.png", page=1).notes
    with pytest.raises(PictureError, match="not supported: later pictures"):
        read(tmp_path / "a.png", page=2)
    with pytest.raises(PictureError, match="--page takes 1 to 3, not 4"):
        read(tmp_path / "a.png", page=4)


def test_narrow_range_of_16_bits_ends_at_235_times_256(tmp_path):
    # ITU-R BT.2100, table 9: levels of more bits are those of 8, times a power of 2.
    pytest.importorskip("OpenImageIO", reason="reads PNG of 16-bit colour")
    coded = np.array([16, 125.5, 235]) * 256
    array = np.repeat(coded.astype(np.uint16)[None, :, None], 3, 2)
    (tmp_path / "a.png").write_bytes(png(array, chunk(b"cICP", bytes([1, 13, 0, 0]))))
    values = read(tmp_path / "a.png").values[0, :, 0]
    np.testing.assert_allclose(values, [0, 0.5, 1], atol=1e-6)


def test_a_profile_of_a_jpeg_that_is_not_whole_is_told(tmp_path, srgb_profile):
    path = tmp_path / "a.jpg"
    Image.fromarray(ramp()).save(path, icc_profile=bytes(srgb_profile))
    assert read(path).colour.icc == bytes(srgb_profile)
    content = bytearray(path.read_bytes())
    content[content.index(b"ICC_PROFILE\0") + 13] = 2  # of two parts, the second is not there
    path.write_bytes(content)
    picture = read(path)
    assert picture.colour.icc is None
    assert "its ICC profile is not whole" in notes_of(picture)


# --- BMP and TGA ---------------------------------------------------------------------------------

GREYS = b"".join(bytes([level, level, level, 0]) for level in range(256))


def grey_bmp(space, gamma, profile=b""):
    at, body = 14 + 124 + 1024, bytes([0, 50, 100, 200] * 2)
    head = struct.pack("<IiiHHIIiiII", 124, 4, 2, 1, 8, 0, 8, 0, 0, 256, 0) + bytes(16)
    head += space + bytes(36) + struct.pack("<3I", *[int(gamma * 65536)] * 3)
    head += struct.pack("<4I", 4, 124 + 1024 + 8, len(profile), 0)
    start = b"BM" + struct.pack("<IHHI", at + 8 + len(profile), 0, 0, at)
    return start + head + GREYS + body + profile


def test_greys_of_a_bmp_keep_their_profile_and_their_curve(tmp_path, srgb_profile):
    path = tmp_path / "a.bmp"
    path.write_bytes(grey_bmp(b"DEBM", 0, bytes(srgb_profile)))
    picture = read(path)
    assert picture.colour.icc == bytes(srgb_profile)
    np.testing.assert_array_equal(levels(picture)[0], [[n] * 3 for n in (0, 50, 100, 200)])
    path.write_bytes(grey_bmp(bytes(4), 1.0))
    picture = read(path)
    assert picture.colour.coding.transfer == "linear"
    assert "linear light, which is kept" in notes_of(picture)


def test_a_bit_that_is_left_over_in_a_palette_is_no_alpha(tmp_path):
    words = struct.pack("<2H", 0x7C00, 0x83E0)  # 1 bit, then 5 of each colour
    head = struct.pack("<BBBHHBHHHHBB", 0, 1, 1, 0, 2, 16, 0, 0, 2, 1, 8, 32)
    (tmp_path / "a.tga").write_bytes(head + words + b"\0\1")
    picture = read(tmp_path / "a.tga")
    np.testing.assert_array_equal(picture.values, [[[1, 0, 0], [0, 1, 0]]])
    assert "is no alpha" in notes_of(picture)


# --- ICO -----------------------------------------------------------------------------------------


def bitmap(bits, rows, *, palette=b"", mask=bytes(8)):
    """2 x 2 pixels as an icon holds them, the lower row first."""
    return struct.pack("<IiiHHIIiiII", 40, 2, 4, 1, bits, *[0] * 6) + palette + rows + mask


def ico(*entries):
    """Of bits as the list tells them, and bitmaps."""
    listed, body = b"", b""
    for bits, content in entries:
        at = 6 + 16 * len(entries) + len(body)
        listed += struct.pack("<4B2H2I", 2, 2, 0, 0, 1, bits, len(content), at)
        body += content
    return struct.pack("<3H", 0, 1, len(entries)) + listed + body


SIXTEEN = b"".join(bytes([16 * k, 0, 0, 0]) for k in range(16))  # blues
SHALLOW = bitmap(4, b"\x12\0\0\0\x34\0\0\0", palette=SIXTEEN)
PIXELS = bytes([1, 2, 3, 255, 4, 5, 6, 128, 7, 8, 9, 64, 10, 11, 12, 1])


@pytest.mark.parametrize("told", [32, 0])
def test_of_icons_of_one_size_the_deepest_is_taken(tmp_path, told):
    path = tmp_path / "a.ico"
    path.write_bytes(ico((4 if told else 0, SHALLOW), (told, bitmap(32, PIXELS))))
    picture = read(path)
    expected = [[[9, 8, 7, 64], [12, 11, 10, 1]], [[3, 2, 1, 255], [6, 5, 4, 128]]]
    np.testing.assert_array_equal(levels(picture), expected)
    assert "the largest of 2x2 of 4 bits, 2x2 of 32 bits was taken" in notes_of(picture)
    first = read(path, page=1)
    np.testing.assert_array_equal(levels(first)[..., 2], [[48, 64], [16, 32]])
    assert not first.notes


def test_alpha_of_an_icon_that_is_nowhere_leaves_it_to_the_mask(tmp_path):
    flat = bytes([1, 2, 3, 0]) * 4
    (tmp_path / "a.ico").write_bytes(ico((32, bitmap(32, flat, mask=b"\x80\0\0\0\0\0\0\0"))))
    picture = read(tmp_path / "a.ico")
    np.testing.assert_array_equal(levels(picture)[..., :3], np.full((2, 2, 3), [3, 2, 1]))
    np.testing.assert_array_equal(picture.values[..., 3], [[1, 1], [0, 1]])


def test_a_bitmap_of_an_icon_that_is_cut(tmp_path):
    content, path = ico((24, bitmap(24, bytes([1, 2, 3] * 2 + [0, 0]) * 2))), tmp_path / "a.ico"
    path.write_bytes(content[:-2])
    with pytest.raises(PictureError, match=r"its mask is not whole.*take what is there"):
        read(path)
    assert "taken as opaque" in notes_of(read(path, partial=True))
    path.write_bytes(content[:-12])
    with pytest.raises(PictureError, match="damaged or cut short"):
        read(path)
    picture = read(path, partial=True)
    np.testing.assert_array_equal(picture.known, [[False] * 2, [True] * 2])
    np.testing.assert_array_equal(levels(picture)[1], [[3, 2, 1]] * 2)


def test_icons_as_pillow_writes_them_have_no_holes(tmp_path):
    image = Image.fromarray(ramp(20, 20))
    image.save(tmp_path / "a.ico", sizes=[(20, 20)], bitmap_format="bmp")  # masks not padded
    np.testing.assert_array_equal(levels(read(tmp_path / "a.ico")), ramp(20, 20))


# --- GIF -----------------------------------------------------------------------------------------


def gif(*pictures, size=4):
    """Squares of one of two colours on a canvas: (left, top, side, colour)."""
    out = b"GIF89a" + struct.pack("<2H3B", size, size, 0x80, 0, 0) + bytes([200, 0, 0, 0, 90, 0])
    for left, top, side, colour in pictures:
        codes = [code for _ in range(side * side) for code in (4, colour)]  # forgotten after each
        packed = sum(code << 3 * place for place, code in enumerate([*codes, 5]))
        data = packed.to_bytes((3 * len(codes) + 10) // 8, "little")
        out += b"!\xf9\4\4\0\0\0\0," + struct.pack("<4HB", left, top, side, side, 0)
        out += bytes([2, len(data)]) + data + b"\0"
    return out + b";"


def test_what_a_gif_does_not_draw_on_is_empty(tmp_path):
    path = tmp_path / "a.gif"
    path.write_bytes(gif((1, 1, 2, 1), (2, 2, 2, 0)))
    for page, squares in ((1, [(1, 3)]), (2, [(1, 3), (2, 4)])):
        expected = np.zeros((4, 4), bool)
        for start, end in squares:
            expected[start:end, start:end] = True
        picture = read(path, page=page)
        np.testing.assert_array_equal(picture.values[..., 3], expected)
        np.testing.assert_array_equal(levels(picture)[1, 1, :3], [0, 90, 0])
        assert "does not cover all of its canvas" in notes_of(picture)
    path.write_bytes(gif((0, 0, 4, 1), (2, 2, 2, 0)))
    assert not read(path, page=2).colour.alpha


# --- JPEG 2000 -----------------------------------------------------------------------------------


def definitions(*channels):
    return struct.pack(f">{1 + 3 * len(channels)}H", len(channels), *np.ravel(channels))


BACKWARDS = definitions((0, 0, 3), (1, 0, 2), (2, 0, 1))
ALPHA_FIRST = definitions((0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3))


@pytest.mark.parametrize("array", [ramp(), DEEP], ids=["8 bits", "16 bits"])
def test_channels_of_a_jpeg_2000_are_what_it_calls_them(tmp_path, array):
    path, white = tmp_path / "a.jp2", np.iinfo(array.dtype).max
    path.write_bytes(with_boxes(jp2(array[..., ::-1]), cdef=BACKWARDS))
    np.testing.assert_array_equal(np.rint(read(path).values * white), array)
    four = np.dstack([array[..., :1], array])
    path.write_bytes(with_boxes(jp2(four), cdef=ALPHA_FIRST))
    seen = np.rint(read(path).values * white)
    np.testing.assert_array_equal(seen, np.dstack([array, array[..., :1]]))
    nameless = definitions((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 65535, 65535))
    path.write_bytes(with_boxes(jp2(four[..., [1, 2, 3, 0]]), cdef=nameless))
    assert not read(path).colour.alpha
    assert "1 further channel was left out" in notes_of(read(path))


def test_alpha_of_one_bit_of_a_jpeg_2000_is_opaque_where_it_is_set(tmp_path):
    cover = np.where(ramp()[..., :1] > 100, 255, 0).astype(np.uint8)
    content = bytearray(jp2(np.dstack([ramp(), cover])))
    content[content.index(b"\xff\x4f\xff\x51") + 42 + 3 * 3] = 0  # one bit: a level of 255 is 1
    (tmp_path / "a.jp2").write_bytes(content)
    np.testing.assert_array_equal(read(tmp_path / "a.jp2").values[..., 3:], cover / 255)


@pytest.mark.parametrize(
    ("space", "said"), [(1, "BT.709"), (3, "BT.601"), (24, "e-sYCC"), (99, "not known here")]
)
def test_luma_and_differences_of_a_jpeg_2000_are_no_rgb(tmp_path, space, said):
    path = tmp_path / "a.jp2"
    path.write_bytes(with_boxes(jp2(ramp()), colr=struct.pack(">BBBI", 1, 0, 0, space)))
    if space == 99:
        assert said in notes_of(read(path))
        return
    with pytest.raises(PictureError, match=f"not supported: .*{said}"):
        read(path)


def with_palette(index, columns, bits, order):
    rows = columns.astype(">u2" if bits > 8 else "u1")
    table = struct.pack(">HB3B", len(columns), 3, *[bits - 1] * 3) + rows.tobytes()
    ways = b"".join(struct.pack(">HBB", 0, 1, column) for column in order)
    content = with_boxes(jp2(index), colr=struct.pack(">BBBI", 1, 0, 0, 16))
    at = content.index(b"jp2h") - 4
    length = int.from_bytes(content[at : at + 4])
    boxes = b"".join(
        struct.pack(">I4s", 8 + len(data), kind) + data
        for kind, data in ((b"pclr", table), (b"cmap", ways))
    )
    head = struct.pack(">I", length + len(boxes)) + content[at + 4 : at + length]
    return content[:at] + head + boxes + content[at + length :]


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_palettes_of_a_jpeg_2000_of_any_depth(tmp_path, bits):
    most = 2**bits - 1
    columns = np.array([[0, 1, 2], [most, 5, 6], [7, most, 8], [9, 10, most]])
    index = (ramp()[..., 0] // 64).astype(np.uint8)
    path = tmp_path / "a.jp2"
    path.write_bytes(with_palette(index, columns, bits, (0, 1, 2)))
    picture = read(path)
    np.testing.assert_array_equal(np.rint(picture.values * most), columns[index])
    path.write_bytes(with_palette(index, columns, bits, (2, 1, 0)))
    with pytest.raises(PictureError, match="not supported: a palette in another order"):
        read(path)


def test_other_pictures_of_a_jpeg_2000_are_told(tmp_path):
    content = jp2(ramp())
    again = content[content.index(b"jp2c") + 4 :]
    box = struct.pack(">I4s", 8 + len(again), b"jp2c") + again
    start = content[: content.index(b"jp2c") - 4]
    (tmp_path / "a.jp2").write_bytes(start + box + box)
    assert "first of 2 pictures" in notes_of(read(tmp_path / "a.jp2"))
    (tmp_path / "a.jp2").write_bytes(start + box)
    assert not read(tmp_path / "a.jp2").notes


# --- PCX, and pictures that Pillow has opened ----------------------------------------------------


@pytest.mark.parametrize(
    ("version", "planes", "colours", "said"),
    [
        (5, 1, b"\0\0\0\xff\xff\xff", ""),
        (5, 1, bytes(6), ""),
        (5, 1, b"\xff\xff\xff\0\0\0", "taken as black and white"),
        (5, 4, b"\1\2\3\4\5\6", ""),
        (3, 4, b"\1\2\3\4\5\6", "says that it has no palette"),
    ],
)
def test_palettes_of_a_pcx_that_are_not_plain_are_told(tmp_path, version, planes, colours, said):
    head = bytes([10, version, 1, 1]) + struct.pack("<6H", 0, 0, 7, 0, 72, 72)
    head += colours.ljust(48, b"\0") + bytes([0, planes]) + struct.pack("<2H", 2, 1)
    (tmp_path / "a.pcx").write_bytes(head.ljust(128, b"\0") + b"\x70\0" * planes)
    assert said in notes_of(read(tmp_path / "a.pcx"))
    assert bool(read(tmp_path / "a.pcx").notes) == bool(said)


def test_a_picture_of_pillow_keeps_the_curve_that_it_knows_of():
    for gamma, transfer in ((100_000, "linear"), (45_455, None), (55_556, "gamma")):
        content = png(ramp(), chunk(b"gAMA", struct.pack(">I", gamma)))
        coding = as_picture(Image.open(io.BytesIO(content))).colour.coding
        assert (coding and coding.transfer) == transfer
