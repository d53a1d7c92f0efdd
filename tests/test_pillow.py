"""The plug-in of Pillow: other programs open field files like pictures."""

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

import redraw.pillow  # noqa: F401 (what is under test registers itself)
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
        assert image.drawn((88, 60)).size == (88, 60)
        image.draft("RGB", (22, 15))
        assert image.size == (22, 15)
        assert np.asarray(image).shape == (15, 22, 3)


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
