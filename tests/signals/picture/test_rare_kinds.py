"""Sound files of rare kinds that libraries read wrongly, or call damaged."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chunk, ramp

from redraw.errors import PictureError
from redraw.signals import read

RNG = np.random.default_rng(7)


def packed(rows, bits):
    """Numbers of fewer than 8 bits, the first in the highest; a row ends a byte."""
    each = np.unpackbits(rows.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits :]
    return np.packbits(each.reshape(len(rows), -1), axis=1)


# --- PNG -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_grey_level_of_a_png_is_empty_at_every_depth(tmp_path, bits, place):
    most = 2**bits - 1
    grey = RNG.integers(0, most + 1, (9, 13))
    level = (0, most // 2, most)[place]
    grey[4, 5] = level
    rows = packed(grey, bits) if bits < 8 else grey.astype(">u2" if bits == 16 else "u1")
    head = struct.pack(">IIBBBBB", 13, 9, bits, 0, 0, 0, 0)
    (tmp_path / "a.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"tRNS", struct.pack(">H", level))
        + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows)))
        + chunk(b"IEND", b"")
    )
    values = read(tmp_path / "a.png").values
    np.testing.assert_array_equal(values[..., 0], (grey / most).astype(np.float32))
    np.testing.assert_array_equal(values[..., 1], grey != level)


def test_a_chunk_that_is_needed_and_unknown_is_no_damage(tmp_path):
    Image.fromarray(ramp()).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    for kind, said in ((b"CgBI", "as iOS packs it"), (b"QqQq", "whose chunk QqQq is needed")):
        (tmp_path / "a.png").write_bytes(content[:33] + chunk(kind, b"") + content[33:])
        with pytest.raises(PictureError, match=f"not supported: a PNG {said}"):
            read(tmp_path / "a.png")


# --- TIFF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("packing", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
def test_luma_and_differences_without_jpeg_are_rgb_in_the_end(tmp_path, packing):
    image = Image.fromarray(ramp()).convert("YCbCr")
    image.save(tmp_path / "a.tif", compression=packing)
    seen = np.rint(read(tmp_path / "a.tif").values * 255)
    assert np.abs(seen - np.asarray(image.convert("RGB"))).max() <= 1  # its tables of whole numbers


@pytest.mark.parametrize("black", [0, 16])
def test_the_weights_and_ends_of_luma_are_the_file_s(tmp_path, black):
    tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")
    ends = (black, 1, 235 if black else 255, 1, 128, 1, 240 if black else 255, 1)
    ends = (*ends, 128, 1, 240 if black else 255, 1)
    tags = [(529, 5, 3, (2126, 10000, 7152, 10000, 722, 10000), True), (532, 5, 6, ends, True)]
    rgb = ramp().astype(np.float64) / 255
    luma = rgb @ [0.2126, 0.7152, 0.0722]
    unit = (240 - 128) / 0.5 if black else 127 / (127 / 255)
    blue, red = (luma - rgb[..., 2]) / (2 * 0.0722 - 2), (luma - rgb[..., 0]) / (2 * 0.2126 - 2)
    if black:  # differences reach from -1/2 to 1/2 of 127 / 255
        blue, red = (part * 255 / 254 for part in (blue, red))
    span = ends[2] - black
    coded = np.stack([black + luma * span, 128 + blue * unit, 128 + red * unit], axis=-1)
    coded = np.rint(np.clip(coded, 0, 255)).astype(np.uint8)
    tifffile.imwrite(
        tmp_path / "a.tif", coded, photometric="ycbcr", extratags=tags, subsampling=(1, 1)
    )
    assert np.abs(read(tmp_path / "a.tif").values - rgb).max() < 2.5 / 255  # three roundings


def test_what_decoders_leave_out_of_a_tiff_is_told(tmp_path):
    tifffile = pytest.importorskip("tifffile", reason="writes the TIFF files to be read")
    curve = tuple(range(0, 65536, 257)) * 3
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp(), photometric="rgb", extratags=[(301, 3, 768, curve, True)])
    assert "its transfer curve (TransferFunction) was left out" in read(path).notes
    inks = np.zeros((6, 5, 4), np.uint8)
    tifffile.imwrite(path, inks, photometric="separated", extratags=[(332, 3, 1, 2, True)])
    with pytest.raises(PictureError, match="not supported: inks that are not CMYK"):
        read(path)


# --- JPEG XL -------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [4, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_white_of_a_jpeg_xl_is_white_at_every_depth(tmp_path, bits, channels):
    codecs = pytest.importorskip("imagecodecs", reason="writes JPEG XL to be read")
    pytest.importorskip("pillow_jxl", reason="reads the profiles of JPEG XL")
    most = 2**bits - 1
    array = RNG.integers(0, most + 1, (9, 13, channels))
    array[0, 0] = most
    kind = np.uint8 if bits <= 8 else np.uint16
    content = codecs.jpegxl_encode(
        np.squeeze(array.astype(kind)), lossless=True, bitspersample=bits
    )
    (tmp_path / "a.jxl").write_bytes(content)
    seen = read(tmp_path / "a.jxl").values
    assert np.abs(seen - array / most).max() <= 0.51 / np.iinfo(kind).max


def test_frames_of_grey_of_a_jpeg_xl(tmp_path):
    codecs = pytest.importorskip("imagecodecs", reason="writes JPEG XL to be read")
    pytest.importorskip("pillow_jxl", reason="reads the profiles of JPEG XL")
    frames = RNG.integers(0, 256, (3, 9, 13)).astype(np.uint8)
    (tmp_path / "a.jxl").write_bytes(codecs.jpegxl_encode(frames, lossless=True))
    picture = read(tmp_path / "a.jxl")
    np.testing.assert_array_equal(np.rint(picture.values[..., 0] * 255), frames[0])
    assert "first of 3 pictures" in picture.notes[0]
    third = read(tmp_path / "a.jxl", page=3).values
    np.testing.assert_array_equal(np.rint(third[..., 0] * 255), frames[2])


# --- HDR, PAM and PFM ----------------------------------------------------------------------------

LINES = ["-Y +X", "-Y -X", "+Y +X", "+Y -X", "+X -Y", "-X -Y", "+X +Y", "-X +Y"]


def radiance(lines, format_="rgbe"):
    """A picture (5, 7) whose lines run so, and what is to be seen: powers of two."""
    seen = 2.0 ** RNG.integers(-3, 4, (5, 7, 3))
    top = np.floor(np.log2(seen.max(axis=2))) + 1
    mantissas = np.floor(seen * 256 / 2.0 ** top[..., None])
    coded = np.concatenate([mantissas, top[..., None] + 128], axis=2).astype(np.uint8)
    across, along = lines.split()
    coded = coded[::-1] if "+Y" in lines else coded
    coded = coded[:, ::-1] if "-X" in lines else coded
    coded = coded.swapaxes(0, 1) if across[1] == "X" else coded
    size = f"{across} {coded.shape[0]} {along} {coded.shape[1]}"
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_{format_}\n\n{size}\n"
    return head.encode() + coded.tobytes(), seen, top


@pytest.mark.parametrize("lines", LINES)
def test_lines_of_a_radiance_picture_run_as_it_says(tmp_path, lines):
    pytest.importorskip("OpenImageIO", reason="light needs the extra `hdr`")
    content, seen, top = radiance(lines)
    (tmp_path / "a.hdr").write_bytes(content)
    values = read(tmp_path / "a.hdr").values
    assert (np.abs(values - seen) <= 2.0 ** (top - 8)[..., None]).all()  # a step, or half of it


def test_light_in_xyz(tmp_path):
    pytest.importorskip("OpenImageIO", reason="light needs the extra `hdr`")
    content, seen, top = radiance("-Y +X", "xyze")
    (tmp_path / "a.hdr").write_bytes(content)
    picture = read(tmp_path / "a.hdr")
    assert (np.abs(picture.values - seen) <= 2.0 ** (top - 8)[..., None]).all()
    assert "XYZ with linear light" in picture.notes[0]


def test_a_pam_says_what_its_channels_are(tmp_path):
    def pam(kind, end="\n"):
        lines = ("P7", "WIDTH 2", "HEIGHT 1", "DEPTH 4", "MAXVAL 255", kind, "ENDHDR", "")
        return end.join(lines).encode() + bytes(range(8))

    for end in ("\n", "\r\n"):
        (tmp_path / "a.pam").write_bytes(pam("TUPLTYPE RGB_ALPHA", end))
        seen = np.rint(read(tmp_path / "a.pam").values * 255)
        np.testing.assert_array_equal(seen.ravel(), range(8))
    (tmp_path / "a.pam").write_bytes(pam("TUPLTYPE CMYK"))
    with pytest.raises(PictureError, match="not supported: a PAM of CMYK"):
        read(tmp_path / "a.pam")


def test_the_scale_of_a_pfm_is_told(tmp_path):
    for scale in ("-1.0", "-2.5"):
        head = f"PF\n1 1\n{scale}\n".encode()
        (tmp_path / "a.pfm").write_bytes(head + np.ones(3, "<f4").tobytes())
        told = () if scale == "-1.0" else ("its scale of 2.5 was left out",)
        assert read(tmp_path / "a.pfm").notes == told


# --- BMP -----------------------------------------------------------------------------------------


def bmp(rows, width, height, bits, packing=0, *, palette=b"", masks=b"", size=40):
    """Rows of a BMP as they stand in the file, behind its headers."""
    head = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, packing, len(rows), 0, 0, 0, 0)
    head += masks if size == 40 else masks.ljust(size - 40, b"\0")
    at = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(rows), 0, 0, at) + head + palette + rows


def lines(array):
    """Rows from the lowest, each filled up to four bytes."""
    rows = [row.tobytes() for row in array[::-1]]
    return b"".join(row + bytes(-len(row) % 4) for row in rows)


@pytest.mark.parametrize("from_top", [False, True])
@pytest.mark.parametrize(
    ("bits", "widths"),
    [
        (16, (5, 5, 5, 1)),
        (16, (4, 4, 4, 4)),
        (16, (5, 6, 5, 0)),
        (16, (5, 5, 5, 0)),
        (32, (10, 10, 10, 2)),
        (32, (8, 8, 8, 8)),
        (32, (10, 11, 11, 0)),
    ],
)
def test_masks_of_a_bmp(tmp_path, bits, widths, from_top):
    channels = 4 if widths[3] else 3
    most = np.array([2**width - 1 for width in widths[:channels]])
    array = RNG.integers(0, most + 1, (6, 5, channels))
    shifts = [sum(widths[k + 1 : 3]) for k in range(3)] + [sum(widths[:3])]
    coded = sum(array[..., k] << shifts[k] for k in range(channels))
    masks = [(2 ** widths[k] - 1) << shifts[k] for k in range(4)]
    rows = np.asarray(coded).astype("<u2" if bits == 16 else "<u4")
    content = bmp(
        lines(rows[::-1] if from_top else rows),
        5,
        -6 if from_top else 6,
        bits,
        3,
        masks=struct.pack("<4I", *masks),
        size=56,
    )
    (tmp_path / "a.bmp").write_bytes(content)
    picture = read(tmp_path / "a.bmp")
    np.testing.assert_array_equal(picture.values, (array / most).astype(np.float32))
    assert picture.notes == ()
    (tmp_path / "a.bmp").write_bytes(content[:-13])
    with pytest.raises(PictureError, match=r"rows are there.*--partial"):
        read(tmp_path / "a.bmp")
    part = read(tmp_path / "a.bmp", partial=True)
    np.testing.assert_array_equal(part.values[part.known], picture.values[part.known])
    assert 0 < part.known.mean() < 1


def test_alpha_of_a_bmp_that_is_nowhere_is_none(tmp_path):
    array = RNG.integers(0, 256, (6, 5, 4)).astype(np.uint8)
    array[..., 3] = 0
    masks = struct.pack("<4I", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    (tmp_path / "a.bmp").write_bytes(bmp(lines(array), 5, 6, 32, 3, masks=masks, size=56))
    picture = read(tmp_path / "a.bmp")
    np.testing.assert_array_equal(np.rint(picture.values * 255), array[..., :3])
    assert picture.notes == ("its alpha is 0 everywhere, and was left out",)


PALETTE = RNG.integers(0, 256, (256, 3)).astype(np.uint8)


def entries(count):
    return b"".join(bytes((*colour[::-1], 0)) for colour in PALETTE[:count])


def test_rows_of_a_bmp_may_end_early_and_pass_over_pixels(tmp_path):
    runs = bytes([5, 7, 0, 4, 1, 2, 3, 4, 0, 0, 0, 2, 3, 1, 2, 9, 0, 0, 3, 8, 0, 1])
    (tmp_path / "a.bmp").write_bytes(bmp(runs, 9, 4, 8, 1, palette=entries(256)))
    index = np.zeros((4, 9), int)
    index[3], index[1, 3:5], index[0, :3] = [7] * 5 + [1, 2, 3, 4], 9, 8
    picture = read(tmp_path / "a.bmp")
    np.testing.assert_array_equal(np.rint(picture.values * 255), PALETTE[index])
    assert "22 pixels that it passes over" in picture.notes[0]
    (tmp_path / "a.bmp").write_bytes(bmp(runs[:10], 9, 4, 8, 1, palette=entries(256)))
    with pytest.raises(PictureError, match=r"damaged or cut short .1 of its 4 rows"):
        read(tmp_path / "a.bmp")


def test_runs_of_two_colours(tmp_path):
    runs = bytes([5, 0x71, 0, 4, 0x12, 0x34, 0, 0, 3, 0x88, 0, 1])
    (tmp_path / "a.bmp").write_bytes(bmp(runs, 9, 2, 4, 2, palette=entries(16)))
    index = np.array([[8, 8, 8] + [0] * 6, [7, 1, 7, 1, 7, 1, 2, 3, 4]])
    seen = np.rint(read(tmp_path / "a.bmp").values * 255)
    np.testing.assert_array_equal(seen, PALETTE[index])


def test_four_colours(tmp_path):
    index = RNG.integers(0, 4, (6, 5))
    (tmp_path / "a.bmp").write_bytes(bmp(lines(packed(index, 2)), 5, 6, 2, palette=entries(4)))
    seen = np.rint(read(tmp_path / "a.bmp").values * 255)
    np.testing.assert_array_equal(seen, PALETTE[index])


# --- PNM -----------------------------------------------------------------------------------------


def pam(depth, kind, body):
    kind = f"TUPLTYPE {kind}\n" if kind else ""
    head = f"P7\nWIDTH 1\nHEIGHT 1\nDEPTH {depth}\nMAXVAL 255\n{kind}ENDHDR\n"
    return head.encode() + body


@pytest.mark.parametrize(
    ("depth", "kind", "seen", "said"),
    [
        (4, "RGB", 3, "1 further channel was left out"),
        (4, "RGB_ALPHA", 4, ""),
        (4, "", 4, "not named, and was taken as alpha"),
        (2, "GRAYSCALE", 1, "1 further channel was left out"),
        (2, "", 2, "not named, and was taken as alpha"),
        (3, "GRAYSCALE_ALPHA", 2, "1 further channel was left out"),
    ],
)
def test_channels_of_a_pam_that_are_not_named(tmp_path, depth, kind, seen, said):
    (tmp_path / "a.pam").write_bytes(pam(depth, kind, bytes(range(depth))))
    picture = read(tmp_path / "a.pam")
    np.testing.assert_array_equal(np.rint(picture.values[0, 0] * 255), range(seen))
    assert picture.colour.alpha == (seen in (2, 4))
    assert said in "; ".join(picture.notes)
    assert bool(picture.notes) == bool(said)


def test_a_pam_of_too_few_channels(tmp_path):
    (tmp_path / "a.pam").write_bytes(pam(3, "RGB_ALPHA", bytes(3)))
    with pytest.raises(PictureError, match="too few for RGB_ALPHA"):
        read(tmp_path / "a.pam")


def test_a_return_and_a_line_feed_end_a_header_where_a_byte_is_left_over(tmp_path):
    path = tmp_path / "a.pnm"
    path.write_bytes(b"P6\r\n2 1\r\n255\r\n" + bytes(range(6)))
    np.testing.assert_array_equal(np.rint(read(path).values.ravel() * 255), range(6))
    path.write_bytes(b"P6\n2 1\n255\r" + bytes([10, 1, 2, 3, 4, 5]))  # a level of 10
    assert np.rint(read(path).values.ravel() * 255)[0] == 10
    light = np.arange(6, dtype="<f4") / 8
    path.write_bytes(b"PF\r\n2 1\r\n-1.0\r\n" + light.tobytes())
    np.testing.assert_array_equal(read(path).values.ravel(), light)


def test_the_gamma_of_a_radiance_picture_is_told(tmp_path):
    pytest.importorskip("OpenImageIO", reason="reads Radiance HDR")
    for gamma in ("1.0", "2.2"):
        head = f"#?RGBE\nFORMAT=32-bit_rle_rgbe\nGAMMA={gamma}\n\n-Y 1 +X 2\n".encode()
        (tmp_path / "a.hdr").write_bytes(head + bytes([128, 64, 32, 129] * 2))
        assert bool(read(tmp_path / "a.hdr").notes) == (gamma == "2.2")
