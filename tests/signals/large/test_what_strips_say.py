"""A file that is read in strips says as much as one that is read into memory: the same pixels and
notes, or a refusal by name. Judged by what was put into the files."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chunk, png

from redraw.errors import PictureError
from redraw.signals import read
from redraw.signals.large.opening import strips_of

pytest.importorskip("pyvips", reason="redraw[large] is not installed")
tifffile = pytest.importorskip("tifffile")

HEIGHT, WIDTH = 80, 48  # more than one band of rows


def noise(kind=np.uint8, channels=3):
    most = np.iinfo(kind).max
    return (
        np.random.default_rng(3).integers(0, most, (HEIGHT, WIDTH, channels), endpoint=True)
    ).astype(kind)


def rows_of(path, page=None):
    """All rows, in strips, and the source."""
    source = strips_of(path, page)
    return np.concatenate(
        [source.read(at, min(at + 32, source.height)) for at in range(0, source.height, 32)]
    ), source


def refusal(path, page=None):
    with pytest.raises(PictureError) as error:
        rows_of(path, page)
    assert "\n" not in str(error.value)
    return str(error.value)


def same_as_in_memory(path, bits=None):
    rows, source = rows_of(path)
    picture = read(path)
    assert source.notes == picture.notes
    colour, other = source.colour, picture.colour
    assert (colour.model, colour.alpha, colour.coding) == (other.model, other.alpha, other.coding)
    assert (colour.icc, colour.depth) == (other.icc, max(other.depth, 8))
    # Floats may round what lies between two levels of 16 bits to either.
    atol = int(bits in (10, 12))
    expected = np.rint(picture.values * (2**source.depth - 1))
    np.testing.assert_allclose(rows, expected, atol=atol, rtol=0)
    return rows, source


# --- PNG -----------------------------------------------------------------------------------------

CHUNKS = {
    "Rec. 2020 with PQ": chunk(b"cICP", bytes([9, 16, 0, 1])),
    "Rec. 2020 with HLG": chunk(b"cICP", bytes([9, 18, 0, 1])),
    "sRGB with linear light": chunk(b"gAMA", struct.pack(">I", 100_000)),
    "its own primaries": chunk(
        b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 31000, 26500, 69000, 15000, 6000)
    ),
}


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("said", CHUNKS)
def test_colours_of_a_png(tmp_path, kind, said):
    array = noise(kind)
    (tmp_path / "a.png").write_bytes(png(array, CHUNKS[said]))
    rows, source = same_as_in_memory(tmp_path / "a.png")
    np.testing.assert_array_equal(rows, array)
    assert source.notes == (f"its colours are {said}, which is kept",)


def test_what_is_kept_of_colours_comes_into_the_file(tmp_path):
    from redraw.fitting.large.fit import fit_large
    from redraw.storage.opening import drawer_of

    (tmp_path / "a.png").write_bytes(png(noise(), CHUNKS["Rec. 2020 with PQ"]))
    fit_large(strips_of(tmp_path / "a.png"), tmp_path / "a.redraw")
    _, about = drawer_of(tmp_path / "a.redraw", 1)
    assert about.colour.coding.describe() == "Rec. 2020 with PQ"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_narrow_range_is_widened(tmp_path, kind, channels):
    array = noise(kind, channels)
    (tmp_path / "a.png").write_bytes(png(array, chunk(b"cICP", bytes([9, 16, 0, 0]))))
    rows, _ = same_as_in_memory(tmp_path / "a.png")
    most = np.iinfo(kind).max
    # ITU-R BT.2100, table 9: levels of 16 bits are those of 8, times 256.
    wide = np.clip((array[..., :3] / (1 if most == 255 else 256) - 16) / 219, 0, 1)
    assert np.abs(rows[..., :3] - wide * most).max() <= 0.51
    np.testing.assert_array_equal(rows[..., 3:], array[..., 3:])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pixels_that_are_not_square_are_told(tmp_path, kind):
    told = chunk(b"pHYs", struct.pack(">IIB", 2000, 1000, 1))
    (tmp_path / "a.png").write_bytes(png(noise(kind), told))
    _, source = same_as_in_memory(tmp_path / "a.png")
    assert "not square (50.8 by 25.4 per inch)" in source.notes[0]


def test_faults_that_no_pixel_needs(tmp_path):
    wrong = struct.pack(">I", 5) + b"tEXta\0bcd" + b"\0\0\0\0"
    for content in (png(noise(), wrong), png(noise())[:-12]):
        (tmp_path / "a.png").write_bytes(content)
        rows, source = same_as_in_memory(tmp_path / "a.png")
        np.testing.assert_array_equal(rows, noise())
        assert len(source.notes) == 1
    short = zlib.compress(zlib.decompress(zlib.compress(bytes(5000))))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + wrong
    (tmp_path / "a.png").write_bytes(start + chunk(b"IDAT", short) + chunk(b"IEND", b""))
    assert "5,000 of 11,600 bytes of its pixels" in refusal(tmp_path / "a.png")


# --- JPEG ----------------------------------------------------------------------------------------


def jpeg(mode="RGB", **options):
    small = np.random.default_rng(4).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3))
    image = Image.fromarray(small.astype(np.uint8)).resize((WIDTH, HEIGHT))
    file = io.BytesIO()
    image.convert(mode).save(file, "JPEG", **{"subsampling": 0, **options})
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("missing", [1, 2])
def test_a_jpeg_without_its_last_marker(tmp_path, options, missing):
    (tmp_path / "a.jpg").write_bytes(jpeg(**options)[:-missing])
    _, source = same_as_in_memory(tmp_path / "a.jpg")
    assert source.notes == ("it ends without its last marker; every pixel is there",)


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"], ids=["no end", "an end put to it"])
def test_a_jpeg_that_is_cut(tmp_path, end):
    content = jpeg()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) * 2 // 3] + end)
    assert "its pixels end before row" in refusal(tmp_path / "a.jpg")
    content = jpeg(progressive=True)
    (tmp_path / "a.jpg").write_bytes(content[: content.rindex(b"\xff\xda")] + end)
    assert "its last passes are missing" in refusal(tmp_path / "a.jpg")


def test_a_complaint_about_nothing(tmp_path):
    content = jpeg(restart_marker_rows=1)
    at = content.index(b"\xff\xd1")
    (tmp_path / "a.jpg").write_bytes(content[:at] + b"\x12\x34" + content[at:])
    same_as_in_memory(tmp_path / "a.jpg")


def test_a_height_behind_the_pixels(tmp_path):
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0") + 5
    height, content[at : at + 2] = bytes(content[at : at + 2]), b"\0\0"
    (tmp_path / "a.jpg").write_bytes(bytes(content[:-2]) + b"\xff\xdc\0\4" + height + b"\xff\xd9")
    assert read(tmp_path / "a.jpg").size == (WIDTH, HEIGHT)
    assert "with its height behind its pixels" in refusal(tmp_path / "a.jpg")


def test_what_jpegs_say(tmp_path):
    # DCF 2.0: uncalibrated, and R03 in the directory of interoperability.
    exif = struct.pack(">2sHIH HHII I", b"MM", 42, 8, 1, 0x8769, 4, 1, 26, 0)
    exif += struct.pack(">H HHIHH HHII I", 2, 0xA001, 3, 1, 0xFFFF, 0, 0xA005, 4, 1, 56, 0)
    exif += struct.pack(">H HHI4s I", 1, 1, 2, 4, b"R03\0", 0)
    (tmp_path / "a.jpg").write_bytes(jpeg(exif=b"Exif\0\0" + exif, dpi=(72, 144)))
    _, source = same_as_in_memory(tmp_path / "a.jpg")
    told = " ".join(source.notes)
    assert "Adobe RGB by its EXIF data" in told
    assert "not square" in told
    (tmp_path / "b.jpg").write_bytes(jpeg("CMYK"))
    assert "is cmyk with 4 channels" in refusal(tmp_path / "b.jpg")
    image = Image.open(io.BytesIO(jpeg()))
    image.save(tmp_path / "c.jpg", "MPO", save_all=True, append_images=[image])
    assert rows_of(tmp_path / "c.jpg")[1].notes == ("the first of 2 pictures in it was taken",)
    assert "leave --page out" in refusal(tmp_path / "c.jpg", 2)


# --- TIFF ----------------------------------------------------------------------------------------


def tiff(path, array, **options):
    tifffile.imwrite(path, array, metadata=None, **options)
    return path


@pytest.mark.parametrize("below", [False, True])
def test_the_picture_and_not_its_thumbnail(tmp_path, below):
    array, small = noise(), noise()[:16, :16]
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        if below:  # as cameras have it
            file.write(small, photometric="rgb", subfiletype=1, subifds=2)
            file.write(small[:8], photometric="rgb", subfiletype=1)
        else:
            file.write(small, photometric="rgb", subfiletype=1)
        file.write(array, photometric="rgb")
    rows, source = same_as_in_memory(tmp_path / "a.tif")
    np.testing.assert_array_equal(rows, array)
    assert f"number {2 + below}, {WIDTH}x{HEIGHT}, of {2 + below} pictures" in source.notes[0]
    np.testing.assert_array_equal(rows_of(tmp_path / "a.tif", 1)[0], small)
    assert "--page takes 1 to" in refusal(tmp_path / "a.tif", 5)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite", "rgb"])
@pytest.mark.parametrize(
    "options",
    [
        {"compression": "lzw"},
        {"compression": "deflate", "predictor": 2},
        {"byteorder": ">"},
        {"bigtiff": True, "tile": (32, 32)},
    ],
)
def test_kinds_of_tiff(tmp_path, kind, photometric, options):
    array = noise(kind, 3 if photometric == "rgb" else 1)
    path = tiff(tmp_path / "a.tif", array.squeeze(), photometric=photometric, **options)
    rows, _ = same_as_in_memory(path)
    most = np.iinfo(kind).max
    np.testing.assert_array_equal(rows, most - array if photometric == "miniswhite" else array)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("meaning", ["unassalpha", "unspecified"])
def test_further_channels(tmp_path, channels, meaning):
    array = noise(channels=channels + 1)
    path = tiff(
        tmp_path / "a.tif", array, photometric="rgb" if channels == 3 else "minisblack",
        extrasamples=[meaning], planarconfig="contig",
    )  # fmt: skip
    rows, source = same_as_in_memory(path)
    alpha = meaning == "unassalpha"
    np.testing.assert_array_equal(rows, array[..., : channels + alpha])
    assert source.notes == (() if alpha else ("1 further channel was left out",))


def test_a_value_for_none_and_primaries_are_told(tmp_path):
    none = (42113, "s", 0, "7", True)
    display_p3 = (319, "2I", 6, (68, 100, 32, 100, 265, 1000, 69, 100, 15, 100, 6, 100), True)
    path = tiff(tmp_path / "a.tif", noise(), photometric="rgb", extratags=[none, display_p3])
    notes = rows_of(path)[1].notes
    assert "pixels that hold 7, which stands for no value there, are learned" in notes[0]
    assert notes[1] == "its colours are Display P3, which is kept"


REFUSED = {
    "12 bits": {"photometric": "minisblack", "bitspersample": 12},
    "of SEPARATED": {"photometric": "separated"},
    "of CIELAB": {"photometric": "cielab"},
    "of premultiplied alpha": {"photometric": "rgb", "extrasamples": ["assocalpha"]},
    "bits as int16": {"photometric": "minisblack"},
    "compressed by LZMA": {"photometric": "rgb", "compression": "lzma"},
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_strips_cannot_follow_is_refused_by_name(tmp_path, said):
    if said == "12 bits" or said == "compressed by LZMA":
        pytest.importorskip("imagecodecs")
    channels = 4 if said in ("of SEPARATED", "of premultiplied alpha") else 3
    array = noise(channels=channels)
    if said == "12 bits":
        array = noise(np.uint16)[..., 0] >> 4
    if said == "bits as int16":
        array = noise(np.uint16)[..., 0].astype(np.int16)
    path = tiff(tmp_path / "a.tif", array, **REFUSED[said])
    message = refusal(path)
    assert said in message
    assert "is not supported" in message
    assert "raise --max-pixels" in message
    read(path)


def test_a_tiff_that_is_cut_is_refused_before_it_is_begun(tmp_path):
    path = tiff(tmp_path / "a.tif", noise(), photometric="rgb", rowsperstrip=8)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(PictureError, match=r"of its 10 pieces are there"):
        strips_of(path)


# --- others --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [10, 12])
def test_avif_of_light(tmp_path, bits):
    imagecodecs = pytest.importorskip("imagecodecs")
    array = noise(np.uint16) >> 16 - bits
    content = imagecodecs.avif_encode(
        array, bitspersample=bits, level=100, primaries=9, transfer=16
    )
    (tmp_path / "a.avif").write_bytes(content)
    _, source = same_as_in_memory(tmp_path / "a.avif", bits)
    assert source.notes == ("its colours are Rec. 2020 with PQ, which is kept",)


@pytest.mark.parametrize("name", ["a.bmp", "a.ppm", "a.jp2", "a.tga"])
def test_formats_that_are_not_read_in_strips(tmp_path, name):
    Image.fromarray(noise()).save(tmp_path / name)
    assert "file in strips; convert it" in refusal(tmp_path / name)


def test_partial_is_refused_with_the_way_out(tmp_path, capfd):
    from redraw.cli import main

    content = png(noise())
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    argv = ["fit", str(tmp_path / "a.png"), "--max-pixels", "1000", "--partial"]
    assert main(argv) == 2
    said = capfd.readouterr().err
    assert "which leave no pixel open" in said
    assert "with --partial and a larger --max-pixels" in " ".join(said.split())


def test_a_cut_file_names_the_way_out(tmp_path):
    content = png(noise())
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    message = refusal(tmp_path / "a.png")
    assert "take what is there in memory, with --partial and a larger --max-pixels" in message
    assert read(tmp_path / "a.png", partial=True).known.mean() > 0.3


# --- tiles of deep zoom --------------------------------------------------------------------------


def tiles(folder, content, ending):
    """A picture of one tile."""
    (folder / "a.dzi").write_text(
        '<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" TileSize="256" Overlap="0"'
        f' Format="{ending}"><Size Width="{WIDTH}" Height="{HEIGHT}"/></Image>'
    )
    (folder / "a_files" / "7").mkdir(parents=True, exist_ok=True)
    (folder / "a_files" / "7" / f"0_0.{ending}").write_bytes(content)
    return folder / "a.dzi"


def test_colours_of_tiles(tmp_path, srgb_profile):
    path = tiles(tmp_path, png(noise(), CHUNKS["Rec. 2020 with PQ"]), "png")
    rows, source = rows_of(path)
    np.testing.assert_array_equal(rows, noise())
    assert source.colour.coding.describe() == "Rec. 2020 with PQ"
    assert source.notes == ("its colours are Rec. 2020 with PQ, which is kept",)
    path = tiles(tmp_path, jpeg(icc_profile=srgb_profile), "jpg")
    assert rows_of(path)[1].colour.icc == srgb_profile


def test_palettes_of_tiles(tmp_path):
    image = Image.fromarray(noise()).quantize(16)
    for options, mode in (({}, "RGB"), ({"transparency": 3}, "RGBA")):
        file = io.BytesIO()
        image.save(file, "PNG", **options)
        rows, _ = rows_of(tiles(tmp_path, file.getvalue(), "png"))
        np.testing.assert_array_equal(rows, np.asarray(Image.open(file).convert(mode)))


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_that_would_be_cut_to_8_bits_are_refused(tmp_path, channels):
    path = tiles(tmp_path, png(noise(np.uint16, channels)), "png")
    assert "of 16 bits; save the tiles as PNG or JPEG of 8 bits" in refusal(path)
    path = tiles(tmp_path, jpeg("CMYK"), "jpg")
    assert "a tile of CMYK" in refusal(path)


# --- EXIF data and profiles ----------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "tif"])
def test_adobe_rgb_by_exif(tmp_path, extension):
    exif = Image.Exif()
    exif[0x010E] = "noise"
    exif[0x8769] = {0xA001: 2}
    options = {"lossless": True} if extension == "webp" else {}
    path = tmp_path / f"a.{extension}"
    Image.fromarray(noise()).save(path, exif=exif.tobytes(), **options)
    _, source = same_as_in_memory(path)
    assert source.colour.coding.transfer == "gamma"


def test_a_profile_of_a_jpeg_that_is_not_whole(tmp_path, srgb_profile):
    path = tmp_path / "a.jpg"
    Image.fromarray(noise()).save(path, icc_profile=bytes(srgb_profile))
    content = bytearray(path.read_bytes())
    content[content.index(b"ICC_PROFILE\0") + 13] = 2
    path.write_bytes(content)
    _, source = same_as_in_memory(path)
    assert "its ICC profile is not whole" in source.notes[0]
