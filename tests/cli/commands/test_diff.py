"""`redraw diff`, against scikit-image."""

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from tests.signals.picture.files import exr

from redraw import load, read


@pytest.fixture
def pair(tmp_path):
    """Two noisy colour pictures of 24 x 16, as arrays; on the disk a.png and b.png."""
    random = np.random.default_rng(0)
    a = random.integers(0, 256, (16, 24, 3)).astype(np.uint8)
    b = np.clip(a.astype(int) + random.integers(-30, 31, a.shape), 0, 255).astype(np.uint8)
    Image.fromarray(a).save(tmp_path / "a.png")
    Image.fromarray(b).save(tmp_path / "b.png")
    return a, b


def test_numbers_agree_with_scikit_image(redraw, pair):
    a, b = pair
    (found,) = redraw("diff", "a.png", "b.png", "--json").objects
    assert found["psnr"] == pytest.approx(peak_signal_noise_ratio(a, b))
    ssim = structural_similarity(
        *(a / 255, b / 255),
        gaussian_weights=True,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=2,
    )
    assert found["ssim"] == pytest.approx(ssim, abs=1e-3)
    assert found["max_error"] == pytest.approx(np.abs(a.astype(int) - b).max() / 255)
    assert found["iou"] is None
    assert found["size"] == [24, 16]


def test_people_read_the_same(redraw, pair):
    lines = redraw("diff", "a.png", "b.png").out.splitlines()
    assert lines[0] == "a.png and b.png: 24 × 16"
    assert [line.split("  ")[1] for line in lines[1:]] == ["PSNR", "SSIM", "largest error"]


def test_equal_pictures(redraw, pair):
    assert "infinite: they are equal" in redraw("diff", "a.png", "a.png").out
    (found,) = redraw("diff", "a.png", "a.png", "--json").objects
    assert (found["psnr"], found["ssim"], found["max_error"]) == (None, 1.0, 0.0)


def test_drawings_are_compared_by_their_ink(redraw, picture, tmp_path):
    values = np.asarray(Image.open(picture)).copy()
    values[2, 2] = 255  # one of the nine pixels of ink is gone
    Image.fromarray(values).save(tmp_path / "less.png")
    ink = int((np.asarray(Image.open(picture)) < 128).sum())
    (found,) = redraw("diff", picture, "less.png", "--json").objects
    assert found["iou"] == pytest.approx((ink - 1) / ink)
    assert "IoU of ink" in redraw("diff", picture, "less.png").out


def test_the_map_shows_where(redraw, tmp_path):
    a, b = np.zeros((2, 9, 12), np.uint8)
    b[4, 5] = 100
    Image.fromarray(a).save(tmp_path / "a.png")
    Image.fromarray(b).save(tmp_path / "b.png")
    done = redraw("diff", "a.png", "b.png", "--map", "map.png")
    assert "map.png: yellow is an error of 0.392" in done.out
    bright = read("map.png").values.sum(axis=-1)
    assert np.unravel_index(bright.argmax(), bright.shape) == (4, 5)
    assert redraw("diff", "a.png", "b.png", "--map", "map.png").code == 1
    assert redraw("diff", "a.png", "b.png", "--map", "map.png", "--force").code == 0


def test_a_field_is_drawn_at_the_size_of_the_picture(redraw, fitted):
    (found,) = redraw("diff", "tiny.png", "tiny.redraw", "--json").objects
    assert found["psnr"] == pytest.approx(load("tiny.redraw").made["psnr"], abs=0.05)
    redraw("render", "tiny.redraw", "large.tif", "--scale", 3, "--depth", 16)
    (found,) = redraw("diff", "tiny.redraw", "large.tif", "--json").objects
    assert found["psnr"] > 80
    assert redraw("diff", "tiny.redraw", "tiny.redraw").out.count("infinite") == 1


