"""Light is written as other readers take it, and clipped only where that is asked for."""

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.values import light, needs_oiio, refusal, rng

from redraw.errors import PictureError
from redraw.signals import Picture, read, write


@needs_oiio
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("extension", ["exr", "tif"])
def test_light_is_exact(tmp_path, channels, extension):
    array = (rng().normal(size=(9, 8, channels)) * 10).astype(np.float32)
    if channels in (2, 4):
        array[..., -1] = 2.0 ** -rng().integers(0, 5, (9, 8))  # powers of two multiply exactly
    picture = Picture.from_array(array)
    assert write(picture, tmp_path / f"a.{extension}") == ()
    back = read(tmp_path / f"a.{extension}")
    assert back.colour == picture.colour
    np.testing.assert_array_equal(back.values, array)


@needs_oiio
def test_exr_holds_premultiplied_light_for_others(tmp_path):
    oiio = pytest.importorskip("OpenImageIO")
    picture = Picture.from_array(np.array([[[4.0, 2.0, -1.0, 0.5]]]))
    write(picture, tmp_path / "a.exr")
    source = oiio.ImageInput.open(str(tmp_path / "a.exr"))
    assert source.spec().channelnames == ("R", "G", "B", "A")
    assert source.read_image("float").ravel().tolist() == [2.0, 1.0, -0.5, 0.5]
    source.close()


@needs_oiio
def test_half_floats_on_request(tmp_path):
    oiio = pytest.importorskip("OpenImageIO")
    picture = light(5, 6, 3)
    write(picture, tmp_path / "a.exr", depth=16)
    source = oiio.ImageInput.open(str(tmp_path / "a.exr"))
    assert str(source.spec().format) == "half"
    source.close()
    expected = picture.values.astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(read(tmp_path / "a.exr").values, expected)


@needs_oiio
def test_ordinary_pictures_become_light_by_the_srgb_curve(tmp_path):
    levels = np.arange(256, dtype=np.uint8)[None]
    notes = write(Picture.from_array(levels), tmp_path / "a.exr")
    assert notes == ("the values were taken as sRGB and written as linear light",)
    v = levels / 255
    expected = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    back = read(tmp_path / "a.exr")
    np.testing.assert_allclose(back.values[..., 0], expected, rtol=1e-6)
    # ... and come back to the same levels when they are written as such.
    notes = write(back, tmp_path / "a.png", depth=8)
    assert notes == ("light was clipped at white and written as sRGB",)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png")), levels)


def test_light_is_clipped_only_on_request(tmp_path):
    picture = light(5, 6, 3)
    message = refusal(PictureError, write, picture, tmp_path / "a.png")
    assert "can't hold light beyond white; write .exr, .hdr or .tif" in message
    for depth in (8, 16):
        write(picture, tmp_path / "a.png", depth=depth, force=True)
        # The header's bit depth, and the rest as another reader sees it.
        assert (tmp_path / "a.png").read_bytes()[24] == depth
        with Image.open(tmp_path / "a.png") as image:
            seen = np.asarray(image.convert("RGB")) / 255
        assert (seen[picture.values <= 0] == 0).all()
        assert (seen[picture.values >= 1] == 1).all()


@needs_oiio
@pytest.mark.parametrize("channels", [1, 3])
def test_radiance_hdr_is_near(tmp_path, channels):
    picture = Picture.from_array(rng().random((20, 30, channels)) * 100 + 0.01, light=True)
    write(picture, tmp_path / "a.hdr")
    back = read(tmp_path / "a.hdr").values
    assert back.shape == (20, 30, 3)
    brightest = picture.values.max(axis=2, keepdims=True)
    assert (np.abs(back - picture.values) <= brightest * 2**-7).all()
