"""Whatever a PNG or JPEG says of how it looks is honoured, kept and written back, or noted."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.files import chunk, png, ramp

from redraw.errors import PictureError
from redraw.signals import read, write
from redraw.signals.picture.coding import Coding


def refusal(path, **options):
    with pytest.raises(PictureError) as error:
        read(path, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


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
    # Of 1,000 columns not one row is there: who asked for a part is not told to ask for it again.
    head = struct.pack(">IIBBBBB", 1000, 1000, 8, 2, 0, 0, 0)
    short = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100))
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + short + chunk(b"IEND", b""))
    assert refusal(tmp_path / "a.png", partial=True).endswith("; get a whole copy")


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


def test_any_picture_of_an_mpo(tmp_path):
    images = [Image.fromarray(np.roll(ramp(48, 64), 8 * k, axis=1)) for k in range(3)]
    options = {"quality": 95, "subsampling": 0}
    images[0].save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=images[1:], **options
    )  # as stereo cameras do
    (note,) = read(tmp_path / "a.jpg").notes
    assert note == "the first of 3 pictures in it was taken; --page N takes another"
    for page, image in enumerate(images, 1):
        image.save(tmp_path / "b.png")
        image.save(tmp_path / "b.jpg", **options)
        picture = read(tmp_path / "a.jpg", page=page)
        np.testing.assert_array_equal(picture.values, read(tmp_path / "b.jpg").values)
        assert picture.notes == ()
    assert "--page takes 1 to 3, not 4" in refusal(tmp_path / "a.jpg", page=4)


def test_kinds_of_jpeg_that_are_not_read_are_named(tmp_path):
    content = bytearray(jpeg())
    at = content.index(b"\xff\xc0")
    for marker, bits, said in ((0xC3, 8, "lossless JPEG"), (0xC0, 12, "JPEG of 12 bits")):
        content[at + 1], content[at + 4] = marker, bits
        (tmp_path / "a.jpg").write_bytes(bytes(content))
        message = refusal(tmp_path / "a.jpg")
        assert f"not supported: {said}" in message
        assert "damaged" not in message


# --- JPEG: a height that is told behind the pixels -----------------------------------------------


def with_height_behind(data, height):
    """A sequential JPEG whose frame has no height, with it in a marker after its scan (DNL)."""
    at, told = data.index(b"\xff\xc0") + 5, height.to_bytes(2)
    assert data[at : at + 2] == told
    return data[:at] + bytes(2) + data[at + 2 : -2] + b"\xff\xdc\0\4" + told + data[-2:]


def test_a_height_behind_the_pixels_is_that_of_the_picture(tmp_path):
    file = io.BytesIO()
    Image.fromarray(ramp()).save(file, "JPEG", quality=95)
    data = file.getvalue()
    (tmp_path / "a.jpg").write_bytes(with_height_behind(data, len(ramp())))
    decoded = np.asarray(Image.open(io.BytesIO(data))) / np.float32(255)  # of the usual file
    picture = read(tmp_path / "a.jpg")
    np.testing.assert_array_equal(picture.values, decoded)
    assert picture.notes == ()
    nowhere = data.replace(len(ramp()).to_bytes(2) + ramp().shape[1].to_bytes(2), bytes(2) + b"\0@")
    (tmp_path / "b.jpg").write_bytes(nowhere)
    assert "its height is told neither at its start nor behind" in refusal(tmp_path / "b.jpg")
    (tmp_path / "c.jpg").write_bytes(with_height_behind(data, len(ramp()))[:-2])
    assert read(tmp_path / "c.jpg").size == picture.size  # the last marker is missed by no pixel
