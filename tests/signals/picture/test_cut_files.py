"""Of a file that was cut short: refused by default, and with `partial` nothing is known but what is
there. Judged by the file as it was."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import png

from redraw.errors import PictureError
from redraw.signals import read

HEIGHT, WIDTH = 64, 48


def colours():
    """None of which is black, which is what decoders leave. (H, W, 3)"""
    return np.random.default_rng(1).integers(1, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def blocks():
    """What packs, in greys. (H, W)"""
    small = np.random.default_rng(2).integers(1, 256, (HEIGHT // 4, WIDTH // 4))
    return np.kron(small, np.ones((4, 4))).astype(np.uint8)


def by_pillow(kind, mode="RGB", source=colours, **options):
    file = io.BytesIO()
    Image.fromarray(source()).convert(mode).save(file, kind, **options)
    return file.getvalue()


FILES = {
    "24 bits.bmp": lambda: by_pillow("BMP"),
    "palette.bmp": lambda: by_pillow("BMP", "P", blocks),
    "two-tone.bmp": lambda: by_pillow("BMP", "1", blocks),
    "plain.tga": lambda: by_pillow("TGA"),
    "alpha.tga": lambda: by_pillow("TGA", "RGBA"),
    "packed.tga": lambda: by_pillow("TGA", source=blocks, compression="tga_rle"),
    "planes.sgi": lambda: by_pillow("SGI"),
    "grey.sgi": lambda: by_pillow("SGI", "L"),
    "rows.gif": lambda: by_pillow("GIF", "P", interlace=0),
    "interlaced.gif": lambda: by_pillow("GIF", "P", interlace=1),
    "clear.gif": lambda: by_pillow("GIF", "P", interlace=0, transparency=3),
    "colour.pcx": lambda: by_pillow("PCX"),
    "blocks.dds": lambda: by_pillow("DDS", pixel_format="DXT1"),
    "png.ico": lambda: by_pillow("ICO", sizes=[(WIDTH, HEIGHT)]),
    "plain.ppm": lambda: by_pillow("PPM"),
    "one strip.tif": lambda: by_pillow("TIFF"),
    "colour.qoi": lambda: by_pillow("QOI"),
    "alpha.qoi": lambda: by_pillow("QOI", "RGBA"),
}


@pytest.mark.parametrize("share", [0.7, 0.9])
@pytest.mark.parametrize("name", FILES)
def test_what_is_not_there_is_not_known(tmp_path, name, share):
    content = FILES[name]()
    path = tmp_path / name
    path.write_bytes(content)
    whole = read(path)
    assert whole.known is None
    np.testing.assert_array_equal(read(path, partial=True).values, whole.values)
    assert read(path, partial=True).notes == whole.notes
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(PictureError, match="cut short"):
        read(path)
    picture = read(path, partial=True)
    known = picture.known
    np.testing.assert_array_equal(picture.values[known], whole.values[known])
    assert (picture.values[~known] == 1).all()  # as paper
    # Three planes behind each other are known where the last one is.
    least = 3 * share - 2 if name == "planes.sgi" else share
    assert least - 0.15 < known.mean() <= share + 0.02
    rows, note = int(known.all(axis=1).sum()), " ".join(picture.notes)
    counted = f"{rows} of its {HEIGHT} rows", f"{int(known.sum()):,} of {known.size:,} pixels"
    assert any(f"{count} are there" in note for count in counted)


def test_rows_of_an_interlaced_gif_come_in_its_order(tmp_path):
    path = tmp_path / "a.gif"
    content = by_pillow("GIF", "P", interlace=1)
    path.write_bytes(content[: int(len(content) * 0.5)])
    whole = read(path, partial=True).known.all(axis=1)
    order = [*range(0, 64, 8), *range(4, 64, 8), *range(2, 64, 4), *range(1, 64, 2)]
    assert 8 < whole.sum() < 32
    assert sorted(order[: whole.sum()]) == list(np.flatnonzero(whole))


def test_a_packed_sgi(tmp_path):
    # By Haeberli's specification: starts and lengths of rows, the lowest first, plane by plane.
    array, rows = blocks(), []
    for row in array[::-1]:
        packed = b""
        for value in row[::4]:
            packed += bytes([4, value])
        rows.append(packed + b"\0")
    starts = [512 + 8 * HEIGHT + sum(map(len, rows[:y])) for y in range(HEIGHT)]
    head = struct.pack(">h2B4H2L", 474, 1, 1, 2, WIDTH, HEIGHT, 1, 0, 255).ljust(512, b"\0")
    table = struct.pack(f">{2 * HEIGHT}L", *starts, *map(len, rows))
    path = tmp_path / "a.sgi"
    path.write_bytes(head + table + b"".join(rows[:40]))
    with pytest.raises(PictureError, match="cut short"):
        read(path)
    picture = read(path, partial=True)
    assert list(np.flatnonzero(picture.known.all(axis=1))) == list(range(HEIGHT - 40, HEIGHT))
    np.testing.assert_array_equal(picture.values[-40:, :, 0] * np.float32(255), array[-40:])


def test_planes_of_a_tiff_are_all_needed(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path, np.moveaxis(colours(), 2, 0), photometric="rgb", planarconfig="separate",
        rowsperstrip=8,
    )  # fmt: skip
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.9)])
    picture = read(path, partial=True)
    known = picture.known
    assert 0.6 < known.mean() < 0.72
    np.testing.assert_array_equal(picture.values[known] * np.float32(255), colours()[known])


def test_a_palette_that_is_gone_is_no_grey(tmp_path):
    path, content = tmp_path / "a.pcx", by_pillow("PCX", "P", colours)
    path.write_bytes(content)
    assert read(path).colour.model == "rgb"
    path.write_bytes(content[:-700])
    with pytest.raises(PictureError, match="its palette, which is at its end, is not there"):
        read(path)
    assert "its palette is not there" in " ".join(read(path, partial=True).notes)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.webp", lambda: by_pillow("WEBP")),
        ("a.dds", lambda: by_pillow("DDS")),
        ("a.jp2", lambda: by_pillow("JPEG2000")),
        ("a.tif", lambda: by_pillow("TIFF", compression="tiff_lzw")),
    ],
)
def test_of_some_nothing_is_taken_and_nothing_promised(tmp_path, name, make):
    content = make()
    (tmp_path / name).write_bytes(content[: len(content) // 2])
    for partial in (False, True):
        with pytest.raises(PictureError, match=r"damaged or cut short.*get a whole copy$"):
            read(tmp_path / name, partial=partial)


@pytest.mark.parametrize(
    ("name", "kind", "make"),
    [
        ("a.webp", "WebP", lambda: by_pillow("WEBP")),
        ("a.jp2", "JPEG2000", lambda: by_pillow("JPEG2000")),
        ("a.avif", "AVIF", lambda: by_pillow("AVIF")),
        ("a.jxl", "JPEG XL", lambda: by_codecs("jpegxl_encode")),
    ],
)
def test_what_no_decoder_gives_a_part_of_says_so_where_a_part_is_asked_for(
    tmp_path, name, kind, make
):
    content = make()
    path = tmp_path / name
    path.write_bytes(content)
    assert read(path, partial=True).known is None
    path.write_bytes(content[: int(len(content) * 0.7)])
    with pytest.raises(PictureError) as refused:
        read(path)
    assert "--partial" not in str(refused.value)
    with pytest.raises(PictureError) as refused:
        read(path, partial=True)
    assert f"of a {kind} --partial can't take a part" in str(refused.value)
    assert str(refused.value).endswith("get a whole copy")


def by_codecs(encode):
    """Written by imagecodecs."""
    imagecodecs = pytest.importorskip("imagecodecs", reason="writes the format")
    pytest.importorskip("pillow_jxl", reason="the extra `jxl` reads it")
    return getattr(imagecodecs, encode)(colours())


@pytest.mark.parametrize("missing", range(12))
@pytest.mark.parametrize("channels", [3, 4])
def test_an_operation_of_qoi_that_is_cut_draws_nothing(tmp_path, channels, missing):
    """Each kind of operation, cut behind every byte of it; by the format's specification."""
    first = [b"\xff\x0a\x14\x1e\xff", b"\xfe\x28\x32\x3c"]  # RGBA, RGB
    luma, run, diff, index = [b"\xaa\x9b"], [b"\xc2"], [b"\x7f"], [bytes([first_index()])]
    operations = [*first, *luma, *run, *diff, *index, *luma, b"\xfe\xc8\x96\x64", *luma]
    drawn = [1, 1, 1, 3, 1, 1, 1, 1, 1]
    width = sum(drawn)
    head = b"qoif" + struct.pack(">2I2B", width, 1, channels, 0)
    stream, end = b"".join(operations), b"\0" * 7 + b"\1"
    path = tmp_path / "a.qoi"
    path.write_bytes(head + stream + end)
    whole = np.asarray(Image.open(path))
    path.write_bytes(head + stream[: len(stream) - missing])
    left, there = len(stream) - missing, 0
    for operation, count in zip(operations, drawn, strict=True):
        left -= len(operation)
        there += count if left >= 0 else 0
    picture = read(path, partial=True)
    if missing == 0:
        assert picture.known is None
        return
    assert list(picture.known[0]) == [x < there for x in range(width)]
    found = np.rint(picture.values[0] * 255)
    np.testing.assert_array_equal(found[:there], whole[0, :there])


