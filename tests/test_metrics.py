import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from redraw.errors import ShapeError, UsageError
from redraw.metrics import Comparison, error_map, iou_of_ink, max_error, psnr, ssim


@pytest.fixture(scope="module")
def pair():
    """A photograph and a noisy copy, (64, 80, 3)."""
    photo = data.astronaut()[40:104, 180:260] / 255.0
    noise = np.random.default_rng(1).normal(scale=0.08, size=photo.shape)
    return photo, np.clip(photo + noise, 0.0, 1.0)


def judge(a, b):
    """SSIM according to scikit-image, with the settings of Wang et al."""
    return structural_similarity(
        a,
        b,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=-1 if a.ndim == 3 else None,
    )


def test_psnr_agrees_with_scikit_image(pair):
    # Both are float64 sums over the same numbers.
    assert psnr(*pair) == pytest.approx(peak_signal_noise_ratio(*pair, data_range=1), abs=1e-10)


def test_psnr_of_a_constant_difference():
    a = np.zeros((5, 7, 3))
    assert psnr(a, a + 0.01) == pytest.approx(40.0, abs=1e-9)
    assert psnr(a, a + 1.0) == pytest.approx(0.0, abs=1e-9)


def test_psnr_of_equal_pictures_is_infinite(pair):
    assert psnr(pair[0], pair[0]) == math.inf


def test_values_outside_the_range_are_clipped():
    black, beyond = np.zeros((2, 2)), np.full((2, 2), 5.0)
    assert psnr(black, beyond) == psnr(beyond, black) == pytest.approx(0.0)
    assert psnr(black, -beyond) == psnr(-beyond, black) == math.inf
    assert max_error(black, np.full((2, 2), np.inf)) == 1.0


def test_psnr_counts_known_pixels_only(pair):
    a, b = pair
    known = np.zeros(a.shape[:2], bool)
    known[10:20, 5:50] = True
    assert psnr(a, b, known=known) == pytest.approx(psnr(a[10:20, 5:50], b[10:20, 5:50]), abs=1e-10)


def test_float32_pictures_are_compared_in_float64():
    a = np.full((300, 300), 0.1, np.float32)
    b = a + np.float32(1e-3)
    difference = float(b[0, 0]) - float(a[0, 0])
    assert psnr(a, b) == pytest.approx(-20.0 * math.log10(difference), abs=1e-9)


@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_ssim_agrees_with_scikit_image(channels):
    grey = data.camera()[100:171, 200:293] / 255.0
    a = grey if channels is None else np.stack([np.roll(grey, k, 0) for k in range(channels)], -1)
    b = np.clip(a + np.random.default_rng(2).normal(scale=0.05, size=a.shape), 0.0, 1.0)
    assert ssim(a, b) == pytest.approx(judge(a, b), abs=1e-10)


@pytest.mark.parametrize("shape", [(11, 11), (11, 40), (12, 13)])
def test_ssim_of_pictures_hardly_larger_than_the_window(shape):
    generator = np.random.default_rng(3)
    a, b = generator.random(shape), generator.random(shape)
    assert ssim(a, b) == pytest.approx(judge(a, b), abs=1e-10)


@pytest.mark.parametrize("shape", [(1, 1), (3, 40), (40, 10), (7, 2, 3)])
def test_ssim_mirrors_sides_shorter_than_the_window(shape):
    # Mirrored on both sides by hand, so that the windows inside are those around every pixel.
    generator = np.random.default_rng(4)
    a, b = generator.random(shape), generator.random(shape)
    margin = [(5, 5) if side < 11 else (0, 0) for side in shape[:2]] + [(0, 0)] * (len(shape) - 2)
    padded = [np.pad(picture, margin, mode="symmetric") for picture in (a, b)]
    assert ssim(a, b) == pytest.approx(judge(*padded), abs=1e-10)


def test_ssim_of_two_constants():
    # Without variance only the comparison of brightness is left (equation 6 of Wang et al.).
    a, b = np.full((20, 20), 0.25), np.full((20, 20), 0.75)
    expected = (2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4)
    assert ssim(a, b) == pytest.approx(expected, abs=1e-9)


def test_ssim_of_equal_pictures(pair):
    assert ssim(pair[0], pair[0]) == pytest.approx(1.0, abs=1e-12)


def test_iou_of_ink():
    a, b = np.ones((10, 10)), np.ones((10, 10))
    a[:, :4] = 0.0  # 40 pixels
    b[:, 2:8] = 0.0  # 60 pixels, 20 of them in common
    assert iou_of_ink(a, b) == pytest.approx(20 / 80)
    assert iou_of_ink(a, a) == 1.0
    assert iou_of_ink(a, 1.0 - a) == 0.0


def test_iou_of_pictures_without_ink():
    assert iou_of_ink(np.ones((3, 3)), np.ones((3, 3))) == 1.0
    assert iou_of_ink(np.ones((3, 3)), np.zeros((3, 3))) == 0.0


def test_iou_has_a_threshold_and_a_mask():
    a, b = np.array([[0.4, 0.6, 0.9]]), np.array([[0.4, 0.3, 0.0]])
    assert iou_of_ink(a, b) == pytest.approx(1 / 3)
    assert iou_of_ink(a, b, threshold=0.7) == pytest.approx(2 / 3)
    assert iou_of_ink(a, b, 0.7, known=[[True, True, False]]) == 1.0


def test_ink_of_a_colour_picture_is_what_is_dark_on_average():
    yellow, blue = np.array([[[1.0, 1.0, 0.0]]]), np.array([[[0.0, 0.0, 1.0]]])
    assert iou_of_ink(blue, blue * 0.5) == 1.0
    assert iou_of_ink(yellow, blue) == 0.0


