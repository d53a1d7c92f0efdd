"""Networks that are to have so many bytes: what is fitted, kept and written is in whole numbers."""

import numpy as np
import pytest
import torch

import redraw
from redraw.errors import UsageError
from redraw.storage.container import container_of

PAGE = np.fromfunction(lambda y, x, c: 0.5 + 0.4 * np.sin(x / 3 + c) * np.cos(y / 4), (24, 24, 3))


@pytest.mark.parametrize(
    "changes", [{"model": "siren"}, pytest.param({"model": "hash"}, marks=pytest.mark.slow)]
)
def test_the_file_keeps_to_its_bytes_and_is_what_is_told(changes, tmp_path):
    made = redraw.fit(PAGE, bytes=2500, steps=60, **changes)
    made.save(tmp_path / "small.redraw")
    assert 1200 < (tmp_path / "small.redraw").stat().st_size <= 2500
    assert container_of(tmp_path / "small.redraw") is not None
    again = redraw.load(tmp_path / "small.redraw")
    assert np.abs(again.render().values - made.render().values).max() < 1e-5
    error = np.mean((np.clip(again.render().values, 0, 1) - PAGE) ** 2)
    assert again.made["psnr"] == pytest.approx(-10 * np.log10(error), abs=0.3)


def test_trained_on_it_is_floats(tmp_path):
    made = redraw.fit(PAGE, model="siren", bytes=2500, steps=5)
    with torch.no_grad():
        next(made.parameters()).add_(0.01)
    made.save(tmp_path / "floats.redraw")
    assert container_of(tmp_path / "floats.redraw") is None


def test_what_has_no_whole_numbers_is_refused_before_it_is_fitted():
    with pytest.raises(UsageError, match="can't be made to fit a number of bytes"):
        redraw.fit(PAGE, model="spline", bytes=2500)