def first_index():
    """Where the specification keeps the colour 10, 20, 30, 255."""
    return (10 * 3 + 20 * 5 + 30 * 7 + 255 * 11) % 64


def radiance(runs="-Y 64 +X 48"):
    """A flat Radiance picture by Ward's specification, and its light. Bytes and (H, W, 3)"""
    pixels = np.random.default_rng(3).integers(128, 256, (HEIGHT * WIDTH, 4)).astype(np.uint8)
    pixels[:, 3] = 129
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n{runs}\n".encode()
    return head + pixels.tobytes(), head


def test_rows_of_a_radiance_picture_that_are_there(tmp_path):
    pytest.importorskip("OpenImageIO", reason="the extra `hdr` reads it")
    content, head = radiance()
    path = tmp_path / "a.hdr"
    path.write_bytes(content)
    whole = read(path)
    assert whole.known is None
    assert read(path, partial=True).known is None
    for rows in (1, 37, 63):
        path.write_bytes(content[: len(head) + (4 * WIDTH * rows) + 5])
        with pytest.raises(PictureError, match=r"cut short.*take what is there with --partial$"):
            read(path)
        picture = read(path, partial=True)
        assert list(picture.known.all(axis=1)) == [y < rows for y in range(HEIGHT)]
        np.testing.assert_array_equal(picture.values[:rows], whole.values[:rows])
        assert f"{rows} of its 64 rows are there; the rest is left open" in picture.notes
    path.write_bytes(content[: len(head) + 5])
    with pytest.raises(PictureError, match="not one row of it is there"):
        read(path, partial=True)


