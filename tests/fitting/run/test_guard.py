"""A fit beside plain interpolation: what is measured, and when it is said."""

import dataclasses

import numpy as np
import pytest
import torch
from tests.fitting.conftest import config, picture, run_of, started, two_tone

from redraw.engines.linear import kept_of, linear_psnr
from redraw.engines.solvers import SOLVERS
from redraw.fields import lattice
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run import guard
from redraw.fitting.run.guard import Verdict, between, enlarged, halved, judged
from redraw.fitting.run.run import Run
from redraw.metrics import BEST_PSNR, psnr
from redraw.signals.picture.picture import Picture


@pytest.mark.parametrize(("height", "width"), [(64, 96), (41, 37)])
def test_the_linear_answer_is_what_its_largest_coefficients_draw(height, width):
    noise = np.random.default_rng(0).random((height, width)).cumsum(0).cumsum(1)
    values = (noise / noise.max())[..., None].astype(np.float32)
    numbers = values.size // 4
    coefficients = lattice.analyse(torch.from_numpy(values[..., 0][None].astype(np.float64)))
    kept = coefficients.abs().flatten().sort(descending=True).values[kept_of(numbers, values.size)]
    drawn = lattice.synthesise(torch.where(coefficients.abs() > kept, coefficients, 0.0))
    # The wavelet is nearly orthonormal: squares of coefficients are those of errors to 1 dB.
    assert linear_psnr(values, None, numbers, 1) == pytest.approx(
        psnr(drawn[0].numpy()[..., None], values), abs=1.0
    )
    assert linear_psnr(values, None, values.size, 1) == BEST_PSNR


def test_strips_are_counted_together(monkeypatch):
    values = np.random.default_rng(1).random((256, 64, 3)).astype(np.float32)
    whole = linear_psnr(values, None, 9000, 2)
    monkeypatch.setattr("redraw.engines.linear.STRIP", 1)
    assert linear_psnr(values, None, 9000, 1) == pytest.approx(whole, abs=0.3)


def test_what_is_enlarged_has_the_averages_it_was_made_of():
    coarse = 0.3 + 0.4 * np.random.default_rng(2).random((9, 12, 3)).astype(np.float32)
    # Mirrored at its edges and kept within [0, 1], which these values never leave by much.
    assert halved(enlarged(coarse)) == pytest.approx(coarse, abs=2e-2)


def test_what_it_says_follows_from_the_numbers():
    fine = Verdict(45.0, BEST_PSNR, 100, 30.0, 30.2, "spline")
    assert not fine.worse_own, "above what is good enough the rival may be better"
    assert not fine.worse_between
    assert dataclasses.replace(fine, psnr=20.0).worse_own
    assert not dataclasses.replace(fine, psnr=20.0, linear=20.2).worse_own
    assert dataclasses.replace(fine, between=25.0).worse_between
    assert not dataclasses.replace(fine, between=None, interpolation=None).worse_between


def test_a_blank_page_is_told():
    page = two_tone(64)
    asked = dataclasses.replace(config(), because="it looks like a drawing")
    ink = page.values.mean()
    blank = psnr(page.values, np.full_like(page.values, ink))
    found = judged(page, asked, blank, 12_737)
    assert found.worse_own


@pytest.mark.parametrize("kind", ["nearest", "interpolating"])
def test_averages_held_out_tell_blocks_from_interpolation(kind):
    y, x = np.mgrid[:96, :128]
    shown = Picture.from_array((0.5 + 0.4 * np.sin(x / 3) * np.cos(y / 4)).astype(np.float32))
    asked = dataclasses.replace(config(optimizer="labels"), because="unasked")

    class Drawer:
        def __init__(self, coarse):
            self.fine = enlarged(coarse)
            if kind == "nearest":
                self.fine = coarse.repeat(2, axis=0).repeat(2, axis=1)

        def values(self, xy):
            height, width = self.fine.shape[:2]
            column, row = ((xy + 1) / 2 * (width, height)).astype(int).clip(0).T
            return self.fine[row.clip(max=height - 1), column.clip(max=width - 1)]

    def again(tile, _):
        return Drawer(tile.learned()), 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "for_tile", lambda tile, config: config)
        own, plain = between(shown, shown.learned(), asked, again)
    verdict = Verdict(50.0, 50.0, 1, own, plain, "spline")
    if kind == "nearest":
        assert own < plain - 3.0
        assert verdict.worse_between is (own < guard.FINE - guard.SAME)
    else:
        assert own == pytest.approx(plain, abs=1e-3)
        assert not verdict.worse_between


@pytest.mark.parametrize("shown", ["drawn", "line drawing", "photograph"])
def test_every_default_is_compared(shown):
    y, x = np.mgrid[:80, :96]
    disc = np.hypot(x - 40, y - 44) < 25 + 5 * np.sin(x / 9)
    if shown == "photograph":
        values = np.random.default_rng(0).random((80, 96, 3)).cumsum(0).cumsum(1)
        shown = Picture.from_array((values / values.max()).astype(np.float32))
    elif shown == "drawn":
        values = np.where(disc[..., None], (0.9, 0.3, 0.1), (0.2, 0.5, 0.9))
        values[50:60, 60:90] = (1.0, 1.0, 0.0)
        shown = Picture.from_array(values.astype(np.float32))
    else:
        shown = Picture.from_array(disc.astype(np.uint8) * 255)
    run = Run.start(shown, prepare(shown, steps=20, frames=0))
    *_, last = run.events()
    assert last.compared["linear"] > 0.0
    judges_itself = SOLVERS[run.config.train.optimizer].judges_itself
    assert (last.compared["between"] is None) == judges_itself


def test_a_run_ends_with_it_and_a_stopped_one_does_not():
    run, events = run_of(config(steps=2), picture(40, 32))
    assert events[-1].compared["worse_own"]
    assert run.result.compared == events[-1].compared
    run = started(config(steps=60), picture(40, 32))
    events = []
    for event in run.events():
        events.append(event)
        run.stop()
    assert events[-1].reason == "stopped"
    assert events[-1].compared is None
