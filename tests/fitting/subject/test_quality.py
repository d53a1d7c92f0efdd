import numpy as np
import pytest

from redraw.engines import Drawer
from redraw.errors import PictureError
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.subject.quality import FRAME_SIDE, Judge
from redraw.fitting.subject.subject import asking_of
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture

BOX = TrainConfig(footprint="box", samples=6, flat=0.02)
POINT = TrainConfig(footprint="point")


def training_samples(picture, train, seed):
    return picture.samples(asking_of(train, seed))


class Lookup(Drawer):
    """Draws a picture exactly, wherever in a pixel it is asked, plus some error."""

    def __init__(self, values, error=0.0):
        self.values_ = values + error

    def values(self, xy):
        height, width, _ = self.values_.shape
        x, y = (((xy.T.astype(np.float64) + 1) / 2) * [[width], [height]]).clip(0).astype(int)
        return self.values_[y.clip(max=height - 1), x.clip(max=width - 1)].astype(np.float32)


def ramp(width=12, height=9, channels=3, known=None):
    rng = np.random.default_rng(0)
    values = rng.uniform(0.2, 0.8, (height, width, channels)).astype(np.float32)
    return Picture(values, Colour({1: "grey", 3: "rgb"}[channels], alpha=False, depth=8), known)


# --- what is trained on --------------------------------------------------------------------------


def test_all_pixels_in_order():
    picture = ramp()
    samples = training_samples(picture, POINT, seed=5)
    assert np.array_equal(samples.values, picture.fitted().reshape(-1, 3))
    assert (samples.width, samples.height) == picture.size
    assert samples.index is samples.busy is None
    assert (samples.footprint, samples.seed) == ("point", 5)


def test_holes_are_left_out():
    known = np.random.default_rng(1).random((9, 12)) < 0.5
    picture = ramp(known=known)
    samples = training_samples(picture, BOX, seed=0)
    assert samples.count == known.sum()
    assert np.array_equal(samples.index, np.flatnonzero(known))
    assert np.array_equal(samples.values, picture.fitted()[known])
    assert len(samples.busy) == samples.count
    # A known pixel's position is its own, not that of its row among the known.
    xy, _ = training_samples(picture, POINT, seed=0).points(np.array([3]), 0)
    y, x = np.argwhere(known)[3]
    np.testing.assert_allclose(xy[0], [2 * (x + 0.5) / 12 - 1, 2 * (y + 0.5) / 9 - 1], atol=1e-6)


def test_values_are_those_that_are_fitted():
    """Alpha premultiplied: what lies under transparency counts for nothing."""
    values = np.array([[[0.5, 1.0], [0.5, 0.0], [1.0, 0.5]]], np.float32)
    picture = Picture(values, Colour("grey", alpha=True, depth=8))
    samples = training_samples(picture, POINT, seed=0)
    assert samples.values.tolist() == [[0.5, 1.0], [0.0, 0.0], [0.5, 0.5]]


def test_flat_surroundings_take_one_position_unless_told_otherwise():
    values = np.zeros((5, 8, 1), np.float32)
    values[:, 5:] = 1.0
    picture = Picture(values, Colour("grey", alpha=False, depth=8))
    busy = training_samples(picture, BOX, seed=0).busy.reshape(5, 8)
    assert busy.tolist() == [[False] * 4 + [True] * 2 + [False] * 2] * 5
    everywhere = TrainConfig(footprint="box", samples=6, flat=-1.0)
    assert training_samples(picture, everywhere, seed=0).busy is None
    assert training_samples(picture, POINT, seed=0).busy is None


def test_a_picture_of_holes_only_is_refused():
    picture = ramp(known=np.zeros((9, 12), bool))
    with pytest.raises(PictureError, match="no pixel with a value; there is nothing to learn"):
        training_samples(picture, POINT, seed=0)


# --- how good it is ------------------------------------------------------------------------------


