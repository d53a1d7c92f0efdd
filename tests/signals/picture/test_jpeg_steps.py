"""What JPEG files say of their steps, beside what Pillow says of the same bytes."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.test_jpeg_traces import levels

from redraw.signals.picture import jpeg_file
from redraw.signals.picture.footprints import Footprint, estimated, named
from redraw.signals.picture.jpeg_steps import JpegSteps
from redraw.signals.picture.reading import read

# As editors write them: no multiple of the library's.
UNUSUAL = [[1 + (3 * i) % 17 for i in range(64)], [2 + (5 * i) % 23 for i in range(64)]]


def written(mode="RGB", **options):
    """A page of discs, tinted, as the bytes of a JPEG."""
    file, grey = io.BytesIO(), levels()
    colours = np.stack([grey, 255 - grey // 2, grey // 2 + 60], 2)
    Image.fromarray(colours).convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("quality", [1, 37, 75, 93, 100])
@pytest.mark.parametrize(
    ("subsampling", "halved"), [(0, (False, False)), (1, (True, False)), (2, (True, True))]
)
def test_tables_and_halving_are_the_file_s(quality, subsampling, halved):
    data = written(quality=quality, subsampling=subsampling)
    steps = jpeg_file.scan(data).steps
    assert (steps.quality, steps.halved, steps.own) == (quality, halved, b"")
    theirs = Image.open(io.BytesIO(data)).quantization
    for own, table in zip(steps.tables, (theirs[0], theirs[1]), strict=True):
        assert own.ravel().tolist() == list(table)


def test_tables_of_its_own_are_kept_and_have_a_short_name():
    steps = jpeg_file.scan(written(qtables=UNUSUAL)).steps
    assert [table.ravel().tolist() for table in steps.tables] == UNUSUAL
    footprint = named(str(Footprint("jpeg", steps=steps)))
    assert footprint.steps == steps
    assert named(str(footprint.brief)).steps == JpegSteps(steps.quality)


def test_a_grey_one_has_a_quality():
    assert jpeg_file.scan(written("L", quality=75)).steps == JpegSteps(75)


@pytest.mark.parametrize("bad", [{"keep_rgb": True}, {"mode": "CMYK"}])
def test_others_say_nothing(bad):
    assert jpeg_file.scan(written(**bad)).steps is None


@pytest.mark.parametrize("text", ["", "0", "101", "75/", "75/433", "abc", "a" * 205])
def test_what_is_no_name(text):
    assert JpegSteps.named(text) is None


def test_a_picture_carries_them_and_pixels_bear_them_out(tmp_path):
    path = tmp_path / "page.jpg"
    path.write_bytes(written(quality=75, subsampling=0))
    picture = read(path)
    assert picture.footprint == "jpeg:75/444"
    assert str(estimated(picture.values, picture.footprint)) == "jpeg:75/444"
    assert estimated(picture.values[3:, 5:], picture.footprint).kind != "jpeg"
    turned = Image.open(path)
    turned.getexif()[0x0112] = 6
    turned.save(path, "JPEG", quality=75, exif=turned.getexif())
    assert read(path).footprint == ""
