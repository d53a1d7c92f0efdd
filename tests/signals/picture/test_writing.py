"""What is written means the same to other readers, and nothing that was there is lost."""

import dataclasses
import importlib.util
import io
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image
from tests.signals.picture.values import HAS_OIIO, light, needs_oiio, refusal, rng, whole

from redraw.errors import OutputError, PictureError, RedrawError, UsageError
from redraw.signals import Colour, Picture, open_rows, read, write
from redraw.signals.picture.writing import png_bytes

# --- somebody else reads it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extension", "channels"),
    [(extension, channels) for extension in ("png", "tif", "webp") for channels in (1, 2, 3, 4)]
    + [(extension, channels) for extension in ("bmp", "gif") for channels in (1, 3)],
)
def test_eight_bits_are_exact(tmp_path, channels, extension):
    array = whole(np.uint8, 12, 13, channels)
    write(Picture.from_array(array), tmp_path / f"a.{extension}")
    with Image.open(tmp_path / f"a.{extension}") as image:
        mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
        seen = np.asarray(image.convert(mode)).reshape(12, 13, channels)
    np.testing.assert_array_equal(seen, array)  # 156 colours fit a GIF's palette


@pytest.mark.parametrize("extension", ["png", "tif", "bmp"])
def test_one_bit_is_exact(tmp_path, extension):
    array = whole(np.bool_, 12, 13)
    write(Picture.from_array(array), tmp_path / f"a.{extension}")
    with Image.open(tmp_path / f"a.{extension}") as image:
        assert image.mode == "1"
        np.testing.assert_array_equal(np.asarray(image), array)


@pytest.mark.parametrize("extension", ["png", "tif"])
def test_sixteen_bit_grey_is_exact(tmp_path, extension):
    array = whole(np.uint16, 12, 13)
    write(Picture.from_array(array), tmp_path / f"a.{extension}")
    with Image.open(tmp_path / f"a.{extension}") as image:
        assert image.mode.startswith("I;16")
        np.testing.assert_array_equal(np.asarray(image), array)


@needs_oiio
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_sixteen_bit_colour_is_exact(tmp_path, channels):
    array = whole(np.uint16, 12, 13, channels)
    write(Picture.from_array(array), tmp_path / "a.tif")
    tifffile = pytest.importorskip("tifffile", reason="the independent reader")
    imagecodecs = importlib.util.find_spec("imagecodecs")
    if imagecodecs:  # for the compression
        np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), array)
    assert read(tmp_path / "a.tif").colour.depth == 16
    np.testing.assert_array_equal(read(tmp_path / "a.tif").values, array / np.float32(65535))