def test_max_error():
    a, b = np.zeros((4, 5, 3)), np.zeros((4, 5, 3))
    b[2, 3, 1] = 0.7
    assert max_error(a, b) == max_error(b, a) == pytest.approx(0.7)
    known = np.ones((4, 5), bool)
    known[2, 3] = False
    assert max_error(a, b, known=known) == 0.0


def luminance(rgb):
    return rgb @ np.array([0.2126, 0.7152, 0.0722])


def test_error_map_brightens_with_the_error():
    a, b = np.zeros((1, 5, 3)), np.zeros((1, 5, 3))
    b[0, :, 1] = [0.0, 0.1, 0.2, 0.3, 0.4]
    shown = error_map(a, b)
    assert shown.shape == (1, 5, 3)
    assert shown.dtype == np.float32
    assert 0.0 <= shown.min() <= shown.max() <= 1.0
    assert np.all(np.diff(luminance(shown)[0]) > 0.05)
    assert luminance(shown)[0, 0] < 0.01
    assert luminance(shown)[0, -1] > 0.9


def test_error_of_a_pixel_is_its_worst_channels():
    a, b = np.zeros((1, 2, 3)), np.zeros((1, 2, 3))
    b[0, 0], b[0, 1] = [0.0, 0.0, 0.5], 0.5
    shown = error_map(a, b, brightest=1.0)
    assert np.array_equal(shown[0, 0], shown[0, 1])


def test_error_map_on_a_fixed_scale():
    a, b = np.zeros((1, 2)), np.array([[0.2, 0.4]])
    full, wide = error_map(a, b), error_map(a, b, brightest=0.8)
    assert np.array_equal(wide[0, 1], full[0, 0])  # .4 of .8, .2 of .4
    assert np.array_equal(error_map(a, b, brightest=0.1)[0, 0], full[0, 1])


def test_error_map_of_equal_pictures_is_black():
    assert error_map(np.ones((3, 4)), np.ones((3, 4))).max() < 0.02


def test_error_map_shows_unknown_pixels_in_grey():
    a, b = np.zeros((1, 3)), np.array([[0.2, 1.0, 0.1]])
    shown = error_map(a, b, known=[[True, False, True]])
    assert np.allclose(shown[0, 1], 0.5)
    assert luminance(shown)[0, 0] > 0.9  # the largest error among the known ones


@pytest.mark.parametrize("compare", [psnr, ssim, iou_of_ink, max_error, error_map])
def test_what_is_refused(compare):
    with pytest.raises(ShapeError, match=r"\(2, 3\).*\(3, 2\)"):
        compare(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ShapeError, match=r"\(4,\)"):
        compare(np.zeros(4), np.zeros(4))
    with pytest.raises(ShapeError, match=r"\(0, 3\)"):
        compare(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(UsageError, match="uint8"):
        compare(np.zeros((2, 2), np.uint8), np.zeros((2, 2), np.uint8))


@pytest.mark.parametrize("compare", [psnr, iou_of_ink, max_error, error_map])
def test_masks_that_are_refused(compare):
    a = np.zeros((2, 3, 1))
    with pytest.raises(ShapeError, match=r"\(3, 2\)"):
        compare(a, a, known=np.ones((3, 2), bool))
    with pytest.raises(ShapeError, match="empty"):
        compare(a, a, known=np.zeros((2, 3), bool))


pictures = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=3, min_side=1, max_side=14),
    elements=st.floats(0, 1, width=32),
)


@given(pictures, st.integers(0, 2**32 - 1))
def test_every_metric_is_symmetric_and_in_its_range(a, seed):
    b = np.random.default_rng(seed).random(a.shape, np.float32)
    assert psnr(a, b) == psnr(b, a) >= 0.0
    assert ssim(a, b) == pytest.approx(ssim(b, a), abs=1e-12)
    assert -1.0 <= ssim(a, b) <= 1.0 + 1e-12
    assert 0.0 <= iou_of_ink(a, b) == iou_of_ink(b, a) <= 1.0
    assert 0.0 <= max_error(a, b) == max_error(b, a) <= 1.0


def test_importing_the_metrics_is_light():
    check = (
        "import sys, redraw.metrics; print({'torch', 'numba', 'matplotlib'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("with_holes", [False, True])
def test_pieces_together_are_the_whole(with_holes):
    rng = np.random.default_rng(4)
    a, b = rng.random((30, 7, 1)), rng.random((30, 7, 1))
    known = rng.random((30, 7)) < 0.5 if with_holes else None
    if known is not None:
        known[10:20] = False  # a piece of which nothing counts
    comparison = Comparison(two_tone=True)
    for rows in (slice(0, 10), slice(10, 20), slice(20, 30)):
        comparison.add(a[rows], b[rows], known=None if known is None else known[rows])
    mask = np.ones((30, 7), bool) if known is None else known
    assert comparison.psnr == pytest.approx(-10 * np.log10(np.mean((a - b)[mask] ** 2)))
    ink_a, ink_b = a[mask] < 0.5, b[mask] < 0.5
    assert comparison.iou_of_ink == (ink_a & ink_b).sum() / (ink_a | ink_b).sum()


def test_nothing_compared_has_no_psnr():
    comparison = Comparison()
    comparison.add(np.zeros((2, 2)), np.zeros((2, 2)), known=np.zeros((2, 2), bool))
    with pytest.raises(ShapeError, match="no pixel"):
        _ = comparison.psnr
    comparison.add(np.zeros((2, 2)), np.zeros((2, 2)))
    assert comparison.psnr == math.inf
    assert comparison.iou_of_ink == 1.0
