"""Deep pictures are read to the last bit, or refused with the remedy."""

import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from tests.signals.picture.deep_files import deep, light, oiio, refusal, rng, write_exr

from redraw.errors import RedrawError
from redraw.signals import Colour, Picture, read

tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")


# --- 16 bits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [2, 3, 4])
def test_deep_png_is_exact(tmp_path, make_png, channels):
    array = deep(20, 30, channels)
    array[0, 0, -1] = 0  # colour under a transparent pixel is kept too
    (tmp_path / "a.png").write_bytes(make_png(array))
    picture = read(tmp_path / "a.png")
    model = "grey" if channels == 2 else "rgb"
    assert picture.colour == Colour(model, alpha=channels in (2, 4), depth=16)
    np.testing.assert_array_equal(picture.values, array / np.float32(65535))
    assert picture.name == "a.png"
    assert picture.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_to_deep_png(tmp_path, make_png, exif_chunk, orientation):
    array = deep(4, 6, 3)
    (tmp_path / "a.png").write_bytes(make_png(array, extra=exif_chunk(orientation)))
    small = Image.fromarray((array >> 8).astype(np.uint8))
    small.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(small))
    picture = read(tmp_path / "a.png")
    np.testing.assert_array_equal(np.rint(picture.values * 65535).astype(int) >> 8, expected)


TIFFS = {
    "rgb": {"photometric": "rgb"},
    "big endian": {"photometric": "rgb", "byteorder": ">"},
    "BigTIFF": {"photometric": "rgb", "bigtiff": True},
    "tiles": {"photometric": "rgb", "tile": (16, 16)},
}


@pytest.mark.parametrize("kind", TIFFS)
def test_deep_tiff_is_exact(tmp_path, kind):
    array = deep(20, 30, 3)
    tifffile.imwrite(tmp_path / "a.tif", array, **TIFFS[kind])
    picture = read(tmp_path / "a.tif")
    assert picture.colour == Colour("rgb", depth=16)
    np.testing.assert_array_equal(picture.values, array / np.float32(65535))


def test_planes_one_after_the_other(tmp_path):
    array = deep(3, 20, 30)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", planarconfig="separate")
    expected = np.moveaxis(array, 0, 2) / np.float32(65535)
    np.testing.assert_array_equal(read(tmp_path / "a.tif").values, expected)


def test_straight_alpha_in_tiff_stays_straight(tmp_path):
    array = deep(20, 30, 4)
    array[0, 0, 3] = 0
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["unassalpha"])
    picture = read(tmp_path / "a.tif")
    assert picture.colour == Colour("rgb", alpha=True, depth=16)
    np.testing.assert_array_equal(picture.values, array / np.float32(65535))


def test_multiplied_alpha_in_tiff_is_made_straight(tmp_path):
    array = np.array([[[1000, 2000, 500, 4000], [0, 0, 0, 0]]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["assocalpha"])
    picture = read(tmp_path / "a.tif")
    assert not picture.colour.premultiplied
    np.testing.assert_allclose(picture.values[0, 0], [0.25, 0.5, 0.125, 4000 / 65535], rtol=1e-6)
    assert picture.values[0, 1, 3] == 0


@pytest.mark.parametrize("pixel", [[9, 9, 9, 0], [500, 500, 500, 400]])
def test_light_that_alpha_does_not_cover_stays_multiplied(tmp_path, pixel):
    array = np.array([[[1000, 2000, 500, 4000], pixel]], np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["assocalpha"])
    picture = read(tmp_path / "a.tif")
    assert picture.colour.premultiplied
    assert picture.notes == ("it has light that alpha does not cover, which is kept as it is",)
    np.testing.assert_array_equal(picture.values, array / np.float32(65535))
    np.testing.assert_array_equal(picture.fitted(), picture.values)
    again = Picture.from_fitted(picture.fitted(), picture.colour)
    np.testing.assert_array_equal(again.values, picture.values)


@pytest.mark.parametrize("depth", [8, 16])
def test_white_at_zero(tmp_path, depth):
    array = deep(5, 6) if depth == 16 else (deep(5, 6) >> 8).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    picture = read(tmp_path / "a.tif")
    assert picture.colour == Colour("grey", depth=depth)
    highest = 2**depth - 1
    np.testing.assert_array_equal(np.rint(picture.values[..., 0] * highest), highest - array)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_orientation_is_applied_to_tiff_once(tmp_path, orientation, kind):
    array = rng().integers(0, 256, (4, 6, 3)).astype(kind)
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extratags=[tag])
    upright = Image.fromarray(array.astype(np.uint8))
    upright.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(upright))
    values = read(tmp_path / "a.tif").values * np.iinfo(kind).max
    np.testing.assert_array_equal(np.rint(values), expected)


def test_the_icc_profile_is_kept(tmp_path, srgb_profile, make_png):
    array = deep(5, 6, 3)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", iccprofile=srgb_profile)
    assert read(tmp_path / "a.tif").colour.icc == srgb_profile
    grey = srgb_profile[:16] + b"GRAY" + srgb_profile[20:]
    tifffile.imwrite(tmp_path / "b.tif", array, photometric="rgb", iccprofile=grey)
    picture = read(tmp_path / "b.tif")
    assert picture.colour.icc is None
    assert picture.notes == ("its ICC profile is not for rgb pictures and was left out",)


