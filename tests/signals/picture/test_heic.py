"""HEIC that is read, written by pillow-heif: the same pixels as went in."""

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp

from redraw.errors import PictureError
from redraw.signals import read

pillow_heif = pytest.importorskip("pillow_heif", reason="redraw[heif] is not installed")

LOSSLESS = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}  # of RGB as it is
SHAPE = (64, 80)


def colours():
    return ramp(*SHAPE)


def heic(path, *images, **options):
    file = pillow_heif.HeifFile()
    for image in images:
        if isinstance(image, Image.Image):
            file.add_from_pillow(image)
        else:
            mode, array = image
            file.add_frombytes(mode, array.shape[1::-1], array.tobytes())
    file.save(path, **{**LOSSLESS, **options})
    return path


def test_eight_bits(tmp_path):
    picture = read(heic(tmp_path / "a.heic", Image.fromarray(colours())))
    np.testing.assert_array_equal(np.rint(picture.values * 255), colours())
    assert (picture.colour.depth, picture.colour.alpha, picture.notes) == (8, False, ())


def test_alpha(tmp_path):
    array = np.dstack([colours(), colours()[::-1, :, :1]])
    picture = read(heic(tmp_path / "a.heic", Image.fromarray(array, "RGBA")))
    assert picture.colour.alpha
    np.testing.assert_array_equal(np.rint(picture.values * 255), array)


@pytest.mark.parametrize("bits", [10, 12])
def test_more_bits(tmp_path, bits, monkeypatch):
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    array = np.random.default_rng(8).integers(0, 2**16, (*SHAPE, 3)).astype(np.uint16)
    array[0, 0] = 65535
    picture = read(heic(tmp_path / "a.heic", ("RGB;16", array)))
    assert picture.colour.depth == 16
    np.testing.assert_array_equal(np.rint(picture.values * (2**bits - 1)), array >> 16 - bits)
    assert picture.values.max() == 1  # white is white


def test_code_points_and_profile(tmp_path, srgb_profile):
    image = Image.fromarray(colours())
    path = heic(tmp_path / "a.heic", image, color_primaries=9, transfer_characteristics=16)
    picture = read(path)
    assert picture.colour.coding.describe() == "Rec. 2020 with PQ"
    assert picture.notes == ("its colours are Rec. 2020 with PQ, which is kept",)
    image.info["icc_profile"] = srgb_profile
    assert read(heic(tmp_path / "b.heic", image)).colour.icc == srgb_profile


def test_several_pictures(tmp_path):
    other = Image.fromarray(colours()[::-1])
    path = heic(tmp_path / "a.heic", Image.fromarray(colours()), other)
    assert "the main one of 2 pictures in it was taken" in read(path).notes[0]
    # The writer keeps RGB as it is in the main one alone: luma and differences of 8 bits here.
    assert np.abs(read(path, page=2).values * 255 - colours()[::-1]).max() <= 2
    with pytest.raises(PictureError, match="--page takes 1 to 2, not 3"):
        read(path, page=3)


def test_a_cut_one_is_refused(tmp_path):
    path = heic(tmp_path / "a.heic", Image.fromarray(colours()))
    path.write_bytes(path.read_bytes()[:-200])
    for partial in (False, True):
        with pytest.raises(PictureError):
            read(path, partial=partial)