@pytest.mark.parametrize("train", [POINT, BOX, TrainConfig(detail=3)])
def test_psnr_is_that_of_the_error(train):
    picture = ramp()
    psnr, iou = Judge(picture, train).measure(Lookup(picture.fitted(), 0.01))
    assert psnr == pytest.approx(40.0, abs=1e-3)
    assert iou is None


def test_detail_follows_the_positions_inside_a_pixel():
    picture = ramp()
    assert Judge(picture, POINT).detail == 1
    assert Judge(picture, BOX).detail == 3  # 6 positions are 3 x 2
    assert Judge(picture, TrainConfig(footprint="box", samples=6, detail=5)).detail == 5


def test_holes_do_not_count():
    known = np.ones((9, 12), bool)
    known[:, 6:] = False
    picture = ramp(known=known)
    error = np.where(known, 0.1, 0.5)[..., None]
    psnr, _ = Judge(picture, POINT).measure(Lookup(picture.fitted(), error))
    assert psnr == pytest.approx(20.0, abs=1e-3)


def test_two_tone_pictures_have_their_ink_compared():
    paper = np.ones((4, 4, 1), np.float32)
    paper[0] = 0.0  # four pixels of ink
    picture = Picture(paper, Colour("grey", alpha=False, depth=1))
    drawn = paper.copy()
    drawn[0, 0], drawn[1, 0] = 1.0, 0.0  # one missing, one too many: 3 of 5
    psnr, iou = Judge(picture, POINT).measure(Lookup(drawn))
    assert iou == pytest.approx(3 / 5)
    assert psnr == pytest.approx(-10 * np.log10(2 / 16), abs=1e-6)
    assert Judge(ramp(), POINT).measure(Lookup(ramp().fitted()))[1] is None


def test_where_a_diverging_field_gives_no_number_it_is_black():
    picture = ramp(channels=1)
    drawn = picture.fitted().copy()
    expected = drawn.copy()
    drawn[0, :5], expected[0, :5] = np.nan, 0.0
    drawn[1, :5], expected[1, :5] = np.inf, 1.0
    error = ((expected - picture.fitted()).astype(np.float64) ** 2).mean()
    frame, psnr, _ = Judge(picture, POINT).frame(Lookup(drawn))
    assert psnr == pytest.approx(-10 * np.log10(error), abs=1e-4)
    assert np.isfinite(frame.values).all()


# --- frames --------------------------------------------------------------------------------------


def test_a_frame_of_a_small_picture_is_whole_and_measured():
    picture = ramp()
    frame, psnr, _ = Judge(picture, POINT).frame(Lookup(picture.fitted(), 0.1))
    assert frame.size == picture.size
    np.testing.assert_allclose(frame.values, picture.fitted() + 0.1, atol=1e-6)
    assert psnr == pytest.approx(20.0, abs=1e-3)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((FRAME_SIDE, 10), (FRAME_SIDE, 10)), ((2 * FRAME_SIDE, 100), (FRAME_SIDE, 50)),
     ((3, 5 * FRAME_SIDE), (1, FRAME_SIDE))],
)  # fmt: skip
def test_frames_of_large_pictures_are_small_and_not_measured(size, expected):
    values = np.full((size[1], size[0], 1), 0.5, np.float32)
    picture = Picture(values, Colour("grey", alpha=False, depth=16))
    frame, psnr, iou = Judge(picture, POINT).frame(Lookup(values))
    assert frame.size == expected
    assert frame.colour.depth == 8
    assert iou is None
    assert (psnr is None) == (size != expected)


def test_frames_of_light_beyond_white_show_its_log_curve():
    light = Picture.from_array(np.array([[0.0, 1.0, 10.0, 1000.0]]), light=True)
    assert light.colour.depth == 32
    frame, _, _ = Judge(light, POINT).frame(Lookup(light.fitted()))
    np.testing.assert_allclose(frame.values, light.fitted(), atol=1e-6)
    assert frame.colour.curve is None
