"""What is taken by default for pages of drawings, from 32 pixels a side to A4 at 600 dots per inch.

The truth is the same page at twice the resolution: what is learned are its averages over 2 x 2.
Nothing may end below the cubic spline of the same averages by more than the comparison at the end
of a fit calls the same, without its saying so.
"""

import dataclasses

import numpy as np
import pytest

import redraw
from benchmarks import scans
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import PRESETS, best_preset
from redraw.fitting.run.guard import SAME, enlarged, halved
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture

# Of the sides of A4: some 200 pixels each way, whatever the resolution.
PARTS = {50: 0.45, 150: 0.14, 300: 0.07, 600: 0.035}


def learned(name, dpi, part):
    """What is learned, and the same page at twice the resolution."""
    finer = scans.learned(scans.page(name, 2 * dpi, part))
    finer = finer[: len(finer) // 2 * 2, : finer.shape[1] // 2 * 2]
    return Picture.from_array(halved(finer)), finer


@pytest.mark.parametrize("dpi", scans.RESOLUTIONS)
@pytest.mark.parametrize("name", sorted(scans.PAGES))
def test_pages_are_drawings_at_every_resolution(name, dpi):
    shown, _ = learned(name, dpi, PARTS[dpi])
    _, because = best_preset(shown)
    assert "draw" in because


@pytest.mark.parametrize("name", sorted(scans.PAGES))
def test_icons_are_learned_and_compared(name):
    """32 x 32."""
    values = scans.learned(scans.PAGES[name](32, 32, 50.0))
    shown = Picture.from_array(values)
    plan = prepare(shown, frames=0)
    run = Run.start(
        shown, dataclasses.replace(plan, stops=dataclasses.replace(plan.stops, steps=60))
    )
    *_, last = run.events()
    assert last.psnr > 20.0 or last.compared["worse_own"]


def test_line_art_is_learned_by_what_is_quick():
    """A page that `ink` could not follow goes to the preset for drawings, whatever its kind."""
    shown, _ = learned("line art", 150, 0.5)
    model, _ = best_preset(shown)
    assert PRESETS[model].train.optimizer == "labels"


@pytest.mark.slow
@pytest.mark.parametrize("dpi", scans.RESOLUTIONS)
@pytest.mark.parametrize("name", sorted(scans.PAGES))
def test_no_default_ends_below_interpolation_without_a_word(name, dpi):
    shown, truth = learned(name, dpi, PARTS[dpi])
    field = redraw.fit(shown)
    assert field.made["psnr"] > 34.0 or field.compared["worse_own"]
    drawn = field.render(truth.shape[1], truth.shape[0]).values
    worse = psnr(drawn, truth) < psnr(enlarged(shown.learned()), truth) - SAME
    assert not worse or field.compared["worse_between"]


@pytest.mark.slow
@pytest.mark.parametrize("dpi", [150, 300, 600])
@pytest.mark.parametrize("name", ["line art", "text"])
def test_whole_pages_are_learned(name, dpi):
    """Case of the blank page: A4, as scanners give it; ten steps are enough to see it."""
    shown = Picture.from_array(scans.learned(scans.page(name, dpi))[..., 0])
    field = redraw.fit(shown, steps=10)
    blank = psnr(np.full_like(shown.values, shown.values.mean()), shown.values)
    assert field.made["psnr"] > blank + 10.0
