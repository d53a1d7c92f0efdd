"""Compressions of TIFF that are neither the usual nor none: written by other programs, the same."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import ramp

from redraw.signals import read

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs", reason="writes the compressions")


def written(path, array, compression, **options):
    photometric = "rgb" if array.ndim == 3 else "minisblack"
    tifffile.imwrite(path, array, compression=compression, photometric=photometric, **options)
    return path


def noise(kind, *shape):
    most = np.iinfo(kind).max
    return np.random.default_rng(5).integers(0, most, shape, endpoint=True).astype(kind)


@pytest.mark.parametrize("layout", [{}, {"tile": (32, 16)}], ids=["strips", "tiles"])
@pytest.mark.parametrize(
    ("compression", "kind"),
    [
        ("webp", np.uint8),
        ("lerc", np.uint8),
        ("lerc", np.uint16),
        ("jpeg2000", np.uint8),
        ("jpeg2000", np.uint16),
        ("jpegxl", np.uint8),
        ("jpegxl", np.uint16),
        ("png", np.uint16),
        ("jpegxr", np.uint8),
    ],
)
def test_what_is_packed_without_loss_is_exact(tmp_path, compression, kind, layout):
    array = noise(kind, 48, 64, 3)
    picture = read(written(tmp_path / "a.tif", array, compression, **layout))
    most = np.iinfo(kind).max
    np.testing.assert_array_equal(np.rint(picture.values * most), array)
    assert (picture.colour.depth, picture.notes) == (8 * array.itemsize, ())


@pytest.mark.parametrize("options", [{}, {"predictor": 3}, {"predictor": 3, "byteorder": ">"}])
@pytest.mark.parametrize("kind", [np.float16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_predictor_of_floats(tmp_path, options, kind, channels):
    array = np.random.default_rng(6).normal(1, 3, (20, 31, channels)).astype(kind).squeeze()
    picture = read(written(tmp_path / "a.tif", array, "deflate", **options))
    np.testing.assert_array_equal(picture.values.squeeze(), array.astype(np.float32))
    assert picture.colour.depth == 32


def test_lerc_of_floats(tmp_path):
    array = np.random.default_rng(6).normal(1, 3, (20, 31)).astype(np.float32)
    values = read(written(tmp_path / "a.tif", array, "lerc")).values
    np.testing.assert_array_equal(values[..., 0], array)


@pytest.mark.parametrize("kind", ["rgb", "ycbcr", "grey"])
def test_jpeg_in_tiff_is_what_libtiff_makes_of_it(tmp_path, kind):
    array = ramp(48, 64) if kind != "grey" else ramp(48, 64)[..., 0]
    path = tmp_path / "a.tif"
    if kind == "ycbcr":
        Image.fromarray(array).save(path, compression="jpeg")
    else:
        written(path, array, "jpeg", tile=(16, 32))
    expected = np.asarray(Image.open(path).convert("L" if array.ndim == 2 else "RGB"))
    found = np.rint(read(path).values * 255)
    # Transforms of two builds of libjpeg may round otherwise, colours after them once more.
    assert np.abs(found.squeeze() - expected).max() <= 2
    assert np.abs(found.squeeze() - array).mean() < 12


def two_tone():
    """Strokes and dots, as a fax has them. (H, W) bool"""
    y, x = np.mgrid[0:40, 0:61]
    return ((x // 3 + y // 5) % 4 == 0) ^ (np.random.default_rng(7).random((40, 61)) < 0.02)


@pytest.mark.parametrize("method", ["tiff_ccitt", "group3", "group4"])
def test_what_a_fax_packs(tmp_path, method):
    Image.fromarray(two_tone()).save(tmp_path / "a.tif", compression=method)
    picture = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(picture.values[..., 0], two_tone())
    assert picture.colour.depth == 1


def by_hand(data, *, compression, bits, photometric, order):
    """A TIFF of one strip, by the specification. 61 columns, 40 rows"""
    entries = [
        (256, 61), (257, 40), (258, bits), (259, compression), (262, photometric), (266, order),
        (273, 8 + 2 + 12 * 10 + 4), (277, 1), (278, 40), (279, len(data)),
    ]  # fmt: skip
    head = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    return head + b"".join(struct.pack("<HHII", t, 4, 1, v) for t, v in entries) + bytes(4) + data


def mirrored(data):
    """Every byte from its last bit to its first."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, 8)
    return np.packbits(bits[:, ::-1], axis=1).tobytes()


@pytest.mark.parametrize("order", [1, 2])
def test_bits_from_the_last_to_the_first(tmp_path, order):
    plain = np.packbits(two_tone(), axis=1).tobytes()
    file = io.BytesIO()
    Image.fromarray(two_tone()).save(file, "TIFF", compression="group4")
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        (page,) = tiff.pages
        (at,), (count,) = page.dataoffsets, page.databytecounts
        packed, zero = file.getvalue()[at : at + count], int(page.photometric)
    for data, compression, photometric in ((plain, 1, 1), (packed, 4, zero)):
        data = mirrored(data) if order == 2 else data
        (tmp_path / "a.tif").write_bytes(
            by_hand(data, compression=compression, bits=1, photometric=photometric, order=order)
        )
        values = read(tmp_path / "a.tif").values[..., 0]
        np.testing.assert_array_equal(values, two_tone())


def test_nibbles_from_the_last_to_the_first(tmp_path):
    numbers = np.arange(40 * 61).reshape(40, 61) % 16
    pairs = np.pad(numbers, ((0, 0), (0, 1))).reshape(40, -1, 2)
    data = mirrored((pairs[..., 0] << 4 | pairs[..., 1]).astype(np.uint8).tobytes())
    content = by_hand(data, compression=1, bits=4, photometric=1, order=2)
    (tmp_path / "a.tif").write_bytes(content)
    np.testing.assert_array_equal(np.rint(read(tmp_path / "a.tif").values[..., 0] * 15), numbers)