@pytest.mark.parametrize("extension", ["jpg", "avif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_lossy_formats_are_near(tmp_path, extension, channels):
    ramp = np.linspace(0, 255, 64)
    array = np.stack([np.add.outer(ramp * k / 3, ramp * (3 - k) / 3) / 2 for k in range(channels)])
    array = np.moveaxis(array, 0, 2).astype(np.uint8)
    write(Picture.from_array(array), tmp_path / f"a.{extension}")
    with Image.open(tmp_path / f"a.{extension}") as image:
        seen = np.asarray(image.convert("L" if channels == 1 else "RGB")).reshape(array.shape)
    assert np.abs(seen.astype(int) - array).max() <= 6


@pytest.mark.parametrize("extension", ["png", "tif", "jpg", "webp", "avif"])
def test_the_icc_profile_is_written_back(tmp_path, extension, srgb_profile):
    picture = Picture.from_array(whole(np.uint8, 9, 8, 3))
    picture.colour = Colour("rgb", icc=srgb_profile)
    assert write(picture, tmp_path / f"a.{extension}") == ()
    with Image.open(tmp_path / f"a.{extension}") as image:
        assert image.info["icc_profile"] == srgb_profile


@needs_oiio
def test_the_icc_profile_is_written_to_deep_tiff(tmp_path, srgb_profile):
    picture = Picture.from_array(whole(np.uint16, 9, 8, 3))
    picture.colour = Colour("rgb", depth=16, icc=srgb_profile)
    write(picture, tmp_path / "a.tif")
    tifffile = pytest.importorskip("tifffile", reason="the independent reader")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert bytes(file.pages[0].tags["InterColorProfile"].value) == srgb_profile


@pytest.mark.parametrize("extension", ["gif", "bmp"])
def test_a_profile_that_has_no_place_is_left_out_and_said_so(tmp_path, extension, srgb_profile):
    picture = Picture.from_array(whole(np.uint8, 3, 3, 3))
    picture.colour = Colour("rgb", icc=srgb_profile)
    name = extension.upper()
    assert f"{name} holds no ICC profile here; it was left out" in write(
        picture, tmp_path / f"a.{extension}"
    )


def test_a_gif_says_what_it_loses(tmp_path):
    notes = write(Picture.from_array(whole(np.uint8, 30, 30, 3)), tmp_path / "a.gif")
    assert notes == ("GIF holds at most 256 colours; the nearest were taken",)


colours_and_numbers = st.sampled_from([np.bool_, np.uint8, np.uint16]).flatmap(
    lambda kind: npst.arrays(
        kind,
        st.tuples(
            st.integers(1, 9), st.integers(1, 19), st.integers(1, 1 if kind is np.bool_ else 4)
        ),
    )
)


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=50,
)
@given(colours_and_numbers, st.booleans())
def test_png_round_trips(tmp_path, srgb_profile, numbers, tagged):
    picture = Picture.from_array(numbers)
    if tagged:
        space = b"GRAY" if picture.colour.model == "grey" else b"RGB "
        icc = srgb_profile[:16] + space + srgb_profile[20:]
        picture.colour = dataclasses.replace(picture.colour, icc=icc)
    picture.save(tmp_path / "a.png", force=True)
    if not HAS_OIIO and numbers.dtype == np.uint16 and numbers.shape[2] > 1:
        return
    back = read(tmp_path / "a.png")
    assert back.colour == picture.colour
    np.testing.assert_array_equal(back.values, picture.values)


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=40,
)
@given(colours_and_numbers)
def test_tiff_round_trips(tmp_path, numbers):
    picture = Picture.from_array(numbers)
    if not HAS_OIIO and numbers.dtype == np.uint16 and numbers.shape[2] > 1:
        return
    picture.save(tmp_path / "a.tif", force=True)
    back = read(tmp_path / "a.tif")
    assert back.colour == picture.colour
    np.testing.assert_array_equal(back.values, picture.values)


# --- depth ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "wanted", "written"),
    [
        (np.bool_, None, 1),
        (np.uint8, None, 8),
        (np.uint16, None, 16),
        (np.bool_, 8, 8),
        (np.bool_, 16, 16),
        (np.uint8, 16, 16),
        (np.uint16, 8, 8),
        (np.uint8, 1, 1),
    ],
)
def test_depth_follows_the_source_unless_asked(tmp_path, source, wanted, written):
    picture = Picture.from_array(whole(source, 5, 6))
    write(picture, tmp_path / "a.png", depth=wanted)
    assert (tmp_path / "a.png").read_bytes()[24] == written
    back = read(tmp_path / "a.png").values
    nearest = np.rint(picture.values * (2**written - 1)) / np.float32(2**written - 1)
    np.testing.assert_array_equal(back, nearest)


@pytest.mark.parametrize("extension", ["jpg", "webp", "avif", "bmp", "gif"])
def test_depth_follows_the_source_as_far_as_the_format_goes(tmp_path, extension):
    write(Picture.from_array(whole(np.uint16, 5, 6)), tmp_path / f"a.{extension}")
    assert read(tmp_path / f"a.{extension}").colour.depth == 8


def test_impossible_depths_are_refused(tmp_path):
    grey, rgb = (Picture.from_array(whole(np.uint8, 3, 3, c)) for c in (1, 3))
    message = refusal(PictureError, write, grey, tmp_path / "a.jpg", depth=16)
    assert "a.jpg can't have 16 bits per value: JPEG has 8" in message
    assert "colour or alpha" in refusal(PictureError, write, rgb, tmp_path / "a.png", depth=1)
    assert "32 bits" in refusal(PictureError, write, grey, tmp_path / "a.png", depth=32)
    assert "unknown" in refusal(UsageError, write, grey, tmp_path / "a.png", depth=10)
    assert list(tmp_path.iterdir()) == []


# --- refused, and nothing lost -------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["jpg", "bmp", "gif", "hdr"])
def test_alpha_is_not_dropped(tmp_path, extension):
    picture = Picture.from_array(whole(np.uint8, 3, 3, 4))
    message = refusal(PictureError, write, picture, tmp_path / f"a.{extension}")
    assert "holds no alpha and the picture has it; write .png" in message


