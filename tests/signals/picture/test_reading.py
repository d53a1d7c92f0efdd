"""Every kind of picture file is read for what it is, and everything else refused in one line."""

import base64
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from redraw.errors import PictureError
from redraw.signals import Colour, read

FORMATS = ["png", "jpg", "webp", "avif", "tif", "bmp", "gif"]


def rng():
    return np.random.default_rng(11)


def noise(*shape):
    return rng().integers(0, 256, shape).astype(np.uint8)


def refusal(path, **options):
    with pytest.raises(PictureError) as error:
        read(path, **options)
    message = str(error.value)
    assert "\n" not in message
    return message


# --- what is read --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        ("1", Colour("grey", depth=1)),
        ("L", Colour("grey")),
        ("LA", Colour("grey", alpha=True)),
        ("RGB", Colour("rgb")),
        ("RGBA", Colour("rgb", alpha=True)),
    ],
)
@pytest.mark.parametrize("extension", ["png", "tif"])
def test_modes_are_kept_exactly(tmp_path, mode, colour, extension):
    array = {
        "1": noise(6, 9) > 127,
        "L": noise(6, 9),
        "LA": noise(6, 9, 2),
        "RGB": noise(6, 9, 3),
        "RGBA": noise(6, 9, 4),
    }[mode]
    Image.fromarray(array).save(tmp_path / f"a.{extension}")
    picture = read(tmp_path / f"a.{extension}")
    assert picture.colour == colour
    assert picture.name == f"a.{extension}"
    assert picture.notes == ()
    assert picture.values.dtype == np.float32
    highest = 1 if mode == "1" else 255
    np.testing.assert_array_equal(
        picture.values, array.reshape(6, 9, -1).astype(np.float32) / highest
    )


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_is_read(tmp_path, extension):
    ramp = np.linspace(0, 255, 40).astype(np.uint8)
    array = np.stack([np.tile(ramp, (30, 1))] * 3, axis=2)
    lossless = {"webp": {"lossless": True}, "avif": {"quality": 100}, "jpg": {"quality": 100}}
    Image.fromarray(array).save(tmp_path / f"a.{extension}", **lossless.get(extension, {}))
    picture = read(tmp_path / f"a.{extension}")
    assert picture.size == (40, 30)
    lossy = extension in ("jpg", "avif")
    error = np.abs(picture.values - array[..., : picture.channels] / 255).max()
    assert error <= (4 / 255 if lossy else 1e-7)


@pytest.mark.parametrize("extension", FORMATS)
def test_the_content_decides_and_not_the_name(tmp_path, extension):
    Image.fromarray(noise(5, 6, 3)).save(tmp_path / f"a.{extension}")
    wrong = tmp_path / f"a.{'jpg' if extension == 'png' else 'png'}.picture"
    (tmp_path / f"a.{extension}").rename(wrong)
    assert read(wrong).size == (6, 5)


@pytest.mark.parametrize("bits", [2, 4])
def test_two_and_four_bit_grey(tmp_path, bits):
    levels = np.arange(2**bits, dtype=np.uint8)
    packed = np.packbits(np.unpackbits(levels[:, None], axis=1)[:, 8 - bits :].ravel())
    raw = b"\0" + packed.tobytes()
    header = struct.pack(">IIBBBBB", len(levels), 1, bits, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks
    )
    (tmp_path / "a.png").write_bytes(content)
    picture = read(tmp_path / "a.png")
    assert picture.colour == Colour("grey")
    np.testing.assert_allclose(picture.values.ravel(), levels / levels.max(), atol=1e-7)


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_sixteen_bit_grey_is_exact(tmp_path, extension):
    array = rng().integers(0, 65536, (40, 50)).astype(np.uint16)
    Image.fromarray(array).save(tmp_path / f"a.{extension}")
    picture = read(tmp_path / f"a.{extension}")
    assert picture.colour == Colour("grey", depth=16)
    np.testing.assert_array_equal(np.rint(picture.values[..., 0] * 65535), array)


def test_sixteen_bit_grey_with_a_transparent_level(tmp_path):
    array = np.array([[7, 65535], [0, 7]], np.uint16)
    Image.fromarray(array).save(tmp_path / "a.png", transparency=7)
    picture = read(tmp_path / "a.png")
    assert picture.colour == Colour("grey", alpha=True, depth=16)
    assert picture.values[..., 1].tolist() == [[0, 1], [1, 0]]
    np.testing.assert_array_equal(np.rint(picture.values[..., 0] * 65535), array)


