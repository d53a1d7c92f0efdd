"""The plug-in of Pillow: other programs open field files like pictures."""

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

import redraw
import redraw.pillow
from redraw.coding.analysis import Analysis
from redraw.coding.picture import pixels_of, planes_of
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.coded_file import chunks_of_picture, default_colour
from redraw.storage.container import packed


def written(path, channels=3, colour=None):
    y, x, c = np.mgrid[:30, :44, :channels]
    pixels = np.rint(255 * (0.5 + 0.4 * np.sin(x / 6 + c) * np.cos(y / 5))).astype(np.uint16)
    if channels == 4:
        pixels[..., 3] = 255
    coded = Analysis.of(pixels, 8).coded(20_000, threads=1)
    about = About((44, 30), colour or default_colour(channels, 8))
    path.write_bytes(packed(chunks_of_picture(coded, about)))
    return pixels_of(coded.about, planes_of(coded))


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_it_opens_like_any_picture(tmp_path, channels, mode):
    wanted = written(tmp_path / "x.redraw", channels)
    with Image.open(tmp_path / "x.redraw") as image:
        assert (image.format, image.mode, image.size) == ("REDRAW", mode, (44, 30))
        made = np.asarray(image).reshape(30, 44, channels)
    assert np.abs(made.astype(int)[..., :3] - wanted[..., :3]).max() <= (1 if channels == 4 else 0)


def test_it_is_drawn_at_other_sizes(tmp_path):
    written(tmp_path / "x.redraw")
    with Image.open(tmp_path / "x.redraw") as image:
        assert isinstance(image, redraw.pillow.RedrawImageFile)
        assert image.drawn((88, 60)).size == (88, 60)
        image.draft("RGB", (22, 15))
        assert image.size == (22, 15)
        assert np.asarray(image).shape == (15, 22, 3)


@pytest.mark.parametrize("first_loaded", [False, True])
def test_resize_asks_the_field(tmp_path, first_loaded):
    """The whole of it and a part, by whatever filter, with what the file tells besides."""
    written(tmp_path / "x.redraw", colour=Colour("rgb", icc=b"profile"))
    field = redraw.load(tmp_path / "x.redraw")
    wanted = np.rint(255 * np.clip(field.render(132, 90).values, 0, 1))
    with Image.open(tmp_path / "x.redraw") as image:
        if first_loaded:
            image.load()
        large = image.resize((132, 90), Image.Resampling.LANCZOS)
        assert np.abs(np.asarray(large) - wanted).max() <= 1
        assert large.info["icc_profile"] == b"profile"
        part = image.resize((60, 30), box=(11, 10, 31, 20))
        assert np.abs(np.asarray(part) - wanted[30:60, 33:93]).max() <= 1
        image.draft(None, (22, 15))
        half = image.resize((60, 30), box=(5.5, 5, 15.5, 10)) if not first_loaded else part
        assert np.array_equal(np.asarray(half), np.asarray(part))


def test_a_thumbnail_is_drawn(tmp_path):
    written(tmp_path / "x.redraw")
    field = redraw.load(tmp_path / "x.redraw")
    with Image.open(tmp_path / "x.redraw") as image:
        image.thumbnail((22, 22))
        assert image.size == (22, 15)
        wanted = np.rint(255 * np.clip(field.render(22, 15).values, 0, 1))
        assert np.abs(np.asarray(image) - wanted).max() <= 1


def test_pixels_that_were_changed_are_what_is_resized(tmp_path):
    written(tmp_path / "x.redraw")
    with Image.open(tmp_path / "x.redraw") as image:
        image.paste((255, 0, 0), (0, 0, 44, 30))
        assert image.resize((88, 60)).getcolors() == [(88 * 60, (255, 0, 0))]
    with Image.open(tmp_path / "x.redraw") as image:
        plain = np.asarray(image).repeat(2, 0).repeat(2, 1)
        assert np.array_equal(np.asarray(image.resize((88, 60), Image.Resampling.NEAREST)), plain)


def test_the_profile_comes_along(tmp_path):
    written(tmp_path / "x.redraw", colour=Colour("rgb", icc=b"profile"))
    with Image.open(tmp_path / "x.redraw") as image:
        assert image.info["icc_profile"] == b"profile"


def test_damage_is_refused(tmp_path):
    written(tmp_path / "x.redraw")
    data = (tmp_path / "x.redraw").read_bytes()
    (tmp_path / "x.redraw").write_bytes(data[:-20])
    with pytest.raises(UnidentifiedImageError):
        Image.open(tmp_path / "x.redraw")
