"""A picture's values, what a field learns of them, and its other sizes."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from redraw.errors import PictureError, ShapeError, UsageError
from redraw.signals import Colour, Picture, bundled, read


def rng():
    return np.random.default_rng(5)


def picture_of(channels, kind=np.uint8, height=7, width=9):
    if kind == np.float32:
        array = rng().normal(size=(height, width, channels)).astype(kind) * 10
        if channels in (2, 4):
            array[..., -1] = rng().random((height, width))
    else:
        array = rng().integers(0, np.iinfo(kind).max + 1, (height, width, channels)).astype(kind)
    return Picture.from_array(array)


@pytest.mark.parametrize(
    ("kind", "channels", "colour"),
    [
        (np.bool_, 1, Colour("grey", depth=1)),
        (np.uint8, 1, Colour("grey")),
        (np.uint8, 4, Colour("rgb", alpha=True)),
        (np.uint16, 2, Colour("grey", alpha=True, depth=16)),
        (np.uint16, 3, Colour("rgb", depth=16)),
    ],
)
def test_from_array_takes_the_meaning_from_the_type(kind, channels, colour):
    array = rng().integers(0, 2, (5, 6, channels)).astype(kind)
    picture = Picture.from_array(array)
    assert picture.colour == colour
    assert picture.values.dtype == np.float32
    highest = {np.bool_: 1, np.uint8: 255, np.uint16: 65535}[kind]
    np.testing.assert_array_equal(picture.values, array / np.float32(highest))
    assert (picture.width, picture.height, picture.channels) == (6, 5, channels)
    assert picture.size == (6, 5)


def test_from_array_of_floats():
    assert Picture.from_array(np.array([[0.2, 0.7]])).colour == Colour("grey")
    bright = Picture.from_array(np.array([[[0.5, 2.0, -1.0, 0.5]]]))
    assert bright.colour.depth == 32
    assert (bright.colour.curve.low, bright.colour.curve.high) == (-1.0, 2.0)  # not of alpha


@pytest.mark.parametrize("shape", [(4,), (3, 4, 5), (3, 4, 0), (0, 4), (4, 0), (2, 3, 4, 1)])
def test_arrays_of_other_shapes_are_refused(shape):
    with pytest.raises(ShapeError):
        Picture.from_array(np.zeros(shape, np.uint8))


def test_arrays_of_other_types_are_refused():
    with pytest.raises(PictureError, match="int32 from -1 to 0; whole numbers are 0 to 255"):
        Picture.from_array(np.full((2, 2), [-1, 0], np.int32))
    with pytest.raises(PictureError, match="not finite"):
        Picture.from_array(np.array([[np.nan]]))


def test_values_have_to_fit_the_colour_and_the_mask():
    with pytest.raises(ShapeError, match=r"\(H, W, 3\).*not \(2, 2, 1\)"):
        Picture(np.zeros((2, 2, 1)), Colour("rgb"))
    with pytest.raises(ShapeError, match="known"):
        Picture(np.zeros((2, 2, 1)), Colour("grey"), known=np.ones((2, 3), bool))


def test_two_tone():
    assert Picture.from_array(np.array([[0, 255]], np.uint8)).two_tone
    assert not Picture.from_array(np.array([[0, 254]], np.uint8)).two_tone
    assert not Picture.from_array(np.zeros((2, 2, 3), np.uint8)).two_tone
    assert not Picture.from_array(np.array([[[0.0, 1.0]]])).two_tone  # alpha
    grey = np.array([[0.0, 0.5]])[..., None]
    assert Picture(grey, Colour("grey"), known=[[True, False]]).two_tone


def test_fitted_multiplies_by_alpha():
    values = np.array([[[0.5, 1.0, 0.0, 0.5], [1.0, 1.0, 1.0, 0.0]]], np.float32)
    fitted = Picture(values, Colour("rgb", alpha=True)).fitted()
    assert fitted.tolist() == [[[0.25, 0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]]]


def test_fitted_does_not_share_memory():
    picture = picture_of(3)
    before = picture.values.copy()
    picture.fitted()[:] = 0
    np.testing.assert_array_equal(picture.values, before)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_from_fitted_is_the_inverse_to_the_last_step_of_the_depth(channels, kind):
    picture = picture_of(channels, kind)
    fitted = picture.fitted()
    assert fitted.min() >= 0
    assert fitted.max() <= 1
    back = Picture.from_fitted(fitted, picture.colour)
    visible = picture.values[..., -1] > 0 if channels in (2, 4) else np.ones((7, 9), bool)
    # Two roundings of a product and a quotient.
    np.testing.assert_allclose(
        back.values[visible], picture.values[visible], rtol=3 * 2**-24, atol=0
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_light_is_fitted_in_its_curve(channels):
    picture = picture_of(channels, np.float32)
    fitted = picture.fitted()
    assert fitted.min() >= 0
    assert fitted.max() <= 1
    back = Picture.from_fitted(fitted, picture.colour).values
    curve = picture.colour.curve
    if channels in (2, 4):
        np.testing.assert_array_equal(back[..., -1], picture.values[..., -1])
        visible = picture.values[..., -1] > 0.05
        back, expected = back[visible][:, :-1], picture.values[visible][:, :-1]
    else:
        expected = picture.values
    # A few roundings of a number up to 1, stretched by the slope of the curve.
    slope = (curve.end - curve.start) * np.hypot(expected, curve.scale)
    assert (np.abs(back - expected) <= 6 * 2**-24 * slope).all()


@settings(deadline=None)
@given(
    npst.arrays(np.float32, (2, 3, 4), elements=st.floats(-10, 10, width=32)),
    st.sampled_from([Colour("rgb", alpha=True), Picture.from_array([[[-2.0, 9, 1, 1]]]).colour]),
)
@example(np.float32([[[1, 1, 1, 1e-39]]]), Colour("rgb", alpha=True))
def test_whatever_a_field_gives_becomes_a_picture(values, colour):
    picture = Picture.from_fitted(values, colour)
    low, high = (0, 1) if colour.curve is None else (colour.curve.low, colour.curve.high)
    assert (picture.values[..., :3] >= low).all()
    assert (picture.values[..., :3] <= high).all()
    assert (picture.values[..., 3] >= 0).all()
    assert (picture.values[..., 3] <= 1).all()


def lanczos_weights(n_in, n_out):
    """The weights of the widened Lanczos-3 filter, straight from its definition. (n_out, n_in)"""
    scale = n_in / n_out
    widen = max(scale, 1.0)
    centres = (np.arange(n_out) + 0.5) * scale
    x = (np.arange(n_in) + 0.5 - centres[:, None]) / widen
    weights = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("size", [(9, 7), (18, 14), (5, 4), (1, 1), (30, 3), (9, 21)])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_resized_is_lanczos_of_premultiplied_values(size, channels):
    picture = picture_of(channels)
    resized = picture.resized(*size)
    assert resized.size == size
    assert resized.colour == picture.colour
    down, across = lanczos_weights(7, size[1]), lanczos_weights(9, size[0])
    expected = np.einsum("yh,xw,hwc->yxc", down, across, picture.fitted().astype(np.float64))
    if channels in (2, 4):
        alpha = np.clip(expected[..., -1:], 0, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            straight = np.where(alpha > 0, np.clip(expected[..., :-1] / alpha, 0, 1), 0)
        seen, expected_seen = resized.values[..., -1] > 0.02, alpha[..., 0] > 0.02
        assert (seen == expected_seen).mean() > 0.99
        both = seen & expected_seen
        np.testing.assert_allclose(resized.values[both][:, :-1], straight[both], atol=2e-4)
        np.testing.assert_allclose(resized.values[..., -1:], alpha, atol=2e-6)
    else:
        np.testing.assert_allclose(resized.values, np.clip(expected, 0, 1), atol=2e-6)


def test_the_same_size_changes_nothing():
    picture = picture_of(4)
    np.testing.assert_array_equal(picture.resized(9, 7).values, picture.values)


def test_a_flat_picture_stays_flat_up_to_the_border():
    for size in ((31, 17), (3, 2)):
        flat = Picture.from_array(np.full((10, 11, 3), 100, np.uint8)).resized(*size)
        np.testing.assert_allclose(flat.values, 100 / 255, atol=1e-6)


def test_two_tones_become_grey_when_resized():
    assert read(bundled("cub-two-tone")).resized(100, 100).colour == Colour("grey")
    assert read(bundled("cub-two-tone")).resized(200, 200).colour.depth == 1


def test_transparent_colour_does_not_bleed():
    values = np.zeros((4, 8, 4), np.float32)
    values[:, :4] = [1, 0, 0, 1]  # red, opaque
    values[:, 4:] = [0, 1, 0, 0]  # green, but transparent
    small = Picture(values, Colour("rgb", alpha=True)).resized(3, 2).values
    assert (small[..., 1] == 0).all()
    assert (small[..., 0][small[..., 3] > 0] > 0.999).all()


def test_light_is_resized_within_its_range():
    picture = picture_of(3, np.float32)
    resized = picture.resized(40, 30)
    assert resized.values.min() >= picture.values.min()
    assert resized.values.max() <= picture.values.max()
    assert np.ptp(resized.values) > 10


def test_holes_take_no_part_in_their_neighbours():
    values = np.full((8, 8, 1), 0.25, np.float32)
    known = np.ones((8, 8), bool)
    values[2:6, 2:6], known[2:6, 2:6] = 1.0, False
    small = Picture(values, Colour("grey"), known=known).resized(4, 4)
    assert small.known.tolist() == [
        [True] * 4,
        [True, False, False, True],
        [True, False, False, True],
        [True] * 4,
    ]
    np.testing.assert_allclose(small.values[small.known], 0.25, atol=1e-6)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5), (10**6, 10**6)])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(UsageError, match="size"):
        picture_of(1).resized(*size)


def test_shrunk_keeps_the_aspect_and_never_enlarges():
    picture = Picture.from_array(np.zeros((50, 100), np.uint8))
    assert picture.shrunk(20).size == (20, 10)
    assert picture.shrunk(1).size == (1, 1)
    assert picture.shrunk(1000).size == (100, 50)
    with pytest.raises(UsageError, match="at least 1"):
        picture.shrunk(0)


def test_thresholded():
    grey = Picture.from_array(np.array([[0, 127, 128, 255]], np.uint8))
    two = grey.thresholded(0.5)
    assert two.colour == Colour("grey", depth=1)
    assert two.values.ravel().tolist() == [0, 0, 1, 1]
    assert two.two_tone


def test_thresholded_sees_colours_by_luma_and_transparency_on_paper():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]]], np.uint8)
    luma = np.asarray(Image.fromarray(colours).convert("L")) / 255
    np.testing.assert_array_equal(
        Picture.from_array(colours).thresholded(0.5).values[..., 0], luma >= 0.5
    )
    ghost = Picture.from_array(np.array([[[0, 0], [0, 255]]], np.uint8))  # black: invisible, solid
    assert ghost.thresholded(0.5).values.ravel().tolist() == [1, 0]


@pytest.mark.parametrize("threshold", [0, -1, 1.5, float("nan")])
def test_impossible_thresholds_are_refused(threshold):
    with pytest.raises(UsageError, match="threshold"):
        picture_of(1).thresholded(threshold)


def test_it_says_what_it_is():
    values = np.zeros((2, 3, 4), np.float32)
    holes = np.array([[True, False, True], [True, True, True]])
    picture = Picture(
        values, Colour("rgb", alpha=True, depth=16, icc=b"x"), known=holes, name="a.tif"
    )
    text = "<Picture a.tif: 3x2, 16-bit RGB with alpha and ICC profile, 1 pixels missing>"
    assert repr(picture) == text


def test_a_cut_out_picture_is_drawn_empty_and_opaque_where_it_is():
    rng = np.random.default_rng(3)
    values = np.zeros((20, 20, 4), np.float32)
    values[5:15, 5:15] = [1, 0.5, 0, 1]
    values[5, 5:15, 3] = 0.5  # an antialiased edge
    picture = Picture(values, Colour("rgb", alpha=True))
    colour = picture.drawn_colour
    assert colour.cut_out
    assert Colour.from_json(colour.to_json()) == colour
    # A field is off by some levels: never more than 10 of 255 here.
    fitted = picture.fitted() + rng.uniform(-10, 10, values.shape).astype(np.float32) / 255
    drawn = Picture.from_fitted(fitted, colour).values
    empty, opaque = values[..., 3] == 0, values[..., 3] == 1
    assert (drawn[empty] == 0).all()  # no ghosts, and no hue
    assert (drawn[opaque][:, 3] == 1).all()  # no holes
    edge = drawn[5, 5:15, 3]
    np.testing.assert_allclose(edge, 0.5, atol=10 / 255 / (1 - 1 / 8))


def test_other_alpha_is_not_cut_out():
    ramp = np.ones((10, 10, 2), np.float32)
    ramp[..., 1] = np.linspace(0, 1, 10)
    assert not Picture(ramp, Colour("grey", alpha=True)).drawn_colour.cut_out