def test_a_radiance_picture_that_is_cut_and_runs_upwards(tmp_path):
    pytest.importorskip("OpenImageIO", reason="the extra `hdr` reads it")
    content, head = radiance("+Y 64 +X 48")
    path = tmp_path / "a.hdr"
    path.write_bytes(content)
    whole = read(path).values
    path.write_bytes(content[: len(head) + 4 * WIDTH * 20])
    picture = read(path, partial=True)
    assert list(np.flatnonzero(picture.known.all(axis=1))) == list(range(44, 64))
    np.testing.assert_array_equal(picture.values[44:], whole[44:])


@pytest.mark.parametrize("order", ["increasingY", "decreasingY"])
@pytest.mark.parametrize(("packing", "block"), [("none", 1), ("zips", 1), ("zip", 16), ("piz", 32)])
@pytest.mark.parametrize("placed", [False, True])
def test_scanlines_of_an_exr_that_are_there(tmp_path, order, packing, block, placed):
    oiio = pytest.importorskip("OpenImageIO", reason="the extra `hdr` reads it")
    path = tmp_path / "a.exr"
    light = np.random.default_rng(4).random((HEIGHT, WIDTH, 3)).astype(np.float32)
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "half")
    spec.attribute("compression", packing)
    spec.attribute("openexr:lineOrder", order)
    if placed:  # data within a larger display window
        spec.x, spec.y, spec.full_width, spec.full_height = 4, 8, WIDTH + 10, HEIGHT + 20
    out = oiio.ImageOutput.create(str(path))
    out.open(str(path), spec)
    out.write_image(light)
    out.close()
    content = path.read_bytes()
    whole = read(path).values
    path.write_bytes(content[: int(len(content) * 0.6)])
    with pytest.raises(PictureError, match=r"cut short.*take what is there with --partial$"):
        read(path)
    picture = read(path, partial=True)
    known = picture.known.all(axis=1)
    np.testing.assert_array_equal(picture.values[known], whole[known])
    inside = known[8 : 8 + HEIGHT] if placed else known
    if placed:  # around the data it is empty, which is known
        assert known[:8].all()
        assert known[8 + HEIGHT :].all()
    count = int(inside.sum())
    assert 0.6 * HEIGHT - block - 4 < count <= 0.6 * HEIGHT + 1
    assert count % block == 0
    at = list(np.flatnonzero(inside))
    assert at == list(range(count) if order == "increasingY" else range(HEIGHT - count, HEIGHT))
    assert any("are there; the rest is left open" in note for note in picture.notes)