def test_the_extension_has_to_say_the_format(tmp_path):
    picture = Picture.from_array(whole(np.uint8, 3, 3))
    message = refusal(PictureError, write, picture, tmp_path / "a.xyz")
    assert "a.xyz has the extension .xyz; a picture is written to one of .png" in message
    assert "no extension" in refusal(PictureError, write, picture, tmp_path / "a")
    write(picture, tmp_path / "A.PNG")
    assert read(tmp_path / "A.PNG").size == (3, 3)


@pytest.mark.parametrize("name", ["a.exr", "a.hdr", "deep.tif"])
def test_without_openimageio_the_remedy_is_named(tmp_path, name, without_openimageio):
    picture = Picture.from_array(whole(np.uint16, 3, 3, 3))
    message = refusal(PictureError, write, picture, tmp_path / name)
    assert f"{name} needs OpenImageIO; install redraw[hdr] to write it, or write a .png" in message
    write(picture, tmp_path / "a.png")  # exact, by our own writer
    assert (tmp_path / "a.png").read_bytes()[24] == 16


@pytest.mark.parametrize("extension", ["png", "jpg", "tif", "exr"])
def test_what_exists_is_kept(tmp_path, extension):
    if extension == "exr" and not HAS_OIIO:
        pytest.skip("needs the extra `hdr`")
    picture = Picture.from_array(whole(np.uint8, 3, 3))
    path = tmp_path / f"a.{extension}"
    path.write_bytes(b"old")
    message = refusal(OutputError, write, picture, path)
    assert "exists already" in message
    assert "--force" in message
    assert path.read_bytes() == b"old"
    picture.save(path, force=True)
    assert read(path).size == (3, 3)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("extension", ["png", "jpg", "exr"])
def test_a_failure_half_way_loses_nothing(tmp_path, extension):
    if extension == "exr" and not HAS_OIIO:
        pytest.skip("needs the extra `hdr`")
    path = tmp_path / f"a.{extension}"
    path.write_bytes(b"old")

    def interrupted():
        with open_rows(path, 8, 8, Colour("grey"), force=True) as out:
            out.write(np.zeros((4, 8, 1)))
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        interrupted()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_outputs_that_cannot_be(tmp_path):
    picture = Picture.from_array(whole(np.uint8, 3, 3))
    (tmp_path / "folder.png").mkdir()
    assert "folder" in refusal(OutputError, write, picture, tmp_path / "folder.png", force=True)
    assert "does not exist" in refusal(OutputError, write, picture, tmp_path / "no" / "a.png")
    if sys.platform == "linux":
        message = refusal(OutputError, write, picture, "/proc/a.png")
        assert message.startswith("can't write /proc/a.png: ")


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, wrong):
    picture = Picture(np.full((2, 2, 1), wrong), Colour("grey"))
    assert "not finite" in refusal(PictureError, write, picture, tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
@pytest.mark.parametrize("extension", ["png", "jpg", "webp", "avif", "tif", "bmp", "gif"])
def test_extreme_shapes(tmp_path, size, extension):
    picture = Picture.from_array(np.zeros((size[1], size[0]), np.uint8))
    write(picture, tmp_path / f"a.{extension}")
    assert read(tmp_path / f"a.{extension}").size == size


# --- to look at ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "picture",
    [
        Picture.from_array(whole(np.bool_, 3, 4)),
        Picture.from_array(whole(np.uint16, 3, 4, 4)),
        light(3, 4, 3),
    ],
)
def test_notebooks_show_a_picture(picture):
    content = picture._repr_png_()
    assert content == png_bytes(picture)
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (4, 3)
        assert image.mode == {1: "1", 3: "RGB", 4: "RGBA"}[picture.channels]


@settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
@given(
    st.sampled_from(["png", "jpg", "webp", "avif", "tif", "bmp", "gif", "exr", "hdr"]),
    st.sampled_from([None, 1, 8, 16, 32]),
    st.sampled_from(["u1", "u2", "f4"]),
    st.integers(1, 4),
)
def test_anything_is_written_readably_or_refused(tmp_path, extension, depth, kind, channels):
    array = rng().integers(0, 200, (5, 6, channels)).astype(kind)
    if kind == "f4" and channels in (2, 4):
        array[..., -1] /= 200
    picture = Picture.from_array(array, light=kind == "f4")
    message = ""
    try:
        write(picture, tmp_path / f"a.{extension}", depth=depth, force=True)
        assert read(tmp_path / f"a.{extension}").size == (6, 5)
    except RedrawError as error:
        message = str(error)
    assert "\n" not in message
