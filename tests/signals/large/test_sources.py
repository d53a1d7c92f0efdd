"""Large pictures in strips: every source gives the pixels that others read of it."""

import numpy as np
import pytest
from PIL import Image
from tests.fitting.large.conftest import picture

from redraw.errors import PictureError
from redraw.signals.large.opening import is_large, strips_of

pyvips = pytest.importorskip("pyvips", reason="redraw[large] is not installed")


@pytest.fixture(scope="module")
def pixels():
    return picture(337, 411)


def rows_of(source):
    """All rows, in strips that overlap, twice: as the two passes of a fit read them."""
    for _ in range(2):
        parts = []
        for top in range(0, source.height, 100):
            bottom = min(top + 100, source.height)
            around = source.rows(max(top - 8, 0), min(bottom + 8, source.height))
            parts.append(around[top - max(top - 8, 0) :][: bottom - top])
    return np.concatenate(parts)


def vips_of(pixels):
    return pyvips.Image.new_from_array(pixels)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.tif", {}),
        ("a.tif", {"tile": True, "tile_width": 64, "tile_height": 64}),
        ("a.tif", {"tile": True, "bigtiff": True, "compression": "deflate"}),
        ("a.tif", {"compression": "lzw", "predictor": "horizontal"}),
    ],
)
def test_files_of_libvips(pixels, tmp_path, name, options):
    path = str(tmp_path / name)
    vips_of(pixels).write_to_file(path, **options)
    source = strips_of(path)
    assert (source.width, source.height, source.depth) == (337, 411, 8)
    assert np.array_equal(rows_of(source), pixels)
    source.close()


def test_jpeg_is_read_as_pillow_reads_it(pixels, tmp_path):
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95, subsampling=0)
    expected = np.asarray(Image.open(tmp_path / "a.jpg")).astype(int)
    # Both decode exactly or with the fast transform, which may round otherwise.
    assert np.abs(rows_of(strips_of(tmp_path / "a.jpg")) - expected).max() <= 2


def test_deep_grey_and_alpha(tmp_path):
    deep = picture(50, 60, 1, 16)
    vips_of(deep).copy(interpretation="grey16").write_to_file(str(tmp_path / "a.png"))
    source = strips_of(tmp_path / "a.png")
    assert source.depth == 16
    assert np.array_equal(rows_of(source), deep)
    clear = picture(50, 60, 4)
    Image.fromarray(clear, "RGBA").save(tmp_path / "b.png")
    found = rows_of(strips_of(tmp_path / "b.png"))
    alpha = clear[..., 3:].astype(int)
    assert np.array_equal(found[..., :3], (clear[..., :3] * alpha + 127) // 255)


def test_orientation_and_profile_are_kept(pixels, tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x112] = 6  # a quarter turn to the right
    Image.fromarray(pixels).save(tmp_path / "a.tif", exif=exif, icc_profile=profile)
    source = strips_of(tmp_path / "a.tif")
    assert (source.width, source.height) == (411, 337)
    assert source.colour.icc == profile
    assert np.array_equal(rows_of(source), np.rot90(pixels, -1))


def test_deep_zoom_tiles(pixels, tmp_path):
    vips_of(pixels).dzsave(str(tmp_path / "a"), tile_size=64, overlap=1, suffix=".png")
    path = tmp_path / "a.dzi"
    assert is_large(path)
    assert np.array_equal(rows_of(strips_of(path)), pixels)
    folder = tmp_path / "a_files" / "9"
    (folder / "2_3.png").unlink()
    with pytest.raises(PictureError, match=r"2_3\.png"):
        rows_of(strips_of(path))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_zarr(pixels, tmp_path, order):
    zarr = pytest.importorskip("zarr", reason="redraw[large] is not installed")
    path = tmp_path / "a.zarr"
    array = zarr.create_array(
        str(path), shape=pixels.transpose(order).shape, chunks=(3, 64, 64)
        if order[0] == 2 else (64, 64, 3), dtype="uint8",
    )  # fmt: skip
    array[:] = pixels.transpose(order)
    assert is_large(path)
    assert np.array_equal(rows_of(strips_of(path)), pixels)


def test_arrays_and_files_of_numpy(pixels, tmp_path):
    np.save(tmp_path / "a.npy", pixels)
    assert np.array_equal(rows_of(strips_of(tmp_path / "a.npy")), pixels)
    assert np.array_equal(rows_of(strips_of(pixels[..., 0])), pixels[..., :1])


@pytest.mark.parametrize(
    "array", [np.zeros((5, 6, 7), np.uint8), np.zeros((4, 4)), np.zeros(9, np.uint8)]
)
def test_other_arrays_are_refused(array):
    with pytest.raises(PictureError, match="accepted"):
        strips_of(array)


def test_a_file_that_is_damaged_says_where(pixels, tmp_path):
    path = tmp_path / "a.tif"
    noise = np.random.default_rng(0).integers(0, 256, (800, 700, 3), dtype=np.uint8)
    vips_of(noise).write_to_file(str(path), compression="deflate")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 5000] = bytes(5000)
    path.write_bytes(content)
    with pytest.raises(PictureError, match="between rows"):
        rows_of(strips_of(path))


def test_what_is_none(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"nothing")
    for name in ("a.tif", "none.tif", "."):
        with pytest.raises(PictureError):
            strips_of(tmp_path / name)
