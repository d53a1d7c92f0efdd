"""What TIFFs and files of rarer formats say is honoured, noted, or refused by its name."""

import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp

from redraw.errors import PictureError
from redraw.signals import read

tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")


def refusal(path, **options):
    with pytest.raises(PictureError) as error:
        read(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


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


# --- TIFF: black, white and inks -----------------------------------------------------------------


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("count", [2, 8])
def test_inks_that_run_backwards_are_those_of_the_others(tmp_path, kind, count):
    inks = np.dstack([ramp(), ramp()[::-1, :, :1]]) // 51 * 51
    highest = np.iinfo(kind).max
    whole = inks.astype(kind) * kind(highest // 255)
    told = [(336, 3, count, (highest, 0) * (count // 2), True)]
    tifffile.imwrite(tmp_path / "a.tif", whole, photometric="separated")
    tifffile.imwrite(tmp_path / "b.tif", highest - whole, photometric="separated", extratags=told)
    usual, backwards = read(tmp_path / "a.tif"), read(tmp_path / "b.tif")
    np.testing.assert_array_equal(backwards.values, usual.values)
    plain = np.asarray(Image.fromarray(inks, "CMYK").convert("RGB")) / 255  # of Pillow
    np.testing.assert_allclose(backwards.values, plain, atol=1.01 / 255)
    assert f"its inks run from {highest} to 0 (DotRange)" in "; ".join(backwards.notes)
    assert "DotRange" not in "; ".join(usual.notes)


def test_a_narrow_range_of_inks_is_stretched(tmp_path):
    inks = np.zeros((4, 4, 4), np.uint8)
    inks[:2] = (10, 10, 210, 110)  # none, none, all, half
    inks[2:] = (0, 10, 255, 10)  # beyond both ends
    tifffile.imwrite(
        tmp_path / "a.tif", inks, photometric="separated", extratags=[(336, 3, 2, (10, 210), True)]
    )
    found = np.rint(read(tmp_path / "a.tif").values[[0, 3], 0] * 255)
    np.testing.assert_allclose(found, [[127, 127, 0], [255, 255, 0]], atol=1)


@pytest.mark.parametrize(
    ("how", "ends", "said"),
    [
        ({"photometric": "rgb"}, (16, 235) * 3, True),
        ({"photometric": "rgb"}, (0, 255) * 3, False),
        ({"photometric": "ycbcr", "compression": "jpeg"}, (16, 235, 128, 240, 128, 240), True),
        ({"photometric": "ycbcr", "compression": "jpeg"}, (0, 255, 128, 255, 128, 255), False),
    ],
)
def test_black_and_white_that_no_reader_hears_of_are_noted(tmp_path, how, ends, said):
    if "compression" in how:
        pytest.importorskip("imagecodecs", reason="compresses TIFFs by JPEG")
    told = tuple(part for end in ends for part in (end, 1))
    options = {**how, "extratags": [(532, 5, 6, told, True)]}
    tifffile.imwrite(tmp_path / "a.tif", np.tile(ramp(), (2, 2, 1)), **options)
    assert ("ReferenceBlackWhite" in "; ".join(read(tmp_path / "a.tif").notes)) == said


def by_hand(bits, data, **tags):
    """A TIFF of one strip of 2 x 1 pixels, with no tag but these: {number: (type, values)}."""
    held = {256: (3, [2]), 257: (3, [1]), 258: (3, bits), 277: (3, [len(bits)]), 273: (4, [0])}
    held |= {279: (4, [len(data)])} | {int(number[1:]): own for number, own in tags.items()}
    at, listed, further = 8 + 2 + 12 * len(held) + 4, b"", b""
    held[273] = (4, [at + sum(2 * len(own) for _, own in held.values() if len(own) > 2)])
    for number, (kind, own) in sorted(held.items()):
        packed = struct.pack(f"<{len(own)}{'H' if kind == 3 else 'I'}", *own)
        if len(packed) > 4:
            packed, further = struct.pack("<I", at + len(further)), further + packed
        listed += struct.pack("<HHI", number, kind, len(own)) + packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<IH", 8, len(held))
    return head + listed + bytes(4) + further + data


def test_a_tiff_that_does_not_say_what_its_numbers_mean(tmp_path):
    # As libtiff takes them: 0 is black, and three are red, green and blue.
    for bits, expected in (([8], [[1], [2]]), ([8] * 3, [[1, 2, 3], [4, 5, 6]])):
        (tmp_path / "a.tif").write_bytes(by_hand(bits, bytes(np.ravel(expected).tolist())))
        picture = read(tmp_path / "a.tif")
        np.testing.assert_array_equal(np.rint(picture.values[0] * 255), expected)
        assert "does not say what its numbers mean" in "; ".join(picture.notes)


def test_channels_of_different_bits_are_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(by_hand([5, 6, 5], bytes(4), t262=(3, [2])))
    with pytest.raises(PictureError, match=r"not supported: channels of different bits \(5, 6, 5"):
        read(tmp_path / "a.tif")


def test_pictures_without_a_directory_of_their_own_are_told(tmp_path):
    three, path = np.arange(3 * 24, dtype=np.uint8).reshape(3, 4, 6), tmp_path / "a.tif"
    for options in ({"imagej": True}, {"photometric": "minisblack"}):
        tifffile.imwrite(path, three, truncate=True, **options)
        assert read(path).notes == ("the first of 3 pictures in it was taken",)
    scaled = three[0].astype(np.uint16)
    tifffile.imwrite(path, scaled, imagej=True, metadata={"min": 0.0, "max": 95.0})
    assert read(path).notes == ("its range on screen (0 to 95, of ImageJ) was left out",)