def test_tiles_of_an_exr_are_not_taken_in_part(tmp_path):
    oiio = pytest.importorskip("OpenImageIO", reason="the extra `hdr` reads it")
    path = tmp_path / "a.exr"
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 3, "half")
    spec.tile_width = spec.tile_height = 16
    out = oiio.ImageOutput.create(str(path))
    out.open(str(path), spec)
    out.write_image(np.random.default_rng(5).random((HEIGHT, WIDTH, 3)).astype(np.float32))
    out.close()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.6)])
    with pytest.raises(PictureError) as refused:
        read(path)
    assert "--partial" not in str(refused.value)
    with pytest.raises(PictureError, match=r"tiles are not taken in part\); get a whole copy$"):
        read(path, partial=True)


def test_later_frames_are_not_taken_in_part(tmp_path):
    frames = [Image.fromarray(np.roll(blocks(), 8 * k)).convert("P") for k in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    content = file.getvalue()
    (tmp_path / "a.gif").write_bytes(content[: int(len(content) * 0.5)])
    assert read(tmp_path / "a.gif").known is None  # the first is whole
    with pytest.raises(PictureError, match="only the first can be taken in part"):
        read(tmp_path / "a.gif", page=2, partial=True)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_png_that_is_cut_and_turned(tmp_path, exif_chunk, kind, orientation):
    array = colours().astype(kind) * (257 if kind == np.uint16 else 1)
    content = png(array, exif_chunk(orientation))
    path = tmp_path / "a.png"
    path.write_bytes(content)
    whole = read(path).values
    path.write_bytes(content[: int(len(content) * 0.7)])
    picture = read(path, partial=True)
    known = picture.known
    assert known.shape == whole.shape[:2]
    assert 0.5 < known.mean() < 0.72
    np.testing.assert_array_equal(picture.values[known], whole[known])


def test_frames_of_a_png_are_told_when_it_is_mended(tmp_path):
    frames = [Image.fromarray(np.roll(colours(), 8 * k, axis=0)) for k in range(2)]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    content = file.getvalue()
    (tmp_path / "a.png").write_bytes(content)
    note = "the first of 2 pictures in it was taken; --page N takes another"
    assert read(tmp_path / "a.png").notes == (note,)
    assert read(tmp_path / "a.png", partial=True).notes == (note,)
    (tmp_path / "a.png").write_bytes(content[: int(len(content) * 0.8)])
    assert note in read(tmp_path / "a.png").notes


def test_a_tile_of_jpeg_that_is_cut_is_not_known(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    pytest.importorskip("imagecodecs", reason="writes the compression")
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, colours(), photometric="rgb", compression="jpeg", tile=(16, 16))
    whole, content = read(path).values, path.read_bytes()
    for missing in (40, 200, 600):
        path.write_bytes(content[:-missing])
        picture = read(path, partial=True)
        assert 0.7 < picture.known.mean() < 1
        np.testing.assert_array_equal(picture.values[picture.known], whole[picture.known])


def test_missing_passes_leave_nothing_open(tmp_path):
    content = by_pillow("JPEG", source=blocks, progressive=True)
    (tmp_path / "a.jpg").write_bytes(content[: content.rindex(b"\xff\xda")])
    picture = read(tmp_path / "a.jpg", partial=True)
    assert picture.notes == ("its last passes are missing, which sharpen it",)
    assert picture.known is None or picture.known.all()
