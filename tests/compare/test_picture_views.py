import base64
import io

import numpy as np
import pytest
from PIL import Image

from redraw.compare.picture_views import busiest
from redraw.compare.request import checked_region, parsed_region
from redraw.compare.views import view
from redraw.errors import UsageError
from redraw.metrics import error_map
from redraw.signals.picture.picture import Picture


def pixels(shown):
    kind, data = shown.uri.split(",", 1)
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as opened:
        return np.asarray(opened)


def test_pictures_are_shown_exactly(found, raced):
    _, sheet = found
    race, _ = raced
    strip = sheet.strips[0]
    assert strip.kind == "picture"
    original, *results = strip.tiles
    truth = np.rint(255 * race.topic.picture.values)
    assert np.array_equal(pixels(original.view)[..., :1], truth)
    for tile in results:
        outcome = next(o for o in race.outcomes if o.name == tile.name)
        shown = [race.topic.fields[tile.name, seed].render().values for seed in (0, 1)]
        wanted = [np.rint(255 * values.clip(0, 1)) for values in shown]
        assert any(np.abs(pixels(tile.view)[..., :1] - w).max() <= 1 for w in wanted), outcome


def test_crops_are_four_times_as_large_and_errors_where_they_are(found, raced):
    _, sheet = found
    race, _ = raced
    _, crops, errors = sheet.strips
    assert [tile.name for tile in crops.tiles[:2]] == ["original", "Lanczos"]
    assert all((t.view.width, t.view.height) == (64, 64) for t in crops.tiles[1:])
    for tile in errors.tiles:
        truth = race.topic.picture.fitted()
        maps = [
            255
            * error_map(truth, race.topic.fields[tile.name, seed].render().values, brightest=1.0)
            for seed in (0, 1)
        ]
        shown = pixels(tile.view).astype(float).sum(axis=2)
        # Brighter where the error is larger: the scale is another one, and the picture lossy.
        assert max(np.corrcoef(shown.ravel(), m.sum(axis=2).ravel())[0, 1] for m in maps) > 0.7


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.random.default_rng(0).integers(0, 256, (5, 7), np.uint8), "grey"),
        (np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8), "rgb"),
        (np.random.default_rng(2).integers(0, 256, (5, 7, 4), np.uint8), "rgba"),
        (np.random.default_rng(3).integers(0, 65536, (5, 7, 3), np.uint16), "deep"),
        (np.random.default_rng(4).random((5, 7)) > 0.5, "two-tone"),
    ],
)
def test_every_kind_of_picture_is_shown(values, kind):
    shown = pixels(view(Picture.from_array(values)))
    wanted = np.atleast_3d(values)
    if kind == "deep":
        wanted = np.rint(wanted / 257)
    if kind == "two-tone":
        wanted = 255 * wanted.astype(int)
    assert shown.shape[:2] == (5, 7)
    assert np.abs(shown[..., : wanted.shape[2]].astype(int) - wanted).max() <= (kind == "deep")


def test_light_is_shown_as_a_screen_can():
    light = np.linspace(0, 4, 12, dtype=np.float32).reshape(3, 4)
    shown = pixels(view(Picture.from_array(light)))[..., 0]
    assert shown[0, 0] == 0
    assert shown[-1, -1] == 255


def test_the_busiest_place_has_the_edges():
    values = np.ones((60, 90), np.float32)
    values[40:50:2, 60:80] = 0.0
    x0, y0, x1, y1 = busiest(Picture.from_array(values), 24)
    assert (x1 - x0, y1 - y0) == (24, 24)
    assert x0 <= 60
    assert x1 >= 80
    assert y0 <= 40
    assert y1 >= 50


def test_a_small_or_plain_picture_is_shown_whole_or_in_its_middle():
    assert busiest(Picture.from_array(np.ones((3, 5), np.float32)), 24) == (0, 0, 5, 3)
    assert busiest(Picture.from_array(np.ones((30, 30), np.float32)), 10) == (10, 10, 20, 20)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "-1,0,2,2"])
def test_regions_are_four_numbers(text):
    with pytest.raises(UsageError, match="X0,Y0,X1,Y1"):
        parsed_region(text)


def test_regions_lie_inside():
    assert checked_region(parsed_region(" 1, 2,3 ,4"), (3, 4)) == (1, 2, 3, 4)
    for region in ((0, 0, 4, 4), (2, 0, 2, 4), (0, 3, 3, 2)):
        with pytest.raises(UsageError, match="does not lie within"):
            checked_region(region, (3, 4))
