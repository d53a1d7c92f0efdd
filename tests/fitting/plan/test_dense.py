"""Pages with more edges than a small network can follow, and what `ink` does with them."""

import dataclasses

import numpy as np
import pytest

from redraw.errors import UsageError
from redraw.fields.encoding_configs import IdentityConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.sizes import parameters
from redraw.fitting.api import fit
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.config import RunConfig, Stops, TrainConfig
from redraw.fitting.plan.dense import is_dense
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import preset
from redraw.fitting.run.events import Planned
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.signals.picture.bundled import bundled
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.signals.picture.resampling import lanczos


def lines(side, every, across=None):
    """Vertical lines a pixel wide, `every` so many pixels, over the left `across` pixels."""
    values = np.ones((side, side), np.uint8) * 255
    values[:, : across or side : every] = 0
    return Picture.from_array(values, name="lines")


def rings(size, cells=16):
    """Rings 1.2 units wide and 5 apart on a page of 48 units, averaged. (size, size, 1)"""
    at = (np.arange(size * cells) + 0.5) * (48 / (size * cells)) - 24.2
    radius = np.hypot(at[:, None] + 0.7, at)
    paper = np.abs((radius % 5.0) - 2.5) > 0.6
    return paper.reshape(size, cells, size, cells).mean(axis=(1, 3), dtype=np.float32)[..., None]


def test_a_page_full_of_lines_is_dense_and_the_cub_is_not():
    assert is_dense(lines(120, 4))
    assert not is_dense(read(bundled("cub")))
    assert not is_dense(lines(100, 4)), "10,000 pixels at most: the small network follows them"
    assert not is_dense(lines(300, 4, across=60)), "a fifth of the page"
    assert is_dense(lines(300, 4, across=120)), "two fifths of it, of which three quarters count"


def test_pixels_without_a_value_do_not_count():
    page = lines(300, 4, across=100)
    known = np.ones((300, 300), np.bool_)
    known[:, :80] = False
    assert not is_dense(dataclasses.replace(page, known=known))
    known = np.ones((300, 300), np.bool_)
    known[:, 150:] = False
    page = lines(300, 4, across=60)
    assert is_dense(dataclasses.replace(page, known=known)), "a fifth of all, two fifths of these"


def test_a_dense_page_gets_a_grid_by_itself():
    plan = prepare(lines(120, 4))
    assert plan.model == "ink"
    grid = plan.field.encoding
    assert isinstance(grid, HashGridConfig)
    scales = [level.scale[0] for level in grid.grids(2)]
    assert scales[0] == pytest.approx(120 / 2.0 - 1)  # cells of two pixels, as the preset says
    assert scales[-1] == pytest.approx(120 / 0.8 - 1, rel=1e-5)
    assert not any(level.hashed for level in grid.grids(2))
    assert prepare(lines(100, 4)).field.encoding == IdentityConfig()


def test_what_names_the_small_network_gets_it():
    page = lines(120, 4)
    for given in ({"encoding": "identity"}, {"omega": 15}, {"omega_first": 20}):
        plan = prepare(page, settings=given)
        assert plan.field.encoding == IdentityConfig()
        assert plan.field.activation == "sine"
    wide = prepare(page, settings={"hidden": "24,24"}).field
    assert isinstance(wide.encoding, HashGridConfig)
    assert wide.hidden == (24, 24)


def test_a_budget_below_one_parameter_per_pixel_gets_the_small_network():
    page = lines(120, 4)
    small = prepare(page, budget="14399").field
    assert small.encoding == IdentityConfig()
    assert 0.9 * 14_399 < parameters(small) <= 14_399
    large = prepare(page, budget="20k").field
    assert isinstance(large.encoding, HashGridConfig)
    assert parameters(large) <= 20_000


def test_cells_that_the_user_chose_stay():
    grid = prepare(
        lines(120, 4), settings={"base_resolution": "30", "per_level_scale": "1.25"}
    ).field.encoding
    assert (grid.base_resolution, grid.per_level_scale) == (30.0, 1.25)


def test_no_plan_from_seconds_is_longer_than_a_preset_says():
    page = Picture.from_array(rings(16))
    train = TrainConfig(batch=16, most_steps=7)
    field = preset("siren").field
    field = dataclasses.replace(field, hidden=(4,))
    for stops, expected in ((Stops(seconds=2.0), 7), (Stops(seconds=2.0, steps=9), 9)):
        run = Run.start(page, RunConfig("siren", field, train, stops, threads=1, frames=0))
        planned = [event for event in run.events() if isinstance(event, Planned)]
        assert [event.steps for event in planned] == ([7] if stops.steps is None else [])
        assert run.at.step == expected
    with pytest.raises(UsageError, match="most_steps is 0"):
        TrainConfig(most_steps=0)


@pytest.mark.slow
def test_fine_rings_drawn_larger_beat_the_best_filter_by_far():
    """As dense as a page gets, and too small for the rule: the grid is asked for by hand."""
    small = Picture.from_array(np.rint(rings(48) * 255).astype(np.uint8), name="rings")
    row = preset("ink").variant.preset
    assert row is not None
    field = sized(row.field, small.size, cells=row.cells)
    train = dataclasses.replace(row.train, batch=512)
    config = RunConfig("ink", field, train, Stops(steps=200), threads=1, frames=0)
    run = Run.start(small, config)
    for _ in run.events():
        pass
    truth = rings(192, 8)
    drawn = run.result.render(192, 192, threads=1).values
    assert psnr(drawn, truth) > psnr(np.clip(lanczos(small.values, 192, 192), 0, 1), truth) + 6


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["hatching", "lettering", "plan"])
def test_a_dense_page_drawn_four_times_larger_beats_lanczos_by_six_decibels(name):
    """`redraw fit page.png` as it is, against the page's own code at that size."""
    from benchmarks.subjects import SUBJECTS

    subject = SUBJECTS[name]
    page, truth = subject.picture(), subject.draw(800)
    drawn = fit(page).render(800, 800).values
    assert psnr(drawn, truth) > psnr(np.clip(lanczos(page.values, 800, 800), 0, 1), truth) + 6