def test_deep_cmyk_is_converted_and_said_so(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", deep(5, 6, 4), photometric="separated")
    picture = read(tmp_path / "a.tif")
    assert picture.colour == Colour("rgb", depth=16)
    assert picture.notes == ("CMYK was converted to RGB without an ICC profile",)


def test_the_first_of_several_is_taken_and_said_so(tmp_path):
    array = deep(3, 5, 6, 3)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb")
    picture = read(tmp_path / "a.tif")
    assert picture.notes == ("the first of 3 pictures in it was taken; --page N takes another",)
    np.testing.assert_array_equal(picture.values, array[0] / np.float32(65535))


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.int32])
def test_signed_numbers_are_light_of_both_signs(tmp_path, kind):
    array = np.array([[-100, 0, 7], [100, 127, -128]], kind)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack")
    picture = read(tmp_path / "a.tif")
    highest = np.iinfo(kind).max
    assert picture.colour.depth == 32
    assert picture.notes == (f"its signed whole numbers were taken as light, {highest} as white",)
    np.testing.assert_allclose(picture.values[..., 0], array / highest, rtol=2**-22)


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_long_numbers_are_kept_to_24_bits(tmp_path, kind):
    highest = np.iinfo(kind).max
    array = np.array([[0, highest // 3, highest]], kind)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack")
    picture = read(tmp_path / "a.tif")
    assert picture.colour.depth == 16
    assert "24 bits" in picture.notes[0]
    np.testing.assert_allclose(picture.values[0, :, 0], [0, 1 / 3, 1], rtol=2**-22)


def test_complex_numbers_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((5, 6), np.complex64))
    assert "not supported: complex numbers" in refusal(tmp_path / "a.tif")


def test_the_limit_of_pixels_is_checked_before_decoding(tmp_path, make_png):
    (tmp_path / "a.png").write_bytes(make_png(deep(5, 6, 3)))
    assert "6x5, 30 pixels" in refusal(tmp_path / "a.png", max_pixels=29)
    write_exr(tmp_path / "a.exr", light(5, 6, 3), "RGB")
    assert "6x5, 30 pixels" in refusal(tmp_path / "a.exr", max_pixels=29)


def test_a_header_that_promises_too_much_is_refused(tmp_path, make_png):
    (tmp_path / "a.png").write_bytes(make_png(deep(1, 1, 3), size=(60_000, 60_000)))
    assert refusal(tmp_path / "a.png").startswith("a.png is ")


@pytest.mark.parametrize("what", ["png 16-bit RGB", "exr", "hdr"])
def test_without_openimageio_the_remedy_is_named(tmp_path, what, make_png, without_openimageio):
    extension, _, kind = what.partition(" ")
    path = tmp_path / f"lion.{extension}"
    if extension == "png":
        path.write_bytes(make_png(deep(3, 4, 3)))
    else:
        path.write_bytes({"exr": b"\x76\x2f\x31\x01", "hdr": b"#?RADIANCE\n"}[extension])
    message = refusal(path)
    assert "install redraw[hdr] to read it exactly, or convert it first" in message
    if kind:
        assert f"lion.{extension} is {kind}, which Pillow would cut to 8 bits" in message


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_sixteen_bit_grey_needs_no_openimageio(tmp_path, extension, without_openimageio):
    array = deep(3, 4)
    Image.fromarray(array).save(tmp_path / f"a.{extension}")
    values = read(tmp_path / f"a.{extension}").values[..., 0]
    np.testing.assert_array_equal(np.rint(values * 65535), array)


def written(tmp_path_factory, extension, make_png):
    path = tmp_path_factory.mktemp("deep") / f"a.{extension}"
    if extension == "png":
        path.write_bytes(make_png(deep(12, 13, 3)))
    elif extension == "tif":
        tifffile.imwrite(path, deep(12, 13, 3), photometric="rgb")
    elif extension == "exr":
        write_exr(path, light(12, 13, 3), "RGB")
    else:
        output = oiio.ImageOutput.create("hdr")
        assert output.open(str(path), oiio.ImageSpec(13, 12, 3, "float"))
        output.write_image(np.abs(light(12, 13, 3)))
        output.close()
    return path.read_bytes()


DEEP = ["png", "tif", "exr", "hdr"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory, make_png):
    """The bytes of a small picture of each format."""
    contents = {name: written(tmp_path_factory, name, make_png) for name in DEEP}
    return lambda name: contents[name]  # a failure then doesn't print them all


@pytest.mark.parametrize("extension", DEEP)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_what_is_cut_short_is_refused(tmp_path, sample, extension, share, capfd):
    content = sample(extension)
    path = tmp_path / f"a.{extension}"
    path.write_bytes(content[: max(20, int(len(content) * share))])
    assert f"a.{extension} is damaged or cut short" in refusal(path)
    assert capfd.readouterr() == ("", "")  # the libraries keep quiet


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.sampled_from(DEEP), st.data())
def test_altered_files_are_read_or_refused_but_nothing_else(tmp_path, sample, extension, data):
    content = bytearray(sample(extension))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / f"altered.{extension}"
    path.write_bytes(bytes(content))
    message = ""
    try:
        assert np.isfinite(read(path, max_pixels=10**6).values).all()
    except RedrawError as error:
        message = str(error)
    assert "\n" not in message


def test_a_picture_from_memory_is_the_same(make_png):
    """The builder of the tests agrees with an independent reader."""
    array = deep(3, 4, 1)
    with Image.open(io.BytesIO(make_png(array))) as image:
        np.testing.assert_array_equal(np.asarray(image), array[..., 0])
