"""Light (EXR, Radiance HDR, TIFFs of floats) is read to the last bit."""

import numpy as np
import pytest
from tests.signals.picture.deep_files import light, oiio, refusal, rng, write_exr

from redraw.signals import read

tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")


@pytest.mark.parametrize(("names", "model"), [("Y", "grey"), ("RGB", "rgb")])
def test_exr_is_exact(tmp_path, names, model):
    array = light(20, 30, len(names))
    write_exr(tmp_path / "a.exr", array, names)
    picture = read(tmp_path / "a.exr")
    assert (picture.colour.model, picture.colour.alpha, picture.colour.depth) == (model, False, 32)
    np.testing.assert_array_equal(picture.values, array)
    assert picture.colour.curve.low == array.min()
    assert picture.colour.curve.high == array.max()
    fitted = picture.fitted()
    assert (fitted.min(), fitted.max()) == pytest.approx((0, 1), abs=2**-24)


def test_half_floats(tmp_path):
    array = light(5, 6, 3).astype(np.float16)
    write_exr(tmp_path / "a.exr", array.astype(np.float32), "RGB", kind="half")
    np.testing.assert_array_equal(read(tmp_path / "a.exr").values, array.astype(np.float32))


@pytest.mark.parametrize("names", ["YA", "RGBA"])
def test_alpha_of_exr_is_made_straight(tmp_path, names):
    array = np.abs(light(5, 6, len(names)))
    array[..., -1] = rng().random((5, 6)) * 0.9 + 0.1
    array[0, 0] = 0
    write_exr(tmp_path / "a.exr", array, names)
    picture = read(tmp_path / "a.exr")
    assert picture.colour.alpha
    np.testing.assert_array_equal(picture.values[..., -1], array[..., -1])
    visible = array[..., -1] > 0
    expected = array[visible][:, :-1] / array[visible][:, -1:]
    np.testing.assert_allclose(picture.values[visible][:, :-1], expected, rtol=2**-22)


def test_alpha_beyond_one_is_clipped_and_said_so(tmp_path):
    array = np.full((2, 2, 2), 1.5, np.float32)
    write_exr(tmp_path / "a.exr", array, "YA")
    picture = read(tmp_path / "a.exr")
    assert picture.values[..., 1].max() == 1
    assert picture.notes == ("its alpha was clipped to 0 to 1",)


def test_other_channels_are_left_out_and_said_so(tmp_path):
    array = light(5, 6, 5)
    write_exr(tmp_path / "a.exr", array, ["R", "G", "B", "Z", "normal.X"])
    picture = read(tmp_path / "a.exr")
    np.testing.assert_array_equal(picture.values, array[..., :3])
    assert picture.notes == ("the channels Z, normal.X were left out; --layer NAME takes one",)


def test_channels_that_nobody_can_show_are_refused(tmp_path):
    write_exr(tmp_path / "a.exr", light(5, 6, 2), ["U", "V"])
    assert "a.exr has the channels U, V; R G B or Y is read" in refusal(tmp_path / "a.exr")


def test_radiance_hdr(tmp_path):
    array = np.abs(light(5, 40, 3)) + 0.1
    output = oiio.ImageOutput.create("hdr")
    assert output.open(str(tmp_path / "a.hdr"), oiio.ImageSpec(40, 5, 3, "float"))
    output.write_image(array)
    output.close()
    picture = read(tmp_path / "a.hdr")
    assert picture.colour.depth == 32
    # 8 bits of mantissa, shared by the three channels: half a step of the brightest one.
    step = 2.0 ** (np.floor(np.log2(array.max(axis=2, keepdims=True))) - 7)
    assert (np.abs(picture.values - array) <= step).all()


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_float_tiff(tmp_path, kind, channels):
    array = light(5, 6, channels).astype(kind)
    photometric = "rgb" if channels == 3 else "minisblack"
    tifffile.imwrite(tmp_path / "a.tif", array if channels == 3 else array[..., 0],
                     photometric=photometric)  # fmt: skip
    picture = read(tmp_path / "a.tif")
    assert picture.colour.depth == 32
    np.testing.assert_array_equal(picture.values, array.astype(np.float32))
    rounded = ("its 64-bit floats were read as 32-bit",) if kind == np.float64 else ()
    assert picture.notes == rounded


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_light_that_is_not_finite_is_refused(tmp_path, wrong):
    array = light(5, 6, 3)
    array[2, 4, 1] = array[3, 1, 0] = wrong
    write_exr(tmp_path / "a.exr", array, "RGB")
    message = refusal(tmp_path / "a.exr")
    assert "a.exr has 2 pixels that are not finite" in message
    assert "the first at x 4, y 2" in message


def test_an_alpha_so_small_that_light_overflows_leaves_it_multiplied(tmp_path):
    array = np.array([[[1e30, 1e-30]]], np.float32)
    write_exr(tmp_path / "a.exr", array, "YA")
    picture = read(tmp_path / "a.exr")
    assert picture.colour.premultiplied
    np.testing.assert_array_equal(picture.values, array)


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 5000)])
def test_extreme_shapes(tmp_path, size):
    array = np.zeros((size[1], size[0], 3), np.float32)
    write_exr(tmp_path / "a.exr", array, "RGB")
    picture = read(tmp_path / "a.exr")
    assert picture.size == size
    assert picture.fitted().max() == 0  # black stays black, whatever the curve
