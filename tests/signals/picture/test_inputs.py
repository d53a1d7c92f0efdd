"""Pictures as Python programs hold them: told apart, or refused with the remedy."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.signals.picture.files import ramp

from redraw.errors import RedrawError
from redraw.signals.picture.opening import as_picture
from redraw.signals.picture.picture import Picture

torch = pytest.importorskip("torch")


def picture_of_mode(mode):
    image = Image.fromarray(ramp())
    first = {"La": "LA", "PA": "P", "RGBa": "RGBA", "I;16": "I"}.get(mode)
    return image.convert(first).convert(mode) if first else image.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBX", "RGBA", "RGBa"])
def test_modes_of_pillow_that_hold_the_colours(mode):
    picture = as_picture(picture_of_mode(mode))
    np.testing.assert_allclose(picture.values[..., :3], ramp() / np.float32(255), atol=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "CMYK", "YCbCr", "HSV", "I"])
def test_other_modes_of_pillow_look_the_same(mode):
    image = picture_of_mode(mode)
    expected = np.asarray(image.convert("RGB") if mode != "I" else image)
    expected = expected if expected.ndim == 3 else expected[..., None]
    values = as_picture(image).values
    colours = values[..., : 1 if values.shape[2] < 3 else 3]
    np.testing.assert_allclose(colours, expected[..., : colours.shape[2]] / 255, atol=1e-6)


def test_lab_of_pillow_is_the_colours_that_it_came_from():
    spaces = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    image = ImageCms.profileToProfile(Image.fromarray(ramp()), *spaces, outputMode="LAB")
    picture = as_picture(image)
    # L*, a* and b* have 8 bits each: half a step of b* is up to two levels of blue, and more in
    # the dark, where sRGB is steepest.
    off = np.abs(picture.values * 255 - ramp())
    assert off.mean() < 1
    assert np.percentile(off, 95) <= 4
    assert "L*a*b* was converted to sRGB" in picture.notes[0]


def test_deep_modes_of_pillow_keep_every_level():
    deep = np.arange(12 * 16, dtype=np.uint16).reshape(12, 16) * 341
    for mode, order in (("I;16", "<u2"), ("I;16B", ">u2")):
        picture = as_picture(Image.frombytes(mode, (16, 12), deep.astype(order).tobytes()))
        assert picture.colour.depth == 16
        np.testing.assert_array_equal(np.rint(picture.values[..., 0] * 65535), deep)
    light = (deep / np.float32(65535)).astype(np.float32)
    np.testing.assert_array_equal(as_picture(Image.fromarray(light)).values[..., 0], light)
    assert Image.fromarray(light * 3).mode == "F"
    picture = as_picture(Image.fromarray(light * 3))
    assert picture.colour.depth == 32
    np.testing.assert_array_equal(picture.values[..., 0], light * 3)
    with pytest.raises(RedrawError, match="levels of 255"):
        as_picture(Image.fromarray(ramp()[..., 0].astype(np.float32)))


def test_tensors_with_channels_first_or_last():
    values = torch.rand(3, 6, 8, dtype=torch.float64)
    expected = values.permute(1, 2, 0).numpy().astype(np.float32)
    for given in (values, values.permute(1, 2, 0), values[None], values.requires_grad_()):
        np.testing.assert_array_equal(as_picture(given).values, expected)
    assert as_picture(values.detach().bfloat16()).size == (8, 6)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (torch.rand(3, 8, 4), "permute(1, 2, 0) of the first"),
        (ramp().transpose(2, 0, 1), "numpy.moveaxis(array, 0, 2)"),
        (ramp().astype(np.float32), "give array / 255"),
        (ramp() / 1.7, "seem to be levels of 255"),
        (np.full((4, 4), 40_000.0), "give array / 65535"),
        (-ramp().astype(int), "whole numbers are 0 to 255"),
        (np.eye(4, dtype=int), "astype(bool)"),
        (np.zeros((4, 4), complex), "complex128"),
        (np.full((4, 4), "a"), "it is bool, whole numbers"),
    ],
)
def test_what_can_t_be_told_is_refused_with_the_remedy(given, message):
    with pytest.raises(RedrawError) as error:
        as_picture(given)
    assert message in str(error.value)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64, np.uint32, ">u2", ">i4"])
def test_whole_numbers_of_any_type(kind):
    picture = as_picture(ramp().astype(kind))
    highest = 65535 if kind == ">u2" else 255
    np.testing.assert_allclose(picture.values, ramp() / np.float32(highest), atol=1e-7)
    deep = as_picture(ramp().astype(np.int32) * 257)
    np.testing.assert_allclose(deep.values, ramp() / np.float32(255), atol=1e-6)


def test_masked_pixels_are_not_known():
    picture = as_picture(np.ma.masked_where(ramp() == 16, ramp()))
    np.testing.assert_array_equal(picture.known, ~(ramp() == 16).any(axis=2))


def test_light_is_taken_where_it_is_said_to_be():
    picture = Picture.from_array(ramp().astype(np.float32), light=True)
    assert picture.colour.depth == 32


def test_files_in_memory():
    file = io.BytesIO()
    Image.fromarray(ramp()).save(file, "PNG")
    for given in (file.getvalue(), bytearray(file.getvalue()), io.BytesIO(file.getvalue())):
        np.testing.assert_array_equal(as_picture(given).values, ramp() / np.float32(255))
    with pytest.raises(RedrawError, match="mode 'rb'"):
        as_picture(io.StringIO("x"))


def test_bytes_that_were_just_written_are_read_from_their_start():
    file = io.BytesIO()
    Image.fromarray(ramp()).save(file, "PNG")  # which leaves the file at its end
    np.testing.assert_array_equal(as_picture(file).values, ramp() / np.float32(255))


def test_bytes_that_are_no_picture_name_no_folder_of_ours():
    with pytest.raises(RedrawError) as error:
        as_picture(b"hello")
    assert str(error.value).startswith("bytes is not a picture, but text: 'hello'")


def test_what_is_no_array_is_refused_in_words():
    with pytest.raises(RedrawError, match="rows of different lengths"):
        as_picture([[1, 2], [3]])
    for tensor in (torch.eye(5).to_sparse(), torch.zeros(5, 5, device="meta")):
        with pytest.raises(RedrawError, match=r"can't be read as an array .*; give a dense one"):
            as_picture(tensor)


@pytest.mark.parametrize("shape", [(3,), (1, 1, 4, 4, 3), (2, 4, 4, 3)])
def test_a_mask_of_another_shape_is_no_picture(shape):
    with pytest.raises(RedrawError, match=r"is \(H, W\) or \(H, W, 1 to 4\)"):
        as_picture(np.ma.masked_all(shape))


def test_one_masked_picture_of_a_batch():
    given = np.ma.masked_equal(np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3), 5)
    picture = as_picture(given)
    assert picture.known is not None
    assert np.flatnonzero(~picture.known).tolist() == [1]


@pytest.mark.parametrize("size", [(8,), 5, (1, 2, 3)])
def test_a_size_is_two_numbers(size):
    with pytest.raises(RedrawError, match=r"size is .*; accepted: \(width, height\) or 'WxH'"):
        as_picture(ramp(), size=size)


def test_light_beyond_float32_is_refused():
    with pytest.raises(RedrawError, match=r"holds values up to 1e\+300; light goes up to 3.4e\+38"):
        as_picture(np.full((3, 3), 1e300))
