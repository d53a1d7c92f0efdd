"""What the preset `spline` promises of pictures of every kind, by whole fits."""

import numpy as np
import pytest
import torch

import redraw
from redraw.engines.planes import decorrelation
from redraw.fields.lattice import analyse, synthesise
from redraw.fitting.plan.planning import prepare
from redraw.fitting.run.events import Evaluated
from redraw.fitting.run.run import Run
from redraw.metrics import psnr
from redraw.signals.picture.picture import Picture

FULL = {"model": "spline", "steps": 2, "threads": 1}


def scene(height, width, channels, top=1.0):
    y, x = np.mgrid[:height, :width]
    base = 0.5 + 0.3 * np.sin(x / 5 + y / 9) + 0.1 * (x > y)
    return (top * base[:, :, None] * np.linspace(0.7, 1.0, channels)).astype(np.float32)


@pytest.mark.parametrize(
    "values",
    [
        scene(20, 30, 1),
        scene(20, 30, 3),
        scene(20, 30, 4),
        (scene(20, 30, 3) * 65535).astype(np.uint16),
        scene(20, 30, 3, top=50.0),
        scene(1, 1, 3),
        scene(1, 7, 1),
        scene(3, 400, 1),
    ],
    ids=["grey", "rgb", "rgba", "16-bit", "hdr", "1x1", "7x1", "400x3"],
)
def test_any_picture_is_learned(values):
    """With room for all numbers a fit is exact, so whatever is wrong shows."""
    picture = Picture.from_array(values)
    field = redraw.fit(picture, budget=2 * values.size + 200, **FULL)
    assert field.about.made["psnr"] > 90.0
    drawn = field.render(*picture.size).fitted()
    assert np.abs(drawn - picture.fitted()).max() < 1e-4


@pytest.mark.parametrize("engine", ["cpu", "reference"])
def test_the_first_picture_is_the_linear_answer_and_later_ones_are_better(engine):
    """The linear answer by itself: the largest wavelet coefficients of decorrelated colours."""
    noise = 0.02 * np.random.default_rng(0).random((64, 48, 3), np.float32)
    picture = Picture.from_array(scene(64, 48, 3) + noise)
    options = {"model": "spline", "budget": "15%", "engine": engine, "threads": 1, "frames": 4}
    run = Run.start(picture, prepare(picture, steps=4, **options))
    kept = int((run.field.encoding.significant >= 0).sum())
    mixing = torch.from_numpy(decorrelation(3))
    truth = torch.from_numpy(picture.fitted()).double()
    numbers = analyse(torch.einsum("cd,hwd->chw", mixing, truth))
    cut = numbers.abs().flatten().sort(descending=True).values[kept - 1]
    linear = synthesise(torch.where(numbers.abs() >= cut, numbers, 0.0))
    drawn = torch.einsum("cd,chw->hwd", mixing, linear).clip(0.0, 1.0)
    wanted = psnr(truth.numpy(), drawn.numpy())
    measured = [e.psnr for e in run.events() if isinstance(e, Evaluated)]
    # The reference engine takes a pixel's mean over 16 positions, which is not quite exact.
    assert measured[0] == pytest.approx(wanted, abs=0.01 if engine == "cpu" else 0.05)
    assert run.result.about.made["psnr"] > wanted


def test_a_region_is_the_crop_of_the_whole_to_the_bit():
    picture = Picture.from_array(scene(40, 56, 3))
    field = redraw.fit(picture, budget="40%", **FULL)
    whole = field.render(112, 80)
    part = field.render(32, 20, region=(15, 10, 31, 20))
    assert np.array_equal(part.values, whole.values[20:40, 30:62])


def test_smaller_drawings_are_averages():
    """Finest stripes come out grey, not as other stripes."""
    values = np.tile(np.array([[0.2, 0.8]], np.float32), (40, 20))
    field = redraw.fit(Picture.from_array(values), budget=4000, **FULL)
    assert np.abs(field.render(10, 10).values - 0.5).max() < 0.05
    halves = values.reshape(20, 2, 20, 2).mean(axis=(1, 3))
    assert np.abs(field.render(20, 20).values[..., 0] - halves).max() < 1e-3