@pytest.mark.parametrize("extension", ["png", "gif", "bmp", "tif"])
def test_palettes_become_their_colours(tmp_path, extension):
    colours = noise(16, 3)
    index = rng().integers(0, 16, (8, 9)).astype(np.uint8)
    image = Image.fromarray(index).convert("P")
    image.putpalette(colours.tobytes())
    image.save(tmp_path / f"a.{extension}")
    picture = read(tmp_path / f"a.{extension}")
    assert picture.colour == Colour("rgb")
    np.testing.assert_array_equal(np.rint(picture.values * 255), colours[index])


@pytest.mark.parametrize("extension", ["png", "gif"])
def test_palettes_with_a_transparent_colour(tmp_path, extension):
    colours = noise(4, 3)
    index = np.array([[0, 1], [2, 3]], np.uint8)
    image = Image.fromarray(index).convert("P")
    image.putpalette(colours.tobytes())
    image.save(tmp_path / f"a.{extension}", transparency=2)
    picture = read(tmp_path / f"a.{extension}")
    assert picture.colour == Colour("rgb", alpha=True)
    assert picture.values[..., 3].tolist() == [[1, 1], [0, 1]]
    seen = picture.values[..., 3] == 1
    np.testing.assert_array_equal(
        np.rint(picture.values[..., :3] * 255)[seen], colours[index][seen]
    )


def test_grey_palettes_become_grey(tmp_path):
    image = Image.fromarray(np.array([[0, 1], [1, 0]], np.uint8)).convert("P")
    image.putpalette(bytes([255, 255, 255, 0, 0, 0]))
    image.save(tmp_path / "a.png")
    picture = read(tmp_path / "a.png")
    assert picture.colour == Colour("grey")
    assert picture.two_tone
    assert picture.values[..., 0].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("mode", "transparent", "alpha"),
    [("1", 0, [[0, 1]]), ("L", 255, [[1, 0]]), ("RGB", (255, 255, 255), [[1, 0]])],
)
def test_one_transparent_colour_becomes_alpha(tmp_path, mode, transparent, alpha):
    image = Image.fromarray(np.array([[0, 255]], np.uint8)).convert(mode)
    image.save(tmp_path / "a.png", transparency=transparent)
    picture = read(tmp_path / "a.png")
    assert picture.colour.alpha
    assert picture.values[..., -1].tolist() == alpha
    assert picture.values[..., 0].tolist() == [[0, 1]]


def test_cmyk_is_converted_and_said_so(tmp_path):
    image = Image.frombytes("CMYK", (8, 9), noise(9, 8, 4).tobytes())
    image.save(tmp_path / "a.tif")
    picture = read(tmp_path / "a.tif")
    assert picture.colour == Colour("rgb")
    assert picture.notes == ("CMYK was converted to RGB without an ICC profile",)
    c, m, y, k = np.asarray(image, np.float64).transpose(2, 0, 1) / 255
    expected = np.stack([(1 - c) * (1 - k), (1 - m) * (1 - k), (1 - y) * (1 - k)], axis=2)
    np.testing.assert_allclose(picture.values, expected, atol=1.01 / 255)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "tif"])
def test_orientation_is_applied(tmp_path, orientation, extension):
    quarters = np.kron([[0, 80], [160, 255]], np.ones((16, 24))).astype(np.uint8)
    image = Image.fromarray(quarters)
    exif = Image.Exif()
    exif[274] = orientation
    if extension == "tif":
        image.save(tmp_path / "a.tif", tiffinfo={274: orientation})
    else:
        image.save(tmp_path / f"a.{extension}", exif=exif, quality=100)
    image.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image)) / 255
    picture = read(tmp_path / f"a.{extension}")
    assert picture.size == expected.shape[::-1]
    np.testing.assert_allclose(picture.values[..., 0], expected, atol=4 / 255)


def test_damaged_exif_is_no_reason_to_refuse_a_picture(tmp_path):
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert read(tmp_path / "a.jpg").size == (8, 9)


@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "avif", "tif"])
def test_the_icc_profile_is_kept(tmp_path, extension, srgb_profile):
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / f"a.{extension}", icc_profile=srgb_profile)
    assert read(tmp_path / f"a.{extension}").colour.icc == srgb_profile


