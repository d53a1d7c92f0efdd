"""Whole fits of labels: how good, exactly resumed, alpha, files."""

import numpy as np
import pytest
import torch
from tests.engines.labels.conftest import FINE, drawn

import redraw
from redraw.errors import UsageError
from redraw.fields.labels import Labels
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.picture.picture import Picture


def fitted(picture, **options):
    """The end of a fit."""
    run = Run.start(picture, prepare(picture, model="cel", frames=0, threads=1, **options))
    end = list(run.events())[-1]
    assert isinstance(end, Finished)
    return run, end


def test_edges_inside_of_pixels_are_found(picture, drawing):
    """The drawing four times as large is nearer to the page than by any filter."""
    run, end = fitted(picture)
    assert end.psnr > 50.0
    larger = run.result.render(scale=4).values
    page = truth(4)
    error = np.mean((larger - page) ** 2)
    lanczos = np.mean((picture.resized(28 * 4, 20 * 4).values - page) ** 2)
    assert 10 * np.log10(lanczos / error) > 9.0


def truth(scale):
    """The page at `scale` times its size."""
    y, x = (np.mgrid[: 20 * FINE, : 28 * FINE] + 0.5) / FINE
    far = np.hypot(x - 12.2, y - 9.7)
    page = np.empty((*x.shape, 3))
    page[:] = (0.9, 0.85, 0.6)
    page[x > 0.75 * 28 + 0.2 * y] = (0.2, 0.5, 0.3)
    page[far < 7.4] = (0.1, 0.1, 0.15)
    page[far < 5.9] = (0.8, 0.3, 0.2)
    n = FINE // scale
    return page.reshape(20 * scale, n, 28 * scale, n, 3).mean(axis=(1, 3))


def test_edges_along_rows_and_columns_lie_where_they_are():
    """Labels alone, without what they leave over, have the means that the pixels have.

    All samples of a row say the same of such an edge: taken for points, they put it between two
    rows, up to a twelfth of a pixel away.
    """
    worst = [off_straight_edges(part) for part in (3, 6, 7, 11)]
    # .029 with samples that stand for points; the places of a drawing leave .01 of it.
    assert np.mean(worst) < 0.025


def off_straight_edges(part):
    """The worst error of the labels' own pixels at the edges of a bar, away from its corners."""
    page = np.full((20 * FINE, 24 * FINE, 3), (0.95, 0.9, 0.8))
    top, left = 7 * FINE + part, 6 * FINE + FINE - part
    page[top : top + 6 * FINE, left : left + 9 * FINE + 5] = (0.1, 0.2, 0.5)
    values = page.reshape(20, FINE, 24, FINE, 3).mean(axis=(1, 3))
    run, _ = fitted(Picture.from_array(np.rint(values * 255).astype(np.uint8), name="bar"))
    encoding = run.field.encoding
    assert isinstance(encoding, Labels)
    with torch.no_grad():
        encoding.detail.zero_()
    off = np.abs(run.result.render().values - values).max(axis=2)
    across, down = off[[7, 13], 9:13].max(axis=1), off[9:12][:, [6, 7, 15, 16]].max(axis=0)
    return np.concatenate([across, down]).max()


def test_a_resumed_fit_is_the_same_fit(picture, tmp_path):
    whole, _ = fitted(picture, steps=30)
    config = prepare(picture, model="cel", frames=0, threads=2, steps=30)
    run = Run.start(picture, config, tmp_path / "a.run")
    for event in run.events():
        if getattr(event, "step", 0) >= 10:
            run.stop()
    again = Run.resume(tmp_path / "a.run")
    assert 0 < again.at.step < 30
    list(again.events())
    for name, tensor in whole.field.state_dict().items():
        assert np.array_equal(tensor.numpy(), again.field.state_dict()[name].numpy()), name


def test_an_empty_ground_and_flat_areas_come_back_exactly():
    levels = np.rint(drawn(alpha=True) * 255).astype(np.uint8)
    picture = Picture.from_array(levels, name="sprite")
    run, _ = fitted(picture)
    back = np.rint(run.result.render().values * 255).astype(np.uint8)
    empty = levels[..., 3] == 0
    assert (back[empty][:, 3] == 0).all()
    y, x = np.mgrid[:20, :28] + 0.5
    inside = np.hypot(x - 12.2, y - 9.7) < 3.5
    assert np.array_equal(back[inside], levels[inside])


def test_a_field_file_holds_it(picture, tmp_path):
    run, _ = fitted(picture, steps=5)
    run.result.save(tmp_path / "a.redraw")
    back = redraw.load(tmp_path / "a.redraw")
    one, two = (f.render(width=50).values for f in (run.result, back))
    assert np.array_equal(one, two)


def test_either_engine_runs_it(picture):
    (one, first), (two, second) = (
        fitted(picture, steps=4, engine=engine) for engine in ("cpu", "reference")
    )
    assert one.engine.name == "cpu"
    assert two.engine.name == "reference"
    assert first.psnr == pytest.approx(second.psnr, abs=1.0)


def test_a_budget_that_is_too_small_is_refused(picture):
    with pytest.raises(
        UsageError, match=r"takes .* parameters for this picture; the budget is 100"
    ):
        prepare(picture, model="cel", budget="100")


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 1), (3, 4)])
def test_the_smallest_pictures(shape):
    levels = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    _, end = fitted(Picture.from_array(levels, name="tiny"), steps=2)
    assert np.isfinite(end.psnr)


def test_a_plain_page_needs_no_steps():
    run, _ = fitted(Picture.from_array(np.full((9, 12), 77, np.uint8), name="plain"), steps=2)
    assert isinstance(run.field.encoding, Labels)
    assert run.field.encoding.config.listed == 0
    assert np.array_equal(
        np.rint(run.result.render(scale=3).values * 255), np.full((27, 36, 1), 77)
    )


def test_pixels_that_are_kept_stay_squares():
    levels = np.random.default_rng(1).integers(0, 2, (9, 12, 3)).astype(np.uint8) * 255
    picture = Picture.from_array(levels, name="sprite")
    run, _ = fitted(picture, settings={"pixel_art": "keep"}, steps=2)
    drawn_larger = np.rint(run.result.render(scale=5).values * 255)
    assert np.array_equal(drawn_larger, np.repeat(np.repeat(levels, 5, axis=0), 5, axis=1))


def test_squares_of_too_many_colours_are_refused():
    levels = np.arange(100, dtype=np.uint8).reshape(10, 10)
    with pytest.raises(UsageError, match=r"100 colours; --pixel-art keep draws up to 64"):
        prepare(Picture.from_array(levels), model="cel", settings={"pixel_art": "keep"})
