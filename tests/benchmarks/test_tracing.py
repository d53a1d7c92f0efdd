import shutil

import numpy as np
import pytest

from redraw.metrics import psnr
from redraw.signals.picture.resampling import lanczos

needs_potrace = pytest.mark.skipif(
    shutil.which("potrace") is None, reason="potrace is not installed (apt-get install potrace)"
)


def disc(size, across=16):
    """A black disc as `size` x `size` averages over finer cells. (size, size, 1)"""
    at = (np.arange(size * across) + 0.5) / (size * across) - 0.5
    paper = (np.hypot(at[:, None] - 0.03, at) > 0.31).reshape(size, across, size, across)
    return paper.mean(axis=(1, 3), dtype=np.float32)[:, :, None]


@needs_potrace
def test_a_disc_is_traced_much_better_than_resampled():
    from benchmarks.tracing import trace

    small, truth = disc(40), disc(160)
    traced = trace(small, truth)
    assert traced.values.shape == truth.shape
    assert traced.psnr == psnr(traced.values, truth)
    assert traced.psnr > psnr(lanczos(small, 160, 160), truth) + 6
    # Edges are greys in between, not thresholded ones: black ink is not thinned by a gamma.
    assert abs(traced.values.mean() - truth.mean()) < 0.002


def test_what_can_not_be_traced_is_refused(monkeypatch):
    from benchmarks import tracing

    assert "colour" in (tracing.refusal(np.zeros((4, 4, 3))) or "")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "not installed" in (tracing.refusal(np.zeros((4, 4, 1))) or "")
