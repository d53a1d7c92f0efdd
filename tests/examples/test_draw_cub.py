"""The bundled drawing is what its script draws, at any size by the same averaging."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.signals import bundled, read

SCRIPT = Path(__file__).parents[2] / "examples" / "draw_cub.py"


@pytest.fixture(scope="module")
def draw_cub():
    spec = importlib.util.spec_from_file_location("draw_cub", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bundled_pictures_are_the_scripts_output(draw_cub, tmp_path, capsys):
    draw_cub.main(["--folder", str(tmp_path)])
    written = [tmp_path / "cub.png", tmp_path / "cub-two-tone.png"]
    assert capsys.readouterr().out.split() == [str(path) for path in written]
    for path in written:
        with Image.open(path) as drawn, Image.open(bundled(path.stem)) as kept:
            assert drawn.mode == kept.mode == ("L" if path.stem == "cub" else "1")
            np.testing.assert_array_equal(np.asarray(drawn), np.asarray(kept))


def test_a_larger_page_averages_to_the_smaller_one(draw_cub):
    large, small = draw_cub.draw(800), draw_cub.draw(200)
    assert large.shape == (800, 800)
    assert large.dtype == np.float32
    means = large.astype(np.float64).reshape(200, 4, 200, 4).mean(axis=(1, 3))
    # Both are counts of the same cells; only the rounding to float32 differs.
    np.testing.assert_allclose(means, small, rtol=0, atol=2**-23)


def test_a_size_that_divides_nothing(draw_cub):
    odd = draw_cub.draw(97)
    assert odd.shape == (97, 97)
    assert odd.mean() == pytest.approx(draw_cub.draw(200).mean(), abs=2e-4)


def test_the_ink_and_the_strokes_are_as_promised(draw_cub):
    grey, two_tone = read(bundled("cub")), read(bundled("cub-two-tone"))
    assert grey.size == two_tone.size == (200, 200)
    assert (grey.colour.depth, two_tone.colour.depth) == (8, 1)
    for picture in (grey, two_tone):
        assert 0.043 <= 1 - picture.values.mean() <= 0.048
    assert abs(draw_cub.PEN - 1.3) < 0.1
    # The widest white column and row around the figure: it stands on the page, clear of the edges.
    inked = grey.values[..., 0] < 1
    assert not inked[:10].any()
    assert not inked[:, -10:].any()


def test_a_stroke_is_as_wide_as_the_pen(draw_cub):
    page = draw_cub.Page(4000)  # 20 cells per unit
    page.stroke(np.array([[50.0, 90.0], [150.0, 113.7]]), 2.0)
    length, radius = np.hypot(100, 23.7) * draw_cub.FIGURE * 20, 20.0
    expected = 2 * radius * length + np.pi * radius**2  # a box and two round ends
    assert page.ink.sum() == pytest.approx(expected, rel=0.003)


def test_a_fill_covers_the_area_of_its_outline(draw_cub):
    page = draw_cub.Page(2000)
    page.fill(draw_cub.ellipse(100, 100, 40, 20), ink=True)
    scale = draw_cub.FIGURE * 10
    assert page.ink.sum() == pytest.approx(np.pi * 40 * 20 * scale**2, rel=0.005)
    page.fill(draw_cub.ellipse(100, 100, 50, 30))
    assert not page.ink.any()


def test_a_curve_passes_through_its_points_and_is_smooth(draw_cub):
    points = [(0.0, 0.0), (10.0, 5.0), (20.0, -5.0), (30.0, 0.0)]
    line = draw_cub.curve(*points)
    for point in points:
        assert np.hypot(*(line - point).T).min() < 1e-9
    steps = np.diff(line, axis=0)
    steps = steps[np.hypot(*steps.T) > 1e-9]
    turns = np.abs(np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))))
    assert turns.max() < 0.25  # radians between neighbouring chords; a corner would be about 1
