"""Fits before the fit: what they find of a blurred drawing, and when there are any."""

import numpy as np
import pytest
from scipy import ndimage
from tests.engines.labels.test_fit import fitted, truth

from redraw.engines.labels.rounds import own_pixels, start_for
from redraw.engines.labels.start import forget
from redraw.errors import UsageError
from redraw.fields.labels_config import AUTO_ROUNDS, LabelsConfig
from redraw.fitting.large.asked import wanted_of
from redraw.fitting.plan.planning import prepare
from redraw.signals.picture.picture import Picture

BLUR = "gauss:1"


def blurred(sigma=1.0):
    """The small drawing of a page that was blurred before. (20, 28, 3)"""
    fine = ndimage.gaussian_filter(truth(8), (sigma * 8, sigma * 8, 0), mode="nearest")
    return fine.reshape(20, 8, 28, 8, 3).mean(axis=(1, 3)).astype(np.float32)


@pytest.fixture
def picture():
    return Picture.from_array(np.rint(blurred() * 255).astype(np.uint8), name="disc")


def test_they_find_what_the_blur_hid(picture):
    page, errors = truth(4), {}
    for rounds in (0, 2):
        run, _ = fitted(picture, settings={"footprint": BLUR, "rounds": rounds})
        errors[rounds] = np.mean((run.result.render(scale=4).values - page) ** 2)
    assert 10 * np.log10(errors[0] / errors[2]) > 1.0


def test_own_pixels_are_nearer_to_the_page():
    values = blurred()
    own = own_pixels(values, None, 1, LabelsConfig(footprint=BLUR))
    page = truth(1)
    assert np.mean((own - page) ** 2) < 0.5 * np.mean((values - page) ** 2)


def test_they_are_the_same_for_any_number_of_threads():
    values, starts = blurred(), []
    for threads in (1, 3):
        forget()
        starts.append(start_for(values, None, threads, LabelsConfig(footprint=BLUR, rounds=1)))
    for name in ("owner", "candidates", "potentials", "colours", "mass"):
        one, other = (getattr(start, name) for start in starts)
        np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize(
    ("settings", "rounds"),
    [
        ({"footprint": BLUR}, 2),
        ({"footprint": BLUR, "rounds": 1}, 1),
        ({"footprint": BLUR, "seconds": 0.05}, 0),
        ({"footprint": BLUR, "seconds": 0.05, "rounds": 1}, 1),
        ({"footprint": "box", "rounds": 3}, 0),
        ({"footprint": "bicubic"}, 0),
        ({"pixel_art": "keep", "footprint": BLUR, "rounds": 3}, 0),
    ],
)
def test_there_are_as_many_as_pay(settings, rounds):
    few = Picture.from_array(np.kron(np.eye(8, dtype=np.uint8) * 255, np.ones((2, 2), np.uint8)))
    encoding = prepare(few, model="cel", settings=settings).field.encoding
    assert isinstance(encoding, LabelsConfig)
    assert encoding.rounds == rounds


def test_squares_of_a_large_picture_have_those_that_were_asked_for():
    for settings, rounds in (({}, 0), ({"rounds": 2}, 2)):
        _, wanted = wanted_of("large", {"model": "cel"}, settings)
        assert wanted is not None
        assert wanted.all_settings["rounds"] == rounds


def test_how_many_there_can_be():
    assert LabelsConfig(rounds=AUTO_ROUNDS).rounds == AUTO_ROUNDS
    with pytest.raises(UsageError, match="rounds"):
        LabelsConfig(rounds=9)
