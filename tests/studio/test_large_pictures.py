"""The studio's tiles of a picture larger than memory: drawn from its file alone."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.fitting.large.conftest import picture

from redraw.coordinates import Region
from redraw.fitting.large.fit import fit_large
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import drawer_of
from redraw.studio.drawing_worker import describe_field, draw_to_file, field_tile


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    path = tmp_path_factory.mktemp("studio") / "a.redraw"
    fit_large(strips_of(picture(600, 500)), path)
    return str(path)


@pytest.mark.parametrize("region", [[0, 0, 600, 500], [100, 50, 164, 114], [10, 10, 42, 42]])
def test_tiles_are_what_render_draws(field, region):
    tile = np.asarray(Image.open(io.BytesIO(field_tile(field, [600, 500], region, 64, 64))))
    drawer, about = drawer_of(field, 1)
    canvas = Canvas.of(about.size, width=64, height=64, region=Region(*region))
    assert np.array_equal(tile, np.rint(draw(drawer, canvas) * 255))


def test_it_is_described_and_drawn_to_a_file(field, tmp_path):
    told = describe_field(field)
    assert (told["width"], told["height"], told["alpha"]) == (600, 500, False)
    assert told["made"]["psnr"] == pytest.approx(42, abs=0.1)
    draw_to_file(field, str(tmp_path / "a.png"), 60, 50, lambda _: None)
    with Image.open(tmp_path / "a.png") as drawn:
        assert drawn.size == (60, 50)
