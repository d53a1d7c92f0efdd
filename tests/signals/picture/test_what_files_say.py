"""Whatever a file says that changes how it looks is honoured, kept and written back, or noted."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chromaticities, chunk, exr, png, ramp

from redraw.errors import PictureError
from redraw.signals import Picture, read, write
from redraw.signals.picture.coding import Coding

oiio = pytest.importorskip("OpenImageIO", reason="light needs the extra `hdr`")
tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")


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


# --- PNG -----------------------------------------------------------------------------------------

CODED = {
    "PQ": chunk(b"cICP", bytes([9, 16, 0, 1])),
    "HLG": chunk(b"cICP", bytes([9, 18, 0, 1])),
    "Display P3": chunk(b"cICP", bytes([12, 13, 0, 1])),
    "linear": chunk(b"gAMA", struct.pack(">I", 100_000)),
    "gamma": chunk(b"gAMA", struct.pack(">I", 55_556)),
    "primaries": chunk(
        b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    ),
}


@pytest.mark.parametrize("what", CODED)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_what_a_png_says_of_its_colours_is_noted_and_written_back(tmp_path, what, kind):
    array = ramp().astype(kind) * (257 if kind == np.uint16 else 1)
    (tmp_path / "a.png").write_bytes(png(array, CODED[what]))
    picture = read(tmp_path / "a.png")
    assert "which is kept" in picture.notes[-1]
    write(picture, tmp_path / "b.png")
    assert CODED[what] in (tmp_path / "b.png").read_bytes()
    np.testing.assert_array_equal(read(tmp_path / "b.png").values, picture.values)


@pytest.mark.parametrize(
    "before",
    [
        chunk(b"sRGB", b"\0"),
        chunk(b"gAMA", struct.pack(">I", 45_455)),
        chunk(b"cICP", bytes([1, 13, 0, 1])),
        chunk(b"sRGB", b"\0") + chunk(b"gAMA", struct.pack(">I", 100_000)),
    ],
)
def test_what_is_plain_srgb_is_nothing_to_tell(tmp_path, before):
    (tmp_path / "a.png").write_bytes(png(ramp(), before))
    picture = read(tmp_path / "a.png")
    assert (picture.colour.coding, picture.notes) == (None, ())


def test_linear_values_look_the_same_in_a_format_that_is_srgb(tmp_path):
    array = np.full((4, 4, 3), 55, np.uint8)  # 21.6 % of white's light: 128 in sRGB
    (tmp_path / "a.png").write_bytes(png(array, CODED["linear"]))
    notes = write(read(tmp_path / "a.png"), tmp_path / "b.bmp")
    assert any("converted to sRGB" in note for note in notes)
    assert Image.open(tmp_path / "b.bmp").getpixel((1, 1)) == (128, 128, 128)


def test_pq_white_of_203_candelas_becomes_white(tmp_path):
    # SMPTE ST 2084: 58 % of the signal are 203 cd/m2.
    array = np.full((4, 4, 3), round(0.5807 * 65535), np.uint16)
    (tmp_path / "a.png").write_bytes(png(array, CODED["PQ"]))
    write(read(tmp_path / "a.png"), tmp_path / "b.bmp")
    np.testing.assert_allclose(Image.open(tmp_path / "b.bmp").getpixel((1, 1)), 255, atol=1)


def test_narrow_range_is_widened(tmp_path):
    array = np.array([[[16, 126, 235]]], np.uint8)
    (tmp_path / "a.png").write_bytes(png(array, chunk(b"cICP", bytes([9, 16, 0, 0]))))
    picture = read(tmp_path / "a.png")
    np.testing.assert_allclose(picture.values[0, 0], [0, 110 / 219, 1], atol=1e-6)
    assert "narrow range" in " ".join(picture.notes)


def test_a_coding_goes_to_json_and_back():
    coding = Coding.of_code(9, 16)
    assert Coding.from_json(coding.to_json()) == coding


WRONG = struct.pack(">I", 5) + b"tEXta\0bcd" + b"\0\0\0\0"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    "fault", ["none", "early", "late", "no end", "cut in a late chunk", "tail"]
)
def test_faults_that_no_pixel_needs_are_noted(tmp_path, kind, interlaced, fault):
    array = ramp().astype(kind) * (257 if kind == np.uint16 else 1)
    early, late = fault == "early", fault in ("late", "cut in a late chunk")
    content = png(
        array,
        *([WRONG] if early else []),
        after=WRONG if late else b"",
        interlaced=interlaced,
    )
    if fault == "no end":
        content = content[: content.rindex(b"IEND") - 4]
    if fault == "cut in a late chunk":
        content = content[: content.rindex(b"IEND") - 7]
    if fault == "tail":
        content += b"something else"
    (tmp_path / "a.png").write_bytes(content)
    picture = read(tmp_path / "a.png")
    highest = np.iinfo(kind).max
    np.testing.assert_array_equal(np.rint(picture.values * highest), array)
    assert bool(picture.notes) == (fault not in ("none", "tail"))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pixels_that_are_cut_are_refused_and_read_with_partial(
    tmp_path, kind, interlaced, channels
):
    rng = np.random.default_rng(4)
    array = rng.integers(0, np.iinfo(kind).max, (40, 50, channels), endpoint=True).astype(kind)
    content = png(array, interlaced=interlaced)
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    assert "take what is there with --partial" in refusal(tmp_path / "a.png")
    picture = read(tmp_path / "a.png", partial=True)
    share = picture.known.mean()
    assert 0.3 < share < 0.6
    highest = np.iinfo(kind).max
    np.testing.assert_array_equal(
        np.rint(picture.values[picture.known] * highest), array[picture.known]
    )
    assert "of 2,000 pixels are there" in picture.notes[-1]


def test_a_stream_that_ends_early_takes_no_memory_and_is_no_black_picture(tmp_path):
    import zlib

    for width, height in ((1000, 1000), (40, 40), (9000, 9000)):
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        (tmp_path / "a.png").write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(b"\0" * 100))
            + chunk(b"IEND", b"")
        )
        assert "damaged or cut short" in refusal(tmp_path / "a.png")


# --- JPEG ----------------------------------------------------------------------------------------


def jpeg(**options):
    rng = np.random.default_rng(2)
    small = Image.fromarray(rng.integers(0, 256, (12, 16, 3)).astype(np.uint8))
    file = io.BytesIO()
    small.resize((160, 120)).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_end_has_every_pixel(tmp_path, options, missing):
    content = jpeg(**options)
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(content[:-missing])
    picture = read(tmp_path / "b.jpg")
    np.testing.assert_array_equal(picture.values, read(tmp_path / "a.jpg").values)
    assert picture.notes == ("it ends without its last marker; every pixel is there",)


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"], ids=["no end", "an end put to it"])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_a_jpeg_that_is_cut_is_refused_and_read_with_partial(tmp_path, end, share):
    content = jpeg()
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(content[: int(len(content) * share)] + end)
    assert "take what is there with --partial" in refusal(tmp_path / "b.jpg")
    picture = read(tmp_path / "b.jpg", partial=True)
    known = picture.known
    assert share - 0.3 < known.mean() < share + 0.02
    whole = read(tmp_path / "a.jpg").values
    # The last row of what is there is filtered together with what isn't.
    np.testing.assert_array_equal(picture.values[known], whole[known])


def test_passes_that_are_missing_are_told(tmp_path):
    content = jpeg(progressive=True)
    last_scan = content.rindex(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(content[:last_scan])
    assert "last passes are missing" in refusal(tmp_path / "a.jpg")


def test_kinds_of_jpeg_that_are_not_read_are_named(tmp_path):
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    for marker, bits, said in ((0xC3, 8, "lossless JPEG"), (0xC0, 12, "JPEG of 12 bits")):
        content[at + 1], content[at + 4] = marker, bits
        (tmp_path / "a.jpg").write_bytes(bytes(content))
        message = refusal(tmp_path / "a.jpg")
        assert f"not supported: {said}" in message
        assert "damaged" not in message


# --- TIFF: pages, kinds, compressions ------------------------------------------------------------


def test_a_thumbnail_in_front_is_not_the_picture(tmp_path):
    big = np.kron(ramp(), np.ones((8, 8, 1), np.uint8))
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(ramp()[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(big, photometric="rgb")
    picture = read(tmp_path / "a.tif")
    assert picture.size == (256, 192)
    assert "number 2, 256x192, of 2 pictures in it was taken" in picture.notes[0]
    assert read(tmp_path / "a.tif", page=1).size == (8, 6)


def test_the_picture_below_a_thumbnail_is_found(tmp_path):
    big = np.kron(ramp(), np.ones((8, 8, 1), np.uint8))
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(ramp()[::4, ::4], photometric="rgb", subfiletype=1, subifds=1)
        file.write(big, photometric="rgb", subfiletype=0)
    picture = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.values, big / np.float32(255))
    assert picture.notes


def test_smaller_copies_behind_the_picture_are_only_noted(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(ramp(), photometric="rgb", subifds=1)
        file.write(ramp()[::2, ::2], photometric="rgb", subfiletype=1)
    picture = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.values, ramp() / np.float32(255))
    assert "the first of 2 pictures" in picture.notes[0]


def test_a_camera_s_raw_data_are_named(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.dng") as file:
        file.write(ramp(), photometric="rgb", subfiletype=1, subifds=1)
        file.write(
            np.zeros((200, 300), np.uint16),
            photometric=32803,
            subfiletype=0,
            extratags=[(33421, "H", 2, (2, 2), True), (33422, "B", 4, (0, 1, 1, 2), True)],
        )
    message = refusal(tmp_path / "a.dng")
    assert "a camera's raw file" in message
    assert "develop it first" in message
    assert read(tmp_path / "a.dng", page=1).size == (32, 24)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("layout", ["strips", "tiles", "planes"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits", "zstd", "lzma"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_tiff_of_every_layout_is_exact(tmp_path, order, big, layout, compression, kind):
    pytest.importorskip("imagecodecs", reason="writes the compressions")
    array = ramp(33, 47).astype(kind) * (257 if kind == np.uint16 else 1)
    options = {
        "strips": {"rowsperstrip": 7},
        "tiles": {"tile": (16, 32)},
        "planes": {"planarconfig": "separate"},
    }[layout]
    stored = np.moveaxis(array, 2, 0) if layout == "planes" else array
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric="rgb",
        byteorder=order,
        bigtiff=big,
        compression=compression,
        predictor=compression in ("zlib", "lzw"),
        **options,
    )
    picture = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.values, array / np.float32(np.iinfo(kind).max))
    assert picture.notes == ()


@pytest.mark.parametrize("bits", [1, 2, 4, 10, 12, 14])
@pytest.mark.parametrize("zero", ["minisblack", "miniswhite"])
def test_tiff_of_odd_bits(tmp_path, bits, zero):
    pytest.importorskip("imagecodecs", reason="packs the bits")
    array = np.arange(12 * 16).reshape(12, 16) % 2**bits
    array = array.astype(np.uint8 if bits <= 8 else np.uint16)
    stored = array.astype(bool) if bits == 1 else array
    tifffile.imwrite(
        tmp_path / "a.tif",
        stored,
        photometric=zero,
        **({} if bits == 1 else {"bitspersample": bits}),
    )
    values = read(tmp_path / "a.tif").values[..., 0]
    highest = 2**bits - 1
    expected = array if zero == "minisblack" else highest - array
    np.testing.assert_allclose(values * highest, expected, atol=1e-3)


def test_a_compression_without_its_library_is_named(tmp_path, monkeypatch):
    pytest.importorskip("imagecodecs", reason="writes the compression")
    tifffile.imwrite(
        tmp_path / "a.tif", ramp().astype(np.uint16), photometric="rgb", compression="jpeg2000"
    )
    monkeypatch.setitem(__import__("sys").modules, "imagecodecs", None)
    message = refusal(tmp_path / "a.tif")
    assert "a TIFF compressed by JPEG2000" in message
    assert "install redraw[tiff]" in message
    assert "damaged" not in message


def test_a_tiff_that_is_cut_is_refused_and_read_with_partial(tmp_path):
    array = ramp(64, 48)
    tifffile.imwrite(
        tmp_path / "a.tif", array, photometric="rgb", rowsperstrip=8, compression="zlib"
    )
    content = (tmp_path / "a.tif").read_bytes()
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        end = file.pages[0].dataoffsets[5]
    (tmp_path / "b.tif").write_bytes(content[:end])
    assert "5 of its 8 pieces are there" in refusal(tmp_path / "b.tif")
    picture = read(tmp_path / "b.tif", partial=True)
    assert picture.known.sum() == 5 * 8 * 48
    np.testing.assert_array_equal(picture.values[:40], array[:40] / np.float32(255))


def test_missing_values_of_maps_are_holes(tmp_path):
    array = np.array([[1.5, -9999], [3, 4]], np.float32)
    tifffile.imwrite(
        tmp_path / "a.tif",
        array,
        photometric="minisblack",
        extratags=[(42113, "s", 0, "-9999", True)],
    )
    picture = read(tmp_path / "a.tif")
    assert picture.known.tolist() == [[True, False], [True, True]]
    assert picture.colour.curve.low == 1


# --- pages of others; other formats --------------------------------------------------------------


@pytest.mark.parametrize("extension", ["gif", "png", "webp", "avif", "tif"])
def test_any_page_is_taken(tmp_path, extension):
    frames = [Image.fromarray(np.full((8, 8, 3), level, np.uint8)) for level in (10, 99, 200)]
    frames[0].save(tmp_path / f"a.{extension}", save_all=True, append_images=frames[1:])
    values = read(tmp_path / f"a.{extension}", page=3).values
    np.testing.assert_allclose(values[..., :3], 200 / 255, atol=3 / 255)
    assert "--page takes 1 to 3, not 4" in refusal(tmp_path / f"a.{extension}", page=4)


@pytest.mark.parametrize("highest", [1, 15, 255, 1023, 65535])
@pytest.mark.parametrize("plain", [False, True])
def test_netpbm_is_exact_whatever_its_largest_value(tmp_path, highest, plain):
    array = np.arange(3 * 4 * 3).reshape(3, 4, 3) * 37 % (highest + 1)
    head = f"{'P3' if plain else 'P6'}\n# a comment\n4 3\n{highest}\n".encode()
    body = array.astype(">u2" if highest > 255 else "u1").tobytes()
    if plain:
        body = " ".join(map(str, array.ravel())).encode()
    (tmp_path / "a.ppm").write_bytes(head + body)
    values = read(tmp_path / "a.ppm").values
    np.testing.assert_allclose(values * highest, array, atol=1e-2)
    (tmp_path / "a.ppm").write_bytes(head + body[:-20])
    assert "rows are there" in refusal(tmp_path / "a.ppm")


@pytest.mark.parametrize("order", ["<", ">"])
def test_pfm_of_both_orders_of_bytes(tmp_path, order):
    array = np.arange(24, dtype=np.float32).reshape(2, 4, 3) - 5
    head = f"PF\n4 2\n{'-1.0' if order == '<' else '1.0'}\n".encode()
    (tmp_path / "a.pfm").write_bytes(head + array[::-1].astype(f"{order}f4").tobytes())
    np.testing.assert_array_equal(read(tmp_path / "a.pfm").values, array)


@pytest.mark.parametrize("extension", ["tga", "ico", "dds", "pcx", "sgi", "jp2", "qoi"])
def test_formats_that_pillow_brings(tmp_path, extension):
    Image.fromarray(ramp(32, 32)).save(tmp_path / f"a.{extension}")
    atol = {"jp2": 1e-3}.get(extension, 0)
    values = read(tmp_path / f"a.{extension}").values[..., :3]
    np.testing.assert_allclose(values, ramp(32, 32) / np.float32(255), atol=atol)


FOREIGN = {
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400, "HEIC"),
    "general heic": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + b"\0" * 400, "HEIC"),
    "jxl": (b"\xff\x0a" + b"\0" * 100, "a.x"),
    "cr3": (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom" + b"\0" * 100, "raw file (CR3)"),
    "mp4": (b"\0\0\0\x18ftypisom\0\0\0\x01isom" + b"\0" * 100, "a film"),
    "raf": (b"FUJIFILMCCD-RAW 0201" + b"\0" * 100, "raw file (RAF)"),
    "rw2": (b"IIU\0" + b"\0" * 100, "raw file (RW2)"),
    "svg": (b"<?xml version='1.0'?>\n<!-- x -->\n<svg xmlns='a'/>", "an SVG drawing"),
    "pdf": (b"%PDF-1.7\n" + b" " * 50, "a PDF"),
    "psd": (b"8BPS\0\1" + b"\0" * 50, "a Photoshop document"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript file"),
    "html": (b"<!DOCTYPE html><html>404", "a web page"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
    "gz": (b"\x1f\x8b\x08" + b"\0" * 20, "packed by gzip"),
    "dicom": (b"\0" * 128 + b"DICM" + b"\0" * 50, "a DICOM file"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_not_read_is_called_by_its_name(tmp_path, what):
    content, name = FOREIGN[what]
    (tmp_path / "a.x").write_bytes(content)
    message = refusal(tmp_path / "a.x")
    assert name in message
    assert "damaged or cut short" not in message


@pytest.mark.parametrize(
    "name", ["https://a.org/b.png", "s3://bucket/b.png", "data:image/png;base64,AA"]
)
def test_addresses_are_refused_kindly(name):
    assert "is an address; redraw reads files only" in refusal(name)