def test_a_profile_of_another_colour_model_is_left_out_and_said_so(tmp_path, srgb_profile):
    Image.fromarray(noise(9, 8)).save(tmp_path / "a.png", icc_profile=srgb_profile)
    picture = read(tmp_path / "a.png")
    assert picture.colour.icc is None
    assert picture.notes == ("its ICC profile is not for grey pictures and was left out",)


def test_a_grey_profile_is_kept_with_a_grey_picture(tmp_path, srgb_profile):
    profile = srgb_profile[:16] + b"GRAY" + srgb_profile[20:]
    Image.fromarray(noise(9, 8)).save(tmp_path / "a.png", icc_profile=profile)
    assert read(tmp_path / "a.png").colour.icc == profile


@pytest.mark.parametrize("extension", ["gif", "png", "webp", "avif", "tif"])
def test_the_first_of_several_pictures_is_taken_and_said_so(tmp_path, extension):
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 99, 200)]
    frames[0].save(tmp_path / f"a.{extension}", save_all=True, append_images=frames[1:])
    picture = read(tmp_path / f"a.{extension}")
    assert picture.notes == ("the first of 3 pictures in it was taken; --page N takes another",)
    np.testing.assert_allclose(picture.values, 10 / 255, atol=3 / 255)


# 64 x 64 pixels of the grey 120/255 with 10 bits per value, encoded by SVT-AV1 in FFmpeg.
TEN_BIT_AVIF = (
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAAD5bWV0YQAAAAAAAAAvaGRscgAAAAAAAAAAcGljdAAAAA"
    "AAAAAAAAAAAFBpY3R1cmVIYW5kbGVyAAAAAA5waXRtAAAAAAABAAAAHmlsb2MAAAAARAAAAQABAAAAAQAAASEAAAAd"
    "AAAAKGlpbmYAAAAAAAEAAAAaaW5mZQIAAAAAAQAAYXYwMUNvbG9yAAAAAGppcHJwAAAAS2lwY28AAAAUaXNwZQAAAA"
    "AAAABAAAAAQAAAABBwaXhpAAAAAAMKCgoAAAAMYXYxQ4EATAAAAAATY29scm5jbHgAAgACAAIAAAAAF2lwbWEAAAAA"
    "AAAAAQABBAECgwQAAAAlbWRhdAoKAAAAAq//jV84CDIPEAC6AgssUUEAAAgH7k4w"
)


def test_deep_avif_is_read_with_all_its_bits(tmp_path):
    pytest.importorskip("imagecodecs", reason="10 bits of AVIF need the extra `tiff`")
    (tmp_path / "deep.avif").write_bytes(base64.b64decode(TEN_BIT_AVIF))
    picture = read(tmp_path / "deep.avif")
    assert picture.notes == ()
    assert picture.colour.depth == 16
    np.testing.assert_allclose(picture.values, 120 / 255, atol=1 / 1023)


def test_deep_avif_is_said_to_be_read_as_8_bits(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    (tmp_path / "deep.avif").write_bytes(base64.b64decode(TEN_BIT_AVIF))
    picture = read(tmp_path / "deep.avif")
    assert picture.notes == (
        "its 10 bits per value were read as 8; redraw[tiff] brings what reads all",
    )
    assert picture.size == (64, 64)
    np.testing.assert_allclose(picture.values, 120 / 255, atol=1 / 255)
    Image.fromarray(noise(16, 16, 3)).save(tmp_path / "a.avif")
    assert read(tmp_path / "a.avif").notes == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
@pytest.mark.parametrize("extension", FORMATS)
def test_extreme_shapes(tmp_path, size, extension):
    Image.new("RGB", size, (255, 255, 255)).save(tmp_path / f"a.{extension}")
    picture = read(tmp_path / f"a.{extension}")
    assert picture.size == size
    assert picture.values.min() > 0.99


def test_a_table_is_recognised_by_its_content(tmp_path):
    for start in (
        b"x,y,pixel_value\n",
        b"\xef\xbb\xbf x, y, pixel_value\r\n",
        b"X,Y,pixel_value\n",
    ):
        (tmp_path / "table.txt").write_bytes(start + b"0,0,1\n1,0,0\n")
        picture = read(tmp_path / "table.txt")
        assert picture.values[..., 0].tolist() == [[0, 1]]
