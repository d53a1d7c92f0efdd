"""`redraw fit --lossless`: the exact picture and a field in one file."""

import numpy as np
import pytest
from PIL import Image, ImageCms

import redraw as package


@pytest.fixture
def picture(tmp_path):
    """A cut-out with a profile, soft edges, and colours where nothing is seen. (40, 60, 4) uint8"""
    y, x, c = np.mgrid[:40, :60, :4]
    values = 128 + 90 * np.sin(x / 6 + c) * np.cos(y / 5)
    values += np.random.default_rng(0).normal(0, 6, values.shape)
    values[..., 3] = 60 * (14 - np.hypot(x - 30, y - 20)[..., 3])
    pixels = np.clip(values, 0, 255).astype(np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(pixels).save(tmp_path / "cut.png", icc_profile=profile)
    return pixels, profile


def test_a_picture_goes_through_its_field_to_the_bit(redraw, tmp_path, picture):
    pixels, profile = picture
    assert (pixels[..., 3] == 0).any()
    assert redraw("fit", "cut.png", "--lossless").code == 0
    assert "exact pixels" in redraw("info", "cut.redraw").out
    assert redraw("convert", "cut.redraw", "back.png").code == 0
    with Image.open(tmp_path / "back.png") as back:
        assert np.array_equal(np.array(back), pixels)
        assert back.info["icc_profile"] == profile
    assert "infinite: they are equal" in redraw("diff", "cut.png", "cut.redraw").out
    # A part of it at its own size is the same pixels.
    assert redraw("render", "cut.redraw", "part.png", "--region", "7,5,50,33").code == 0
    with Image.open(tmp_path / "part.png") as part:
        assert np.array_equal(np.array(part), pixels[5:33, 7:50])
    # Larger, it is as smooth as ever: no colour of what is not seen comes in.
    larger = package.load(tmp_path / "cut.redraw").render(scale=2).values
    assert larger[:4, :4, 3].max() < 1e-3
    # What the page holds is without them, as near as photographs are.
    assert redraw("export", "cut.redraw", "cut.html").code == 0


def test_near_lossless_keeps_its_bound_and_takes_fewer_bytes(redraw, tmp_path, picture):
    pixels, _ = picture
    assert redraw("fit", "cut.png", "--near-lossless", "3", "-o", "near.redraw").code == 0
    assert redraw("fit", "cut.png", "--lossless", "--run", "b.run").code == 0
    assert "off by at most 3" in redraw("info", "near.redraw").out
    redraw("render", "near.redraw", "near.png")
    with Image.open(tmp_path / "near.png") as near:
        missed = np.abs(np.array(near).astype(int) - pixels)
    assert missed[..., 3].max() == 0
    assert 1 <= missed.max() <= 3
    sizes = [(tmp_path / name).stat().st_size for name in ("near.redraw", "cut.redraw")]
    assert sizes[0] < 0.7 * sizes[1]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_in_python(kind, tmp_path):
    most = np.iinfo(kind).max
    pixels = np.random.default_rng(3).integers(0, most + 1, (9, 14), kind)
    field = package.fit(pixels, lossless=True)
    field.save(tmp_path / "a.redraw")
    again = package.load(tmp_path / "a.redraw")
    again.save(tmp_path / "b.redraw")
    assert np.array_equal(np.rint(again.render().values[..., 0] * most), pixels)
    assert (tmp_path / "a.redraw").read_bytes() == (tmp_path / "b.redraw").read_bytes()
    near = package.fit(pixels, lossless=2).render().values[..., 0] * most
    assert np.abs(near - pixels).max() < 2.1


def test_the_field_is_the_spline_of_the_exact_averages():
    """The definition and the fast drawing, between the pixels."""
    import torch

    pixels = np.random.default_rng(4).integers(0, 256, (9, 14, 3), np.uint8)
    field = package.fit(pixels, lossless=True)
    fine = field.render(scale=8).values.reshape(9, 8, 14, 8, 3)
    # Clipping apart, means over a pixel's square are the pixel: 8 positions stand for the square.
    inside = (fine.min((1, 3)) > 0) & (fine.max((1, 3)) < 1)
    assert inside.any()
    missed = np.abs(fine.mean((1, 3)) - pixels / 255.0)[inside]
    assert missed.max() < 0.01
    xy = torch.rand(50, 2) * 2 - 1
    from redraw.fitting.result.fitted import open_drawer

    drawn = open_drawer(field).values(xy.numpy())
    assert np.allclose(drawn, field(xy).detach().numpy(), atol=2e-5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--lossless", "--near-lossless", "2"), "were both given"),
        (("--near-lossless", "-1"), "--near-lossless is -1"),
        (("--near-lossless", "900"), "accepted: true, and 0 to 255 levels"),
        (("--lossless", "--bytes", "9k"), "bytes and exact pixels were both asked for"),
        (("--lossless", "--model", "siren"), "leave out lossless"),
    ],
)
def test_what_cannot_be_is_refused(redraw, picture, options, said):
    refused = redraw("fit", "cut.png", *options)
    assert refused.code in (1, 2)
    assert said in refused.complaint


def test_light_has_no_levels():
    from redraw.errors import UsageError

    with pytest.raises(UsageError, match="not in whole levels"):
        package.fit(np.linspace(0, 900, 64, dtype=np.float32).reshape(8, 8) + 0.5, lossless=True)
