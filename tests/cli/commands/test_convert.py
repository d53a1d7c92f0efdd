"""`redraw convert`: floats, whole numbers, pictures."""

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms, ImageOps

import redraw as package
from redraw.cli.commands.convert import app
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.container import container_of
from redraw.storage.field_file import save_field


@pytest.fixture
def network(tmp_path):
    field = Field.build(FieldConfig(hidden=(12, 12), output="sigmoid"), seed=1)
    save_field(tmp_path / "net.redraw", field, About((20, 15), Colour("grey", depth=8)))
    return tmp_path / "net.redraw"


def test_a_network_there_and_back(redraw, network, tmp_path, monkeypatch):
    monkeypatch.setattr("redraw.fitting.result.whole_learning.STEPS", 3)
    whole, back = tmp_path / "whole.redraw", tmp_path / "back.redraw"
    assert redraw("convert", network, whole).code == 0
    assert container_of(whole) is not None
    assert redraw("convert", whole, back).code == 0
    assert container_of(back) is None
    drawn = [package.load(path).render().values for path in (network, back)]
    assert np.abs(drawn[0] - drawn[1]).max() < 0.01


def test_a_field_without_a_network_becomes_a_coded_picture(redraw, tmp_path):
    config = FieldConfig(
        channels=3, hidden=(), bias=False, encoding=SplineConfig(width=24, height=16, planes=3)
    )
    path, out = tmp_path / "old.redraw", tmp_path / "new.redraw"
    save_field(path, Field.build(config), About((24, 16), Colour("rgb", depth=8)))
    done = redraw("convert", path, out, "--psnr", "40")
    assert done.code == 0, done.err
    assert container_of(out) is not None
    assert redraw("convert", out, tmp_path / "new.png").code == 0
    assert package.read(tmp_path / "new.png").size == (24, 16)
    assert "no floats" in redraw("convert", out, tmp_path / "floats.redraw").err


def test_refusals(redraw, network, tmp_path):
    assert "of field files" in redraw("convert", network, tmp_path / "a.png", "--bytes", "1k").err
    assert "photographs" in redraw("convert", network, tmp_path / "a.redraw", "--psnr", "40").err


def told(path):
    """What Pillow reads: pixels, size, profile, EXIF data."""
    with Image.open(path) as image:
        image.load()
        return np.asarray(image, float), image.size, image.info.get("icc_profile"), image.getexif()


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A JPEG that was held sideways, with a profile, and who made it; and its field."""
    y, x = np.mgrid[:30, :44]
    waves = np.stack([127 + 90 * np.sin(x / 9 + c) * np.cos(y / 7) for c in range(3)], -1)
    path = tmp_path_factory.mktemp("photo") / "a.jpg"
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "somebody"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(waves.astype(np.uint8)).save(
        path, quality=95, exif=exif, icc_profile=profile, dpi=(300, 300)
    )
    package.fit(path, psnr=44, output=path.with_suffix(".redraw"))
    return path


@pytest.mark.parametrize("ending", ["png", "jpg", "avif", "webp", "tif"])
def test_a_picture_has_the_profile_and_stands_upright(redraw, photo, tmp_path, ending):
    """EXIF data that turned it once would turn it twice; other EXIF data no field file has."""
    out = tmp_path / f"a.{ending}"
    done = redraw("convert", photo.with_suffix(".redraw"), out)
    assert done.code == 0, done.err
    pixels, size, profile, exif = told(out)
    with Image.open(photo) as original:
        upright = np.asarray(ImageOps.exif_transpose(original), float)
        assert profile == original.info["icc_profile"]
    assert size == (30, 44)
    assert np.mean((pixels - upright) ** 2) < 255**2 / 10**3.5
    assert exif.get(ExifTags.Base.Orientation, 1) == 1
    assert ExifTags.Base.Artist not in exif


def test_what_a_field_file_has_not_is_said():
    said = " ".join(app.help_epilogue.split())
    for name in ("EXIF", "XMP", "resolution", "not in a field file"):
        assert name in said


@pytest.mark.parametrize(("ending", "depth"), [("png", 16), ("avif", 8), ("webp", 8)])
def test_a_picture_has_its_alpha_and_the_depth_that_the_format_has(redraw, tmp_path, ending, depth):
    y, x = np.mgrid[:20, :26]
    alpha = (np.hypot(x - 12, y - 9) < 8) * 65535
    values = np.stack([x * 2400, y * 3000, 60000 - x * 2000, alpha], -1).astype(np.uint16)
    field, out = tmp_path / "a.redraw", tmp_path / f"a.{ending}"
    package.fit(values, model="wavelet", psnr=60, output=field)
    assert redraw("convert", field, out).code == 0
    again = package.read(out)
    assert again.colour.alpha
    assert again.colour.depth == depth
    assert np.abs(again.values[..., 3] - alpha / 65535).max() < 0.02
