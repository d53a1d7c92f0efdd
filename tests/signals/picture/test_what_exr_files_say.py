"""Whatever an EXR says that changes how it looks is honoured, kept and written back, or noted."""

import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import attribute, chromaticities, exr, png, ramp

from redraw.errors import PictureError
from redraw.signals import Picture, read, write

oiio = pytest.importorskip("OpenImageIO", reason="light needs the extra `hdr`")


def refusal(path, **options):
    with pytest.raises(PictureError) as error:
        read(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def plane(value, height=6, width=8):
    return np.full((height, width), value, np.float32)


# --- EXR: depth, layers, parts -------------------------------------------------------------------


@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("kind", ["float", "half"])
def test_a_deep_exr_is_refused_as_deep(tmp_path, tiled, kind):
    spec = oiio.ImageSpec(10, 8, 4, kind)
    spec.deep = True
    if tiled:
        spec.tile_width = spec.tile_height = 16
    deep = oiio.DeepData()
    deep.init(80, 4, [kind] * 4, ["R", "G", "B", "A"])
    for pixel in range(80):
        deep.set_samples(pixel, 2)
    output = oiio.ImageOutput.create("a.exr")
    assert output.open(str(tmp_path / "a.exr"), spec), output.geterror()
    if tiled:
        assert output.write_deep_tiles(0, 10, 0, 8, 0, 1, deep), output.geterror()
    else:
        assert output.write_deep_image(deep), output.geterror()
    output.close()
    assert "is a deep EXR (several samples in a pixel), which is not read; flatten" in refusal(
        tmp_path / "a.exr"
    )


LAYERED = {
    "R": plane(1),
    "G": plane(2),
    "B": plane(3),
    "diffuse.R": plane(4),
    "diffuse.G": plane(5),
    "diffuse.B": plane(6),
    "diffuse.A": plane(0.5),
    "Z": plane(7),
    "light.left.Y": plane(8),
}


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (None, [1, 2, 3]),
        ("diffuse", [8, 10, 12, 0.5]),
        ("DIFFUSE", [8, 10, 12, 0.5]),
        ("Z", [7]),
        ("light.left", [8]),
        ("left", [8]),
        ("diffuse.G", [5]),
    ],
)
def test_one_layer_is_taken_and_the_others_are_named(tmp_path, layer, values):
    exr(tmp_path / "a.exr", LAYERED)
    picture = read(tmp_path / "a.exr", layer=layer)
    np.testing.assert_allclose(picture.values[0, 0], values)
    if layer is None:
        assert picture.notes == (
            "the channels Z, diffuse.R, diffuse.G, diffuse.B, diffuse.A, light.left.Y were left"
            " out; --layer NAME takes one",
        )


def test_without_plain_channels_the_main_layer_is_taken(tmp_path):
    channels = {f"{name}.{c}": plane(v) for name, v in (("ao", 1), ("beauty", 2)) for c in "RGB"}
    exr(tmp_path / "a.exr", channels)
    picture = read(tmp_path / "a.exr")
    np.testing.assert_array_equal(picture.values[0, 0], [2, 2, 2])
    assert picture.notes == (
        "the layer beauty was taken; the channels ao.R, ao.G, ao.B were left out; "
        "--layer NAME takes one",
    )


def test_a_layer_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    exr(tmp_path / "a.exr", LAYERED)
    message = refusal(tmp_path / "a.exr", layer="specular")
    assert "has no layer 'specular'; it has" in message
    assert "diffuse (r, g, b, a)" in message
    (tmp_path / "a.png").write_bytes(png(ramp()))
    assert "which has no layers" in refusal(tmp_path / "a.png", layer="diffuse")


def test_parts_are_layers_too(tmp_path):
    output = oiio.ImageOutput.create("exr")
    specs = []
    for name in ("left", "right"):
        spec = oiio.ImageSpec(8, 6, 3, "float")
        spec.attribute("name", name)
        specs.append(spec)
    assert output.open(str(tmp_path / "a.exr"), tuple(specs))
    output.write_image(np.ones((6, 8, 3), np.float32))
    output.open(str(tmp_path / "a.exr"), specs[1], "AppendSubimage")
    output.write_image(2 * np.ones((6, 8, 3), np.float32))
    output.close()
    assert read(tmp_path / "a.exr").values[0, 0, 0] == 1
    assert read(tmp_path / "a.exr", layer="right").values[0, 0, 0] == 2
    assert read(tmp_path / "a.exr", page=2).values[0, 0, 0] == 2
    assert "--page takes 1 to 2, not 3" in refusal(tmp_path / "a.exr", page=3)


# --- EXR: windows, primaries, light --------------------------------------------------------------


def test_data_stand_in_the_display_window_and_are_written_back(tmp_path):
    data = np.arange(48, dtype=np.float32).reshape(6, 8)
    exr(tmp_path / "a.exr", {"Y": data}, origin=(12, 23), display=(10, 20, 29, 39))
    picture = read(tmp_path / "a.exr")
    assert picture.size == (20, 20)
    np.testing.assert_array_equal(picture.values[3:9, 2:10, 0], data)
    assert np.count_nonzero(picture.values) == 47
    assert "8x6 at 2, 3, stand in a display window of 20x20" in picture.notes[0]
    write(picture, tmp_path / "b.exr")
    spec = oiio.ImageInput.open(str(tmp_path / "b.exr")).spec()
    assert (spec.x, spec.y, spec.width, spec.height) == (12, 23, 8, 6)
    assert (spec.full_x, spec.full_y, spec.full_width, spec.full_height) == (10, 20, 20, 20)
    np.testing.assert_array_equal(read(tmp_path / "b.exr").values, picture.values)