def test_grey_and_colour_opaque_and_alpha_can_be_compared(redraw, tmp_path):
    grey = np.random.default_rng(0).integers(0, 256, (12, 12), np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(grey).convert("RGB").save(tmp_path / "rgb.png")
    Image.fromarray(grey).convert("RGBA").save(tmp_path / "rgba.png")
    for one, other in (("grey", "rgb"), ("rgb", "rgba"), ("rgba", "grey")):
        assert "equal" in redraw("diff", f"{one}.png", f"{other}.png").out


def test_two_depths_can_be_compared(redraw, tmp_path):
    deep = np.random.default_rng(0).integers(0, 2**16, (12, 12)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray((deep // 257).astype(np.uint8)).save(tmp_path / "flat.png")
    (found,) = redraw("diff", "deep.png", "flat.png", "--json").objects
    assert 45 < found["psnr"] < 60
    assert found["max_error"] < 1 / 255


def test_holes_of_a_table_do_not_count(redraw, tmp_path):
    (tmp_path / "a.csv").write_text("x,y,pixel_value\n0,0,10\n1,0,20\n1,1,40\n")
    (tmp_path / "b.csv").write_text("x,y,pixel_value\n0,0,10\n0,1,99\n1,1,40\n")
    (found,) = redraw("diff", "a.csv", "b.csv", "--json").objects
    assert found["psnr"] is None


def test_other_sizes_are_refused_by_name_and_size(redraw, pair, picture):
    refused = redraw("diff", "a.png", picture)
    assert refused.code == 1
    assert "a.png has 24x16 pixels" in refused.complaint
    assert "8x8" in refused.complaint
    assert "resize one of them" in refused.complaint


@pytest.mark.parametrize("other", ["none.png", "none.redraw", "."])
def test_what_can_not_be_opened_is_refused(redraw, pair, other):
    refused = redraw("diff", "a.png", other)
    assert refused.code == 1
    assert "redraw:" not in refused.complaint


def test_light_without_cover_counts(redraw, tmp_path):
    pytest.importorskip("OpenImageIO", reason="the extra hdr is not installed")
    shape = (6, 8)
    one, none = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    cover = none.copy()
    cover[:3] = 1
    glow = 0.5 * one
    glow[:3] = 1.0
    more = glow.copy()
    more[5, 7] = 2.0  # light where alpha is 0
    for name, light in (("a", glow), ("b", more), ("c", glow * cover)):
        exr(tmp_path / f"{name}.exr", {"R": light, "G": light, "B": light, "A": cover})
    assert "equal" in redraw("diff", "a.exr", "a.exr").out
    for other, share in (("b", 1 / 48), ("c", 1 / 2)):
        (found,) = redraw("diff", "a.exr", f"{other}.exr", "--json").objects
        assert found["psnr"] is not None
        assert found["max_error"] > 0.05
        # What differs is the light of so many pixels, in three of four channels.
        squared = 10 ** (-found["psnr"] / 10)
        assert squared <= found["max_error"] ** 2 * share * 0.75 * (1 + 1e-4)
    (found,) = redraw("diff", "a.exr", "b.exr", "--json").objects
    assert 10 ** (-found["psnr"] / 10) == pytest.approx(found["max_error"] ** 2 / 48 * 0.75)


def test_light_is_compared_with_light_only(redraw, tmp_path, pair):
    pytest.importorskip("OpenImageIO", reason="the extra hdr is not installed")
    a, _ = pair
    from redraw import Picture

    Picture.from_array(a.astype(np.float32) / 10).save(tmp_path / "a.exr")
    Picture.from_array(a.astype(np.float32) / 11).save(tmp_path / "b.exr")
    assert redraw("diff", "a.exr", "b.exr").code == 0
    assert "equal" in redraw("diff", "a.exr", "a.exr").out
    refused = redraw("diff", "a.exr", "a.png")
    assert refused.code == 1
    assert "HDR" in refused.complaint
