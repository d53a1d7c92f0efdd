"""Flat colours and hard alpha in pages: kept as `redraw render` keeps them."""

import dataclasses

import numpy as np
import pytest
from tests.export.conftest import SIZE, config_of, made
from tests.export.test_html_page import SOFTWARE, WITHOUT, canvas_of, rendered, settled
from tests.export.test_html_page import pages as pages
from tests.signals.picture.test_flats import FLAT

import redraw
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.flats import Flat


def over_black(shown):
    """What is seen: a canvas holds colours multiplied by alpha. (H, W, 4)"""
    alpha = shown[..., 3:].astype(float)
    return np.concatenate([shown[..., :3] * alpha / 255, alpha], axis=2)


def near(field):
    """A step of 255; with alpha two, as colours of a canvas are rounded after their alpha too."""
    return 2.0 if field.about.colour.alpha else 1.0


@pytest.fixture(scope="module", params=["hard disc 48", "logo on white 48"])
def fitted(request):
    """A sprite with hard alpha, and a logo; both are drawn otherwise than their fields are."""
    field = redraw.fit(FLAT[request.param])
    colour = field.about.colour
    assert colour is not None
    assert colour.flats or colour.cut_out
    return field


@pytest.mark.parametrize("flags", [SOFTWARE, WITHOUT], ids=["webgl2", "plain"])
def test_they_are_drawn_as_redraw_draws_them(chromium_with, fitted, pages, tmp_path, flags):
    fitted.export(tmp_path / "it.html")
    for times in (1, 4):
        width, height = (times * side for side in fitted.size)
        page = pages(chromium_with(*flags), tmp_path / "it.html", width=width, height=height)
        settled(page)
        found, wanted = over_black(canvas_of(page)), over_black(rendered(fitted, width, height))
        assert np.abs(found - wanted).max() <= near(fitted)


@pytest.mark.parametrize("channels", [1, 4])
def test_every_channel_is_near_or_none(chromium_with, pages, tmp_path, channels):
    """A network's colours are rounded in a page: less where they are kept, as that doubles them."""
    plain = Colour("grey") if channels == 1 else Colour("rgb", alpha=True)
    values = made(config_of("ink", channels), colour=plain).render(*SIZE).learned()
    pixels = values.reshape(-1, channels)
    apart = pixels[[pixels.sum(axis=1).argmin(), pixels.sum(axis=1).argmax()]]
    flats = tuple(Flat(tuple(one), 1 / 20) for one in apart)
    colour = dataclasses.replace(plain, flats=flats, cut_out=plain.alpha)
    field = made(config_of("ink", channels), colour=colour)
    field.export(tmp_path / "it.html")
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=92, height=68)
    settled(page)
    found, wanted = over_black(canvas_of(page)), over_black(rendered(field, 92, 68))
    assert np.abs(found - wanted).max() <= near(field)