def test_data_beyond_the_display_window_are_said_to_be_left_out(tmp_path):
    data = np.arange(48, dtype=np.float32).reshape(6, 8)
    exr(tmp_path / "a.exr", {"Y": data}, origin=(-2, -1), display=(0, 0, 3, 2))
    picture = read(tmp_path / "a.exr")
    np.testing.assert_array_equal(picture.values[..., 0], data[1:4, 2:6])
    assert "its data of 8x6 go beyond its display window of 4x3" in picture.notes[0]


XYZ = (1, 0, 0, 1, 0, 0, 1 / 3, 1 / 3)
ACES = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
REC2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)
# What makes sRGB's red in each, computed from the published matrices of these spaces.
RED = {
    XYZ: (0.4124, 0.2126, 0.0193),
    REC2020: (0.6274, 0.0691, 0.0164),
    ACES: (0.4396, 0.0898, 0.0174),
}


@pytest.mark.parametrize("primaries", [XYZ, REC2020, ACES], ids=["XYZ", "Rec. 2020", "ACES"])
def test_primaries_are_kept_and_converted_for_other_formats(tmp_path, primaries):
    channels = {name: plane(value) for name, value in zip("RGB", RED[primaries], strict=True)}
    exr(tmp_path / "a.exr", channels, attributes=chromaticities(*primaries))
    picture = read(tmp_path / "a.exr")
    assert "which is kept" in picture.notes[0]
    write(picture, tmp_path / "b.exr")
    np.testing.assert_allclose(read(tmp_path / "b.exr").colour.coding.primaries, primaries)
    notes = write(picture, tmp_path / "b.png", depth=8)
    assert any("converted to sRGB" in note for note in notes)
    np.testing.assert_allclose(Image.open(tmp_path / "b.png").getpixel((2, 2)), (255, 0, 0), atol=6)


def test_white_stays_white_whatever_its_chromaticity(tmp_path):
    exr(tmp_path / "a.exr", dict.fromkeys("RGB", plane(1)), attributes=chromaticities(*ACES))
    write(read(tmp_path / "a.exr"), tmp_path / "b.png", depth=8)
    np.testing.assert_allclose(Image.open(tmp_path / "b.png").getpixel((2, 2)), 255, atol=1)


def test_srgb_primaries_are_nothing_to_tell(tmp_path):
    srgb = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
    exr(tmp_path / "a.exr", dict.fromkeys("RGB", plane(1)), attributes=chromaticities(*srgb))
    assert read(tmp_path / "a.exr").notes == ()


def test_light_without_cover_is_kept_by_exr_and_told_by_others(tmp_path):
    channels = {"R": plane(3), "G": plane(2), "B": plane(1), "A": plane(0)}
    exr(tmp_path / "a.exr", channels)
    picture = read(tmp_path / "a.exr")
    np.testing.assert_array_equal(picture.values[0, 0], [3, 2, 1, 0])
    again = Picture.from_fitted(picture.fitted(), picture.colour)
    np.testing.assert_allclose(again.values, picture.values, rtol=1e-5)
    write(picture, tmp_path / "b.exr")
    np.testing.assert_array_equal(read(tmp_path / "b.exr").values, picture.values)
    assert any(
        "light where alpha is 0 was left out" in note
        for note in write(picture, tmp_path / "b.png", depth=8)
    )


@pytest.mark.parametrize("name", ["BY", "RY", "by"])
def test_luminance_and_chroma_are_not_supported_but_not_damaged(tmp_path, name):
    half = np.zeros((3, 4), np.float32)
    exr(tmp_path / "a.exr", {"Y": plane(1), name: half}, sampling={name: 2})
    message = refusal(tmp_path / "a.exr")
    assert "not supported: luminance and chroma" in message
    assert "damaged" not in message


def test_other_subsampled_channels_are_named(tmp_path):
    channels = {"R": plane(1), "G": plane(1), "B": plane(1), "A": np.zeros((3, 4), np.float32)}
    exr(tmp_path / "a.exr", channels, sampling={"A": 2})
    assert "not supported: subsampled channels: A (2x2)" in refusal(tmp_path / "a.exr")


def test_pixels_that_are_not_square_are_told(tmp_path):
    exr(tmp_path / "a.exr", {"Y": plane(1)}, aspect=2)
    assert "not square" in " ".join(read(tmp_path / "a.exr").notes)


def test_what_else_an_exr_says_of_its_colours_is_told(tmp_path):
    y, x = np.mgrid[0:4, 0:6].astype(np.float32)
    path = tmp_path / "a.exr"
    exr(path, {"R": x, "G": y, "B": x, "r": 9 * y})
    picture = read(path)
    np.testing.assert_array_equal(picture.values, np.dstack([x, y, x]))
    assert "the channels r were left out" in picture.notes[0]
    exr(path, {"X": x, "Y": y, "Z": x})
    assert "X, Y and Z were taken as red, green and blue" in read(path).notes[0]
    neutral = attribute("adoptedNeutral", "v2f", struct.pack("<2f", 0.31, 0.33))
    exr(path, {"R": x, "G": y, "B": x}, attributes=neutral)
    assert "(adoptedNeutral) was left out" in read(path).notes[0]
